"""Networks changed at random, operators, tensors and options, compile or are refused; nothing else happens."""

from __future__ import annotations

import contextlib
import random
from pathlib import Path

import pytest
from msgspec.structs import replace

from generator.compiler.legalise import legalise
from generator.compiler.operators import MODULES
from generator.errors import ArchiveError
from generator.model.network import AffineQuantization, Network, NetworkOperator, NetworkTensor
from generator.readers.tflite_network import load_network

SAMPLES = Path(__file__).parents[3] / "samples"
_ROUNDS = 400
_TYPES = ("int8", "uint8", "int16", "int32", "int64", "float32", "bool", "float16", "uint32")
_OPTIONS = (
    *(
        "axis",
        "padding",
        "stride_w",
        "stride_h",
        "fused_activation_function",
        "dilation_w_factor",
        "filter_width",
    ),
    *(
        "block_size",
        "rank",
        "batch_dims",
        "begin_mask",
        "end_mask",
        "shrink_axis_mask",
        "new_axis_mask",
        "alpha",
    ),
    *("ellipsis_mask", "adj_x", "adj_y", "align_corners", "half_pixel_centers", "mode", "beta", "offset"),
)
_QUANTISATIONS = (
    None,
    AffineQuantization((1e-38,), (0,)),
    AffineQuantization((3e38,), (127,)),
    AffineQuantization((0.1, 0.2), (0, 0)),
    AffineQuantization((0.0,), (0,)),
    AffineQuantization((1.0,), ()),
)


def changed_operator(chance: random.Random, operator: NetworkOperator, tensors: int) -> NetworkOperator:
    choice = chance.random()
    if choice < 0.6:
        return replace(operator, kind=chance.choice(sorted(MODULES)), custom=False)
    if choice < 0.8:
        value = chance.choice([-2, -1, 0, 1, 2, 3, 5, 100, 2**31 - 1])
        return replace(operator, options={**operator.options, chance.choice(_OPTIONS): value})
    inputs = list(operator.inputs[: chance.randint(0, len(operator.inputs))])
    if inputs and choice < 0.9:
        inputs[chance.randrange(len(inputs))] = chance.randrange(-1, tensors)
    return replace(operator, inputs=tuple(inputs))


def changed_tensor(chance: random.Random, tensor: NetworkTensor) -> NetworkTensor:
    choice = chance.random()
    if choice < 0.3:
        # a zero point that the reader lets pass for any type
        changed = replace(tensor, dtype=chance.choice(_TYPES), quantization=chance.choice(_QUANTISATIONS))
    elif choice < 0.6:
        shape = tuple(chance.choice([0, 1, 2, 3, 4, 7]) for _ in range(chance.randint(0, 5)))
        changed = replace(tensor, shape=shape)
    else:
        changed = replace(tensor, quantization=chance.choice(_QUANTISATIONS))
    if changed.constant is not None and changed.size_bytes != len(changed.constant):
        changed = replace(changed, constant=chance.randbytes(changed.size_bytes))
    return changed


def changed(chance: random.Random, network: Network) -> Network:
    main = network.main
    operators, tensors = list(main.operators), list(main.tensors)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(operators))
        touched = [index for index in (*operators[at].inputs, *operators[at].outputs) if index >= 0]
        if touched and chance.random() < 0.4:
            index = chance.choice(touched)
            tensors[index] = changed_tensor(chance, tensors[index])
        else:
            operators[at] = changed_operator(chance, operators[at], len(tensors))
    subgraph = replace(main, operators=tuple(operators), tensors=tuple(tensors))
    return replace(network, subgraphs=(subgraph, *network.subgraphs[1:]))


@pytest.mark.parametrize("name", ["branchy", "sine"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_changed_networks_compile_or_are_refused(name: str) -> None:
    network = load_network(SAMPLES / f"{name}.tflite")
    chance = random.Random(name)
    for _ in range(_ROUNDS):
        with contextlib.suppress(ArchiveError):
            legalise(changed(chance, network))
