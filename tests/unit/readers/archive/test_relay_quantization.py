"""Scales and zero points of inputs and outputs from Relay text."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.model.tensor import Quantization
from generator.readers.archive.mlf import load_archive
from generator.readers.archive.relay_quantization import RelayQuantization, parse_quantization
from generator.readers.tflite import load_tflite

HEAD = "def @main(%x: Tensor[(1, 4), int8], %y: Tensor[(1, 4), int8]) {\n"


def told(*lines: str) -> RelayQuantization:
    return parse_quantization(HEAD + "".join(f"  {line}\n" for line in lines) + "}\n")


def test_an_input_is_described_where_it_is_first_used_and_an_output_where_it_is_made() -> None:
    found = told(
        "%0 = qnn.dense(%x, %w, 83 /* span=a:0:0 */, 0, 0.5f /* span=b:1:2 */, 0.25f, units=4) /* span=c:0:0 */;",
        'qnn.requantize(%0, 0.125f, 0, 0.75f, -7, rounding="UPWARD") /* span=out:1:0:0 */',
    )
    assert found.inputs == {"x": Quantization(0.5, 83, 6)}
    assert found.outputs == (("out:1", Quantization(0.75, -7, 6)),)


@pytest.mark.parametrize("operator", ["qnn.add", "qnn.subtract", "qnn.mul"])
def test_operators_of_two_inputs_describe_both_and_their_result(operator: str) -> None:
    found = told(f"{operator}(%x, %y, 0.5f, 1, 0.25f, 2, 1e-05f, -3)")
    assert found.inputs == {"x": Quantization(0.5, 1, 6), "y": Quantization(0.25, 2, 6)}
    ((name, quantization),) = found.outputs
    assert name is None and quantization is not None
    assert quantization.scale == pytest.approx(1e-5) and quantization.zero_point == -3


def test_what_only_moves_numbers_is_looked_through() -> None:
    found = told(
        "%0 = reshape(%x, newshape=[-1, 4]);",
        "%1 = nn.pad(%0, 3, pad_width=[[0, 0], [1, 1]]);",
        "%2 = qnn.dequantize(%1, 0.5f, 3);",
        "%3 = nn.softmax(%2);",
        '%4 = qnn.quantize(%3, 0.00390625f, -128, out_dtype="int8") /* span=a:0:0 */;',
        "%5 = reshape(%4, newshape=[4]) /* span=last:0:0 */;",
        "(%5, %4)",
    )
    assert found.inputs == {"x": Quantization(0.5, 3, 6)}
    result = Quantization(0.00390625, -128, 6)
    assert found.outputs == (("last", result), ("a", result))


@pytest.mark.parametrize(
    "line",
    [
        "qnn.requantize(%x, meta[relay.Constant][0], 0, meta[relay.Constant][1], 0)",
        "qnn.requantize(%x, 0f, 0, -1f, 0)",
        "qnn.requantize(%x, 1e999f, 0, 1e999f, 0)",
        "qnn.requantize(%x, 0.5f, 123456789, 0.5f, x)",
        "qnn.requantize(%x)",
        "qnn.requantize()",
        "nn.softmax(%x)",
        "%x",
        "",
        "((((",
    ],
)
def test_what_is_not_spelled_out_stays_unknown(line: str) -> None:
    found = told(line)
    assert found.inputs == {} and all(quantization is None for _, quantization in found.outputs)


@pytest.mark.parametrize(
    "text", ["", "def @main(", "def @main() {\n}", "fn () {\n", HEAD + "x" * 200_000 + "\n}"]
)
def test_text_without_a_body_says_nothing(text: str) -> None:
    assert parse_quantization(text).inputs == {}


@pytest.mark.parametrize("part", ["%a", "/*", "span=", "(", "reshape(", " ", ", ", ":1"])
def test_text_made_to_take_long_does_not(part: str) -> None:
    began = time.perf_counter()
    told(*[part * (90_000 // len(part))] * 4, *[f"%{i} = reshape(%{i - 1});" for i in range(2000)])
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize("name", ["sine", "sine-float", "kws", "branchy", "ad", "resnet", "vgg"])
def test_every_archive_agrees_with_the_model_it_was_compiled_from(
    name: str, shared: Path, archive_path: Callable[[str], Path]
) -> None:
    """To the six digits of the text; with the model itself, exactly."""
    model = load_tflite(shared / "models" / f"{name}.tflite")
    seen = 0
    for path in sorted((shared / "archives").glob(f"{name}-[agm]*.tar")):
        if name == "sine" and "float" in path.name:
            continue
        (library,) = load_archive(path).models
        for side in ("inputs", "outputs"):
            exact = {source.quantization for source in getattr(model, side)}
            for tensor in getattr(library, side):
                if tensor.quantization is None:
                    assert exact == {None}, (path.name, tensor.name)
                    continue
                assert tensor.quantization.digits == 6
                assert any(
                    other is not None
                    and other.zero_point == tensor.quantization.zero_point
                    and tensor.quantization.scale == pytest.approx(other.scale, rel=2e-6)
                    for other in exact
                ), (path.name, tensor.name)
                seen += 1
    assert seen or name == "sine-float"
