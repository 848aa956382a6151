"""Emitters: bytes to disk, all or nothing, with a ledger. ``write_project`` is the way in."""
