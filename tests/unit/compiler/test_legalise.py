from __future__ import annotations

import pytest
from networks import network, operator, tensor

from generator.compiler.legalise import legalise
from generator.compiler.step import Alias
from generator.errors import ArchiveError
from generator.model.network import Subgraph


def test_a_reshape_is_an_alias() -> None:
    made = legalise(
        network(
            [tensor(0, (4, 4)), tensor(1, (2,), "int32", constant=bytes(8)), tensor(2, (16,))],
            [operator(0, "RESHAPE", [0, 1], [2])],
            [0],
            [2],
        )
    )
    assert made.steps == () and made.aliases == {2: 0}
    assert isinstance(made.records[0], Alias)


def test_the_alias_of_a_constant_is_a_constant_and_an_output_gets_bytes_of_its_own() -> None:
    made = legalise(
        network(
            [tensor(0), tensor(1, (4,), constant=b"\1\2\3\4"), tensor(2, (2, 2))],
            [operator(0, "RESHAPE", [1], [2])],
            [0],
            [2],
        )
    )
    assert made.aliases == {}
    (copy,) = made.steps
    assert copy.constants[0].values.tolist() == [1, 2, 3, 4]
    assert made.outputs == (3,) and made.tensors[3].constant is None


def test_variables_start_with_what_the_subgraph_that_runs_once_assigns() -> None:
    handle = {"container": "", "shared_name": "ring"}
    once = Subgraph(
        (tensor(0, (), "resource"), tensor(1, (4,), constant=b"\7\7\7\7")),
        (operator(0, "VAR_HANDLE", [], [0], handle), operator(1, "ASSIGN_VARIABLE", [0, 1], [])),
        (),
        (),
    )
    made = legalise(
        network(
            [tensor(0, (4,)), tensor(1, (), "resource"), tensor(2, (4,)), tensor(3, (2, 2))],
            [
                operator(0, "CALL_ONCE", [], [], {"init_subgraph_index": 1}),
                operator(1, "VAR_HANDLE", [], [1], handle),
                operator(2, "READ_VARIABLE", [1], [2]),
                operator(3, "ASSIGN_VARIABLE", [1, 0], []),
                operator(4, "RESHAPE", [2], [3]),
            ],
            [0],
            [3],
            once,
        )
    )
    assert list(made.states.values()) == [b"\7\7\7\7"]


def test_what_runs_once_may_only_assign_constants() -> None:
    once = Subgraph(
        (tensor(0), tensor(1)),
        (operator(0, "RESHAPE", [0], [1]),),
        (0,),
        (1,),
    )
    with pytest.raises(ArchiveError) as caught:
        legalise(
            network(
                [tensor(0), tensor(1)],
                [
                    operator(0, "CALL_ONCE", [], [], {"init_subgraph_index": 1}),
                    operator(1, "RESHAPE", [0], [1]),
                ],
                [0],
                [1],
                once,
            )
        )
    assert "runs RESHAPE before the first run; only constants can be assigned there" in caught.value.what


def test_everything_that_cant_be_compiled_is_named_at_once() -> None:
    with pytest.raises(ArchiveError) as caught:
        legalise(
            network(
                [tensor(0, name="in"), tensor(1, name="mid"), tensor(2, dtype="float32", name="end")],
                [operator(0, "RNN", [0], [1]), operator(1, "Mystery", [1], [2], custom=True)],
                [0],
                [2],
            )
        )
    assert caught.value.what == (
        "operators can't be compiled:\n"
        "  operator 0 (RNN, int8; 'in', 'mid') is not supported\n"
        "  operator 1 (custom operator Mystery, int8/float32; 'mid', 'end') is not supported"
    )
    assert caught.value.where == "net.tflite"
    assert caught.value.hint is not None and "docs/tflite.md" in caught.value.hint


def test_operators_behind_a_refused_one_are_not_refused_for_it() -> None:
    operators = [
        operator(0, "SNAKE", [0], [1]),
        operator(1, "RELU", [1], [2]),
        operator(2, "RESHAPE", [2], [3]),
        operator(3, "RELU", [3], [4]),
    ]
    with pytest.raises(ArchiveError) as caught:
        legalise(network([tensor(i) for i in range(5)], operators, [0], [4]))
    assert "SNAKE" in caught.value.what and "RELU" not in caught.value.what
    assert caught.value.what.startswith("an operator can't be compiled")


@pytest.mark.parametrize(
    ("inputs", "outputs", "what"),
    [
        ([1], [2], "reads 't1', which nothing has written"),
        ([0], [0], "writes 't0', which it must not write"),
        ([0], [3], "writes 't3', which it must not write"),
        ([0], [4], "has an output of string ('t4')"),
    ],
)
def test_tensors_are_written_once_before_they_are_read(
    inputs: list[int], outputs: list[int], what: str
) -> None:
    tensors = [
        tensor(0),
        tensor(1),
        tensor(2),
        tensor(3, constant=bytes(16)),
        tensor(4, (), "string"),
    ]
    with pytest.raises(ArchiveError) as caught:
        legalise(network(tensors, [operator(0, "RESHAPE", inputs, outputs)], [0], [2]))
    assert what in caught.value.what


def test_subgraphs_that_nothing_calls_are_left_out_with_a_note() -> None:
    other = Subgraph((tensor(0),), (operator(0, "WHILE", [0], [0]),), (0,), (0,))
    made = legalise(network([tensor(0), tensor(1)], [operator(0, "RESHAPE", [0], [1])], [0], [1], other))
    assert made.notes == ("1 further subgraphs are not called by the main one and are left out",)


def test_an_output_that_nothing_writes_is_refused() -> None:
    with pytest.raises(ArchiveError) as caught:
        legalise(
            network(
                [tensor(0), tensor(1), tensor(2, name="end")], [operator(0, "RESHAPE", [0], [1])], [0], [1, 2]
            )
        )
    assert caught.value.what == "nothing writes output 1 ('end')" and caught.value.hint


def test_a_variables_handle_is_not_a_tensor_with_content() -> None:
    handle = {"container": "", "shared_name": "ring"}
    with pytest.raises(ArchiveError) as caught:
        legalise(
            network(
                [tensor(0), tensor(1, name="handle"), tensor(2)],
                [
                    operator(0, "VAR_HANDLE", [], [1], handle),
                    operator(1, "ABS", [1], [2]),
                ],
                [0],
                [2],
            )
        )
    assert "reads 'handle', which has no content" in caught.value.what
