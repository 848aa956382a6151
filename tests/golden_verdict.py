"""Which of a golden file's outputs count for a compiled model, and how near to them what a board printed is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from host_model import golden_sets

from generator.model.golden import COMPILED_FLOATS
from generator.model.network import Network
from generator.model.project import Project
from generator.pipeline.judge import Verdict, judge
from generator.readers.console import SampleRuns

#: kinds whose int8 arithmetic LiteRT and TensorFlow Lite Micro do differently; docs/tflite.md names the engine
LITERT = ("UNIDIRECTIONAL_SEQUENCE_LSTM",)


def prefix_of(network: Network, golden: Path) -> str:
    """Which engine's outputs count: TensorFlow Lite Micro's, where it gave any and docs/tflite.md names no other."""
    with np.load(golden) as data:
        micro = "tflm_out0_0" in data.files
        if not micro:
            return "out"
        litert = "out0_0" in data.files and any(o.kind in LITERT for o in network.main.operators)
    return "out" if litert else "tflm_out"


def is_judgeable(network: Network, golden: Path) -> bool:
    """Whether every set of the golden file has all outputs of the network."""
    _, expected = golden_sets(golden, prefix_of(network, golden))
    return all(len(row) == len(network.main.outputs) for row in expected)


def judge_printed(project: Project, runs: SampleRuns) -> tuple[str, Verdict]:
    """``exact``, ``close`` (floats within ``COMPILED_FLOATS``) or ``wrong``, and what is beyond that tolerance."""
    found = judge(project, runs, COMPILED_FLOATS)
    if not found.equal:
        return "wrong", found
    return ("exact" if judge(project, runs).equal else "close"), found
