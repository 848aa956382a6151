"""CAST: every pair of element types."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from host_model import build_host_model
from networks import network, operator, tensor
from operator_models import Operators

_TYPES = ("int8", "int16", "int32", "int64", "uint8", "float32", "bool")


@pytest.mark.parametrize("source", _TYPES)
def test_cast(tmp_path: Path, source: str) -> None:
    model = Operators()
    for target in _TYPES:
        if target != source:
            model.result("CAST", [model.input(source, (3, 50))], target, (3, 50))
    sets = model.random_inputs()
    if source == "float32":  # beyond an integer's range the reference is undefined
        sets = [[np.abs(array) * 20 for array in row] for row in sets]
    model.check(tmp_path, "litert", sets)


def test_floats_beyond_an_integers_range(tmp_path: Path) -> None:
    rows = [tensor(0, (6,), "float32"), tensor(1, (6,), "int32"), tensor(2, (6,), "int64")]
    made = build_host_model(
        network(rows, [operator(0, "CAST", [0], [1]), operator(1, "CAST", [0], [2])], [0], [1, 2]), tmp_path
    )
    values = np.array([np.inf, -np.inf, np.nan, 3e9, -1.9, 2.0**31], np.float32)
    small, great = made.run([[values]])[0]
    most = 2**31 - 1
    assert small.tolist() == [most, -most - 1, 0, most, -1, most]
    assert great.tolist() == [2**63 - 1, -(2**63), 0, 3_000_000_000, -1, 2**31]
