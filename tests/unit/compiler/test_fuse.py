from __future__ import annotations

import numpy as np
import pytest
from networks import network, operator, tensor

from generator.compiler.fuse import PADDING, fuse
from generator.model.network import Network, NetworkOperator

AMOUNTS = ((0, 0), (1, 2), (3, 0), (0, 0))


def padded(
    *,
    amounts: tuple[tuple[int, int], ...] = AMOUNTS,
    padding: int = 1,
    kind: str = "CONV_2D",
    zero_point: int = 0,
    extra: NetworkOperator | None = None,
) -> Network:
    """PAD of [1, 4, 4, 2] by AMOUNTS, then a convolution. zero_point: of the padded tensor alone."""
    table = np.array(amounts, "<i4").tobytes()
    tensors = [
        tensor(0, (1, 4, 4, 2)),
        tensor(1, (4, 2), "int32", constant=table),
        tensor(2, (1, 7, 7, 2), zero_point=zero_point),
        tensor(3, (1, 1, 1, 2), constant=b"\1\1"),
        tensor(4, (1, 7, 7, 1)),
    ]
    operators = [
        operator(0, "PAD", [0, 1], [2]),
        operator(1, kind, [2, 3, -1], [4], {"padding": padding, "stride_h": 1, "stride_w": 1}),
    ]
    return network(tensors, [*operators, *([extra] if extra else [])], [0], [4])


def test_a_pad_becomes_its_convolutions_padding() -> None:
    subgraph, fused = fuse(padded().main)
    (convolution,) = subgraph.operators
    assert convolution.inputs == (0, 3, -1)
    assert convolution.options[PADDING] == (1, 2, 3, 0)
    assert [(f.operator, f.into) for f in fused] == [(0, 1)]


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(padded(padding=0), id="the convolution pads by itself"),
        pytest.param(padded(kind="MAX_POOL_2D"), id="a pool would count the padding otherwise"),
        pytest.param(padded(zero_point=3), id="the padded tensor has another zero point"),
        pytest.param(padded(amounts=((0, 0), (1, 2), (3, 0), (1, 0))), id="channels are padded"),
        pytest.param(padded(amounts=((0, 0), (1, 1), (1, 1), (0, 0))), id="the shapes disagree"),
        pytest.param(padded(amounts=((0, 0), (-1, 4), (3, 0), (0, 0))), id="an amount is negative"),
        pytest.param(padded(extra=operator(2, "RESHAPE", [2], [4])), id="somebody else reads it"),
    ],
)
def test_other_pads_stay(made: Network) -> None:
    subgraph, fused = fuse(made.main)
    assert subgraph.operators == made.main.operators and fused == ()
