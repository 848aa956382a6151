"""SVDF: filters over the last inputs, which the operator remembers from run to run."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from generator.compiler.arithmetic import quantize_multiplier
from generator.compiler.context import Context, quantization, require_dtype, wrong_dtype
from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.operators.svdf_float import lower_float
from generator.compiler.operators.windows import bias_of
from generator.compiler.step import C_TYPES, Constant, Lowered, Unsupported


def lower(context: Context) -> Lowered:
    """int8 or float32 input. Raises Unsupported for other element types."""
    dtype = context.input(0).dtype
    if dtype == "int8":
        return _int8(context)
    if dtype == "float32":
        return lower_float(context)
    raise wrong_dtype(context.input(0))


def _int8(context: Context) -> Lowered:
    """Input [N, K], weights [F, K] and [F, M], bias [F / rank], state [N, F * M], output [N, F / rank].

    Source: TensorFlow Lite Micro's ``EvalIntegerSvdfReference``, which leaves the activation to the output's range.
    """
    source, features, times = context.input(0), context.input(1), context.input(2)
    state, target = context.input(4), context.output()
    require_dtype(features, "int8")
    require_dtype(state, "int8", "int16")
    require_dtype(times, state.dtype)
    require_dtype(target, "int8")
    if not state.variable:
        raise Unsupported(f"has the state {state.name!r}, which is not a variable tensor")
    rank = context.operator.integer("rank")
    shapes = (source.shape, features.shape, times.shape, state.shape, target.shape)
    if any(len(shape) != 2 or 0 in shape for shape in shapes) or rank < 1 or features.shape[0] % rank:
        raise Unsupported(f"has the shapes {shapes} and rank {rank}")
    (batches, inputs), (filters, _), (_, memory) = source.shape, features.shape, times.shape
    units = filters // rank
    expected = ((batches, inputs), (filters, inputs), (filters, memory), (batches, filters * memory))
    if shapes != (*expected, (batches, units)):
        raise Unsupported(f"has the shapes {shapes} and rank {rank}, which do not match")
    bias = bias_of(context, 3, units)
    scales = [np.float32(quantization(tensor).scale) for tensor in (source, features, state, times, target)]
    feature = quantize_multiplier(float(scales[0] * scales[1] / scales[2]))
    output = quantize_multiplier(float(scales[2] * scales[3] / scales[4]))
    values: dict[str, int | float | str] = {
        "batches": batches,
        "inputs": inputs,
        "units": units,
        "rank": rank,
        "memory": memory,
        "input_zero_point": quantization(source).zero_point,
        "state_zero_point": quantization(state).zero_point,
        "output_zero_point": quantization(target).zero_point,
        "feature.multiplier": feature[0],
        "feature.shift": feature[1],
        "output.multiplier": output[0],
        "output.shift": output[1],
        "feature_weights": "features",
        "bias": "bias",
    }
    suffix = "s8" if state.dtype == "int8" else "s16"
    call = f"mlf_svdf_s8_{suffix}(in0, in1, out0, {{times}}, &layer);"
    macs = batches * filters * (inputs + memory)
    kernel = Kernel(
        ("svdf_s8.h",),
        struct_body("mlf_svdf_s8_layer", values, call),
        constants=(
            Constant("features", "int8_t", context.constant(1, "weights").reshape(-1)),
            Constant("times", C_TYPES[times.dtype], context.constant(2, "weights").reshape(-1)),
            Constant("bias", "int32_t", np.zeros(units, np.int32) if bias is None else bias),
        ),
        description=f"{filters} filters over {memory} runs",
        macs=macs,
        instructions=6 * macs,
    )
    step = kernel.step(
        context.operator.index, context.operator.kind, (source.index, state.index), (target.index,)
    )
    return replace(step, updates=(1,))
