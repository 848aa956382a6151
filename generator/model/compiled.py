"""What mlfgen's own compiler writes beside a model's C: what TVM's archives do not contain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from generator.model.tensor import Quantization

#: version of the file's format
FORMAT = 1


class CompiledTensor(Struct, frozen=True):
    """An input or output. shape: outermost dimension first, every dimension > 0; () is a scalar."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    quantization: Quantization | None


class CompiledBuffer(Struct, frozen=True):
    """A tensor or scratch in the workspace. kind: ``tensor`` or ``scratch``.

    lifespan: half-open interval of steps, which are the indices of CompiledModel.layers.
    """

    name: str
    kind: str
    offset_bytes: int
    size_bytes: int
    lifespan: tuple[int, int]


class CompiledLayer(Struct, frozen=True):
    """A step of the model, in the order in which they run.

    function: its C function. operator: index in the .tflite. kind: ``CONV_2D``. kernel: in words.
    inputs, outputs: (element type, shape) of each tensor that is computed at run time.
    macs: multiplications with an addition. activation_bytes: of what it reads and writes at run time.
    """

    function: str
    operator: int
    kind: str
    kernel: str
    inputs: tuple[tuple[str, tuple[int, ...]], ...]
    outputs: tuple[tuple[str, tuple[int, ...]], ...]
    macs: int
    constants_bytes: int
    scratch_bytes: int
    activation_bytes: int


class CompiledModel(Struct, frozen=True):
    """What mlfgen's compiler says of a model.

    source: the .tflite's name, without folders. state_pool: the pool that is kept between runs, or None.
    """

    generator: str
    source: str
    source_sha256: str
    inputs: tuple[CompiledTensor, ...]
    outputs: tuple[CompiledTensor, ...]
    state_pool: str | None
    buffers: tuple[CompiledBuffer, ...]
    layers: tuple[CompiledLayer, ...]
