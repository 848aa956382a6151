"""Golden files: keys in order, nothing missing, nothing strange."""

from __future__ import annotations

import hashlib
import io
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.errors import UsageError
from generator.readers import golden
from generator.readers.golden import load_golden, parse_golden

ONE = np.array([[1, -2]], np.int8)
SAMPLES = Path(__file__).parents[3] / "samples"


def npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def parse(arrays: Mapping[str, np.ndarray], prefix: str = "out") -> golden.Golden:
    return parse_golden("g.npz", "0", arrays, prefix)


def test_sets_and_tensors_are_in_order_however_they_were_written() -> None:
    keys = ["out1_0", "in1_10", "in0_10", "out0_10", "out1_10", "in1_0", "out0_0", "in0_0"]
    numbers = {key: np.array([number], np.uint8) for number, key in enumerate(keys)}
    more = {f"{kind}{j}_{k}": ONE for kind in ("in", "out") for j in (0, 1) for k in range(1, 10)}
    found = parse(numbers | more)
    assert len(found.sets) == 11
    assert [array.data[0] for array in found.sets[0].inputs] == [keys.index("in0_0"), keys.index("in1_0")]
    assert [array.data[0] for array in found.sets[10].outputs] == [3, 4]


def test_the_prefix_chooses_the_outputs() -> None:
    arrays = {"in0_0": ONE, "out0_0": ONE, "tvm_out0_0": ONE + 1}
    assert parse(arrays, "tvm_out").sets[0].outputs[0].data == b"\x02\xff"
    assert parse(arrays, "out").sets[0].outputs[0].data == b"\x01\xfe"


def test_bytes_are_little_endian_and_dense_whatever_they_were() -> None:
    big = np.arange(6, dtype=">i4").reshape(2, 3)
    turned = np.asfortranarray(np.arange(6, dtype=np.int16).reshape(2, 3))
    found = parse({"in0_0": big, "out0_0": turned}).sets[0]
    assert found.inputs[0].data == np.arange(6, dtype="<i4").tobytes()
    assert found.inputs[0].dtype == "int32" and found.inputs[0].shape == (2, 3)
    assert found.outputs[0].data == np.arange(6, dtype="<i2").tobytes()


@pytest.mark.parametrize(
    ("arrays", "message", "hint"),
    [
        ({}, "no 'in<J>_<K>'", "there are none"),
        ({"in0_0": ONE}, "no 'out<J>_<K>'", "choose the outputs with --golden-prefix; known names: in"),
        ({"in0_0": ONE, "ouput0_0": ONE}, "no 'out<J>_<K>'", "did you mean 'ouput'?"),
        ({"in0_0": ONE, "x": ONE}, "unknown key 'x'", "keys are in<J>_<K> and out<J>_<K>"),
        ({"in0_00": ONE, "out0_0": ONE}, "unknown key 'in0_00'", "keys are"),
        ({"in0_" + "9" * 5000: ONE}, "unknown key", "keys are"),
        (
            {"in0_0": ONE, "out0_1": ONE},
            "the inputs and outputs are not of the same sets",
            "each set needs both",
        ),
        ({"in0_1": ONE, "out0_1": ONE}, "set 0 is missing", "without gaps"),
        ({"in1_0": ONE, "out0_0": ONE}, "a tensor is missing from a set", "without gaps"),
        ({"in0_0": ONE.astype("c8"), "out0_0": ONE}, "'in0_0' is of type complex64", "use bool, int8"),
        ({"in0_0": np.array(["a"]), "out0_0": ONE}, "'in0_0' is of type <U1", "use bool"),
    ],
)
def test_what_is_not_a_golden_file_is_reported(
    arrays: dict[str, np.ndarray], message: str, hint: str
) -> None:
    with pytest.raises(UsageError) as caught:
        parse(arrays)
    assert message in caught.value.what
    assert hint in str(caught.value.hint)
    assert caught.value.where == "g.npz"


def test_a_file_is_loaded_with_its_hash(tmp_path: Path) -> None:
    data = npz(in0_0=ONE, out0_0=ONE)
    (tmp_path / "g.npz").write_bytes(data)
    found = load_golden(tmp_path / "g.npz", "out")
    assert (found.label, found.sha256) == ("g.npz", hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("name", ["sine", "branchy"])
def test_the_samples_hold_four_sets_and_both_outputs(name: str) -> None:
    for prefix in ("out", "tvm_out"):
        assert len(load_golden(SAMPLES / f"{name}.npz", prefix).sets) == 4


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("raise SystemExit('unpickled')",)


def objects() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, in0_0=np.array([Evil()], object), out0_0=ONE)
    return buffer.getvalue()


def bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("in0_0.npy", bytes(golden.MAX_BYTES + 1))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not an .npz file"),
        (b"hello", "not an .npz file"),
        (b"PK\x03\x04 and nothing more", "not an .npz file"),
        (pickle.dumps([1]), "not an .npz file"),
        (npz(in0_0=ONE)[:-30], "not an .npz file"),
        (objects(), "not an .npz file: Object arrays cannot be loaded"),
        (bomb(), "unpacks to more than"),
    ],
    ids=["empty", "text", "cut off", "a pickle", "cut off at the end", "objects", "bomb"],
)
def test_broken_and_hostile_files_are_refused(data: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "g.npz"
    path.write_bytes(data)
    with pytest.raises(UsageError, match=message) as caught:
        load_golden(path, "out")
    assert caught.value.where == str(path) and caught.value.hint


def test_a_single_array_is_not_a_golden_file(tmp_path: Path) -> None:
    np.save(tmp_path / "g.npy", ONE)
    with pytest.raises(UsageError, match=r"not an \.npz file"):
        load_golden(tmp_path / "g.npy", "out")


def test_a_missing_or_huge_file_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="no such golden file"):
        load_golden(tmp_path / "g.npz", "out")
    (tmp_path / "g.npz").write_bytes(npz(in0_0=ONE))
    monkeypatch.setattr(golden, "MAX_BYTES", 10)
    with pytest.raises(UsageError, match="is larger than 10 bytes"):
        load_golden(tmp_path / "g.npz", "out")


@settings(max_examples=60)
@given(at=st.integers(0, 10_000), value=st.integers(0, 255))
def test_a_damaged_byte_never_gets_past_us_as_something_else(
    at: int, value: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = bytearray(npz(in0_0=ONE, out0_0=ONE))
    data[at % len(data)] = value
    path = tmp_path_factory.mktemp("damaged") / "g.npz"
    path.write_bytes(data)
    try:
        load_golden(path, "out")
    except UsageError as error:
        assert error.hint


def test_a_member_that_is_not_an_array_is_refused() -> None:
    buffer = io.BytesIO(npz(in0_0=ONE))
    with zipfile.ZipFile(buffer, "a") as members:
        members.writestr("out0_0.npy", b"\x93NUMPX")
    with pytest.raises(UsageError, match=r"member 'out0_0' is not an array") as caught:
        golden.parse_npz(buffer.getvalue(), "g.npz")
    assert "numpy.savez" in (caught.value.hint or "")
