"""DYNAMIC_UPDATE_SLICE: a tensor with a part of it replaced, at a place that may be computed at run time."""

from __future__ import annotations

from generator.compiler.context import Context, require_dtype
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.shapes import require_shape
from generator.compiler.operators.views import dense, nest
from generator.compiler.step import C_TYPES, Lowered, Overlap, Unsupported


def lower(context: Context) -> Lowered:
    """Inputs: tensor, part, first place of the part, int32 or int64 [rank], which is moved so that the part fits.

    Any element type. Raises Unsupported for a part larger than the tensor.
    """
    source, part, start, target = context.input(0), context.input(1), context.input(2), context.output()
    require_dtype(source, *C_TYPES)
    require_dtype(start, "int32", "int64")
    for tensor in (part, target):
        require_dtype(tensor, source.dtype)
    require_shape(source.shape, target.shape)
    rank = len(source.shape)
    small = len(part.shape) == rank and all(
        size <= whole for size, whole in zip(part.shape, source.shape, strict=True)
    )
    if not small or start.elements != rank or rank == 0:
        raise Unsupported(f"replaces a part of shape {part.shape} in the shape {source.shape}")
    clamp = "mlf_clamp_s64" if start.dtype == "int64" else "mlf_clamp"
    strides = dense(target.shape).strides
    places = [
        f"(int32_t){clamp}(in2[{axis}], 0, {whole - size}) * {stride}"
        for axis, (whole, size, stride) in enumerate(zip(source.shape, part.shape, strides, strict=True))
    ]
    body = [f"memmove(out0, in0, {source.size_bytes}u);"]
    if part.elements:
        run = part.shape[-1]
        element_bytes = part.size_bytes // part.elements
        outer, own = part.shape[:-1], dense(part.shape).strides
        to = " + ".join(f"i{axis} * {stride}" for axis, stride in enumerate(strides[:-1])) or "0"
        origin = " + ".join(f"i{axis} * {stride}" for axis, stride in enumerate(own[: rank - 1])) or "0"
        body.append(f"const int32_t first = {' + '.join(places)};")
        body += nest(outer, [f"memcpy(out0 + first + {to}, in1 + {origin}, {run * element_bytes}u);"])
    kernel = Kernel(
        ("integers.h",),
        tuple(body),
        overlaps=(Overlap(0, 0, 0),),
        description=f"a part of {part.elements} elements",
        instructions=source.size_bytes // 3 + 4 * part.elements,
    )
    return bound_step(context, kernel, (0, 1, 2))
