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


def learned(
    operator: NetworkOperator, tensors: Sequence[NetworkTensor], known: Mapping[int, np.ndarray]
) -> dict[int, np.ndarray]:
    """The outputs that follow from constants and from what is known: tensor -> content, maybe none."""
    context = Context(operator, tensors, known)
    positions = range(len(operator.inputs))
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
