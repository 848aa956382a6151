"""Other versions of Zephyr than the pinned one: MLF_TEST_ZEPHYRS names their folders, each in a west workspace.

MLF_TEST_ZEPHYRS=~/zephyr-4.2/zephyr pytest tests/integration/test_other_zephyrs.py
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from generator.model.options import ZEPHYR, GenerateOptions
from generator.pipeline.inputs import GenerateRequest
from generator.pipeline.verify import VerifyRequest, verify
from generator.toolchain.runner import SystemRunner
from generator.toolchain.west import zephyr_version

pytestmark = [pytest.mark.firmware, pytest.mark.slow]

SAMPLES = Path(__file__).parents[2] / "samples"
FOLDERS = [Path(text) for text in os.environ.get("MLF_TEST_ZEPHYRS", "").split(os.pathsep) if text]
if not FOLDERS:
    pytest.skip("MLF_TEST_ZEPHYRS names no other Zephyr", allow_module_level=True)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(zephyr_version(folder)))
@pytest.mark.parametrize(
    ("board", "model"),
    [
        ("mps2_an385", "sine"),
        ("mps2_an500", "branchy"),
        ("stm32f746g_disco", "branchy"),
        ("nucleo_f746zg", "sine"),
        ("native_sim", "sine"),
        ("zephyr:mps3/corstone300/an547", "sine"),
        ("zephyr:qemu_cortex_m3", "sine"),
    ],
)
def test_golden_outputs(
    folder: Path, board: str, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for tool in ("arm-none-eabi-gcc", "qemu-system-arm", "cmake", "ninja"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    monkeypatch.setenv("ZEPHYR_BASE", str(folder))
    request = GenerateRequest(
        (SAMPLES / f"{model}.tar",),
        board,
        GenerateOptions(ZEPHYR, {}, {}, False, 4096, "portfolio"),
        output=tmp_path / "app",
        goldens={"": SAMPLES / f"{model}.npz"},
    )
    verdict = verify(VerifyRequest(request), runner=SystemRunner(), env=dict(os.environ)).verdict
    assert verdict.equal and len(verdict.sets) == 4
