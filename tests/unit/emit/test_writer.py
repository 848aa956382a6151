"""What happens on disk."""

import builtins
import contextlib
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from emit_trees import FIRST, HEADER, SECOND

from generator.emit.ledger import dump_ledger
from generator.emit.state import load_state
from generator.emit.writer import write_project
from generator.errors import TargetError


def snapshot(root: Path) -> dict[str, Any]:
    """Everything below root: kind, mode, modification time, content."""
    found: dict[str, Any] = {}
    for place in [root, *sorted(root.rglob("*"))]:
        status = place.lstat()
        content = place.read_bytes() if stat.S_ISREG(status.st_mode) else None
        found[str(place.relative_to(root))] = (status.st_mode, status.st_mtime_ns, content)
    return found


def names(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.iterdir())


def age(root: Path) -> None:
    """Give everything an old time, so that any touch shows."""
    for place in [root, *root.rglob("*")]:
        os.utime(place, ns=(10**18, 10**18 + 7), follow_symlinks=False)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    target = tmp_path / "holds blanks & größe" / "my app"
    write_project(target, FIRST, HEADER)
    age(target)
    return target


def test_a_new_project(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b"
    report = write_project(target, FIRST, HEADER)
    assert set(report.created) == {*FIRST, "project.json"}
    for path, file in FIRST.items():
        assert (target / path).read_bytes() == file.data
    assert names(tmp_path / "a") == ["b"]


def test_permissions_follow_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_project(tmp_path / "app", FIRST, HEADER)
    finally:
        os.umask(before)
    modes = {
        path: stat.S_IMODE((tmp_path / "app" / path).stat().st_mode)
        for path in ("", "model", "CMakeLists.txt", "flash.sh", "project.json")
    }
    assert modes == {
        "": 0o750,
        "model": 0o750,
        "CMakeLists.txt": 0o640,
        "flash.sh": 0o750,
        "project.json": 0o640,
    }


def test_an_empty_folder_is_filled_in_place(tmp_path: Path) -> None:
    inode = tmp_path.stat().st_ino
    write_project(tmp_path, FIRST, HEADER)
    assert tmp_path.stat().st_ino == inode
    assert {item.name for item in tmp_path.iterdir()} == {
        *("CMakeLists.txt", "src", "model", "flash.sh", "project.json")
    }


def test_an_identical_generate_writes_nothing(project: Path) -> None:
    before = snapshot(project)
    report = write_project(project, FIRST, HEADER)
    assert report.writes_nothing
    assert set(report.unchanged) == {*FIRST, "project.json"}
    assert snapshot(project) == before


def test_only_what_changed_is_written(project: Path) -> None:
    before = snapshot(project)
    report = write_project(project, SECOND, HEADER)
    after = snapshot(project)
    assert report.updated == ("CMakeLists.txt", "model/src/pools.c", "project.json")
    assert report.created == ("model/new/deep/come.c",)
    assert report.removed == ("model/old/deep/gone.c",)
    assert report.kept_but_differs == ("src/main.c",)
    for path in ("model/src/same.c", "flash.sh", "src/main.c"):
        assert after[path] == before[path]
    assert not (project / "model/old").exists()
    assert (project / "model/src/pools.c").read_bytes() == b"pools 2"
    assert write_project(project, SECOND, HEADER).writes_nothing


def test_other_files_of_the_user_survive(project: Path) -> None:
    (project / "build").mkdir()
    (project / "build/zephyr.elf").write_bytes(b"elf")
    (project / "model/old/deep/notes.txt").write_text("mine")
    report = write_project(project, SECOND, HEADER)
    assert report.unknown == ("model/old/deep/notes.txt",)
    assert (project / "model/old/deep/notes.txt").read_text() == "mine"
    assert (project / "build/zephyr.elf").read_bytes() == b"elf"


def test_a_dry_run_reports_the_same_and_touches_nothing(project: Path, tmp_path: Path) -> None:
    before = snapshot(tmp_path)
    dry = write_project(project, SECOND, HEADER, dry_run=True)
    fresh = write_project(tmp_path / "new", FIRST, HEADER, dry_run=True)
    assert snapshot(tmp_path) == before
    assert dry == write_project(project, SECOND, HEADER)
    assert fresh == write_project(tmp_path / "new", FIRST, HEADER)


def test_force_replaces_an_edited_file(project: Path) -> None:
    (project / "model/src/pools.c").write_text("mine")
    (project / "model/src/same.c").unlink()
    (project / "CMakeLists.txt").write_text("mine")
    (project / "src/main.c").write_text("mine")
    age(project)
    before = snapshot(project)
    with pytest.raises(TargetError, match=r"same.c \(deleted\)"):
        write_project(project, SECOND, HEADER)
    assert snapshot(project) == before
    report = write_project(project, SECOND, HEADER, force=True)
    assert (project / "model/src/pools.c").read_bytes() == b"pools 2"
    assert (project / "model/src/same.c").read_bytes() == b"same"
    assert (project / "CMakeLists.txt").read_bytes() == b"mine"
    assert (project / "src/main.c").read_bytes() == b"mine"
    assert report.kept_but_differs == ("CMakeLists.txt", "src/main.c")


# ---- places that are refused


def refused(target: Path, force: bool = False) -> TargetError:
    with pytest.raises(TargetError) as caught:
        write_project(target, SECOND, HEADER, force=force)
    return caught.value


def test_a_folder_of_someone_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years")
    error = refused(tmp_path, force=True)
    assert "'thesis.tex'" in error.what
    assert names(tmp_path) == ["thesis.tex"]


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "app").write_text("x")
    assert "not a folder" in refused(tmp_path / "app").what
    assert "not a folder" in refused(tmp_path / "app" / "below").what


