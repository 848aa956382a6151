from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from generator.errors import ArchiveError
from generator.model.archive import CallerPool
from generator.model.tensor import Quantization, Tensor
from generator.readers.archive.compiled import described, kept_pools, parse_compiled
from generator.readers.text.json_tree import parse_json

TREE: dict[str, Any] = {
    "format": 1,
    "generator": "mlfgen 1",
    "source": "m.tflite",
    "source_sha256": "0" * 64,
    "inputs": [{"name": "x", "dtype": "int8", "shape": [1, 4], "scale": 0.5, "zero_point": -3}],
    "outputs": [{"name": "y", "dtype": "float32", "shape": []}],
    "state_pool": "state",
    "buffers": [
        {"name": "x", "kind": "tensor", "offset_bytes": 0, "size_bytes": 4, "first": 0, "end": 1},
    ],
    "layers": [
        {
            "function": "m_0_pad",
            "operator": 0,
            "kind": "PAD",
            "kernel": "copy",
            "inputs": [["int8", [1, 4]]],
            "outputs": [["float32", []]],
            "macs": 0,
            "constants_bytes": 0,
            "scratch_bytes": 0,
            "activation_bytes": 8,
        }
    ],
}


def parsed(tree: dict[str, Any]) -> Any:
    return parse_compiled(parse_json(json.dumps(tree).encode(), "a.tar: src/m.compiled.json"))


def changed(path: list[str | int], value: Any) -> dict[str, Any]:
    tree = copy.deepcopy(TREE)
    place: Any = tree
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return tree


def test_everything_is_read() -> None:
    compiled = parsed(TREE)
    assert compiled.inputs[0].quantization == Quantization(0.5, -3)
    assert compiled.outputs[0].shape == () and compiled.outputs[0].quantization is None
    assert compiled.buffers[0].lifespan == (0, 1)
    assert compiled.layers[0].inputs == (("int8", (1, 4)),)
    assert compiled.state_pool == "state"


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        (["format"], 2, "unknown format 2; this version of mlfgen reads format 1"),
        (["inputs", 0, "scale"], -1, "is not a positive number"),
        (["inputs", 0, "scale"], "1", "must be a number"),
        (["inputs", 0, "dtype"], "int5", "the element type 'int5' is not supported"),
        (["inputs", 0, "name"], "", "empty"),
        (["inputs", 0, "shape"], [1] * 9, "is not a tensor shape"),
        (["inputs", 0, "shape"], [1 << 20, 1 << 20], "is not a tensor shape"),
        (["buffers", 0, "end"], 0, "ends at 0, before it begins at 0"),
        (["layers", 0, "function"], "a-b", "function name"),
        (["layers", 0, "inputs"], [["int8"]], "is not an element type with a shape"),
    ],
)
def test_nonsense_is_refused(path: list[str | int], value: Any, what: str) -> None:
    with pytest.raises(ArchiveError) as caught:
        parsed(changed(path, value))
    assert what in caught.value.what
    assert str(caught.value.where).startswith("a.tar: src/m.compiled.json") and caught.value.hint


def test_tensors_get_shape_and_quantisation() -> None:
    (found,) = described([Tensor("x", "x", "int8", None, 4)], parsed(TREE).inputs, "w")
    assert found.shape == (1, 4) and found.quantization == Quantization(0.5, -3)


@pytest.mark.parametrize(
    ("tensor", "what"),
    [
        (Tensor("z", "z", "int8", None, 4), "has no entry for the tensor 'z'"),
        (Tensor("x", "x", "uint8", None, 4), "has no entry for the tensor 'x'"),
        (Tensor("x", "x", "int8", None, 5), "the header gives it 5 bytes"),
    ],
)
def test_an_archive_that_is_not_of_one_piece_is_refused(tensor: Tensor, what: str) -> None:
    with pytest.raises(ArchiveError) as caught:
        described([tensor], parsed(TREE).inputs, "w")
    assert what in caught.value.what and caught.value.hint


def test_the_pool_of_the_state_is_marked() -> None:
    pools = (CallerPool("workspace", 16, "W"), CallerPool("state", 16, "S"))
    assert [pool.kept for pool in kept_pools(pools, parsed(TREE), "w")] == [False, True]
    with pytest.raises(ArchiveError) as caught:
        kept_pools(pools[:1], parsed(TREE), "w")
    assert "names the pool 'state', which the header lacks" in caught.value.what
