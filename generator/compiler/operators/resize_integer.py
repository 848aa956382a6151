"""RESIZE_BILINEAR on int8 and int16, in 10-bit fixed point."""

from __future__ import annotations

from generator.compiler.context import Context, require_dtype
from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.windows import image
from generator.compiler.step import Lowered, Unsupported

#: element type -> how kernels name it
_SUFFIXES = {"int8": "s8", "int16": "s16"}


def lower_integer(context: Context) -> Lowered:
    """[N, H, W, C] to [N, OH, OW, C], int8 or int16, unscaled.

    Source: ``reference_ops::ResizeBilinearInteger``. Raises Unsupported where anything but height and width
    changes, and for align_corners together with half_pixel_centers.
    """
    operator, source, target = context.operator, context.input(0), context.output()
    dtype = require_dtype(source, *_SUFFIXES)
    require_dtype(target, dtype)
    images, height, width, channels = image(source)
    also_images, rows, columns, also_channels = image(target)
    if (images, channels) != (also_images, also_channels):
        raise Unsupported(f"resizes {source.shape} to {target.shape}; only height and width can change")
    corners, centers = bool(operator.integer("align_corners")), bool(operator.integer("half_pixel_centers"))
    if corners and centers:
        raise Unsupported("aligns corners and pixel centres at once")
    values: dict[str, int | str] = {
        "images": images,
        "input_height": height,
        "input_width": width,
        "channels": channels,
        "output_height": rows,
        "output_width": columns,
        "scale_height": _scale(height, rows, corners),
        "scale_width": _scale(width, columns, corners),
        "half_pixel_centers": int(centers),
    }
    suffix = _SUFFIXES[dtype]
    kernel = Kernel(
        (f"resize_{suffix}.h",),
        struct_body("mlf_resize_s8_layer", values, f"mlf_resize_bilinear_{suffix}(in0, out0, &layer);"),
        description=f"{height} x {width} to {rows} x {columns}",
        instructions=14 * target.elements + 40 * target.elements // channels,
    )
    return bound_step(context, kernel, (0,))


def _scale(size: int, resized: int, align_corners: bool) -> int:
    """Input cells for each output cell, times 2^10."""
    if align_corners and resized > 1:
        return (1024 * (size - 1) + (resized - 1) // 2) // (resized - 1)
    return (1024 * size + resized // 2) // resized
