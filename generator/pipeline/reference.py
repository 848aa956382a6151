"""Generated inputs for a .tflite and a reference interpreter's outputs: a golden file made on the fly."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from generator.compiler.names import model_name
from generator.emit.single import write_file
from generator.errors import MlfgenError, RunError, UsageError
from generator.model.network import Network, NetworkTensor
from generator.model.reference import AUTO, LITERT, TFLM
from generator.pipeline.inputs import GenerateRequest
from generator.pipeline.models import is_tflite
from generator.readers.text.names import file_name
from generator.readers.tflite import load_tflite_bytes
from generator.readers.tflite_network import parse_network
from generator.readers.tflite_outputs import with_outputs
from generator.toolchain.reference import installed, run_reference

if TYPE_CHECKING:
    import numpy as np

#: golden files call outputs by engine
_PREFIX = {TFLM: "tflm_out", LITERT: "out"}
_RANDOM_SETS = 4
#: whose int8 arithmetic is LiteRT's; docs/tflite.md says why
_LITERT_KINDS = frozenset({"UNIDIRECTIONAL_SEQUENCE_LSTM"})
_LIMITS = {
    "int8": (-128, 127),
    "uint8": (0, 255),
    "int16": (-(2**15), 2**15 - 1),
    "uint16": (0, 2**16 - 1),
    # Mostly indices and counts: whatever they address is small.
    "int32": (0, 99),
    "uint32": (0, 99),
    "int64": (0, 99),
    "uint64": (0, 99),
    "bool": (0, 1),
}


class ReferenceOptions(Struct, frozen=True):
    """How reference outputs are made.

    engine: one of ENGINES; auto takes the one whose arithmetic the compiler follows for the model.

    random_sets: beside the two of extremes. layers: compare every tensor that an operator computes.
    """

    engine: str = AUTO
    random_sets: int = _RANDOM_SETS
    layers: bool = False


class Referenced(Struct, frozen=True):
    """A request with reference outputs as its golden files.

    generate: the request, its golden files made. engines: model's name -> which interpreter was asked.

    layers: model's name -> for each output the operator that computes it, if layers were requested.
    """

    generate: GenerateRequest
    engines: dict[str, str]
    layers: dict[str, tuple[str, ...]]


def with_reference(request: GenerateRequest, options: ReferenceOptions, folder: Path) -> Referenced:
    """The request with golden files in folder. Raises UsageError for archives, which no interpreter runs."""
    import numpy as np

    models, goldens, engines, layers = [], {}, {}, {}
    for path in request.models:
        if not is_tflite(path):
            raise UsageError(
                "verify needs recorded outputs for an archive",
                where=str(path),
                hint="give --golden FILE.npz with in<J>_<K> and tvm_out<J>_<K>, or verify the .tflite itself",
            )
        label = file_name(path)
        data = load_tflite_bytes(path)
        network = parse_network(data, label)
        name = model_name(label)
        if options.layers:
            data, layers[name] = _with_layers(data, network)
            path = folder / label
            write_file(path, data)
        sets = input_sets(network, name, options.random_sets)
        engine, outputs = _run(options.engine, data, network, sets)
        arrays = {f"in{j}_{k}": value for k, row in enumerate(sets) for j, value in enumerate(row)}
        arrays |= {
            f"{_PREFIX[engine]}{j}_{k}": value for k, row in enumerate(outputs) for j, value in enumerate(row)
        }
        golden = folder / f"{name}.npz"
        stream = io.BytesIO()
        np.savez(stream, **arrays)  # type: ignore[arg-type]
        write_file(golden, stream.getvalue())
        models.append(path)
        goldens[name] = golden
        engines[name] = engine
    return Referenced(replace(request, models=tuple(models), goldens=goldens), engines, layers)


def _with_layers(data: bytes, network: Network) -> tuple[bytes, tuple[str, ...]]:
    """The model with every tensor that an operator computes as an output, and who computes it."""
    rows = [
        (index, f"operator {operator.index} ({operator.kind})")
        for operator in network.main.operators
        for index in operator.outputs
        if network.main.tensors[index].size_bytes and not network.main.tensors[index].variable
    ]
    return (
        with_outputs(data, [index for index, _ in rows], network.label),
        tuple(operator for _, operator in rows),
    )


def _run(
    engine: str, data: bytes, network: Network, sets: Sequence[Sequence[np.ndarray]]
) -> tuple[str, list[list[np.ndarray]]]:
    if engine != AUTO:
        return engine, run_reference(engine, data, network.label, sets)
    first = preferred_engine(network)
    order = [first, LITERT if first == TFLM else TFLM]
    order = [candidate for candidate in order if installed(candidate)] or order[:1]
    failure: MlfgenError | None = None
    for candidate in order:
        try:
            return candidate, run_reference(candidate, data, network.label, sets)
        except RunError as error:
            failure = failure or error
    assert failure is not None
    raise failure


def preferred_engine(network: Network) -> str:
    """TensorFlow Lite Micro, except for what it can't run and what the compiler computes like LiteRT."""
    tensors = network.main.tensors
    for operator in network.main.operators:
        dtypes = [tensors[index].dtype for index in operator.inputs[:2] if index >= 0]
        hybrid = dtypes == ["float32", "int8"]
        if operator.kind in _LITERT_KINDS or hybrid or (dtypes and set(dtypes) == {"uint8"}):
            return LITERT
    return TFLM


def input_sets(network: Network, name: str, random_sets: int) -> list[list[np.ndarray]]:
    """All least, all greatest, then random sets; the same for the same model's name on any machine."""
    import numpy as np

    inputs = [network.main.tensors[index] for index in network.main.inputs]
    ranges = [_range(network, tensor) for tensor in inputs]
    sets = []
    for end in (0, 1):
        sets.append(
            [np.full(t.shape, limits[end], t.dtype) for t, limits in zip(inputs, ranges, strict=True)]
        )
    for number in range(random_sets):
        chance = np.random.Generator(np.random.PCG64([zlib.crc32(name.encode()), number]))
        sets.append([_random(chance, t, limits) for t, limits in zip(inputs, ranges, strict=True)])
    return sets


def _random(chance: np.random.Generator, tensor: NetworkTensor, limits: tuple[float, float]) -> np.ndarray:
    if tensor.dtype == "float32":
        return chance.uniform(*limits, tensor.shape).astype("float32")
    values: np.ndarray = chance.integers(int(limits[0]), int(limits[1]), tensor.shape, endpoint=True)
    return values.astype(tensor.dtype)


def _range(network: Network, tensor: NetworkTensor) -> tuple[float, float]:
    """A float spans the range of the QUANTIZE that reads it, or else [-1, 1]."""
    if tensor.dtype in _LIMITS:
        return _LIMITS[tensor.dtype]
    for operator in network.main.operators:
        if operator.kind == "QUANTIZE" and operator.inputs[0] == tensor.index:
            target = network.main.tensors[operator.outputs[0]]
            if target.quantization is not None and target.dtype in ("int8", "uint8", "int16"):
                low, high = _LIMITS[target.dtype]
                scale, zero = target.quantization.scale, target.quantization.zero_point
                return scale * (low - zero), scale * (high - zero)
    if tensor.dtype == "float32":
        return -1.0, 1.0
    raise UsageError(
        f"can't generate inputs of type {tensor.dtype}", where=network.label, hint="give --golden FILE.npz"
    )
