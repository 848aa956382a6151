"""A process that is killed while it writes: the next one finds the old tree, the new one, or repairs it."""

from __future__ import annotations

import json
import logging
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from emit_trees import FIRST, HEADER, SECOND, Tree, tree_of

from generator.emit.transaction import recover
from generator.emit.writer import write_project
from generator.errors import TargetError

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes as POSIX has them")

#: what the user keeps in the project, beside and among the generated files
USERS = {
    "src/main.c": b"int main(void) { return 7; }",
    "src/mine.c": b"mine",
    "model/old/deep/notes.txt": b"notes",
    "build/zephyr.elf": b"elf",
}


def child(act: Callable[[], object], watch: Callable[[int], None]) -> bool:
    """act in a process of its own, watch with its id once it begins; False when it was killed."""
    begun, begin = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            os.write(begin, b".")
            act()
            os._exit(0)
        finally:
            os._exit(1)
    os.close(begin)
    os.read(begun, 1)
    os.close(begun)
    watch(process)
    _, status = os.waitpid(process, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return not os.WIFSIGNALED(status)


def dying_at(nth: int, act: Callable[[], object]) -> Callable[[], None]:
    """act, killed right before its nth call that touches a file."""

    def run() -> None:
        count = 0

        def audit(event: str, _arguments: tuple[Any, ...]) -> None:
            nonlocal count
            if event == "open" or event.startswith(("os.", "shutil.")):
                count += 1
                if count == nth:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(audit)
        act()

    return run


def unwatched(_process: int) -> None:
    pass


class Project:
    """A project of FIRST with the user's files, laid out anew for each trial."""

    def __init__(self, folder: Path) -> None:
        self._pristine = folder / "pristine"
        write_project(self._pristine, FIRST, HEADER)
        self._add_the_users(self._pristine)
        self.old = tree_of(self._pristine)
        changed = folder / "changed"
        shutil.copytree(self._pristine, changed)
        write_project(changed, SECOND, HEADER)
        self.new = tree_of(changed)
        self.target = folder / "app"

    @staticmethod
    def _add_the_users(root: Path) -> None:
        for path, data in USERS.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)

    def lay_out(self) -> None:
        shutil.rmtree(self.target, ignore_errors=True)
        shutil.copytree(self._pristine, self.target)

    def write(self) -> None:
        write_project(self.target, SECOND, HEADER)

    def check(self) -> str:
        """What the killed process left: old, new or torn; and that the next command puts it right."""
        found = tree_of(self.target)
        users = {path: data for path, (_, data) in found.items() if path in USERS}
        assert users == USERS
        assert "project.json" in found
        recover(self.target)
        repaired = tree_of(self.target)
        assert repaired in (self.old, self.new)
        self.write()
        assert tree_of(self.target) == self.new
        return "old" if found == self.old else "new" if found == self.new else "torn"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_killed_before_each_of_its_operations(project: Project) -> None:
    seen = []
    for nth in range(1, 1000):
        project.lay_out()
        if child(dying_at(nth, project.write), unwatched):
            break
        seen.append(project.check())
    assert project.check() == "new"
    assert len(seen) > 50
    assert seen.count("old") >= 10 and seen.count("torn") >= 20


def tear(project: Project) -> int:
    """Lay project out torn, with several files moved. Gives the operation before which it was killed."""
    for nth in range(40, 1000):
        project.lay_out()
        child(dying_at(nth, project.write), unwatched)
        if len(list(project.target.glob(".mlfgen-*/old*"))) >= 3:
            return nth
    pytest.fail("never torn")


def test_killed_again_while_it_repairs(project: Project) -> None:
    torn = tear(project)
    for nth in range(1, 1000):
        project.lay_out()
        child(dying_at(torn, project.write), unwatched)
        finished = child(dying_at(nth, lambda: recover(project.target)), unwatched)
        recover(project.target)
        assert tree_of(project.target) == project.old
        if finished:
            break
    assert nth > 20


def test_killed_while_it_makes_a_new_project(tmp_path: Path) -> None:
    target = tmp_path / "a" / "app"
    new: Tree = {}
    torn = 0
    for nth in range(1, 1000):
        shutil.rmtree(tmp_path / "a", ignore_errors=True)
        finished = child(dying_at(nth, lambda: write_project(target, FIRST, HEADER)), unwatched)
        found = tree_of(target)
        recover(target)
        if finished:
            break
        new = tree_of(target)
        torn += found not in ({}, new)
        write_project(target, FIRST, HEADER)
        assert new in ({}, tree_of(target))
        assert [item.name for item in target.parent.iterdir()] == ["app"]
    assert torn > 20


