"""SignalWindow, SignalFftAutoScale, SignalRfft, SignalIrfft, SignalEnergy: from samples to energies, and back."""

from __future__ import annotations

import math

import numpy as np

from generator.compiler.context import Context, require_dtype
from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.signal_options import option
from generator.compiler.step import Constant, Lowered, Overlap, Unsupported

_HEADERS = ("signal_spectrum.h",)
_MAX_LENGTH = 1 << 15


def lower(context: Context) -> Lowered:
    """int16 samples or spectrum to the same, to bits to shift by, or to uint32 energies.

    Raises Unsupported for other element types, and for damaged options.
    """
    require_dtype(context.input(0), "int16")
    return {
        "SignalWindow": _window,
        "SignalFftAutoScale": _auto_scale,
        "SignalRfft": _rfft,
        "SignalIrfft": _irfft,
        "SignalEnergy": _energy,
    }[context.operator.kind](context)


def _window(context: Context) -> Lowered:
    source, weights = context.input(0), context.input(1)
    require_dtype(weights, "int16")
    require_dtype(context.output(), "int16")
    count = weights.elements
    if count == 0 or source.elements % count or context.output().elements != source.elements:
        raise Unsupported(f"has {count} weights for a tensor of shape {source.shape}")
    shift = option(context, "shift", 0, 31)
    call = f"mlf_signal_window(in0, in1, out0, {source.elements // count}, {count}, {shift});"
    kernel = Kernel(
        _HEADERS,
        (call,),
        overlaps=(Overlap(0, 0, 0),),
        macs=source.elements,
        instructions=9 * source.elements,
    )
    return bound_step(context, kernel, (0, 1))


def _auto_scale(context: Context) -> Lowered:
    source, target, bits = context.input(0), context.output(0), context.output(1)
    require_dtype(target, "int16")
    require_dtype(bits, "int32")
    if target.elements != source.elements or bits.elements != 1:
        raise Unsupported(f"has outputs of shape {target.shape} and {bits.shape} for {source.shape}")
    call = f"*out1 = mlf_signal_auto_scale(in0, out0, {source.elements});"
    return bound_step(
        context,
        Kernel(_HEADERS, (call,), overlaps=(Overlap(0, 0, 0),), instructions=15 * source.elements),
        (0,),
    )


def _rfft(context: Context) -> Lowered:
    """Source: kissfft's ``kiss_fftr`` in 16 bits: each butterfly divides by its radix."""
    source, target = context.input(0), context.output()
    require_dtype(target, "int16")
    length, count = _length(context), source.shape[-1] if source.shape else 0
    if not 0 < count <= length:
        raise Unsupported(f"transforms {count} samples in a length of {length}")
    rows = source.elements // count
    if target.elements != rows * (length + 2):
        raise Unsupported(f"has an output of shape {target.shape} for {rows} x {length + 2} parts")
    kernel = _transform("rfft", rows, count, length)
    return bound_step(context, kernel, (0,))


def _irfft(context: Context) -> Lowered:
    """Source: kissfft's ``kiss_fftri`` in 16 bits."""
    source, target = context.input(0), context.output()
    require_dtype(target, "int16")
    length, count = _length(context), source.shape[-1] if source.shape else 0
    if count < length + 2 or count % 2:
        raise Unsupported(f"transforms {count} parts to {length} samples; {length + 2} parts are needed")
    rows = source.elements // count
    if target.elements != rows * length:
        raise Unsupported(f"has an output of shape {target.shape} for {rows} x {length} samples")
    return bound_step(context, _transform("irfft", rows, count, length), (0,))


def _length(context: Context) -> int:
    """Of the transform, in samples."""
    length = option(context, "fft_length", 4, _MAX_LENGTH)
    if length & (length - 1):
        raise Unsupported(f"transforms {length} samples; a power of two is needed")
    return length


def _transform(kind: str, rows: int, count: int, length: int) -> Kernel:
    """rows transforms between length samples and their frequencies. count: of a row's input values."""
    points = length // 2
    log2 = points.bit_length() - 1
    sign = 1 if kind == "irfft" else -1
    values: dict[str, int | float | str] = {
        "rows": rows,
        "count": count,
        "points": points,
        "stages": log2 // 2,
        "pairs": log2 % 2,
        "inverse": int(kind == "irfft"),
        "order": "order",
        "twiddles": "twiddles",
        "untwiddles": "untwiddles",
    }
    turns = sign * 2 * np.pi * np.arange(points) / points
    half_turns = sign * np.pi * ((np.arange(points // 2) + 1.0) / points + 0.5)
    return Kernel(
        _HEADERS,
        struct_body("mlf_signal_fft_layer", values, f"mlf_signal_{kind}(in0, out0, scratch, &layer);"),
        constants=(
            Constant("order", "int16_t", _order(points)),
            Constant("twiddles", "mlf_complex_s16", _unit_circle(turns)),
            Constant("untwiddles", "mlf_complex_s16", _unit_circle(half_turns)),
        ),
        scratch_bytes=4 * points,
        description=f"{length} samples, radix 4{' and 2' if log2 % 2 else ''}",
        macs=rows * points * (3 * log2 // 2 + 2) * 4,
        instructions=rows * points * (30 * log2 + 60),
    )


def _unit_circle(angles: np.ndarray) -> np.ndarray:
    """int16 [n, 2]: cosines and sines of angles in radians, in 1/32767."""
    return np.array(
        [[math.floor(0.5 + 32767 * f(a)) for f in (math.cos, math.sin)] for a in angles.tolist()], np.int16
    ).reshape(-1, 2)


def _order(points: int) -> np.ndarray:
    """int16 [points]: where each value goes before the first stage; radix 4 outside, radix 2 inside."""
    places = np.zeros(points, np.int16)

    def place(start: int, first: int, step: int, count: int) -> None:
        if count == 1:
            places[first] = start
            return
        radix = 4 if count % 4 == 0 else 2
        for part in range(radix):
            place(start + part * (count // radix), first + part * step, step * radix, count // radix)

    place(0, 0, 1, points)
    return places


def _energy(context: Context) -> Lowered:
    source, target = context.input(0), context.output()
    require_dtype(target, "uint32")
    count = target.elements
    if source.elements != 2 * count:
        raise Unsupported(f"has an input of shape {source.shape} and an output of shape {target.shape}")
    start = option(context, "start_index", 0, count)
    end = option(context, "end_index", 0, count)
    call = f"mlf_signal_energy(in0, out0, {count}, {start}, {end});"
    return bound_step(context, Kernel(_HEADERS, (call,), macs=2 * count, instructions=10 * count), (0,))
