"""From what a failed build printed to one sentence that says what to do. Pure.

The texts are those of GNU ld 2.40 and GCC 12.2, CMake 3.25, and Zephyr 4.1's kconfig.py and dts.cmake; the
captured outputs are the unit tests' data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial

from generator.errors import BuildError
from generator.wording import counted

#: linker region -> {pool in it: bytes}; for naming what takes the space.
Tenants = Mapping[str, Mapping[str, int]]

_QUOTED = r"[`'‘\"]([^`'’\"]+)['’\"]"
_OVERFLOW = re.compile(rf"region {_QUOTED} overflowed by (\d+) bytes?")
_NO_FIT = re.compile(rf"section {_QUOTED} will not fit in region {_QUOTED}")
_STATIC_ASSERT = re.compile(r"^(.+?:\d+:\d+): error: static assertion failed(?:: \"(.*)\")?", re.MULTILINE)
_ORPHAN = re.compile(rf"(warning: |error: unplaced )orphan section {_QUOTED} from {_QUOTED}")
_MISPLACED = re.compile(r"mlf: (buffer '\w+' must lie in .+?): (.+)")
_UNDEFINED = re.compile(rf"undefined reference to {_QUOTED}")
_HEADER = re.compile(r"^(.+?:\d+:\d+): fatal error: (\S+): No such file or directory", re.MULTILINE)
_UNKNOWN_SYMBOL = re.compile(
    r"^(?:(.+?:\d+): )?warning: attempt to assign the value '([^']*)' to the undefined symbol (\w+)",
    re.MULTILINE,
)
_UNMET_SELECT = re.compile(
    r"^warning: (\w+) \(defined at (?P<file>[^)]*)\) has direct dependencies (.+?) with value n, but is "
    r"currently being y-selected by the following symbols:\n - (\w+)",
    re.MULTILINE,
)
#: Zephyr's glue for a vendor's module lies in a folder of the module's name
_VENDOR_MODULE = re.compile(r"\bmodules/(hal_\w+)/")
_BOARD = re.compile(rf"^No board named {_QUOTED} found", re.MULTILINE)
_TOOLCHAIN = re.compile(
    r"Nothing found at (\w+): '([^']*)'|Assertion failed: (\w+_TOOLCHAIN_PATH) is not set"
    r"|Could not find a package configuration file provided by \"(Zephyr-sdk)\""
)
_NO_BUILD_PROGRAM = re.compile(r"unable to find a build program corresponding to \"(\w+)\"")
_DEVICETREE = re.compile(r"^devicetree error: (?:(.+?:\d+) \(column \d+\): )?(.+)", re.MULTILINE)
_NO_SOURCES = re.compile(r"No SOURCES given to target: (\S+)")
_CMAKE_ERROR = re.compile(r"^CMake Error at (\S+) \(\w+\):\n\s+(.+)", re.MULTILINE)
_ERROR_LINE = re.compile(r"\b(?:fatal )?error\b:|\bld(?:\.\w+)?: |^FATAL ERROR:|^west: ", re.IGNORECASE)
_NO_WORKSPACE = re.compile(r"^west: unknown command (\S+);", re.MULTILINE)
_TOOL_FOLDERS = re.compile(r"\S*/(?=(?:ld|gcc|cc1)(?:\.\w+)?: )")
_TRAILER = re.compile(r"collect2: |ninja: build stopped|FATAL ERROR: command exited with status")

_DOCTOR = "`mlfgen doctor` shows what is missing and how to install it"
_LAST_LINES = 5


def parse_build_failure(output: str, tenants: Tenants | None = None) -> BuildError:
    """The error to raise for a build that failed with output.

    tenants: what the project itself puts where, so that a full region is reported with its pools.
    """
    # In this order: a cause comes before what follows from it.
    overflow: _Finder = partial(_overflow, tenants=tenants or {})
    for find in (*_CONFIGURE, _static_assert, overflow, *_LINK):
        error = find(output)
        if error is not None:
            return error
    return _last_lines(output)


def parse_build_warnings(output: str) -> tuple[BuildError, ...]:
    """What a build only warns about although the firmware is not the requested one.

    Orphan sections: in the wrong memory, neither zeroed nor copied.
    """
    orphan = _orphan(output)
    return () if orphan is None else (orphan,)


def _overflow(output: str, tenants: Tenants) -> BuildError | None:
    short = {region: int(size) for region, size in _OVERFLOW.findall(output)}
    if not short:
        return None
    sections: dict[str, list[str]] = {region: [] for region in short}
    for section, region in _NO_FIT.findall(output):
        if section not in sections.setdefault(region, []):
            sections[region].append(section)
    parts = []
    for region, size_bytes in short.items():
        part = f"region {region} is {counted(size_bytes, 'byte')} too small"
        if sections[region]:
            part += f" (section {', '.join(sections[region])})"
        pools = tenants.get(region, {})
        if pools:
            part += "; it contains " + ", ".join(
                f"pool {name}: {counted(held, 'byte')}" for name, held in pools.items()
            )
        parts.append(part)
    return BuildError(
        "the firmware does not fit: " + "; ".join(parts),
        where="link",
        hint="move a pool to another memory with --pool NAME=POOL, make stacks and buffers smaller, "
        "or choose a board with more memory",
    )


def _static_assert(output: str) -> BuildError | None:
    match = _STATIC_ASSERT.search(output)
    if match is None:
        return None
    return BuildError(
        f"static assertion failed: {match[2] or 'see the source line'}",
        where=match[1],
        hint="the generated code and the archive's C do not match: generate the application again "
        "from this archive",
    )


def _misplaced(output: str) -> BuildError | None:
    """The checks of ``model/placement.ld``."""
    match = _MISPLACED.search(output)
    return BuildError(match[1], where="link", hint=match[2]) if match is not None else None


def _orphan(output: str) -> BuildError | None:
    found = [(section, source) for _, section, source in _ORPHAN.findall(output)]
    # An image linked with --orphan-handling=error also reports what the linker itself would add.
    own = [item for item in found if item[1] != "linker stubs"] or found
    if not own:
        return None
    names = ", ".join(f"'{section}' from {source}" for section, source in dict.fromkeys(own))
    return BuildError(
        f"the linker script has no place for section {names}",
        where="link",
        hint="a pool of the board uses a section that this RTOS does not have: correct 'section' in the "
        "board file",
    )


def _orphan_failure(output: str) -> BuildError | None:
    errors = [line for line in output.splitlines() if _ERROR_LINE.search(line) and not _TRAILER.search(line)]
    return _orphan(output) if all(_ORPHAN.search(line) for line in errors) else None


def _undefined(output: str) -> BuildError | None:
    names = list(dict.fromkeys(_UNDEFINED.findall(output)))
    if not names:
        return None
    listed = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    hint = "a source file or library is missing from the build"
    if any(name.startswith("arm_") for name in names):
        hint = "these belong to CMSIS-NN: check that the module is in west.yml, and run 'west update'"
    return BuildError(f"undefined reference to {listed}", where="link", hint=hint)


def _header(output: str) -> BuildError | None:
    match = _HEADER.search(output)
    if match is None:
        return None
    if match[2].endswith((".dtsi", ".dts", ".h")) and ".dts" in match[1]:
        hint = "the board's vendor module (hal_...) is missing: put it into west.yml and run 'west update'"
    elif match[2].startswith("arm_"):
        hint = "CMSIS-NN is missing: put it into west.yml and run 'west update'"
    else:
        hint = "a module or an include folder is missing: run 'west update' in the workspace"
    return BuildError(f"'{match[2]}' not found", where=match[1], hint=hint)


def _unknown_symbol(output: str) -> BuildError | None:
    match = _UNKNOWN_SYMBOL.search(output)
    if match is None:
        return None
    return BuildError(
        f"Kconfig has no symbol {match[3]} (assigned '{match[2]}')",
        where=match[1] or "prj.conf",
        hint="it may be misspelt, from another Zephyr version, or from a module that is not in the workspace",
    )


def _unmet_select(output: str) -> BuildError | None:
    match = _UNMET_SELECT.search(output)
    if match is None:
        return None
    symbol, file, condition, selecting = match.groups()
    vendor = _VENDOR_MODULE.search(file)
    if condition != "0":
        hint = f"make {selecting} depend on that too, or set it"
    elif vendor is not None:
        hint = (
            f"fetch the module {vendor[1]}: 'west update {vendor[1]}' in the workspace, or "
            f"'mlfgen workspace --module {vendor[1]}' for mlfgen's own"
        )
    else:
        hint = f"the module that {symbol} needs is not in the workspace: run 'west update'"
    return BuildError(
        f"Kconfig symbol {selecting} selects {symbol}, whose dependencies are not met: {condition}",
        where="Kconfig",
        hint=hint,
    )


def _board(output: str) -> BuildError | None:
    match = _BOARD.search(output)
    if match is None:
        return None
    return BuildError(
        f"this Zephyr version has no board '{match[1]}'",
        where="west build",
        hint="check 'zephyr: target' in the board file; 'west boards' lists the boards",
    )


def _workspace(output: str) -> BuildError | None:
    match = _NO_WORKSPACE.search(output)
    if match is None:
        return None
    return BuildError(
        f"west has no command {match[1]}: it was not run in a workspace, or Zephyr has not been fetched",
        where="west",
        hint="'west init -l' on the project and 'west update', or set ZEPHYR_BASE",
    )


def _toolchain(output: str) -> BuildError | None:
    match = _TOOLCHAIN.search(output)
    if match is None:
        return None
    if match[1]:
        what = f"no cross compiler at {match[1]}='{match[2]}'"
    elif match[3]:
        what = f"{match[3]} is not set, so the cross compiler is not found"
    else:
        what = "no cross compiler: ZEPHYR_TOOLCHAIN_VARIANT is not set and there is no Zephyr SDK"
    return BuildError(what, where="toolchain", hint=_DOCTOR)


def _build_program(output: str) -> BuildError | None:
    match = _NO_BUILD_PROGRAM.search(output)
    if match is None:
        return None
    return BuildError(f"CMake can't find {match[1]}", where="toolchain", hint=_DOCTOR)


def _devicetree(output: str) -> BuildError | None:
    match = _DEVICETREE.search(output)
    if match is None:
        return None
    return BuildError(
        f"devicetree: {match[2]}",
        where=match[1],
        hint="check the overlay in the board file against the board's devicetree",
    )


def _no_sources(output: str) -> BuildError | None:
    match = _NO_SOURCES.search(output)
    if match is None:
        return None
    module = match[1].removeprefix("modules__")
    return BuildError(
        f"module {module} is enabled but none of its parts is, or its sources are missing",
        where="CMake",
        hint="run 'west update'; in prj.conf, enable the parts that are needed",
    )


def _cmake(output: str) -> BuildError | None:
    match = _CMAKE_ERROR.search(output)
    return None if match is None else BuildError(match[2], where=match[1])


def _last_lines(output: str) -> BuildError:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if _ERROR_LINE.search(line) and not _TRAILER.search(line)]
    chosen = [_TOOL_FOLDERS.sub("", line) for line in (errors or lines)[-_LAST_LINES:]]
    return BuildError(
        "the build failed: " + "\n  ".join(chosen) if chosen else "the build failed and printed nothing",
        hint="see the full output with --verbose",
    )


_Finder = Callable[[str], BuildError | None]
_CONFIGURE: tuple[_Finder, ...] = (
    _workspace,
    _toolchain,
    _build_program,
    _board,
    _devicetree,
    _header,
    _unknown_symbol,
    _unmet_select,
    _no_sources,
)
_LINK: tuple[_Finder, ...] = (_undefined, _misplaced, _orphan_failure, _cmake)
