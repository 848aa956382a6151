"""TFLite_Detection_PostProcess: boxes, classes, scores and their number as the reference kernels have them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flatbuffers import flexbuffers
from msgspec.structs import replace
from networks import network, operator, tensor
from operator_models import Operators

from generator.compiler.legalise import legalise
from generator.errors import ArchiveError

_BOXES, _CLASSES = 60, 5
_OPTIONS: dict[str, Any] = {
    "max_detections": 10,
    "max_classes_per_detection": 1,
    "nms_score_threshold": 0.3,
    "nms_iou_threshold": 0.4,
    "num_classes": _CLASSES,
    "y_scale": 10.0,
    "x_scale": 10.0,
    "h_scale": 5.0,
    "w_scale": 5.0,
}


def anchors(random: np.random.Generator) -> np.ndarray:
    middles = random.uniform(0.1, 0.9, (_BOXES, 2))
    sizes = random.uniform(0.1, 0.5, (_BOXES, 2))
    return np.concatenate([middles, sizes], axis=1).astype(np.float32)


@pytest.mark.parametrize("regular", [False, True])
@pytest.mark.parametrize("engine", ["tflm", "litert"])
def test_floats(tmp_path: Path, regular: bool, engine: str) -> None:
    random = np.random.default_rng(41)
    model = Operators()
    boxes = model.input("float32", (1, _BOXES, 4))
    scores = model.input("float32", (1, _BOXES, _CLASSES + 1))
    fixed = model.constant(anchors(random))
    outputs = [model.tensor("float32", shape) for shape in ((1, 10, 4), (1, 10), (1, 10), (1,))]
    options = {**_OPTIONS, "use_regular_nms": regular, "detections_per_class": 4}
    custom = bytes(flexbuffers.Dumps(options))
    model.operator("TFLite_Detection_PostProcess", [boxes, scores, fixed], outputs, custom=custom)
    model.outputs += outputs
    sets = [
        [
            random.uniform(-2, 2, (1, _BOXES, 4)).astype(np.float32),
            random.uniform(0, 1, (1, _BOXES, _CLASSES + 1)).astype(np.float32),
        ]
        for _ in range(4)
    ]
    model.check(tmp_path, engine, sets)


def test_quantised_inputs(tmp_path: Path) -> None:
    random = np.random.default_rng(42)
    model = Operators()
    boxes = model.input("uint8", (1, _BOXES, 4), scale=0.02, zero_point=128)
    scores = model.input("uint8", (1, _BOXES, _CLASSES), scale=1 / 256)
    fixed = model.constant((anchors(random) * 200).astype(np.uint8), scale=1 / 200)
    outputs = [model.tensor("float32", shape) for shape in ((1, 10, 4), (1, 10), (1, 10), (1,))]
    custom = bytes(flexbuffers.Dumps(_OPTIONS))
    model.operator("TFLite_Detection_PostProcess", [boxes, scores, fixed], outputs, custom=custom)
    model.outputs += outputs
    model.check(tmp_path, "litert", model.random_inputs(4)[1:])


def test_outputs_whose_shapes_the_converter_left_out(tmp_path: Path) -> None:
    random = np.random.default_rng(43)
    model = Operators()
    boxes = model.input("uint8", (1, _BOXES, 4), scale=0.02, zero_point=128)
    scores = model.input("uint8", (1, _BOXES, _CLASSES), scale=1 / 256)
    fixed = model.constant((anchors(random) * 200).astype(np.uint8), scale=1 / 200)
    outputs = [model.tensor("float32", ()) for _ in range(4)]
    custom = bytes(flexbuffers.Dumps(_OPTIONS))
    model.operator("TFLite_Detection_PostProcess", [boxes, scores, fixed], outputs, custom=custom)
    model.outputs += outputs
    model.check(tmp_path, "litert", model.random_inputs(4)[1:])


def said(options: dict[str, Any] | bytes, boxes: tuple[int, ...] = (1, 6, 4)) -> str:
    floats = anchors(np.random.default_rng(1))[:6]
    rows = [
        tensor(0, boxes, "float32"),
        tensor(1, (1, 6, _CLASSES), "float32"),
        tensor(2, (6, 4), "float32", constant=floats.tobytes()),
        *(tensor(3 + i, shape, "float32") for i, shape in enumerate(((1, 10, 4), (1, 10), (1, 10), (1,)))),
    ]
    made = operator(0, "TFLite_Detection_PostProcess", [0, 1, 2], [3, 4, 5, 6], custom=True)
    data = options if isinstance(options, bytes) else bytes(flexbuffers.Dumps(options))
    with pytest.raises(ArchiveError) as caught:
        legalise(network(rows, [replace(made, custom_options=data)], [0, 1], [3, 4, 5, 6]))
    return f"{caught.value.what} | {caught.value.hint}"


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("gives 3 classes per box", {"max_classes_per_detection": 3}),
        ("has the overlap threshold 0, which is not in (0, 1]", {"nms_iou_threshold": 0.0}),
        ("has 5 scores a box for 9 classes", {"num_classes": 9}),
        ("has the option max_detections 0, not a whole number from 1 on", {"max_detections": 0}),
        ("has outputs for 10 of 7 detections", {"max_detections": 7}),
        ("has the option y_scale 0, by which boxes are divided", {"y_scale": 0.0}),
        ("has the option h_scale 'tall', not a number", {"h_scale": "tall"}),
    ],
)
def test_options_that_make_no_sense_are_refused(text: str, change: dict[str, Any]) -> None:
    assert text in said({**_OPTIONS, **change})


def test_damage_is_refused() -> None:
    assert "has damaged options" in said(b"\0\1\2")
    assert "has boxes of shape (6, 4)" in said(_OPTIONS, (6, 4))
