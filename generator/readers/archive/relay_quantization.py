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
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CALL = re.compile(r"(?:(%\w+) = )?([a-z_][\w.]*)\((.*)\)")
_SCALE = re.compile(r"\d+(?:\.\d+)?(?:e[-+]?\d{1,3})?f")
_ZERO = re.compile(r"-?\d{1,5}")
_RANGES = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767)}
_MAX_SCALE = 1e30
#: no line of a model is longer
_LINE_LETTERS = 100_000
_OUTPUTS = 64


class RelayQuantization(Struct, frozen=True):
    """inputs: by name. outputs: in order, each with the name that the importer noted for it, or None."""

    inputs: Mapping[str, Quantization]
    outputs: tuple[tuple[str | None, Quantization | None], ...]


class _Step(Struct, frozen=True):
    operator: str
    arguments: tuple[str, ...]
    span: str | None


def parse_quantization(text: str) -> RelayQuantization:
    """What the body of ``@main`` says; empty where it says nothing."""
    start = text.find("def @main(")
    end = text.find("\n}", start)
    if start < 0 or end < 0:
        return RelayQuantization({}, ())
    steps: dict[str, _Step] = {}
    stands_for: dict[str, str] = {}
    inputs: dict[str, Quantization] = {}
    last = ""
    for line in text[start:end].split("\n")[1:]:
        if len(line) > _LINE_LETTERS:
            return RelayQuantization({}, ())
        last = _statement(_COMMENT.sub("", line))
        call = _CALL.fullmatch(last)
        if call is None:
            continue
        last = call[1] or "%"
        step = _Step(call[2], tuple(_split(call[3])), _span(line))
        steps[last] = step
        for operand, places in zip(step.arguments, _TAKEN.get(step.operator, ()), strict=False):
            found = _quantization(step, places)
            if found is not None:
                inputs.setdefault(stands_for.get(operand, operand), found)
        if step.operator in _KEEPING:
            stands_for[last] = stands_for.get(step.arguments[0], step.arguments[0])
    outputs = last[1:-1].split(", ") if last.startswith("(") and last.endswith(")") else [last]
    return RelayQuantization(
        {name[1:]: found for name, found in inputs.items() if name not in steps},
        tuple(_output(steps, name) for name in outputs[:_OUTPUTS]),
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


def _statement(line: str) -> str:
    return line.strip().removesuffix(";").rstrip()


def _span(line: str) -> str | None:
    """The name in the note behind an expression: ``span=NAME:LINE:COLUMN``."""
    _, note, rest = _statement(line).rpartition("span=")
    name, *place = rest.removesuffix("*/").rstrip().rsplit(":", 2)
    return name if note and rest.endswith("*/") and len(place) == 2 and "".join(place).isdigit() else None


def _output(steps: Mapping[str, _Step], name: str) -> tuple[str | None, Quantization | None]:
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


def _quantization(step: _Step, places: tuple[int, int]) -> Quantization | None:
    """None where the text does not spell the numbers out, as for one scale per channel."""
    if max(places) >= len(step.arguments):
        return None
    scale, zero = (step.arguments[place] for place in places)
    if not _SCALE.fullmatch(scale) or not _ZERO.fullmatch(zero):
        return None
    value: float = struct.unpack("<f", struct.pack("<f", min(float(scale[:-1]), _MAX_SCALE)))[0]
    return Quantization(value, int(zero), DIGITS) if 0 < value < _MAX_SCALE else None


def _split(arguments: str) -> list[str]:
    """At the commas outside of brackets."""
    parts, depth, start = [], 0, 0
    for at, letter in enumerate(arguments):
        if letter in "([":
            depth += 1
        elif letter in ")]":
            depth -= 1
        elif letter == "," and depth == 0:
            parts.append(arguments[start:at].strip())
            start = at + 1
    return [*parts, arguments[start:].strip()]
