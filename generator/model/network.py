"""A neural network as a .tflite file states it: subgraphs of tensors and operators, nothing interpreted.

Source: TensorFlow's ``tensorflow/lite/schema/schema.fbs``, version 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from msgspec import Struct, field

#: an option of an operator: a number, a truth value, a text, or a list of numbers
OptionValue = int | float | bool | str | tuple[int | float, ...]

#: element type -> bits of one element; a resource is a handle and has no content of its own
ELEMENT_BITS: dict[str, int] = {
    "bool": 8,
    "int4": 4,
    "int8": 8,
    "uint8": 8,
    "int16": 16,
    "uint16": 16,
    "float16": 16,
    "bfloat16": 16,
    "int32": 32,
    "uint32": 32,
    "float32": 32,
    "int64": 64,
    "uint64": 64,
    "float64": 64,
    "complex64": 64,
    "complex128": 128,
    "resource": 0,
    "string": 0,
    "variant": 0,
}


class AffineQuantization(Struct, frozen=True):
    """real = scale * (stored - zero_point), per tensor (one scale) or per channel.

    scales:      float32 values held as Python floats, > 0 where they are used. zero_points: as many, or one.
    axis:        the dimension that the channels run along; meaningless with one scale.
    """

    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int = 0

    @property
    def scale(self) -> float:
        """The tensor's scale, or that of the first index of the quantised axis."""
        return self.scales[0]

    @property
    def zero_point(self) -> int:
        """The tensor's zero point, or that of the first index of the quantised axis; 0 if none is stated."""
        return self.zero_points[0] if self.zero_points else 0


class NetworkTensor(Struct, frozen=True):
    """A tensor of a subgraph.

    index:    in its subgraph. name: as the model spells it, printable; may be empty or shared.
    dtype:    a key of ELEMENT_BITS. shape: outermost dimension first, every dimension >= 0.
    constant: the content, little endian and dense, or None for a tensor that is computed.
    variable: it keeps its content from run to run.
    """

    index: int
    name: str
    dtype: str
    shape: tuple[int, ...]
    quantization: AffineQuantization | None = None
    constant: bytes | None = None
    variable: bool = False

    @property
    def elements(self) -> int:
        return prod(self.shape)

    @property
    def size_bytes(self) -> int:
        """Bytes of the dense tensor; int4 elements lie in pairs."""
        return -(-self.elements * ELEMENT_BITS[self.dtype] // 8)


class NetworkOperator(Struct, frozen=True):
    """One operator.

    index:   in its subgraph. kind: the schema's spelling (``CONV_2D``), or a custom operator's own name.
    inputs:  tensor indices; -1 stands for an optional input that is left out.
    options: snake_case name of the schema -> value; empty where the model states none.
    custom_options: the bytes of a custom operator's options.
    """

    index: int
    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    intermediates: tuple[int, ...] = ()
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    custom: bool = False
    custom_options: bytes = b""
    version: int = 1

    def integer(self, name: str, default: int = 0) -> int:
        """An option that is a whole number, an enumeration's value or a truth value."""
        value = self.options.get(name, default)
        return int(value) if isinstance(value, int | float) else default

    def real(self, name: str, default: float = 0.0) -> float:
        """An option as a number; ``default`` if it is missing or of another type."""
        value = self.options.get(name, default)
        return float(value) if isinstance(value, int | float) else default

    def text(self, name: str) -> str:
        """An option as a string; empty if it is missing or of another type."""
        value = self.options.get(name, "")
        return value if isinstance(value, str) else ""

    def integers(self, name: str) -> tuple[int, ...]:
        """An option as a list of whole numbers; empty if it is missing or of another type."""
        value = self.options.get(name, ())
        return tuple(int(item) for item in value) if isinstance(value, tuple) else ()


class Subgraph(Struct, frozen=True):
    """Tensors and operators; operators are in an order in which they can run."""

    tensors: tuple[NetworkTensor, ...]
    operators: tuple[NetworkOperator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


class Network(Struct, frozen=True):
    """A whole model. label: the file's name, without folders. subgraphs: the first is the main one."""

    label: str
    sha256: str
    subgraphs: tuple[Subgraph, ...]

    @property
    def main(self) -> Subgraph:
        """The subgraph that a run executes."""
        return self.subgraphs[0]
