"""How a board's images run: on an emulator of this computer, and through a probe on the board itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from generator.model.virtual import VirtualMachine

QEMU = "qemu"
NATIVE = "native"
VIRTUAL = "virtual"
EMULATORS = (QEMU, NATIVE, VIRTUAL)


#: QEMU's system emulators by the Debian package they come in. No other program is started as an emulator.
QEMU_PACKAGES = {
    "qemu-system-arm": "qemu-system-arm",
    "qemu-system-aarch64": "qemu-system-arm",
    "qemu-system-riscv32": "qemu-system-misc",
    "qemu-system-riscv64": "qemu-system-misc",
    "qemu-system-xtensa": "qemu-system-misc",
}

#: QEMU's options that a board file may give, and their values.
#: Others name files and programs: -netdev, -chardev, -drive, -plugin …
QEMU_ARGUMENTS = {
    "-vga": re.compile(r"none"),
    "-display": re.compile(r"none"),
    "-bios": re.compile(r"none"),
    "-nic": re.compile(r"none"),
    "-net": re.compile(r"none"),
    "-cpu": re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}(,[a-z0-9_-]{1,32}=(on|off|true|false|[0-9]{1,9}))*"),
    "-m": re.compile(r"[0-9]{1,9}[KMG]?"),
    "-smp": re.compile(r"[0-9]{1,3}"),
    "-icount": re.compile(r"shift=(auto|[0-9]{1,2})(,(align|sleep)=(on|off))*"),
    "-rtc": re.compile(r"clock=(host|rt|vm)"),
}

#: What writes images into boards: names that ``west flash --runner`` takes, and st-flash of the stlink tools.
RUNNERS = (
    *("bossac", "dfu-util", "esp32", "jlink", "linkserver", "nrfjprog", "nrfutil", "openocd", "probe-rs"),
    *("pyocd", "st-flash", "stm32cubeprogrammer", "stm32flash", "teensy", "uf2"),
)


class QemuMachine(Struct, frozen=True):
    """A board as QEMU knows it. binary: the program, of ``QEMU_PACKAGES``; machine: its ``-M``."""

    binary: str
    machine: str
    arguments: tuple[str, ...] = ()


class Emulation(Struct, frozen=True):
    """The ``run`` section of a board file, checked.

    emulator: one of ``EMULATORS``; qemu is set for ``qemu``, virtual and instruction_budget for ``virtual``.
    section:  what was read, for records.
    """

    emulator: str
    section: Mapping[str, Any]
    qemu: QemuMachine | None = None
    virtual: VirtualMachine | None = None
    instruction_budget: int = 0


class RunResult(Struct, frozen=True):
    """What a run of an image gave, whatever ran it.

    console:      every byte, up to the end of the marker's line when that is what ended it.
    ended_by:     ``marker``: the line that was waited for; ``exit``: the other side ended; ``timeout``;
                  ``flood``: more came than is reasonable; or a value of ``EndedBy``.
    seconds:      of wall time, with the start of the program.
    returncode:   of the program behind the console when it ended by itself, or None.
    instructions: executed, where they are counted, or None.
    notes:        what was not modelled, and an image that is out of date.
    """

    console: bytes
    ended_by: str
    seconds: float
    returncode: int | None = None
    instructions: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The console as text: UTF-8 with replacement characters, line ends as ``\\n``."""
        return self.console.decode("utf-8", errors="replace").replace("\r\n", "\n")


class Probe(Struct, frozen=True):
    """The ``probe`` section of a board file, checked: how images are written and where its console appears.

    runners:        programs that write an image, of ``RUNNERS``, the preferred one first; may be empty.
    openocd_config: name of one of OpenOCD's own scripts, or empty.
    usb:            (vendor id, product id) of the probe's serial port, or None.
    section:        what was read, for records.
    """

    runners: tuple[str, ...] = ()
    openocd_config: str = ""
    usb: tuple[int, int] | None = None
    section: Mapping[str, Any] = field(default_factory=dict)
