"""Operators that a neighbour can do along are taken out of the graph before anything is lowered."""

from __future__ import annotations

from collections import Counter

import numpy as np
from msgspec.structs import replace

from generator.compiler.context import content_of
from generator.compiler.program import Fused
from generator.model.network import NetworkOperator, NetworkTensor, Subgraph

VALID = 1
#: option in which a convolution finds the rows and columns to pad: (top, bottom, left, right)
PADDING = "explicit_padding"


def fuse(subgraph: Subgraph) -> tuple[Subgraph, tuple[Fused, ...]]:
    """The subgraph without the operators that were fused, and what became of them.

    A PAD of rows and columns with the zero point, whose only reader is a convolution without padding of its
    own, becomes that convolution's padding: the padded tensor needs no memory.
    """
    readers = Counter(index for operator in subgraph.operators for index in operator.inputs)
    readers.update(subgraph.outputs)
    pads = {
        operator.outputs[0]: operator
        for operator in subgraph.operators
        if operator.kind in ("PAD", "PADV2") and len(operator.outputs) == 1 and _reads_two(operator)
    }
    kept: list[NetworkOperator] = []
    fused: list[Fused] = []
    gone: set[int] = set()
    for operator in subgraph.operators:
        pad = pads.get(operator.inputs[0]) if operator.inputs else None
        amounts = (
            _spatial(pad, subgraph.tensors)
            if pad is not None and readers[operator.inputs[0]] == 1 and _pads_nothing(operator)
            else None
        )
        if pad is not None and amounts is not None:
            gone.add(pad.index)
            fused.append(
                Fused(pad.index, pad.kind, operator.index, f"padding {amounts} done by {operator.kind}")
            )
            operator = replace(
                operator,
                inputs=(pad.inputs[0], *operator.inputs[1:]),
                options={**operator.options, PADDING: amounts},
            )
        kept.append(operator)
    return replace(subgraph, operators=tuple(o for o in kept if o.index not in gone)), tuple(fused)


def _reads_two(operator: NetworkOperator) -> bool:
    return len(operator.inputs) > 1 and min(operator.inputs[:2]) >= 0


def _pads_nothing(operator: NetworkOperator) -> bool:
    return operator.kind in ("CONV_2D", "DEPTHWISE_CONV_2D") and operator.integer("padding") == VALID


def _spatial(pad: NetworkOperator, tensors: tuple[NetworkTensor, ...]) -> tuple[int, int, int, int] | None:
    """(top, bottom, left, right) where the PAD adds rows and columns that hold the real number zero."""
    source, amounts = tensors[pad.inputs[0]], tensors[pad.inputs[1]]
    target = tensors[pad.outputs[0]]
    if amounts.constant is None or amounts.dtype not in ("int32", "int64") or len(source.shape) != 4:
        return None
    if source.quantization != target.quantization or source.dtype != target.dtype:
        return None
    table = content_of(amounts)
    if table.shape != (4, 2) or table[0].any() or table[3].any() or (table < 0).any():
        return None
    zero = source.quantization.zero_point if source.quantization is not None else 0
    if len(pad.inputs) > 2 and pad.inputs[2] >= 0:
        filler = tensors[pad.inputs[2]]
        if filler.constant is None or filler.dtype != source.dtype:
            return None
        if not np.all(content_of(filler) == zero):
            return None
    (top, bottom), (left, right) = table[1].tolist(), table[2].tolist()
    grown = (source.shape[0], source.shape[1] + top + bottom, source.shape[2] + left + right, source.shape[3])
    return (top, bottom, left, right) if grown == target.shape else None
