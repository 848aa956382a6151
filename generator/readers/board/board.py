"""Board files: YAML to ``Board``. The schema is documented in ``docs/boards.md``."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

from generator.errors import BoardError, did_you_mean
from generator.model.board import Board, BoardPool, Core, Placement, Region, Setting, ZephyrSupport
from generator.model.options import FREERTOS, NONE, RTOSES, ZEPHYR
from generator.model.running import NATIVE
from generator.readers.board.ide import parse_ide
from generator.readers.board.port import check_port, parse_freertos, parse_port
from generator.readers.board.running import parse_emulation, parse_probe
from generator.readers.text.mapping import MappingReader
from generator.readers.text.yaml_tree import parse_yaml

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_SECTION = re.compile(r"[.A-Za-z_][.A-Za-z0-9_]{0,63}")
_LINKER_REGION = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_SYMBOL = re.compile(r"[A-Z][A-Z0-9_]{0,127}")
_VALUE = re.compile(r"[A-Za-z0-9_.+-]{1,64}")
_TARGET = re.compile(r"[a-z0-9_]+(@[A-Za-z0-9.]+)?(/[a-z0-9_]+)*")
_KCONFIG_CALL = re.compile(r"\$(?!\(dt_[a-z0-9_]+,)")
_KCONFIG_SOURCE = re.compile(r"\s*[a-z]*source\b")
_ADDRESS_END = 1 << 32
_MAX_CLOCK_HZ = 10_000_000_000
#: a pool's key -> the RTOSes whose linker scripts it is for
_PLACEMENTS = {"zephyr": (ZEPHYR,), "port": (FREERTOS, NONE)}
_EXAMPLE = "docs/boards.md shows a complete board file"


def load_board(path: Path) -> Board:
    """The board of one file. BoardError when it can't be read or breaks the schema."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BoardError(
            "no such board file", where=str(path), hint="`mlfgen boards` lists the built-in boards"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise BoardError(
            f"can't be read: {reason}", where=str(path), hint="a board file is YAML in UTF-8"
        ) from None
    return parse_board(text, path.name)


def parse_board(text: str, where: str) -> Board:
    """The board that a file describes. where: the file's name, for messages. Raises BoardError."""
    fields = MappingReader(
        parse_yaml(text, where, error=BoardError, hint=_EXAMPLE), error=BoardError, where=where
    )
    name = _matched(fields, "name", _NAME, "lower-case letters, digits and underscores")
    title = fields.text("title")
    core = _core(fields.child("core"))
    regions = tuple(_region(key, child) for key, child in fields.children("regions"))
    pools = tuple(_pool(key, child, regions) for key, child in fields.children("pools"))
    names = tuple(pool.name for pool in pools)
    defaults = {}
    for key in ("workspace_pool", "io_pool", "constant_pool"):
        chosen = fields.text(key)
        if chosen not in names:
            raise fields.fail(f"'{key}' is not a pool: '{chosen}'", did_you_mean(chosen, names))
        defaults[key] = chosen
    by_region = {region.name: region for region in regions}
    by_pool = {pool.name: by_region[pool.region] for pool in pools}
    for key in ("workspace_pool", "io_pool"):
        if not by_pool[defaults[key]].writable:
            raise fields.fail(f"'{key}' is read-only memory", "name a pool whose region is 'access: rw'")
    port, freertos, run, probe, ide = (fields.raw(key) for key in ("port", "freertos", "run", "probe", "ide"))
    board = Board(
        name=name,
        title=title,
        core=core,
        regions=regions,
        pools=pools,
        zephyr=_zephyr(fields.optional_child("zephyr")),
        port=None if port is None else parse_port(port, where),
        freertos=None if freertos is None else parse_freertos(freertos, where),
        run=None if run is None else parse_emulation(run, where),
        probe=None if probe is None else parse_probe(probe, where),
        ide=None if ide is None else parse_ide(ide, where),
        **defaults,
    )
    fields.done()
    if not board.rtoses:
        raise fields.fail("describes neither an RTOS nor bare metal", "add a 'zephyr' or a 'port' section")
    if board.run is not None and board.run.emulator == NATIVE and not core.hosted:
        raise fields.fail(
            f"run: 'native' runs programs built for this computer, but core.cpu is '{core.cpu}'",
            "use the emulator 'qemu' or 'virtual'",
        )
    _check_regions(regions, fields)
    if board.port is not None:
        check_port(board.port, core, regions, where)
        if board.probe is not None and "openocd" in board.probe.runners and not board.probe.openocd_config:
            raise fields.fail("probe: key 'openocd_config' is missing", "name one of OpenOCD's board scripts")
    elif board.freertos is not None:
        raise fields.fail(
            "'freertos' needs a 'port' section, which describes how the board starts", "add a 'port' section"
        )
    _check_placements(board, fields)
    return board


