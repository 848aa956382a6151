"""The doctor's looks at this computer."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from importlib import metadata
from pathlib import Path

from generator.errors import MlfgenError
from generator.toolchain.doctor import Finding, check_all, family_of
from generator.toolchain.port_build import find_sources
from generator.toolchain.registry import registered_packages
from generator.toolchain.runner import CommandRunner
from generator.toolchain.west import find_workspace

_ANSWER_S = 20.0


def check_computer(
    folder: Path, runner: CommandRunner, env: Mapping[str, str], kernel: str
) -> tuple[Finding, ...]:
    """``check_all`` on this computer. folder: the project, or where one will be. kernel: FreeRTOS's folder."""

    def ask(argv: Sequence[str]) -> str | None:
        try:
            done = runner.run(argv, Path.cwd(), env, timeout_s=_ANSWER_S)
        except MlfgenError:
            return None
        return done.output if done.returncode == 0 else None

    def version_of(distribution: str) -> str | None:
        try:
            return metadata.version(distribution)
        except metadata.PackageNotFoundError:
            return None

    try:
        os_release = Path("/etc/os-release").read_text(encoding="utf-8", errors="replace")
    except OSError:
        os_release = ""
    return check_all(
        ask,
        partial(shutil.which, path=env.get("PATH")),
        env,
        version_of=version_of,
        find_workspace=partial(find_workspace, folder, env),
        find_kernel=partial(find_sources, folder, (kernel,), env),
        family=family_of(sys.platform, os_release, root=getattr(os, "geteuid", lambda: 1)() == 0),
        sdks=registered_packages(env, "Zephyr-sdk", depth=1),
    )
