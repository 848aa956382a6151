"""Types from Relay text in the forms that TVM prints."""

from __future__ import annotations

from generator.readers.archive.c_packed import TensorType
from generator.readers.archive.relay import parse_relay

INT8_1X12 = TensorType("int8", (1, 12))


def test_inputs_with_any_name_and_rank() -> None:
    types = parse_relay(
        "def @main(%a:0: Tensor[(1, 49, 10, 1), int8] /* span=a:0:0:0 */, %b/c d: Tensor[(), float32],"
        ' %e: int32, %f: Tensor[(?, 2), int8], output_tensor_names=["y", "z"]) {\n  %0\n}\n'
    )
    assert types.inputs == {
        "a:0": TensorType("int8", (1, 49, 10, 1)),
        "b/c d": TensorType("float32", ()),
        "e": TensorType("int32", ()),
    }
    assert types.output_names == ("y", "z")
    assert types.outputs is None


def test_outputs_from_the_return_type() -> None:
    one = parse_relay("def @main(%x: Tensor[(1), int8]) -> Tensor[(1, 12), int8] {\n}\n")
    assert one.outputs == (INT8_1X12,)
    two = parse_relay("fn (%x: Tensor[(1), int8]) -> (Tensor[(1, 12), int8], Tensor[(3), float32]) {\n}\n")
    assert two.outputs == (INT8_1X12, TensorType("float32", (3,)))


def test_outputs_from_the_note_on_the_last_expression() -> None:
    types = parse_relay(
        '#[version = "0.0.5"]\ndef @main(%x: Tensor[(1), int8]) {\n'
        "  %0 = add(%x, %x) /* ty=Tensor[(9), int8] */;\n"
        "  nn.softmax(%0) /* ty=Tensor[(1, 12), int8] span=Identity:0:0 */\n}\n"
    )
    assert types.outputs == (INT8_1X12,)


def test_main_is_found_behind_other_functions() -> None:
    types = parse_relay(
        "def @other(%y: Tensor[(7), int8]) {\n}\n\ndef @main(%x: Tensor[(1, 12), int8]) {\n}\n"
    )
    assert types.inputs == {"x": INT8_1X12}


def test_what_is_not_relay_tells_nothing() -> None:
    for text in (
        "",
        "hello",
        "def @main(",
        "fn (%x: Tensor[(99999999999999), int8]) -> Tensor[(0), int8] {",
        "fn (%x: Tensor[(3 12), int8]) {",
    ):
        types = parse_relay(text)
        assert (types.inputs, types.output_names, types.outputs) == ({}, None, None)
