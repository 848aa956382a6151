"""The board file that Zephyr's description of a board makes: YAML with its sources and guesses as comments."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from generator.model.running import QEMU_ARGUMENTS, QEMU_PACKAGES, RUNNERS
from generator.model.zephyr_board import ZephyrBoard
from generator.readers.zephyr.core import CoreFacts, core_of
from generator.readers.zephyr.memories import Memories, Memory, memories_of

_LEAST_ALIGNMENT_BYTES = 16
#: what Zephyr's smallest applications with a console took on boards that were measured, rounded up
_SYSTEM_CODE_BYTES = 20480
_SYSTEM_RAM_BYTES = 6144
_SMALL_RAM_BYTES = 16384
_SYSTEM_SMALL_RAM_BYTES = 5120
#: of code and variables, where one RAM holds both
_SYSTEM_ONLY_RAM_BYTES = 40960
_MACHINE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_PICOLIBC = "Zephyr's minimal libc has no libm, and this compiler's libm is picolibc's"
_RAM_ALIASES = "[global_workspace, workspace, ram, main]"
_FAST_ALIASES = "[fast, tcm]"
_CONSTANT_ALIASES = "[global_const_workspace, constants, rom]"


def file_name_of(target: str) -> str:
    """A board file's ``name`` for a target of Zephyr's."""
    name = re.sub(r"\W", "_", target).lower()
    return (name if name[0].isalpha() else f"board_{name}")[:64]


def board_file(board: ZephyrBoard, measured_bytes: Mapping[str, int] | None = None) -> str:
    """The text of the file. BoardError for a board that mlfgen's applications can't run on.

    measured_bytes: region -> what Zephyr took of it in a build, in place of what is assumed.
    """
    core = core_of(board)
    memories = memories_of(board)
    target = board.target.given
    parts = (
        f"# Derived from the devicetree of Zephyr {board.version} by `mlfgen boards --derive {target}`.\n"
        "# What is marked as assumed is not in the devicetree: correct it where it matters.\n",
        f"name: {file_name_of(target)}\ntitle: {_quoted(board.title)}\n",
        _core(core),
        _regions(memories, core, measured_bytes or {}),
        _pools(memories, core),
        _zephyr(board, core),
        _run(board),
        _probe(board),
    )
    return "\n".join(part for part in parts if part)


def _quoted(text: str) -> str:
    return json.dumps(text)


def _core(core: CoreFacts) -> str:
    return (
        "core:\n"
        f"  cpu: {core.cpu}\n"
        f"  fpu: {core.fpu}    # from the Kconfig of its part\n"
        f"  dsp: {str(core.dsp).lower()}\n"
        f"  clock_hz: {core.clock_hz}    # {core.clock_from}\n"
    )


def _regions(memories: Memories, core: CoreFacts, measured_bytes: Mapping[str, int]) -> str:
    lines = ["# Assumed: access_cost, cached, access by DMA, and system_bytes.", "regions:"]
    for memory in memories.all:
        lines += [
            f"  {memory.name}:    # {memory.node}",
            f"    base: 0x{memory.base:08x}",
            f"    size_bytes: {memory.size_bytes}" + _size_note(memory, memories),
            f"    access: {'rw' if memory.writable else 'ro'}",
            f"    access_cost: {_access_cost(memory, memories)}",
        ]
        if core.line_bytes and memory.cached and not memory.tightly_coupled:
            lines.append("    cached: true")
        measured = measured_bytes.get(memory.name)
        system = _system_bytes(memory, memories) if measured is None else measured
        if system:
            note = "" if measured is None else "    # measured in a build"
            lines.append(f"    system_bytes: {{zephyr: {system}}}{note}")
    return "\n".join(lines) + "\n"


def _size_note(memory: Memory, memories: Memories) -> str:
    if memory.external:
        return "    # external: compare with the chip that is fitted"
    partition = memories.code_partition
    if memory is memories.flash and partition is not None:
        base, size = partition
        return f"    # the code partition, which some builds exceed, is {size} from 0x{base:08x}"
    return ""


def _access_cost(memory: Memory, memories: Memories) -> int:
    if memory.external:
        return 8
    if not memory.writable:
        return 3
    fast = memory.tightly_coupled or not any(other.tightly_coupled for other in memories.all)
    return 1 if fast else 2


def _system_bytes(memory: Memory, memories: Memories) -> int:
    if memory is memories.flash:
        return _SYSTEM_CODE_BYTES
    if memory is not memories.sram:
        return 0
    if memories.flash is None:
        return min(_SYSTEM_ONLY_RAM_BYTES, memory.size_bytes // 2)
    return _SYSTEM_SMALL_RAM_BYTES if memory.size_bytes <= _SMALL_RAM_BYTES else _SYSTEM_RAM_BYTES


def _pools(memories: Memories, core: CoreFacts) -> str:
    alignment = max(_LEAST_ALIGNMENT_BYTES, core.line_bytes)
    lines = []
    if core.line_bytes:
        lines.append(f"# Pools are aligned to a data cache's line of {core.line_bytes} bytes (assumed).")
    lines.append("pools:")
    for memory in memories.all:
        if not memory.writable:
            continue
        lines += [f"  {memory.name}:", f"    region: {memory.name}", f"    alignment_bytes: {alignment}"]
        if memory is memories.sram or not memory.on_request:
            lines.append(f"    aliases: {_RAM_ALIASES if memory is memories.sram else _FAST_ALIASES}")
        if memory.on_request:
            lines.append("    on_request: true    # used only if --pool names it: nothing may have set it up")
        lines += _placement(memory)
    constants = "flash" if memories.flash is not None else "constants_in_ram"
    region = "flash" if memories.flash is not None else "sram"
    lines += [
        f"  {constants}:",
        f"    region: {region}",
        f"    alignment_bytes: {_LEAST_ALIGNMENT_BYTES}",
        f"    aliases: {_CONSTANT_ALIASES}",
        "    zephyr: {}",
        "workspace_pool: sram",
        "io_pool: sram",
        f"constant_pool: {constants}",
    ]
    return "\n".join(lines) + "\n"


def _placement(memory: Memory) -> list[str]:
    if not memory.controller:
        return [f"    zephyr: {{section: {memory.section}}}"]
    return [
        "    zephyr:",
        f"      section: {memory.section}",
        "      kconfig:",
        '        MEMC: {value: y, reason: "sets up the memory controller before main"}',
    ]


def _zephyr(board: ZephyrBoard, core: CoreFacts) -> str:
    modules = ["cmsis", "cmsis_6"] if core.is_arm else []
    modules += [board.module] if board.module is not None else []
    lines = [
        "zephyr:",
        f"  target: {board.target.given}",
        f'  min_version: "{board.version}"    # the one that this was derived from',
        f"  modules: [{', '.join(modules)}]",
    ]
    if board.simulator == "qemu":
        lines.append("  simulated: true")
    if not core.is_arm:
        lines += [
            "  kconfig:",
            f'    PICOLIBC: {{value: y, reason: "{_PICOLIBC}"}}',
        ]
    if core.fpu != "none":
        lines += [
            "  float_kconfig:",
            '    FPU: {value: y, reason: "the model computes in floats; the core has an FPU"}',
        ]
    return "\n".join(lines) + "\n"


def _run(board: ZephyrBoard) -> str:
    binary = f"qemu-system-{board.qemu}"
    words = list(board.qemu_arguments)
    if not board.qemu or binary not in QEMU_PACKAGES:
        return ""
    machine, kept = "", []
    while words:
        word = words.pop(0)
        if word in ("-machine", "-M") and words:
            machine = words.pop(0)
        elif word in QEMU_ARGUMENTS and words and QEMU_ARGUMENTS[word].fullmatch(words[0]):
            kept += [word, words.pop(0)]
        elif word != "-nographic":
            return ""
    if not _MACHINE.fullmatch(machine):
        return ""
    listed = ", ".join(_quoted(word) for word in kept)
    return f"run:\n  emulator: qemu\n  binary: {binary}\n  machine: {machine}\n  arguments: [{listed}]\n"


def _probe(board: ZephyrBoard) -> str:
    runners = [runner for runner in board.runners if runner in RUNNERS]
    return f"probe:\n  runners: [{', '.join(runners)}]\n" if runners else ""
