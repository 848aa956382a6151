"""Models compiled from .tflite: bit for bit what the reference kernels give, here and on the emulated boards."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from host_model import build_host_model, golden_sets

from generator.model.options import GenerateOptions
from generator.model.reference import TFLM
from generator.pipeline.inputs import GenerateRequest
from generator.pipeline.models import compile_model
from generator.pipeline.reference import ReferenceOptions
from generator.pipeline.verify import VerifyRequest, verify
from generator.readers.tflite_network import load_network
from generator.toolchain.reference import installed
from generator.toolchain.runner import SystemRunner

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
pytestmark = pytest.mark.slow
#: what these models' workspace, with inputs, outputs and scratch, may take at most
MOST_RAM_BYTES = {"kws": 11_500, "resnet": 38_000, "ad": 1_024}


@pytest.mark.parametrize("name", ["kws", "resnet", "ad", "vgg", "branchy", "sine"])
def test_the_portable_kernels_are_exact_on_this_computer(name: str, shared: Path, tmp_path: Path) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("no C compiler for this computer (gcc)")
    model = build_host_model(load_network(shared / "models" / f"{name}.tflite"), tmp_path)
    inputs, expected = golden_sets(shared / "golden" / f"{name}.npz", "tflm_out")
    if not expected[0]:
        inputs, expected = golden_sets(shared / "golden" / f"{name}.npz", "out")
    assert expected[0]
    found = model.run(inputs)
    assert [[a.tobytes() for a in row] for row in found] == [
        [a.astype(b.dtype).tobytes() for a, b in zip(row, got, strict=True)]
        for row, got in zip(expected, found, strict=True)
    ]


@pytest.mark.parametrize("name", sorted(MOST_RAM_BYTES))
def test_overlaps_and_small_scratch_keep_the_workspace_small(name: str, shared: Path) -> None:
    compiled = compile_model(load_network(shared / "models" / f"{name}.tflite"))
    assert compiled.memory.size_bytes <= MOST_RAM_BYTES[name]


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    for tool in ("arm-none-eabi-gcc", "cmake", "ninja"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    pytest.importorskip("unicorn", reason="the extra 'virtual' is not installed")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {"PATH": path, "HOME": "/nonexistent", "LANG": "C"}


def request(
    model: Path, app: Path, golden: Path | None = None, board: str = "stm32f746g_disco"
) -> GenerateRequest:
    options = GenerateOptions("none", {}, {}, False, 4096, "portfolio")
    goldens = {"": golden} if golden is not None else {}
    return GenerateRequest((model,), board, options, goldens=goldens, output=app)


@pytest.mark.firmware
@pytest.mark.parametrize("board", ["stm32f746g_disco", "mps2_an385"])
@pytest.mark.parametrize("name", ["sine", "branchy"])
def test_the_firmware_is_exact(name: str, board: str, environment: dict[str, str], tmp_path: Path) -> None:
    """The DSP kernels on the virtual Cortex-M7, the portable ones on QEMU's Cortex-M3."""
    if board == "mps2_an385" and shutil.which("qemu-system-arm") is None:
        pytest.skip("qemu-system-arm is not installed")
    asked = request(SAMPLES / f"{name}.tflite", tmp_path / "app", SAMPLES / f"{name}.npz", board)
    result = verify(VerifyRequest(asked), runner=SystemRunner(), env=environment)
    assert result.verdict.equal and len(result.verdict.sets) == 4


@pytest.mark.firmware
@pytest.mark.parametrize("layers", [False, True])
def test_the_firmware_agrees_with_a_reference_interpreter(
    layers: bool, environment: dict[str, str], tmp_path: Path
) -> None:
    if not installed(TFLM):
        pytest.skip("the interpreter is not installed (the extra 'reference')")
    reference = ReferenceOptions(TFLM, 1, layers=layers)
    asked = VerifyRequest(request(SAMPLES / "sine.tflite", tmp_path / "app"), reference=reference)
    result = verify(asked, runner=SystemRunner(), env=environment)
    assert result.verdict.equal and len(result.verdict.sets) == 3
    assert result.engines == {"sine": TFLM}
    assert len(result.project.models[0].outputs) == (3 if layers else 1)


@pytest.mark.firmware
def test_a_streaming_model_carries_its_state_from_run_to_run(
    shared: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    folder = shared / "tflite"
    asked = request(
        folder / "models" / "mww-alexa.tflite", tmp_path / "app", folder / "golden" / "mww-alexa.npz"
    )
    assert verify(VerifyRequest(asked), runner=SystemRunner(), env=environment).verdict.equal
