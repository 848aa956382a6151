"""Errors as JSON, for ``--json``."""

from __future__ import annotations

from generator.errors import MlfgenError


def error_json(error: MlfgenError) -> dict[str, object]:
    """What a document contains under ``error``."""
    return {
        "kind": type(error).__name__,
        "what": error.what,
        "where": error.where,
        "hint": error.hint,
        "exit_code": error.exit_code,
    }
