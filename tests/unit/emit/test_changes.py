"""What is decided, without a disk."""

import pytest

from generator.emit.changes import Report, plan_changes
from generator.emit.ledger import FileRecord, Ledger, dump_ledger, parse_ledger, sha256_of
from generator.emit.state import Entry, TargetState
from generator.errors import TargetError
from generator.model.output import FileKind, OutputFile

HEADER = Ledger("mlfgen", "1.0")


def out(content: str, kind: FileKind) -> OutputFile:
    return OutputFile(content.encode(), kind, "template")


def state_of(disk: dict[str, str | Entry], written: dict[str, tuple[str, FileKind]]) -> TargetState:
    """A project whose ledger says `written` was written and which now holds `disk`."""
    records = {
        path: FileRecord(sha256_of(content.encode()), "template", kind)
        for path, (content, kind) in written.items()
    }
    ledger = Ledger("mlfgen", "1.0", files=records)
    entries = {
        path: item if isinstance(item, Entry) else Entry("file", sha256_of(item.encode()))
        for path, item in disk.items()
    }
    return TargetState(
        "app",
        exists=True,
        ledger=ledger,
        ledger_text=dump_ledger(ledger),
        entries=entries,
        owned=tuple(sorted(path for path in entries if path.startswith("model/"))),
    )


def report_of(
    disk: dict[str, str | Entry],
    written: dict[str, tuple[str, FileKind]],
    new: dict[str, tuple[str, FileKind]],
    force: bool = False,
) -> Report:
    files = {path: out(content, kind) for path, (content, kind) in new.items()}
    return plan_changes(state_of(disk, written), files, HEADER, force=force).report


LEDGER_UPDATED = ("project.json",)


@pytest.mark.parametrize(
    ("kind", "disk", "new", "where"),
    [
        ("generated", "old", "old", "unchanged"),
        ("generated", "old", "new", "updated"),
        ("generated", "new", "new", "unchanged"),
        ("seeded", "old", "old", "unchanged"),
        ("seeded", "old", "new", "updated"),
        ("seeded", "mine", "old", "kept"),
        ("seeded", "mine", "new", "kept_but_differs"),
        ("seeded", "new", "new", "unchanged"),
        ("seeded", None, "new", "created"),
        ("user", "old", "new", "kept_but_differs"),
        ("user", "mine", "new", "kept_but_differs"),
        ("user", "mine", "old", "kept"),
        ("user", "old", "old", "unchanged"),
        ("user", None, "new", "created"),
    ],
)
@pytest.mark.parametrize("force", [False, True])
def test_each_kind_in_each_situation(
    kind: FileKind, disk: str | None, new: str, where: str, force: bool
) -> None:
    on_disk: dict[str, str | Entry] = {} if disk is None else {"a": disk}
    report = report_of(on_disk, {"a": ("old", kind)}, {"a": (new, kind)}, force)
    for name in ("created", "updated", "unchanged", "kept", "kept_but_differs", "removed"):
        assert ("a" in getattr(report, name)) == (name == where), name


@pytest.mark.parametrize(("disk", "word"), [({"model/a.c": "mine"}, "edited"), ({}, "deleted")])
def test_an_edited_or_deleted_generated_file_is_not_lost_without_force(
    disk: dict[str, str | Entry], word: str
) -> None:
    written: dict[str, tuple[str, FileKind]] = {"model/a.c": ("old", "generated")}
    with pytest.raises(TargetError) as caught:
        report_of(disk, written, written)
    assert f"model/a.c ({word})" in caught.value.what
    assert "--force" in (caught.value.hint or "")
    report = report_of(disk, written, written, force=True)
    assert report.updated + report.created == ("model/a.c",)


def test_at_most_ten_lost_files_are_named() -> None:
    written: dict[str, tuple[str, FileKind]] = {
        f"model/{number:02}.c": ("old", "generated") for number in range(13)
    }
    with pytest.raises(TargetError) as caught:
        report_of({}, written, written)
    assert "13 generated files" in caught.value.what
    assert "model/09.c" in caught.value.what and "model/10.c" not in caught.value.what
    assert "and 3 more" in caught.value.what


def test_a_users_file_in_the_way_of_a_generated_one_is_not_lost() -> None:
    with pytest.raises(TargetError) as caught:
        report_of({"model/a.c": "mine"}, {}, {"model/a.c": ("new", "generated")})
    assert "not written by mlfgen" in caught.value.what


