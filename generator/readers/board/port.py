"""The ``port`` and ``freertos`` sections of a board file. The schema is documented in ``docs/boards.md``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from generator.errors import BoardError, did_you_mean
from generator.model.board import Core, Region
from generator.model.port import FreeRtosSupport, PortDriver, PortSupport
from generator.readers.text.mapping import MappingReader

_PORT = re.compile(r"[A-Z][A-Za-z0-9_]*(/[A-Za-z0-9_]+)*")
_PIN = re.compile(r"P([A-K])(1[0-5]|[0-9])")
_USART = re.compile(r"USART[1236]|UART[4578]")

#: reads one figure: the driver's fields and the key in, (macro suffix, C constant) pairs out
_Read = Callable[[MappingReader, str], tuple[tuple[str, str], ...]]


class _Schema(Struct, frozen=True):
    """prefix: of the driver's macros. region: the driver sets a memory up and names it."""

    kind: str
    prefix: str
    figures: Mapping[str, _Read]
    region: bool = False


def _whole(low: int, high: int, *, hexadecimal: bool = False) -> _Read:
    def read(fields: MappingReader, key: str) -> tuple[tuple[str, str], ...]:
        value = fields.number(key, low=low, high=high)
        return ((key.upper(), f"0x{value:08X}U" if hexadecimal else f"{value}U"),)

    return read


def _interrupt(fields: MappingReader, key: str) -> tuple[tuple[str, str], ...]:
    """Bare, for it becomes part of a handler's name."""
    value = fields.number(key, None, low=0, high=479)
    return () if value is None else ((key.upper(), str(value)),)


def _one_of(*values: int) -> _Read:
    def read(fields: MappingReader, key: str) -> tuple[tuple[str, str], ...]:
        value = fields.number(key, low=min(values), high=max(values))
        if value not in values:
            raise fields.fail(f"'{key}' is {value}", "it must be one of " + ", ".join(map(str, values)))
        return ((key.upper(), f"{value}U"),)

    return read


def _flag(fields: MappingReader, key: str) -> tuple[tuple[str, str], ...]:
    return ((key.upper(), "1U" if fields.flag(key) else "0U"),)


def _usart(fields: MappingReader, key: str) -> tuple[tuple[str, str], ...]:
    """Names of ``stm32f7.h``: the C preprocessor could not put them together any more."""
    usart = _matched(fields, key, _USART, "a name of the part's reference manual like 'USART1'")
    figures = ("BASE", "INTERRUPT", "ENABLE_REGISTER", "ENABLE_BIT", "CLOCK_SHIFT")
    return tuple((figure, f"STM32_{usart}_{figure}") for figure in figures)


def _pin(fields: MappingReader, key: str) -> tuple[tuple[str, str], ...]:
    port, pin = _pin_of(fields, key, fields.text(key))
    return ((f"{key.upper()}_PORT", f"{port}U"), (f"{key.upper()}_PIN", f"{pin}U"))


def _pins(fields: MappingReader, key: str) -> tuple[tuple[str, str], ...]:
    if not fields.texts(key):
        raise fields.fail(f"'{key}' lists no pins", f"add '{key}: [PC3, PD0, …]'")
    return _any_pins(fields, key)


def _any_pins(fields: MappingReader, key: str) -> tuple[tuple[str, str], ...]:
    """A mask of pins for each GPIO port from A to K."""
    masks = [0] * 11
    for text in fields.texts(key):
        port, pin = _pin_of(fields, key, text)
        if masks[port] & 1 << pin:
            raise fields.fail(f"'{key}' lists {text} twice", "list each pin once")
        masks[port] |= 1 << pin
    return tuple((f"{key.upper()}_{chr(ord('A') + i)}", f"0x{mask:04X}U") for i, mask in enumerate(masks))


def _pin_of(fields: MappingReader, key: str, text: str) -> tuple[int, int]:
    match = _PIN.fullmatch(text)
    if match is None:
        raise fields.fail(f"'{key}' lists {text!r}, which is not a pin", "write pins as PA0 to PK15")
    return ord(match[1]) - ord("A"), int(match[2])


