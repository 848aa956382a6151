"""Recorded inputs and the outputs they must give."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Array:
    """dtype: numpy's name; shape outermost first; data: little endian, densely packed."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class GoldenSet:
    """One run: inputs and outputs in the model's order."""

    inputs: tuple[Array, ...]
    outputs: tuple[Array, ...]


@dataclass(frozen=True)
class Golden:
    """label: the file's name. prefix: which outputs were taken (``out`` or ``tvm_out``)."""

    label: str
    sha256: str
    prefix: str
    sets: tuple[GoldenSet, ...]
