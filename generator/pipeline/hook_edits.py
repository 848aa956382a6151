"""Changes to a firmware's own files that add a library to its build, or remove it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from generator.compose.hooks import hooks_of, lacks_target, recursive_globs
from generator.compose.hooks_make import includes_library
from generator.emit.edit import check_edit, edit_file
from generator.errors import Mistakes, TargetError, did_you_mean
from generator.model.library import CMAKE, LibraryNeeds, LibraryOptions
from generator.model.project import Project
from generator.model.surroundings import Hook, Surroundings
from generator.pipeline.generate import GenerateResult
from generator.pipeline.library_options import parse_library
from generator.pipeline.library_place import library_at, load_around
from generator.readers.text.names import printable
from generator.render.context_placement import placement_context
from generator.render.hook_text import (
    as_entry,
    has_lines,
    inserted_lines,
    left_lines,
    obstacle,
    text_diff,
    with_hooks,
    without_hooks,
)
from generator.toolchain.runner import CommandRunner
from generator.toolchain.version_control import uncommitted_files

_LOG = logging.getLogger(__name__)


class Edit(Struct, frozen=True):
    """A change to one of the firmware's files.

    name: the file's path in the firmware. before, after: texts; bytes that are not UTF-8 as surrogates.
    top: the folder of the repository, which the edit does not leave.
    """

    path: Path
    name: str
    before: str
    after: str
    top: Path

    @property
    def before_bytes(self) -> bytes:
        return self.before.encode("utf-8", "surrogateescape")

    @property
    def after_bytes(self) -> bytes:
        """The file's new content; what was not UTF-8 in it comes out as it was."""
        return self.after.encode("utf-8", "surrogateescape")

    @property
    def diff(self) -> str:
        """The change as a unified diff."""
        return text_diff(self.name, self.before, self.after)

    @property
    def undone(self) -> Edit:
        """The edit that takes this one back."""
        return replace(self, before=self.after, after=self.before)


def hook_edits(around: Surroundings, hooks: Iterable[Hook], folder: str) -> tuple[Edit, ...]:
    """What puts the lines of hooks into the files that are known and there, and old ones out of all others.

    A file that they can't be put into (see ``obstacle``) is left alone.
    """
    by_file: dict[str, list[Hook]] = {}
    left = set()
    for hook in hooks:
        if hook.path is None or hook.path not in around.texts:
            continue
        own = without_hooks(around.texts[hook.path], folder)
        if obstacle(own, hook, folder) is not None:
            left.add(hook.path)
        # Lines that the user added by hand are left alone.
        elif not has_lines(own, hook):
            by_file.setdefault(hook.path, []).append(hook)
    edits = []
    for name, before in around.texts.items():
        after = with_hooks(before, by_file.get(name, []), folder)
        if after != before and name not in left:
            edits.append(Edit(around.root / name, name, before, after, around.repository))
    return tuple(edits)


def missing_hooks(around: Surroundings, hooks: Iterable[Hook]) -> tuple[Hook, ...]:
    """Those whose lines are not in their file, or whose file is not known."""
    return tuple(
        hook for hook in hooks if hook.path is None or not has_lines(around.texts.get(hook.path, ""), hook)
    )


def unhook_edits(around: Surroundings, folder: str) -> tuple[Edit, ...]:
    """What takes the lines for a library out of every file that may have them."""
    return hook_edits(around, (), folder)


def pasted_lines(around: Surroundings, library: LibraryOptions) -> dict[str, tuple[str, ...]]:
    """What stays of the lines for a library, and of its markers, after ``unhook_edits``, by file."""
    needs = LibraryNeeds(overlay=True, sections=True, checks=True)
    texts = {name: without_hooks(text, library.folder) for name, text in around.texts.items()}
    hooks = hooks_of(replace(around, texts=texts), library, needs)
    found = {}
    for name, text in texts.items():
        own = [hook for hook in hooks if hook.path in (None, name)]
        found[name] = left_lines(text, own, library.folder)
        if name == around.makefile and includes_library(text, library.folder):
            found[name] = (*found[name], f"include {library.folder}/mlf.mk")
    return {name: tuple(dict.fromkeys(lines)) for name, lines in found.items() if lines}


def outdated_lines(edits: Iterable[Edit], folder: str) -> dict[str, tuple[str, ...]]:
    """Lines that edits take out without putting them in again, by the file's name; no file without any."""
    found = {}
    for edit in edits:
        stay = inserted_lines(edit.after, folder)
        gone = tuple(line for line in inserted_lines(edit.before, folder) if line not in stay)
        if gone:
            found[edit.name] = gone
    return found


