"""CIRCULAR_BUFFER: the last rows of a streaming model, the newest at the end, kept from run to run.

Source: TensorFlow Lite Micro's ``circular_buffer.cc``.
"""

from __future__ import annotations

from generator.compiler.context import Context, require_dtype
from generator.compiler.operators.signal_options import option
from generator.compiler.step import Lowered, Step, Unsupported, require_room

#: rows of the buffers that the reference kernel fills in every run where the model doesn't say so
_EVERY_RUN = (5, 13, 25)
_MAX_CYCLES = 1 << 20


def lower(context: Context) -> Lowered:
    """int8 [1, 1, W, C] to [1, slots, W, C].

    Raises Unsupported for other element types, and where what follows doesn't run in every run.
    """
    source, target = context.input(0), context.output()
    require_dtype(source, "int8")
    require_dtype(target, "int8")
    if len(source.shape) != 4 or len(target.shape) != 4 or source.shape[:2] != (1, 1) or 0 in target.shape:
        raise Unsupported(f"has an input of shape {source.shape} and an output of shape {target.shape}")
    if (1, *source.shape[2:]) != (target.shape[0], *target.shape[2:]):
        raise Unsupported(f"has an input of shape {source.shape} and an output of shape {target.shape}")
    stated = context.operator.custom_options
    cycles = option(context, "cycles_max", -_MAX_CYCLES, _MAX_CYCLES) if stated else 0
    if cycles <= 0:
        cycles = 1 if target.shape[1] in _EVERY_RUN else 2
    if cycles > 1:
        raise Unsupported(
            f"runs what follows it only once in {cycles} runs",
            f"split the model there, and run the second part once in {cycles} runs of the first",
        )
    point = 0 if target.quantization is None else target.quantization.zero_point
    whole, row = target.size_bytes, source.size_bytes
    require_room(whole)
    return Step(
        context.operator.index,
        context.operator.kind,
        (source.index,),
        (target.index,),
        (
            f"memmove({{rows}}, {{rows}} + {row}, {whole - row}u);",
            f"memcpy({{rows}} + {whole - row}, in0, {row}u);",
            f"memcpy(out0, {{rows}}, {whole}u);",
        ),
        state={"rows": ("int8", bytes([point & 255]) * whole)},
        kernel=f"{target.shape[1]} rows",
        instructions=whole,
    )
