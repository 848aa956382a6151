"""Boards derived from the devicetree of a real Zephyr: against the files written by hand, and in QEMU."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from generator.errors import ToolMissingError
from generator.model.board import Board, Setting
from generator.model.options import ZEPHYR, GenerateOptions
from generator.pipeline.board_names import board_names
from generator.pipeline.boards import find_board
from generator.pipeline.derived_boards import derive_board
from generator.pipeline.inputs import GenerateRequest
from generator.pipeline.measure import measure_system
from generator.pipeline.verify import VerifyRequest, verify
from generator.toolchain.runner import SystemRunner
from generator.toolchain.west import find_workspace

pytestmark = pytest.mark.firmware

SAMPLES = Path(__file__).parents[2] / "samples"
BY_HAND = [name for name in board_names() if not find_board(name).core.hosted]


@pytest.fixture(autouse=True)
def zephyr() -> None:
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("arm-none-eabi-gcc is not installed")
    try:
        find_workspace(Path.cwd(), dict(os.environ))
    except ToolMissingError as missing:
        pytest.skip(f"no Zephyr is here: {missing.what}")


def derived(target: str) -> Board:
    try:
        return derive_board(f"zephyr:{target}").board
    except ToolMissingError as missing:
        pytest.skip(missing.what)


def values(settings: tuple[Setting, ...]) -> set[tuple[str, str]]:
    """What they set; the reasons may differ."""
    return {(setting.symbol, setting.value) for setting in settings}


@pytest.mark.parametrize("name", BY_HAND)
def test_the_files_written_by_hand_agree_with_zephyr(name: str) -> None:
    hand = find_board(name)
    assert hand.zephyr is not None
    found = derived(hand.zephyr.target)
    assert found.zephyr is not None
    if hand.zephyr.kconfig is None:
        assert found.core == replace(hand.core, clock_hz=hand.clock_hz(ZEPHYR))
        assert values(found.zephyr.float_settings) == values(hand.zephyr.float_settings)
    else:
        # Zephyr does not declare this part's FPU; the file's own Kconfig does.
        assert (found.core.cpu, found.core.fpu) == (hand.core.cpu, "none")
    assert set(found.zephyr.modules) == set(hand.zephyr.modules)
    assert found.zephyr.settings == hand.zephyr.settings
    by_base = {region.base: region for region in found.regions}
    for region in hand.regions:
        pool = next(pool for pool in hand.pools if pool.region == region.name)
        if region.base not in by_base:
            # The devicetree has a placeholder there, which an overlay of the file makes a memory.
            assert pool.placements[ZEPHYR].overlay
            continue
        assert by_base[region.base].writable == region.writable
        # An overlay corrects the devicetree: a chip of half the size is fitted.
        ratio = 2 if pool.placements[ZEPHYR].overlay else 1
        assert by_base[region.base].size_bytes == ratio * region.size_bytes
        same = next(other for other in found.pools if other.region == by_base[region.base].name)
        assert same.placements[ZEPHYR].section == pool.placements[ZEPHYR].section
        assert same.placements[ZEPHYR].settings == pool.placements[ZEPHYR].settings or ratio == 2
        assert same.alignment_bytes == pool.alignment_bytes


def test_the_board_file_is_the_same_again() -> None:
    argv = [sys.executable, "-m", "generator", "boards", "--derive", "mps2/an385"]
    texts = {
        subprocess.run(
            argv, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "4242")
    }
    assert len(texts) == 1 and b"name: mps2_an385" in texts.pop()


@pytest.mark.slow
@pytest.mark.parametrize("target", ["mps3/corstone300/an547", "qemu_cortex_m3"])
def test_golden_outputs_on_a_derived_board(target: str, tmp_path: Path) -> None:
    for tool in ("qemu-system-arm", "cmake", "ninja"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    request = GenerateRequest(
        (SAMPLES / "sine.tar",),
        f"zephyr:{target}",
        GenerateOptions(ZEPHYR, {}, {}, False, 4096, "portfolio"),
        output=tmp_path / "app",
        goldens={"": SAMPLES / "sine.npz"},
    )
    verdict = verify(VerifyRequest(request), runner=SystemRunner(), env=dict(os.environ)).verdict
    assert verdict.equal and len(verdict.sets) == 4
    # What the derived file assumes of Zephyr's share of the RAM is enough, and not much more than is needed.
    board = derived(target)
    (measured,) = measure_system(tmp_path / "app", board).values()
    assumed = board.region("sram").system_bytes[ZEPHYR]
    assert measured <= assumed <= 4 * measured
