"""What building, running and checking an application need to know of it; kept in ``project.json``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.emit.fileset import LEDGER_NAME
from generator.emit.ledger import Ledger, parse_ledger
from generator.emit.writer import recover
from generator.errors import TargetError, did_you_mean
from generator.model.board import Region
from generator.model.host_driven import HOST_DRIVEN, PROJECT_TYPES, STANDALONE
from generator.model.options import ZEPHYR
from generator.model.project import Project
from generator.model.running import Emulation, Probe
from generator.readers.board.running import parse_emulation, parse_probe
from generator.readers.text.mapping import MappingReader

_VERSION = re.compile(r"\d{1,4}\.\d{1,4}(\.\d{1,4})?")
_HINT = "generate the project again with this version of mlfgen"


@dataclass(frozen=True)
class ExpectedBuffer:
    """A buffer the linked image must hold: see ``PoolBuffer``."""

    symbol: str
    pool: str
    size_bytes: int
    alignment_bytes: int
    region: str
    stored: bool


@dataclass(frozen=True)
class Firmware:
    """hosted: the image is a program for this computer. run, probe: the board's sections, or None.

    archives: paths in the project of what it was generated from, as far as a host needs them.

    zephyr_target, zephyr_min_version: empty when the application is not for Zephyr.
    sources: folders of a workspace that the build takes from it, as ``deps/FreeRTOS-Kernel``.
    """

    rtos: str
    board: str
    hosted: bool
    zephyr_target: str
    zephyr_min_version: str
    regions: tuple[Region, ...]
    buffers: tuple[ExpectedBuffer, ...]
    models: tuple[str, ...]
    run: Emulation | None
    project_type: str = STANDALONE
    archives: tuple[str, ...] = ()
    probe: Probe | None = None
    sources: tuple[str, ...] = ()

    @property
    def host_driven(self) -> bool:
        return self.project_type == HOST_DRIVEN


def firmware_of(project: Project, archives: tuple[str, ...] = ()) -> Firmware:
    """archives: see Firmware."""
    board = project.board
    zephyr = board.zephyr if project.rtos == ZEPHYR else None
    return Firmware(
        rtos=project.rtos,
        board=board.name,
        hosted=board.core.hosted,
        zephyr_target=zephyr.target if zephyr else "",
        zephyr_min_version=zephyr.min_version if zephyr else "",
        regions=board.regions,
        buffers=tuple(
            ExpectedBuffer(b.symbol, b.name, b.size_bytes, b.alignment_bytes, b.region, b.kind == "constant")
            for b in project.buffers
        ),
        models=tuple(model.name for model in project.models),
        run=board.run,
        project_type=STANDALONE if project.host is None else HOST_DRIVEN,
        archives=archives,
        probe=board.probe,
        sources=tuple(r.path for r in project.port.repositories) if project.port else (),
    )


def firmware_json(firmware: Firmware) -> dict[str, Any]:
    return {
        "rtos": firmware.rtos,
        "board": firmware.board,
        "hosted": firmware.hosted,
        "zephyr_target": firmware.zephyr_target,
        "zephyr_min_version": firmware.zephyr_min_version,
        "regions": {
            r.name: {"base": r.base, "size_bytes": r.size_bytes, "writable": r.writable}
            for r in firmware.regions
        },
        "buffers": {
            b.symbol: {
                "pool": b.pool,
                "size_bytes": b.size_bytes,
                "alignment_bytes": b.alignment_bytes,
                "region": b.region,
                "stored": b.stored,
            }
            for b in firmware.buffers
        },
        "models": list(firmware.models),
        "run": dict(firmware.run.section) if firmware.run is not None else {},
        "project_type": firmware.project_type,
        "archives": list(firmware.archives),
        "probe": dict(firmware.probe.section) if firmware.probe is not None else {},
        "sources": list(firmware.sources),
    }


def parse_firmware(ledger: Ledger) -> Firmware:
    """TargetError when the ledger was written by another version or by hand."""
    plan = ledger.plan if isinstance(ledger.plan, Mapping) else {}
    fields = MappingReader(plan.get("firmware"), error=TargetError, where=LEDGER_NAME, path="plan.firmware")
    top = 1 << 40
    board = fields.text("board")
    run, probe = fields.raw("run"), fields.raw("probe")
    firmware = Firmware(
        rtos=fields.text("rtos"),
        board=board,
        hosted=fields.flag("hosted"),
        zephyr_target=fields.text("zephyr_target"),
        zephyr_min_version=fields.text("zephyr_min_version"),
        regions=tuple(
            Region(
                name,
                child.number("base", low=0, high=top),
                child.number("size_bytes", low=0, high=top),
                child.flag("writable"),
            )
            for name, child in fields.children("regions")
        ),
        buffers=tuple(
            ExpectedBuffer(
                symbol,
                child.text("pool"),
                child.number("size_bytes", low=0, high=top),
                child.number("alignment_bytes", low=1, high=top),
                child.text("region"),
                child.flag("stored"),
            )
            for symbol, child in fields.children("buffers")
        ),
        models=fields.texts("models"),
        run=parse_emulation(run, board) if run else None,
        project_type=fields.choice("project_type", PROJECT_TYPES, STANDALONE),
        archives=fields.texts("archives"),
        probe=parse_probe(probe, board) if probe else None,
        sources=fields.texts("sources"),
    )
    regions = [region.name for region in firmware.regions]
    for buffer in firmware.buffers:
        if buffer.region not in regions:
            raise fields.fail(
                f"buffers.{buffer.symbol}: there is no region '{buffer.region}'",
                did_you_mean(buffer.region, regions),
            )
    if firmware.zephyr_min_version and not _VERSION.fullmatch(firmware.zephyr_min_version):
        raise fields.fail(f"'zephyr_min_version' is '{firmware.zephyr_min_version}', no version", _HINT)
    return firmware


def load_firmware(app: Path) -> Firmware:
    """TargetError when app is no generated project. Undoes first what a killed generate left half-written."""
    recover(app)
    path = app / LEDGER_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise TargetError(
            f"there is no {LEDGER_NAME}: not a generated project",
            where=str(app),
            hint="run `mlfgen generate` first",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise TargetError(f"can't be read: {error}", where=str(path), hint=_HINT) from None
    return parse_firmware(parse_ledger(text))
