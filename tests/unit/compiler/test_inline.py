from __future__ import annotations

import pytest
from networks import network, operator, tensor

from generator.compiler.inline import inline
from generator.compiler.legalise import legalise
from generator.errors import ArchiveError
from generator.model.network import Network, NetworkOperator, NetworkTensor, Subgraph


def composite(index: int, inputs: list[int], outputs: list[int], subgraph: int) -> NetworkOperator:
    options = {"decomposition_subgraph_index": subgraph, "name": "odml.square"}
    return operator(index, "STABLEHLO_COMPOSITE", inputs, outputs, options)


def floats(count: int, shape: tuple[int, ...] = (4,)) -> list[NetworkTensor]:
    return [tensor(index, shape, "float32") for index in range(count)]


SQUARE = Subgraph(
    tuple(floats(3)), (operator(0, "MUL", [0, 0], [1]), operator(1, "ABS", [1], [2])), (0,), (2,)
)


def test_a_composite_becomes_the_operators_of_its_subgraph() -> None:
    operators = [operator(0, "NEG", [0], [1]), composite(1, [1], [2], 1), operator(2, "NEG", [2], [3])]
    model = network(floats(4), operators, [0], [3], SQUARE)
    made = inline(model)
    flat, used = made.subgraph, made.used
    assert [(o.index, o.kind, o.inputs, o.outputs) for o in flat.operators] == [
        (0, "NEG", (0,), (1,)),
        (1, "MUL", (1, 1), (4,)),
        (2, "ABS", (4,), (2,)),
        (3, "NEG", (2,), (3,)),
    ]
    assert used == {1}
    assert [t.index for t in flat.tensors] == [0, 1, 2, 3, 4]
    program = legalise(model)
    assert [step.kind for step in program.steps] == ["NEG", "MUL", "ABS", "NEG"]
    assert program.notes == ("the subgraphs that operators call are inlined, and operators renumbered",)


def test_composites_stand_in_composites_and_may_be_used_twice() -> None:
    twice = Subgraph(tuple(floats(3)), (composite(0, [0], [1], 1), composite(1, [1], [2], 1)), (0,), (2,))
    made = inline(network(floats(2), [composite(0, [0], [1], 2)], [0], [1], SQUARE, twice))
    flat, used = made.subgraph, made.used
    assert [o.kind for o in flat.operators] == ["MUL", "ABS", "MUL", "ABS"]
    assert len({o.outputs for o in flat.operators}) == 4
    assert used == {1, 2}


def test_a_model_without_composites_is_left_as_it_is() -> None:
    model = network(floats(2), [operator(0, "NEG", [0], [1])], [0], [1], SQUARE)
    assert inline(model).subgraph == model.main and not inline(model).used


def refused(*others: Subgraph, subgraph: int = 1, tensors: list[NetworkTensor] | None = None) -> str:
    model = network(tensors or floats(2), [composite(0, [0], [1], subgraph)], [0], [1], *others)
    with pytest.raises(ArchiveError) as caught:
        inline(model)
    assert caught.value.hint == "convert the model without composite operators"
    return caught.value.what


def test_decompositions_that_do_not_fit_are_refused() -> None:
    assert "(odml.square) is decomposed by subgraph 7, which does not exist" in refused(SQUARE, subgraph=7)
    assert "is decomposed by subgraph 0, which does not exist" in refused(SQUARE, subgraph=0)
    itself = Subgraph(tuple(floats(2)), (composite(0, [0], [1], 1),), (0,), (1,))
    assert "is decomposed by more than 8 levels of composites" in refused(itself)
    passing = Subgraph(tuple(floats(1)), (), (0,), (0,))
    assert "has other inputs or outputs than its subgraph 1" in refused(passing)
    other = "passes 't0', float32 of shape (5,), as float32 of shape (4,)"
    assert other in refused(SQUARE, tensors=[tensor(0, (5,), "float32"), tensor(1, (4,), "float32")])


def test_a_few_composites_do_not_grow_without_bounds() -> None:
    levels = [Subgraph(tuple(floats(3)), (operator(0, "NEG", [0], [1]),) * 20, (0,), (1,))]
    for number in range(1, 6):
        calls = tuple(composite(i, [0], [1], number) for i in range(20))
        levels.append(Subgraph(tuple(floats(2)), calls, (0,), (1,)))
    assert "grows the model beyond 20,000 operators" in refused(*levels, subgraph=6)


def test_subgraphs_without_operators_do_not_grow_without_bounds_either() -> None:
    levels = [Subgraph(tuple(floats(2)), (), (0,), (1,))]
    for number in range(1, 7):
        calls = tuple(composite(i, [0], [1], number) for i in range(20))
        levels.append(Subgraph(tuple(floats(2)), calls, (0,), (1,)))
    assert "grows the model beyond 200,000 tensors" in refused(*levels, subgraph=7)
    turns = [Subgraph(tuple(floats(500)), tuple(composite(i, [0], [1], 1) for i in range(500)), (0,), (1,))]
    assert "grows the model beyond 200,000 tensors" in refused(
        Subgraph(tuple(floats(500)), (), (0,), (1,)), *turns, subgraph=2
    )


def counted(turns: int, *condition: NetworkOperator) -> Network:
    """A loop of so many turns, whose condition does something else as well."""

    def number(index: int, value: int | None = None) -> NetworkTensor:
        return tensor(index, (), "int32", constant=None if value is None else value.to_bytes(4, "little"))

    less = operator(0, "LESS", [0, 1], [2])
    test = Subgraph(
        (number(0), number(1, turns), tensor(2, (), "bool"), number(3)), (less, *condition), (0,), (2,)
    )
    step = Subgraph((number(0), number(1, 1), number(2)), (operator(0, "ADD", [0, 1], [2]),), (0,), (2,))
    call = operator(0, "WHILE", [0], [1], {"cond_subgraph_index": 1, "body_subgraph_index": 2})
    return network([number(0, 0), number(1)], [call], [], [1], test, step)


def test_operators_of_conditions_count_though_they_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.compiler.inline._MAX_OPERATORS", 100)
    model = counted(20, *(operator(1, "ABS", [0], [3]),) * 9)
    with pytest.raises(ArchiveError) as caught:
        inline(model)
    assert caught.value.what == "operator 1 grows the model beyond 100 operators"
    assert caught.value.hint == "run loops in the application"
    # a condition for each of 21 turns, a body for each of 20, and what forwards the result
    monkeypatch.setattr("generator.compiler.inline._MAX_OPERATORS", 21 + 20 + 1)
    assert [o.kind for o in inline(counted(20)).subgraph.operators] == ["ADD"] * 20 + ["RESHAPE"]


def test_a_condition_of_large_tensors_is_not_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not inline(counted(3)).refused
    monkeypatch.setattr("generator.compiler.known._MAX_BYTES", 7)
    (fault,) = inline(counted(3)).refused.values()
    assert fault.what == "runs until a condition that is computed at run time"
    assert fault.hint == "convert the model with an unrolled loop (Keras: unroll=True)"
