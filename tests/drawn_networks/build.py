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
from host_model import run_headers, run_lines, write_files

from drawn_networks.cmsis_nn import Library
from generator.compiler.compile import Compiled

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
    head = [f"int run_{number}(int sets);", f"int run_{number}(int sets) {{"]
    return "\n".join([*run_headers(compiled), *head, *run_lines(compiled), "}", ""])


def _main(numbers: Sequence[int]) -> str:
    lines = ["#include <stdlib.h>"]
    lines += [f"int run_{number}(int sets);" for number in numbers]
    lines += ["int main(int argc, char **argv) {", "  if (argc != 3) return 2;", "  switch (atoi(argv[1])) {"]
    lines += [f"    case {number}: return run_{number}(atoi(argv[2]));" for number in numbers]
    return "\n".join([*lines, "    default: return 6;", "  }", "}", ""])
