from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from float_models import FloatOperators
from networks import tensor
from refusals import refusal

RELU = 1
BATCHES, INPUTS, UNITS, MEMORY = 2, 9, 5, 4


def numbers(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-127, 128, shape)


@pytest.mark.parametrize("rank", [1, 2])
def test_floats_with_their_state(tmp_path: Path, rank: int) -> None:
    m = FloatOperators()
    filters = UNITS * rank
    x = m.input("float32", (BATCHES, INPUTS))
    kept = m.tensor("float32", (BATCHES, filters * MEMORY), variable=True)
    inputs = [x, m.floats(filters, INPUTS), m.floats(filters, MEMORY), m.floats(UNITS), kept]
    options = {"rank": rank, "fused_activation_function": RELU}
    m.float_result("SVDF", inputs, (BATCHES, UNITS), SVDFOptions=options)
    m.check_close(tmp_path, m.random_inputs(7))


@pytest.mark.parametrize("asymmetric", [False, True])
def test_floats_with_int8_weights(tmp_path: Path, asymmetric: bool) -> None:
    m = FloatOperators()
    x = m.input("float32", (BATCHES, INPUTS))
    kept = m.tensor("float32", (BATCHES, UNITS * MEMORY), variable=True)
    features = m.constant(numbers(1, UNITS, INPUTS).astype(np.int8), scale=0.009)
    options = {"rank": 1, "asymmetric_quantize_inputs": asymmetric}
    times = m.constant(numbers(2, UNITS, MEMORY).astype(np.int8), scale=0.011)
    inputs = [x, features, times, m.floats(UNITS), kept]
    m.float_result("SVDF", inputs, (BATCHES, UNITS), SVDFOptions=options)
    m.check_close(tmp_path, m.random_inputs(7))


def test_a_state_that_is_not_variable_is_refused() -> None:
    tensors = [
        tensor(0, (1, 4), "float32"),
        tensor(1, (2, 4), constant=bytes(8)),
        tensor(2, (2, 3), constant=bytes(6)),
        tensor(3, (2,), "float32", constant=bytes(8)),
        tensor(4, (1, 6), "float32"),
        tensor(5, (1, 2), "float32"),
    ]
    said = refusal("SVDF", tensors, [0, 1, 2, 3, 4], [5], {"rank": 1})
    assert "has a state of 6 elements that is not variable; 6 variable ones are needed" in said
    said = refusal("SVDF", tensors, [0, 1, 2, 3, 4], [5], {"rank": 3})
    assert "rank 3" in said
