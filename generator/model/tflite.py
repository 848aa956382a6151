"""What a .tflite model says of its inputs and outputs."""

from __future__ import annotations

from msgspec import Struct

from generator.model.tensor import Quantization, size_of


class TfliteTensor(Struct, frozen=True):
    """An input or output. dtype: a key of DTYPE_BYTES. shape: outermost first, every dimension > 0."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    quantization: Quantization | None

    @property
    def size_bytes(self) -> int:
        return size_of(self.dtype, self.shape)


class TfliteModel(Struct, frozen=True):
    """The main subgraph's inputs and outputs, in order. label: the file's name, without folders."""

    label: str
    inputs: tuple[TfliteTensor, ...]
    outputs: tuple[TfliteTensor, ...]
