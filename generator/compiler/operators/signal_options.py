"""Options of TensorFlow Lite Micro's ``Signal*`` operators: a flexbuffer with a map of whole numbers."""

from __future__ import annotations

import struct

from flatbuffers import flexbuffers

from generator.compiler.context import Context
from generator.compiler.step import Unsupported

_DAMAGE = (ValueError, TypeError, IndexError, KeyError, OverflowError, NotImplementedError, struct.error)


def option(context: Context, name: str, low: int, high: int) -> int:
    """A whole number or truth value by its name. Raises Unsupported where it is missing or out of low .. high.

    One value is read, not the whole map: a small file can describe a huge one.
    """
    try:
        found = flexbuffers.GetRoot(bytearray(context.operator.custom_options)).AsMap[name]
        value = int(found.AsBool if found.IsBool else found.AsInt)
    except _DAMAGE:
        raise Unsupported(f"has no option {name!r} that can be read", "convert the model again") from None
    if not low <= value <= high:
        raise Unsupported(f"has the option {name} = {value}, which is not in {low} .. {high}")
    return value