def _matched(fields: MappingReader, key: str, pattern: re.Pattern[str], words: str) -> str:
    value: str = fields.text(key)
    if not pattern.fullmatch(value):
        raise fields.fail(f"'{key}' is {value!r}", f"allowed: {words}")
    return value


def _core(fields: MappingReader) -> Core:
    core = Core(
        cpu=_matched(
            fields,
            "cpu",
            re.compile(r"host|cortex-m[0-9]+(plus)?|rv32[a-z]+"),
            "'host', or a name of GCC's like 'cortex-m7' or 'rv32imac'",
        ),
        fpu=fields.choice("fpu", ("none", "single", "double")),
        dsp=fields.flag("dsp"),
        clock_hz=fields.number("clock_hz", low=1, high=_MAX_CLOCK_HZ),
    )
    fields.done()
    return core


def _region(name: str, fields: MappingReader) -> Region:
    _check_name(name, fields)
    system = fields.optional_child("system_bytes")
    system_bytes = {}
    if system is not None:
        for rtos in system.names():
            if rtos not in RTOSES:
                raise system.fail(f"unknown RTOS '{rtos}'", did_you_mean(rtos, RTOSES))
            system_bytes[rtos] = system.number(rtos, low=0, high=_ADDRESS_END)
    region = Region(
        name=name,
        base=fields.number("base", low=0, high=_ADDRESS_END - 1),
        size_bytes=fields.number("size_bytes", low=1, high=_ADDRESS_END),
        writable=fields.choice("access", ("rw", "ro")) == "rw",
        access_cost=float(fields.real("access_cost", 1.0, low=0.01, high=1e6)),
        cached=fields.flag("cached", False),
        dma=fields.flag("dma", True),
        system_bytes=system_bytes,
    )
    fields.done()
    if region.base + region.size_bytes > _ADDRESS_END:
        raise fields.fail("ends above the 32-bit address space", "check 'base' and 'size_bytes'")
    return region


def _pool(name: str, fields: MappingReader, regions: tuple[Region, ...]) -> BoardPool:
    _check_name(name, fields)
    region = fields.text("region")
    names = tuple(r.name for r in regions)
    if region not in names:
        raise fields.fail(f"unknown region '{region}'", did_you_mean(region, names))
    alignment = fields.number("alignment_bytes", low=16, high=4096)
    if alignment & (alignment - 1):
        raise fields.fail(f"'alignment_bytes' is {alignment}", "it must be a power of two")
    placements: dict[str, Placement] = {}
    for key, rtoses in _PLACEMENTS.items():
        child = fields.optional_child(key)
        if child is not None:
            placements |= dict.fromkeys(rtoses, _placement(child, of_zephyr=key == "zephyr"))
    pool = BoardPool(
        name, region, alignment, fields.texts("aliases"), placements, fields.flag("on_request", False)
    )
    fields.done()
    return pool


def _placement(fields: MappingReader, *, of_zephyr: bool) -> Placement:
    section = fields.text("section", None)
    if section is not None and not _SECTION.fullmatch(section):
        raise fields.fail(f"'section' is {section!r}", "use only letters, digits, '_' and '.'")
    linker_region: str | None = None
    drivers: tuple[str, ...] = ()
    if of_zephyr:
        linker_region = fields.text("linker_region", None)
        drivers = fields.texts("drivers")
    if linker_region is not None:
        if not _LINKER_REGION.fullmatch(linker_region):
            raise fields.fail(
                f"'linker_region' is {linker_region!r}", "use capital letters, digits and underscores"
            )
        if section is None:
            raise fields.fail("'linker_region' needs a 'section' to put there", "add 'section: .name'")
    placement = Placement(
        section, _settings(fields, "kconfig"), fields.text("overlay", None), linker_region, drivers
    )
    fields.done()
    return placement


