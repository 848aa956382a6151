"""A .tflite's tensors as a planning problem."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.compose.tflite_plan import tflite_labels, tflite_notes, tflite_problem
from generator.model.memory import Buffer, PlanProblem, Pool, Proof
from generator.model.tflite_graph import HeldTensor, TfliteGraph
from generator.planner.api import plan
from generator.readers.tflite_graph import load_tflite_graph

MODELS = Path(__file__).parents[4] / "shared" / "models"
GRAPH = TfliteGraph(
    "m.tflite",
    ("CONV_2D", "ADD"),
    (
        HeldTensor(0, "x", "int8", (1, 4), 4, (0, 2), 2, "input"),
        HeldTensor(5, "", "int8", (8,), 8, (0, 2), 2, "tensor"),
    ),
)


def test_each_tensor_is_one_buffer() -> None:
    pools = (Pool("sram", 64),)
    assert tflite_problem(GRAPH, pools, 32) == PlanProblem(
        (
            Buffer("tensor 0", 4, (0, 2), 32, accesses=8),
            Buffer("tensor 5", 8, (0, 2), 32, accesses=16),
        ),
        pools,
    )


def test_labels_say_what_the_model_calls_them() -> None:
    labels = tflite_labels(GRAPH)
    assert labels.operators == ("CONV_2D", "ADD")
    assert labels.buffers == {"tensor 0": "x"}
    assert labels.kinds == {"tensor 0": "input", "tensor 5": "tensor"}


def test_unplanned_subgraphs_are_reported() -> None:
    assert tflite_notes(GRAPH) == ()
    (note,) = tflite_notes(TfliteGraph("m", ("WHILE",), (), unplanned_subgraphs=2))
    assert note.startswith("2 further subgraphs")


@pytest.mark.parametrize(
    ("model", "optimum"), [("kws", 16_000), ("resnet", 49_152), ("ad", 768), ("sine", 32), ("vgg", 73_728)]
)
def test_real_models_are_planned_at_their_optimum(model: str, optimum: int) -> None:
    path = MODELS / f"{model}.tflite"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    use = plan(tflite_problem(load_tflite_graph(path), (Pool("arena"),))).uses[0]
    assert (use.peak_bytes, use.proof) == (optimum, Proof.MEETS_LOWER_BOUND)
