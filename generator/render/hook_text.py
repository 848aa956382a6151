"""Lines between markers in a user's file: inserted, and removed again exactly. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from generator.errors import UsageError
from generator.model.surroundings import Hook
from generator.readers.surroundings import zephyr_package

_ENV_SECTION = re.compile(r"^\[env\][ \t]*\r?\n", re.MULTILINE)
_ENV_DEPENDENCIES = re.compile(r"^\[env\][^\[]*^lib_deps\s*=", re.MULTILINE)


def with_hooks(text: str, hooks: Sequence[Hook], folder: str) -> str:
    """text with the lines of hooks, which are all for this file, instead of those that it had for folder.

    UsageError where there is no place for them.
    """
    text = without_hooks(text, folder)
    for hook in hooks:
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


def has_lines(text: str, hook: Hook) -> bool:
    """Whether text has every line of hook, between markers or added by hand."""
    there = {line.strip() for line in text.splitlines()}
    return all(line in there for line in hook.lines)


def text_diff(path: str, before: str, after: str) -> str:
    """A unified diff with three lines of context."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"a/{path}", f"b/{path}", lineterm="", n=3
    )
    return "\n".join(lines)


def _markers(folder: str) -> tuple[str, str]:
    return f"# >>> mlfgen: {folder}", f"# <<< mlfgen: {folder}"


def _with_hook(text: str, hook: Hook, folder: str) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    start, end = _markers(folder)
    lines = [start, *hook.lines, end]
    if hook.place == "before_zephyr":
        at = zephyr_package(text)
        if at is None:
            raise UsageError(
                "does not call find_package(Zephyr)", where=hook.path, hint="paste the lines by hand"
            )
        return text[:at] + newline.join([*lines, ""]) + text[at:]
    if hook.place == "env_section":
        if _ENV_DEPENDENCIES.search(text):
            raise UsageError(
                "its section [env] has lib_deps of its own",
                where=hook.path,
                hint="add the entry to them by hand",
            )
        section = _ENV_SECTION.search(text)
        if section is not None:
            at = section.end()
            return text[:at] + newline.join([*lines, ""]) + text[at:]
        lines.insert(1, "[env]")
    if text and not text.endswith("\n"):
        return text + newline + newline.join(lines)
    return text + newline.join([*lines, ""])
