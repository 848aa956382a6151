"""What an operator's file sees of the model while it lowers one operator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct, field

from generator.compiler.step import Unsupported
from generator.model.kernels import CMSIS_NN, SMALL
from generator.model.network import AffineQuantization, NetworkOperator, NetworkTensor

NUMPY: dict[str, type[np.generic]] = {
    "bool": np.bool_,
    "int8": np.int8,
    "uint8": np.uint8,
    "int16": np.int16,
    "uint16": np.uint16,
    "int32": np.int32,
    "uint32": np.uint32,
    "int64": np.int64,
    "uint64": np.uint64,
    "float16": np.float16,
    "float32": np.float32,
    "float64": np.float64,
}


class Context(Struct, frozen=True):
    """One operator with its tensors.

    operator: the operator. tensors: of its subgraph. folded: tensor index -> content that the compiler computed.
    choice:   how kernels are chosen (``{"kernels": "cmsis-nn"}``).
    """

    operator: NetworkOperator
    tensors: Sequence[NetworkTensor]
    folded: Mapping[int, np.ndarray] = field(default_factory=dict)
    choice: Mapping[str, str] = field(default_factory=dict)

    def input(self, position: int) -> NetworkTensor:
        """The tensor at a position. Raises Unsupported where there is none."""
        found = self.optional(position)
        if found is None:
            raise Unsupported(f"has no input number {position}")
        return found

    def optional(self, position: int) -> NetworkTensor | None:
        """The tensor at a position, or None where the input is left out."""
        inputs = self.operator.inputs
        if position >= len(inputs) or inputs[position] < 0:
            return None
        return self.tensors[inputs[position]]

    def output(self, position: int = 0) -> NetworkTensor:
        """The tensor at a position. Raises Unsupported where there is none."""
        if position >= len(self.operator.outputs):
            raise Unsupported(f"has no output number {position}")
        return self.tensors[self.operator.outputs[position]]

    def known(self, position: int) -> np.ndarray | None:
        """The content of an input in its shape, where it is a constant or was computed; else None."""
        tensor = self.optional(position)
        return None if tensor is None else self.content(tensor)

    def content(self, tensor: NetworkTensor) -> np.ndarray | None:
        """The content of any tensor of the subgraph in its shape, or None where it is computed at run time."""
        if tensor.index in self.folded:
            return self.folded[tensor.index]
        if tensor.constant is None or tensor.variable:
            return None
        return content_of(tensor)

    @property
    def library(self) -> bool:
        """Whether a library's kernels are selected, if it has them."""
        return self.choice.get("kernels") == CMSIS_NN

    @property
    def wide(self) -> bool | None:
        """Whether weights are stored wider than they are, for speed; None leaves it to the kernel."""
        return False if self.choice.get("kernels") == SMALL else None

    def constant(self, position: int, what: str) -> np.ndarray:
        """The content of an input that must be known, in its shape. what: ``weights``, for the message.

        Raises Unsupported where the input is left out or computed at run time.
        """
        found = self.known(position)
        if found is None:
            raise Unsupported(
                f"has {what} that are computed at run time", "convert the model with constant " + what
            )
        return found


def content_of(tensor: NetworkTensor) -> np.ndarray:
    """A constant tensor's content in its shape. Raises Unsupported for element types without one."""
    assert tensor.constant is not None
    if tensor.dtype == "int4":
        packed = np.frombuffer(tensor.constant, np.uint8)
        halves = np.stack([packed & 15, packed >> 4], axis=-1).reshape(-1)[: tensor.elements].astype(np.int8)
        return np.where(halves > 7, halves - 16, halves).astype(np.int8).reshape(tensor.shape)
    if tensor.dtype not in NUMPY:
        raise Unsupported(f"has a constant of {tensor.dtype}")
    return np.frombuffer(tensor.constant, np.dtype(NUMPY[tensor.dtype]).newbyteorder("<")).reshape(
        tensor.shape
    )


def quantization(tensor: NetworkTensor) -> AffineQuantization:
    """The tensor's quantisation. Raises Unsupported where it has none."""
    if tensor.quantization is None or not tensor.quantization.scale > 0:
        raise Unsupported(
            f"has the tensor {tensor.name!r} of {tensor.dtype} without a scale",
            "convert the model with full-integer quantisation",
        )
    return tensor.quantization


def require_symmetric(*tensors: NetworkTensor) -> None:
    """Raise Unsupported where a tensor of int16 has a zero point, which the quantisation specification rules out."""
    of_int16 = [tensor.quantization for tensor in tensors if tensor.dtype == "int16"]
    if any(found is not None and found.zero_point for found in of_int16):
        raise Unsupported(
            "has int16 tensors whose zero point is not 0", "quantise int16 activations symmetrically"
        )


def require_dtype(tensor: NetworkTensor, *dtypes: str) -> str:
    """tensor's element type, if it is one of dtypes. Raises Unsupported."""
    if tensor.dtype not in dtypes:
        raise Unsupported(
            f"is not supported on {tensor.dtype} ({tensor.name!r}); supported: {', '.join(dtypes)}"
        )
    return tensor.dtype


def wrong_dtype(tensor: NetworkTensor) -> Unsupported:
    """The refusal of an operator that knows nothing of the tensor's element type."""
    return Unsupported(f"is not supported on {tensor.dtype} ({tensor.name!r})")
