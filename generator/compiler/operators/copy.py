"""Steps that copy a tensor, a state or a constant as it is."""

from __future__ import annotations

import numpy as np

from generator.compiler.step import Constant, Overlap, Step
from generator.model.network import NetworkTensor


def copy_step(
    operator: int, kind: str, source: NetworkTensor, target: NetworkTensor, known: np.ndarray | None = None
) -> Step:
    """target = source, byte by byte; both have ``target.size_bytes`` bytes.

    known: the source's content where it is a constant, which the step then holds; any shape and element type.
    """
    size = target.size_bytes
    if known is not None:
        table = np.ascontiguousarray(known).reshape(-1).view(np.uint8)
        return Step(
            operator,
            kind,
            (),
            (target.index,),
            (f"memcpy(out0, {{content}}, {size}u);",),
            constants=(Constant("content", "uint8_t", table),),
            kernel="copy of a constant",
        )
    return Step(
        operator,
        kind,
        (source.index,),
        (target.index,),
        (f"memmove(out0, in0, {size}u);",),
        overlaps=(Overlap(0, 0, 0),),
        kernel="copy",
    )
