"""Errors as JSON, for ``--json``."""

from __future__ import annotations

from generator.errors import MlfgenError, UsageErrors


def error_json(error: MlfgenError) -> dict[str, object]:
    """What a document contains under ``error``; of several, also each under ``errors``."""
    several = (
        {"errors": [error_json(each) for each in error.errors]} if isinstance(error, UsageErrors) else {}
    )
    return {
        "kind": type(error).__name__,
        "what": error.what,
        "where": error.where,
        "hint": error.hint,
        "exit_code": error.exit_code,
        **several,
    }
