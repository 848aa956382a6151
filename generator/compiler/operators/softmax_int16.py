"""SOFTMAX on int16, by two tables. Source: ``reference_ops::SoftmaxInt16``."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from generator.compiler.arithmetic import quantize_multiplier
from generator.compiler.context import Context, quantization, require_dtype
from generator.compiler.kernels.kernel import Kernel
from generator.compiler.operators.binding import bound_step
from generator.compiler.step import Constant, Lowered, Overlap, Unsupported

_STEPS = 512
_RANGE = 65535
_FLOAT = np.float32


def lower_int16(context: Context) -> Lowered:
    """[..., C] to [..., C], int16, C up to 32,768; zero points 0, output scale 1/32768.

    Raises Unsupported for the rest.
    """
    source, target = context.input(0), context.output()
    require_dtype(target, "int16")
    taken, given = quantization(source), quantization(target)
    if source.shape != target.shape or not source.shape or source.elements == 0:
        raise Unsupported(f"turns the shape {source.shape} into {target.shape}")
    if taken.zero_point or given.zero_point or not math.isclose(given.scale, 2.0**-15, rel_tol=1e-3):
        raise Unsupported("has zero points that are not 0, or an output of a scale that is not 1/32768")
    count = source.shape[-1]
    if count > 32768:
        raise Unsupported(f"runs over {count:,} elements; at most 32,768 can be summed exactly")
    multiplier, shift = quantize_multiplier(taken.scale * context.operator.real("beta") / (10.0 / 65535.0))
    rows = source.elements // count
    one = _FLOAT(1)
    tables = (
        Constant("exponentials", "int16_t", _table(_FLOAT(10) / _RANGE, 32767, np.exp)),
        Constant("reciprocals", "int16_t", _table(one / _RANGE, -32768, lambda x: one / (one + x))),
    )
    body = (
        f"mlf_softmax_s16(in0, out0, {rows}, {count}, {multiplier}, {shift}, "
        "{exponentials}, {reciprocals});"
    )
    kernel = Kernel(
        ("lookup_s16.h",),
        (body,),
        constants=tables,
        overlaps=(Overlap(0, 0, 0),),
        description="exponentials and a reciprocal from tables",
        instructions=50 * source.elements,
    )
    return bound_step(context, kernel, (0,))


def _table(scale: np.float32, zero_point: int, function: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """int16 [513]: a function of an int16 at each 128th, shifted to halve the error between them.

    In float32 throughout. Output in 2/65535. Source: ``LUTPopulateInt16``.
    """
    low, high = scale * _FLOAT(-32768 - zero_point), scale * _FLOAT(32767 - zero_point)
    given = _FLOAT(2) / _FLOAT(_RANGE)
    inverse = _FLOAT(65536) / (given * _FLOAT(32767) - given * _FLOAT(-32768))
    step = (high - low) / _FLOAT(_STEPS)
    half = step / _FLOAT(2)
    numbers = np.arange(_STEPS, dtype=np.float32)

    def at(x: np.ndarray) -> np.ndarray:
        found: np.ndarray = function(x.astype(np.float64)).astype(np.float32)
        scaled: np.ndarray = found * inverse
        return scaled

    values, middles = at(low + numbers * step), at(low + numbers * step + half)
    following = at(low + (numbers + _FLOAT(1)) * step)
    samples = _rounded(values)
    between = _rounded((following + samples) / _FLOAT(2))
    bias = _rounded((between - _rounded(middles)) / _FLOAT(2))
    last = _rounded(at(np.array([high])))
    table: np.ndarray = np.clip(np.concatenate([samples - bias, last]), -32768, 32767).astype(np.int16)
    return table


def _rounded(values: np.ndarray) -> np.ndarray:
    """To the nearest, halves away from zero."""
    found: np.ndarray = np.copysign(np.floor(np.abs(values) + _FLOAT(0.5)), values)
    return found
