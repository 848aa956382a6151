"""Models of operators on floats, compared with reference kernels within the stated tolerance."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from host_model import build_host_model
from operator_models import Operators
from references import run_litert, run_tflm

from generator.readers.tflite_network import parse_network

#: of outputs in floats, as tests/integration/tflite_corpus.py and docs/tflite.md state it
ABSOLUTE, RELATIVE = 1e-5, 1e-4


class FloatOperators(Operators):
    def floats(self, *shape: int, seed: int = 0, low: float = -1.0, high: float = 1.0) -> int:
        """A constant of random floats."""
        values = np.random.default_rng([seed, *shape]).uniform(low, high, shape)
        return self.constant(values.astype(np.float32))

    def float_result(self, kind: str, inputs: Sequence[int], shape: Sequence[int], **options: Any) -> int:
        return self.result(kind, inputs, "float32", shape, options)

    def check_close(
        self, folder: Path, inputs: Sequence[Sequence[np.ndarray]] | None = None, engine: str = "litert"
    ) -> None:
        """AssertionError where an output is further from the engine's than the tolerance."""
        data = self.build(self.outputs)
        sets = self.random_inputs() if inputs is None else inputs
        expected = run_litert(data, sets) if engine == "litert" else run_tflm(data, sets, len(self.outputs))
        got = build_host_model(parse_network(data, "m.tflite"), folder).run(sets)
        makers = {target: operator.kind for operator in self.operators for target in operator.outputs}
        for row, wanted in zip(got, expected, strict=True):
            for position, (ours, theirs) in enumerate(zip(row, wanted, strict=True)):
                where = f"output {position} ({makers.get(self.outputs[position])})"
                np.testing.assert_allclose(
                    ours.reshape(-1), theirs.reshape(-1), RELATIVE, ABSOLUTE, err_msg=where
                )
