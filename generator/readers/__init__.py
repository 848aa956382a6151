"""Readers: bytes in, dataclasses out. ``parse_*`` is pure, ``load_*`` is thin I/O."""
