"""Recorded inputs and the outputs they must give."""

from __future__ import annotations

from msgspec import Struct


class Tolerance(Struct, frozen=True):
    """How far a float may be from the recorded one: |difference| <= absolute + relative * |recorded|."""

    absolute: float = 0.0
    relative: float = 0.0

    def __bool__(self) -> bool:
        return self.absolute > 0 or self.relative > 0

    def allows(self, recorded: float, got: float) -> bool:
        """Whether ``got`` is close enough to ``recorded``: within absolute + relative * |recorded|."""
        return abs(recorded - got) <= self.absolute + self.relative * abs(recorded)


#: bit for bit
EXACT = Tolerance()
#: between the reference kernels' floats and a compiled model's: sums in another order, another libm
COMPILED_FLOATS = Tolerance(1e-5, 1e-4)


class Array(Struct, frozen=True):
    """The content of one tensor.

    dtype: numpy's name; shape outermost first; data: little endian, densely packed.
    """

    dtype: str
    shape: tuple[int, ...]
    data: bytes


class GoldenSet(Struct, frozen=True):
    """One run: inputs and outputs in the model's order."""

    inputs: tuple[Array, ...]
    outputs: tuple[Array, ...]


class Golden(Struct, frozen=True):
    """A golden file.

    label: the file's name. prefix: which outputs were taken (``out`` or ``tvm_out``).
    """

    label: str
    sha256: str
    prefix: str
    sets: tuple[GoldenSet, ...]
