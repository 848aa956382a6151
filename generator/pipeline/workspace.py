"""Make and update the workspace that holds Zephyr's and FreeRTOS's sources for every application."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from generator.compose.freertos import KERNEL
from generator.compose.port import CMSIS_NN
from generator.compose.zephyr import ZEPHYR_REVISION
from generator.errors import UsageError, did_you_mean
from generator.model.options import FETCHED_RTOSES, FREERTOS, ZEPHYR
from generator.model.port import Repository
from generator.model.workspace import MB, SourceProject, WorkspaceContent
from generator.toolchain.runner import CommandRunner
from generator.toolchain.workspace import (
    absent_projects,
    imported_projects,
    manifest_names,
    update_workspace,
)
from generator.toolchain.workspace_folder import default_folder

#: modules that the built-in boards and CMSIS-NN operators need, with their paths in Zephyr's manifest
_MODULES = (
    SourceProject("cmsis", "zephyrproject-rtos/cmsis", "", "modules/hal/cmsis", 1 * MB, 5 * MB),
    SourceProject("cmsis_6", "zephyrproject-rtos/CMSIS_6", "", "modules/lib/cmsis_6", 4 * MB, 28 * MB),
    SourceProject("cmsis-nn", "zephyrproject-rtos/cmsis-nn", "", "modules/lib/cmsis-nn", 3 * MB, 21 * MB),
    SourceProject("hal_stm32", "zephyrproject-rtos/hal_stm32", "", "modules/hal/stm32", 29 * MB, 730 * MB),
)
_MODULE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SIZES = {KERNEL.name: (2 * MB, 26 * MB), CMSIS_NN.name: (3 * MB, 21 * MB)}


class WorkspacePlan(Struct, frozen=True):
    """A workspace, and what has to be fetched for it.

    absent: what is going to be fetched.
    """

    folder: Path
    content: WorkspaceContent
    absent: tuple[SourceProject, ...]

    @property
    def download_bytes(self) -> int:
        """About what ``west update`` has to fetch."""
        return sum(project.download_bytes for project in self.absent)

    @property
    def disk_bytes(self) -> int:
        """About what the missing projects take when they are checked out."""
        return sum(project.disk_bytes for project in self.absent)


def plan_workspace(
    folder: Path | None, rtos: str | None, env: Mapping[str, str], modules: Sequence[str] = ()
) -> WorkspacePlan:
    """What making or updating a workspace would do.

    folder: None for the one that builds look for. rtos: None for all; what is there already stays.

    modules: names in Zephyr's own manifest, beside those that the built-in boards need. UsageError for one that it
    does not have, if it is there to be asked.
    """
    chosen = folder.absolute() if folder is not None else default_folder(env)
    if chosen is None:
        raise UsageError("there is no home folder for the workspace", hint="mlfgen workspace DIR")
    names = manifest_names(chosen)
    wanted = {rtos} if rtos is not None else set() if modules else set(FETCHED_RTOSES)
    wanted |= {ZEPHYR} if ZEPHYR in names or modules else set()
    wanted |= {FREERTOS} if KERNEL.name in names else set()
    projects: tuple[SourceProject, ...] = ()
    if ZEPHYR in wanted:
        slug = "zephyrproject-rtos/zephyr"
        imports = (*_MODULES, *_further_modules(chosen, names.get(ZEPHYR, ()), modules))
        projects += (SourceProject(ZEPHYR, slug, ZEPHYR_REVISION, ZEPHYR, 94 * MB, 487 * MB, imports),)
    if FREERTOS in wanted:
        projects += tuple(_project(repository) for repository in (KERNEL, CMSIS_NN))
    content = WorkspaceContent(projects)
    return WorkspacePlan(chosen, content, absent_projects(chosen, content))


def make_workspace(
    plan: WorkspacePlan,
    *,
    runner: CommandRunner,
    env: Mapping[str, str],
    on_line: Callable[[str], None] | None = None,
) -> None:
    """Carry out a plan.

    on_line: called with west's output. See ``update_workspace`` for what is raised.
    """
    update_workspace(plan.folder, plan.content, runner=runner, env=env, on_line=on_line)
    for project in plan.content.projects:
        _check_modules(plan.folder, [each.name for each in project.imports])


def _further_modules(folder: Path, kept: Sequence[str], asked: Sequence[str]) -> tuple[SourceProject, ...]:
    """Modules beside the usual ones. kept: those that the workspace has been made with."""
    _check_modules(folder, asked)
    usual = {module.name for module in _MODULES}
    known = imported_projects(folder, ZEPHYR)
    names = [name for name in kept if name in known] + list(asked)
    return tuple(
        SourceProject(name, f"zephyrproject-rtos/{name}", "", known.get(name) or _module_path(name))
        for name in dict.fromkeys(names)
        if name not in usual
    )


def _module_path(name: str) -> str:
    """Where Zephyr's manifest puts most modules, while it is not there to be asked."""
    vendor = name.removeprefix("hal_")
    return f"modules/lib/{name}" if vendor == name else f"modules/hal/{vendor}"


def _check_modules(folder: Path, names: Sequence[str]) -> None:
    known = imported_projects(folder, ZEPHYR)
    for name in names:
        if not _MODULE_NAME.fullmatch(name) or (known and name not in known):
            raise UsageError(
                f"Zephyr {ZEPHYR_REVISION} has no module '{name}'",
                hint=did_you_mean(
                    name, known, f"the names are in {ZEPHYR}/west.yml of the workspace", most=3
                ),
            )


def _project(repository: Repository) -> SourceProject:
    download, disk = _SIZES[repository.name]
    return SourceProject(
        repository.name, repository.slug, repository.revision, repository.path, download, disk
    )