def kill_at_random(project: Project, kills: int, seed: int) -> dict[str, int]:
    """Counts of what was left by kills; the instants cover the whole of a write."""
    project.lay_out()
    began_s = time.perf_counter()
    child(project.write, unwatched)
    longest_s = 1.2 * (time.perf_counter() - began_s)
    generator = random.Random(seed)
    counts = {"old": 0, "new": 0, "torn": 0}
    done = 0
    while done < kills:
        delay_s = generator.uniform(0, longest_s)

        def kill(process: int, delay_s: float = delay_s) -> None:
            time.sleep(delay_s)
            os.kill(process, signal.SIGKILL)

        project.lay_out()
        if child(project.write, kill):
            longest_s *= 0.99
            continue
        done += 1
        counts[project.check()] += 1
    return counts


def test_killed_at_random_instants(project: Project) -> None:
    assert sum(kill_at_random(project, 50, seed=1).values()) == 50


@pytest.mark.slow
def test_killed_at_a_thousand_random_instants(project: Project) -> None:
    counts = kill_at_random(project, 1000, seed=2)
    print(f"1,000 kills left: {counts}")
    assert counts["old"] >= 50 and counts["torn"] >= 50


# ---- what the next command does


@pytest.fixture
def torn(project: Project) -> Path:
    """A project whose generate was killed with some files moved."""
    tear(project)
    return project.target


def test_the_repair_is_reported(torn: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        recover(torn)
    assert caplog.messages == [
        f"{torn}: restored the folder to its state before a generate that was interrupted"
    ]
    caplog.clear()
    recover(torn)
    assert caplog.messages == []


def test_any_command_repairs_and_says_so(torn: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "generator", "run", str(torn)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stderr.startswith(f"warning: {torn}: restored the folder to its state")
    assert not list(torn.glob(".mlfgen-*"))


def test_what_the_user_has_written_since_is_kept(torn: Path) -> None:
    (torn / "CMakeLists.txt").write_bytes(b"written after the kill")
    recover(torn)
    assert (torn / "CMakeLists.txt").read_bytes() == b"written after the kill"
    assert not list(torn.glob(".mlfgen-*"))


def test_a_dry_run_repairs_too(torn: Path, project: Project) -> None:
    write_project(torn, SECOND, HEADER, dry_run=True)
    assert tree_of(torn) == project.old


def refused(target: Path) -> TargetError:
    with pytest.raises(TargetError) as caught:
        recover(target)
    return caught.value


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "not a journal of format 1"),
        ({"steps": {}}, "'steps' is not a list"),
        ({"steps": [["x", None]]}, "not a list of 3"),
        ({"steps": [["../x", None, True]]}, "leads outside the application through '..'"),
        ({"steps": [["/etc/passwd", None, True]]}, "it is absolute"),
        ({"steps": [["x", 5, True]]}, "wrong type"),
        ({"steps": [["x", None, 1]]}, "wrong type"),
        ({"made_folders": ["a/../.."]}, "leads outside the application"),
        ({"made_folders": None}, "'made_folders' is not a list"),
        ({"removed_folders": [["a", 0o17777]]}, "number from 0 to 4095"),
        ({"times": [["..", 0, 0]]}, "leads outside the application"),
        ({"times": [[".", 0, 1 << 80]]}, "number from"),
    ],
)
def test_a_journal_that_no_generate_wrote(torn: Path, change: dict[str, Any], message: str) -> None:
    journal = torn / ".mlfgen-transaction" / "journal.json"
    journal.write_text(json.dumps({**json.loads(journal.read_text()), **change}))
    error = refused(torn)
    assert message in error.what
    assert error.where == ".mlfgen-transaction/journal.json"
    assert "restore the folder from version control" in (error.hint or "")


@pytest.mark.parametrize("text", [b"{", b"\xff", b"[" * 100_000])
def test_a_journal_that_is_not_json(torn: Path, text: bytes) -> None:
    (torn / ".mlfgen-transaction" / "journal.json").write_bytes(text)
    assert "it is not" in refused(torn).what


def test_a_journal_does_not_reach_through_links(torn: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (torn / "model" / "src").rename(outside)
    (torn / "model" / "src").symlink_to(outside)
    before = tree_of(outside)
    error = refused(torn)
    assert "'model/src' is no longer a folder" in error.what
    assert tree_of(outside) == before


def test_a_linked_transaction_is_refused(torn: Path, tmp_path: Path) -> None:
    (torn / ".mlfgen-transaction").rename(tmp_path / "elsewhere")
    (torn / ".mlfgen-transaction").symlink_to(tmp_path / "elsewhere")
    assert "not a folder" in refused(torn).what
    (torn / ".mlfgen-transaction").unlink()
    (torn / ".mlfgen-transaction").mkdir()
    (torn / ".mlfgen-transaction" / "journal.json").symlink_to(tmp_path / "elsewhere" / "journal.json")
    assert "plain file" in refused(torn).what
