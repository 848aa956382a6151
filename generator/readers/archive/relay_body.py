"""The statements of ``@main`` in Relay text, one operator's call or one tuple each.

Source: ``src/relay/printer/relay_text_printer.cc`` in TVM 0.8 to 0.18.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

#: no line of a model is longer
_LINE_LETTERS = 100_000
_OUTPUTS = 64
#: operator of a tuple
TUPLE = ""
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CALL = re.compile(r"(?:(%\w+) = )?([a-z_][\w.]*|)\((.*)\)")


class RelayStep(Struct, frozen=True):
    """operator: TUPLE for a tuple. arguments: operands, then NAME=VALUE. span: what the importer noted, or None."""

    operator: str
    arguments: tuple[str, ...]
    span: str | None


class RelayBody(Struct, frozen=True):
    """steps: by the name of what they give, in order. outputs: names of the function's results."""

    steps: Mapping[str, RelayStep]
    outputs: tuple[str, ...]


def parse_body(text: str) -> RelayBody:
    """Without steps where the text has no such function, or one that is unlike TVM's."""
    start = text.find("def @main(")
    end = text.find("\n}", start)
    if start < 0 or end < 0:
        return RelayBody({}, ())
    steps: dict[str, RelayStep] = {}
    last = ""
    for line in text[start:end].split("\n")[1:]:
        if len(line) > _LINE_LETTERS:
            return RelayBody({}, ())
        last = _statement(_COMMENT.sub("", line))
        call = _CALL.fullmatch(last)
        if call is None or (call[1] is None and call[2] == TUPLE):
            continue
        last = call[1] or "%"
        steps[last] = RelayStep(call[2], tuple(split(call[3])), _span(line))
    outputs = split(last[1:-1]) if last.startswith("(") and last.endswith(")") else [last]
    return RelayBody(steps, tuple(outputs[:_OUTPUTS]))


def split(arguments: str) -> list[str]:
    """At the commas outside of brackets."""
    parts, depth, start = [], 0, 0
    for at, letter in enumerate(arguments):
        if letter in "([":
            depth += 1
        elif letter in ")]":
            depth -= 1
        elif letter == "," and depth == 0:
            parts.append(arguments[start:at].strip())
            start = at + 1
    return [*parts, arguments[start:].strip()]


def _statement(line: str) -> str:
    return line.strip().removesuffix(";").rstrip()


def _span(line: str) -> str | None:
    """The name in the note behind an expression: ``span=NAME:LINE:COLUMN``."""
    _, note, rest = _statement(line).rpartition("span=")
    name, *place = rest.removesuffix("*/").rstrip().rsplit(":", 2)
    return name if note and rest.endswith("*/") and len(place) == 2 and "".join(place).isdigit() else None
