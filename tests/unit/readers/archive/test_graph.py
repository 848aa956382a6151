"""The graph executor's graph, resolved."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.errors import ArchiveError
from generator.model.archive import Graph, Parameter
from generator.readers.archive.graph import parse_graph
from generator.readers.archive.params import parse_params
from generator.readers.text.json_tree import parse_json
from readers.archive_builder import base_files

FILES = base_files("graph")
FUNCTIONS = {"tvmgen_tiny_fused_add", "tvmgen_tiny_split"}
P0 = Parameter("p0", "int8", (4,), b"\1\2\3\4")


def resolve(tree: Any, parameters: tuple[Parameter, ...] = (P0,)) -> Graph:
    return parse_graph(parse_json(json.dumps(tree).encode(), "g"), parameters, {"x:0"}, FUNCTIONS)


def base() -> Any:
    return json.loads(FILES["executor-config/graph/tiny.graph"])


def test_parameters_are_read() -> None:
    assert parse_params(FILES["parameters/tiny.params"], "p") == (P0,)


def test_calls_take_inputs_then_outputs_and_skip_what_does_nothing() -> None:
    graph = resolve(base())
    assert [(call.arguments, call.num_inputs) for call in graph.calls] == [((0, 1, 2), 2), ((3, 1, 4), 2)]
    assert graph.inputs == (0,)
    assert graph.outputs == (4,)


def test_what_does_nothing_lends_its_inputs_memory_another_shape() -> None:
    graph = resolve(base())
    before, after = graph.entries[2], graph.entries[3]
    assert before.storage_id == after.storage_id
    assert (before.shape, after.shape) == ((1, 4), (4,))


def test_a_reshaped_parameter_stays_a_parameter() -> None:
    tree = base()
    tree["nodes"][3]["inputs"] = [[1, 0, 0]]
    tree["attrs"]["storage_id"][1] = [0, 1, 2, 1, 3]
    assert resolve(tree).entries[3].parameter == 0


def test_outputs_of_a_node_are_distinguished_by_node_row_ptr() -> None:
    tree = base()
    tree["nodes"][2] |= {"attrs": {"num_outputs": "2", "num_inputs": "2", "func_name": "tvmgen_tiny_split"}}
    tree["nodes"][3]["inputs"] = [[2, 1, 0]]
    tree["node_row_ptr"] = [0, 1, 2, 4, 5, 6]
    tree["attrs"] = {
        "dltype": ["list_str", ["int8"] * 6],
        "storage_id": ["list_int", [0, 1, 2, 3, 3, 4]],
        "shape": ["list_shape", [[1, 4], [4], [4], [4], [4], [4]]],
    }
    graph = resolve(tree)
    assert graph.calls[0].arguments == (0, 1, 2, 3)
    assert graph.calls[1].arguments == (4, 1, 5)
    assert graph.outputs == (5,)


def test_parameters_that_nothing_uses_are_left_out() -> None:
    unused = Parameter("a0", "int8", (1,), b"\0")
    graph = resolve(base(), (unused, P0))
    assert graph.parameters == (P0,)
    assert graph.entries[1].parameter == 0


def test_an_input_that_metadata_does_not_know_is_refused_only_if_it_tells_inputs() -> None:
    tree = parse_json(FILES["executor-config/graph/tiny.graph"], "g")
    assert parse_graph(tree, (P0,), None, FUNCTIONS).inputs == (0,)
    with pytest.raises(ArchiveError, match="neither a model input nor a parameter"):
        parse_graph(tree, (P0,), {"z"}, FUNCTIONS)
