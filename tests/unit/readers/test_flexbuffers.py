"""Options of custom operators: values of every kind, and bytes that are none."""

from __future__ import annotations

import contextlib

import pytest
from flatbuffers import flexbuffers
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import ArchiveError
from generator.readers.flexbuffers import parse_map

_VALUES = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.floats(-1e30, 1e30),
    st.booleans(),
    st.text("abc xyz", max_size=9),
)


@given(st.dictionaries(st.text("abcdef_", min_size=1, max_size=12), _VALUES, max_size=20))
def test_what_the_library_writes_is_read(values: dict[str, int | float | bool | str]) -> None:
    assert parse_map(bytes(flexbuffers.Dumps(values))) == values


def test_lists_are_left_out() -> None:
    assert parse_map(bytes(flexbuffers.Dumps({"a": [1, 2], "b": 3, "c": {"d": 1}}))) == {"b": 3}


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0\0", bytes(flexbuffers.Dumps([1, 2])), b"\xff" * 40])
def test_bytes_that_are_no_map_are_refused(data: bytes) -> None:
    with pytest.raises(ArchiveError, match="options of a custom operator are damaged"):
        parse_map(data)


@given(st.binary(max_size=60), st.integers(0, 255))
def test_no_bytes_raise_anything_else(data: bytes, width: int) -> None:
    for ending in (bytes([9 << 2, 1]), bytes([9 << 2 | 2, width])):
        with contextlib.suppress(ArchiveError):
            parse_map(data + ending)
