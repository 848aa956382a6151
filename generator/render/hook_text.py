"""Lines between markers in a user's file: inserted, and removed again exactly. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from msgspec.structs import replace

from generator.model.surroundings import Hook
from generator.readers.surroundings import zephyr_package

_ENV_SECTION = re.compile(r"^\[env\][ \t]*\r?\n", re.MULTILINE)
_DEPENDENCIES = re.compile(r"^[ \t]*lib_deps\s*[=:]", re.MULTILINE | re.IGNORECASE)
_INI_COMMENT = re.compile(r"^[ \t]*[;#].*|[ \t];.*", re.MULTILINE)


def with_hooks(text: str, hooks: Sequence[Hook], folder: str) -> str:
    """text with the lines of hooks, which are all for this file, instead of those that it had for folder.

    Hooks without a place (see ``has_place``) are left out.
    """
    text = without_hooks(text, folder)
    for hook in hooks:
        if has_place(text, hook):
            text = _with_hook(text, hook, folder)
    return text


def without_hooks(text: str, folder: str) -> str:
    """The text as it was before lines for folder were inserted."""
    start, end = (re.escape(marker) for marker in _markers(folder))
    # At the end of a file that had no line end, the block has none either, but made one before itself.
    last = re.compile(rf"\r?\n[ \t]*{start}\r?\n(?:(?!{end})[^\n]*\n)*?[ \t]*{end}\Z")
    block = re.compile(rf"^[ \t]*{start}\r?\n(?:(?!{end})[^\n]*\n)*?[ \t]*{end}\r?\n", re.MULTILINE)
    while last.search(text):
        text = last.sub("", text)
    return block.sub("", text)


def has_place(text: str, hook: Hook) -> bool:
    """Whether lines of hook would count in text, which is without those of mlfgen; if not, they are to be pasted.

    PlatformIO takes lib_deps from an environment's own section alone where that has one.
    """
    if hook.place == "before_zephyr":
        return zephyr_package(text) is not None
    return hook.place != "env_section" or _DEPENDENCIES.search(text) is None


def as_entry(hook: Hook) -> Hook:
    """The hook for ``env_section`` as an entry for lists of dependencies that are there already; others unchanged."""
    if hook.place != "env_section":
        return hook
    return replace(hook, where=f"{hook.where}, in each lib_deps", lines=tuple(map(_entry, hook.lines)))


def has_lines(text: str, hook: Hook) -> bool:
    """Whether text has every line of hook, between markers or added by hand; entries may be in any list."""
    if hook.place == "env_section":
        words = re.split(r"[\s=,]+", _INI_COMMENT.sub("", text))
        return all(_entry(line) in words for line in hook.lines)
    there = {line.strip() for line in text.splitlines()}
    return all(line in there for line in hook.lines)


def text_diff(path: str, before: str, after: str) -> str:
    """A unified diff with three lines of context."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"a/{path}", f"b/{path}", lineterm="", n=3
    )
    return "\n".join(lines)


def _entry(line: str) -> str:
    return line.rpartition(" ")[2]


def _markers(folder: str) -> tuple[str, str]:
    return f"# >>> mlfgen: {folder}", f"# <<< mlfgen: {folder}"


def _with_hook(text: str, hook: Hook, folder: str) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    start, end = _markers(folder)
    lines = [start, *hook.lines, end]
    if hook.place == "before_zephyr":
        at = zephyr_package(text)
        return text[:at] + newline.join([*lines, ""]) + text[at:]
    if hook.place == "env_section":
        section = _ENV_SECTION.search(text)
        if section is not None:
            at = section.end()
            return text[:at] + newline.join([*lines, ""]) + text[at:]
        lines.insert(1, "[env]")
    if text and not text.endswith("\n"):
        return text + newline + newline.join(lines)
    return text + newline.join([*lines, ""])
