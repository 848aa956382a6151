"""RESIZE_NEAREST_NEIGHBOR: [N, H, W, C] to [N, OH, OW, C], every output pixel a copy of one of the input."""

from __future__ import annotations

import numpy as np

from generator.compiler.context import NUMPY, Context, require_dtype
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.views import nest
from generator.compiler.operators.windows import image
from generator.compiler.step import C_TYPES, Constant, Lowered, Unsupported


def lower(context: Context) -> Lowered:
    """Any element type; input 1 is not read, because the output's shape says the same.

    Raises Unsupported where anything but height and width changes.
    """
    source, target = context.input(0), context.output()
    require_dtype(source, *C_TYPES)
    require_dtype(target, source.dtype)
    images, height, width, channels = image(source)
    also_images, rows, columns, also_channels = image(target)
    if (images, channels) != (also_images, also_channels):
        raise Unsupported(f"resizes {source.shape} to {target.shape}; only height and width can change")
    element_bytes = np.dtype(NUMPY[source.dtype]).itemsize
    lines = [
        f"memcpy(out0 + ((i0 * {rows} + i1) * {columns} + i2) * {channels}, "
        f"in0 + ((i0 * {height} + {{rows}}[i1]) * {width} + {{columns}}[i2]) * {channels}, "
        f"{channels * element_bytes}u);"
    ]
    kernel = Kernel(
        (),
        tuple(nest((images, rows, columns), lines)),
        constants=(
            Constant("rows", "uint16_t", nearest(context, height, rows)),
            Constant("columns", "uint16_t", nearest(context, width, columns)),
        ),
        description=f"{height} x {width} to {rows} x {columns}",
        instructions=images * rows * columns * (14 + channels * element_bytes // 3),
    )
    return bound_step(context, kernel, (0,))


def nearest(context: Context, size: int, resized: int) -> np.ndarray:
    """uint16 [resized]: the input's row or column of each of the output's; in float32, as the reference has it.

    size, resized: pixels along the axis, before and after. Source: ``reference_ops::GetNearestNeighbor``.
    Raises Unsupported for more than 65,536 pixels.
    """
    if max(size, resized) > 1 << 16:
        raise Unsupported(f"resizes {size:,} pixels to {resized:,}")
    corners = bool(context.operator.integer("align_corners"))
    half = np.float32(0.5 if context.operator.integer("half_pixel_centers") else 0)
    if corners and resized > 1:
        scale = np.float32(size - 1) / np.float32(resized - 1)
    else:
        scale = np.float32(size) / np.float32(resized)
    exact = (np.arange(resized, dtype=np.float32) + half) * scale
    cells = np.floor(exact.astype(np.float64) + 0.5) if corners else np.floor(exact)
    found: np.ndarray = np.clip(cells, 0, size - 1).astype(np.uint16)
    return found