def test_a_file_that_was_the_users_is_not_taken_over_even_with_force() -> None:
    with pytest.raises(TargetError) as caught:
        report_of({"a.c": "mine"}, {"a.c": ("old", "user")}, {"a.c": ("new", "generated")}, force=True)
    assert caught.value.where == "app/a.c"


def test_what_is_no_longer_produced() -> None:
    report = report_of(
        {"model/gone.c": "old", "boards/x.overlay": "old", "boards/y.overlay": "mine", "src/old.c": "old"},
        {
            "model/gone.c": ("old", "generated"),
            "model/gone_already.c": ("old", "generated"),
            "boards/x.overlay": ("old", "seeded"),
            "boards/y.overlay": ("old", "seeded"),
            "src/old.c": ("old", "user"),
        },
        {},
    )
    assert report.removed == ("boards/x.overlay", "model/gone.c")
    assert report.kept == ("boards/y.overlay",)
    assert report.updated == LEDGER_UPDATED


def test_an_edited_file_that_is_no_longer_produced_needs_force() -> None:
    disk: dict[str, str | Entry] = {"model/gone.c": "mine"}
    written: dict[str, tuple[str, FileKind]] = {"model/gone.c": ("old", "generated")}
    with pytest.raises(TargetError) as caught:
        report_of(disk, written, {})
    assert "no longer generated" in caught.value.what
    assert report_of(disk, written, {}, force=True).removed == ("model/gone.c",)


def test_unknown_files_in_the_generators_folder_are_reported() -> None:
    report = report_of({"model/notes.txt": "mine"}, {}, {})
    assert report.unknown == ("model/notes.txt",)
    assert report.removed == ()


def test_a_kept_seeded_file_is_remembered_as_it_was_last_written() -> None:
    files = {"prj.conf": out("new", "seeded")}
    changes = plan_changes(state_of({"prj.conf": "mine"}, {"prj.conf": ("old", "seeded")}), files, HEADER)
    assert changes.report.kept_but_differs == ("prj.conf",)
    # The user goes back to what was written: from then on it is updated again.
    later = plan_changes(state_of({"prj.conf": "old"}, {"prj.conf": ("old", "seeded")}), files, HEADER)
    assert later.report.updated == ("prj.conf", "project.json")
    assert "project.json" in changes.report.unchanged


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (Entry("folder"), "folder"),
        (Entry("link"), "symbolic link"),
        (Entry("special"), "device"),
        (Entry("behind_file", via="model", exists=False), "'model' is a file"),
        (Entry("behind_link", via="model", exists=False), "'model' is a symbolic link"),
        (Entry("behind_link", via="model", exists=True), "'model' is a symbolic link"),
    ],
)
def test_what_stands_in_the_way_is_named_and_force_does_not_help(entry: Entry, said: str) -> None:
    with pytest.raises(TargetError) as caught:
        report_of({"model/a.c": entry}, {}, {"model/a.c": ("new", "generated")}, force=True)
    assert said in caught.value.what
    assert caught.value.where == "app/model/a.c"
    assert "out of the way" in (caught.value.hint or "")


def test_a_users_file_behind_a_link_is_kept() -> None:
    report = report_of({"src/main.c": Entry("behind_link", via="src")}, {}, {"src/main.c": ("new", "user")})
    assert report.kept_but_differs == ("src/main.c",)


def test_the_ledger_is_written_last_and_names_every_file() -> None:
    files = {"zzz": out("1", "seeded"), "model/a.c": out("2", "generated")}
    changes = plan_changes(TargetState("app"), files, HEADER)
    assert list(changes.puts) == ["model/a.c", "zzz", "project.json"]
    ledger = parse_ledger(changes.puts["project.json"].data.decode())
    assert ledger.files == {
        "model/a.c": FileRecord(sha256_of(b"2"), "template", "generated"),
        "zzz": FileRecord(sha256_of(b"1"), "template", "seeded"),
    }


def test_someone_elses_folder_is_refused() -> None:
    with pytest.raises(TargetError) as caught:
        plan_changes(TargetState("app", exists=True, strays=("thesis.tex",)), {}, HEADER, force=True)
    assert "'thesis.tex'" in caught.value.what
    assert "empty" in (caught.value.hint or "")
