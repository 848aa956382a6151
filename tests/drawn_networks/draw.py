"""A model that is drawn at random: what recipes of operators make it with."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from tflite_builder import ModelBuilder

T = TypeVar("T")

Quantised = dict[str, Any]
QUANTISED = ("int8", "uint8", "int16")
#: NONE, RELU, RELU_N1_TO_1, RELU6
ACTIVATIONS = (0, 0, 1, 2, 3)
SAME, VALID = 0, 1
_INPUT_SETS = 4
_SPECIAL = np.array(
    [np.nan, np.inf, -np.inf, 0.0, -0.0, 3.4e38, -3.4e38, 1.2e-38, -1e-40, 0.5, -0.5, 2.5, 1e10, -1e10],
    np.float32,
)
#: of inputs in plain integers, for sums of products not to overflow in the reference kernels
_INTEGER_LIMIT = 2000


@dataclass
class Draw(ModelBuilder):
    """random: where every choice comes from. outputs: of the model, so far.

    limits: input -> (low, high) of its values, both included. reuse: how likely an operator takes a tensor that
    exists already. following: the tensor that the next operator takes, if it can. special: a set of inputs has
    infinities, numbers that are none, and the greatest and least ones among its floats.
    """

    random: np.random.Generator = field(default_factory=np.random.default_rng)
    outputs: list[int] = field(default_factory=list)
    limits: dict[int, tuple[float, float]] = field(default_factory=dict)
    reuse: float = 0.0
    following: int | None = None
    special: bool = False

    # ---- numbers

    def chance(self, probability: float) -> bool:
        return bool(self.random.random() < probability)

    def pick(self, choices: Sequence[T]) -> T:
        return choices[int(self.random.integers(len(choices)))]

    def between(self, low: int, high: int) -> int:
        """Both included."""
        return int(self.random.integers(low, high + 1))

    def size(self, most: int = 7) -> int:
        """An extent of a dimension, 1 more often than others."""
        return 1 if self.chance(0.2) else self.between(1, most)

    def channels(self) -> int:
        if self.chance(0.03):
            return self.between(41, 300)
        return self.between(1, 40) if self.chance(0.25) else self.size(9)

    def shape(self, rank: int, most: int = 6) -> tuple[int, ...]:
        return tuple(self.size(most) for _ in range(rank))

    def image(self) -> tuple[int, int, int, int]:
        """[N, H, W, C]."""
        if self.chance(0.05):
            return (1, self.size(40), self.size(40), self.size(6))
        return (self.pick((1, 1, 1, 2, 3)), self.size(10), self.size(10), self.channels())

    def rank(self, least: int = 1, most: int = 4) -> int:
        return self.between(least, most)

    # ---- quantisation

    def scale(self) -> float:
        """A scale that float32 holds exactly, from 1e-6 to 1e3 at the extremes."""
        if self.chance(0.1):
            real = 10.0 ** self.random.uniform(-6, 3)
        elif self.chance(0.15):
            real = 2.0 ** self.between(-10, 1)
        else:
            real = 2.0 ** self.random.uniform(-9, 0)
        return float(np.float32(real))

    def quantised(self, dtype: str, scale: float | None = None) -> Quantised:
        """scale and zero_point of a tensor; nothing for element types that are not quantised."""
        if dtype not in QUANTISED:
            return {}
        found = self.scale() if scale is None else float(np.float32(scale))
        if dtype == "int16":
            return {"scale": found, "zero_point": 0}
        low, high = (-128, 127) if dtype == "int8" else (0, 255)
        zero = self.pick((low, high, (low + high + 1) // 2)) if self.chance(0.4) else self.between(low, high)
        return {"scale": found, "zero_point": zero}

    def near(self, scale: float) -> float:
        """A scale not far from another."""
        return float(np.float32(scale * 2.0 ** self.random.uniform(-1.5, 1.5)))

    def quantisation_of(self, index: int) -> Quantised:
        tensor = self.tensors[index]
        if not tensor.scales:
            return {}
        return {"scale": tensor.scales[0], "zero_point": tensor.zero_points[0]}

    # ---- tensors

    def dtype(self, index: int) -> str:
        return self.tensors[index].dtype

    def shape_of(self, index: int) -> tuple[int, ...]:
        return self.tensors[index].shape

    def values(
        self, dtype: str, shape: Sequence[int], limits: tuple[float, float] | None = None
    ) -> np.ndarray:
        """Random content over the type's range, or within limits."""
        kind = np.dtype(dtype).kind
        if kind == "f":
            low, high = limits or (-2.0, 2.0)
            return np.asarray(self.random.uniform(low, high, tuple(shape)).astype(dtype))
        if kind == "b":
            return np.asarray(self.random.integers(0, 2, tuple(shape)).astype(dtype))
        low, high = (int(limit) for limit in _within(limits, dtype))
        return np.asarray(
            self.random.integers(low, high, tuple(shape), np.int64, endpoint=True).astype(dtype)
        )

    def source(
        self,
        dtypes: Sequence[str],
        shape: Callable[[], tuple[int, ...]],
        fits: Callable[[tuple[int, ...]], bool] = lambda shape: True,
        limits: tuple[float, float] | None = None,
        quantised: Callable[[str], Quantised] | None = None,
    ) -> int:
        """A tensor to work on: one that exists and fits, or a new input of the model."""
        follows, self.following = self.following, None
        if follows is not None and self.dtype(follows) in dtypes and fits(self.shape_of(follows)):
            return follows
        if self.reuse and limits is None and quantised is None and self.chance(self.reuse):
            known = [
                index
                for index, tensor in enumerate(self.tensors)
                if tensor.dtype in dtypes
                and tensor.content is None
                and (tensor.scales or tensor.dtype not in QUANTISED)
                and not tensor.variable
                and 0 not in tensor.shape
                and fits(tensor.shape)
            ]
            if known:
                return self.pick(known[-4:])
        dtype = self.pick(dtypes)
        found = self.input(dtype, shape(), **(quantised or self.quantised)(dtype))
        if limits is not None:
            self.limits[found] = limits
        return found

    def operand(
        self, dtype: str, shape: Sequence[int], quantised: Quantised | None = None, constant: float = 0.3
    ) -> int:
        """A second tensor of an operator, which may be a constant."""
        given = self.quantised(dtype) if quantised is None else quantised
        if self.chance(constant):
            limits = None if dtype in QUANTISED else _plain(dtype)
            return self.constant(self.values(dtype, shape, limits), **given)
        return self.input(dtype, shape, **given)

    def packed(self, content: np.ndarray, **quantised: Any) -> int:
        """A constant of int4: two numbers in a byte, the first in the lower bits."""
        flat = content.reshape(-1).astype(np.uint8) & 15
        flat = np.append(flat, np.zeros(flat.size % 2, np.uint8))
        pairs = flat[::2] | flat[1::2] << 4
        return self.tensor("int4", content.shape, content=pairs.astype(np.uint8).tobytes(), **quantised)

    def numbers(self, values: Any, dtype: str = "int32") -> int:
        return self.constant(np.asarray(values, dtype))

    def result(
        self,
        kind: str,
        inputs: Sequence[int],
        dtype: str,
        shape: Sequence[int],
        options: Mapping[str, Mapping[str, Any]] | None = None,
        quantised: Quantised | None = None,
        **others: Any,
    ) -> int:
        """An operator with one output."""
        given = self.quantised(dtype) if quantised is None else quantised
        target = self.tensor(dtype, shape, **given)
        self.operator(kind, inputs, (target,), **others, **(options or {}))
        self.outputs.append(target)
        return target

    def broadcast(self, shape: Sequence[int]) -> tuple[int, ...]:
        """A shape that broadcasts to another: extents of 1, dimensions left out in front."""
        way = self.between(0, 4)
        if way == 0:
            return tuple(shape)
        if way == 1:
            return (1,) * len(shape) if self.chance(0.5) else (1,)
        if way == 2:
            return tuple(shape[-1:])
        kept = tuple(1 if self.chance(0.5) else extent for extent in shape)
        return kept[self.between(0, len(kept) - 1) :] if self.chance(0.4) else kept

    # ---- inputs

    def sets(self) -> list[list[np.ndarray]]:
        """Inputs [set][input]: all least, all greatest, then random ones."""
        rows = []
        for number in range(_INPUT_SETS + int(self.special)):
            row = []
            for index in self.inputs:
                tensor = self.tensors[index]
                limits = self.limits.get(index)
                if limits is None:
                    limits = None if tensor.dtype in QUANTISED else _plain(tensor.dtype)
                if number < 2 and tensor.dtype != "bool":
                    edge = _within(limits, tensor.dtype)[number]
                    row.append(np.full(tensor.shape, edge, tensor.dtype))
                elif number == _INPUT_SETS and tensor.dtype == "float32":
                    row.append(self.random.choice(_SPECIAL, tensor.shape))
                else:
                    row.append(self.values(tensor.dtype, tensor.shape, limits))
            rows.append(row)
        return rows


