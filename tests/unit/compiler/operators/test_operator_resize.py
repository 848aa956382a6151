"""RESIZE_BILINEAR on integers, RESIZE_NEAREST_NEIGHBOR on every element type."""

from __future__ import annotations

from pathlib import Path

import pytest
from networks import tensor
from operator_models import Operators
from refusals import refusal

_SIZES = [
    ((4, 6), (8, 12)),
    ((5, 7), (9, 4)),
    ((3, 3), (1, 1)),
    ((1, 1), (3, 5)),
    ((7, 5), (7, 5)),
    ((8, 2), (3, 11)),
]
_MODES = [{}, {"align_corners": True}, {"half_pixel_centers": True}]


@pytest.mark.parametrize(("dtype", "engine"), [("int8", "tflm"), ("int16", "litert"), ("uint8", "litert")])
def test_bilinear(tmp_path: Path, dtype: str, engine: str) -> None:
    model = Operators()
    quantised = {"scale": 0.5, "zero_point": 0 if dtype == "int16" else 3}
    for (height, width), (rows, columns) in _SIZES:
        for mode in _MODES:
            x = model.input(dtype, (2, height, width, 3), **quantised)
            options = {"ResizeBilinearOptions": mode}
            size = model.numbers([rows, columns])
            model.result("RESIZE_BILINEAR", [x, size], dtype, (2, rows, columns, 3), options, **quantised)
    model.check(tmp_path, engine)


@pytest.mark.parametrize("dtype", ["int8", "float32", "int16"])
def test_nearest(tmp_path: Path, dtype: str) -> None:
    model = Operators()
    quantised = {} if dtype == "float32" else {"scale": 0.5}
    for (height, width), (rows, columns) in _SIZES:
        for mode in (*_MODES, {"align_corners": True, "half_pixel_centers": True}):
            x = model.input(dtype, (2, height, width, 3), **quantised)
            options = {"ResizeNearestNeighborOptions": mode}
            size = model.numbers([rows, columns])
            model.result(
                "RESIZE_NEAREST_NEIGHBOR", [x, size], dtype, (2, rows, columns, 3), options, **quantised
            )
    model.check(tmp_path, "litert")


def test_other_dimensions_stay() -> None:
    rows = [tensor(0, (1, 2, 2, 3)), tensor(1, (2,), "int32", constant=bytes(8)), tensor(2, (1, 4, 4, 4))]
    for kind in ("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"):
        said = refusal(kind, rows, [0, 1], [2])
        assert "resizes (1, 2, 2, 3) to (1, 4, 4, 4); only height and width can change" in said
