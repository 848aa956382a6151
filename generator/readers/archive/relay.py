"""Tensor types from the Relay text that TVM puts beside the code.

The text is for people; TVM prints it in slightly different forms. What it does not contain stays unknown here.
Source: ``src/relay/printer/relay_text_printer.cc`` in TVM 0.8 to 0.18.
"""

from __future__ import annotations

import re

from msgspec import Struct

from generator.model.tensor import DTYPE_BYTES
from generator.readers.archive.c_packed import TensorType
from generator.readers.text.json_tree import MAX_BYTES

_PARAMETER = re.compile(r"%([^%]*?): (?:Tensor\[\(([0-9, ]*)\), (\w+)\]|(\w+))")
_TENSOR = re.compile(r"Tensor\[\(([0-9, ]*)\), (\w+)\]")
_OUTPUT_NAMES = "output_tensor_names=["
#: no note of a type is longer; it bounds the work on one that never ends
_NOTE_LETTERS = 10_000
_TYPE_NOTE = re.compile(r"/\* ty=((?:(?!\*/).)*?)(?: span=(?:(?!\*/).)*)?\*/\s*\Z")


class RelayTypes(Struct, frozen=True):
    """What ``@main`` contains.

    inputs:       name -> type, weights that are parameters included, in order.
    output_names: in order; None if the text does not say.
    outputs:      types in order; None if the text does not say.
    outputs_source: for messages; another source may supply what the text lacks.
    """

    inputs: dict[str, TensorType]
    output_names: tuple[str, ...] | None
    outputs: tuple[TensorType, ...] | None
    outputs_source: str = "the Relay text"


NOTHING = RelayTypes({}, None, None)


def parse_relay(text: str) -> RelayTypes:
    """Read the signature of ``@main``, and the type of its last expression where the signature lacks it."""
    start = text.find("def @main(")
    if start < 0:
        start = text.find("fn (")
    if start < 0:
        return NOTHING
    line, _, body = text[start:].partition("\n")
    signature = _without_comments(line)
    parameters, arrow, returned = signature.rpartition(" -> ")
    if not arrow:
        parameters, returned = signature, _last_type(body)
    inputs = {}
    for name, dimensions, dtype, scalar in _PARAMETER.findall(parameters):
        tensor = _type(dimensions, dtype or scalar)
        if tensor is not None:
            inputs[name] = tensor
    _, marker, rest = signature.partition(_OUTPUT_NAMES)
    types = [_type(dimensions, dtype) for dimensions, dtype in _TENSOR.findall(returned)]
    known = tuple(found for found in types if found is not None)
    return RelayTypes(
        inputs,
        tuple(re.findall(r'"([^"]*)"', rest.partition("]")[0])) if marker else None,
        known if known and len(known) == len(types) else None,
    )


def _last_type(body: str) -> str:
    """The type note at the end of the last line of a function's body, or nothing."""
    end = body.find("\n}")
    if end < 0:
        return ""
    line = body[:end].rpartition("\n")[2]
    note = line[line.rfind("/* ty=") :][:_NOTE_LETTERS]
    match = _TYPE_NOTE.match(note)
    return match[1] if match else ""


def _without_comments(line: str) -> str:
    pieces = []
    while line:
        piece, _, line = line.partition("/*")
        pieces.append(piece)
        line = line.partition("*/")[2]
    return "".join(pieces)


def _type(dimensions: str, dtype: str) -> TensorType | None:
    words = [word.strip() for word in dimensions.split(",") if word.strip()]
    if (
        dtype not in DTYPE_BYTES
        or len(words) > 32
        or not all(word.isdigit() and len(word) <= 10 for word in words)
    ):
        return None
    shape = tuple(int(word) for word in words)
    return TensorType(dtype, shape) if all(0 < dimension <= MAX_BYTES for dimension in shape) else None
