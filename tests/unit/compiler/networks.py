"""Small networks made by hand, for the compiler's tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from generator.compiler.program import Program
from generator.compiler.step import Overlap, Step
from generator.model.network import (
    AffineQuantization,
    Network,
    NetworkOperator,
    NetworkTensor,
    OptionValue,
    Subgraph,
)


def tensor(
    index: int,
    shape: Sequence[int] = (16,),
    dtype: str = "int8",
    *,
    name: str | None = None,
    constant: bytes | None = None,
    variable: bool = False,
    scale: float = 0.5,
    zero_point: int = 0,
) -> NetworkTensor:
    return NetworkTensor(
        index,
        f"t{index}" if name is None else name,
        dtype,
        tuple(shape),
        AffineQuantization((scale,), (zero_point,)),
        constant,
        variable,
    )


def operator(
    index: int,
    kind: str,
    inputs: Sequence[int],
    outputs: Sequence[int],
    options: Mapping[str, OptionValue] | None = None,
    *,
    custom: bool = False,
) -> NetworkOperator:
    return NetworkOperator(
        index, kind, tuple(inputs), tuple(outputs), options=dict(options or {}), custom=custom
    )


def network(
    tensors: Sequence[NetworkTensor],
    operators: Sequence[NetworkOperator],
    inputs: Sequence[int],
    outputs: Sequence[int],
    *others: Subgraph,
) -> Network:
    main = Subgraph(tuple(tensors), tuple(operators), tuple(inputs), tuple(outputs))
    return Network("net.tflite", "0" * 64, (main, *others))


def step(
    number: int,
    inputs: Sequence[int],
    outputs: Sequence[int],
    *,
    scratch_bytes: int = 0,
    overlaps: Sequence[Overlap] = (),
) -> Step:
    """A step that is only scheduled and placed, never printed."""
    return Step(
        number,
        "STEP",
        tuple(inputs),
        tuple(outputs),
        (),
        scratch_bytes=scratch_bytes,
        overlaps=tuple(overlaps),
    )


def program(
    sizes: Sequence[int],
    steps: Sequence[Step],
    inputs: Sequence[int],
    outputs: Sequence[int],
    states: Mapping[int, bytes] | None = None,
) -> Program:
    """sizes: of the tensors, in bytes, by index."""
    tensors = tuple(tensor(index, (size,)) for index, size in enumerate(sizes))
    return Program("net", tensors, tuple(steps), {}, dict(states or {}), tuple(inputs), tuple(outputs))
