"""Names of a compiled model: of the model, of its tensors, of its functions."""

from __future__ import annotations

from collections.abc import Sequence

from generator.model.network import NetworkTensor
from generator.readers.text.names import C_KEYWORDS, sanitise

_MAX_NAME = 60


def model_name(label: str) -> str:
    """A model's name, which is part of C identifiers, made from its file's name."""
    name = sanitise(label.rpartition(".")[0] or label).lower()[:_MAX_NAME].strip("_") or "model"
    return f"m_{name}" if name[0].isdigit() else name


def tensor_names(
    inputs: Sequence[NetworkTensor], outputs: Sequence[NetworkTensor]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of inputs and outputs that differ also as TVM's C and its macros spell them.

    A fused tensor's name (``a;b;c``) is cut to its first; one without a name gets a number.
    """
    taken: set[str] = set()

    def unique(tensor: NetworkTensor, kind: str, number: int) -> str:
        name = tensor.name.split(";")[0][:_MAX_NAME] or f"{kind}_{number}"
        spelled = sanitise(name)
        if spelled[0].isdigit() or spelled in C_KEYWORDS or not spelled.strip("_"):
            name = f"{kind}_{name}"
        base, again = name, 1
        while sanitise(name).upper() in taken:
            again += 1
            name = f"{base}_{again}"
        taken.add(sanitise(name).upper())
        return name

    return (
        tuple(unique(tensor, "input", number) for number, tensor in enumerate(inputs)),
        tuple(unique(tensor, "output", number) for number, tensor in enumerate(outputs)),
    )


def step_names(prefix: str, kinds: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    """A C function's name for each (operator, kind): ``kws_3_conv_2d``."""
    taken: set[str] = set()
    names = []
    for operator, kind in kinds:
        base = f"{prefix}_{operator}_{sanitise(kind).lower()[:_MAX_NAME]}"
        name, again = base, 1
        while name in taken:
            again += 1
            name = f"{base}_{again}"
        taken.add(name)
        names.append(name)
    return tuple(names)
