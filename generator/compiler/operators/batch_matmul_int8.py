"""BATCH_MATMUL on int8 and int16."""

from __future__ import annotations

import numpy as np

from generator.compiler.arithmetic import quantize_multiplier
from generator.compiler.context import Context, quantization, require_dtype, require_symmetric
from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.operators.batch_matmul_float import Product, product_of
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.views import nest
from generator.compiler.operators.weights_int16 import wide_scale
from generator.compiler.step import Lowered, Unsupported

#: products of 16 bits that an int32 holds
_MAX_DEPTH = 1 << 15


def lower_int8(context: Context) -> Lowered:
    """[..., M, K] x [..., K, N] to [..., M, N], all int8 with one scale each.

    The quotient of scales starts from a product of floats, as in the source, ``reference_ops::BatchMatMul``.
    Raises Unsupported where K is so great that sums could leave int32, and for shapes that don't match.
    """
    target = context.output()
    require_dtype(target, "int8")
    product = product_of(context, "int8")
    if product.depth > _MAX_DEPTH:
        raise Unsupported(f"sums {product.depth:,} products; at most {_MAX_DEPTH:,} are exact")
    multiplier, shift = quantize_multiplier(_scale(context))
    left, right, result = (quantization(t) for t in (context.input(0), context.input(1), target))
    values = {
        **_members(product),
        "left_zero_point": left.zero_point,
        "right_zero_point": right.zero_point,
        "output_zero_point": result.zero_point,
        "requant.multiplier": multiplier,
        "requant.shift": shift,
    }
    return _step(context, product, "matmul_s8", values, 8)


def lower_int16(context: Context) -> Lowered:
    """The same on int16; zero points are 0.

    Source: ``reference_ops::BatchMatMul`` with sums in int64. Raises Unsupported for scales that it can't take.
    """
    target = context.output()
    require_dtype(target, "int16")
    product = product_of(context, "int16")
    require_symmetric(context.input(0), context.input(1), target)
    multiplier, shift = wide_scale(_scale(context))
    values = {**_members(product), "scale.multiplier": multiplier, "scale.shift": shift}
    return _step(context, product, "matmul_s16", values, 10)


def _scale(context: Context) -> float:
    left, right, result = (quantization(t) for t in (context.input(0), context.input(1), context.output()))
    return float(np.float32(left.scale) * np.float32(right.scale)) / result.scale


def _members(product: Product) -> dict[str, int | float | str]:
    return {
        "rows": product.rows,
        "columns": product.columns,
        "depth": product.depth,
        "left_down": product.steps[0][0],
        "left_across": product.steps[0][1],
        "right_down": product.steps[1][0],
        "right_across": product.steps[1][1],
    }


def _step(
    context: Context, product: Product, name: str, values: dict[str, int | float | str], cost: int
) -> Lowered:
    starts = product.starts
    call = f"mlf_{name}(in0 + {starts[0]}, in1 + {starts[1]}, out0 + {starts[2]}, &layer);"
    *layer, call = struct_body(f"mlf_{name}_layer", values, call)
    kernel = Kernel(
        (f"batch_{name}.h",),
        (*layer, *nest(product.batches, [call])),
        description=product.description,
        macs=product.macs,
        instructions=cost * product.macs + 30 * context.output().elements,
    )
    return bound_step(context, kernel, (0, 1))
