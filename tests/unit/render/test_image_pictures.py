"""Pictures of a built image: every byte that it takes is drawn once."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from msgspec.structs import replace

from generator.model.board import Region
from generator.model.firmware import ExpectedBuffer, Firmware
from generator.render.image_pictures import image_html, image_svg
from generator.toolchain.elf import MemoryUse

FIRMWARE = Firmware(
    rtos="none",
    board="a_board",
    hosted=False,
    zephyr_target="",
    zephyr_min_version="",
    regions=(
        Region("flash", 0x0800_0000, 65_536, writable=False),
        Region("sram", 0x2000_0000, 16_384, writable=True),
        Region("spare", 0x3000_0000, 4_096, writable=True),
    ),
    buffers=(
        ExpectedBuffer("mlf_a_workspace", "sram", 8_192, 32, "sram", False),
        ExpectedBuffer("mlf_a_constants", "flash", 4_096, 32, "flash", True),
    ),
    models=("a",),
    run=None,
)
USES = {
    "flash": MemoryUse(text_bytes=10_000, rodata_bytes=5_000, data_bytes=16),
    "sram": MemoryUse(data_bytes=16, bss_bytes=100, noinit_bytes=9_000),
}


def drawn(svg: str) -> dict[tuple[str, str], int]:
    """(what, memory) -> bytes, from the texts that hovering shows."""
    found = {}
    for title in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}title"):
        match = re.fullmatch(r"(.+)\n([\d,]+) bytes of (\w+)", title.text or "")
        if match:
            found[match[1], match[3]] = int(match[2].replace(",", ""))
    return found


def test_planned_buffers_have_their_names_and_the_rest_is_counted() -> None:
    assert drawn(image_svg(FIRMWARE, USES, "a on a_board")) == {
        ("mlf_a_constants", "flash"): 4_096,
        ("code", "flash"): 10_000,
        ("other read-only data", "flash"): 904,
        ("initial values of variables", "flash"): 16,
        ("mlf_a_workspace", "sram"): 8_192,
        ("other variables and stacks", "sram"): 924,
    }


def test_the_bytes_are_those_of_the_image() -> None:
    found = drawn(image_svg(FIRMWARE, USES, "a on a_board"))
    for name, use in USES.items():
        assert sum(size for (_, memory), size in found.items() if memory == name) == use.total_bytes


def test_memories_that_nothing_is_in_are_named() -> None:
    assert "the image uses nothing of spare (4,096 bytes)" in image_svg(FIRMWARE, USES, "a")


def test_without_planned_buffers_nothing_is_other() -> None:
    found = drawn(image_svg(replace(FIRMWARE, buffers=()), USES, "a"))
    assert ("read-only data", "flash") in found and ("variables and stacks", "sram") in found


@pytest.mark.parametrize("name", ["<b>x", 'a"b&c'])
def test_names_are_escaped(name: str) -> None:
    buffers = (replace(FIRMWARE.buffers[0], symbol=name),)
    page = image_html(replace(FIRMWARE, buffers=buffers), USES, name)
    assert name not in page
    assert "16,384" in page and "7,268" in page, "size and free bytes"
