"""Inputs of sessions from numpy's files."""

from __future__ import annotations

import io
from pathlib import Path

import numpy
import pytest

from generator.errors import UsageError
from generator.pipeline.session_inputs import array_of, load_inputs
from generator.readers.archive.mlf import load_archive

SAMPLES = Path(__file__).parents[3] / "samples"
LIBRARY = load_archive(SAMPLES / "sine.tar").models[0]


def test_numbered_arrays_are_sets() -> None:
    recorded = numpy.load(SAMPLES / "sine.npz")
    sets = load_inputs(SAMPLES / "sine.npz", LIBRARY)
    assert sets == tuple((recorded[f"in0_{k}"].tobytes(),) for k in range(4))


@pytest.mark.parametrize("name", ["in0", LIBRARY.inputs[0].name, LIBRARY.inputs[0].c_name])
def test_one_set_may_name_its_inputs(name: str, tmp_path: Path) -> None:
    numpy.savez(tmp_path / "x.npz", **{name: numpy.array([[7]], dtype="int8")})
    assert load_inputs(tmp_path / "x.npz", LIBRARY) == ((b"\x07",),)


def test_a_bare_array_is_the_only_input(tmp_path: Path) -> None:
    numpy.save(tmp_path / "x.npy", numpy.array([-1], dtype="int8"))
    assert load_inputs(tmp_path / "x.npy", LIBRARY) == ((b"\xff",),)


def test_without_a_file_a_set_is_made_up() -> None:
    assert [len(data) for data in load_inputs(None, LIBRARY)[0]] == [1]


def test_wrong_files_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be read"):
        load_inputs(tmp_path / "missing.npz", LIBRARY)
    (tmp_path / "text.npz").write_text("no array")
    with pytest.raises(UsageError, match="can't be read"):
        load_inputs(tmp_path / "text.npz", LIBRARY)
    numpy.savez(tmp_path / "other.npz", other=numpy.zeros(1, dtype="int8"))
    with pytest.raises(UsageError, match="no array for input 0") as caught:
        load_inputs(tmp_path / "other.npz", LIBRARY)
    assert "the file contains: other" in str(caught.value.hint)
    numpy.savez(tmp_path / "float.npz", in0=numpy.zeros(1, dtype="float32"))
    with pytest.raises(UsageError, match=r"the file has float32\[1\], the model expects int8\[1, 1\]"):
        load_inputs(tmp_path / "float.npz", LIBRARY)


def test_a_set_that_is_missing_is_reported(tmp_path: Path) -> None:
    one = numpy.zeros((1, 1), dtype="int8")
    for number, keys in enumerate((("in0_0", "in0_2"), ("in0_1",), ("in0", "in0_5"))):
        numpy.savez(tmp_path / f"{number}.npz", **dict.fromkeys(keys, one))
        with pytest.raises(UsageError, match=r"set [01] is missing"):
            load_inputs(tmp_path / f"{number}.npz", LIBRARY)


def damaged_zip() -> bytes:
    buffer = io.BytesIO()
    numpy.savez(buffer, in0=numpy.zeros(64, dtype="int8"))
    data = bytearray(buffer.getvalue())
    data[60] ^= 255
    return bytes(data)


def bomb() -> bytes:
    buffer = io.BytesIO()
    numpy.savez_compressed(buffer, in0=numpy.zeros(80 << 20, dtype="int8"))
    return buffer.getvalue()


def header(shape: str) -> bytes:
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}}}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04" + bytes(100),
        damaged_zip(),
        bomb(),
        b"",
        header("(99999999999999,)"),
        header("(" * 2000),
        header("(2,)"),
    ],
    ids=["cut zip", "damaged zip", "bomb", "empty", "huge shape", "deep header", "cut array"],
)
def test_broken_and_hostile_files_are_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.npz").write_bytes(data)
    with pytest.raises(UsageError) as caught:
        load_inputs(tmp_path / "x.npz", LIBRARY)
    assert caught.value.where == str(tmp_path / "x.npz") and caught.value.hint


def test_bytes_become_arrays_of_the_tensors_shape() -> None:
    array = array_of(b"\xfe", LIBRARY.outputs[0])
    assert (array.shape, array.ravel().tolist(), str(array.dtype)) == (
        LIBRARY.outputs[0].printed_shape,
        [-2],
        "int8",
    )
