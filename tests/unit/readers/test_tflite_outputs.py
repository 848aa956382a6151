from __future__ import annotations

from pathlib import Path

import pytest

from generator.errors import ArchiveError
from generator.readers.tflite_network import parse_network
from generator.readers.tflite_outputs import with_outputs

SINE = (Path(__file__).parents[3] / "samples" / "sine.tflite").read_bytes()


def test_only_the_outputs_are_others() -> None:
    before = parse_network(SINE, "m.tflite").main
    computed = [index for operator in before.operators for index in operator.outputs]
    after = parse_network(with_outputs(SINE, computed, "m.tflite"), "m.tflite").main
    assert len(before.outputs) == 1 and after.outputs == tuple(computed)
    assert (after.tensors, after.operators, after.inputs) == (before.tensors, before.operators, before.inputs)


def test_a_cut_model_is_refused() -> None:
    with pytest.raises(ArchiveError) as caught:
        with_outputs(SINE[:60], [0], "m.tflite")
    assert "damaged or cut short" in caught.value.what and caught.value.hint
