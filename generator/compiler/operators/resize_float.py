"""RESIZE_BILINEAR computed in floats: on floats, and on uint8."""

from __future__ import annotations

import numpy as np

from generator.compiler.context import Context, require_dtype
from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.operators.binding import bound_step
from generator.compiler.step import Lowered, Unsupported

#: element type -> how kernels name it
_SUFFIXES = {"float32": "f32", "uint8": "u8"}


def lower_float(context: Context) -> Lowered:
    """float32 in and out. Raises Unsupported where anything but height and width changes, or a dimension is 0."""
    operator, source, target = context.operator, context.input(0), context.output()
    dtype = require_dtype(source, *_SUFFIXES)
    require_dtype(target, dtype)
    if len(source.shape) != 4 or len(target.shape) != 4 or 0 in (*source.shape, *target.shape):
        raise Unsupported(f"resizes {source.shape} to {target.shape}; four dimensions are needed")
    if source.shape[0] != target.shape[0] or source.shape[3] != target.shape[3]:
        raise Unsupported(f"resizes {source.shape} to {target.shape}; only height and width can change")
    corners = bool(operator.integer("align_corners"))
    values: dict[str, int | float | str] = {
        "batches": source.shape[0],
        "input_height": source.shape[1],
        "input_width": source.shape[2],
        "channels": source.shape[3],
        "output_height": target.shape[1],
        "output_width": target.shape[2],
        "scale_height": resize_scale(source.shape[1], target.shape[1], corners),
        "scale_width": resize_scale(source.shape[2], target.shape[2], corners),
        "half_pixel_centers": int(bool(operator.integer("half_pixel_centers"))),
    }
    suffix = _SUFFIXES[dtype]
    kernel = Kernel(
        (f"resize_{suffix}.h",),
        struct_body("mlf_resize_f32_layer", values, f"mlf_resize_bilinear_{suffix}(in0, out0, &layer);"),
        description=f"{source.shape[1]} x {source.shape[2]} to {target.shape[1]} x {target.shape[2]}",
        instructions=25 * target.elements + 40 * target.elements // target.shape[3],
    )
    return bound_step(context, kernel, (0,))


def resize_scale(size: int, resized: int, align_corners: bool) -> float:
    """Input cells for each output cell, rounded to float32 as the reference kernels have it."""
    if align_corners and resized > 1:
        return float(np.float32(size - 1) / np.float32(resized - 1))
    return float(np.float32(size) / np.float32(resized))
