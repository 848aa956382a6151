"""IF and WHILE: one branch or both, loops turn by turn, compared with TensorFlow Lite Micro."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from networks import network, operator, tensor
from operator_models import Operators

from generator.compiler.legalise import legalise
from generator.errors import ArchiveError
from generator.model.network import NetworkOperator, NetworkTensor, Subgraph


def branch(kind: str, dtype: str = "int32") -> Operators:
    """A subgraph of one operator on two tensors."""
    graph = Operators()
    first, second = graph.input(dtype, (2, 3)), graph.input(dtype, (2, 3))
    graph.result(kind, [first, second], dtype, (2, 3), {f"{kind.capitalize()}Options": {}})
    return graph


def test_a_branch_by_a_condition_of_run_time(tmp_path: Path) -> None:
    model = Operators()
    condition = model.input("bool", ())
    x, y = model.input("int32", (2, 3)), model.input("int32", (2, 3))
    options = {"IfOptions": {"then_subgraph_index": 1, "else_subgraph_index": 2}}
    model.result("IF", [condition, x, y], "int32", (2, 3), options)
    numbers = [np.arange(6, dtype=np.int32).reshape(2, 3), np.full((2, 3), 7, np.int32)]
    sets = [[np.array(value), *numbers] for value in (True, False)]
    model.check(tmp_path, "tflm", sets, [branch("MUL"), branch("SUB")])
    made = legalise(model.network(model.outputs, *((b, b.outputs) for b in (branch("MUL"), branch("SUB")))))
    assert [step.kind for step in made.steps] == ["MUL", "SUB", "SELECT_V2"]
    assert made.notes[1] == "both branches of 1 IF run; their conditions are computed at run time"


def test_a_loop_of_known_length(tmp_path: Path) -> None:
    """counter, total: while counter < 4: total = total * total + counter."""
    condition = Operators()
    counter = condition.input("int32", ())
    condition.input("int32", (2, 3))
    condition.result("LESS", [counter, condition.numbers(4)], "bool", ())
    body = Operators()
    counter, total = body.input("int32", ()), body.input("int32", (2, 3))
    square = body.tensor("int32", (2, 3))
    body.operator("MUL", [total, total], [square], MulOptions={})
    body.result("ADD", [counter, body.numbers(1)], "int32", (), {"AddOptions": {}})
    body.result("ADD", [square, counter], "int32", (2, 3), {"AddOptions": {}})
    model = Operators()
    x, start = model.input("int32", (2, 3)), model.numbers(1)
    last, result = model.tensor("int32", ()), model.tensor("int32", (2, 3))
    options = {"cond_subgraph_index": 1, "body_subgraph_index": 2}
    model.operator("WHILE", [start, x], [last, result], WhileOptions=options)
    model.outputs += [last, result]
    model.check(tmp_path, "tflm", [[np.arange(6, dtype=np.int32).reshape(2, 3)]], [condition, body])


def known(value: int, dtype: str = "int32") -> bytes:
    return np.array(value, "<i4" if dtype == "int32" else "?").tobytes()


NEG = Subgraph((tensor(0, (4,)), tensor(1, (4,))), (operator(0, "RELU", [0], [1]),), (0,), (1,))
ABS = Subgraph((tensor(0, (4,)), tensor(1, (4,))), (operator(0, "ABS", [0], [1]),), (0,), (1,))


def kinds(rows: Sequence[NetworkTensor], call: NetworkOperator, *others: Subgraph) -> list[str]:
    given = [i for i in call.inputs if rows[i].constant is None]
    made = legalise(network(rows, [call], given, list(call.outputs), *others))
    return [step.kind for step in made.steps]


def test_a_known_condition_leaves_one_branch() -> None:
    for value, kind in ((1, "RELU"), (0, "ABS")):
        rows = [tensor(0, (), "bool", constant=known(value, "bool")), tensor(1, (4,)), tensor(2, (4,))]
        options = {"then_subgraph_index": 1, "else_subgraph_index": 2}
        assert kinds(rows, operator(0, "IF", [0, 1], [2], options), NEG, ABS) == [kind]


def refused(rows: Sequence[NetworkTensor], call: NetworkOperator, *others: Subgraph) -> str:
    with pytest.raises(ArchiveError) as caught:
        kinds(rows, call, *others)
    return f"{caught.value.what} | {caught.value.hint}"


def test_a_loop_that_run_time_decides_is_refused() -> None:
    rows = [tensor(0, (4,), name="in"), tensor(1, (4,), name="out")]
    condition = Subgraph(
        (tensor(0, (4,)), tensor(1, (), "bool")), (operator(0, "REDUCE_ANY", [0], [1]),), (0,), (1,)
    )
    call = operator(0, "WHILE", [0], [1], {"cond_subgraph_index": 1, "body_subgraph_index": 2})
    said = refused(rows, call, condition, ABS)
    assert "operator 0 (WHILE, int8; 'in', 'out') runs until a condition that is computed at run time" in said
    assert "unroll=True" in said
    always = Subgraph((tensor(0, (4,)), tensor(1, (), "bool", constant=b"\1")), (), (0,), (1,))
    assert "runs more than 1,000 times | run the loop in the application" in refused(rows, call, always, ABS)


def test_branches_that_keep_values_are_refused() -> None:
    rows = [tensor(0, (), "bool"), tensor(1, (4,)), tensor(2, (4,))]
    stateful = Subgraph(
        (tensor(0, (4,)), tensor(1, (4,)), tensor(2, (4,), variable=True)),
        (operator(0, "ADD", [0, 2], [1]),),
        (0,),
        (1,),
    )
    call = operator(0, "IF", [0, 1], [2], {"then_subgraph_index": 1, "else_subgraph_index": 2})
    said = refused(rows, call, ABS, stateful)
    assert "takes one of two branches at run time, and subgraph 2 keeps values from run to run" in said


@pytest.mark.parametrize(
    ("said", "options", "inputs"),
    [
        ("calls subgraph 7, which does not exist", {"then_subgraph_index": 7}, [0, 1]),
        ("passes 2 values to subgraph 1, which has other inputs", {"then_subgraph_index": 1}, [0, 1, 1]),
        ("has no single condition", {"then_subgraph_index": 1}, [1, 1]),
        ("passes 't0', bool of shape (), as int8 of shape (4,)", {"then_subgraph_index": 1}, [0, 0]),
        ("is called by more than 8 levels of subgraphs", {"then_subgraph_index": 2}, [0, 1]),
    ],
)
def test_subgraphs_that_dont_fit_are_refused(said: str, options: dict[str, int], inputs: list[int]) -> None:
    rows = [tensor(0, (), "bool", constant=b"\1"), tensor(1, (4,)), tensor(2, (4,))]
    again = Subgraph(
        (tensor(0, (4,)), tensor(1, (4,)), tensor(2, (), "bool", constant=b"\1")),
        (operator(0, "IF", [2, 0], [1], {"then_subgraph_index": 2, "else_subgraph_index": 2}),),
        (0,),
        (1,),
    )
    assert said in refused(rows, operator(0, "IF", inputs, [2], options), ABS, again)
