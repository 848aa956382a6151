"""Which tensors of a .tflite need memory, and when."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.errors import ArchiveError, MlfgenError, UsageError
from generator.model.tflite_graph import TfliteGraph
from generator.readers.tflite_graph import load_tflite_graph, parse_tflite_graph
from readers.archive_builder import SHARED
from readers.tflite_builder import ADD, CUSTOM, OperatorSpec, TensorSpec, build_tflite

T = TensorSpec
#: x -> conv(w) -> h -> add(h, x) -> y
TENSORS = [T("x", (1, 4)), T("w", (4, 4)), T("h", (1, 8)), T("y", (1, 4), kind=2)]
OPERATORS = [OperatorSpec([0, 1, -1], [2]), OperatorSpec([2, 0], [3], code=ADD)]
SMALL = build_tflite(TENSORS, OPERATORS, [0], [3])


def lives(graph: TfliteGraph) -> dict[str, tuple[int, tuple[int, int], str]]:
    return {tensor.name: (tensor.size_bytes, tensor.lifespan, tensor.role) for tensor in graph.tensors}


def test_a_tensor_lives_from_its_writer_to_its_last_reader() -> None:
    graph = parse_tflite_graph(SMALL, "m.tflite")
    assert graph.operators == ("CONV_2D", "ADD")
    assert lives(graph) == {
        "x": (4, (0, 2), "input"),
        "h": (8, (0, 2), "tensor"),
        "y": (16, (1, 2), "output"),
    }
    assert [tensor.touches for tensor in graph.tensors] == [2, 2, 1]


def test_constants_and_left_out_inputs_need_no_memory() -> None:
    assert "w" not in lives(parse_tflite_graph(SMALL, "m"))


def test_an_output_lives_to_the_end_and_an_unused_input_for_one_operator() -> None:
    tensors = [*TENSORS, T("unused", (3,))]
    graph = parse_tflite_graph(build_tflite(tensors, OPERATORS, [0, 4], [2, 3]), "m")
    assert lives(graph)["h"] == (8, (0, 2), "output")
    assert lives(graph)["unused"] == (3, (0, 1), "input")


def test_state_lives_all_the_time_and_an_operators_scratch_only_with_it() -> None:
    tensors = [*TENSORS, T("state", (5,), variable=True), T("scratch", (6,))]
    operators = [OPERATORS[0], OperatorSpec([2, 0, 4], [3], intermediates=[5])]
    graph = parse_tflite_graph(build_tflite(tensors, operators, [0], [3]), "m")
    assert lives(graph)["state"] == (5, (0, 2), "variable")
    assert lives(graph)["scratch"] == (6, (1, 2), "scratch")


def test_half_bytes_are_rounded_up_and_empty_tensors_left_out() -> None:
    tensors = [T("x", (7,), kind=17), T("w", (1,)), T("h", (0, 4)), T("y", ())]
    graph = parse_tflite_graph(build_tflite(tensors, OPERATORS, [0], [3]), "m")
    assert {tensor.name: tensor.size_bytes for tensor in graph.tensors} == {"x": 4, "y": 1}


def test_operators_go_by_their_names() -> None:
    operators = [
        OperatorSpec([0], [2], code=CUSTOM, custom="Sparkle"),
        OperatorSpec([2], [3], code=150),
        OperatorSpec([3], [3], code=9999),
    ]
    graph = parse_tflite_graph(build_tflite(TENSORS, operators, [0], [3]), "m")
    assert graph.operators == ("Sparkle", "GELU", "operator code 9999")


def test_names_hold_nothing_that_steers_a_terminal() -> None:
    tensors = [T("x\x1b[7m", (1, 4)), *TENSORS[1:3], T("y\n\u202e", (1, 4))]
    operators = [OPERATORS[0], OperatorSpec([2, 0], [3], code=CUSTOM, custom="my\x07op")]
    graph = parse_tflite_graph(build_tflite(tensors, operators, [0], [3]), "m")
    assert [tensor.name for tensor in graph.tensors] == ["x\ufffd[7m", "h", "y\ufffd\ufffd"]
    assert graph.operators[1] == "my\ufffdop"


def test_further_subgraphs_are_counted() -> None:
    data = build_tflite(TENSORS, OPERATORS, [0], [3], subgraphs=3)
    assert parse_tflite_graph(data, "m").unplanned_subgraphs == 2


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a .tflite model"),
        (SMALL[: len(SMALL) // 2], "damaged or cut short"),
        (build_tflite([], [], [], []), "contains no operators"),
        (
            build_tflite(TENSORS, [OperatorSpec([0], [9])], [0], [3]),
            "refers to tensor 9, but there are only 4",
        ),
        (build_tflite([T("x", (1,), kind=5), *TENSORS[1:]], OPERATORS, [0], [3]), "has no fixed size"),
        (build_tflite([T("x", (-1, 4)), *TENSORS[1:]], OPERATORS, [0], [3]), "not a tensor shape"),
        (build_tflite([T("x", (1 << 30, 9)), *TENSORS[1:]], OPERATORS, [0], [3]), "not a tensor shape"),
    ],
)
def test_what_cannot_be_planned_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ArchiveError) as caught:
        parse_tflite_graph(data, "m.tflite")
    assert message in caught.value.what
    assert caught.value.where is not None and caught.value.where.startswith("m.tflite")
    assert caught.value.hint


def test_a_missing_file_is_the_users_fault(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        load_tflite_graph(tmp_path / "absent.tflite")


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), max_size=4))
def test_damage_never_gives_another_error(changes: list[tuple[int, int]]) -> None:
    data = bytearray(SMALL)
    for position, value in changes:
        data[position] = value
    try:
        graph = parse_tflite_graph(bytes(data), "m")
    except MlfgenError:
        return
    for tensor in graph.tensors:
        assert 0 <= tensor.lifespan[0] < tensor.lifespan[1] <= len(graph.operators)


@pytest.mark.skipif(not (SHARED / "models").is_dir(), reason="the shared models are not here")
def test_a_real_model() -> None:
    graph = load_tflite_graph(SHARED / "models" / "kws.tflite")
    assert (len(graph.operators), len(graph.tensors)) == (13, 14)
    assert lives(graph)["input_1"] == (490, (0, 1), "input")
    assert lives(graph)["Identity"] == (12, (12, 13), "output")
