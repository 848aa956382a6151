"""Many compiled networks in one image for a Cortex-M, run by Unicorn: the kernels' forms for the DSP extension."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from elftools.elf.elffile import ELFFile
from host_c import RUNTIME, STRICT
from host_model import pools_of, write_files

from drawn_networks.cmsis_nn import Library
from generator.compiler.compile import Compiled
from generator.readers.text.names import sanitise

_GUARD_BYTES = 64
_FLASH, _RAM, _SIZE = 0x08000000, 0x20000000, 64 << 20
_RETURN = _FLASH + _SIZE - 16
_SCRIPT = """
SECTIONS {
  .text 0x08000000 : { *(.text*) *(.rodata*) }
  .data 0x20000000 : { *(.data*) *(.bss*) *(COMMON) }
}
"""
_FLAGS = ("-O2", "-mthumb", "-ffp-contract=off", "-fno-strict-aliasing", "-ffunction-sections")
#: processor -> what the C compiler is told of it
CORES = {
    "cortex-m7": ("-mcpu=cortex-m7", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard"),
    "cortex-m4": ("-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"),
    "cortex-m33": ("-mcpu=cortex-m33", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard"),
    "cortex-m3": ("-mcpu=cortex-m3",),
    "cortex-m0": ("-mcpu=cortex-m0",),
}


@dataclass(frozen=True)
class ManyOnArm:
    """An image of several networks. faults: network -> what the C compiler says against it."""

    networks: Sequence[Compiled]
    faults: dict[int, str]
    core: str
    segments: Sequence[tuple[int, bytes]] = field(repr=False)
    symbols: dict[str, int] = field(repr=False)

    def run(self, number: int, sets: Sequence[Sequence[np.ndarray]]) -> list[list[np.ndarray]]:
        """Outputs [set][output] of a network. AssertionError where it fails, or writes beside its memory."""
        engine = self._engine()
        compiled = self.networks[number]
        program = compiled.program
        pools = pools_of(compiled)
        for name, size in pools:
            engine.mem_write(self.symbols[f"{name}_{number}"], b"\xa5" * (size + 2 * _GUARD_BYTES))
        workspace = self.symbols[f"workspace_{number}"] + _GUARD_BYTES

        def place(index: int) -> int:
            return workspace + compiled.memory.tensors[program.root(index)].offset_bytes

        if compiled.state_bytes:
            self._call(engine, f"reset_{number}")
        results = []
        for row in sets:
            for index, array in zip(program.inputs, row, strict=True):
                engine.mem_write(place(index), np.ascontiguousarray(array).tobytes())
            self._call(engine, f"run_{number}")
            outputs = []
            for index in program.outputs:
                tensor = program.tensors[index]
                data = bytes(engine.mem_read(place(index), tensor.size_bytes)) if tensor.size_bytes else b""
                outputs.append(np.frombuffer(data, tensor.dtype).reshape(tensor.shape))
            results.append(outputs)
        for name, size in pools:
            start = self.symbols[f"{name}_{number}"]
            for guard in (start, start + _GUARD_BYTES + size):
                kept = bytes(engine.mem_read(guard, _GUARD_BYTES))
                assert kept == b"\xa5" * _GUARD_BYTES, f"writes beside its {name}"
        return results

    def _engine(self) -> Any:
        import unicorn

        arm = unicorn.arm_const
        engine = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS)
        models = {
            "cortex-m7": arm.UC_CPU_ARM_CORTEX_M7,
            "cortex-m4": arm.UC_CPU_ARM_CORTEX_M4,
            "cortex-m33": arm.UC_CPU_ARM_CORTEX_M33,
            "cortex-m3": arm.UC_CPU_ARM_CORTEX_M3,
            "cortex-m0": arm.UC_CPU_ARM_CORTEX_M0,
        }
        engine.ctl_set_cpu_model(models[self.core])
        for base in (_FLASH, _RAM):
            engine.mem_map(base, _SIZE)
        for address, data in self.segments:
            engine.mem_write(address, data)
        return engine

    def _call(self, engine: Any, name: str) -> None:
        import unicorn

        arm = unicorn.arm_const
        engine.reg_write(arm.UC_ARM_REG_SP, _RAM + _SIZE - 1024)
        engine.reg_write(arm.UC_ARM_REG_LR, _RETURN | 1)
        try:
            engine.emu_start(self.symbols[name] | 1, _RETURN)
        except unicorn.UcError as fault:
            where = engine.reg_read(arm.UC_ARM_REG_PC)
            raise AssertionError(f"{name} stops at {where:#x}: {fault}") from None


def build_on_arm(
    networks: Sequence[Compiled], folder: Path, core: str = "cortex-m7", library: Library | None = None
) -> ManyOnArm:
    """Networks have names of their own. library: that they call."""
    compiler = shutil.which("arm-none-eabi-gcc")
    assert compiler is not None
    strict = [flag for flag in STRICT if flag not in ("-O1", "-g")]
    flags = [*strict, *_FLAGS, *CORES[core], *(library.flags if library else ())]

    def compile_one(number: int) -> str:
        compiled = networks[number]
        place = folder / str(number)
        write_files(compiled.files, place)
        code = place / "codegen" / "host"
        (place / "run.c").write_text(_runner(compiled, number))
        sources = [*sorted((code / "src").glob("*.c")), place / "run.c"]
        both = place / "both.c"
        both.write_text("".join(f'#include "{source}"\n' for source in sources))
        include = [f"-I{code / 'include'}", f"-I{code / 'src'}", f"-I{RUNTIME / 'include'}"]
        argv = [compiler, *flags, *include, "-c", str(both), "-o", str(place / "both.o")]
        done = subprocess.run(argv, capture_output=True, text=True)
        return "" if done.returncode == 0 else done.stderr[:3000]

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        said = list(pool.map(compile_one, range(len(networks))))
    faults = {number: text for number, text in enumerate(said) if text}
    usable = [number for number in range(len(networks)) if number not in faults]
    (folder / "script.ld").write_text(_SCRIPT)
    linker = ("-nostartfiles", "-nodefaultlibs", f"-Wl,-e,run_{usable[0]}", "-Wl,--no-warn-rwx-segments")
    objects = [f"{number}/both.o" for number in usable]
    archives = [str(library.archive)] if library else []
    argv = [
        compiler,
        *flags,
        *linker,
        "-T",
        "script.ld",
        *objects,
        *archives,
        "-o",
        "image.elf",
        "-lm",
        "-lc",
        "-lgcc",
    ]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    with (folder / "image.elf").open("rb") as file:
        elf = ELFFile(file)
        segments = [(s["p_paddr"], s.data()) for s in elf.iter_segments() if s["p_type"] == "PT_LOAD"]
        table = elf.get_section_by_name(".symtab")
        symbols = {symbol.name: symbol["st_value"] for symbol in table.iter_symbols()}
    return ManyOnArm(networks, faults, core, segments, symbols)


def _runner(compiled: Compiled, number: int) -> str:
    name = f"tvmgen_{sanitise(compiled.name)}"
    lines = [f"#include <{name}.h>", ""]
    members = []
    for pool, size in pools_of(compiled):
        lines.append(f"uint8_t {pool}_{number}[{size + 2 * _GUARD_BYTES}] __attribute__((aligned(16)));")
        members.append(f".{pool} = {pool}_{number} + {_GUARD_BYTES}")
    entries = ["run", *(["reset"] if compiled.state_bytes else [])]
    for entry in entries:
        lines += [f"int {entry}_{number}(void);", f"int {entry}_{number}(void) {{"]
        lines += [f"  struct {name}_workspace_pools pools = {{ {', '.join(members)} }};"]
        lines += [f"  return (int){name}_{entry}(&pools);", "}"]
    return "\n".join([*lines, ""])
