"""Sets of inputs for a session, from a .npz or .npy file."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.compose.samples import ramp_sample
from generator.errors import UsageError
from generator.model.archive import ModelLibrary
from generator.model.tensor import Tensor
from generator.readers.golden import ZIP, load_bounded, parse_npz

if TYPE_CHECKING:
    import numpy

_NUMBERED = re.compile(r"in(\d+)(?:_(\d+))?")


def load_inputs(path: Path | None, library: ModelLibrary) -> tuple[tuple[bytes, ...], ...]:
    """Sets of inputs: little-endian bytes per input, in the model's order. None: one made-up set.

    A .npz names arrays by the inputs' names, as ``in<J>``, or as ``in<J>_<K>`` for input J of set K; a .npy is
    the only input. Raises UsageError.
    """
    if path is None:
        return (ramp_sample(library).inputs,)
    arrays = _load_arrays(path)
    numbers = sorted({int(m[2] or 0) for name in arrays if (m := _NUMBERED.fullmatch(name))}) or [0]
    if numbers[-1] != len(numbers) - 1:
        raise UsageError(
            f"set {next(k for k, number in enumerate(numbers) if k != number)} is missing",
            where=str(path),
            hint="number the sets from 0, without gaps",
        )
    return tuple(
        tuple(
            _checked(_find(arrays, index, tensor, number, path), tensor, path)
            for index, tensor in enumerate(library.inputs)
        )
        for number in numbers
    )


def _load_arrays(path: Path) -> Mapping[str, numpy.ndarray[Any, Any]]:
    import numpy

    try:
        raw = load_bounded(path)
        if raw.startswith(ZIP):
            return parse_npz(raw, str(path))
        return {"in0": numpy.load(io.BytesIO(raw), allow_pickle=False)}
    except UsageError:
        raise
    except Exception as error:  # numpy raises whatever a broken file makes it
        raise UsageError(
            f"it can't be read: {str(error)[:200]}",
            where=str(path),
            hint="give a file written by numpy.savez or numpy.save",
        ) from None


def _find(
    arrays: Mapping[str, numpy.ndarray[Any, Any]], index: int, tensor: Tensor, number: int, path: Path
) -> numpy.ndarray[Any, Any]:
    for name in (f"in{index}_{number}", f"in{index}", tensor.name, tensor.c_name):
        if name in arrays:
            return arrays[name]
    raise UsageError(
        f"no array for input {index}, '{tensor.name}'",
        where=str(path),
        hint=f"name the array 'in{index}' or '{tensor.name}'; the file contains: {', '.join(arrays) or 'nothing'}",
    )


def _checked(array: numpy.ndarray[Any, Any], tensor: Tensor, path: Path) -> bytes:
    if str(array.dtype) != tensor.dtype or array.size != tensor.elements:
        raise UsageError(
            f"input '{tensor.name}': the file has {array.dtype}{list(array.shape)}, "
            f"the model expects {tensor.dtype}{list(tensor.printed_shape)}",
            where=str(path),
            hint="convert the array with numpy's astype and reshape",
        )
    data: bytes = array.astype(array.dtype.newbyteorder("<")).tobytes()
    return data


def array_of(data: bytes, tensor: Tensor) -> numpy.ndarray[Any, Any]:
    """A tensor's bytes as an array of its dtype and shape."""
    import numpy

    flat: numpy.ndarray[Any, Any] = numpy.frombuffer(data, dtype=numpy.dtype(tensor.dtype).newbyteorder("<"))
    return flat.reshape(tensor.printed_shape)
