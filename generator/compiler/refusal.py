"""Operators that can't be compiled, reported together."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from generator.errors import ArchiveError
from generator.model.network import NetworkOperator

_SHOWN_REFUSALS = 40


class Refusal(Struct, frozen=True):
    """An operator that can't be compiled. names, dtypes: of its tensors. what, hint: see ``Unsupported``."""

    operator: NetworkOperator
    names: tuple[str, ...]
    dtypes: tuple[str, ...]
    what: str
    hint: str | None


def refused(label: str, refusals: Sequence[Refusal]) -> ArchiveError:
    """One error that names every refused operator: its number, kind, types and tensors."""
    lines = []
    for refusal in refusals[:_SHOWN_REFUSALS]:
        operator = refusal.operator
        name = f"custom operator {operator.kind}" if operator.custom else operator.kind
        tensors = ", ".join(repr(name.split(";")[0][:60]) for name in refusal.names[:4])
        lines.append(
            f"operator {operator.index} ({name}, {'/'.join(refusal.dtypes)}; {tensors}) {refusal.what}"
        )
    if len(refusals) > _SHOWN_REFUSALS:
        lines.append(f"and {len(refusals) - _SHOWN_REFUSALS} more")
    hints = list(dict.fromkeys(refusal.hint for refusal in refusals if refusal.hint))
    hints = hints or [
        "replace these operators and convert the model again; docs/tflite.md lists what is supported"
    ]
    what = "an operator can't be compiled" if len(refusals) == 1 else "operators can't be compiled"
    return ArchiveError(what + ":\n  " + "\n  ".join(lines), where=label, hint="; ".join(hints))
