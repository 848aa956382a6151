"""The ``port`` and ``freertos`` sections of board files: what is read, and what is refused with which words."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from generator import resources
from generator.errors import BoardError
from generator.model.board import Core, Region
from generator.readers.board.board import load_board
from generator.readers.board.port import check_port, parse_freertos, parse_port

SDRAM = {
    "region": "sdram",
    "pins": ["PA3", "PK15"],
    "row_bits": 12,
    "column_bits": 8,
    "bus_bits": 16,
    "banks": 4,
    "cas_latency": 3,
    "clock_divider": 2,
    "load_to_active": 2,
    "exit_self_refresh": 8,
    "self_refresh": 5,
    "row_cycle": 7,
    "write_recovery": 3,
    "precharge": 2,
    "row_to_column": 2,
    "refresh_ns": 15625,
    "power_up_us": 100,
}
SECTION: dict[str, Any] = {
    "interrupts": 98,
    "drivers": {
        "console_stm32_usart": {
            "usart": "USART3",
            "baud": 115200,
            "tx": "PD8",
            "rx": "PB7",
            "alternate": 7,
        },
        "clock_stm32f7": {
            "hse_hz": 8_000_000,
            "hse_bypass": True,
            "pll_m": 4,
            "pll_n": 216,
            "pll_p": 2,
            "pll_q": 9,
            "apb1_divider": 4,
            "apb2_divider": 2,
            "wait_states": 7,
        },
        "sdram_stm32f7": SDRAM,
    },
}
CORE = Core("cortex-m7", "single", True, 216_000_000)
REGIONS = (Region("sram", 0x20000000, 65536, True), Region("sdram", 0xC0000000, 8388608, True))


def test_drivers_keep_the_files_order_and_become_constants() -> None:
    support = parse_port(SECTION, "b.yaml")
    assert [driver.name for driver in support.drivers] == list(SECTION["drivers"])
    console, clock, sdram = support.drivers
    assert dict(console.constants) == {
        "MLF_CONSOLE_BASE": "STM32_USART3_BASE",
        "MLF_CONSOLE_INTERRUPT": "STM32_USART3_INTERRUPT",
        "MLF_CONSOLE_ENABLE_REGISTER": "STM32_USART3_ENABLE_REGISTER",
        "MLF_CONSOLE_ENABLE_BIT": "STM32_USART3_ENABLE_BIT",
        "MLF_CONSOLE_CLOCK_SHIFT": "STM32_USART3_CLOCK_SHIFT",
        "MLF_CONSOLE_BAUD": "115200U",
        "MLF_CONSOLE_TX_PORT": "3U",
        "MLF_CONSOLE_TX_PIN": "8U",
        "MLF_CONSOLE_RX_PORT": "1U",
        "MLF_CONSOLE_RX_PIN": "7U",
        "MLF_CONSOLE_ALTERNATE": "7U",
    }
    assert dict(clock.constants)["MLF_CLOCK_HSE_BYPASS"] == "1U"
    pins = {name: value for name, value in sdram.constants if "_PINS_" in name}
    assert pins["MLF_SDRAM_PINS_A"] == "0x0008U" and pins["MLF_SDRAM_PINS_K"] == "0x8000U"
    assert (len(pins), sdram.region, support.interrupts) == (11, "sdram", 98)
    assert support.clock_hz == 216_000_000
    check_port(support, CORE, REGIONS, "b.yaml")


def _set(*path: str, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(section: dict[str, Any]) -> None:
        for key in path[:-1]:
            section = section[key]
        section[path[-1]] = to

    return change


def _drop(*path: str) -> Callable[[dict[str, Any]], None]:
    def change(section: dict[str, Any]) -> None:
        for key in path[:-1]:
            section = section[key]
        del section[path[-1]]

    return change


CONSOLE = ("drivers", "console_stm32_usart")
CLOCK = ("drivers", "clock_stm32f7")


@pytest.mark.parametrize(
    ("change", "what", "hint"),
    [
        (
            _set("drivers", "cache_cortex_m", to={}),
            "port.drivers.cache_cortex_m: unknown port",
            "'cache_cortex_m7'",
        ),
        (
            _set(
                "drivers", "console_cmsdk_uart", to={"base": 0x40004000, "clock_hz": 1_000_000, "baud": 9600}
            ),
            "more than one console driver",
            "name one of",
        ),
        (_drop(*CONSOLE), "there is no console driver", "console_cmsdk_uart"),
        (_drop("interrupts"), "key 'interrupts' is missing", "interrupts"),
        (_set("interrupts", to=0), "'interrupts' is 0", "1 to 480"),
        (_set(*CONSOLE, "usart", to="USART4"), "'usart' is 'USART4'", "USART1"),
        (_set(*CONSOLE, "tx", to="PA16"), "'PA16', which is not a pin", "PA0 to PK15"),
        (_set(*CONSOLE, "speed", to=1), "unknown key 'speed'", None),
        (_drop(*CONSOLE, "baud"), "key 'baud' is missing", "baud"),
        (_set(*CLOCK, "hse_bypass", to=1), "'hse_bypass' must be true or false", None),
        (_set(*CLOCK, "pll_p", to=3), "'pll_p' is 3", "2, 4, 6, 8"),
        (_set(*CLOCK, "pll_m", to=8), "the clock settings result in 108,000,000 Hz", "hse_hz / pll_m"),
        (_set(*CLOCK, "pll_m", to=2), "the PLL's input would be 4,000,000 Hz", "1 to 2 MHz"),
        (_set("drivers", "sdram_stm32f7", "pins", to=["PA3", "PA3"]), "lists PA3 twice", "once"),
        (_set("drivers", "sdram_stm32f7", "pins", to=[]), "'pins' lists no pins", "PC3"),
        (_set("drivers", "sdram_stm32f7", "bus_bits", to=24), "'bus_bits' is 24", "8, 16, 32"),
        (_set("drivers", "sdram_stm32f7", "region", to="sdrm"), "unknown region 'sdrm'", "'sdram'"),
    ],
)
def test_refused(change: Callable[[dict[str, Any]], None], what: str, hint: str | None) -> None:
    section = copy.deepcopy(SECTION)
    change(section)
    with pytest.raises(BoardError) as caught:
        support = parse_port(section, "b.yaml")
        check_port(support, CORE, REGIONS, "b.yaml")
    assert caught.value.where == "b.yaml"
    assert what in caught.value.what
    if hint is not None:
        assert hint in (caught.value.hint or "")


def test_the_clocks_figures_must_give_the_cores_clock() -> None:
    support = parse_port(SECTION, "b.yaml")
    slower = Core("cortex-m7", "single", True, 200_000_000)
    with pytest.raises(BoardError, match=r"result in 216,000,000 Hz, but 'core.clock_hz' is 200,000,000"):
        check_port(support, slower, REGIONS, "b.yaml")


@pytest.mark.parametrize(
    ("change", "what", "hint"),
    [
        (_set("kernel_port", to="../x"), "'kernel_port' is '../x'", "GCC/ARM_CM7"),
        (_set("kernelport", to="x"), "unknown key 'kernelport'", "'kernel_port'"),
        (_set("priority_bits", to=9), "'priority_bits' is 9", "2 to 8"),
    ],
)
def test_what_the_kernel_needs_is_refused_as_well(
    change: Callable[[dict[str, Any]], None], what: str, hint: str
) -> None:
    section: dict[str, Any] = {"kernel_port": "GCC/ARM_CM7/r0p1", "priority_bits": 4}
    assert parse_freertos(section, "b.yaml").priority_bits == 4
    change(section)
    with pytest.raises(BoardError) as caught:
        parse_freertos(section, "b.yaml")
    assert what in caught.value.what and hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    "path", sorted(resources.folder("boards").glob("*.yaml")), ids=lambda path: path.stem
)
def test_every_driver_of_a_built_in_board_has_its_c_file(path: Any) -> None:
    support = load_board(path).port
    if support is None:
        pytest.skip("only Zephyr brings it up")
    port = resources.folder("templates") / "runtime" / "port" / "cortex_m"
    for driver in support.drivers:
        text = (port / f"{driver.name}.c").read_text()
        assert f"void mlf_{driver.name}_start(void)" in text
        others = ""
        if driver.kind == "console":
            others += (port / f"{driver.name}_receive.c").read_text()
        for macro, value in driver.constants:
            whole = f"STM32_PINS({macro[:-2]})"
            assert macro in text + others or whole in text, f"{driver.name}.c does not use {macro}"
            if value.startswith("STM32_"):
                assert f"#define {value} " in (port / "stm32f7.h").read_text()
