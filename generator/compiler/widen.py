"""Constants of int4 as int8: the same numbers, in a byte each."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from generator.compiler.context import content_of
from generator.model.network import NetworkTensor, Subgraph


def widen(subgraph: Subgraph) -> Subgraph:
    """The subgraph without constants of int4. The reference kernels unpack them before they use them, too."""
    if not any(tensor.dtype == "int4" and tensor.constant is not None for tensor in subgraph.tensors):
        return subgraph
    return replace(subgraph, tensors=tuple(_widened(tensor) for tensor in subgraph.tensors))


def _widened(tensor: NetworkTensor) -> NetworkTensor:
    if tensor.dtype != "int4" or tensor.constant is None:
        return tensor
    return replace(tensor, dtype="int8", constant=content_of(tensor).astype(np.int8).tobytes())
