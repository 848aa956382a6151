"""What git says about files that are to be changed. No git, and no repository, have nothing to say."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from generator.errors import RunError, ToolMissingError
from generator.toolchain.runner import CommandRunner

# A repository's own settings may name programs for git to start.
_GIT = ("git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "--no-optional-locks")
_PATIENCE_S = 30.0


def uncommitted_files(
    root: Path, paths: Sequence[str], runner: CommandRunner, env: Mapping[str, str]
) -> dict[str, str | None]:
    """Those of paths that differ from the last commit, with their text in it; None for what was never committed.

    paths: relative to root, with slashes. Text is UTF-8 with replacement characters. What git can't tell about, as
    for a path that leads out of its folder, counts as never committed.
    """
    inside = _output((*_GIT, "rev-parse", "--is-inside-work-tree"), root, runner, env)
    if inside is None or inside.strip() != "true":
        return {}
    found: dict[str, str | None] = {}
    for path in paths:
        # git is silent about what is in a folder that is a link.
        real = (root / path).parent.resolve() / PurePosixPath(path).name
        place = Path(os.path.relpath(real, root.resolve())).as_posix()
        status = _output((*_GIT, "status", "--porcelain", "--ignored", "--", place), root, runner, env)
        if status != "":
            found[path] = _output((*_GIT, "show", f"HEAD:./{place}"), root, runner, env)
    return found


def _output(argv: Sequence[str], root: Path, runner: CommandRunner, env: Mapping[str, str]) -> str | None:
    """None where it fails."""
    try:
        done = runner.run(argv, root, env, timeout_s=_PATIENCE_S)
    except (ToolMissingError, RunError):
        return None
    return done.output if done.returncode == 0 else None
