"""The ``run`` and ``probe`` sections of a board file. The schema is documented in ``docs/boards.md``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from generator.errors import BoardError
from generator.model.running import EMULATORS, QEMU, VIRTUAL, Emulation, Probe, QemuMachine
from generator.readers.board.machine import parse_machine
from generator.readers.text.mapping import MappingReader

_RUNNER = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def parse_emulation(section: Mapping[str, Any], where: str) -> Emulation:
    """The ``run`` section. BoardError for a key that is missing, unknown or of the wrong type."""
    fields = MappingReader(section, error=BoardError, where=where, path="run")
    emulator = fields.choice("emulator", EMULATORS)
    qemu = machine = None
    budget = 0
    if emulator == QEMU:
        qemu = QemuMachine(fields.text("binary"), fields.text("machine"), fields.texts("arguments"))
    elif emulator == VIRTUAL:
        budget = fields.number("instruction_budget", low=1, high=1 << 48)
        mapping = fields.raw("machine")
        if mapping is None:
            raise fields.fail("key 'machine' is missing", "docs/virtual-mcu.md shows one")
        machine = parse_machine(mapping, where=where)
    fields.done()
    return Emulation(emulator, section, qemu, machine, budget)


def parse_probe(section: Mapping[str, Any], where: str) -> Probe:
    """The ``probe`` section. BoardError likewise."""
    fields = MappingReader(section, error=BoardError, where=where, path="probe")
    runners = fields.texts("runners")
    for runner in runners:
        if not _RUNNER.fullmatch(runner):
            raise fields.fail(
                f"'runners' lists {runner!r}", "name runners as `west flash --context` does, such as openocd"
            )
    config = fields.text("openocd_config", "")
    if "openocd" in runners and not config:
        raise fields.fail("key 'openocd_config' is missing", "name one of OpenOCD's board scripts")
    usb = fields.optional_child("usb")
    ids = None
    if usb is not None:
        ids = (usb.number("vendor_id", low=0, high=0xFFFF), usb.number("product_id", low=0, high=0xFFFF))
        usb.done()
    fields.done()
    return Probe(runners, config, ids, section)
