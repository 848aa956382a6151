"""RISC-V boards under Zephyr, with the compiler that Debian has, in QEMU."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from generator.errors import ToolMissingError
from generator.model.options import GenerateOptions
from generator.pipeline.inputs import GenerateRequest
from generator.pipeline.verify import VerifyRequest, verify
from generator.toolchain.runner import SystemRunner
from generator.toolchain.west import find_workspace

pytestmark = [pytest.mark.firmware, pytest.mark.slow]


@pytest.mark.parametrize(
    ("board", "archive"),
    [
        ("qemu_riscv32", "sine-aot-c-pool"),
        ("qemu_riscv32", "sine-float-graph"),
        ("qemu_riscv32", "kws-aot-c-pool"),
        ("hifive1", "sine-aot-c-pool"),
    ],
)
def test_golden_outputs(board: str, archive: str, shared: Path, tmp_path: Path) -> None:
    for tool in ("riscv64-unknown-elf-gcc", "qemu-system-riscv32", "cmake", "ninja"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    env = dict(os.environ)
    try:
        find_workspace(Path(__file__).parent, env)
    except ToolMissingError as missing:
        pytest.skip(f"no Zephyr is here: {missing.what}")
    model = "sine-float" if archive.startswith("sine-float") else archive.partition("-")[0]
    request = GenerateRequest(
        (shared / "archives" / f"{archive}.tar",),
        board,
        GenerateOptions("zephyr", {}, {}, False, 4096, "portfolio"),
        output=tmp_path / "app",
        goldens={"": shared / "golden" / f"{model}.npz"},
    )
    verdict = verify(VerifyRequest(request), runner=SystemRunner(), env=env).verdict
    assert verdict.equal and len(verdict.sets) == 4
