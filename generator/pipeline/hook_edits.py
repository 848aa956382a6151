"""Changes of a firmware's own files that make its build take in a library, or forget it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from generator.compose.hooks import recursive_globs
from generator.model.library import CMAKE, LibraryOptions
from generator.model.surroundings import Hook, Surroundings
from generator.render.hook_text import text_diff, with_hooks

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Edit:
    """name: the file's path in the firmware. before, after: texts; bytes that are no UTF-8 as surrogates."""

    path: Path
    name: str
    before: str
    after: str

    @property
    def after_bytes(self) -> bytes:
        return self.after.encode("utf-8", "surrogateescape")

    @property
    def diff(self) -> str:
        return text_diff(self.name, self.before, self.after)


def hook_edits(around: Surroundings, hooks: Iterable[Hook], folder: str) -> tuple[Edit, ...]:
    """What puts the lines of hooks into the files that are known and there, and old ones out of all others.

    UsageError where a file has no place for them.
    """
    by_file: dict[str, list[Hook]] = {}
    for hook in hooks:
        if hook.path is not None and hook.path in around.texts:
            by_file.setdefault(hook.path, []).append(hook)
    edits = []
    for name, before in around.texts.items():
        after = with_hooks(before, by_file.get(name, []), folder)
        if after != before:
            edits.append(Edit(around.root / name, name, before, after))
    return tuple(edits)


def unhook_edits(around: Surroundings, folder: str) -> tuple[Edit, ...]:
    """What takes the lines for a library out of every file that may have them."""
    return hook_edits(around, (), folder)


def warn_of_collected_sources(around: Surroundings, library: LibraryOptions) -> None:
    """Warn where a build collects C files over a folder that the library is in: they would be compiled twice."""
    if library.form == CMAKE:
        for pattern in recursive_globs(around.texts.get("CMakeLists.txt", ""), library.folder):
            _LOG.warning(
                "CMakeLists.txt collects sources with file(GLOB_RECURSE … %s), which includes those of %s a second "
                "time: choose a folder that the pattern leaves out with --to FOLDER",
                pattern,
                library.folder,
            )