def _settings(fields: MappingReader, key: str) -> tuple[Setting, ...]:
    """``SYMBOL: {value: y, reason: why}`` lines."""
    if key not in fields.names():
        fields.raw(key)
        return ()
    settings = []
    for symbol, child in fields.children(key):
        if not _SYMBOL.fullmatch(symbol) or symbol.startswith("CONFIG_"):
            raise child.fail(f"'{symbol}' is not a Kconfig symbol", "write it in capitals, without CONFIG_")
        settings.append(
            Setting(
                symbol, _matched(child, "value", _VALUE, "a Kconfig value in quotes"), child.text("reason")
            )
        )
        child.done()
    return tuple(settings)


def _zephyr(fields: MappingReader | None) -> ZephyrSupport | None:
    if fields is None:
        return None
    support = ZephyrSupport(
        target=_matched(fields, "target", _TARGET, "a board name as `west boards` prints it"),
        min_version=_matched(
            fields, "min_version", re.compile(r"\d+\.\d+(\.\d+)?"), "a version in quotes like '3.7'"
        ),
        modules=_modules(fields),
        settings=_settings(fields, "kconfig"),
        float_settings=_settings(fields, "float_kconfig"),
        kconfig=_kconfig_text(fields),
        clock_hz=fields.number("clock_hz", None, low=1, high=_MAX_CLOCK_HZ),
        simulated=fields.flag("simulated", False),
    )
    fields.done()
    return support


def _kconfig_text(fields: MappingReader) -> str | None:
    """Kconfig can run programs and read other files while it is configured; a board's may not."""
    text: str | None = fields.text("application_kconfig", None)
    for line in (text or "").replace("\\\n", "").splitlines():
        if _KCONFIG_CALL.search(line):
            raise fields.fail(
                f"'application_kconfig' contains {line.strip()[:40]!r}",
                "the only Kconfig functions allowed are Zephyr's 'dt_…'",
            )
        if _KCONFIG_SOURCE.match(line):
            raise fields.fail(
                f"'application_kconfig' contains {line.strip()[:40]!r}", "paste the text of that file here"
            )
    return text


def _modules(fields: MappingReader) -> tuple[str, ...]:
    modules: tuple[str, ...] = fields.texts("modules")
    for module in modules:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", module):
            raise fields.fail(f"'modules' lists {module!r}", "use the names in Zephyr's west.yml")
    return modules


def _check_name(name: str, fields: MappingReader) -> None:
    if not _NAME.fullmatch(name):
        raise fields.fail(f"invalid name {name!r}", "use only lower-case letters, digits and underscores")


def _check_regions(regions: tuple[Region, ...], fields: MappingReader) -> None:
    ordered = sorted(regions, key=lambda region: region.base)
    for low, high in pairwise(ordered):
        if low.base + low.size_bytes > high.base:
            raise fields.fail(
                f"regions '{low.name}' and '{high.name}' overlap at 0x{high.base:08x}",
                "give each memory its own address range",
            )


def _check_placements(board: Board, fields: MappingReader) -> None:
    seen: dict[str, str] = {}
    drivers = [driver.name for driver in board.port.drivers if driver.region] if board.port else []
    for pool in board.pools:
        for driver in pool.placements[ZEPHYR].drivers if ZEPHYR in pool.placements else ():
            if driver not in drivers:
                raise fields.fail(
                    f"pools.{pool.name}.zephyr: 'port.drivers' has no driver '{driver}' for a memory",
                    did_you_mean(driver, drivers) if drivers else "describe the driver in a 'port' section",
                )
        for name in (pool.name, *pool.aliases):
            if name in seen:
                raise fields.fail(
                    f"pools '{seen[name]}' and '{pool.name}' are both called '{name}'", "rename one alias"
                )
            seen[name] = pool.name
        for rtos in board.rtoses:
            if rtos not in pool.placements:
                key = next(key for key, rtoses in _PLACEMENTS.items() if rtos in rtoses)
                raise fields.fail(
                    f"pool '{pool.name}' has no '{key}' placement", f"add '{key}: {{section: …}}' to it"
                )
