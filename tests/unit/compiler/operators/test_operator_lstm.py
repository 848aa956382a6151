from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from float_models import FloatOperators
from networks import tensor
from operator_models import Operators
from refusals import refusal

TANH, RELU = 4, 1
BATCHES, STEPS, INPUTS, CELLS = 2, 5, 7, 6


def options(time_major: bool, clip: float) -> dict[str, dict[str, float]]:
    table = {"fused_activation_function": TANH, "cell_clip": clip, "time_major": time_major}
    return {"UnidirectionalSequenceLSTMOptions": table}


def shape(time_major: bool, last: int) -> tuple[int, int, int]:
    return (STEPS, BATCHES, last) if time_major else (BATCHES, STEPS, last)


@pytest.mark.parametrize(("time_major", "clip"), [(False, 0.0), (False, 1.5), (True, 0.0)])
@pytest.mark.parametrize("coupled", [False, True])
def test_floats(tmp_path: Path, time_major: bool, clip: float, coupled: bool) -> None:
    m = FloatOperators()
    x = m.input("float32", shape(time_major, INPUTS))
    sides = [(CELLS, INPUTS)] * 4 + [(CELLS, CELLS)] * 4 + [None] * 3 + [(CELLS,)] * 4 + [None] * 2
    rows = [m.floats(*side, seed=i) if side else -1 for i, side in enumerate(sides)]
    if coupled:
        rows[0] = rows[4] = rows[11] = -1
    states = [m.tensor("float32", (BATCHES, CELLS), variable=True) for _ in range(2)]
    inputs = [x, *rows, *states, -1, -1, -1, -1]
    m.float_result(
        "UNIDIRECTIONAL_SEQUENCE_LSTM", inputs, shape(time_major, CELLS), **options(time_major, clip)
    )
    m.check_close(tmp_path)


@pytest.mark.parametrize(
    ("time_major", "clip", "exponent"),
    [(False, 0.0, -12), (False, 1.5, -11), (True, 10.0, -15), (False, 0.0, -9)],
)
@pytest.mark.parametrize("coupled", [False, True])
def test_int8_is_litert_to_the_bit(
    tmp_path: Path, time_major: bool, clip: float, exponent: int, coupled: bool
) -> None:
    m = Operators()
    random = np.random.default_rng([time_major, -exponent, coupled])
    x = m.input("int8", shape(time_major, INPUTS), scale=0.02, zero_point=-5)

    def weights(count: int) -> int:
        values = random.integers(-127, 128, (CELLS, count)).astype(np.int8)
        return m.constant(values, scale=float(random.uniform(0.004, 0.02)))

    rows = [weights(INPUTS) for _ in range(4)] + [weights(CELLS) for _ in range(4)] + [-1] * 3
    rows += [m.constant(random.integers(-3000, 3000, CELLS).astype(np.int32), scale=2e-4) for _ in range(4)]
    if coupled:
        rows[0] = rows[4] = rows[11] = -1
    quantised = {"scale": 0.0075, "zero_point": 4}
    hidden = m.tensor("int8", (BATCHES, CELLS), variable=True, **quantised)
    state = m.tensor("int16", (BATCHES, CELLS), variable=True, scale=2.0**exponent)
    product = m.tensor("int8", (0,), **quantised)
    unused = [m.tensor("float32", (0,)) for _ in range(4)]
    target = m.tensor("int8", shape(time_major, CELLS), **quantised)
    m.operator(
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        [x, *rows, -1, -1, hidden, state, -1, -1, -1, -1],
        (target,),
        intermediates=[*unused, product],
        **options(time_major, clip),
    )
    m.outputs.append(target)
    m.check(tmp_path, "litert", m.random_inputs(6))


@pytest.mark.parametrize(("time_major", "asymmetric"), [(False, False), (False, True), (True, False)])
@pytest.mark.parametrize("coupled", [False, True])
def test_floats_with_int8_weights(tmp_path: Path, time_major: bool, asymmetric: bool, coupled: bool) -> None:
    m = FloatOperators()
    random = np.random.default_rng([time_major, asymmetric])
    x = m.input("float32", shape(time_major, INPUTS))

    def weights(count: int) -> int:
        return m.constant(random.integers(-127, 128, (CELLS, count)).astype(np.int8), scale=0.006)

    rows = [weights(INPUTS) for _ in range(4)] + [weights(CELLS) for _ in range(4)] + [-1] * 3
    rows += [m.floats(CELLS, seed=gate) for gate in range(4)]
    if coupled:
        rows[0] = rows[4] = rows[11] = -1
    states = [m.tensor("float32", (BATCHES, CELLS), variable=True) for _ in range(2)]
    table = options(time_major, 0.0)
    table["UnidirectionalSequenceLSTMOptions"]["asymmetric_quantize_inputs"] = asymmetric
    inputs = [x, *rows, -1, -1, *states, -1, -1, -1, -1]
    m.float_result("UNIDIRECTIONAL_SEQUENCE_LSTM", inputs, shape(time_major, CELLS), **table)
    m.check_close(tmp_path)


