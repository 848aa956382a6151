"""The ``run`` and ``probe`` sections of a board file. The schema is documented in ``docs/boards.md``.

The file, and a project that repeats the sections, may be a stranger's. Programs are named, out of a closed list,
and nothing that reads or writes files of this computer, or starts a program on it, passes as an argument.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from generator.errors import BoardError, did_you_mean
from generator.model.running import (
    EMULATORS,
    QEMU,
    QEMU_ARGUMENTS,
    QEMU_PACKAGES,
    RUNNERS,
    VIRTUAL,
    Emulation,
    Probe,
    QemuMachine,
)
from generator.readers.text.mapping import MappingReader

_MACHINE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_SCRIPT = re.compile(r"(board|interface|target)(/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}){1,3}\.cfg")


def parse_emulation(section: Mapping[str, Any], where: str) -> Emulation:
    """The ``run`` section. BoardError for a key that is missing, unknown or of the wrong type."""
    fields = MappingReader(section, error=BoardError, where=where, path="run")
    emulator = fields.choice("emulator", EMULATORS)
    qemu = machine = None
    budget = 0
    if emulator == QEMU:
        qemu = _qemu(fields)
    elif emulator == VIRTUAL:
        from generator.readers.board.machine import parse_machine

        budget = fields.number("instruction_budget", low=1, high=1 << 48)
        mapping = fields.raw("machine")
        if mapping is None:
            raise fields.fail("key 'machine' is missing", "docs/virtual-mcu.md describes it")
        machine = parse_machine(mapping, where=where)
    fields.done()
    return Emulation(emulator, section, qemu, machine, budget)


def _qemu(fields: MappingReader) -> QemuMachine:
    binary = fields.text("binary")
    if binary not in QEMU_PACKAGES:
        raise fields.fail(
            f"'binary' is {binary!r}, which is not a QEMU system emulator",
            f"give the name without a folder, to be found in PATH; {did_you_mean(binary, QEMU_PACKAGES)}",
        )
    machine = fields.text("machine")
    if not _MACHINE.fullmatch(machine):
        raise fields.fail(f"'machine' is {machine!r}", f"`{binary} -M help` lists the machines")
    arguments = fields.texts("arguments")
    for index in range(0, len(arguments), 2):
        option, value = arguments[index], "".join(arguments[index + 1 : index + 2])
        if option not in QEMU_ARGUMENTS:
            raise fields.fail(
                f"'arguments' contains {option!r}",
                f"allowed, each with a value: {', '.join(QEMU_ARGUMENTS)}",
            )
        if not QEMU_ARGUMENTS[option].fullmatch(value):
            raise fields.fail(
                f"'arguments' gives {option} {value!r}",
                "a value must not name a file or program of this computer",
            )
    return QemuMachine(binary, machine, arguments)


def parse_probe(section: Mapping[str, Any], where: str) -> Probe:
    """The ``probe`` section. Raises BoardError in the same way."""
    fields = MappingReader(section, error=BoardError, where=where, path="probe")
    runners = fields.texts("runners")
    for runner in runners:
        if runner not in RUNNERS:
            raise fields.fail(f"'runners' lists {runner!r}", did_you_mean(runner, RUNNERS))
    config = fields.text("openocd_config", "")
    if config and not _SCRIPT.fullmatch(config):
        raise fields.fail(
            f"'openocd_config' is {config!r}",
            "name one of OpenOCD's own scripts, like 'board/st_nucleo_f7.cfg'",
        )
    usb = fields.optional_child("usb")
    ids = None
    if usb is not None:
        ids = (usb.number("vendor_id", low=0, high=0xFFFF), usb.number("product_id", low=0, high=0xFFFF))
        usb.done()
    fields.done()
    return Probe(runners, config, ids, section)
