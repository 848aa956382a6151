"""Readers: bytes in, records out. ``parse_*`` is pure, ``load_*`` is thin I/O."""
