"""Frozen records: the nouns every room shares. No I/O, no logic beyond derived figures."""
