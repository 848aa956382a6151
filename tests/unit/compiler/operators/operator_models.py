"""Models of many small operators, compiled, run here and compared with a reference interpreter, byte by byte."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from host_model import build_host_model
from references import run_litert, run_tflm
from tflite_builder import ModelBuilder

from generator.readers.tflite_network import parse_network

SETS = 3


class Operators(ModelBuilder):
    """A model whose operators have nothing to do with each other. outputs: of the model, so far."""

    def __init__(self) -> None:
        super().__init__()
        self.outputs: list[int] = []

    def numbers(self, values: Any, dtype: str = "int32", **quantisation: Any) -> int:
        """A constant tensor."""
        return self.constant(np.asarray(values, dtype), **quantisation)

    def result(
        self,
        kind: str,
        inputs: Sequence[int],
        dtype: str,
        shape: Sequence[int],
        options: Mapping[str, Mapping[str, Any]] | None = None,
        **quantisation: Any,
    ) -> int:
        """An operator with one output, which is the model's too. Gives that output."""
        target = self.tensor(dtype, shape, **quantisation)
        self.operator(kind, inputs, (target,), **(options or {}))
        self.outputs.append(target)
        return target

    def random_inputs(self, sets: int = SETS, seed: int = 1) -> list[list[np.ndarray]]:
        """Over the whole range of the types; floats in -4 .. 4. The first set is all minima."""
        random = np.random.default_rng(seed)
        rows = []
        for number in range(sets):
            row = []
            for index in self.inputs:
                tensor = self.tensors[index]
                dtype = np.dtype(tensor.dtype)
                if dtype.kind == "f":
                    array = random.uniform(-4, 4, tensor.shape).astype(dtype)
                elif dtype.kind == "b":
                    array = random.integers(0, 2, tensor.shape).astype(dtype)
                else:
                    info = np.iinfo(dtype)
                    low, high = max(info.min, -(2**30)), min(info.max, 2**30)
                    array = random.integers(low, high, tensor.shape, dtype, endpoint=True)
                    array = np.full(tensor.shape, low, dtype) if number == 0 else array
                row.append(array)
            rows.append(row)
        return rows

    def check(
        self,
        folder: Path,
        engine: str,
        inputs: Sequence[Sequence[np.ndarray]] | None = None,
        others: Sequence[Operators] = (),
    ) -> None:
        """AssertionError where a byte of an output differs from the engine's: ``tflm`` or ``litert``.

        others: further subgraphs.
        """
        data = self.build(self.outputs, *((other, other.outputs) for other in others))
        sets = self.random_inputs() if inputs is None else inputs
        expected = run_litert(data, sets) if engine == "litert" else run_tflm(data, sets, len(self.outputs))
        got = build_host_model(parse_network(data, "m.tflite"), folder).run(sets)
        makers = {target: operator.kind for operator in self.operators for target in operator.outputs}
        for number, (row, wanted) in enumerate(zip(got, expected, strict=True)):
            for position, (ours, theirs) in enumerate(zip(row, wanted, strict=True)):
                assert ours.dtype == theirs.dtype
                flat, want = ours.reshape(-1), theirs.reshape(-1)
                wrong = np.flatnonzero(flat != want)
                assert flat.tobytes() == want.tobytes(), (
                    f"set {number}, output {position} ({makers.get(self.outputs[position])}): "
                    f"{wrong.size} of {flat.size} differ, at {wrong[:5]}: "
                    f"{flat[wrong[:5]]}, not {want[wrong[:5]]}"
                )
