"""Golden files: an .npz with ``in<J>_<K>`` and ``<prefix><J>_<K>``, tensor J of set K."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generator.errors import UsageError, did_you_mean
from generator.model.golden import Array, Golden, GoldenSet
from generator.model.tensor import DTYPE_BYTES
from generator.readers.text.names import file_name

MAX_BYTES = 64 << 20
#: what an .npz begins with
ZIP = b"PK"
_FEW = "a golden file needs only a few sets"
_HINT = "write it with numpy.savez(file, in0_0=…, out0_0=…)"
_KEY = re.compile(r"([a-z_]+?)(0|[1-9]\d{0,5})_(0|[1-9]\d{0,5})", re.ASCII)


def load_golden(path: Path, *prefixes: str) -> Golden:
    """Read a golden file.

    prefixes: of the outputs' keys; the first that the file has counts.

    UsageError when the file can't be read or has none of them.
    """
    try:
        raw = load_bounded(path)
    except FileNotFoundError:
        raise UsageError(
            "no such golden file", where=str(path), hint="give the path of an .npz file"
        ) from None
    except OSError as error:
        raise UsageError(f"can't be read: {error.strerror}", where=str(path), hint="check the path") from None
    arrays = parse_npz(raw, str(path))
    found = {match[1] for key in arrays if (match := _KEY.fullmatch(key))}
    prefix = next((prefix for prefix in prefixes if prefix in found), prefixes[0])
    return parse_golden(file_name(path), hashlib.sha256(raw).hexdigest(), arrays, prefix)


def load_bounded(path: Path) -> bytes:
    """A file of arrays. UsageError when it is larger than MAX_BYTES; raises what opening it raises."""
    with open(path, "rb") as file:
        raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise UsageError(f"is larger than {MAX_BYTES} bytes", where=str(path), hint=_FEW)
    return raw


def parse_npz(raw: bytes, where: str) -> dict[str, Any]:
    """numpy arrays by key. UsageError if raw is not an .npz, is damaged, or unpacks to more than MAX_BYTES."""
    import numpy as np

    try:
        if not raw.startswith(ZIP):
            raise UsageError("not an .npz file", where=where, hint=_HINT)
        with zipfile.ZipFile(io.BytesIO(raw)) as members:
            if sum(member.file_size for member in members.infolist()) > MAX_BYTES:
                raise UsageError(f"unpacks to more than {MAX_BYTES} bytes", where=where, hint=_FEW)
        with np.load(io.BytesIO(raw), allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in arrays.files}
    except UsageError:
        raise
    except Exception as error:  # numpy and zipfile raise whatever a broken file makes them
        raise UsageError(f"not an .npz file: {str(error)[:200]}", where=where, hint=_HINT) from None
    for name, array in found.items():
        if not isinstance(array, np.ndarray):
            raise UsageError(f"member {name!r} is not an array", where=where, hint=_HINT)
    return found


def parse_golden(label: str, sha256: str, arrays: Mapping[str, Any], prefix: str) -> Golden:
    """Sets of inputs and outputs from the arrays of a golden file.

    arrays: numpy arrays by key. Sets and tensors are numbered from 0 without gaps.

    label, sha256: of the file. prefix: of the outputs' keys. Raises UsageError for keys that don't make up whole
    sets.
    """
    table: dict[str, dict[int, dict[int, Array]]] = {}
    for key in sorted(arrays):
        match = _KEY.fullmatch(key)
        if match is None:
            raise UsageError(f"unknown key '{key}'", where=label, hint="keys are in<J>_<K> and out<J>_<K>")
        kind, tensor, number = match.group(1), int(match.group(2)), int(match.group(3))
        table.setdefault(kind, {}).setdefault(number, {})[tensor] = _array(label, key, arrays[key])
    for wanted in ("in", prefix):
        if wanted not in table:
            raise UsageError(
                f"no '{wanted}<J>_<K>'",
                where=label,
                hint=f"choose the outputs with --golden-prefix; {did_you_mean(wanted, table)}",
            )
    if table["in"].keys() != table[prefix].keys():
        raise UsageError(
            "the inputs and outputs are not of the same sets", where=label, hint="each set needs both"
        )
    sets = []
    for expected, number in enumerate(sorted(table["in"])):
        if number != expected:
            raise UsageError(
                f"set {expected} is missing", where=label, hint="number the sets from 0, without gaps"
            )
        sets.append(GoldenSet(_in_order(label, table["in"][number]), _in_order(label, table[prefix][number])))
    return Golden(label, sha256, prefix, tuple(sets))


def _in_order(label: str, tensors: dict[int, Array]) -> tuple[Array, ...]:
    if sorted(tensors) != list(range(len(tensors))):
        raise UsageError(
            "a tensor is missing from a set", where=label, hint="number the tensors from 0, without gaps"
        )
    return tuple(tensors[i] for i in range(len(tensors)))


def _array(label: str, key: str, array: Any) -> Array:
    dtype = str(array.dtype.name)
    if dtype not in DTYPE_BYTES:
        raise UsageError(
            f"'{key}' is of type {array.dtype}", where=label, hint="use " + ", ".join(DTYPE_BYTES)
        )
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return Array(dtype, tuple(int(n) for n in array.shape), little.tobytes())
