"""Input sets that the application carries, and what must come out of them."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from generator.errors import UsageError
from generator.model.project import SampleSet
from generator.wording import counted

if TYPE_CHECKING:
    from generator.model.archive import ModelLibrary
    from generator.model.golden import Array, Golden
    from generator.model.tensor import Tensor


def golden_samples(library: ModelLibrary, golden: Golden) -> tuple[SampleSet, ...]:
    """The golden file's sets as constants of the application: inputs and outputs in the model's order.

    Raises UsageError when the number, dtypes or shapes of its arrays are not the model's.
    """
    samples = []
    for number, recorded in enumerate(golden.sets):
        for side, tensors, arrays in (
            ("input", library.inputs, recorded.inputs),
            ("output", library.outputs, recorded.outputs),
        ):
            if len(tensors) != len(arrays):
                raise UsageError(
                    f"set {number} has {counted(len(arrays), side)}, but model '{library.name}' has {len(tensors)}",
                    where=golden.label,
                    hint="check that this is the golden file of this model",
                )
            for tensor, array in zip(tensors, arrays, strict=True):
                _check(golden.label, number, side, tensor, array)
        samples.append(
            SampleSet(
                library.name,
                tuple(array.data for array in recorded.inputs),
                tuple(array.data for array in recorded.outputs),
            )
        )
    return tuple(samples)


def _check(label: str, number: int, side: str, tensor: Tensor, array: Array) -> None:
    if array.dtype != tensor.dtype or len(array.data) != tensor.size_bytes:
        raise UsageError(
            f"set {number}, {side} '{tensor.name}': the file has {array.dtype}{list(array.shape)}, "
            f"the model expects {tensor.dtype}{list(tensor.printed_shape)}",
            where=label,
            hint="check that this is the golden file of this model",
        )


def ramp_sample(library: ModelLibrary) -> SampleSet:
    """A made-up input, the same everywhere: a ramp over the element type's range, -1 to 1 for floats."""
    return SampleSet(library.name, tuple(_ramp(tensor) for tensor in library.inputs), ())


def _ramp(tensor: Tensor) -> bytes:
    count = tensor.elements
    if tensor.dtype == "float32":
        return struct.pack(f"<{count}f", *((i % 33) / 16.0 - 1.0 for i in range(count)))
    if tensor.dtype == "float64":
        return struct.pack(f"<{count}d", *((i % 33) / 16.0 - 1.0 for i in range(count)))
    if tensor.dtype == "bool":
        return bytes(i % 2 for i in range(count))
    if tensor.dtype == "float16":
        return struct.pack(f"<{count}e", *((i % 33) / 16.0 - 1.0 for i in range(count)))
    size = tensor.size_bytes // count
    return b"".join((i % 128).to_bytes(size, "little") for i in range(count))
