"""Changes of somebody else's file, and a project that is taken away as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.emit import transaction
from generator.emit.edit import check_edit, edit_file
from generator.emit.fileset import FileSet
from generator.emit.ledger import Ledger
from generator.emit.writer import recover, remove_project, write_project
from generator.errors import TargetError
from generator.model.output import OutputFile

LEDGER = Ledger(generator="mlfgen", version="1")


def project(folder: Path) -> dict[str, bytes]:
    files = FileSet()
    for path, kind in (("model/a.c", "generated"), ("model/deep/b.c", "generated"), ("own.txt", "user")):
        files.add(path, OutputFile(path.encode(), kind, "test"))  # type: ignore[arg-type]
    write_project(folder, files, LEDGER)
    return tree(folder)


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_an_edit_keeps_the_mode_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "CMakeLists.txt"
    path.write_bytes(b"one")
    path.chmod(0o640)
    edit_file(path, b"one", b"two", tmp_path)
    assert path.read_bytes() == b"two" and path.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["CMakeLists.txt"]


def test_an_edit_of_what_has_changed_meanwhile_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "CMakeLists.txt"
    path.write_bytes(b"other")
    with pytest.raises(TargetError, match="it has changed in the meantime"):
        edit_file(path, b"one", b"two", tmp_path)
    assert path.read_bytes() == b"other"
    with pytest.raises(TargetError, match="it can't be changed"):
        edit_file(tmp_path / "absent", b"one", b"two", tmp_path)


def test_an_edit_does_not_follow_a_folder_that_is_a_link_to_elsewhere(tmp_path: Path) -> None:
    top, other = tmp_path / "top", tmp_path / "other"
    for folder in (top / "inside", other):
        folder.mkdir(parents=True)
        (folder / "CMakeLists.txt").write_bytes(b"one")
    (top / "out").symlink_to(other)
    (top / "in").symlink_to("inside")
    path = top / "out" / "CMakeLists.txt"
    for refused in (lambda: check_edit(path, b"one", top), lambda: edit_file(path, b"one", b"two", top)):
        with pytest.raises(TargetError, match="a link leads to it, outside of the repository: ") as caught:
            refused()
        assert caught.value.where == str(path) and caught.value.hint == "change it by hand"
    assert path.read_bytes() == b"one"
    edit_file(top / "in" / "CMakeLists.txt", b"one", b"two", top)
    assert (top / "inside" / "CMakeLists.txt").read_bytes() == b"two"


def test_a_project_goes_as_a_whole(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    project(folder)
    before = tree(folder)
    assert remove_project(folder, tmp_path, dry_run=True).removed == (
        "model/a.c",
        "model/deep/b.c",
        "project.json",
    )
    assert tree(folder) == before
    report = remove_project(folder, tmp_path)
    assert report.removed == ("model/a.c", "model/deep/b.c", "project.json")
    assert tree(folder) == {"own.txt": b"own.txt"}
    (folder / "own.txt").unlink()
    project(folder)
    (folder / "own.txt").unlink()
    remove_project(folder, tmp_path)
    assert not folder.exists()
    deep = tmp_path / "lib" / "nets" / "p"
    project(deep)
    (deep / "own.txt").unlink()
    (tmp_path / "lib" / "other").mkdir()
    remove_project(deep, tmp_path)
    assert [each.name for each in (tmp_path / "lib").iterdir()] == ["other"] and tmp_path.is_dir()


def test_edited_files_are_not_taken_away(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    project(folder)
    (folder / "model" / "a.c").write_bytes(b"mine")
    before = tree(folder)
    with pytest.raises(TargetError, match=r"model/a.c \(edited"):
        remove_project(folder, tmp_path)
    assert tree(folder) == before
    remove_project(folder, tmp_path, force=True)
    assert tree(folder) == {"own.txt": b"own.txt"}
    with pytest.raises(TargetError, match="not a generated project"):
        remove_project(folder, tmp_path)


@pytest.mark.parametrize("moves", range(5))
def test_a_removal_that_is_cut_off_is_undone(
    tmp_path: Path, moves: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "p"
    before = project(folder)
    real, left = Path.replace, moves

    class Killed(BaseException):
        pass

    def replace(self: Path, target: Path) -> Path:
        nonlocal left
        if left == 0:
            raise Killed
        left -= 1
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    # as a kill does, which no handler sees
    monkeypatch.setattr(transaction, "_roll_back", lambda *_: None)
    monkeypatch.setattr(transaction, "_clear", lambda *_: None)
    try:
        remove_project(folder, tmp_path)
    except Killed:
        monkeypatch.undo()
        recover(folder)
        assert tree(folder) == before
    else:
        assert tree(folder) == {"own.txt": b"own.txt"}
