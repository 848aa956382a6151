"""Operators that TensorFlow Lite Micro lacks, compared with LiteRT's reference kernels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from float_models import FloatOperators
from networks import tensor
from operator_models import Operators
from refusals import refusal

SAME, VALID, RELU6 = 0, 1, 3


@pytest.mark.parametrize("fixed", [True, False])
def test_reversed_sequences(tmp_path: Path, fixed: bool) -> None:
    model = Operators()
    row: list[np.ndarray] = []
    random = np.random.default_rng(8)
    for dtype in ("float32", "int16", "int32", "int64", "uint8"):
        for shape, axis, batch in [((3, 5), 1, 0), ((4, 3, 2), 0, 1), ((2, 3, 4, 5), 3, 1)]:
            quantised = {"scale": 0.5} if dtype in ("int16", "uint8") else {}
            lengths = random.integers(0, shape[axis] + 1, shape[batch]).astype(np.int32)
            source = model.input(dtype, shape, **quantised)
            row.append(random.integers(0, 100, shape).astype(dtype))
            counts = model.numbers(lengths) if fixed else model.input("int32", lengths.shape)
            row += [] if fixed else [lengths]
            options = {"ReverseSequenceOptions": {"seq_dim": axis, "batch_dim": batch}}
            model.result("REVERSE_SEQUENCE", [source, counts], dtype, shape, options, **quantised)
    model.check(tmp_path, "litert", [row])


def test_normalisation_by_neighbours(tmp_path: Path) -> None:
    m = FloatOperators()
    x = m.input("float32", (2, 3, 2, 9))
    for radius, bias, alpha, beta in [(2, 1.0, 0.5, 0.75), (0, 2.0, 1e-3, 0.5), (20, 1.0, 0.1, 1.0)]:
        options = {"radius": radius, "bias": bias, "alpha": alpha, "beta": beta}
        m.float_result(
            "LOCAL_RESPONSE_NORMALIZATION",
            [x],
            (2, 3, 2, 9),
            LocalResponseNormalizationOptions=options,
        )
    m.check_close(tmp_path)


def test_convolutions_in_space(tmp_path: Path) -> None:
    m = FloatOperators()
    x = m.input("float32", (2, 5, 6, 7, 3))

    def conv(shape: tuple[int, ...], out: tuple[int, ...], bias: bool, **options: int) -> None:
        ones = {
            f"{kind}_{axis}{end}": 1
            for axis in "dhw"
            for kind, end in (("stride", ""), ("dilation", "_factor"))
        }
        inputs = [x, m.floats(*shape, 3, 4), *([m.floats(4)] if bias else [])]
        m.float_result("CONV_3D", inputs, (2, *out, 4), Conv3DOptions={**ones, **options})

    conv((2, 3, 3), (5, 6, 7), True, padding=SAME)
    conv((3, 2, 3), (2, 3, 3), False, padding=VALID, stride_d=2, stride_h=2, stride_w=2)
    conv((2, 2, 2), (3, 6, 4), True, padding=SAME, stride_d=2, stride_w=2, fused_activation_function=RELU6)
    dilated = {"dilation_d_factor": 2, "dilation_h_factor": 3, "dilation_w_factor": 2}
    conv((2, 2, 3), (3, 3, 3), True, padding=VALID, **dilated)
    conv((3, 2, 2), (5, 6, 7), False, padding=SAME, **dilated)
    m.check_close(tmp_path)


def test_what_makes_no_sense_is_refused() -> None:
    lengths = np.array([1, 4], "<i4").tobytes()
    rows = [tensor(0, (2, 3)), tensor(1, (2,), "int32", constant=lengths), tensor(2, (2, 3))]
    options = {"seq_dim": 1, "batch_dim": 0}
    said = refusal("REVERSE_SEQUENCE", rows, [0, 1], [2], options)
    assert "turns more than the 3 elements of a sequence" in said
    said = refusal("REVERSE_SEQUENCE", rows, [0, 1], [2], {"seq_dim": 0, "batch_dim": 0})
    assert "has lengths of shape (2,) along dimension 0 of (2, 3)" in said
    floats = [tensor(0, (2, 3), "float32"), tensor(1, (2, 3), "float32")]
    said = refusal("LOCAL_RESPONSE_NORMALIZATION", floats, [0], [1], {"radius": -1})
    assert "has a radius of -1 in the shape (2, 3)" in said
    space = [
        tensor(0, (1, 3, 3, 3, 2), "float32"),
        tensor(1, (1, 1, 1, 3, 2), "float32", constant=bytes(24)),
        tensor(2, (1, 3, 3, 3, 2), "float32"),
    ]
    said = refusal("CONV_3D", space, [0, 1], [2])
    assert "has weights of 3 channels for an input of 2" in said
    space[1] = tensor(1, (1, 1, 2, 2, 2), "float32", constant=bytes(32))
    said = refusal("CONV_3D", space, [0, 1], [2], {"stride_w": 1, "dilation_wfactor": 2**31 - 1})
    assert "spans 2,147,483,650 cells of 2 elements with its window, beyond the range of int32" in said
