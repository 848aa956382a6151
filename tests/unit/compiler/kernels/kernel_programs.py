"""Layers compiled to C and run: on this computer in the portable form, on an emulated Cortex-M7 in the DSP form."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from elftools.elf.elffile import ELFFile
from host_c import RUNTIME, STRICT, HostC

from generator.compiler.c_tables import table
from generator.compiler.kernels.kernel import Kernel

KERNELS = RUNTIME / "kernels"
_GUARD = 16
_ARM = ("-O3", "-mthumb", "-mcpu=cortex-m7", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard")
_FLASH, _RAM = 0x08000000, 0x20000000
_SCRIPT = """
SECTIONS {
  .text 0x08000000 : { *(.text*) *(.rodata*) }
  .data 0x20000000 : { *(.data*) *(.bss*) *(COMMON) }
}
"""


@dataclass(frozen=True)
class Case:
    """A layer with its inputs and what must come out.

    over: the input that the output lies over, at the least distance that the kernel claims; None: nowhere.
    """

    kernel: Kernel
    inputs: Sequence[np.ndarray]
    expected: np.ndarray
    over: int | None = None
    label: str = ""
    places: tuple[int, ...] = field(init=False)
    bytes: int = field(init=False)

    def __post_init__(self) -> None:
        sizes = [int(each.size) for each in self.inputs]
        places, end = [], _GUARD
        for size in (*sizes, self.expected.size):
            places.append(end)
            end += size + _GUARD + -(size + _GUARD) % 16
        if self.over is not None:
            distance = next(o.distance_bytes for o in self.kernel.overlaps if o.input == self.over)
            room = max(0, distance)
            places = [place + room for place in places]
            places[-1] = places[self.over] - distance
            # The output may reach behind the input; whatever lies there goes behind both.
            behind = max(places[self.over] + sizes[self.over], places[-1] + self.expected.size) + _GUARD
            for number in range(len(sizes)):
                if number != self.over:
                    places[number] = behind
                    behind += sizes[number] + _GUARD
            end = behind
        object.__setattr__(self, "places", tuple(places))
        object.__setattr__(self, "bytes", end + _GUARD)

    def memory(self) -> np.ndarray:
        """All that the case has in memory, before it runs: guards of 0x5A, and the inputs."""
        memory = np.full(self.bytes, 0x5A, np.uint8)
        for place, each in zip(self.places, self.inputs, strict=False):
            memory[place : place + each.size] = each.reshape(-1).view(np.uint8)
        return memory

    def check(self, after: np.ndarray, scratch: np.ndarray) -> None:
        place, size = self.places[-1], self.expected.size
        got = after[place : place + size].view(np.int8)
        wrong = np.flatnonzero(got != self.expected.reshape(-1))
        assert not wrong.size, f"{self.label}: {wrong.size} of {size} differ, first at {wrong[0]}"
        touched = self.memory() != after
        touched[place : place + size] = False
        assert not touched.any(), f"{self.label}: wrote at {np.flatnonzero(touched)[0] - place} of its output"
        assert (scratch[self.kernel.scratch_bytes :] == 0x5A).all(), f"{self.label}: wrote beyond its scratch"


def source(cases: Sequence[Case]) -> str:
    headers = dict.fromkeys(header for case in cases for header in case.kernel.headers)
    parts = ["#include <stdint.h>", *(f'#include "{header}"' for header in headers), ""]
    for number, case in enumerate(cases):
        kernel = case.kernel
        names = {}
        for constant in kernel.constants:
            names[constant.name] = f"case{number}_{constant.name}"
            parts.append(table(constant, names[constant.name], ""))
        scratch = kernel.scratch_bytes + _GUARD
        parts += [
            f"uint8_t memory{number}[{case.bytes}] __attribute__((aligned(16)));",
            f"uint8_t scratch{number}[{scratch}] __attribute__((aligned(16)));",
            f"void run{number}(void);",
            f"void run{number}(void)",
            "{",
            *(
                f"  const int8_t *in{i} = (const int8_t *)memory{number} + {place};"
                for i, place in enumerate(case.places[:-1])
            ),
            f"  int8_t *out0 = (int8_t *)memory{number} + {case.places[-1]};",
            f"  void *scratch = scratch{number};",
            "  (void)scratch;",
            *(f"  {line.format_map(names)}" for line in kernel.body),
            "}",
        ]
    return "\n".join([*parts, ""])


def run_on_host(host_c: HostC, folder: Path, cases: Sequence[Case]) -> None:
    """Each case on this computer, with the sanitizers on, and its verdict."""
    main = ["#include <stdio.h>"]
    for number, case in enumerate(cases):
        memory = ",".join(map(str, case.memory().tolist()))
        main.append(f"static const uint8_t before{number}[] = {{{memory}}};")
    main += [
        "static void show(const uint8_t *bytes, unsigned size)",
        "{",
        '  for (unsigned i = 0; i < size; i++) printf("%02x", bytes[i]);',
        '  printf("\\n");',
        "}",
        "int main(void)",
        "{",
    ]
    for number, case in enumerate(cases):
        scratch = case.kernel.scratch_bytes + _GUARD
        main += [
            f"  for (unsigned i = 0; i < {case.bytes}u; i++) memory{number}[i] = before{number}[i];",
            f"  for (unsigned i = 0; i < {scratch}u; i++) scratch{number}[i] = 0x5A;",
            f"  run{number}();",
            f"  show(memory{number}, {case.bytes}u);",
            f"  show(scratch{number}, {scratch}u);",
        ]
    folder.mkdir(exist_ok=True)
    path = folder / "cases.c"
    path.write_text(source(cases) + "\n".join([*main, "  return 0;", "}", ""]))
    lines = host_c.run(host_c.build(folder / "build", [path], include=[KERNELS])).split()
    for number, case in enumerate(cases):
        after, scratch = (np.frombuffer(bytes.fromhex(line), np.uint8) for line in lines[2 * number :][:2])
        case.check(after, scratch)


class CortexM7:
    """Cases compiled for a Cortex-M7 and run by Unicorn. Skips where compiler or emulator are missing."""

    def __init__(self, folder: Path, cases: Sequence[Case], flags: Sequence[str] = ()) -> None:
        compiler = shutil.which("arm-none-eabi-gcc")
        if compiler is None:
            pytest.skip("no cross compiler (arm-none-eabi-gcc)")
        self._unicorn = pytest.importorskip("unicorn", reason="the package unicorn is missing")
        self.cases = cases
        folder.mkdir(exist_ok=True)
        (folder / "cases.c").write_text(source(cases))
        (folder / "script.ld").write_text(_SCRIPT)
        strict = [flag for flag in STRICT if flag not in ("-O1", "-g")]
        linker = ("-nostartfiles", "-nodefaultlibs", "-Wl,-e,run0", "-Wl,--no-warn-rwx-segments")
        files = ("-T", "script.ld", "cases.c", "-o", "cases.elf", "-lm", "-lc", "-lgcc")
        subprocess.run(
            [compiler, *strict, *_ARM, *flags, f"-I{KERNELS}", *linker, *files],
            cwd=folder,
            check=True,
        )
        with (folder / "cases.elf").open("rb") as file:
            elf = ELFFile(file)
            self._segments = [
                (s["p_paddr"], s.data()) for s in elf.iter_segments() if s["p_type"] == "PT_LOAD"
            ]
            self.symbols = {s.name: s["st_value"] for s in elf.get_section_by_name(".symtab").iter_symbols()}

    def run(self) -> list[int]:
        """Run and check every case; the instructions of each."""
        unicorn = self._unicorn
        arm = unicorn.arm_const
        engine = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        engine.ctl_set_cpu_model(arm.UC_CPU_ARM_CORTEX_M7)
        for base in (_FLASH, _RAM):
            engine.mem_map(base, 16 << 20)
        for address, data in self._segments:
            engine.mem_write(address, data)
        counts = [0] * len(self.cases)
        known: dict[tuple[int, int], int] = {}
        current = 0

        def count(_engine: object, address: int, size: int, _user: object) -> None:
            if (address, size) not in known:
                halves = np.frombuffer(bytes(engine.mem_read(address, size)), "<u2").tolist()
                at = instructions = 0
                while at < len(halves):
                    at += 2 if halves[at] >> 11 >= 0b11101 else 1
                    instructions += 1
                known[(address, size)] = instructions
            counts[current] += known[(address, size)]

        engine.hook_add(unicorn.UC_HOOK_BLOCK, count)
        for current, case in enumerate(self.cases):
            memory, scratch = (self.symbols[f"{name}{current}"] for name in ("memory", "scratch"))
            room = case.kernel.scratch_bytes + _GUARD
            engine.mem_write(memory, case.memory().tobytes())
            engine.mem_write(scratch, b"\x5a" * room)
            engine.reg_write(arm.UC_ARM_REG_SP, _RAM + (16 << 20) - 1024)
            engine.reg_write(arm.UC_ARM_REG_LR, _FLASH + (15 << 20) + 1)
            engine.emu_start(self.symbols[f"run{current}"] | 1, _FLASH + (15 << 20))
            case.check(
                np.frombuffer(bytes(engine.mem_read(memory, case.bytes)), np.uint8),
                np.frombuffer(bytes(engine.mem_read(scratch, room)), np.uint8),
            )
        return counts