def warn_of_unknown_target(around: Surroundings, library: LibraryOptions, target: str | None) -> None:
    """Warn where a CMakeLists.txt has other targets than the one that the library is to be linked to."""
    if library.form != CMAKE or target is None:
        return
    known = lacks_target(around.texts.get("CMakeLists.txt", ""), target)
    if known:
        _LOG.warning("CMakeLists.txt defines no target '%s': %s", target, did_you_mean(target, known))


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
    """Change the firmware's own files as shown: all of them, or none.

    TargetError for one that has changed in the meantime, or that can't be changed.
    """
    done: list[Edit] = []
    try:
        for edit in edits:
            edit_file(edit.path, edit.before_bytes, edit.after_bytes, edit.top)
            done.append(edit)
    except BaseException:
        for edit in reversed(done):
            edit_file(edit.path, edit.after_bytes, edit.before_bytes, edit.top)
        raise


def check_edits(
    around: Surroundings,
    edits: Iterable[Edit],
    folder: str,
    runner: CommandRunner,
    env: Mapping[str, str],
    *,
    allow_dirty: bool,
) -> None:
    """All reasons not to make edits, as one error, before anything is written.

    allow_dirty: uncommitted changes are no obstacle. Lines that were put in for the library before never are.
    """
    mistakes = Mistakes()
    texts = {edit.name: edit.before for edit in edits}
    for edit in edits:
        mistakes.by(check_edit, edit.path, edit.before_bytes, edit.top)
    committed = {} if allow_dirty else uncommitted_files(around.root, tuple(texts), runner, env)
    dirty = [
        name
        for name, text in committed.items()
        if text is None or _own(texts[name], folder) != _own(text, folder)
    ]
    if dirty:
        mistakes.errors.append(
            TargetError(
                f"{'it has' if len(dirty) == 1 else 'they have'} uncommitted changes",
                where=", ".join(map(printable, dirty)),
                hint="commit them first, or leave out --apply and paste the lines; --allow-dirty changes the files "
                "anyway",
            )
        )
    mistakes.tell()


def _own(text: str, folder: str) -> str:
    """What of a file is not for the library; git may have other line ends, and replaces what is no text."""
    plain = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return without_hooks(plain, folder).replace("\r\n", "\n").rstrip("\n")


def changed_hooks(generated: GenerateResult) -> tuple[Edit, ...]:
    """What would bring lines up to date that ``add`` put into the files of a library's firmware before."""
    project, target = generated.project, generated.target
    if project.library is None:
        return ()
    around = load_around(target, target.parent)
    kept = parse_library(generated.kept, target)
    library = library_at(around, project.library.form, target)
    library = replace(library, tests=None if kept is None else kept.tests)
    edits = hook_edits(around, library_hooks(around, library, project, None), library.folder)
    return tuple(edit for edit in edits if without_hooks(edit.before, library.folder) != edit.before)


def library_hooks(
    around: Surroundings, library: LibraryOptions, project: Project, target: str | None
) -> tuple[Hook, ...]:
    placement = placement_context(project)
    needs = LibraryNeeds(
        overlay=bool(project.overlays),
        sections=bool(placement["has_sections"]),
        checks=bool(placement["has_checks"]),
        modules=("cmsis-nn",) if any(model.cmsis_nn for model in project.models) else (),
        compiler_flags=project.library.compiler_flags if project.library is not None else (),
    )
    texts = {name: without_hooks(text, library.folder) for name, text in around.texts.items()}
    return tuple(
        as_entry(hook) if _obstacle(texts, hook, library.folder) else hook
        for hook in hooks_of(around, library, needs, target)
    )


def obstacles(around: Surroundings, hooks: Iterable[Hook], folder: str) -> tuple[str, ...]:
    """Why lines can't be put into files of the firmware, one sentence for each."""
    texts = {name: without_hooks(text, folder) for name, text in around.texts.items()}
    found = (_obstacle(texts, hook, folder) for hook in missing_hooks(around, hooks))
    return tuple(dict.fromkeys(each for each in found if each is not None))


def _obstacle(texts: Mapping[str, str], hook: Hook, folder: str) -> str | None:
    if hook.path is None or hook.path not in texts:
        return hook.obstacle
    return obstacle(texts[hook.path], hook, folder)
