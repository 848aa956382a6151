"""Inputs that verify makes up, and which interpreter they are given to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from generator.errors import UsageError
from generator.model.network import AffineQuantization, Network, NetworkOperator, NetworkTensor, Subgraph
from generator.model.options import GenerateOptions
from generator.model.reference import LITERT, TFLM
from generator.pipeline.inputs import GenerateRequest
from generator.pipeline.reference import ReferenceOptions, input_sets, preferred_engine, with_reference
from generator.readers.tflite_network import load_network
from generator.toolchain.reference import installed

SAMPLES = Path(__file__).parents[3] / "samples"
OPTIONS = GenerateOptions("none", {}, {}, False, 4096, "portfolio")


def network(kind: str, first: str, second: str, output: str = "int8") -> Network:
    scale = AffineQuantization((0.5,), (3,))
    tensors = (
        NetworkTensor(0, "a", first, (2, 3), scale),
        NetworkTensor(1, "b", second, (2, 3), scale),
        NetworkTensor(2, "c", output, (2, 3), scale),
    )
    operator = NetworkOperator(0, kind, (0, 1), (2,))
    return Network("m.tflite", "0" * 64, (Subgraph(tensors, (operator,), (0,), (2,)),))


@pytest.mark.parametrize(
    ("kind", "first", "second", "engine"),
    [
        ("FULLY_CONNECTED", "int8", "int8", TFLM),
        ("ADD", "int16", "int16", TFLM),
        ("CONV_2D", "uint8", "uint8", LITERT),
        ("FULLY_CONNECTED", "float32", "int8", LITERT),
        ("FULLY_CONNECTED", "float32", "float32", TFLM),
        ("UNIDIRECTIONAL_SEQUENCE_LSTM", "int8", "int8", LITERT),
    ],
)
def test_the_engine_is_the_one_whose_arithmetic_is_followed(
    kind: str, first: str, second: str, engine: str
) -> None:
    assert preferred_engine(network(kind, first, second)) == engine


def test_inputs_are_the_extremes_then_random_and_the_same_again() -> None:
    model = load_network(SAMPLES / "branchy.tflite")
    sets = input_sets(model, "branchy", 2)
    assert [set(np.unique(row[0])) for row in sets[:2]] == [{-128}, {127}]
    assert len(sets) == 4 and not np.array_equal(sets[2][0], sets[3][0])
    again = input_sets(model, "branchy", 2)
    assert all(np.array_equal(a[0], b[0]) for a, b in zip(sets, again, strict=True))


def test_a_float_spans_what_its_quantize_can_tell_apart() -> None:
    made = network("QUANTIZE", "float32", "float32")
    low, high = input_sets(made, "m", 0)
    assert (low[0].min(), high[0].max()) == (0.5 * (-128 - 3), 0.5 * (127 - 3))
    plain = replace(made.main.operators[0], kind="ABS")
    made = replace(made, subgraphs=(replace(made.main, operators=(plain,)),))
    low, high = input_sets(made, "m", 0)
    assert (low[0].min(), high[0].max()) == (-1, 1)


def test_an_archive_needs_recorded_outputs(tmp_path: Path) -> None:
    request = GenerateRequest((SAMPLES / "sine.tar",), "stm32f746g_disco", OPTIONS)
    with pytest.raises(UsageError) as caught:
        with_reference(request, ReferenceOptions(), tmp_path)
    assert "recorded outputs" in caught.value.what and "--golden" in (caught.value.hint or "")


@pytest.mark.parametrize("engine", [TFLM, LITERT])
def test_what_the_interpreter_gives_is_recorded(engine: str, tmp_path: Path) -> None:
    if not installed(engine):
        pytest.skip("the interpreter is not installed (the extra 'reference')")
    request = GenerateRequest((SAMPLES / "branchy.tflite",), "stm32f746g_disco", OPTIONS)
    found = with_reference(request, ReferenceOptions(engine, 1), tmp_path)
    assert found.engines == {"branchy": engine}
    with np.load(SAMPLES / "branchy.npz") as golden, np.load(found.generate.goldens["branchy"]) as made:
        prefix = "tflm_out" if engine == TFLM else "out"
        assert {f"{prefix}{j}_{k}" for j in range(2) for k in range(3)} <= set(made.files)
        assert made[f"{prefix}0_0"].shape == golden["out0_0"].shape


def test_with_layers_every_computed_tensor_is_an_output_named_by_its_operator(tmp_path: Path) -> None:
    if not installed(TFLM):
        pytest.skip("the interpreter is not installed (the extra 'reference')")
    request = GenerateRequest((SAMPLES / "sine.tflite",), "stm32f746g_disco", OPTIONS)
    found = with_reference(request, ReferenceOptions(TFLM, 0, layers=True), tmp_path)
    (path,) = found.generate.models
    assert path != SAMPLES / "sine.tflite"
    assert len(load_network(path).main.outputs) == 3
    assert found.layers["sine"] == tuple(f"operator {i} (FULLY_CONNECTED)" for i in range(3))
