"""TFLM_DECODE: compressed constants, decompressed by the compiler: by a table, by their zeros, or by Huffman's code.

Source: TensorFlow Lite Micro's ``decode.cc`` and ``decode_state_*.cc``, version 1 of each format.
"""

from __future__ import annotations

import numpy as np

from generator.compiler.context import NUMPY, Context, require_dtype
from generator.compiler.step import Folded, Lowered, Unsupported
from generator.model.network import NetworkTensor

#: bytes of metadata in front of the tables
_HEADER_BYTES = 16
_TABLE, _HUFFMAN, _PRUNE = 0, 1, 2
_TYPES = ("bool", "int8", "int16", "int32", "int64", "float32")
_MAX_CODE_BYTES = 4 << 20
_HINT = "compress the model again"


def lower(context: Context) -> Lowered:
    """Inputs: for each output its code and its metadata with tables, both constant.

    Raises Unsupported for other formats, and for tables that end too early.
    """
    operator = context.operator
    if len(operator.inputs) != 2 * len(operator.outputs) or not operator.outputs:
        raise Unsupported(f"has {len(operator.inputs)} inputs for {len(operator.outputs)} outputs")
    values = {}
    for number in range(len(operator.outputs)):
        target = context.output(number)
        require_dtype(target, *_TYPES)
        code, tables = (
            np.ascontiguousarray(context.constant(position, "codes")).reshape(-1).view(np.uint8)
            for position in (2 * number, 2 * number + 1)
        )
        values[target.index] = _decoded(target, code, tables).reshape(target.shape)
    return Folded(operator.index, operator.kind, values, "decompressed by the compiler")


def _decoded(target: NetworkTensor, code: np.ndarray, tables: np.ndarray) -> np.ndarray:
    if len(tables) < _HEADER_BYTES or tables[1] != 1 or tables[4] != 1:
        raise Unsupported("has metadata of another version than 1", _HINT)
    kind, content = int(tables[0]), tables[_HEADER_BYTES:]
    if kind == _TABLE:
        return _by_table(target, code, content, int(tables[5]) & 7, int(tables[6]))
    if kind == _PRUNE:
        return _by_zeros(target, code, content)
    if kind == _HUFFMAN:
        return _by_huffman(target, code, content, bool(tables[5] & 1), (int(tables[5]) >> 4) + 1)
    raise Unsupported(f"has constants that are compressed in the format {kind}", _HINT)


def _bits(code: np.ndarray, count: int) -> np.ndarray:
    """uint8 [count]: the first bits, the most significant of each byte first."""
    _require_bits(code, count)
    return np.unpackbits(code, count=count)


def _require_bits(code: np.ndarray, count: int) -> None:
    if count > 8 * len(code):
        raise Unsupported(f"has a code of {len(code)} bytes that ends before its {count:,} bits", _HINT)


def _channels(target: NetworkTensor) -> np.ndarray:
    """int64 [elements]: each element's channel, along the first dimension or the last."""
    count, found = target.elements, target.quantization
    channels = 1 if found is None else len(found.scales)
    if channels > 1 and found is not None and target.shape[found.axis : found.axis + 1] != (channels,):
        raise Unsupported(
            f"has {channels} channels along dimension {found.axis} of shape {target.shape}", _HINT
        )
    if channels > 1 and found is not None and found.axis == len(target.shape) - 1:
        return np.arange(count) % channels
    if channels > 1 and found is not None and found.axis != 0:
        raise Unsupported(f"has channels along dimension {found.axis}, neither the first nor the last")
    return np.arange(count) // max(count // channels, 1)


def _by_table(
    target: NetworkTensor, code: np.ndarray, content: np.ndarray, width: int, stride: int
) -> np.ndarray:
    """Indices of width bits into each channel's table of stride elements."""
    if width == 0:
        raise Unsupported("has indices of 0 bits", _HINT)
    powers = 1 << np.arange(width - 1, -1, -1)
    bits = _bits(code, target.elements * width).reshape(-1, width)
    places = _channels(target) * stride + bits.astype(np.int64) @ powers
    return _picked(target, content, places)


def _picked(target: NetworkTensor, content: np.ndarray, places: np.ndarray) -> np.ndarray:
    size = np.dtype(NUMPY[target.dtype]).itemsize
    values = content[: len(content) // size * size].view(NUMPY[target.dtype])
    if places.size and places.max() >= len(values):
        raise Unsupported(f"has a table of {len(values)} values that ends too early", _HINT)
    found: np.ndarray = values[places]
    return found


def _by_zeros(target: NetworkTensor, code: np.ndarray, content: np.ndarray) -> np.ndarray:
    """A bit for each element: whether it is the next value or its channel's zero point."""
    stated = _bits(code, target.elements).astype(bool)
    points = (0,) if target.quantization is None else target.quantization.zero_points or (0,)
    if target.dtype != "int8" and any(points):
        raise Unsupported("has pruned constants whose zero point is not 0")
    channels = _channels(target)
    count = int(channels.max(initial=0)) + 1
    if len(points) not in (1, count):
        raise Unsupported(f"has {len(points)} zero points for {count} channels", _HINT)
    row = np.array(points if len(points) > 1 else points * count)
    result: np.ndarray = row[channels].astype(NUMPY[target.dtype])
    result[stated] = _picked(target, content, np.arange(int(stated.sum())))
    return result


def _by_huffman(
    target: NetworkTensor, code: np.ndarray, content: np.ndarray, wide: bool, first_bits: int
) -> np.ndarray:
    """Tables of the next bits: a symbol and how many of the bits it leaves, or where the next table begins."""
    require_dtype(target, *(("int8", "int16") if wide else ("int8",)))
    if len(code) > _MAX_CODE_BYTES:
        raise Unsupported(
            f"has a Huffman code of {len(code):,} bytes; at most {_MAX_CODE_BYTES:,} are decoded"
        )
    _require_bits(code, target.elements)
    word = np.dtype("<u4" if wide else "<u2")
    table = content[: len(content) // word.itemsize * word.itemsize].view(word).tolist()
    shift = 27 if wide else 11
    found_bit, below = 1 << (shift + 4), (1 << shift) - 1
    # what the last symbol doesn't need may be read beyond the end
    bits = np.concatenate([np.unpackbits(code), np.zeros(32, np.uint8)]).tolist()
    values: list[int] = []
    at = 0
    for _ in range(target.elements):
        place, used, found = 0, first_bits, 0
        while not found & found_bit:
            if at + used > len(bits):
                raise Unsupported("has a code that ends before its last symbol", _HINT)
            place += int("".join(map(str, bits[at : at + used])), 2)
            at += used
            if place >= len(table):
                raise Unsupported("has a code that leads beyond its tables", _HINT)
            found = table[place]
            if not found & found_bit:
                used = ((found >> shift) & 15) + 1
                place += found & below
        needed = (found >> shift) & 15
        if needed == 0:
            raise Unsupported("has a table with a symbol of 0 bits", _HINT)
        values.append(found & 0xFFFF)
        at -= max(used - needed, 0)
    if at > 8 * len(code):
        raise Unsupported("has a code that ends before its last symbol", _HINT)
    return np.array(values, np.uint16).astype(NUMPY[target.dtype])
