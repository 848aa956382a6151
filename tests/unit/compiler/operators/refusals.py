"""How an operator is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from networks import network, operator

from generator.compiler.legalise import legalise
from generator.errors import ArchiveError
from generator.model.network import NetworkTensor, OptionValue


def refusal(
    kind: str,
    tensors: Sequence[NetworkTensor],
    inputs: Sequence[int],
    outputs: Sequence[int],
    options: Mapping[str, OptionValue] | None = None,
) -> str:
    """What is said, with its hint, about a network of one operator. Tensors that are no constants are its inputs."""
    given = [i for i in inputs if i >= 0 and tensors[i].constant is None]
    with pytest.raises(ArchiveError) as caught:
        legalise(network(tensors, [operator(0, kind, inputs, outputs, options)], given, outputs))
    return f"{caught.value.what} | {caught.value.hint}"
