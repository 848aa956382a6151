"""Many compiled networks in one program for this computer: warnings fatal, sanitizers on."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from host_c import RUNTIME, SANITIZE, STRICT
from host_model import write_files

from drawn_networks.cmsis_nn import Library
from generator.compiler.compile import Compiled
from generator.readers.text.names import sanitise

_PATIENCE_S = 300
_FLAGS = ("-ffp-contract=off", "-fno-strict-aliasing")


@dataclass(frozen=True)
class Many:
    """A program of several networks. faults: network -> what the C compiler says against it."""

    program: Path
    networks: Sequence[Compiled]
    faults: dict[int, str]

    def run(self, number: int, sets: Sequence[Sequence[np.ndarray]]) -> list[list[np.ndarray]]:
        """Outputs [set][output] of a network. AssertionError where it fails."""
        data = b"".join(np.ascontiguousarray(array).tobytes() for row in sets for array in row)
        argv = [str(self.program), str(number), str(len(sets))]
        done = subprocess.run(argv, input=data, capture_output=True, timeout=_PATIENCE_S)
        said = done.stderr.decode("utf-8", "replace")
        assert done.returncode == 0, said[-3000:] or f"ends with {done.returncode}"
        compiled = self.networks[number]
        results, at = [], 0
        for _ in sets:
            row = []
            for index in compiled.program.outputs:
                tensor = compiled.program.tensors[index]
                end = at + tensor.size_bytes
                row.append(np.frombuffer(done.stdout[at:end], tensor.dtype).reshape(tensor.shape))
                at = end
            results.append(row)
        assert at == len(done.stdout), f"writes {len(done.stdout)} bytes, not {at}"
        return results


def build_many(networks: Sequence[Compiled], folder: Path, library: Library | None = None) -> Many:
    """Networks have names of their own. library: that they call."""
    compiler = shutil.which("gcc") or "cc"

    def compile_one(number: int) -> str:
        compiled = networks[number]
        place = folder / str(number)
        write_files(compiled.files, place)
        code = place / "codegen" / "host"
        (place / "run.c").write_text(_runner(compiled, number))
        sources = sorted((code / "src").glob("*.c"))
        argv = [compiler, *STRICT, *SANITIZE, *_FLAGS, *(library.flags if library else ())]
        argv += [f"-I{code / 'include'}", f"-I{code / 'src'}", f"-I{RUNTIME / 'include'}"]
        both = place / "both.c"
        both.write_text("".join(f'#include "{source}"\n' for source in (*sources, place / "run.c")))
        done = subprocess.run(
            [*argv, "-c", str(both), "-o", str(place / "both.o")],
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
        )
        return "" if done.returncode == 0 else done.stderr[:3000]

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        said = list(pool.map(compile_one, range(len(networks))))
    faults = {number: text for number, text in enumerate(said) if text}
    usable = [number for number in range(len(networks)) if number not in faults]
    main = folder / "main.c"
    main.write_text(_main(usable))
    program = folder / "program"
    objects = [str(folder / str(number) / "both.o") for number in usable]
    archives = [str(library.archive)] if library else []
    argv = [compiler, *STRICT, *SANITIZE, str(main), *objects, *archives, "-o", str(program), "-lm"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=_PATIENCE_S)
    assert done.returncode == 0, done.stderr[-3000:]
    return Many(program, networks, faults)


def _runner(compiled: Compiled, number: int) -> str:
    """Reads each set's inputs from stdin, runs, writes the outputs. Every pool is of exactly its size."""
    name = f"tvmgen_{compiled.name}"
    pools = [("workspace", max(compiled.memory.size_bytes, 16))]
    pools += [("state", compiled.state_bytes)] if compiled.state_bytes else []
    lines = ["#include <stdio.h>", "#include <stdlib.h>", f"#include <{name}.h>", ""]
    lines += [
        f"int run_{number}(int sets);",
        f"int run_{number}(int sets) {{",
        f"  struct {name}_workspace_pools pools;",
    ]
    for pool, size in pools:
        lines += [f"  pools.{pool} = malloc({size});", f"  memset(pools.{pool}, 0xA5, {size});"]
    if compiled.state_bytes:
        lines.append(f"  if ({name}_reset(&pools) != 0) return 3;")
    lines.append("  for (int set = 0; set < sets; set++) {")
    program = compiled.program
    for kind, indices, call in (("inputs", program.inputs, "fread"), ("outputs", program.outputs, "fwrite")):
        lines.append(f"    struct {name}_{kind} {kind} = {name}_map_{kind}(&pools);")
        members = compiled.input_names if kind == "inputs" else compiled.output_names
        stream = "stdin" if kind == "inputs" else "stdout"
        for member, index in zip(members, indices, strict=True):
            size = program.tensors[index].size_bytes
            lines.append(
                f"    if ({call}({kind}.{sanitise(member)}, 1, {size}, {stream}) != {size}) return 4;"
            )
        if kind == "inputs":
            if not indices:
                lines.append("    (void)inputs;")
            lines.append(f"    if ({name}_run(&pools) != 0) return 5;")
    lines += ["  }", *(f"  free(pools.{pool});" for pool, _ in pools), "  return 0;", "}", ""]
    return "\n".join(lines)


def _main(numbers: Sequence[int]) -> str:
    lines = ["#include <stdlib.h>"]
    lines += [f"int run_{number}(int sets);" for number in numbers]
    lines += ["int main(int argc, char **argv) {", "  if (argc != 3) return 2;", "  switch (atoi(argv[1])) {"]
    lines += [f"    case {number}: return run_{number}(atoi(argv[2]));" for number in numbers]
    return "\n".join([*lines, "    default: return 6;", "  }", "}", ""])
