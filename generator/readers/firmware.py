"""The record of an application in its ``project.json``: read, and written for reading it again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from generator.errors import TargetError, did_you_mean
from generator.model.board import Region
from generator.model.firmware import ExpectedBuffer, Firmware
from generator.model.host_driven import PROJECT_TYPES, STANDALONE
from generator.model.library import LIBRARY
from generator.model.output import path_fault
from generator.model.profile import ModelRecord, OperatorRecord
from generator.model.running import NATIVE
from generator.readers.board.running import parse_emulation, parse_probe
from generator.readers.text.mapping import MappingReader

_VERSION = re.compile(r"\d{1,4}\.\d{1,4}(\.\d{1,4})?")
REGENERATE = "generate the application again with this version of mlfgen"


def firmware_json(firmware: Firmware) -> dict[str, Any]:
    """The record as JSON values, which ``parse_firmware`` reads."""
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
                "apart": b.apart,
            }
            for b in firmware.buffers
        },
        "models": list(firmware.models),
        "run": dict(firmware.run.section) if firmware.run is not None else {},
        "project_type": firmware.project_type,
        "archives": list(firmware.archives),
        "probe": dict(firmware.probe.section) if firmware.probe is not None else {},
        "sources": list(firmware.sources),
        "cpu": firmware.cpu,
        "constant_regions": list(firmware.constant_regions),
        "operators": {
            record.model: {
                "invoke": record.invoke,
                "functions": {
                    operator.function: {
                        "what": operator.what,
                        **({} if operator.macs is None else {"macs": operator.macs}),
                        **(
                            {}
                            if operator.touched_bytes is None
                            else {"touched_bytes": operator.touched_bytes}
                        ),
                    }
                    for operator in record.operators
                },
            }
            for record in firmware.operators
        },
    }


def parse_firmware(plan: Any, where: str) -> Firmware:
    """The record in the ``plan`` of a ``project.json``, as ``firmware_json`` writes it. where: the file's name.

    TargetError if another version wrote it, or if it was edited by hand.
    """
    section = plan.get("firmware") if isinstance(plan, Mapping) else None
    fields = MappingReader(section, error=TargetError, where=where, path="plan.firmware")
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
                child.flag("apart", True),
            )
            for symbol, child in fields.children("buffers")
        ),
        models=fields.texts("models"),
        run=parse_emulation(run, board) if run else None,
        project_type=fields.choice("project_type", (*PROJECT_TYPES, LIBRARY), STANDALONE),
        archives=fields.texts("archives"),
        probe=parse_probe(probe, board) if probe else None,
        sources=fields.texts("sources"),
        cpu=fields.text("cpu", ""),
        constant_regions=fields.texts("constant_regions"),
        operators=tuple(
            ModelRecord(
                name,
                child.text("invoke"),
                tuple(_operator(function, row) for function, row in child.children("functions")),
            )
            for name, child in fields.children("operators")
        ),
    )
    regions = [region.name for region in firmware.regions]
    for buffer in firmware.buffers:
        if buffer.region not in regions:
            raise fields.fail(
                f"buffers.{buffer.symbol}: unknown region '{buffer.region}'",
                did_you_mean(buffer.region, regions),
            )
    for path in firmware.archives:
        fault = path_fault(path)
        if fault is not None:
            raise fields.fail(f"'archives' names {path!r}: {fault}", REGENERATE)
    if firmware.run is not None and firmware.run.emulator == NATIVE and not firmware.hosted:
        raise fields.fail("'run' is 'native', but the image is not for this computer", REGENERATE)
    if firmware.zephyr_min_version and not _VERSION.fullmatch(firmware.zephyr_min_version):
        raise fields.fail(
            f"'zephyr_min_version' is '{firmware.zephyr_min_version}', which is not a version", REGENERATE
        )
    return firmware


def _operator(function: str, row: MappingReader) -> OperatorRecord:
    top = 1 << 60
    return OperatorRecord(
        function,
        row.text("what"),
        row.number("macs", None, low=0, high=top),
        row.number("touched_bytes", None, low=0, high=top),
    )
