"""Changes to a firmware's own files that add a library to its build, or remove it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from generator.compose.hooks import hooks_of, recursive_globs
from generator.emit.edit import edit_file
from generator.model.library import CMAKE, LibraryOptions
from generator.model.project import Project
from generator.model.surroundings import Hook, Surroundings
from generator.pipeline.generate import GenerateResult
from generator.pipeline.library_place import library_at, load_around
from generator.render.context_placement import placement_context
from generator.render.hook_text import as_entry, has_lines, has_place, text_diff, with_hooks, without_hooks

_LOG = logging.getLogger(__name__)


class Edit(Struct, frozen=True):
    """name: the file's path in the firmware. before, after: texts; bytes that are not UTF-8 as surrogates."""

    path: Path
    name: str
    before: str
    after: str

    @property
    def after_bytes(self) -> bytes:
        """The file's new content; what was not UTF-8 in it comes out as it was."""
        return self.after.encode("utf-8", "surrogateescape")

    @property
    def diff(self) -> str:
        """The change as a unified diff."""
        return text_diff(self.name, self.before, self.after)


def hook_edits(around: Surroundings, hooks: Iterable[Hook], folder: str) -> tuple[Edit, ...]:
    """What puts the lines of hooks into the files that are known and there, and old ones out of all others.

    A file that has no place for them (see ``has_place``) is left alone.
    """
    by_file: dict[str, list[Hook]] = {}
    left = set()
    for hook in hooks:
        if hook.path is None or hook.path not in around.texts:
            continue
        own = without_hooks(around.texts[hook.path], folder)
        if not has_place(own, hook):
            left.add(hook.path)
        # Lines that the user added by hand are left alone.
        elif not has_lines(own, hook):
            by_file.setdefault(hook.path, []).append(hook)
    edits = []
    for name, before in around.texts.items():
        after = with_hooks(before, by_file.get(name, []), folder)
        if after != before and name not in left:
            edits.append(Edit(around.root / name, name, before, after))
    return tuple(edits)


def missing_hooks(around: Surroundings, hooks: Iterable[Hook]) -> tuple[Hook, ...]:
    """Those whose lines are not in their file, or whose file is not known."""
    return tuple(
        hook for hook in hooks if hook.path is None or not has_lines(around.texts.get(hook.path, ""), hook)
    )


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


def apply_edits(edits: Iterable[Edit]) -> None:
    """Change the firmware's own files as shown. TargetError for one that has changed in the meantime."""
    for edit in edits:
        edit_file(edit.path, edit.before.encode("utf-8", "surrogateescape"), edit.after_bytes)


def changed_hooks(generated: GenerateResult) -> tuple[Edit, ...]:
    """What would bring lines up to date that ``add`` put into the files of a library's firmware before."""
    project, target = generated.project, generated.target
    if project.library is None:
        return ()
    around = load_around(target, target.parent)
    library = library_at(around, project.library.form, target)
    edits = hook_edits(around, library_hooks(around, library, project, None), library.folder)
    return tuple(edit for edit in edits if without_hooks(edit.before, library.folder) != edit.before)


def library_hooks(
    around: Surroundings, library: LibraryOptions, project: Project, target: str | None
) -> tuple[Hook, ...]:
    """The lines for the firmware's build files.

    What has no place in the file that it is for becomes an entry to paste.
    target: CMake's name of the firmware, if it is given.
    """
    hooks = hooks_of(
        around,
        library,
        overlay=bool(project.overlays),
        sections=bool(placement_context(project)["has_sections"]),
        target=target,
    )
    texts = {name: without_hooks(text, library.folder) for name, text in around.texts.items()}
    return tuple(
        hook if has_place(texts.get(hook.path or "", ""), hook) else as_entry(hook) for hook in hooks
    )
