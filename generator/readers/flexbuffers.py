"""The options of a custom operator, which are a FlexBuffer map: name -> number, truth value or text.

Source: ``flexbuffers.h`` of FlatBuffers. The bytes may be hostile.
"""

from __future__ import annotations

import struct

from generator.errors import ArchiveError

_INT, _UINT, _FLOAT, _KEY, _STRING, _INDIRECT_INT, _INDIRECT_UINT, _INDIRECT_FLOAT, _MAP = range(1, 10)
_BOOL = 26
_WIDTHS = (1, 2, 4, 8)
_MAX_ENTRIES = 1_000

FlexValue = int | float | bool | str


def parse_map(data: bytes) -> dict[str, FlexValue]:
    """The entries of a map that are numbers, truth values or texts; others are left out.

    Raises ArchiveError for bytes that are not a map.
    """
    try:
        return _map(data)
    except (IndexError, struct.error, UnicodeDecodeError):
        raise ArchiveError("options of a custom operator are damaged: no FlexBuffer") from None


def _map(data: bytes) -> dict[str, FlexValue]:
    if len(data) < 3:
        raise IndexError
    kind, width = data[-2] >> 2, data[-1]
    if kind != _MAP or width not in _WIDTHS:
        raise IndexError
    values = _follow(data, len(data) - 2 - width, width)
    # before a map's values: offset of the keys, width of the keys, number of entries
    size_bytes = 1 << (data[-2] & 3)
    count = _unsigned(data, values - size_bytes, size_bytes)
    keys = _follow(data, values - 3 * size_bytes, size_bytes)
    key_bytes = _unsigned(data, values - 2 * size_bytes, size_bytes)
    if count > _MAX_ENTRIES or key_bytes not in _WIDTHS:
        raise IndexError
    found: dict[str, FlexValue] = {}
    for number in range(count):
        name = _text(data, _follow(data, keys + number * key_bytes, key_bytes))
        packed = _unsigned(data, values + count * size_bytes + number, 1)
        value = _value(data, values + number * size_bytes, size_bytes, packed)
        if value is not None:
            found[name] = value
    return found


def _value(data: bytes, at: int, width: int, packed: int) -> FlexValue | None:
    kind, own_width = packed >> 2, 1 << (packed & 3)
    if kind in (_INDIRECT_INT, _INDIRECT_UINT, _INDIRECT_FLOAT):
        at, width, kind = _follow(data, at, width), own_width, kind - _INDIRECT_INT + _INT
    if kind == _INT:
        return int.from_bytes(_slice(data, at, width), "little", signed=True)
    if kind == _UINT:
        return _unsigned(data, at, width)
    if kind == _FLOAT and width >= 4:
        return float(struct.unpack("<f" if width == 4 else "<d", _slice(data, at, width))[0])
    if kind == _BOOL:
        return _unsigned(data, at, width) != 0
    if kind in (_KEY, _STRING):
        return _text(data, _follow(data, at, width))
    return None


def _slice(data: bytes, at: int, length: int) -> bytes:
    if at < 0 or at + length > len(data):
        raise IndexError
    return data[at : at + length]


def _unsigned(data: bytes, at: int, width: int) -> int:
    return int.from_bytes(_slice(data, at, width), "little")


def _follow(data: bytes, at: int, width: int) -> int:
    """Where the offset at a place points to: backwards."""
    target = at - _unsigned(data, at, width)
    if target < 0:
        raise IndexError
    return target


def _text(data: bytes, at: int) -> str:
    end = data.find(0, at)
    if end < 0:
        raise IndexError
    return data[at:end].decode()