def _range_of(dtype: str) -> tuple[float, float]:
    info = np.iinfo(dtype)
    return int(info.min), int(info.max)


def _within(limits: tuple[float, float] | None, dtype: str) -> tuple[float, float]:
    """limits, as far as the type has them; a damaged network's input may have another type than they are of."""
    if np.dtype(dtype).kind not in "iu":
        return limits or (-2.0, 2.0)
    low, high = _range_of(dtype)
    return (low, high) if limits is None else (max(low, min(limits[0], high)), min(high, max(limits[1], low)))


def _plain(dtype: str) -> tuple[float, float]:
    """Of tensors that are not quantised."""
    if np.dtype(dtype).kind == "f":
        return -4.0, 4.0
    if dtype == "bool":
        return 0, 1
    low, high = _range_of(dtype)
    return max(low, -_INTEGER_LIMIT), min(high, _INTEGER_LIMIT)


def out_extent(size: int, kernel: int, stride: int, dilation: int, padding: int) -> int:
    """Of a window that slides along a dimension; less than 1 where it does not fit."""
    if padding == SAME:
        return -(-size // stride)
    return (size - (kernel - 1) * dilation - 1) // stride + 1


def spread(depth: float) -> float:
    """By how much sums of depth products of int8 exceed one."""
    return math.sqrt(depth) * 40
