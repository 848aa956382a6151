"""Types of outputs that the Relay text does not spell out, from those of the inputs and what the operators do.

Only operators whose result follows from their arguments are looked through: convolutions, pooling and dense layers,
what works element by element, and what rearranges. Sources: ``src/relay/op`` and ``src/relay/qnn/op`` in TVM 0.8 to
0.18 for their types and the defaults of their attributes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from math import prod

from msgspec import Struct
from msgspec.structs import replace

from generator.model.archive import ModelLibrary
from generator.model.tensor import DTYPE_BYTES, Tensor
from generator.readers.archive.c_packed import TensorType
from generator.readers.archive.relay_body import TUPLE, RelayBody, RelayStep, parse_body, split
from generator.readers.text.names import sanitise

#: a dimension that is not known
_Dimension = int | None
_Shape = tuple[_Dimension, ...]


class Inferred(Struct, frozen=True):
    """What is known of a value. dtype: None if unknown. shape: None if even the rank is unknown."""

    dtype: str | None = None
    shape: _Shape | None = None

    @property
    def whole(self) -> TensorType | None:
        """The type, if all of it is known."""
        if self.dtype not in DTYPE_BYTES or self.shape is None or None in self.shape:
            return None
        return TensorType(self.dtype, tuple(n for n in self.shape if n is not None))


UNKNOWN = Inferred()
_FLAT = (
    *(
        "clip",
        "cast",
        "copy",
        "negative",
        "abs",
        "sqrt",
        "rsqrt",
        "exp",
        "log",
        "erf",
        "round",
        "floor",
        "ceil",
    ),
    *("tanh", "sigmoid", "nn.relu", "nn.leaky_relu", "nn.softmax", "nn.log_softmax", "nn.bias_add"),
    *("qnn.quantize", "qnn.requantize", "qnn.dequantize"),
)
_PAIRED = (
    "add",
    "subtract",
    "multiply",
    "divide",
    "maximum",
    "minimum",
    "qnn.add",
    "qnn.subtract",
    "qnn.mul",
)
#: operator -> attribute with the dtype of its result, and what that is when it is absent; "": the operand's
_DTYPES = {
    "cast": ("dtype", ""),
    "qnn.quantize": ("out_dtype", "int8"),
    "qnn.requantize": ("out_dtype", "int8"),
    "qnn.dequantize": ("out_dtype", "float32"),
    "qnn.dense": ("out_dtype", "int32"),
    "qnn.conv2d": ("out_dtype", "int32"),
    "nn.dense": ("out_dtype", ""),
    "nn.conv2d": ("out_dtype", ""),
}
_NUMBER = re.compile(r"-?\d{1,10}")
_MOST = 1 << 32
_MAX_RANK = 32


def infer_outputs(text: str, inputs: Mapping[str, TensorType]) -> tuple[tuple[str | None, Inferred], ...]:
    """For each result of ``@main``, in order, the name that the importer noted and what is known of its type.

    inputs: the function's parameters.
    """
    body = parse_body(text)
    known = {f"%{name}": Inferred(found.dtype, found.shape) for name, found in inputs.items()}
    for name, step in body.steps.items():
        known[name] = _result(step, body, known)
    return tuple(
        (body.steps[name].span if name in body.steps else None, known.get(name, UNKNOWN))
        for name in body.outputs
    )


def attach_relay_shapes(library: ModelLibrary, text: str, inputs: Mapping[str, TensorType]) -> ModelLibrary:
    """library with the shapes of outputs that lack one, where what is inferred fits their size.

    Of several outputs, only those are looked for that the text names: metadata.json has another order.
    """
    if all(tensor.shape is not None for tensor in library.outputs):
        return library
    found = infer_outputs(text, inputs)
    named = {sanitise(name): inferred for name, inferred in found if name is not None}
    if len(found) == len(library.outputs) == 1:
        named = {sanitise(library.outputs[0].name): found[0][1]}
    return replace(library, outputs=tuple(_attached(tensor, named) for tensor in library.outputs))


def _attached(tensor: Tensor, found: Mapping[str, Inferred]) -> Tensor:
    inferred = found.get(sanitise(tensor.name)) or found.get(tensor.c_name)
    if tensor.shape is not None or inferred is None or inferred.shape is None:
        return tensor
    given = [n for n in inferred.shape if n is not None]
    holes = len(inferred.shape) - len(given)
    rest, left = divmod(tensor.elements, prod(given)) if prod(given) else (0, 1)
    if (
        inferred.dtype not in (None, tensor.dtype)
        or left
        or rest < 1
        or holes > 1
        or (not holes and rest != 1)
    ):
        return tensor
    return replace(tensor, shape=tuple(rest if n is None else n for n in inferred.shape))


def _result(step: RelayStep, body: RelayBody, known: Mapping[str, Inferred]) -> Inferred:
    operands = [word for word in step.arguments if "=" not in word]
    attributes = dict(word.split("=", 1) for word in step.arguments if "=" in word)
    rule = _RULES.get(step.operator)
    if rule is None or not operands:
        return UNKNOWN
    if step.operator.endswith("concatenate"):
        parts = body.steps.get(operands[0])
        names = parts.arguments if parts is not None and parts.operator == TUPLE else ()
        names = tuple(split(operands[0][1:-1])) if operands[0].startswith("(") else names
    else:
        names = tuple(operands)
    values = [known.get(name, UNKNOWN) for name in names]
    if not values:
        return UNKNOWN
    attribute, default = _DTYPES.get(step.operator, ("", ""))
    dtype = attributes.get(attribute, default).strip('"') or values[0].dtype
    try:
        shape = rule([value.shape for value in values], attributes)
    except (ValueError, LookupError, ZeroDivisionError):  # not what TVM prints
        shape = None
    possible = (
        shape is not None and len(shape) <= _MAX_RANK and all(n is None or 0 < n <= _MOST for n in shape)
    )
    return Inferred(dtype, shape if possible else None)


_Rule = Callable[[Sequence[_Shape | None], Mapping[str, str]], _Shape | None]


def _same(shapes: Sequence[_Shape | None], _attributes: Mapping[str, str]) -> _Shape | None:
    return shapes[0]


def _broadcast(shapes: Sequence[_Shape | None], _attributes: Mapping[str, str]) -> _Shape | None:
    first, second = (*shapes, None)[:2]
    if first is None or second is None:
        return None
    rank = max(len(first), len(second))
    wide = [(1,) * (rank - len(shape)) + shape for shape in (first, second)]
    return tuple(b if a == 1 else a if b in (1, a) else None for a, b in zip(*wide, strict=True))


def _concatenated(shapes: Sequence[_Shape | None], attributes: Mapping[str, str]) -> _Shape | None:
    whole = [shape for shape in shapes if shape is not None]
    if len(whole) < len(shapes) or len({len(shape) for shape in whole}) != 1:
        return None
    axis = _number(attributes.get("axis", "0"))
    joined = [shape[axis] for shape in whole]
    result = list(whole[0])
    result[axis] = None if None in joined else sum(n for n in joined if n is not None)
    return tuple(result)


def _reshaped(shapes: Sequence[_Shape | None], attributes: Mapping[str, str]) -> _Shape | None:
    before, wanted = shapes[0], _numbers(attributes["newshape"])
    if min(wanted, default=0) < -1 or wanted.count(-1) > 1:
        return None
    copied: list[_Dimension] = [
        (before[at] if before is not None else None) if n == 0 else None if n < 0 else n
        for at, n in enumerate(wanted)
    ]
    if copied.count(None) == 1 and before is not None and None not in before:
        total = prod(n for n in before if n is not None)
        rest = prod(n for n in copied if n is not None)
        copied = [total // rest if n is None else n for n in copied]
    return tuple(copied)


def _dense(shapes: Sequence[_Shape | None], attributes: Mapping[str, str]) -> _Shape | None:
    before = shapes[0]
    return None if before is None else (*before[:-1], _number(attributes["units"]))


def _flattened(shapes: Sequence[_Shape | None], _attributes: Mapping[str, str]) -> _Shape | None:
    before = shapes[0]
    if before is None:
        return None
    rest = before[1:]
    return (before[0], None if None in rest else prod(n for n in rest if n is not None))


def _convolved(shapes: Sequence[_Shape | None], attributes: Mapping[str, str]) -> _Shape | None:
    if attributes.get("data_layout", "").strip('"') != "NHWC":
        return None
    window = _windows(shapes[0], attributes, "kernel_size")
    return None if window is None else (*window[:3], _number(attributes["channels"]))


def _pooled(shapes: Sequence[_Shape | None], attributes: Mapping[str, str]) -> _Shape | None:
    if attributes.get("layout", "").strip('"') != "NHWC" or "ceil_mode" in attributes:
        return None
    return _windows(shapes[0], attributes, "pool_size")


def _padded(shapes: Sequence[_Shape | None], attributes: Mapping[str, str]) -> _Shape | None:
    before = shapes[0]
    widths = _numbers(attributes["pad_width"].replace("[", "").replace("]", ""))
    if before is None or len(widths) != 2 * len(before):
        return None
    return tuple(
        None if n is None else n + widths[2 * at] + widths[2 * at + 1] for at, n in enumerate(before)
    )


def _windows(before: _Shape | None, attributes: Mapping[str, str], size: str) -> _Shape | None:
    """[N, H, W, C] of what windows are moved over."""
    if before is None or len(before) != 4:
        return None
    sizes = _numbers(attributes[size])
    strides = _numbers(attributes.get("strides", "[1, 1]"))
    steps = _numbers(attributes.get("dilation", "[1, 1]"))
    pads = _numbers(attributes.get("padding", "[0, 0, 0, 0]"))
    found: list[_Dimension] = []
    for at, n in enumerate(before[1:3]):
        covered = (sizes[at] - 1) * steps[at] + 1
        found.append(None if n is None else (n + pads[at] + pads[at + 2] - covered) // strides[at] + 1)
    return (before[0], *found, before[3])


def _number(text: str) -> int:
    """ValueError for anything but a number of moderate size."""
    if not _NUMBER.fullmatch(text.strip()) or abs(int(text)) > _MOST:
        raise ValueError("not a number")
    return int(text)


def _numbers(text: str) -> list[int]:
    return [_number(word) for word in text.strip("[]").split(",")]


_RULES: Mapping[str, _Rule] = {
    **dict.fromkeys(_FLAT, _same),
    **dict.fromkeys(_PAIRED, _broadcast),
    "concatenate": _concatenated,
    "qnn.concatenate": _concatenated,
    "reshape": _reshaped,
    "nn.dense": _dense,
    "qnn.dense": _dense,
    "nn.batch_flatten": _flattened,
    "nn.conv2d": _convolved,
    "qnn.conv2d": _convolved,
    "nn.max_pool2d": _pooled,
    "nn.avg_pool2d": _pooled,
    "nn.pad": _padded,
}
