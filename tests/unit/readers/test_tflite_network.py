from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tflite_builder import ModelBuilder

from generator.errors import ArchiveError, MlfgenError
from generator.readers.tflite_network import load_network, parse_network

SAMPLES = Path(__file__).parents[3] / "samples"
SINE = (SAMPLES / "sine.tflite").read_bytes()
BRANCHY = (SAMPLES / "branchy.tflite").read_bytes()


def test_a_whole_model_is_read() -> None:
    network = load_network(SAMPLES / "sine.tflite")
    kinds = [operator.kind for operator in network.main.operators]
    assert kinds == ["FULLY_CONNECTED"] * 3
    first = network.main.operators[0]
    assert first.integer("fused_activation_function") == 1
    weights = network.main.tensors[first.inputs[1]]
    assert weights.dtype == "int8" and weights.constant is not None
    assert len(weights.constant) == weights.size_bytes == weights.elements
    assert weights.quantization is not None and weights.quantization.scale > 0
    given_input = network.main.tensors[network.main.inputs[0]]
    assert given_input.constant is None and given_input.shape == (1, 1)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "the identifier TFL3 is missing"),
        (b"\0\0\0\0TFL3", "the model contains no operators"),
        (SINE[:200], "damaged or cut short"),
        (b"\xff\xff\xff\x7fTFL3" + bytes(100), "damaged or cut short"),
    ],
)
def test_what_is_not_a_whole_model_is_refused(data: bytes, what: str) -> None:
    with pytest.raises(ArchiveError) as caught:
        parse_network(data, "m.tflite")
    assert what in caught.value.what and caught.value.where == "m.tflite" and caught.value.hint


@settings(max_examples=300)
@given(st.sampled_from([SINE, BRANCHY]), st.integers(0, 2**32), st.integers(1, 8))
def test_a_damaged_model_raises_nothing_of_pythons_own(data: bytes, seed: int, count: int) -> None:
    chance = random.Random(seed)
    damaged = bytearray(data)
    for _ in range(count):
        at = chance.randrange(len(damaged))
        damaged[at] = chance.choice([0, 1, 127, 128, 255, chance.randrange(256)])
    try:
        parse_network(bytes(damaged), "m.tflite")
    except MlfgenError as error:
        assert error.hint


@given(st.integers(8, len(SINE) - 1))
def test_a_cut_model_raises_nothing_of_pythons_own(length: int) -> None:
    try:
        parse_network(SINE[:length], "m.tflite")
    except MlfgenError as error:
        assert error.hint


@pytest.mark.parametrize(
    ("dtype", "point"), [("int8", 128), ("int8", -129), ("uint8", -1), ("int16", 1 << 40)]
)
def test_a_zero_point_outside_of_its_type_is_refused(dtype: str, point: int) -> None:
    model = ModelBuilder()
    given_input = model.input(dtype, (1, 4), scale=0.5, zero_point=point)
    made = model.tensor(dtype, (1, 4), scale=0.5)
    model.operator("RELU", [given_input], [made])
    with pytest.raises(ArchiveError, match=f"zero point {point} is not a value of {dtype}") as caught:
        parse_network(model.build([made]), "m.tflite")
    assert caught.value.hint == "convert the model again"
