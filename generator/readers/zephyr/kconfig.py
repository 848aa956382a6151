"""What a board selects in Zephyr's Kconfig, as far as the text alone shows: ``select`` and ``default`` lines.

Kconfig itself needs an architecture, a toolchain and every module; a part's own files need none of them to say that
its core has an FPU. What depends on a symbol that nothing selects counts as not selected.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

_ENTRY = re.compile(r"\s*(?:menu)?config\s+(\w+)\s*$")
#: as _ENTRY, also for what only gives another file's symbol a default
_SUBJECT = re.compile(r"\s*(?:menu)?config(?:default)?\s+(\w+)\s*$")
_SELECT = re.compile(r"\s*(?:select|imply)\s+(\w+)(?:\s+if\s+(.+))?$")
_DEFAULT = re.compile(r"\s*default\s+\"?(\w+)\"?(?:\s+if\s+(.+))?$")
_IF = re.compile(r"if\s+(.+)$")
_TOKEN = re.compile(r"\w+|&&|\|\||[!()]")
_END_OF_ENTRY = re.compile(r"\s*(?:choice|endchoice|menu|endmenu|comment|[or]{0,2}source)\b")


class _Line(Struct, frozen=True):
    """``symbol`` selects or defaults to ``value`` where all of ``conditions`` hold."""

    symbol: str
    kind: str
    value: str
    conditions: tuple[str, ...]


def selected_symbols(texts: Iterable[str], start: Iterable[str]) -> frozenset[str]:
    """The symbols that ``start`` selects, directly or not. texts: the contents of Kconfig files."""
    lines = [line for text in texts for line in _lines(text) if line.kind == "select"]
    selected = set(start)
    while True:
        more = {
            line.value
            for line in lines
            if line.symbol in selected
            and line.value not in selected
            and all(holds(condition, selected) for condition in line.conditions)
        }
        if not more:
            return frozenset(selected)
        selected |= more


def default_number(texts: Iterable[str], symbol: str, selected: frozenset[str]) -> int | None:
    """The first default of ``symbol`` whose conditions hold, where it is a plain number."""
    for text in texts:
        for line in _lines(text):
            if (
                line.symbol == symbol
                and line.kind == "default"
                and line.value.isdecimal()
                and all(holds(condition, selected) for condition in line.conditions)
            ):
                return int(line.value)
    return None


def defined_symbols(text: str) -> frozenset[str]:
    """The symbols that a Kconfig file defines."""
    return frozenset(match[1] for line in text.splitlines() if (match := _ENTRY.match(line)))


def _lines(text: str) -> Iterator[_Line]:
    symbol = ""
    blocks: list[str] = []
    for raw in _without_help(text.replace("\\\n", " ").splitlines()):
        line = raw.partition("#")[0].rstrip()
        if match := _IF.match(line.lstrip()):
            blocks.append(match[1])
        elif line.strip().startswith("endif"):
            del blocks[-1:]
        elif match := _SUBJECT.match(line):
            symbol = match[1]
        elif _END_OF_ENTRY.match(line):
            symbol = ""
        elif symbol:
            for kind, pattern in (("select", _SELECT), ("default", _DEFAULT)):
                if match := pattern.match(line):
                    conditions = (*blocks, match[2]) if match[2] else tuple(blocks)
                    yield _Line(symbol, kind, match[1], conditions)


def _without_help(lines: Iterable[str]) -> Iterator[str]:
    """The lines outside help texts: such a text ends at the first line that is indented less than its own first."""
    help_column: int | None = None
    for line in lines:
        text = line.expandtabs()
        column = len(text) - len(text.lstrip())
        if help_column is not None:
            if not text.strip():
                continue
            if column >= max(help_column, 1):
                help_column = help_column or column
                continue
            help_column = None
        if text.strip() == "help":
            help_column = 0
            continue
        yield line


def holds(condition: str, selected: Iterable[str]) -> bool:
    """Whether a Kconfig condition of symbols, ``!``, ``&&``, ``||`` holds; one with anything else does not."""
    if re.sub(r"[\w\s&|!()]", "", condition):
        return False
    tokens = _TOKEN.findall(condition)
    position = 0

    def take(*expected: str) -> bool:
        nonlocal position
        if position < len(tokens) and tokens[position] in expected:
            position += 1
            return True
        return False

    def either() -> bool:
        value = both()
        while take("||"):
            other = both()
            value = value or other
        return value

    def both() -> bool:
        value = one()
        while take("&&"):
            other = one()
            value = value and other
        return value

    def one() -> bool:
        nonlocal position
        if take("!"):
            return not one()
        if take("("):
            value = either()
            take(")")
            return value
        if position >= len(tokens):
            return False
        position += 1
        name = tokens[position - 1]
        return name == "y" or name in selected

    return either()
