"""FULLY_CONNECTED on floats."""

from __future__ import annotations

from generator.compiler.context import Context, require_dtype
from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.layers import check_bias, float_range, optional_argument, rows_of
from generator.compiler.step import Lowered


def lower_float(context: Context) -> Lowered:
    """[..., K] to [..., N], everything float32; weights [N, K] and bias [N] may be computed at run time.

    Raises Unsupported for other element types, and for shapes that don't match.
    """
    require_dtype(context.input(1), "float32")
    require_dtype(context.output(), "float32")
    rows = rows_of(context.input(0), context.input(1), context.output())
    outputs, inputs = context.input(1).shape
    check_bias(context, 2, outputs, "float32")
    low, high = float_range(context)
    values: dict[str, int | float | str] = {
        "rows": rows,
        "inputs": inputs,
        "outputs": outputs,
        "low": low,
        "high": high,
    }
    call = f"mlf_fully_connected_f32(in0, in1, {optional_argument(context, 2)}, out0, &layer);"
    macs = rows * inputs * outputs
    kernel = Kernel(
        ("fully_connected_f32.h",),
        struct_body("mlf_fully_connected_f32_layer", values, call),
        description="4 outputs per pass",
        macs=macs,
        instructions=round(macs * 3.5 + rows * outputs * 12),
    )
    return bound_step(context, kernel, (0, 1, 2))