def test_a_dangling_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "app").symlink_to(tmp_path / "nowhere")
    assert "not a folder" in refused(tmp_path / "app").what
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("text", ["{", "\xff"])
def test_a_broken_ledger_is_refused(project: Path, text: str) -> None:
    (project / "project.json").write_bytes(text.encode("latin-1"))
    error = refused(project, force=True)
    assert "project.json" in (error.where or "")


def test_a_ledger_that_is_a_link_is_refused(project: Path, tmp_path: Path) -> None:
    (project / "project.json").rename(tmp_path / "elsewhere.json")
    (project / "project.json").symlink_to(tmp_path / "elsewhere.json")
    assert "plain file" in refused(project).what


@pytest.mark.parametrize("folder", ["model", "model/src"])
def test_a_link_does_not_redirect_writes(project: Path, tmp_path: Path, folder: str) -> None:
    (project / folder).rename(tmp_path / "outside")
    (project / folder).symlink_to(tmp_path / "outside")
    before = snapshot(tmp_path)
    error = refused(project, force=True)
    assert f"'{folder}' is a symbolic link" in error.what
    assert snapshot(tmp_path) == before


def test_what_a_linked_model_folder_holds_is_not_looked_at(project: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (project / "model").rename(tmp_path / "former")
    outside.mkdir()
    (outside / "secret").write_text("x")
    (project / "model").symlink_to(outside)
    assert load_state(project, ()).owned == ()


def test_a_linked_file_is_not_followed(project: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.c"
    outside.write_bytes(b"pools 1")
    (project / "model/src/pools.c").unlink()
    (project / "model/src/pools.c").symlink_to(outside)
    assert "symbolic link" in refused(project, force=True).what
    assert outside.read_bytes() == b"pools 1"


def test_a_linked_source_folder_of_the_user_is_kept(project: Path, tmp_path: Path) -> None:
    (project / "src").rename(tmp_path / "shared sources")
    (project / "src").symlink_to(tmp_path / "shared sources")
    assert write_project(project, SECOND, HEADER).kept_but_differs == ("src/main.c",)


def test_a_file_where_a_folder_must_be(project: Path) -> None:
    (project / "model/new").write_text("mine")
    assert "'model/new' is a file" in refused(project, force=True).what


def test_a_pipe_is_not_read(project: Path) -> None:
    (project / "model/src/pools.c").unlink()
    os.mkfifo(project / "model/src/pools.c")
    assert "pipe" in refused(project, force=True).what


def test_an_unreadable_place(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def iterdir(place: Path) -> list[Path]:
        raise PermissionError(13, "Permission denied", str(place))

    monkeypatch.setattr(Path, "iterdir", iterdir)
    error = refused(project)
    assert "Permission denied" in error.what
    assert error.where == str(project)


# ---- failures half-way


@contextlib.contextmanager
def failing(monkeypatch: pytest.MonkeyPatch, function: str, nth: int, error: BaseException) -> Any:
    """Let the nth call of Path.<function>, or of open for writing, fail."""
    owner: Any = builtins if function == "open" else Path
    original: Callable[..., Any] = getattr(owner, function)
    count = 0

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        nonlocal count
        if function == "open" and args[1:] != ("xb",):
            return original(*args, **kwargs)
        count += 1
        if count == nth:
            raise error
        return original(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(owner, function, wrapper)
        yield


ERRORS: list[tuple[BaseException, type[BaseException]]] = [
    (OSError(28, "No space left on device"), TargetError),
    (KeyboardInterrupt(), KeyboardInterrupt),
]


def each_failure_leaves(
    monkeypatch: pytest.MonkeyPatch,
    watched: Path,
    act: Callable[[], object],
    function: str,
    error: BaseException,
    raised: type[BaseException],
) -> int:
    """Fail at the first, second, ... call until act succeeds; before that nothing may have changed."""
    before = snapshot(watched)
    for nth in range(1, 100):
        with failing(monkeypatch, function, nth, error):
            try:
                act()
            except raised:
                pass
            else:
                return nth - 1
        assert snapshot(watched) == before, f"{function} call {nth}"
    pytest.fail("it never succeeded")


@pytest.mark.parametrize(("error", "raised"), ERRORS)
@pytest.mark.parametrize(("function", "calls"), [("replace", 7), ("open", 4), ("mkdir", 3), ("rmdir", 2)])
def test_an_update_is_all_or_nothing(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    function: str,
    calls: int,
    error: BaseException,
    raised: type[BaseException],
) -> None:
    failures = each_failure_leaves(
        monkeypatch, project, lambda: write_project(project, SECOND, HEADER), function, error, raised
    )
    assert failures >= calls
    assert write_project(project, SECOND, HEADER).writes_nothing
    assert not list(project.glob(".mlfgen-*"))


@pytest.mark.parametrize(("error", "raised"), ERRORS)
@pytest.mark.parametrize(("function", "calls"), [("replace", 1), ("open", 7), ("mkdir", 5)])
def test_a_new_project_is_all_or_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    function: str,
    calls: int,
    error: BaseException,
    raised: type[BaseException],
) -> None:
    top = tmp_path / "top"
    top.mkdir()

    def act() -> None:
        try:
            write_project(top / "a" / "app", FIRST, HEADER)
        except BaseException:
            assert not list(top.iterdir())
            age(top)
            raise

    age(top)
    failures = each_failure_leaves(monkeypatch, top, act, function, error, raised)
    assert failures >= calls
    assert names(top) == ["a"]
    assert names(top / "a") == ["app"]
    assert write_project(top / "a" / "app", FIRST, HEADER).writes_nothing


@pytest.mark.parametrize(("error", "raised"), ERRORS)
@pytest.mark.parametrize("function", ["replace", "open", "mkdir"])
def test_filling_an_empty_folder_is_all_or_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    function: str,
    error: BaseException,
    raised: type[BaseException],
) -> None:
    target = tmp_path / "app"
    target.mkdir()
    age(target)
    each_failure_leaves(
        monkeypatch, target, lambda: write_project(target, FIRST, HEADER), function, error, raised
    )
    assert (target / "model/src/pools.c").read_bytes() == b"pools 1"


def test_an_interrupt_right_after_a_move_is_undone(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = Path.replace
    before = snapshot(project)
    for nth in range(1, 8):
        count = 0

        def replace_then_interrupt(source: Any, place: Any, nth: int = nth) -> None:
            nonlocal count
            count += 1
            original(source, place)
            if count == nth:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", replace_then_interrupt)
            with pytest.raises(KeyboardInterrupt):
                write_project(project, SECOND, HEADER)
        assert snapshot(project) == before, nth


def test_a_system_error_names_the_place(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(source: Any, place: Any) -> None:
        raise OSError(28, "No space left on device", str(source), None, str(place))

    monkeypatch.setattr(Path, "replace", no_space)
    error = refused(project)
    assert "No space left on device" in error.what
    assert (error.where or "").startswith(str(project))
    assert "nothing was changed" in (error.hint or "")


def test_when_even_restoring_fails_the_former_files_are_named(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Path.replace
    count = 0

    def fails_from_the_third_on(source: Any, place: Any) -> None:
        nonlocal count
        count += 1
        if count >= 3:
            raise OSError(5, "Input/output error", str(source), None, str(place))
        original(source, place)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fails_from_the_third_on)
        error = refused(project)
    (staging,) = project.glob(".mlfgen-*")
    assert str(staging) in (error.hint or "")
    assert b"gone" in [item.read_bytes() for item in staging.iterdir()]


def test_the_ledger_on_disk_is_the_dumped_one(project: Path) -> None:
    text = (project / "project.json").read_text(encoding="utf-8")
    assert dump_ledger(HEADER).splitlines()[0] == text.splitlines()[0]
    assert '"model/src/pools.c"' in text
