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
# Of a block after text that had no line end: removing it takes the line end away that it has brought.
_NO_LINE_END = " (no newline before)"
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
    start, end, noted = _markers(folder)
    # A start whose end somebody has deleted does not reach to the end of another block.
    block = rf"[ \t]*{start}\r?\n(?:(?![ \t]*{start}\r?\n)[^\n]*\n)*?[ \t]*"
    text = re.sub(rf"^{block}{end}(?:\r?\n|\Z)", "", text, flags=re.MULTILINE)
    text = re.sub(rf"\r?\n{block}{noted}(?:\r?\n)?\Z", "", text)
    # With more after it, the line end before it is needed.
    return re.sub(rf"^{block}{noted}\r?\n", "", text, flags=re.MULTILINE)


def left_lines(text: str, hooks: Sequence[Hook], folder: str) -> tuple[str, ...]:
    """What text, which is without the lines between markers, still has of hooks, and single markers; stripped."""
    marker = re.compile("|".join(_markers(folder)))
    known = {
        line.strip() for hook in hooks if hook.cube is None for line in (*hook.lines, *as_entry(hook).lines)
    }
    stripped = (line.strip() for line in text.splitlines())
    return tuple(line for line in stripped if line in known or marker.match(line))


def _markers(folder: str) -> tuple[str, str, str]:
    """Patterns for the comments before and after the lines for folder, and after those with _NO_LINE_END."""
    before, after = (re.escape(f"{arrows} mlfgen: {folder}") for arrows in (">>>", "<<<"))
    start, end, noted = (
        rf"(?:# {marker}(?=\r?\n|\Z)|/\* {marker} \*/)"
        for marker in (before, after, after + re.escape(_NO_LINE_END))
    )
    return start, end, noted


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


def inserted_lines(text: str, folder: str) -> tuple[str, ...]:
    """The lines between markers for folder, stripped; none of those that are put into the IDE's own settings."""
    start, end = (re.escape(f"{arrows} mlfgen: {folder}") for arrows in (">>>", "<<<"))
    found, inside = [], False
    for line in map(str.strip, text.splitlines()):
        if re.match(rf"(?:# |/\* ){start}(?: \*/)?\Z", line):
            inside = True
        elif re.match(rf"(?:# |/\* ){end}(?: |\Z)", line):
            inside = False
        elif inside:
            found.append(line)
    return tuple(found)


def text_diff(path: str, before: str, after: str) -> str:
    """A unified diff with three lines of context."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"a/{path}", f"b/{path}", lineterm="", n=3
    )
    return "\n".join(lines)


def _entry(line: str) -> str:
    return line.rpartition(" ")[2]


def _block(hook: Hook, folder: str, note: str = "") -> list[str]:
    # GNU ld has C's comments.
    style = "/* {} */" if (hook.path or "").endswith((".ld", ".lds")) else "# {}"
    start, end = (style.format(marker) for marker in (f">>> mlfgen: {folder}", f"<<< mlfgen: {folder}{note}"))
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
        lines[-1] = _block(hook, folder, _NO_LINE_END)[-1]
        text += newline
    return text + newline.join([*lines, ""])
