"""AVERAGE_POOL_2D, MAX_POOL_2D, L2_POOL_2D on floats."""

from __future__ import annotations

from generator.compiler.context import Context, require_dtype
from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.layers import float_range
from generator.compiler.operators.windows import window_members, window_of
from generator.compiler.step import Lowered, Unsupported

_KINDS = {"AVERAGE_POOL_2D": "MLF_POOL_AVERAGE", "MAX_POOL_2D": "MLF_POOL_MAX", "L2_POOL_2D": "MLF_POOL_L2"}


def lower_float(context: Context) -> Lowered:
    """[N, H, W, C] to [N, H', W', C], float32. Cells outside the image are left out of averages.

    Raises Unsupported for shapes that don't match.
    """
    operator, source, target = context.operator, context.input(0), context.output()
    require_dtype(target, "float32")
    window = window_of(
        context, source, target, (operator.integer("filter_height"), operator.integer("filter_width"))
    )
    if source.shape[3] != target.shape[3]:
        raise Unsupported(f"has {source.shape[3]} input and {target.shape[3]} output channels")
    low, high = float_range(context)
    values: dict[str, int | float | str] = {
        **window_members(window, source, target),
        "low": low,
        "high": high,
    }
    body = struct_body("mlf_pool_f32_layer", values, "mlf_pool_f32(in0, out0, &layer);")
    kind = f"  .kind = {_KINDS[operator.kind]},"
    cells = target.elements * window.kernel[0] * window.kernel[1]
    kernel = Kernel(
        ("pool_f32.h",),
        (body[0], kind, *body[1:]),
        description=f"{window.kernel[0]}x{window.kernel[1]}",
        instructions=12 * cells,
    )
    return bound_step(context, kernel, (0,))
