"""SOFTMAX on int8: exact for random and extreme rows, short and long."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from networks import tensor
from operator_models import Operators
from refusals import refusal


@pytest.mark.parametrize(("target", "bits", "zero"), [("int8", 8, -128), ("int16", 16, -32768)])
def test_softmax(tmp_path: Path, target: str, bits: int, zero: int) -> None:
    random = np.random.default_rng(9)
    model = Operators()
    for depth in (1, 2, 3, 10, 64, 500):
        for _ in range(3):
            scale = float(np.float32(2.0 ** random.uniform(-8, 1)))
            x = model.input("int8", (2, depth), scale=scale, zero_point=5)
            beta = {"SoftmaxOptions": {"beta": float(random.choice([1.0, 0.5, 2.0]))}}
            model.result("SOFTMAX", [x], target, (2, depth), beta, scale=2.0**-bits, zero_point=zero)
    sets = model.random_inputs()
    sets.append([np.where(array < 90, -128, array).astype(np.int8) for array in sets[1]])
    model.check(tmp_path, "tflm", sets)


def test_logarithms(tmp_path: Path) -> None:
    random = np.random.default_rng(19)
    model = Operators()
    for depth in (1, 2, 3, 10, 64, 500):
        for _ in range(3):
            scale = float(np.float32(2.0 ** random.uniform(-8, 1)))
            x = model.input("int8", (4, depth), scale=scale, zero_point=5)
            model.result("LOG_SOFTMAX", [x], "int8", (4, depth), scale=1 / 16, zero_point=127)
    sets = model.random_inputs()
    sets.append([np.where(array < 90, -128, array).astype(np.int8) for array in sets[1]])
    model.check(tmp_path, "tflm", sets)


def test_logarithms_of_another_scale_are_refused() -> None:
    rows = [tensor(0, (1, 8)), tensor(1, (1, 8), zero_point=127)]
    said = refusal("LOG_SOFTMAX", rows, [0], [1])
    assert "has an output whose scale is not 1/16 or whose zero point is not 127" in said
    rows = [tensor(0, (1, 8), scale=1e-38), tensor(1, (1, 8), scale=1 / 16, zero_point=127)]
    said = refusal("LOG_SOFTMAX", rows, [0], [1])
    assert "has an input scale of 1e-38, too small for the reference kernel" in said


@pytest.mark.parametrize("beta", [-1.0, 0.0, float("nan")])
def test_a_beta_that_is_not_positive_is_refused(beta: float) -> None:
    rows = [tensor(0, (1, 8)), tensor(1, (1, 8), scale=1 / 256, zero_point=-128)]
    said = refusal("SOFTMAX", rows, [0], [1], {"beta": beta})
    assert f"has the beta {beta:g}, not a positive number | convert the model with a beta of 1" in said


def test_many_equal_elements_share_nothing(tmp_path: Path) -> None:
    """Where the reference kernel stops, the right quotient rounds to 0."""
    from host_model import build_host_model

    model = Operators()
    x = model.input("int8", (1, 3000), scale=0.1)
    model.result(
        "SOFTMAX", [x], "int8", (1, 3000), {"SoftmaxOptions": {"beta": 1.0}}, scale=2.0**-8, zero_point=-128
    )
    built = build_host_model(model.network(model.outputs), tmp_path)
    assert set(built.run([[np.full((1, 3000), 7, np.int8)]])[0][0].reshape(-1)) == {-128}


@pytest.mark.parametrize(
    ("said", "depth", "scale"),
    [
        ("has an output whose scale is not 2^-8 or whose zero point is not -128", 8, 0.5),
        ("runs over 5,000 elements; at most 4,095 can be summed exactly", 5000, 1 / 256),
    ],
)
def test_what_the_reference_kernel_cant_do_is_refused(said: str, depth: int, scale: float) -> None:
    rows = [tensor(0, (1, depth)), tensor(1, (1, depth), scale=scale, zero_point=-128)]
    assert said in refusal("SOFTMAX", rows, [0], [1])
