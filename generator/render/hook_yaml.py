"""Lines between markers in a YAML file, of which only the lines around them are known. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from generator.errors import MlfgenError, UsageError
from generator.model.surroundings import Hook
from generator.readers.text.yaml_tree import parse_yaml

_LIST = re.compile(
    r"^[ \t]+name-allowlist:[ \t]*(?:#[^\n]*)?\r?\n"
    r"(?P<items>(?:[ \t]*(?:#[^\n]*)?\r?\n|[ \t]*-[ \t][^\n]*\n)+)",
    re.MULTILINE,
)
_BUILD = re.compile(r"^build:[ \t]*(?:#[^\n]*)?\r?\n", re.MULTILINE)
_FIRST_CHILD = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*( +)[\w-]+:")


def with_yaml_lines(text: str, hook: Hook, lines: Sequence[str], newline: str) -> str | None:
    """text with lines, the hook's own between two comments; None where the result would not be what was meant."""
    changed = _in_list(text, lines, newline) if hook.place == "allowlist" else _in_build(text, lines, newline)
    if changed is None:
        return None
    before, after = _tree(text), _tree(changed)
    if not isinstance(before, dict) or not isinstance(after, dict):
        return None
    meant = _allowed if hook.place == "allowlist" else _built
    return changed if meant(before, after, hook.lines) else None


def _in_list(text: str, lines: Sequence[str], newline: str) -> str | None:
    found = _LIST.findall(text)
    match = _LIST.search(text)
    if match is None or len(found) != 1:
        return None
    last = list(re.finditer(r"^( *)-[ \t][^\n]*\n", match["items"], re.MULTILINE))[-1]
    at = match.start("items") + last.end()
    return text[:at] + "".join(f"{last[1]}{line}{newline}" for line in lines) + text[at:]


def _in_build(text: str, lines: Sequence[str], newline: str) -> str | None:
    head = _BUILD.search(text)
    if head is None:
        if re.search(r"^build:", text, re.MULTILINE) or (text and not text.endswith("\n")):
            return None
        start, *own, end = lines
        block = [start, "build:", *(f"  {line}" for line in own), end]
        return text + "".join(f"{line}{newline}" for line in block)
    child = _FIRST_CHILD.match(text, head.end())
    indent = child[1] if child else "  "
    return text[: head.end()] + "".join(f"{indent}{line}{newline}" for line in lines) + text[head.end() :]


def _tree(text: str) -> Any:
    try:
        return parse_yaml(text, "", error=UsageError, hint="")
    except MlfgenError:
        return None


def _allowed(before: dict[str, Any], after: dict[str, Any], lines: Sequence[str]) -> bool:
    """Whether one list of names, somewhere, is longer by those of lines."""
    names = [line.removeprefix("- ") for line in lines]
    lists, longer = _lists(before), _lists(after)
    return len(lists) == len(longer) == 1 and longer[0] == [*lists[0], *names]


def _lists(tree: Any) -> list[Any]:
    if isinstance(tree, dict):
        own = [tree["name-allowlist"]] if isinstance(tree.get("name-allowlist"), list) else []
        return [*own, *(each for value in tree.values() for each in _lists(value))]
    return [each for value in tree for each in _lists(value)] if isinstance(tree, list) else []


def _built(before: dict[str, Any], after: dict[str, Any], lines: Sequence[str]) -> bool:
    added = dict(line.split(": ", 1) for line in lines)
    return after == {**before, "build": {**(before.get("build") or {}), **added}}
