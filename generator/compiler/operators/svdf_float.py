"""SVDF on floats: filters of the newest input, and a sum over their last results, which are state.

Inputs: input [N, K], feature weights [filters, K], time weights [filters, memory], bias [units], state
[N, filters * memory]; filters = units * rank. Output [N, units].
"""

from __future__ import annotations

import numpy as np

from generator.compiler.c_tables import real_literal
from generator.compiler.context import Context, quantization, require_dtype
from generator.compiler.kernels.kernel import struct_body
from generator.compiler.operators.layers import float_range
from generator.compiler.operators.windows import bias_of
from generator.compiler.step import Constant, Lowered, Step, Unsupported

_STATE = 4


def lower_float(context: Context) -> Lowered:
    """Feature weights are floats, or int8: the input is quantised then."""
    return _hybrid(context) if context.input(1).dtype == "int8" else _float(context)


def _sizes(context: Context) -> dict[str, int]:
    """The members that all SVDF structs have. Raises Unsupported where shapes disagree."""
    source, features, times, state, target = (
        context.input(0),
        context.input(1),
        context.input(2),
        context.input(_STATE),
        context.output(),
    )
    rank = context.operator.integer("rank")
    if len(source.shape) != 2 or len(features.shape) != 2 or len(times.shape) != 2 or 0 in times.shape:
        raise Unsupported(
            f"has tensors of shape {source.shape}, {features.shape} and {times.shape}; two dimensions are needed"
        )
    batches, inputs = source.shape
    filters, memory = times.shape
    if rank < 1 or filters % rank or features.shape != (filters, inputs):
        raise Unsupported(
            f"has feature weights of shape {features.shape} for time weights of {times.shape}, {inputs} inputs "
            f"and rank {rank}"
        )
    if not state.variable or state.elements != batches * filters * memory:
        raise Unsupported(
            f"has a state of {state.elements} elements that is {'' if state.variable else 'not '}variable; "
            f"{batches * filters * memory} variable ones are needed"
        )
    if target.shape != (batches, filters // rank):
        raise Unsupported(f"has an output of shape {target.shape}, not {(batches, filters // rank)}")
    return {
        "batches": batches,
        "inputs": inputs,
        "units": filters // rank,
        "rank": rank,
        "memory": memory,
    }


def _float(context: Context) -> Step:
    sizes = _sizes(context)
    body = struct_body(
        "mlf_svdf_f32_layer",
        _float_members(context, sizes),
        "mlf_svdf_f32(in0, in1, out0, {features}, &layer);",
    )
    require_dtype(context.input(1), "float32")
    features = _table("features", "float", context.constant(1, "weights"))
    tables = (features, *_float_tables(context, sizes))
    return _step(context, sizes, ("svdf_f32.h",), body, tables, "", 7)


def _hybrid(context: Context) -> Step:
    """The input is quantised again in each run. Source: LiteRT's ``EvalHybridSVDF``."""
    sizes = _sizes(context)
    scale = real_literal(quantization(context.input(1)).scale)
    asymmetric = int(bool(context.operator.integer("asymmetric_quantize_inputs")))
    call = f"mlf_svdf_hybrid(in0, in1, out0, {{features}}, {scale}, {asymmetric}, scratch, &layer);"
    body = struct_body("mlf_svdf_f32_layer", _float_members(context, sizes), call)
    features = _table("features", "int8_t", context.constant(1, "weights"))
    tables = (features, *_float_tables(context, sizes))
    return _step(
        context, sizes, ("svdf_f32.h",), body, tables, "int8 weights, input quantised", 5, sizes["inputs"]
    )


def _float_members(context: Context, sizes: dict[str, int]) -> dict[str, int | float | str]:
    low, high = float_range(context)
    return {**sizes, "low": low, "high": high, "time_weights": "times", "bias": "bias"}


def _float_tables(context: Context, sizes: dict[str, int]) -> tuple[Constant, Constant]:
    for tensor in (context.input(_STATE), context.output()):
        require_dtype(tensor, "float32")
    bias = bias_of(context, 3, sizes["units"], "float32")
    times = context.constant(2, "weights")
    if require_dtype(context.input(2), "float32", "int8") == "int8":
        times = times.astype(np.float32) * np.float32(quantization(context.input(2)).scale)
    return (
        _table("times", "float", times),
        _table("bias", "float", np.zeros(sizes["units"], np.float32) if bias is None else bias),
    )


def _table(name: str, c_type: str, content: np.ndarray) -> Constant:
    return Constant(name, c_type, np.ascontiguousarray(content).reshape(-1))


def _step(
    context: Context,
    sizes: dict[str, int],
    headers: tuple[str, ...],
    body: tuple[str, ...],
    constants: tuple[Constant, ...],
    kernel: str,
    cost: int,
    scratch_bytes: int = 0,
) -> Step:
    macs = sizes["batches"] * sizes["units"] * sizes["rank"] * (sizes["inputs"] + sizes["memory"])
    return Step(
        context.operator.index,
        context.operator.kind,
        (context.input(0).index, context.input(_STATE).index),
        context.operator.outputs,
        body,
        headers=headers,
        constants=constants,
        updates=(1,),
        scratch_bytes=scratch_bytes,
        kernel=kernel,
        macs=macs,
        notes=(f"rank {sizes['rank']}, {sizes['memory']} results of each filter kept",),
        instructions=cost * macs,
    )
