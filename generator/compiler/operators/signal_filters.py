"""From energies to features, as TensorFlow Lite Micro's audio front end has them.

SignalFilterBank, SignalFilterBankSquareRoot, SignalFilterBankSpectralSubtraction, SignalPCAN, SignalFilterBankLog.
"""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from generator.compiler.context import Context, require_dtype
from generator.compiler.kernels.kernel import Kernel, struct_body
from generator.compiler.operators.binding import bound_step
from generator.compiler.operators.signal_options import option
from generator.compiler.step import Constant, Lowered, Overlap, Step, Unsupported

_HEADERS = ("signal_filters.h",)
_GAINS = 125
_MAX_CHANNELS = 4096
_BANK = ("weights", "unweights", "frequency_starts", "weight_starts", "widths")


def lower(context: Context) -> Lowered:
    """Energies, uint32 or uint64, to energies or features, int16; all [channels], in fixed point.

    Raises Unsupported for other element types, and for damaged options.
    """
    return {
        "SignalFilterBank": _filter_bank,
        "SignalFilterBankSquareRoot": _square_root,
        "SignalFilterBankSpectralSubtraction": _spectral_subtraction,
        "SignalPCAN": _pcan,
        "SignalFilterBankLog": _log,
    }[context.operator.kind](context)


def _filter_bank(context: Context) -> Lowered:
    source, target = context.input(0), context.output()
    require_dtype(source, "uint32")
    require_dtype(target, "uint64")
    channels = option(context, "num_channels", 1, _MAX_CHANNELS)
    if target.elements != channels:
        raise Unsupported(f"has an output of shape {target.shape} for {channels} channels")
    tables = {}
    for position, name in enumerate(_BANK, 1):
        require_dtype(context.input(position), "int16")
        tables[name] = context.constant(position, name).reshape(-1)
    weights, unweights, *places = tables.values()
    if any(len(place) != channels + 1 or (place < 0).any() for place in places):
        raise Unsupported(f"has starts or widths that are not {channels + 1} whole numbers >= 0")
    frequencies, starts, widths = (place.astype(np.int64) for place in places)
    if (frequencies + widths).max() > source.elements or (starts + widths).max() > min(
        len(weights), len(unweights)
    ):
        raise Unsupported("has channels that reach beyond its input or its weights")
    values: dict[str, int | float | str] = {"channels": channels, **{name: name for name in _BANK}}
    body = struct_body("mlf_signal_filter_bank_layer", values, "mlf_signal_filter_bank(in0, out0, &layer);")
    macs = 2 * int(widths.sum())
    kernel = Kernel(
        _HEADERS,
        body,
        constants=tuple(Constant(name, "int16_t", table) for name, table in tables.items()),
        description=f"{channels} channels",
        macs=macs,
        instructions=8 * macs + 20 * channels,
    )
    return bound_step(context, kernel, (0,))


def _square_root(context: Context) -> Lowered:
    source, bits, target = context.input(0), context.input(1), context.output()
    require_dtype(source, "uint64")
    require_dtype(bits, "int32")
    require_dtype(target, "uint32")
    count = source.elements
    if bits.elements != 1 or target.elements != count:
        raise Unsupported(f"has inputs of shape {source.shape} and {bits.shape}, an output of {target.shape}")
    call = f"mlf_signal_square_roots(in0, out0, {count}, *in1);"
    return bound_step(context, Kernel(_HEADERS, (call,), instructions=450 * count), (0, 1))


def _spectral_subtraction(context: Context) -> Step:
    source = context.input(0)
    channels = option(context, "num_channels", 1, _MAX_CHANNELS)
    for tensor in (source, context.output(0), context.output(1)):
        require_dtype(tensor, "uint32")
        if tensor.elements != channels:
            raise Unsupported(f"has a tensor of shape {tensor.shape} for {channels} channels")
    most = (1 << 31) - 1
    even, odd = (option(context, name, 0, most) for name in ("smoothing", "alternate_smoothing"))
    one_minus = [
        option(context, name, 0, most) for name in ("one_minus_smoothing", "alternate_one_minus_smoothing")
    ]
    values: dict[str, int | float | str] = {
        "channels": channels,
        "smoothing[0]": even,
        "smoothing[1]": odd,
        "one_minus_smoothing[0]": one_minus[0],
        "one_minus_smoothing[1]": one_minus[1],
        "min_signal_remaining": option(context, "min_signal_remaining", 0, most),
        "smoothing_bits": option(context, "smoothing_bits", 0, 31),
        "bits": option(context, "spectral_subtraction_bits", 0, 32),
        "clamping": option(context, "clamping", 0, 1),
    }
    call = "mlf_signal_subtract_noise(in0, {noise}, out0, out1, &layer);"
    kernel = Kernel(
        _HEADERS,
        struct_body("mlf_signal_subtraction_layer", values, call),
        description=f"{channels} channels",
        instructions=40 * channels,
    )
    step = kernel.step(
        context.operator.index, context.operator.kind, (source.index,), context.operator.outputs
    )
    return replace(
        step, state={"noise": ("uint32", bytes(4 * channels))}, notes=("the noise's estimate is state",)
    )


def _pcan(context: Context) -> Lowered:
    source, noise, gains, target = context.input(0), context.input(1), context.input(2), context.output()
    for tensor in (source, noise, target):
        require_dtype(tensor, "uint32")
        if tensor.elements != source.elements:
            raise Unsupported(f"has tensors of shape {source.shape} and {tensor.shape}")
    require_dtype(gains, "int16")
    if gains.elements < _GAINS:
        raise Unsupported(f"has a table of {gains.elements} gains; {_GAINS} are needed")
    shift = option(context, "snr_shift", 0, 63)
    call = f"mlf_signal_pcan(in0, in1, in2, out0, {source.elements}, {shift});"
    kernel = Kernel(_HEADERS, (call,), overlaps=(Overlap(0, 0, 0),), instructions=60 * source.elements)
    return bound_step(context, kernel, (0, 1, 2))


def _log(context: Context) -> Lowered:
    source, target = context.input(0), context.output()
    require_dtype(source, "uint32")
    require_dtype(target, "int16")
    if target.elements != source.elements:
        raise Unsupported(f"has tensors of shape {source.shape} and {target.shape}")
    scale = option(context, "output_scale", 0, (1 << 31) - 1)
    shift = option(context, "input_correction_bits", 0, 31)
    call = f"mlf_signal_logs(in0, out0, {source.elements}, {scale}u, {shift}, {{corrections}});"
    kernel = Kernel(
        _HEADERS,
        (call,),
        constants=(Constant("corrections", "uint16_t", corrections()),),
        instructions=80 * source.elements,
    )
    return bound_step(context, kernel, (0,))


def corrections() -> np.ndarray:
    """uint16 [130]: 65536 * (log2(1 + x) - x) for x = i / 128; one more 0 at the end."""
    x = np.arange(129) / 128
    return np.append(np.floor(65536 * (np.log2(1 + x) - x) + 0.5), 0).astype(np.uint16)
