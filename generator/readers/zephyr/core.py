"""The core of a board and its clock, from devicetree and Kconfig."""

from __future__ import annotations

import re

from msgspec import Struct

from generator.errors import BoardError
from generator.model.zephyr_board import Devicetree, ZephyrBoard

_CORTEX_M = re.compile(r"arm,cortex-m(\d+)(\+|plus)?(f)?")
#: implies CPU_HAS_FPU
_DOUBLE = "CPU_HAS_FPU_DOUBLE_PRECISION"
_RISCV_SYMBOL = "RISCV_ISA_RV32I"
_EXTENSIONS = ("M", "A", "F", "D", "C")
#: cores whose DSP instructions are not optional
_DSP = ("cortex-m4", "cortex-m7")
#: what a core usually runs at, for parts whose devicetree does not say. Only reports show it
_USUAL_HZ = {
    "cortex-m0": 16_000_000,
    "cortex-m0plus": 48_000_000,
    "cortex-m3": 72_000_000,
    "cortex-m4": 64_000_000,
    "cortex-m7": 200_000_000,
    "cortex-m33": 64_000_000,
    "cortex-m55": 160_000_000,
    "cortex-m85": 480_000_000,
}
_ANY_HZ = 32_000_000
#: labels of the node that Zephyr's parts give the core's clock, the surest first
_CLOCK_LABELS = ("rcc", "sysclk", "clk_sys", "coreclk", "cpuclk", "core_clk", "cpu_clk")
#: a system timer slower than this does not run at the core's clock
_LEAST_TIMER_HZ = 4_000_000


class CoreFacts(Struct, frozen=True):
    """See ``Core``. clock_from: where the clock's rate is from, for the file.

    line_bytes: of the data cache, or 0 without one.
    """

    cpu: str
    fpu: str
    dsp: bool
    clock_hz: int
    clock_from: str
    line_bytes: int

    @property
    def is_arm(self) -> bool:
        return self.cpu.startswith("cortex-m")


def core_of(board: ZephyrBoard) -> CoreFacts:
    """The core that a board's target names. Raises BoardError for one that mlfgen's C has not been tried on."""
    cpu = _arm_cpu(board) or _riscv_cpu(board)
    if cpu is None:
        raise BoardError(
            "its core is neither a Cortex-M nor a 32-bit RISC-V",
            where=board.target.given,
            hint="choose another board: mlfgen's applications are for microcontrollers with one of these",
        )
    symbols = board.symbols
    fpu = "none"
    has_fpu = not symbols.isdisjoint(("CPU_HAS_FPU", _DOUBLE))
    if has_fpu and (cpu.startswith("cortex-") or "f" in cpu.removeprefix("rv32i")):
        fpu = "double" if _DOUBLE in symbols else "single"
    clock_hz, source = _clock(board, cpu)
    cached = "CPU_HAS_DCACHE" in symbols or cpu in ("cortex-m7", "cortex-m55", "cortex-m85")
    return CoreFacts(
        cpu=cpu,
        fpu=fpu,
        dsp=cpu in _DSP or "ARMV8_M_DSP" in symbols,
        clock_hz=clock_hz,
        clock_from=source,
        line_bytes=32 if cached else 0,
    )


def _arm_cpu(board: ZephyrBoard) -> str | None:
    found = []
    for node in board.devicetree.nodes.values():
        if not re.fullmatch(r"/cpus/[^/]+", node.path):
            continue
        for compatible in node.compatibles:
            match = _CORTEX_M.fullmatch(compatible)
            if match:
                found.append(f"cortex-m{match[1]}{'plus' if match[2] else ''}")
    # A part may list its other cores as well; Kconfig knows which one the target is for.
    chosen = [cpu for cpu in found if f"CPU_{cpu.upper().replace('-', '_')}" in board.symbols]
    return next(iter([*chosen, *found]), None)


def _riscv_cpu(board: ZephyrBoard) -> str | None:
    if _RISCV_SYMBOL in board.symbols:
        extensions = [name for name in _EXTENSIONS if f"RISCV_ISA_EXT_{name}" in board.symbols]
        return "rv32i" + "".join(extensions).lower()
    for node in board.devicetree.nodes.values():
        isa = node.properties.get("riscv,isa")
        if node.path.startswith("/cpus/") and isinstance(isa, str) and isa.startswith("rv32"):
            return re.sub(r"^rv32g", "rv32imafd", isa.partition("_")[0])
    return None


def _clock(board: ZephyrBoard, cpu: str) -> tuple[int, str]:
    """(Hz, where it is from)."""
    tree = board.devicetree
    for node in tree.nodes.values():
        rate = node.properties.get("clock-frequency")
        if re.fullmatch(r"/cpus/[^/]+", node.path) and isinstance(rate, int) and rate > 0:
            return rate, f"clock-frequency of {node.path}"
    for label in _CLOCK_LABELS:
        rate = _rate_of(tree, label)
        if rate:
            return rate, f"clock-frequency of &{label}"
    if board.timer_hz is not None and board.timer_hz >= _LEAST_TIMER_HZ:
        return board.timer_hz, "assumed: the rate of Zephyr's system timer"
    return _USUAL_HZ.get(cpu, _ANY_HZ), f"assumed: usual for a {cpu}"


def _rate_of(tree: Devicetree, label: str) -> int | None:
    for node in tree.nodes.values():
        rate = node.properties.get("clock-frequency")
        if label in node.labels and isinstance(rate, int) and rate > 0:
            return rate
    return None