@pytest.mark.parametrize(
    ("time_major", "clip", "exponent"),
    [(False, 0.0, -12), (False, 0.5, -11), (True, 10.0, -15), (False, 0.0, -9)],
)
def test_int16_is_micro_to_the_bit(tmp_path: Path, time_major: bool, clip: float, exponent: int) -> None:
    m = Operators()
    random = np.random.default_rng([time_major, -exponent])
    x = m.input("int16", shape(time_major, INPUTS), scale=0.0001)

    def weights(count: int) -> int:
        values = random.integers(-127, 128, (CELLS, count)).astype(np.int8)
        return m.constant(values, scale=float(random.uniform(0.004, 0.02)))

    rows = [weights(INPUTS) for _ in range(4)] + [weights(CELLS) for _ in range(4)] + [-1] * 3
    rows += [m.constant(random.integers(-(2**20), 2**20, CELLS), scale=1e-6) for _ in range(4)]
    hidden = m.tensor("int16", (BATCHES, CELLS), variable=True, scale=0.00003)
    state = m.tensor("int16", (BATCHES, CELLS), variable=True, scale=2.0**exponent)
    inputs = [x, *rows, -1, -1, hidden, state, -1, -1, -1, -1]
    m.result(
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
        inputs,
        "int16",
        shape(time_major, CELLS),
        options(time_major, clip),
        scale=0.00003,
    )
    m.check(tmp_path, "tflm", m.random_inputs(6))


def test_other_forms_are_refused() -> None:
    tensors = [tensor(0, (1, 2, 3), "float32")]
    tensors += [tensor(i, (4, 3), "float32", constant=bytes(48)) for i in range(1, 5)]
    tensors += [tensor(i, (4, 4), "float32", constant=bytes(64)) for i in range(5, 9)]
    tensors += [tensor(i, (4,), "float32", constant=bytes(16)) for i in range(9, 13)]
    tensors += [tensor(i, (1, 4), "float32", variable=True) for i in range(13, 15)]
    tensors += [tensor(15, (1, 2, 4), "float32")]
    kind = "UNIDIRECTIONAL_SEQUENCE_LSTM"
    inputs = [*range(9), -1, -1, -1, *range(9, 13), -1, -1, 13, 14]
    tanh = {"fused_activation_function": TANH}
    said = refusal(kind, tensors, [*inputs[:9], 9, 9, 9, *inputs[12:]], [15], tanh)
    assert "has peephole weights | convert the model with the LSTM's plain form" in said
    said = refusal(kind, tensors, [*inputs[:16], 5, -1, *inputs[18:]], [15], tanh)
    assert "has a projection" in said
    assert "has another activation than tanh" in refusal(
        kind, tensors, inputs, [15], {"fused_activation_function": RELU}
    )
    tensors[14] = tensor(14, (1, 4), "float32", constant=bytes(16))
    assert "that is not a variable" in refusal(kind, tensors, inputs, [15], tanh)
    tensors[14] = tensor(14, (1, 4), "float32", variable=True)
    tensors[15] = tensor(15, (1, 2, 4))
    assert "is not supported on int8 ('t15')" in refusal(kind, tensors, inputs, [15], tanh)


def test_other_forms_on_int16_are_refused() -> None:
    tensors = [tensor(0, (1, 2, 3), "int16")]
    tensors += [tensor(i, (4, 3), constant=bytes(12)) for i in range(1, 5)]
    tensors += [tensor(i, (4, 4), constant=bytes(16)) for i in range(5, 9)]
    tensors += [tensor(i, (4,), "int64", constant=bytes(32)) for i in range(9, 13)]
    tensors += [tensor(i, (1, 4), "int16", variable=True, scale=2.0**-12) for i in range(13, 15)]
    tensors += [tensor(15, (1, 2, 4), "int16")]
    kind, tanh = "UNIDIRECTIONAL_SEQUENCE_LSTM", {"fused_activation_function": TANH}
    inputs = [*range(9), -1, -1, -1, *range(9, 13), -1, -1, 13, 14]
    said = refusal(kind, tensors, [0, -1, *inputs[2:]], [15], tanh)
    assert "has no weights of the input gate" in said
    tensors[14] = tensor(14, (1, 4), "int16", variable=True, scale=0.3)
    said = refusal(kind, tensors, inputs, [15], tanh)
    assert "has a cell state of scale 0.3; it must be a power of two from 2^-15 to 2^-9" in said
    tensors[0] = tensor(0, (1, 2, 3), "int16", zero_point=1)
    assert "has int16 tensors whose zero point is not 0" in refusal(kind, tensors, inputs, [15], tanh)
