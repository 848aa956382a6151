"""A sample of what random_networks.py draws: one network of every operator, and some of several."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from drawn_networks.judge import BAD, judge
from drawn_networks.recipes import CHAIN, RECIPES

from generator.model.reference import LITERT, TFLM
from generator.toolchain.reference import installed

_SEED = 3
_CHAINS = 12


@pytest.mark.parametrize("damaged", [False, True])
def test_random_networks(damaged: bool, tmp_path: Path) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("no C compiler for this computer (gcc)")
    if not (installed(LITERT) and installed(TFLM)):
        pytest.skip("the interpreters are not installed (the extra 'reference')")
    named = [(kind, _SEED) for kind in RECIPES] + [(CHAIN, seed) for seed in range(_CHAINS)]
    verdicts = judge(named, tmp_path, damaged=damaged)
    assert [verdict for verdict in verdicts if verdict.verdict in BAD] == []
    if not damaged:
        agreeing = sum(verdict.verdict in ("exact", "close") for verdict in verdicts)
        assert agreeing >= 0.9 * len(named)
