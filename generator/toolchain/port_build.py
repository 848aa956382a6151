"""FreeRTOS and bare-metal applications: where the sources of their west.yml are, what to call, and the image.

A generated application builds by itself with plain CMake; its own west commands call the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from generator.errors import ToolMissingError
from generator.model.options import FREERTOS
from generator.toolchain import cmake
from generator.toolchain.build_failure import Tenants
from generator.toolchain.runner import CommandRunner, CompletedCommand
from generator.toolchain.workspace_folder import WORKSPACE, default_folder, found_by

PRESET = "default"
IMAGE = "firmware.elf"


class Sources(Struct, frozen=True):
    """Where the sources of an application's west.yml are.

    root: the folder that holds ``deps``, or None for an application that needs nothing from elsewhere.

    found_by: how it was found, for messages.
    """

    root: Path | None
    found_by: str

    @property
    def defines(self) -> dict[str, str]:
        """The arguments for CMake."""
        return {} if self.root is None else {WORKSPACE: str(self.root)}


def find_sources(app: Path, needed: Sequence[str], env: Mapping[str, str]) -> Sources:
    """The application's own west workspace, the folder beside it, what the environment names, or mlfgen's.

    needed: folders that must be in it. Raises ToolMissingError when none of them holds them all.
    """
    if not needed:
        return Sources(None, "nothing is needed")
    tried = []
    for found, root in _candidates(app.absolute(), env):
        missing = [path for path in needed if not (root / path).is_dir()]
        if not missing:
            return Sources(root, found)
        tried.append(f"{found}: no {', '.join(missing)} in '{root}'")
    raise ToolMissingError(
        "the sources listed in west.yml are missing; " + "; ".join(tried),
        hint=f"mlfgen workspace --rtos {FREERTOS}; or set {WORKSPACE} to a folder with them",
    )


def _candidates(app: Path, env: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    shared = default_folder(env)
    if env.get(WORKSPACE) and shared is not None:
        yield found_by(env), shared
    for folder in (app, *app.parents):
        if (folder / ".west" / "config").is_file():
            yield "the project's own workspace", folder
            break
    yield "beside the project", app.parent
    if not env.get(WORKSPACE) and shared is not None:
        yield found_by(env), shared


def configure_argv(
    app: Path, build_folder: Path, sources: Sources, defines: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """``cmake`` that configures app in build_folder; to be called in app, whose presets it takes."""
    return cmake.configure_argv(app, build_folder, PRESET, {**sources.defines, **(defines or {})})


def build_argv(build_folder: Path) -> tuple[str, ...]:
    """``cmake --build``; the working directory does not matter."""
    return cmake.build_argv(build_folder)


def image_path(build_folder: Path) -> Path:
    """The linked image; ``.bin``, ``.hex`` and ``.map`` lie beside it."""
    return build_folder / IMAGE


def build(
    app: Path,
    build_folder: Path,
    sources: Sources,
    *,
    runner: CommandRunner,
    env: Mapping[str, str],
    defines: Mapping[str, str] | None = None,
    tenants: Tenants | None = None,
    on_line: Callable[[str], None] | None = None,
    timeout_s: float | None = None,
) -> CompletedCommand:
    """Configure and build. Raises BuildError with the cause; see ``parse_build_failure``.

    tenants: the linker's regions have the names that the board file gives its memories.
    """
    cmake.leave_foreign_cache(app.absolute(), build_folder.absolute(), "CMAKE_TOOLCHAIN_FILE")
    return cmake.build(
        app,
        build_folder,
        runner=runner,
        env=env,
        preset=PRESET,
        defines={**sources.defines, **(defines or {})},
        tenants=tenants,
        on_line=on_line,
        timeout_s=timeout_s,
    )
