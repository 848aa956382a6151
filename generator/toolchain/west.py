"""Zephyr's build tool: where its workspace is, what to call, and what went wrong."""

from __future__ import annotations

import configparser
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from generator.errors import BuildError, ToolMissingError
from generator.model.options import ZEPHYR
from generator.toolchain import cmake
from generator.toolchain.build_failure import Tenants, parse_build_failure
from generator.toolchain.cross_compiler import find_cross_compiler, find_riscv_compiler
from generator.toolchain.plain_path import is_plain, plain_alias
from generator.toolchain.registry import registered_packages
from generator.toolchain.runner import CommandRunner, CompletedCommand
from generator.toolchain.workspace_folder import default_folder, found_by

__all__ = [
    "WEST",
    "Workspace",
    "ZephyrVersion",
    "build",
    "build_argv",
    "build_environment",
    "find_workspace",
    "flash_argv",
    "init_argv",
    "parse_build_failure",
    "parse_step",
    "parse_zephyr_version",
    "require_version",
    "update_argv",
    "zephyr_version",
]

#: West beside this generator, whether or not its folder is in PATH.
WEST = (sys.executable, "-m", "west")
_OLDEST = (3, 7)
_NEWEST_MAJOR = 4


class ZephyrVersion(Struct, frozen=True, order=True):
    """As Zephyr's VERSION file has it."""

    major: int
    minor: int
    patch: int = 0

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


class Workspace(Struct, frozen=True):
    """A Zephyr that firmware can be built with.

    topdir:      the folder of west's ``.west``, from which west is to be called.
    found_by:    how it was found, for messages.
    """

    topdir: Path
    zephyr_base: Path
    version: ZephyrVersion
    found_by: str


# ---- commands


def build_argv(
    board: str,
    app: Path,
    build_folder: Path,
    defines: Mapping[str, str] | None = None,
    *,
    west: Sequence[str] = WEST,
    pristine: str = "auto",
    target: str | None = None,
) -> tuple[str, ...]:
    """``west build``. board: Zephyr's name of it; target: of the build system, or None for everything."""
    argv = [*west, "build", "-p", pristine, "-b", board, "-d", str(build_folder)]
    if target is not None:
        argv += ["-t", target]
    argv.append(str(app))
    if defines:
        argv += ["--", *(f"-D{name}={value}" for name, value in defines.items())]
    return tuple(argv)


def init_argv(app: Path, *, west: Sequence[str] = WEST) -> tuple[str, ...]:
    """``west init -l``: makes app's parent folder a workspace with app's own west.yml."""
    return (*west, "init", "-l", str(app))


def update_argv(*, west: Sequence[str] = WEST) -> tuple[str, ...]:
    """``west update``."""
    return (*west, "update")


def flash_argv(
    build_folder: Path, runner: str | None = None, *, west: Sequence[str] = WEST
) -> tuple[str, ...]:
    """``west flash`` of the image that is there: a rebuild would run CMake files that have changed since.

    runner: of Zephyr's (``openocd``), or None for the board's default.
    """
    argv = (*west, "flash", "--skip-rebuild", "-d", str(build_folder))
    return argv if runner is None else (*argv, "--runner", runner)


def debug_argv(
    build_folder: Path, runner: str | None = None, *, west: Sequence[str] = WEST
) -> tuple[str, ...]:
    """``west debug``. runner: see ``flash_argv``."""
    argv = (*west, "debug", "--skip-rebuild", "-d", str(build_folder))
    return argv if runner is None else (*argv, "--runner", runner)


def build_environment(workspace: Workspace, env: Mapping[str, str], cpu: str = "") -> dict[str, str]:
    """env with workspace's Zephyr, whatever west's configuration says, and with a compiler for cpu, or for Arm.

    A choice of compiler that env already makes is kept; see ``find_cross_compiler``.
    """
    which = partial(shutil.which, path=env.get("PATH"))
    sdks = registered_packages(env, "Zephyr-sdk", depth=1)
    find = find_riscv_compiler if cpu.startswith("rv") else find_cross_compiler
    compiler = find(env, which, sdks)
    return {**env, **compiler.variables, "ZEPHYR_BASE": str(workspace.zephyr_base)}


_STEP = re.compile(r"\[(\d+)/(\d+)\] (.*)")


def parse_step(line: str) -> tuple[int, int, str] | None:
    """(step, steps, what) of a line of ninja's progress (``[12/262] Building …``), or None."""
    match = _STEP.match(line)
    return None if match is None else (int(match[1]), int(match[2]), match[3])


