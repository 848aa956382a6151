from __future__ import annotations

from pathlib import Path

import numpy as np
from host_model import build_host_model
from networks import network, operator, tensor

from generator.compiler.legalise import legalise
from generator.compiler.program import Program
from generator.compiler.step import Alias
from generator.model.network import Network

HANDLE = tensor(1, (), "resource")


def model(early: bool, outputs: list[int] | None = None) -> Network:
    """Adds its input to a variable and gives the sum; early: another value is assigned before the variable's use."""
    tensors = [
        tensor(0, (4,), "int32"),
        HANDLE,
        tensor(2, (4,), "int32"),
        tensor(3, (4,), "int32"),
        tensor(4, (4,), "int32"),
    ]
    names = {"container": "", "shared_name": "kept"}
    handle = operator(0, "VAR_HANDLE", [], [1], names)
    read = operator(1, "READ_VARIABLE", [1], [2])
    negate = operator(2, "MUL", [0, 0], [4])
    add = operator(3, "ADD", [0, 2], [3])
    assign = operator(4, "ASSIGN_VARIABLE", [1, 4 if early else 3], [])
    order = [handle, read, negate, assign, add] if early else [handle, read, negate, add, assign]
    return network(tensors, order, [0], outputs or [3, 4])


def copies(program: Program) -> list[str]:
    return [step.kind for step in program.steps if step.kernel == "copy"]


def test_a_variable_is_read_where_it_lies() -> None:
    program = legalise(model(early=False))
    assert copies(program) == ["ASSIGN_VARIABLE"]
    record = next(record for record in program.records if record.kind == "READ_VARIABLE")
    assert isinstance(record, Alias)
    assert record.note == "read in place: nothing is assigned to the variable before the last use"
    assert program.root(2) == record.source
    assert record.source in program.states


def test_a_variable_that_is_assigned_before_the_last_use_is_copied() -> None:
    assert copies(legalise(model(early=True))) == ["READ_VARIABLE", "ASSIGN_VARIABLE"]


def test_a_variable_that_is_an_output_is_copied() -> None:
    assert "READ_VARIABLE" in copies(legalise(model(early=False, outputs=[2, 3, 4])))


def test_both_ways_give_what_the_model_says(tmp_path: Path) -> None:
    rows = [[np.array([1, 2, 3, value], np.int32)] for value in (4, -7, 9)]
    kept = np.zeros(4, np.int32)
    outputs = build_host_model(model(early=False), tmp_path / "late").run(rows)
    for (values,), (total, square) in zip(rows, outputs, strict=True):
        kept = kept + values
        assert total.tolist() == kept.tolist()
        assert square.tolist() == (values * values).tolist()
    kept = np.zeros(4, np.int32)
    outputs = build_host_model(model(early=True), tmp_path / "early").run(rows)
    for (values,), (total, _) in zip(rows, outputs, strict=True):
        assert total.tolist() == (kept + values).tolist()
        kept = values * values
