"""Constants in a read-only memory of their own: they are linked there with their contents, and found there."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

import pytest

from generator import resources
from generator.model.options import GenerateOptions
from generator.pipeline.inputs import GenerateRequest
from generator.pipeline.verify import VerifyRequest, verify
from generator.readers.board.board import load_board
from generator.toolchain.elf import read_elf
from generator.toolchain.runner import SystemRunner

SHARED = Path(__file__).parents[2].parent / "shared"
#: of the PSRAM, which QEMU fills from the image
STORE = 0x60000000

pytestmark = [pytest.mark.firmware, pytest.mark.slow]


@pytest.fixture
def board(tmp_path: Path) -> Path:
    """An emulated board with part of its memory taken for a second flash."""
    text = (resources.folder("boards") / "mps2_an500.yaml").read_text("utf-8")
    text = text.replace(
        "\npools:\n",
        f"  store: {{base: 0x{STORE:08X}, size_bytes: 1048576, access: ro}}\n\npools:\n"
        "  store: {region: store, alignment_bytes: 32, zephyr: {}, port: {section: .store}}\n",
        1,
    )
    path = tmp_path / "mine.yaml"
    path.write_text(text.replace("name: mps2_an500", "name: mine", 1), "utf-8")
    assert not load_board(path).region("store").writable
    return path


def test_a_pool_of_constants_is_stored_where_it_is_put(board: Path, tmp_path: Path) -> None:
    for tool in ("arm-none-eabi-gcc", "cmake", "ninja", "qemu-system-arm"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    archive, golden = SHARED / "archives" / "kws-aot-c-const.tar", SHARED / "golden" / "kws.npz"
    if not archive.is_file() or importlib.util.find_spec("numpy") is None:
        pytest.skip("the shared archives or numpy are not here")
    options = GenerateOptions("none", {"flash": "store"}, {}, False, 4096, "portfolio")
    app = tmp_path / "app"
    request = GenerateRequest((archive,), str(board), options, goldens={"": golden}, output=app)
    result = verify(VerifyRequest(request), runner=SystemRunner(), env=dict(os.environ))
    assert result.verdict.equal and len(result.verdict.sets) >= 4

    (pool,) = (buffer for buffer in result.project.buffers if buffer.kind == "constant")
    elf = read_elf(app / "build" / "firmware.elf")
    (section,) = (section for section in elf.sections if section.name == ".store")
    assert section.stored and section.address == STORE and pool.size_bytes > 50_000
    binary = (app / "build" / "firmware.bin").stat().st_size
    assert binary < 100_000, "the other memory is not in the image of the code's memory"
