"""What the compiler computes and keeps has a limit: a small file may name large tensors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from flatbuffers import flexbuffers
from networks import network, operator, tensor

from generator.compiler.legalise import legalise
from generator.errors import ArchiveError
from generator.model.network import NetworkOperator, NetworkTensor

_HINT = "use smaller tensors, or make them inputs of the model"


def refused(
    tensors: Sequence[NetworkTensor], operators: Sequence[NetworkOperator], inputs: Sequence[int], output: int
) -> str:
    with pytest.raises(ArchiveError) as caught:
        legalise(network(tensors, operators, inputs, [output]))
    assert caught.value.hint == _HINT
    return caught.value.what


def fills(count: int, elements: int) -> tuple[list[NetworkTensor], list[NetworkOperator]]:
    size = np.array([elements], "<i4").tobytes()
    rows = [tensor(0, (1,), "int32", constant=size), tensor(1, (), "int8", constant=b"\1"), tensor(2, (4,))]
    rows += [tensor(3 + i, (elements,)) for i in range(count)]
    return [*rows, tensor(3 + count, (4,))], [
        *(operator(i, "FILL", [0, 1], [3 + i]) for i in range(count)),
        operator(count, "ABS", [2], [3 + count]),
    ]


def test_one_output_is_refused_before_it_is_computed() -> None:
    said = refused(*fills(1, 512 << 20), [2], 4)
    assert "operator 0 (FILL" in said
    assert "brings computed constants and state to 4,294,967,296 bytes; at most 268,435,456 are kept" in said


def test_outputs_are_limited_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.compiler.step.MAX_KEPT_BYTES", 1000)
    legalise(network(*fills(3, 100), [2], [6]))
    said = refused(*fills(12, 100), [2], 15)
    # those behind the first that is too large aren't tried
    assert said.startswith("an operator can't be compiled:\n  operator 3 (FILL")
    assert "brings computed constants and state to 1,100 bytes; at most 1,000 are kept" in said


def test_moved_constants_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.compiler.step.MAX_KEPT_BYTES", 1000)
    times = np.array([999], "<i4").tobytes()
    rows = [tensor(0, (1,), constant=b"\1"), tensor(1, (1,), "int32", constant=times), tensor(2, (999,))]
    assert "brings computed constants and state to 7,992 bytes" in refused(
        rows, [operator(0, "TILE", [0, 1], [2])], [], 2
    )


def delay(index: int, rows: int, length: int) -> tuple[list[NetworkTensor], NetworkOperator]:
    options = bytes(flexbuffers.Dumps({"delay_length": length}))
    made = NetworkOperator(0, "SignalDelay", (index,), (index + 1,), custom=True, custom_options=options)
    return [tensor(index, (rows, 1), "int16"), tensor(index + 1, (rows, 1), "int16")], made


def test_state_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, made = delay(0, 1 << 20, 1 << 20)
    assert "brings computed constants and state to 2,199,023,255,552 bytes" in refused(rows, [made], [0], 1)
    monkeypatch.setattr("generator.compiler.step.MAX_KEPT_BYTES", 1000)
    first, second = delay(0, 3, 100), delay(2, 3, 100)
    legalise(network(first[0], [first[1]], [0], [1]))
    said = refused([*first[0], *second[0]], [first[1], second[1]], [0, 2], 3)
    assert "brings computed constants and state to 1,200 bytes" in said


def test_variables_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.compiler.step.MAX_KEPT_BYTES", 1000)
    rows = [tensor(0), *(tensor(i, (600,), variable=True) for i in (1, 2)), tensor(3)]
    said = refused(rows, [operator(0, "ABS", [0], [3])], [0], 3)
    assert said == (
        "the variable 't2' brings computed constants and state to 1,200 bytes; at most 1,000 are kept"
    )


@pytest.mark.parametrize("dtype", ["bfloat16", "int4"])
def test_empty_outputs_without_a_c_type_are_refused(dtype: str) -> None:
    rows = [tensor(0, (0,), dtype), tensor(1, (1,), "int32", constant=bytes(4)), tensor(2, (0,), dtype)]
    with pytest.raises(ArchiveError) as caught:
        legalise(network(rows, [operator(0, "TILE", [0, 1], [2])], [0], [2]))
    assert f"is not supported on {dtype} ('t2')" in caught.value.what and caught.value.hint


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("constant", [bytes(8), None])
def test_outputs_without_a_c_type_are_refused(dtype: str, constant: bytes | None) -> None:
    rows = [tensor(0), tensor(1), tensor(2, (4,), dtype, name="end", constant=constant)]
    with pytest.raises(ArchiveError) as caught:
        legalise(network(rows, [operator(0, "ABS", [0], [1])], [0] if constant else [0, 2], [1, 2]))
    assert caught.value.what.startswith(f"output 1 ('end') is of {dtype}; supported: bool, int8")
    assert caught.value.hint == "convert the model with float32 or integer outputs"
