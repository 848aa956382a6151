"""What has to change on disk so that a project is the one that was generated. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from generator.emit.fileset import LEDGER_NAME, FileSet
from generator.emit.ledger import FileRecord, Ledger, dump_ledger, sha256_of
from generator.emit.state import Entry, TargetState
from generator.errors import TargetError
from generator.model.output import OutputFile

_NAMED_AT_MOST = 10


@dataclass(frozen=True)
class Report:
    """What a generate does, or did, by relative path in path order; each path is in one list.

    kept:             the user's, or edited by the user; what the generator would write has not changed
                      since it last wrote the file.
    kept_but_differs: the user's, or edited by the user, and what the generator would write has changed since
                      it last wrote the file; that was not written.
    unknown:          in the generator's folder, not written by it; left alone.
    """

    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    kept_but_differs: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def writes_nothing(self) -> bool:
        return not (self.created or self.updated or self.removed)


@dataclass(frozen=True)
class Changes:
    """Files to put and files to take away, in the order in which that is done (the ledger comes last)."""

    puts: Mapping[str, OutputFile]
    removals: tuple[str, ...]
    report: Report


@dataclass
class _Sorter:
    """Puts every path in its list."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    kept_but_differs: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    lost: dict[str, str] = field(default_factory=dict)
    records: dict[str, FileRecord] = field(default_factory=dict)

    def report(self, unknown: tuple[str, ...]) -> Report:
        def ordered(paths: list[str]) -> tuple[str, ...]:
            return tuple(sorted(paths))

        return Report(
            created=ordered(self.created),
            updated=ordered(self.updated),
            unchanged=ordered(self.unchanged),
            kept=ordered(self.kept),
            kept_but_differs=ordered(self.kept_but_differs),
            removed=ordered(self.removed),
            unknown=unknown,
        )


def plan_changes(
    state: TargetState, files: Mapping[str, OutputFile], ledger: Ledger, *, force: bool = False
) -> Changes:
    """Compare what is on disk with what was generated.

    ledger: the new one; its ``files`` are filled in here.
    force:  replace generated files that were edited or deleted, and take away edited ones that are no
            longer produced. Seeded files that were edited and the user's files are kept even so: delete a
            seeded file to get the generator's version.

    Raises TargetError when the folder is someone else's, when edits would be lost, or when something is in
    the way of a file; TemplateError when the paths of files can't live in one folder (see FileSet).
    """
    files = FileSet(files)
    if state.strays:
        names = ", ".join(f"'{name}'" for name in state.strays)
        raise TargetError(
            f"the folder is not empty and was not generated: it has {names} and no {LEDGER_NAME}",
            where=state.label,
            hint="choose an empty or new folder, or the folder of a generated project",
        )
    previous: Mapping[str, FileRecord] = state.ledger.files if state.ledger is not None else {}
    sorter = _Sorter()
    for path, file in files.items():
        _sort_produced(sorter, path, file, state, previous.get(path))
    for path, record in sorted(previous.items()):
        if path not in files:
            _sort_dropped(sorter, path, record, state.entries.get(path))
    if sorter.lost and not force:
        _refuse_losses(state.label, sorter.lost)

    new_text = dump_ledger(replace(ledger, files=sorter.records))
    puts = {path: files[path] for path in sorted(sorter.created + sorter.updated)}
    if new_text == state.ledger_text:
        sorter.unchanged.append(LEDGER_NAME)
    else:
        (sorter.created if state.ledger_text is None else sorter.updated).append(LEDGER_NAME)
        puts[LEDGER_NAME] = OutputFile(new_text.encode("utf-8"), "generated", "ledger")
    unknown = tuple(path for path in state.owned if path not in files and path not in previous)
    return Changes(puts=puts, removals=tuple(sorted(sorter.removed)), report=sorter.report(unknown))


def _sort_produced(
    sorter: _Sorter, path: str, file: OutputFile, state: TargetState, record: FileRecord | None
) -> None:
    entry = state.entries.get(path)
    digest = sha256_of(file.data)
    written = FileRecord(digest, file.origin, file.kind)
    if entry is not None and entry.kind in ("folder", "special"):
        _check_way(state.label, path, entry)
    if entry is None or not entry.exists:
        if file.kind == "generated" and record is not None:
            sorter.lost[path] = "deleted"
        _check_way(state.label, path, entry)
        sorter.created.append(path)
        sorter.records[path] = written
    elif entry.sha256 == digest:
        sorter.unchanged.append(path)
        sorter.records[path] = written
    elif file.kind != "user" and record is not None and entry.sha256 == record.sha256:
        sorter.updated.append(path)
        sorter.records[path] = written
    elif file.kind != "generated":
        current = record is not None and record.sha256 == digest
        (sorter.kept if current else sorter.kept_but_differs).append(path)
        if file.kind == "user":
            # What goes on differing from a file that is meant to be edited is told once.
            sorter.records[path] = written
        elif record is not None:
            sorter.records[path] = replace(record, kind=file.kind)
    else:
        _check_way(state.label, path, entry)
        if record is not None and record.kind == "user":
            raise TargetError(
                f"it is yours and edited, and this version of the generator writes it ({file.origin})",
                where=f"{state.label}/{path}",
                hint="move what you need into another file and delete it",
            )
        sorter.lost[path] = "edited" if record is not None else "not written by the generator"
        sorter.updated.append(path)
        sorter.records[path] = written


def _sort_dropped(sorter: _Sorter, path: str, record: FileRecord, entry: Entry | None) -> None:
    if entry is None or not entry.exists or record.kind == "user":
        return
    if entry.kind == "file" and entry.sha256 == record.sha256:
        sorter.removed.append(path)
    elif entry.kind == "file" and record.kind == "generated":
        sorter.lost[path] = "edited, no longer produced"
        sorter.removed.append(path)
    else:
        sorter.kept.append(path)


def _check_way(label: str, path: str, entry: Entry | None) -> None:
    """Raise unless a plain file can be put at path."""
    if entry is None or entry.kind == "file":
        return
    faults = {
        "folder": "a folder is where a file must be",
        "link": "a symbolic link is where a file must be",
        "special": "a device, pipe or socket is where a file must be",
        "behind_file": f"'{entry.via}' is a file where a folder must be",
        "behind_link": f"'{entry.via}' is a symbolic link: the file would be written elsewhere",
    }
    raise TargetError(
        faults[entry.kind],
        where=f"{label}/{path}",
        hint=f"move '{entry.via if entry.via is not None else path}' out of the way",
    )


def _refuse_losses(label: str, lost: Mapping[str, str]) -> None:
    named = [f"{path} ({why})" for path, why in sorted(lost.items())]
    rest = len(named) - _NAMED_AT_MOST
    listed = ", ".join(named[:_NAMED_AT_MOST]) + (f" and {rest} more" if rest > 0 else "")
    count = "1 generated file is" if len(named) == 1 else f"{len(named)} generated files are"
    raise TargetError(
        f"{count} not as the generator left {'it' if len(named) == 1 else 'them'}: {listed}",
        where=label,
        hint="--force replaces them, and what was changed in them is lost",
    )
