"""SignalFramer, SignalDelay, SignalStacker, SignalOverlapAdd: samples that wait from run to run.

What is not there yet is 0, where TensorFlow Lite Micro leaves the output as it was.
"""

from __future__ import annotations

from math import prod

from generator.compiler.context import Context, require_dtype
from generator.compiler.operators.signal_options import option
from generator.compiler.step import Lowered, Step, Unsupported, require_room

_MAX_SAMPLES = 1 << 20


def lower(context: Context) -> Lowered:
    """int16 samples to int16 samples, with a state of their own.

    Raises Unsupported for other element types, and for damaged options.
    """
    require_dtype(context.input(0), "int16")
    require_dtype(context.output(), "int16")
    return {
        "SignalFramer": _framer,
        "SignalDelay": _delay,
        "SignalStacker": _stacker,
        "SignalOverlapAdd": _overlap_add,
    }[context.operator.kind](context)


def _framer(context: Context) -> Step:
    """Frames that overlap. Where they are prefilled, zeros wait for the first samples."""
    source, target = context.input(0), context.output(0)
    frame = option(context, "frame_size", 1, _MAX_SAMPLES)
    step = option(context, "frame_step", 1, frame)
    count = source.shape[-1] if source.shape else 0
    if count < step or count % step:
        raise Unsupported(f"takes {count} samples in steps of {step}")
    rows, frames = source.elements // count, count // step
    _require(context, rows * frames * frame, valid=True)
    held = frame - step if option(context, "prefill", 0, 1) else 0
    call = f"*out1 = mlf_signal_frames(in0, {{waiting}}, {{held}}, out0, {rows}, {frames}, {frame}, {step});"
    state = {
        "waiting": _zeros(rows * (frame + step)),
        "held": ("int32", held.to_bytes(4, "little") * rows),
    }
    return _step(context, call, state, f"{frames} frames of {frame}, {step} apart", target.elements)


def _delay(context: Context) -> Step:
    source = context.input(0)
    count = source.shape[-1] if source.shape else 0
    delay = option(context, "delay_length", 1, _MAX_SAMPLES)
    if count == 0:
        raise Unsupported(f"delays a tensor of shape {source.shape}")
    _require(context, source.elements)
    rows = source.elements // count
    call = f"mlf_signal_delay(in0, {{late}}, out0, {rows}, {count}, {delay});"
    state = {"late": _zeros(rows * delay)}
    return _step(context, call, state, f"by {delay} samples", source.elements)


def _stacker(context: Context) -> Step:
    """Neighbouring vectors side by side."""
    source = context.input(0)
    count = option(context, "num_channels", 1, _MAX_SAMPLES)
    left = option(context, "stacker_left_context", 0, 1024)
    right = option(context, "stacker_right_context", 0, 1024)
    frame = count * (left + right + 1)
    step = count * option(context, "stacker_step", 1, left + right + 1)
    if source.elements != count:
        raise Unsupported(f"has an input of shape {source.shape} for {count} channels")
    _require(context, frame, valid=True)
    call = f"*out1 = mlf_signal_stack(in0, {{waiting}}, {{held}}, out0, {count}, {left}, {frame}, {step});"
    state = {
        "waiting": _zeros(frame + count),
        "held": ("int32", (-1).to_bytes(4, "little", signed=True)),
    }
    return _step(context, call, state, f"{left} before and {right} behind", frame)


def _overlap_add(context: Context) -> Step:
    source = context.input(0)
    if len(source.shape) < 2 or 0 in source.shape:
        raise Unsupported(
            f"adds frames of a tensor of shape {source.shape}; at least two dimensions are needed"
        )
    rows, frames, frame = prod(source.shape[:-2]), *source.shape[-2:]
    step = option(context, "frame_step", 1, frame)
    _require(context, rows * frames * step)
    call = f"mlf_signal_overlap_add(in0, {{sums}}, out0, {rows}, {frames}, {frame}, {step});"
    state = {"sums": _zeros(rows * frame)}
    return _step(context, call, state, f"{frames} frames of {frame}, {step} apart", source.elements)


def _zeros(samples: int) -> tuple[str, bytes]:
    require_room(2 * samples)
    return "int16", bytes(2 * samples)


def _require(context: Context, elements: int, *, valid: bool = False) -> None:
    """Raises Unsupported where an output has another size. valid: whether there is a truth value as well."""
    if context.output().elements != elements:
        raise Unsupported(f"has an output of shape {context.output().shape}; {elements} elements are needed")
    if valid:
        require_dtype(context.output(1), "bool")
        if context.output(1).elements != 1:
            raise Unsupported(f"has a truth value of shape {context.output(1).shape}")


def _step(
    context: Context, call: str, state: dict[str, tuple[str, bytes]], kernel: str, elements: int
) -> Step:
    return Step(
        context.operator.index,
        context.operator.kind,
        (context.input(0).index,),
        context.operator.outputs,
        (call,),
        headers=("signal_frames.h",),
        state=state,
        kernel=kernel,
        instructions=3 * elements + 50,
    )
