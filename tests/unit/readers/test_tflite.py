"""Shapes and quantisation from a .tflite."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from generator.errors import ArchiveError, MlfgenError, UsageError
from generator.model.archive import ModelLibrary
from generator.model.tensor import Quantization
from generator.model.tflite import TfliteModel, TfliteTensor
from generator.readers.archive.mlf import load_archive, parse_archive
from generator.readers.tflite import attach_quantization, load_tflite, parse_tflite
from readers.archive_builder import SHARED, base_files

HALF = Quantization(0.5, -3)
needs_models = pytest.mark.skipif(not (SHARED / "models").is_dir(), reason="the shared models are not here")


def library(base: str = "packed") -> ModelLibrary:
    return parse_archive("a", "0", base_files(base)).models[0]


def model(inputs: list[TfliteTensor], outputs: list[TfliteTensor]) -> TfliteModel:
    return TfliteModel("m.tflite", tuple(inputs), tuple(outputs))


X = TfliteTensor("x:0", "int8", (1, 4), HALF)
A = TfliteTensor("a", "int8", (1, 4), Quantization(0.25, 1))
B = TfliteTensor("b", "int8", (2, 2), Quantization(2.0, 2))


def test_tensors_are_matched_by_name_whatever_their_order() -> None:
    filled = attach_quantization(library(), model([X], [B, A]))
    assert filled.inputs[0].quantization == HALF
    assert [(tensor.name, tensor.quantization) for tensor in filled.outputs] == [
        ("a", A.quantization),
        ("b", B.quantization),
    ]


def test_tensors_are_matched_by_type_where_names_differ() -> None:
    filled = attach_quantization(library(), model([X], [replace(B, name="q"), replace(A, name="r")]))
    assert [tensor.quantization for tensor in filled.outputs] == [A.quantization, B.quantization]


def test_tensors_are_matched_by_order_where_nothing_else_tells() -> None:
    plain = library()
    blind = replace(plain, outputs=tuple(replace(tensor, shape=None) for tensor in plain.outputs))
    filled = attach_quantization(blind, model([X], [replace(B, name="q"), replace(A, name="r")]))
    assert [tensor.quantization for tensor in filled.outputs] == [B.quantization, A.quantization]
    assert [tensor.shape for tensor in filled.outputs] == [(2, 2), (1, 4)]


@pytest.mark.parametrize(
    ("inputs", "outputs", "message"),
    [
        ([X], [A], "the .tflite has 1 output, the archive has 2"),
        ([replace(X, dtype="float32")], [A, B], "the input 'x:0' is int8 of shape"),
        ([replace(X, shape=(1, 5))], [A, B], "'x:0' int8 of shape (1, 5) in the .tflite"),
        ([X], [replace(A, shape=(2, 2)), B], "the output 'a' is int8 of shape (1, 4)"),
    ],
)
def test_another_model_is_refused(
    inputs: list[TfliteTensor], outputs: list[TfliteTensor], message: str
) -> None:
    with pytest.raises(UsageError) as caught:
        attach_quantization(library(), model(inputs, outputs))
    assert message in caught.value.what
    assert caught.value.hint == "pass the .tflite that the archive was compiled from"


@needs_models
def test_a_real_model_fills_in_what_its_archive_lacks() -> None:
    kws = load_archive(SHARED / "archives" / "kws-aot-c-pool.tar").models[0]
    # As where the Relay text does not show it.
    kws = replace(kws, outputs=(replace(kws.outputs[0], shape=None),))
    filled = attach_quantization(kws, load_tflite(SHARED / "models" / "kws.tflite"))
    assert filled.inputs[0].quantization == Quantization(0.5847029089927673, 83)
    assert filled.outputs[0].quantization == Quantization(0.00390625, -128)
    assert filled.outputs[0].shape == (1, 12)


@needs_models
def test_outputs_keep_the_archives_order() -> None:
    branchy = load_archive(SHARED / "archives" / "branchy-aot-c-io.tar").models[0]
    filled = attach_quantization(branchy, load_tflite(SHARED / "models" / "branchy.tflite"))
    assert [(tensor.name, tensor.shape) for tensor in filled.outputs] == [
        ("StatefulPartitionedCall_1_1", (1, 3)),
        ("StatefulPartitionedCall_1_0", (1, 5)),
    ]


@needs_models
def test_a_float_model_has_no_quantisation() -> None:
    sine = load_tflite(SHARED / "models" / "sine-float.tflite")
    assert sine.inputs == (TfliteTensor("serving_default_dense_input:0", "float32", (1, 1), None),)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a .tflite model"),
        (b"\x1c\0\0\0TFL2" + bytes(60), "not a .tflite model"),
        (b"\x1c\0\0\0TFL3", "damaged or cut short"),
        (struct.pack("<I", 0x7FFFFFFF) + b"TFL3" + bytes(60), "damaged or cut short"),
        (b"\xff" * 4 + b"TFL3" + b"\xff" * 60, "damaged or cut short"),
    ],
)
def test_what_is_not_a_model_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ArchiveError, match=message) as caught:
        parse_tflite(data, "m.tflite")
    assert caught.value.where == "m.tflite"


def built(
    kind: int = 9,
    shape: tuple[int, ...] = (1, 4),
    scales: tuple[float, ...] = (0.5,),
    zero_points: tuple[int, ...] = (-3,),
    inputs: tuple[int, ...] = (0,),
) -> bytes:
    """A .tflite of one tensor, which is its input and its output."""
    import flatbuffers
    import tflite

    make = flatbuffers.Builder(0)

    def vector(
        start: Callable[..., object], values: tuple[object, ...], prepend: Callable[..., object]
    ) -> int:
        start(make, len(values))
        for value in reversed(values):
            prepend(value)
        return int(make.EndVector())

    name = make.CreateString("x:0")
    scale = vector(tflite.QuantizationParametersStartScaleVector, scales, make.PrependFloat32)
    zero = vector(tflite.QuantizationParametersStartZeroPointVector, zero_points, make.PrependInt64)
    tflite.QuantizationParametersStart(make)
    tflite.QuantizationParametersAddScale(make, scale)
    tflite.QuantizationParametersAddZeroPoint(make, zero)
    quantization = tflite.QuantizationParametersEnd(make)
    dimensions = vector(tflite.TensorStartShapeVector, shape, make.PrependInt32)
    tflite.TensorStart(make)
    tflite.TensorAddShape(make, dimensions)
    tflite.TensorAddType(make, kind)
    tflite.TensorAddName(make, name)
    tflite.TensorAddQuantization(make, quantization)
    tensor = tflite.TensorEnd(make)
    tensors = vector(tflite.SubGraphStartTensorsVector, (tensor,), make.PrependUOffsetTRelative)
    ins = vector(tflite.SubGraphStartInputsVector, inputs, make.PrependInt32)
    outs = vector(tflite.SubGraphStartOutputsVector, (0,), make.PrependInt32)
    tflite.SubGraphStart(make)
    tflite.SubGraphAddTensors(make, tensors)
    tflite.SubGraphAddInputs(make, ins)
    tflite.SubGraphAddOutputs(make, outs)
    graph = tflite.SubGraphEnd(make)
    graphs = vector(tflite.ModelStartSubgraphsVector, (graph,), make.PrependUOffsetTRelative)
    tflite.ModelStart(make)
    tflite.ModelAddVersion(make, 3)
    tflite.ModelAddSubgraphs(make, graphs)
    make.Finish(tflite.ModelEnd(make), b"TFL3")
    return bytes(make.Output())


def test_types_shapes_and_quantisation_are_read() -> None:
    assert parse_tflite(built(), "m.tflite").inputs == (TfliteTensor("x:0", "int8", (1, 4), HALF),)
    assert parse_tflite(built(kind=2, scales=(), shape=()), "m").inputs[0].quantization is None
    # Converters leave a scale of zero on tensors of floats.
    assert parse_tflite(built(kind=0, scales=(0.0,)), "m").inputs[0].quantization is None


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (built(kind=5), "the element type number 5 is not supported"),
        (built(shape=(1, 0)), "(1, 0) is not a tensor shape"),
        (built(shape=(1, -1)), "(1, -1) is not a tensor shape"),
        (built(shape=(65_536, 65_536)), "is not a tensor shape"),
        (built(shape=(1,) * 40), "damaged or cut short"),
        (built(scales=(0.5, 0.25)), "quantised per channel"),
        (built(scales=(0.0,)), "are not valid for int8"),
        (built(scales=(float("nan"),)), "are not valid for int8"),
        (built(zero_points=(200,)), "scale 0.5 and zero point 200 are not valid for int8"),
        (built(kind=3, zero_points=(-1,)), "are not valid for uint8"),
        (built(inputs=(7,)), "not a tensor of the graph"),
        (built(inputs=(-1,)), "not a tensor of the graph"),
        (built(inputs=()), "no inputs or no outputs"),
        (built(inputs=(0,) * 2000), "damaged or cut short"),
    ],
)
def test_what_no_firmware_can_take_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ArchiveError) as caught:
        parse_tflite(data, "m.tflite")
    assert message in caught.value.what
    assert (caught.value.where or "").startswith("m.tflite")
    assert caught.value.hint


def test_a_missing_model_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        load_tflite(tmp_path / "m.tflite")


@needs_models
@settings(max_examples=200)
@given(st.data())
def test_damage_never_ends_in_anything_but_a_clear_error(data: st.DataObject) -> None:
    model = bytearray((SHARED / "models" / "sine.tflite").read_bytes())
    for place in data.draw(st.lists(st.integers(8, len(model) - 1), min_size=1, max_size=30)):
        model[place] = data.draw(st.sampled_from([0, 1, 127, 128, 255]))
    end = data.draw(st.integers(8, len(model)))
    try:
        parse_tflite(bytes(model[:end]), "m.tflite")
    except MlfgenError as error:
        assert error.hint
