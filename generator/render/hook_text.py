"""Lines between markers in a user's file: inserted, and removed again exactly. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from msgspec.structs import replace

from generator.model.surroundings import Hook
from generator.readers.surroundings import zephyr_package
from generator.render.cproject_edit import with_library, with_link, without_library, without_link
from generator.render.hook_yaml import with_yaml_lines

_ENV_SECTION = re.compile(r"^\[env\][ \t]*\r?\n", re.MULTILINE)
_DEPENDENCIES = re.compile(r"^[ \t]*lib_deps\s*[=:]", re.MULTILINE | re.IGNORECASE)
_INI_COMMENT = re.compile(r"^[ \t]*[;#].*|[ \t];.*", re.MULTILINE)


def with_hooks(text: str, hooks: Sequence[Hook], folder: str) -> str:
    """text with the lines of hooks, which are all for this file, instead of those that it had for folder.

    Hooks that can't be put in (see ``obstacle``) are left out.
    """
    text = without_hooks(text, folder)
    for hook in hooks:
        text = _with_hook(text, hook, folder) or text
    return text


def without_hooks(text: str, folder: str) -> str:
    """The text as it was before lines for folder were inserted."""
    if "<cproject" in text:
        return without_library(text, folder)
    if "<projectDescription" in text:
        return without_link(text, folder)
    start, end = (
        rf"(?:# |/\* ){re.escape(marker)}(?: \*/)?"
        for marker in (f">>> mlfgen: {folder}", f"<<< mlfgen: {folder}")
    )
    # At the end of a file that had no line end, the block has none either, but made one before itself.
    last = re.compile(rf"\r?\n[ \t]*{start}\r?\n(?:(?!{end})[^\n]*\n)*?[ \t]*{end}\Z")
    block = re.compile(rf"^[ \t]*{start}\r?\n(?:(?!{end})[^\n]*\n)*?[ \t]*{end}\r?\n", re.MULTILINE)
    while last.search(text):
        text = last.sub("", text)
    return block.sub("", text)


def obstacle(text: str, hook: Hook, folder: str) -> str | None:
    """Why the lines of hook can't be put into text, which is without those of mlfgen; a sentence without its dot.

    They are to be pasted then.
    """
    if hook.obstacle is not None:
        return hook.obstacle
    if _with_hook(text, hook, folder) is not None:
        return None
    why = {
        "before_zephyr": "it does not call find_package(Zephyr)",
        # PlatformIO takes lib_deps from an environment's own section alone where that has one.
        "env_section": "it has a lib_deps of its own",
        "allowlist": "its name-allowlist is not written with one name per line",
        "module_build": "its build is not written with one setting per line",
    }
    return f"{hook.path}: {why.get(hook.place, 'it is not in the form that the IDE writes')}"


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
    if hook.cube is not None:
        return _with_hook(without_hooks(text, hook.cube.folder), hook, hook.cube.folder) == text
    code = (
        (line.partition(" #")[0] for line in text.splitlines())
        if hook.place == "allowlist"
        else text.splitlines()
    )
    there = {line.strip() for line in code}
    return all(line in there for line in hook.lines)


def text_diff(path: str, before: str, after: str) -> str:
    """A unified diff with three lines of context."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"a/{path}", f"b/{path}", lineterm="", n=3
    )
    return "\n".join(lines)


def _entry(line: str) -> str:
    return line.rpartition(" ")[2]


def _block(hook: Hook, folder: str) -> list[str]:
    # GNU ld has C's comments.
    style = "/* {} */" if (hook.path or "").endswith((".ld", ".lds")) else "# {}"
    ends = (style.format(f"{arrows} mlfgen: {folder}") for arrows in (">>>", "<<<"))
    start, end = ends
    return [start, *hook.lines, end]


def _with_hook(text: str, hook: Hook, folder: str) -> str | None:
    """None where there is no place for it."""
    if hook.cube is not None:
        return (with_library if hook.place == "cproject" else with_link)(text, hook.cube)
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = _block(hook, folder)
    if hook.place in ("allowlist", "module_build"):
        return with_yaml_lines(text, hook, lines, newline)
    if hook.place == "before_zephyr":
        at = zephyr_package(text)
        return None if at is None else text[:at] + newline.join([*lines, ""]) + text[at:]
    if hook.place == "env_section":
        if _DEPENDENCIES.search(text):
            return None
        section = _ENV_SECTION.search(text)
        if section is not None:
            at = section.end()
            return text[:at] + newline.join([*lines, ""]) + text[at:]
        lines.insert(1, "[env]")
    if text and not text.endswith("\n"):
        return text + newline + newline.join(lines)
    return text + newline.join([*lines, ""])