_CLOCKS = _whole(1, 16)
#: the drivers there are: every one is ``<name>.c`` in ``runtime/port/cortex_m``
_DRIVERS: Mapping[str, _Schema] = {
    "console_cmsdk_uart": _Schema(
        "console",
        "CONSOLE",
        {
            "base": _whole(0, 0xFFFFFFFF, hexadecimal=True),
            "clock_hz": _whole(1, 1_000_000_000),
            "baud": _whole(300, 12_000_000),
            "interrupt": _interrupt,
        },
    ),
    "console_stm32_usart": _Schema(
        "console",
        "CONSOLE",
        {
            "usart": _usart,
            "baud": _whole(300, 1_000_000),
            "tx": _pin,
            "rx": _pin,
            "alternate": _whole(0, 15),
        },
    ),
    "clock_stm32f7": _Schema(
        "clock",
        "CLOCK",
        {
            "hse_hz": _whole(4_000_000, 26_000_000),
            "hse_bypass": _flag,
            "pll_m": _whole(2, 63),
            "pll_n": _whole(50, 432),
            "pll_p": _one_of(2, 4, 6, 8),
            "pll_q": _whole(2, 15),
            "apb1_divider": _one_of(1, 2, 4, 8, 16),
            "apb2_divider": _one_of(1, 2, 4, 8, 16),
            "wait_states": _whole(0, 15),
        },
    ),
    "sdram_stm32f7": _Schema(
        "memory",
        "SDRAM",
        {
            "pins": _pins,
            "row_bits": _whole(11, 13),
            "column_bits": _whole(8, 11),
            "bus_bits": _one_of(8, 16, 32),
            "banks": _one_of(2, 4),
            "cas_latency": _whole(1, 3),
            "clock_divider": _one_of(2, 3),
            "load_to_active": _CLOCKS,
            "exit_self_refresh": _CLOCKS,
            "self_refresh": _CLOCKS,
            "row_cycle": _CLOCKS,
            "write_recovery": _CLOCKS,
            "precharge": _CLOCKS,
            "row_to_column": _CLOCKS,
            "refresh_ns": _whole(100, 1_000_000),
            "power_up_us": _whole(1, 10_000),
        },
        region=True,
    ),
    "mpu_normal_memory": _Schema("memory", "MPU", {}, region=True),
    "quadspi_stm32f7": _Schema(
        "memory",
        "QUADSPI",
        {
            "pins_alternate_9": _any_pins,
            "pins_alternate_10": _any_pins,
            "clock_divider": _whole(1, 256),
            "select_high_cycles": _whole(1, 8),
            "reset_us": _whole(1, 100_000),
        },
        region=True,
    ),
    "mpu_quadspi_flash": _Schema("memory", "MPU", {}, region=True),
    "cache_cortex_m7": _Schema("cache", "CACHE", {}),
}


def parse_port(mapping: Mapping[str, Any], where: str) -> PortSupport:
    """The section, whatever board it is of. BoardError names the key and what it may hold.

    where: the file's name, for messages.
    """
    fields = MappingReader(mapping, error=BoardError, where=where, path="port")
    drivers = fields.children("drivers")
    support = PortSupport(
        interrupts=fields.number("interrupts", low=1, high=480),
        drivers=tuple(_driver(name, child) for name, child in drivers),
        clock_hz=_clock_hz(drivers),
    )
    fields.done()
    consoles = [driver.name for driver in support.drivers if driver.kind == "console"]
    if len(consoles) != 1:
        known = [name for name, schema in _DRIVERS.items() if schema.kind == "console"]
        has = "no" if not consoles else "more than one"
        raise fields.fail(f"drivers: there is {has} console driver", "name one of " + ", ".join(known))
    return support


def parse_freertos(mapping: Mapping[str, Any], where: str) -> FreeRtosSupport:
    """The section, whatever board it is of. BoardError names the key and what it may hold."""
    fields = MappingReader(mapping, error=BoardError, where=where, path="freertos")
    support = FreeRtosSupport(
        kernel_port=_matched(fields, "kernel_port", _PORT, "a folder of the kernel like 'GCC/ARM_CM7/r0p1'"),
        priority_bits=fields.number("priority_bits", low=2, high=8),
    )
    fields.done()
    return support


def check_port(support: PortSupport, core: Core, regions: tuple[Region, ...], where: str) -> None:
    """BoardError where the section contradicts the rest of its board file."""
    names = tuple(region.name for region in regions)
    for driver in support.drivers:
        if driver.region is not None and driver.region not in names:
            raise BoardError(
                f"port.drivers.{driver.name}: unknown region '{driver.region}'",
                where=where,
                hint=did_you_mean(driver.region, names),
            )
    if support.clock_hz is not None and support.clock_hz != core.clock_hz:
        raise BoardError(
            f"port.drivers: the clock settings result in {support.clock_hz:,} Hz, but "
            f"'core.clock_hz' is {core.clock_hz:,}",
            where=where,
            hint="hse_hz / pll_m * pll_n / pll_p is the core's clock",
        )


def _driver(name: str, fields: MappingReader) -> PortDriver:
    schema = _DRIVERS.get(name)
    if schema is None:
        raise fields.fail("unknown port driver", did_you_mean(name, _DRIVERS))
    region = fields.text("region") if schema.region else None
    constants = tuple(
        (f"MLF_{schema.prefix}_{suffix}", value)
        for key, read in schema.figures.items()
        for suffix, value in read(fields, key)
    )
    fields.done()
    return PortDriver(name, schema.kind, region, constants)


def _clock_hz(drivers: list[tuple[str, MappingReader]]) -> int | None:
    """What the PLL makes of the oscillator: RM0385, section 5.3.2 (every figure is checked by now)."""
    for name, fields in drivers:
        if _DRIVERS[name].kind == "clock":
            hse_hz, m, n, p = (
                fields.number(key, low=1, high=1 << 32) for key in ("hse_hz", "pll_m", "pll_n", "pll_p")
            )
            input_hz, vco_hz = hse_hz / m, hse_hz * n / m
            if not (1e6 <= input_hz <= 2e6 and 100e6 <= vco_hz <= 432e6):
                raise fields.fail(
                    f"the PLL's input would be {input_hz:,.0f} Hz and its output before pll_p {vco_hz:,.0f} Hz",
                    "its input (hse_hz / pll_m) must be 1 to 2 MHz, its output before pll_p (that times pll_n) "
                    "100 to 432 MHz",
                )
            return int(hse_hz * n // (m * p))
    return None


def _matched(fields: MappingReader, key: str, pattern: re.Pattern[str], words: str) -> str:
    value: str = fields.text(key)
    if not pattern.fullmatch(value):
        raise fields.fail(f"'{key}' is {value!r}", f"it must be {words}")
    return value
