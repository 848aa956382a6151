"""Emitters: bytes to disk, all or nothing, with a ledger."""
