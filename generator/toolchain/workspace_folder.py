"""Where the workspace is that all applications may share; ``mlfgen workspace`` makes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

#: The variable, of the environment and of CMake, that names a workspace.
WORKSPACE = "MLF_WORKSPACE"


def default_folder(env: Mapping[str, str]) -> Path | None:
    """The folder that the environment names, or else the user's own; None without a home."""
    if env.get(WORKSPACE):
        return Path(env[WORKSPACE]).absolute()
    if env.get("XDG_DATA_HOME"):
        return Path(env["XDG_DATA_HOME"], "mlfgen", "workspace").absolute()
    if env.get("HOME"):
        return Path(env["HOME"], ".local", "share", "mlfgen", "workspace").absolute()
    return None


def found_by(env: Mapping[str, str]) -> str:
    """How the default folder was chosen, for messages."""
    return WORKSPACE if env.get(WORKSPACE) else "mlfgen's workspace"
