"""Quantisation of inputs and outputs from the Relay text that TVM puts beside the code.

TVM's importers keep it in the arguments of the operators: where an input is first used as a quantised number, and
where an output is made. The text gives scales with six digits. Source: ``include/tvm/relay/qnn/attrs.h`` and
``src/relay/qnn/op`` in TVM 0.8 to 0.18.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from generator.model.archive import ModelLibrary
from generator.model.tensor import Quantization, Tensor
from generator.readers.archive.relay_body import RelayStep, parse_body
from generator.readers.text.names import sanitise

#: significant digits of a scale in the text
DIGITS = 6
#: operator -> for each of its first operands, the places of scale and zero point among the arguments
_TAKEN: Mapping[str, tuple[tuple[int, int], ...]] = {
    "qnn.conv2d": ((4, 2),),
    "qnn.conv2d_transpose": ((4, 2),),
    "qnn.dense": ((4, 2),),
    "qnn.dequantize": ((1, 2),),
    "qnn.requantize": ((1, 2),),
    "qnn.add": ((2, 3), (4, 5)),
    "qnn.subtract": ((2, 3), (4, 5)),
    "qnn.mul": ((2, 3), (4, 5)),
}
#: likewise of its result
_GIVEN: Mapping[str, tuple[int, int]] = {
    "qnn.quantize": (1, 2),
    "qnn.requantize": (3, 4),
    "qnn.add": (6, 7),
    "qnn.subtract": (6, 7),
    "qnn.mul": (6, 7),
}
#: the result has the quantisation of the first operand
_KEEPING = frozenset(
    (
        "reshape",
        "squeeze",
        "expand_dims",
        "transpose",
        "nn.pad",
        "nn.max_pool2d",
        "clip",
        "strided_slice",
        "nn.relu",
    )
)
_SCALE = re.compile(r"\d+(?:\.\d+)?(?:e[-+]?\d{1,3})?f")
_ZERO = re.compile(r"-?\d{1,5}")
_RANGES = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767)}
_MAX_SCALE = 1e30


class RelayQuantization(Struct, frozen=True):
    """The quantisation of inputs and outputs.

    inputs: by name. outputs: in order, each with the name that the importer noted for it, or None.
    """

    inputs: Mapping[str, Quantization]
    outputs: tuple[tuple[str | None, Quantization | None], ...]


def parse_quantization(text: str) -> RelayQuantization:
    """What the body of ``@main`` says; empty where it says nothing."""
    body = parse_body(text)
    stands_for: dict[str, str] = {}
    inputs: dict[str, Quantization] = {}
    for name, step in body.steps.items():
        for operand, places in zip(step.arguments, _TAKEN.get(step.operator, ()), strict=False):
            found = _quantization(step, places)
            if found is not None:
                inputs.setdefault(stands_for.get(operand, operand), found)
        if step.operator in _KEEPING:
            stands_for[name] = stands_for.get(step.arguments[0], step.arguments[0])
    return RelayQuantization(
        {name[1:]: found for name, found in inputs.items() if name not in body.steps},
        tuple(_output(body.steps, name) for name in body.outputs),
    )


def attach_relay_quantization(library: ModelLibrary, text: str) -> ModelLibrary:
    """library with what the text says of its integer tensors; of several outputs, those that the text names."""
    stated = parse_quantization(text)
    outputs = {
        sanitise(name): found for name, found in stated.outputs if name is not None and found is not None
    }
    if len(stated.outputs) == len(library.outputs) == 1 and stated.outputs[0][1] is not None:
        outputs = {sanitise(library.outputs[0].name): stated.outputs[0][1]}
    inputs = {sanitise(name): found for name, found in stated.inputs.items()}
    return replace(
        library,
        inputs=tuple(_attached(tensor, inputs) for tensor in library.inputs),
        outputs=tuple(_attached(tensor, outputs) for tensor in library.outputs),
    )


def _attached(tensor: Tensor, found: Mapping[str, Quantization]) -> Tensor:
    quantization = found.get(sanitise(tensor.name)) or found.get(tensor.c_name)
    low, high = _RANGES.get(tensor.dtype, (1, 0))
    if quantization is None or not low <= quantization.zero_point <= high:
        return tensor
    return replace(tensor, quantization=quantization)


def _output(steps: Mapping[str, RelayStep], name: str) -> tuple[str | None, Quantization | None]:
    span = steps[name].span if name in steps else None
    # A chain is no longer than the text.
    for _ in range(len(steps)):
        step = steps.get(name)
        if step is None:
            break
        if step.operator in _GIVEN:
            return span, _quantization(step, _GIVEN[step.operator])
        if step.operator not in _KEEPING:
            break
        name = step.arguments[0]
    return span, None


def _quantization(step: RelayStep, places: tuple[int, int]) -> Quantization | None:
    """None where the text does not spell the numbers out, as for one scale per channel."""
    if max(places) >= len(step.arguments):
        return None
    scale, zero = (step.arguments[place] for place in places)
    if not _SCALE.fullmatch(scale) or not _ZERO.fullmatch(zero):
        return None
    value: float = struct.unpack("<f", struct.pack("<f", min(float(scale[:-1]), _MAX_SCALE)))[0]
    return Quantization(value, int(zero), DIGITS) if 0 < value < _MAX_SCALE else None
