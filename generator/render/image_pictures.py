"""A built image as pictures: every byte of each memory, the planned buffers by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from generator.model.board import Region
from generator.model.firmware import Firmware
from generator.model.report import RegionLine
from generator.render.memory_html import shares_table
from generator.render.memory_regions import Share, bars_panel
from generator.render.memory_svg import page
from generator.render.page import html_page
from generator.toolchain.elf import MemoryUse

_SUBTITLE = "memory use of the built image"


def image_svg(firmware: Firmware, uses: Mapping[str, MemoryUse], title: str) -> str:
    """A built image as a picture.

    uses: region name -> bytes taken of it.
    """
    return page(title, _SUBTITLE, [bars_panel(_memories(firmware, uses), "the image uses nothing of")])


def image_html(firmware: Firmware, uses: Mapping[str, MemoryUse], title: str) -> str:
    """``image_svg`` with hover, and a table."""
    body = [
        '<section id="memories">',
        image_svg(firmware, uses, title),
        *shares_table(_memories(firmware, uses)),
        "</section>",
    ]
    return html_page(title, body)


def _memories(
    firmware: Firmware, uses: Mapping[str, MemoryUse]
) -> Sequence[tuple[RegionLine, tuple[Share, ...]]]:
    memories = []
    for region in firmware.regions:
        held = _shares(firmware, region, uses.get(region.name, MemoryUse()))
        kinds = tuple((share.kind, share.size_bytes) for share in held)
        memories.append((RegionLine(region.name, region.writable, region.size_bytes, kinds), held))
    return memories


def _shares(firmware: Firmware, region: Region, use: MemoryUse) -> tuple[Share, ...]:
    buffers = [buffer for buffer in firmware.buffers if buffer.region == region.name]
    planned = sum(buffer.size_bytes for buffer in buffers)
    constants, variables = (0, planned) if region.writable else (planned, 0)
    other = "other " if planned else ""
    found = [Share(buffer.symbol, "buffer", buffer.size_bytes) for buffer in buffers]
    found += [
        Share("code", "code", use.text_bytes),
        Share(f"{other}read-only data", "read-only data", use.rodata_bytes - constants),
        Share(
            f"{other}variables and stacks" if region.writable else "initial values of variables",
            "variables",
            use.data_bytes + use.bss_bytes + use.noinit_bytes - variables,
        ),
    ]
    return tuple(share for share in found if share.size_bytes > 0)