def build(
    board: str,
    app: Path,
    build_folder: Path,
    workspace: Workspace,
    *,
    cpu: str = "",
    runner: CommandRunner,
    env: Mapping[str, str],
    defines: Mapping[str, str] | None = None,
    settings: Iterable[str] = (),
    tenants: Tenants | None = None,
    west: Sequence[str] = WEST,
    on_line: Callable[[str], None] | None = None,
    timeout_s: float | None = None,
) -> CompletedCommand:
    """Build app. Raises BuildError with the cause when the build fails; see ``parse_build_failure``.

    settings: paths in app of files that Zephyr reads if they are there.
    Zephyr can't build where a path has blanks: such an app is built through a link (see ``plain_alias``).
    """
    if not is_plain(workspace.zephyr_base):
        raise BuildError(
            "its path has spaces or special characters, which Zephyr's build does not support",
            where=str(workspace.zephyr_base),
            hint="move the west workspace to a path of letters and digits",
        )
    app, build_folder = app.absolute(), build_folder.absolute()
    app_alias = plain_alias(app, env)
    build_alias = build_folder
    if build_folder.is_relative_to(app):
        build_alias = app_alias / build_folder.relative_to(app)
    if not is_plain(build_alias):
        build_folder.mkdir(parents=True, exist_ok=True)
        build_alias = plain_alias(build_folder, env)
    cmake.leave_foreign_cache(app_alias, build_alias, "APPLICATION_SOURCE_DIR")
    # Zephyr keeps the list of these files until the build folder is emptied.
    outdated = cmake.is_outdated(build_alias, app_alias, settings)
    pristine = "always" if outdated else "auto"
    argv = build_argv(board, app_alias, build_alias, defines, west=west, pristine=pristine)
    done = runner.run(argv, workspace.topdir, build_environment(workspace, env, cpu), on_line, timeout_s)
    if done.returncode != 0:
        raise parse_build_failure(done.output, tenants)
    return done


# ---- Zephyr


def parse_zephyr_version(text: str) -> ZephyrVersion:
    """The version in the text of a VERSION file. Raises BuildError when it is not one."""
    fields = dict(re.findall(r"^(\w+)[ \t]*=[ \t]*(\d+)[ \t]*$", text, re.MULTILINE))
    try:
        return ZephyrVersion(
            int(fields["VERSION_MAJOR"]), int(fields["VERSION_MINOR"]), int(fields.get("PATCHLEVEL", 0))
        )
    except KeyError as error:
        raise BuildError(f"not a Zephyr VERSION file: it has no {error.args[0]}") from error


def zephyr_version(base: Path) -> ZephyrVersion:
    """The version of the Zephyr at base. Raises BuildError when there is none."""
    file = base / "VERSION"
    try:
        return parse_zephyr_version(file.read_text(encoding="utf-8", errors="replace"))
    except OSError as error:
        raise BuildError(f"it can't be read: {error.strerror}", where=str(file)) from error
    except BuildError as error:
        raise BuildError(error.what, where=str(file), hint="check ZEPHYR_BASE") from error


def require_version(version: ZephyrVersion, minimum: str | None = None) -> None:
    """Raise BuildError unless version is one that generated applications build with.

    minimum: ``"4.1"``, when a board needs a newer one than the general lower end.
    """
    oldest = _OLDEST
    if minimum is not None:
        major, minor = (int(part) for part in minimum.split(".")[:2])
        oldest = max(oldest, (major, minor))
    if (version.major, version.minor) < oldest:
        raise BuildError(
            f"Zephyr {version} is too old: {oldest[0]}.{oldest[1]} or newer is needed",
            where="Zephyr",
            hint="change 'revision' in west.yml and run 'west update', or set ZEPHYR_BASE to another one",
        )
    if version.major > _NEWEST_MAJOR:
        raise BuildError(
            f"Zephyr {version} is newer than this version of mlfgen supports (3.7 to {_NEWEST_MAJOR}.x)",
            where="Zephyr",
            hint="use a newer mlfgen, or the Zephyr version in the application's west.yml",
        )


def find_workspace(app: Path, env: Mapping[str, str]) -> Workspace:
    """The Zephyr to build app with: of app's own workspace, ZEPHYR_BASE, mlfgen's workspace, CMake's registry.

    env: HOME, ZEPHYR_BASE and MLF_WORKSPACE are looked at. The version is read, not judged (see ``require_version``).
    Raises ToolMissingError when there is none.
    """
    tried = []
    for found, base in _candidates(app, env):
        topdir = _topdir(base)
        if not (base / "VERSION").is_file():
            tried.append(f"{found}: no Zephyr at '{base}'")
        elif topdir is None:
            tried.append(f"{found}: '{base}' is not in a west workspace")
        else:
            return Workspace(topdir, base, zephyr_version(base), found)
    raise ToolMissingError(
        "there is no Zephyr workspace" + "".join(f"; {text}" for text in tried),
        hint=f"mlfgen workspace --rtos {ZEPHYR}; or set ZEPHYR_BASE",
    )


def _candidates(app: Path, env: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    topdir = _topdir(app.absolute())
    if topdir is not None:
        yield "the project's own workspace", topdir / _configured_base(topdir)
    if env.get("ZEPHYR_BASE"):
        yield "ZEPHYR_BASE", Path(env["ZEPHYR_BASE"]).absolute()
    shared = default_folder(env)
    if shared is not None and (shared / "zephyr" / "VERSION").is_file():
        yield found_by(env), shared / "zephyr"
    # BASE/share/zephyr-package/cmake is what is registered.
    registered = [
        base for base in registered_packages(env, "Zephyr", depth=3) if (base / "VERSION").is_file()
    ]
    for base in sorted(registered, key=zephyr_version, reverse=True):
        yield "CMake's package registry", base


def _topdir(place: Path) -> Path | None:
    for folder in (place, *place.parents):
        if (folder / ".west" / "config").is_file():
            return folder
    return None


def _configured_base(topdir: Path) -> str:
    config = configparser.ConfigParser(interpolation=None)
    try:
        config.read(topdir / ".west" / "config", encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        raise BuildError(
            f"it can't be read: {error}",
            where=str(topdir / ".west" / "config"),
            hint="repair it, or create the workspace again with 'west init'",
        ) from error
    return config.get("zephyr", "base", fallback="zephyr")
