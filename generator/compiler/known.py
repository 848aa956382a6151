"""Values that the compiler knows while it flattens a model: what decides over branches and loops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from generator.compiler.context import Context
from generator.compiler.operators import find_operator
from generator.compiler.step import Alias, Folded, Unsupported
from generator.model.network import NetworkOperator, NetworkTensor

#: kinds whose output doesn't depend on values
_BY_SHAPE = ("SHAPE", "RANK", "ZEROS_LIKE")
#: of an operator's known inputs, and of its outputs: conditions depend on counters and shapes, not on weights
_MAX_BYTES = 64 << 10


def learned(
    operator: NetworkOperator, tensors: Sequence[NetworkTensor], known: Mapping[int, np.ndarray]
) -> dict[int, np.ndarray]:
    """The outputs that follow from constants and from what is known: tensor -> content, maybe none.

    Nothing is learned of an operator with more than 64 KB of inputs or of outputs.
    """
    context = Context(operator, tensors, known)
    positions = range(len(operator.inputs))
    read = () if operator.kind in _BY_SHAPE else operator.inputs
    for row in (read, operator.outputs):
        if sum(tensors[index].size_bytes for index in row if index >= 0) > _MAX_BYTES:
            return {}
    if operator.kind not in _BY_SHAPE and any(context.known(position) is None for position in positions):
        return {}
    try:
        lowered = find_operator(operator)(context)
    except Unsupported:
        return {}
    if isinstance(lowered, Folded):
        return dict(lowered.values)
    if isinstance(lowered, Alias):
        content = context.content(tensors[lowered.source])
        if content is not None:
            return {lowered.target: content.reshape(tensors[lowered.target].shape)}
    return {}
