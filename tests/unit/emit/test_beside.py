"""Files of a project outside its folder: all of them put, or none; the user's are left."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from generator.emit import beside
from generator.emit.beside import plan_beside, put_beside
from generator.errors import TargetError

FILES = {"tests/mlf/a.c": b"a\n", "tests/mlf/src/b.c": b"b\n"}


def tree(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def records(files: dict[str, bytes]) -> dict[str, str]:
    return {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}


def test_what_is_put_can_be_undone_with_its_folders(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "own.c").write_bytes(b"own\n")
    changes = plan_beside(tmp_path, FILES, {})
    assert changes.report.created == tuple(sorted(FILES)) and not (tmp_path / "tests" / "mlf").exists()
    undo = put_beside(changes)
    assert tree(tmp_path) == {**FILES, "tests/own.c": b"own\n"}
    put_beside(undo)
    assert tree(tmp_path) == {"tests/own.c": b"own\n"} and not (tmp_path / "tests" / "mlf").exists()


def test_each_file_is_in_the_list_that_says_what_becomes_of_it(tmp_path: Path) -> None:
    old = {f"t/{name}": b"old\n" for name in ("same", "newer", "edited", "edited_too", "gone", "gone_edited")}
    put_beside(plan_beside(tmp_path, old, {}))
    for name in ("edited", "edited_too", "gone_edited"):
        (tmp_path / "t" / name).write_bytes(b"mine\n")
    new = {"t/same": b"old\n", "t/newer": b"new\n", "t/edited": b"old\n", "t/edited_too": b"new\n"}
    report = plan_beside(tmp_path, new, records(old)).report
    assert (report.unchanged, report.updated, report.removed) == (("t/same",), ("t/newer",), ("t/gone",))
    assert (report.kept, report.kept_but_differs) == (("t/edited", "t/gone_edited"), ("t/edited_too",))
    forced = plan_beside(tmp_path, new, records(old), force=True).report
    assert forced.updated == ("t/edited", "t/edited_too", "t/newer") and not forced.kept
    assert forced.removed == ("t/gone", "t/gone_edited")


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_a_write_that_fails_leaves_everything_as_it_was(
    failing: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = {**FILES, "tests/mlf/c.c": b"c\n"}
    put_beside(plan_beside(tmp_path, old, {}))
    new = {"tests/mlf/a.c": b"A\n", "tests/mlf/src/b.c": b"B\n", "tests/new/d.c": b"d\n"}
    changes = plan_beside(tmp_path, new, records(old))
    write, count = beside.replace_file, iter(range(1, 100))

    def full(path: Path, data: bytes, mode: int) -> None:
        if next(count) == failing:
            raise OSError(28, "No space left on device", str(path))
        write(path, data, mode)

    monkeypatch.setattr(beside, "replace_file", full)
    with pytest.raises(TargetError, match="it can't be written: No space left on device"):
        put_beside(changes)
    assert tree(tmp_path) == old and not (tmp_path / "tests" / "new").exists()


def test_a_removal_that_is_refused_says_so_and_leaves_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_beside(plan_beside(tmp_path, FILES, {}))
    changes = plan_beside(tmp_path, {}, records(FILES))
    real = Path.unlink

    def denied(self: Path, missing_ok: bool = False) -> None:
        if self.name == "b.c":
            raise PermissionError(13, "Permission denied", str(self))
        real(self, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", denied)
    with pytest.raises(TargetError, match="it can't be removed: Permission denied") as caught:
        put_beside(changes)
    assert caught.value.where == str(tmp_path / "tests/mlf/src/b.c")
    assert caught.value.hint == "check the permissions of its folder, and the space on the disk"
    assert tree(tmp_path) == FILES


@pytest.mark.parametrize("path", ["../a.c", "/a.c", "t/../../a.c"])
def test_a_path_that_leads_out_is_refused(path: str, tmp_path: Path) -> None:
    with pytest.raises(TargetError):
        plan_beside(tmp_path, {}, {path: "0"})


def test_what_is_no_plain_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t" / "a.c").mkdir(parents=True)
    with pytest.raises(TargetError, match="is not a plain file") as caught:
        plan_beside(tmp_path, {"t/a.c": b""}, {})
    assert caught.value.hint == "choose another folder for the tests"
    (tmp_path / "link").symlink_to(tmp_path / "t")
    with pytest.raises(TargetError, match="behind a link"):
        plan_beside(tmp_path, {"link/b.c": b""}, {})
