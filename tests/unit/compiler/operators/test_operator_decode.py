"""Compressed constants give the bytes that TensorFlow Lite Micro decompresses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from networks import network, tensor
from operator_models import Operators

from generator.compiler.legalise import legalise
from generator.errors import ArchiveError
from generator.model.network import AffineQuantization, NetworkOperator, NetworkTensor

_RANDOM = np.random.default_rng(27)


def metadata(kind: int, *values: int) -> bytes:
    return bytes((kind, 1, 0, 0, 1, *values)).ljust(16, b"\0")


def packed(bits: str) -> np.ndarray:
    """As many whole words as the bits need, and one more."""
    return np.packbits(np.array(list(bits + "0" * (64 - len(bits) % 32)), np.uint8))


def decoded(
    m: Operators, code: np.ndarray, tables: bytes, dtype: str, shape: tuple[int, ...], **quantised: Any
) -> None:
    """Constants that are decompressed, and behind them an operator that reads them."""
    target = m.tensor(dtype, shape, **quantised)
    inputs = [m.constant(code), m.constant(np.frombuffer(tables, np.uint8))]
    m.operator("TFLM_DECODE", inputs, [target], custom=b"\0")
    given = {name: value for name, value in quantised.items() if name == "scale"}
    if not isinstance(given.get("scale", 1.0), float):
        given, quantised = {}, {}
    twice = m.tensor(dtype, (2, *shape), **quantised)
    x = m.input(dtype, shape, **quantised)
    m.operator("PACK", [x, target], [twice], PackOptions={"axis": 0, "values_count": 2})
    m.outputs.append(twice)


@pytest.mark.parametrize("width", range(1, 8))
def test_tables(tmp_path: Path, width: int) -> None:
    m = Operators()
    for dtype in ("int8", "int16", "int32", "float32", "int64"):
        indices = _RANDOM.integers(0, 2**width, 105)
        table = _RANDOM.integers(-100, 100, 2**width).astype(dtype)
        code = packed("".join(f"{index:0{width}b}" for index in indices))
        quantised = {"scale": 0.5} if dtype in ("int8", "int16") else {}
        tables = metadata(0, width, 2**width) + table.tobytes()
        decoded(m, code, tables, dtype, (3, 5, 7), **quantised)
    m.check(tmp_path, "tflm")


@pytest.mark.parametrize(("axis", "channels"), [(0, 4), (2, 7)])
def test_tables_of_channels(tmp_path: Path, axis: int, channels: int) -> None:
    m = Operators()
    scales = [0.5 + i for i in range(channels)]
    code = packed("".join(f"{index:03b}" for index in _RANDOM.integers(0, 6, 140)))
    table = _RANDOM.integers(-100, 100, (channels, 6)).astype(np.int8)
    decoded(m, code, metadata(0, 3, 6) + table.tobytes(), "int8", (4, 5, 7), scale=scales, axis=axis)
    stated = _RANDOM.integers(0, 2, 140)
    values = _RANDOM.integers(-100, 100, int(stated.sum())).astype(np.int8)
    points = [int(i) - 2 for i in range(channels)]
    decoded(
        m,
        packed("".join(map(str, stated))),
        metadata(2) + values.tobytes(),
        "int8",
        (4, 5, 7),
        scale=scales,
        zero_point=points,
        axis=axis,
    )
    m.check(tmp_path, "tflm")


def test_zeros(tmp_path: Path) -> None:
    m = Operators()
    for dtype, quantised in [
        ("int8", {"scale": 0.5, "zero_point": 9}),
        ("int16", {"scale": 0.5}),
        ("float32", {}),
    ]:
        stated = _RANDOM.integers(0, 2, 105)
        values = _RANDOM.integers(-100, 100, int(stated.sum())).astype(dtype)
        code = packed("".join(map(str, stated)))
        decoded(m, code, metadata(2) + values.tobytes(), dtype, (3, 5, 7), **quantised)
    m.check(tmp_path, "tflm")


def huffman(wide: bool) -> np.ndarray:
    """0: 5, 10: 100, 110: -3, 111: 77; two bits first, then one more."""
    shift = 27 if wide else 11
    found = 1 << (shift + 4)
    symbols = [(1, 5), (1, 5), (2, 100)]
    rows = [found | count << shift | value for count, value in symbols]
    rows += [
        0 << shift | 1,
        found | 1 << shift | (-3 & 0xFFFF if wide else -3 & 0xFF),
        found | 1 << shift | 77,
    ]
    return np.array(rows, np.uint32 if wide else np.uint16)


def test_huffman(tmp_path: Path) -> None:
    m = Operators()
    for dtype, wide in [("int8", False), ("int8", True), ("int16", True)]:
        codes = [("0", "10", "110", "111")[symbol] for symbol in _RANDOM.integers(0, 4, 105)]
        tables = metadata(1, 1 << 4 | int(wide)) + huffman(wide).tobytes()
        decoded(m, packed("".join(codes)), tables, dtype, (3, 5, 7), scale=0.5)
    m.check(tmp_path, "tflm")


@pytest.mark.parametrize(
    ("said", "code", "tables"),
    [
        ("has metadata of another version than 1", bytes(8), b"\0" * 16),
        ("has constants that are compressed in the format 127", bytes(8), metadata(127)),
        ("has indices of 0 bits", bytes(8), metadata(0, 0, 4)),
        ("has a code of 1 bytes that ends before its 32 bits", bytes(1), metadata(0, 2, 4)),
        ("has a table of 2 values that ends too early", b"\xff" * 8, metadata(0, 2, 4) + b"\1\2"),
        ("has a code of 1 bytes that ends before its 16 bits", b"\xff", metadata(1, 16)),
        (
            "has a table with a symbol of 0 bits",
            bytes(4),
            metadata(1, 16) + (1 << 15).to_bytes(2, "little") * 4,
        ),
        (
            "has a code that ends before its last symbol",
            b"\xff\xff",
            metadata(1, 16) + huffman(False).tobytes(),
        ),
        ("has a code that leads beyond its tables", b"\xff" * 8, metadata(1, 16) + b"\0" * 8),
    ],
)
def test_damaged_tables_are_refused(said: str, code: bytes, tables: bytes) -> None:
    rows = [
        tensor(0, (len(code),), "uint8", constant=code),
        tensor(1, (len(tables),), "uint8", constant=tables),
        tensor(2, (16,)),
    ]
    made = NetworkOperator(0, "TFLM_DECODE", (0, 1), (2,), custom=True)
    with pytest.raises(ArchiveError) as caught:
        legalise(network(rows, [made], [], [2]))
    assert said in caught.value.what and caught.value.hint == "compress the model again"


def test_scales_and_zero_points_of_other_channels_are_refused() -> None:
    code, tables = b"\xff" * 8, metadata(2) + bytes(range(7))
    rows = [tensor(0, (8,), "uint8", constant=code), tensor(1, (len(tables),), "uint8", constant=tables)]
    for shape, points, said in (
        ((7, 1), (0, 1, 2), "has 3 channels along dimension 0 of shape (7, 1)"),
        ((3, 2), (0, 1), "has 2 zero points for 3 channels"),
    ):
        found = AffineQuantization((0.5, 0.5, 0.5), points, 0)
        target = NetworkTensor(2, "weights", "int8", shape, found)
        made = NetworkOperator(0, "TFLM_DECODE", (0, 1), (2,), custom=True)
        with pytest.raises(ArchiveError) as caught:
            legalise(network([*rows, target], [made], [], [2]))
        assert said in caught.value.what and caught.value.hint == "compress the model again"


def test_long_huffman_codes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.compiler.operators.decode._MAX_CODE_BYTES", 4)
    tables = metadata(1, 16) + huffman(False).tobytes()
    rows = [tensor(0, (8,), "uint8", constant=bytes(8))]
    rows += [tensor(1, (len(tables),), "uint8", constant=tables), tensor(2)]
    made = NetworkOperator(0, "TFLM_DECODE", (0, 1), (2,), custom=True)
    with pytest.raises(ArchiveError) as caught:
        legalise(network(rows, [made], [], [2]))
    assert "has a Huffman code of 8 bytes; at most 4 are decoded" in caught.value.what and caught.value.hint
