"""What is installed, what is missing, and the command that installs it."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from generator.errors import MlfgenError, ToolMissingError
from generator.model.options import FETCHED_RTOSES, FREERTOS, NONE, RTOSES, ZEPHYR
from generator.toolchain.cross_compiler import Which, find_cross_compiler
from generator.toolchain.port_build import Sources
from generator.toolchain.west import Workspace, require_version

#: Runs a command and gives what it printed, or None when it can't be run or fails.
Ask = Callable[[Sequence[str]], "str | None"]
#: how packages are installed; "debian-root": by root, who needs no sudo, which may not be there either
Family = Literal["debian", "debian-root", "brew", "other"]


class Finding(Struct, frozen=True):
    """One thing that was looked for.

    ok:       it is there and new enough.
    rtoses:   those whose applications can't be built without it. runs: those whose applications it can run.
    problem:  what is wrong, or None. install: a command or sentence that fixes it, or None if it is ok.
    """

    name: str
    ok: bool
    needed_for: str
    rtoses: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    version: str | None = None
    path: str | None = None
    problem: str | None = None
    install: str | None = None


class _Program(Struct, frozen=True):
    """rtoses, runs: see ``Finding``."""

    name: str
    needed_for: str
    debian: str
    brew: str
    rtoses: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    minimum: tuple[int, ...] = ()
    #: names it goes by, if not its own; the first that is found counts
    called: tuple[str, ...] = ()
    #: where it is to be had, if no package manager brings it
    site: str = ""


_ST_SITE = "STM32CubeProgrammer, https://www.st.com/stm32cubeprog"
_PROGRAMS = (
    _Program("cmake", "every build", "cmake", "cmake", RTOSES, minimum=(3, 20)),
    _Program("ninja", "every build", "ninja-build", "ninja", RTOSES),
    _Program("git", "fetching sources", "git", "git", FETCHED_RTOSES),
    _Program("dtc", "Zephyr's devicetree", "device-tree-compiler", "dtc", (ZEPHYR,), minimum=(1, 4, 6)),
    _Program("gperf", "Zephyr's kernel object tables", "gperf", "gperf"),
    _Program(
        "arm-none-eabi-gcc",
        "bare-metal and FreeRTOS projects",
        "gcc-arm-none-eabi libnewlib-arm-none-eabi",
        "--cask gcc-arm-embedded",
        (FREERTOS, NONE),
    ),
    _Program(
        "gdb",
        "mlfgen debug",
        "gdb-multiarch",
        "--cask gcc-arm-embedded",
        called=("arm-none-eabi-gdb", "gdb-multiarch"),
    ),
    _Program("openocd", "flashing and debugging boards", "openocd", "open-ocd"),
    _Program("STM32_Programmer_CLI", "flashing ST's boards without OpenOCD", "", "", site=_ST_SITE),
    _Program("qemu-system-arm", "running on emulated Arm boards", "qemu-system-arm", "qemu", runs=RTOSES),
    _Program(
        "riscv64-unknown-elf-gcc",
        "RISC-V boards",
        "gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf",
        "riscv64-elf-gcc",
    ),
    _Program("qemu-system-riscv32", "running on emulated RISC-V boards", "qemu-system-misc", "qemu"),
)


class _Package(Struct, frozen=True):
    """A Python distribution. extra: of this generator, which brings it; None for its own dependencies."""

    name: str
    needed_for: str
    extra: str | None = None
    rtoses: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()


_PACKAGES = (
    _Package("west", "Zephyr builds, fetching sources", rtoses=FETCHED_RTOSES),
    _Package("pyelftools", "Zephyr builds and checking images", rtoses=RTOSES),
    _Package("PyYAML", "board files and Zephyr builds", rtoses=RTOSES),
    _Package("Jinja2", "templates", rtoses=RTOSES),
    _Package("numpy", "golden files", rtoses=RTOSES),
    _Package("tflite", "reading .tflite files", rtoses=RTOSES),
    _Package("pycparser", "reading an archive's C", rtoses=RTOSES),
    _Package("pykwalify", "Zephyr builds", extra="test", rtoses=(ZEPHYR,)),
    _Package("packaging", "Zephyr builds", extra="test", rtoses=(ZEPHYR,)),
    _Package("jsonschema", "Zephyr builds", extra="test"),
    _Package("unicorn", "running on virtual boards", extra="virtual", runs=RTOSES),
    _Package("scipy", "planning into several pools exactly", extra="pools"),
    _Package("ortools", "proving plans optimal", extra="exact"),
    _Package("pyserial", "talking to real boards", extra="serial"),
)


def check_all(
    ask: Ask,
    which: Which,
    env: Mapping[str, str],
    *,
    version_of: Callable[[str], str | None],
    find_workspace: Callable[[], Workspace],
    find_kernel: Callable[[], Sources],
    family: Family,
    sdks: Sequence[Path] = (),
) -> tuple[Finding, ...]:
    """Look for everything, in the order in which it is needed. Pure given its probes.

    version_of:     version of an installed Python distribution, or None.
    find_workspace: ``west.find_workspace`` for the folder of interest.
    find_kernel:    ``port_build.find_sources`` of FreeRTOS for it.
    sdks:           see ``find_cross_compiler``.
    """
    programs = [_check_program(program, ask, which, family) for program in _PROGRAMS]
    compiler = _check_cross_compiler(ask, which, env, family, sdks)
    if compiler.path is not None:
        same = [found for found in programs if found.path and Path(found.path) == Path(compiler.path)]
        programs = [found for found in programs if found not in same]
        needs = [compiler.needed_for, *(found.needed_for for found in same)]
        rtoses = (*compiler.rtoses, *(name for found in same for name in found.rtoses))
        compiler = replace(compiler, needed_for=", ".join(needs), rtoses=rtoses)
    return (
        *programs,
        compiler,
        _check_zephyr(find_workspace),
        _check_kernel(find_kernel),
        *(_check_package(package, version_of) for package in _PACKAGES),
    )


def _check_program(program: _Program, ask: Ask, which: Which, family: Family) -> Finding:
    path = next(filter(None, map(which, program.called or (program.name,))), None)
    version = None if path is None else parse_version(ask((path, "--version")) or "")
    problem = None
    if path is None:
        problem = "not in PATH"
    elif program.minimum and (version is None or _numbers(version) < program.minimum):
        oldest = ".".join(str(number) for number in program.minimum)
        problem = (
            f"{version or 'its version'} is older than {oldest}" if version else "its version is unknown"
        )
    return Finding(
        name=program.name,
        ok=problem is None,
        needed_for=program.needed_for,
        rtoses=program.rtoses,
        runs=program.runs,
        version=version,
        path=path,
        problem=problem,
        install=None if problem is None else _install(program, family),
    )


def _install(program: _Program, family: Family) -> str:
    if program.site:
        return f"install {program.site}"
    if family.startswith("debian"):
        sudo = "" if family == "debian-root" else "sudo "
        return f"{sudo}apt-get install {program.debian}"
    if family == "brew":
        return f"brew install {program.brew}"
    return f"install {program.name} with your system's package manager"


def _check_cross_compiler(
    ask: Ask, which: Which, env: Mapping[str, str], family: Family, sdks: Sequence[Path]
) -> Finding:
    found = find_cross_compiler(env, which, sdks)
    install = None
    if found.path is None:
        gnu = next(program for program in _PROGRAMS if program.name == "arm-none-eabi-gcc")
        install = _install(gnu, family)
        if env.get("ZEPHYR_TOOLCHAIN_VARIANT") and which(gnu.name) is not None:
            bare = find_cross_compiler({}, which)
            install = "export " + " ".join(f"{key}={value}" for key, value in bare.variables.items())
    return Finding(
        name="cross compiler",
        ok=found.path is not None,
        needed_for="Zephyr builds for Arm boards",
        rtoses=(ZEPHYR,),
        version=None if found.path is None else parse_version(ask((found.path, "--version")) or ""),
        path=found.path,
        problem=found.problem,
        install=install,
    )


def _check_zephyr(find_workspace: Callable[[], Workspace]) -> Finding:
    workspace: Workspace | None = None
    problem: str | None = None
    install: str | None = None
    try:
        workspace = find_workspace()
        require_version(workspace.version)
    except ToolMissingError as error:
        problem, install = error.what, f"mlfgen workspace --rtos {ZEPHYR}"
    except MlfgenError as error:
        problem, install = error.what, error.hint
    return Finding(
        name="Zephyr",
        ok=problem is None,
        needed_for="Zephyr projects",
        rtoses=(ZEPHYR,),
        version=None if workspace is None else str(workspace.version),
        path=None if workspace is None else str(workspace.zephyr_base),
        problem=problem,
        install=install,
    )


def _check_kernel(find_kernel: Callable[[], Sources]) -> Finding:
    sources: Sources | None = None
    problem: str | None = None
    try:
        sources = find_kernel()
    except MlfgenError as error:
        problem = error.what
    return Finding(
        name="FreeRTOS",
        ok=problem is None,
        needed_for="FreeRTOS projects",
        rtoses=(FREERTOS,),
        path=None if sources is None else str(sources.root),
        problem=problem,
        install=None if problem is None else f"mlfgen workspace --rtos {FREERTOS}",
    )


def _check_package(package: _Package, version_of: Callable[[str], str | None]) -> Finding:
    version = version_of(package.name)
    wanted = package.name if package.extra in (None, "test") else f"mlfgen[{package.extra}]"
    command = f"{shlex.quote(sys.executable)} -m pip install {shlex.quote(wanted)}"
    return Finding(
        name=f"Python package {package.name}",
        ok=version is not None,
        needed_for=package.needed_for,
        rtoses=package.rtoses,
        runs=package.runs,
        version=version,
        problem=None if version is not None else "not installed",
        install=None if version is not None else command,
    )


def parse_version(output: str) -> str | None:
    """The first version number of a program's ``--version``, past a package name in parentheses.

    The compiler's ``arm-none-eabi-gcc (15:12.2.rel1-1) 12.2.1`` is 12.2.1.
    """
    first_line = re.sub(r"\([^)]*\)", "", output.strip().split("\n", 1)[0])
    match = re.search(r"\d+(?:\.\d+)+", first_line) or re.search(r"\d+(?:\.\d+)+", output)
    return None if match is None else match[0]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def family_of(platform: str, os_release: str, *, root: bool = False) -> Family:
    """How packages are installed here. platform: ``sys.platform``; os_release: of /etc/os-release."""
    if platform == "darwin":
        return "brew"
    names = re.findall(r"^ID(?:_LIKE)?=(.*)$", os_release, re.MULTILINE)
    words = {word for name in names for word in name.strip("\"'").split()}
    if not words & {"debian", "ubuntu"}:
        return "other"
    return "debian-root" if root else "debian"
