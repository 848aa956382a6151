"""What layers on int16 with int8 weights share: scales, biases, limits (see int16.h)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec.structs import replace

from generator.compiler.arithmetic import activation_range, quantize_multiplier
from generator.compiler.context import Context, require_dtype, require_symmetric
from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.operators.layers import check_bias
from generator.compiler.operators.windows import layer_scales
from generator.compiler.step import Constant, Step, Unsupported

#: number of int32 in the schema's TensorType: the type of a bias that is left out
INT32 = 2


def weights_kernel(
    context: Context,
    name: str,
    members: Mapping[str, int],
    *,
    source: int = 0,
    weights: int = 1,
    bias: int = 2,
    channels: int,
    axis: int,
    biases: Sequence[str] = ("int64", "int32"),
) -> Kernel:
    """A kernel of the header ``<name>.h`` with its tables.

    source, weights, bias: positions of the inputs. channels: of the output. axis: the weights' dimension of output
    channels. biases: element types of the bias. Raises Unsupported for tensors that the reference kernels refuse.
    """
    taken, given = context.input(source), context.output()
    require_dtype(context.input(weights), "int8")
    require_dtype(given, "int16")
    require_symmetric(taken, given)
    kind = check_bias(context, bias, channels, *biases)
    narrow = kind == "int32" or (kind is None and context.operator.integer("quantized_bias_type") == INT32)
    real = layer_scales(taken, context.input(weights), given, channels, axis)
    low, high = activation_range(context.operator.integer("fused_activation_function"), given)
    values = np.zeros(channels, np.int64)
    if kind is not None:
        values = context.constant(bias, "a bias").reshape(-1).astype(np.int64)
    table = context.constant(weights, "weights")
    values_of: dict[str, int | float | str] = {
        **members,
        "wide": int(not narrow),
        "low": low,
        "high": high,
        "weights": "weights",
        "bias": "bias",
        "scales": "scales",
    }
    return Kernel(
        (f"{name}.h",),
        struct_body(f"mlf_{name}_layer", values_of, f"mlf_{name}(in0, out0, &layer);"),
        constants=(
            Constant("weights", "int8_t", np.ascontiguousarray(table).reshape(-1)),
            Constant("bias", "int64_t", values, 8),
            Constant("scales", "mlf_scale_s16", _rows(real, narrow)),
        ),
        description="int32 sums, rounded twice" if narrow else "int64 sums, rounded once",
    )


def step_of(context: Context, kernel: Kernel, source: int, macs: int, instructions: float) -> Step:
    """The kernel as a step that reads the input at a position."""
    step = kernel.step(
        context.operator.index,
        context.operator.kind,
        (context.input(source).index,),
        context.operator.outputs,
    )
    return replace(step, macs=macs, instructions=round(instructions))


def _rows(scales: Sequence[float] | np.ndarray, narrow: bool) -> np.ndarray:
    """int32 [channels, 2]: {multiplier, shift} of mlf_scale_s16."""
    rows = []
    for scale in scales:
        rows.append(quantize_multiplier(float(scale)) if narrow else wide_scale(float(scale)))
    return np.array(rows, np.int32).reshape(-1, 2)


def wide_scale(scale: float) -> tuple[int, int]:
    """(multiplier of 15 bits, shift right) of a sum in int64. Raises Unsupported beyond what the reference takes."""
    multiplier, shift = quantize_multiplier(scale)
    if not -31 <= shift < 8:
        raise Unsupported(f"scales its sums by {scale:g}, which the reference kernels can't")
    reduced = (multiplier + (1 << 15)) >> 16 if multiplier < 0x7FFF0000 else 0x7FFF
    return reduced, 15 - shift
