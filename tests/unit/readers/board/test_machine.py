"""Machine descriptions: what is read, and what is refused with which words."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.errors import BoardError
from generator.readers.board.machine import parse_machine

ROOT = Path(__file__).parents[4]
BOARDS = ("stm32f746g_disco", "nucleo_f746zg")


def description(board: str = BOARDS[0]) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((ROOT / "boards" / f"{board}.yaml").read_text())
    machine: dict[str, Any] = data["run"]["machine"]
    return machine


@pytest.mark.parametrize("board", BOARDS)
def test_descriptions_are_read(board: str) -> None:
    machine = parse_machine(description(board))
    assert machine.clock_hz == 216_000_000
    flash = next(memory for memory in machine.memories if memory.name == "flash")
    assert flash.bases == (0x08000000, 0x00200000)
    assert not flash.writable
    console = next(item for item in machine.peripherals if item.name == machine.console)
    assert console.interrupt in (37, 39)


def test_parsing_leaves_the_mapping_alone() -> None:
    data = description()
    before = copy.deepcopy(data)
    parse_machine(data)
    assert data == before


def test_documented_description_is_read() -> None:
    page = (ROOT / "docs" / "virtual-mcu.md").read_text()
    block = page.split("```yaml\n")[1].split("```")[0]
    assert parse_machine(yaml.safe_load(block)).console == "usart1"


def drop(key: str) -> Callable[[dict[str, Any]], None]:
    return lambda data: data.pop(key)


def put(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(data: dict[str, Any]) -> None:
        *parents, last = path.split(".")
        for parent in parents:
            data = data[parent]
        data[last] = value

    return change


INVALID = {
    "missing key": (drop("clock_hz"), "key 'clock_hz' is missing", "clock_hz"),
    "unknown key": (put("clok", 1), "unknown key 'clok'", "clock_hz"),
    "unknown model": (put("peripherals.usart1.model", "stm32-usart-v1"), "stm32-usart-v1", "stm32-usart-v2"),
    "console nowhere": (put("console", "usart9"), "'console' is not a peripheral: 'usart9'", "did you mean"),
    "console is no port": (put("console", "rcc"), "not a serial port", "stm32-usart-v2"),
    "memory enabled by nobody": (put("memories.sdram.enabled_by", "fmcc"), "'enabled_by' is not a", "'fmc'"),
    "memories overlap": (put("memories.itcm.base", 0x20000000), "overlap", "check 'base'"),
    "alias overlaps": (put("memories.flash.aliases.itcm_bus", 0x1000), "overlap", "check 'base'"),
    "peripherals overlap": (put("peripherals.pwr.base", 0x40011000), "overlap", "check 'base'"),
    "core's own space": (put("memories.qspi.base", 0xE0000000), "the core's own registers", "check 'base'"),
    "outside windows": (
        put("peripherals.rcc.base", 0x60000000),
        "outside the register windows",
        "check 'base'",
    ),
    "odd base": (put("memories.sram.base", 0x20000010), "'base' is 0x20000010", "multiple of 4096"),
    "too large": (put("memories.sdram.size_bytes", 0x50000000), "above the 32-bit", "check 'base'"),
    "no boot memory": (
        put("boot_address", 0x30000000),
        "'boot_address' 0x30000000 is outside the memories",
        "flash",
    ),
    "interrupt too high": (put("peripherals.usart1.interrupt", 98), "'interrupt' is 98", "0 to 97"),
    "fill no byte": (put("memories.sram.fill", 256), "'fill' is 256", "0 to 255"),
    "reset no offset": (
        put("peripherals.dbgmcu.reset", {"0x2": 1}),
        "'0x2' is not a register offset",
        "quoted",
    ),
    "reset behind": (put("peripherals.dbgmcu.reset", {"0x400": 1}), "offset 0x400", "beyond the last"),
    "access unknown": (put("memories.sram.access", "rwx"), "'access' is 'rwx'", "rw"),
    "name odd": (put("memories", {"Sram!": {"base": 0}}), "lower-case letters, digits and underscores", ""),
    "alias too high": (put("memories.flash.aliases.itcm_bus", 0xFFFFF000), "leaves no room", "check"),
}


@pytest.mark.parametrize("rule", INVALID)
def test_invalid_description_is_refused_with_what_and_hint(rule: str) -> None:
    change, what, hint = INVALID[rule]
    data = description()
    change(data)
    with pytest.raises(BoardError) as caught:
        parse_machine(data, where="board.yaml")
    assert what in caught.value.what
    assert hint in (caught.value.hint or "")
    assert caught.value.where == "board.yaml"
