"""Compiled models on this computer: the archive's very C behind a small main program, sanitizers on."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from host_c import RUNTIME, SANITIZE, STRICT

from generator.compiler.compile import Compiled, CompileOptions
from generator.model.network import Network
from generator.pipeline.models import compile_model
from generator.readers.text.names import sanitise

_PATIENCE_S = 300
#: as the firmware builds it: no contraction of a*b+c, so that floats are the same everywhere
_FLAGS = ("-ffp-contract=off", "-fno-strict-aliasing")


@dataclass(frozen=True)
class HostModel:
    """A built model. run() takes sets of inputs one after the other; state is carried from set to set."""

    program: Path
    compiled: Compiled

    def run(self, sets: Sequence[Sequence[np.ndarray]]) -> list[list[np.ndarray]]:
        """Outputs [set][output], in the model's shapes and types. AssertionError where the program fails."""
        data = b"".join(np.ascontiguousarray(array).tobytes() for row in sets for array in row)
        done = subprocess.run(
            [str(self.program), str(len(sets))], input=data, capture_output=True, timeout=_PATIENCE_S
        )
        assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-3000:]
        tensors = [self.compiled.program.tensors[index] for index in self.compiled.program.outputs]
        results, at = [], 0
        for _ in sets:
            row = []
            for tensor in tensors:
                end = at + tensor.size_bytes
                row.append(np.frombuffer(done.stdout[at:end], tensor.dtype).reshape(tensor.shape))
                at = end
            results.append(row)
        assert at == len(done.stdout)
        return results


def build_host_model(
    network: Network,
    folder: Path,
    options: CompileOptions | None = None,
    *,
    defines: Sequence[str] = (),
    include: Sequence[Path] = (),
    optimise: str = "-O1",
) -> HostModel:
    """Compile network to C and that C to a program, warnings fatal. AssertionError where it has one."""
    compiled = compile_model(network, options)
    write_files(compiled.files, folder)
    main = folder / "main.c"
    main.write_text(_main(compiled))
    program = folder / "model"
    code = folder / "codegen" / "host"
    compiler = shutil.which("gcc") or "cc"
    ccache = shutil.which("ccache")
    flags = [flag for flag in (*STRICT, *SANITIZE) if flag != "-O1"]
    objects = []
    for source in (main, *sorted((code / "src").glob("*.c"))):
        objects.append(source.with_suffix(".o"))
        argv = [*([ccache] if ccache else []), compiler, *flags, optimise, *_FLAGS]
        argv += [*(f"-D{define}" for define in defines), *(f"-I{path}" for path in include)]
        argv += [
            f"-I{code / 'include'}",
            f"-I{RUNTIME / 'include'}",
            "-c",
            str(source),
            "-o",
            str(objects[-1]),
        ]
        _call(argv)
    _call([compiler, *SANITIZE, *map(str, objects), "-o", str(program), "-lm"])
    return HostModel(program, compiled)


def write_files(files: Mapping[str, bytes], folder: Path) -> None:
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def _call(argv: Sequence[str]) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, timeout=_PATIENCE_S)
    assert done.returncode == 0, f"{' '.join(argv)}\n{done.stderr[-4000:]}"


def _main(compiled: Compiled) -> str:
    return "\n".join(
        [
            *run_headers(compiled),
            "int main(int argc, char **argv) {",
            "  int sets = argc > 1 ? atoi(argv[1]) : 1;",
            *run_lines(compiled),
            "}",
            "",
        ]
    )


def pools_of(compiled: Compiled) -> list[tuple[str, int]]:
    """(name, bytes) of each memory pool that the caller brings."""
    pools = [("workspace", max(compiled.memory.size_bytes, 16))]
    return [*pools, ("state", compiled.state_bytes)] if compiled.state_bytes else pools


def run_headers(compiled: Compiled) -> list[str]:
    """What ``run_lines`` includes."""
    headers = ("stdio", "stdlib", "string", f"tvmgen_{compiled.name}")
    return [*(f"#include <{header}.h>" for header in headers), ""]


def run_lines(compiled: Compiled) -> list[str]:
    """The body of a function that knows ``sets``: reads each set's inputs from stdin, runs, writes the outputs.

    Every pool is of exactly its size.
    """
    name = f"tvmgen_{compiled.name}"
    pools = pools_of(compiled)
    lines = [f"  struct {name}_workspace_pools pools;"]
    for pool, size in pools:
        lines += [f"  pools.{pool} = aligned_alloc(16, {size});", f"  memset(pools.{pool}, 0xA5, {size});"]
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
    return [*lines, "  }", *(f"  free(pools.{pool});" for pool, _ in pools), "  return 0;"]


def golden_sets(golden: Path, prefix: str) -> tuple[list[list[np.ndarray]], list[list[np.ndarray]]]:
    """(inputs, expected outputs) of each set of a golden file. prefix: ``out`` or ``tflm_out``."""
    with np.load(golden) as data:
        names = set(data.files)
        sets = sorted({int(name.rpartition("_")[2]) for name in names if name.startswith("in0_")})

        def row(stem: str, number: int) -> list[np.ndarray]:
            found, at = [], 0
            while f"{stem}{at}_{number}" in names:
                found.append(data[f"{stem}{at}_{number}"])
                at += 1
            return found

        return [row("in", k) for k in sets], [row(prefix, k) for k in sets]
