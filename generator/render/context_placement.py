"""Where a firmware's linker has to put the buffers: section names, checks and a linker script to add."""

from __future__ import annotations

from typing import Any

from generator.model.board import address_ranges
from generator.model.library import ZEPHYR_MODULE
from generator.model.options import ZEPHYR
from generator.model.project import PlacedConstants, PoolBuffer, Project, ProjectModel


def c_section(project: Project, buffer: PoolBuffer) -> str | None:
    """The input section of a buffer's array: its own, so that the linker can leave out each buffer by itself."""
    if buffer.section is None:
        return None
    return f"{_stem(project, buffer.pool, buffer.region, buffer.section)}.{buffer.symbol}"


def section_stems(project: Project, section: str, pools: tuple[str, ...]) -> list[str]:
    """Names of the input sections, and what they begin with, of an output section that the board's pools share."""
    own = [_stem(project, name, project.board.pool(name).region, section) for name in pools]
    return list(dict.fromkeys((section, *own)))


def _stem(project: Project, pool: str, region: str, section: str) -> str:
    """The stem of input section names, where the board file only names output sections of mlfgen's linker script.

    A linker script that does not know a section treats its contents as data, which flash stores, unless the name
    says otherwise. What belongs among ordinary variables is called .bss, because every linker script places it, and
    before the heap; buffers that must not be there are named otherwise.
    """
    board = project.board
    if project.rtos == ZEPHYR or not board.region(region).writable:
        return section
    return f".bss.mlf_{pool}" if region == board.data_region else f".noinit.mlf_{pool}"


def constants_section(constants: PlacedConstants) -> str | None:
    """The input section of a model's constants outside any pool, or None for the compiler's choice."""
    return None if constants.section is None else f"{constants.section}.{constants.model}"


def constants_context(project: Project) -> dict[str, Any]:
    """What ``mlf_constants.h`` defines: plain JSON values."""
    sections = [
        {"macro": each.macro, "section": section}
        for each in project.constants
        if each.macro is not None and (section := constants_section(each)) is not None
    ]
    return {"sections": sections, "has_sections": bool(sections)}


def placement_context(project: Project) -> dict[str, Any]:
    """Plain JSON values; empty for a program of this computer, whose addresses are the system's."""
    buffers = () if project.board.core.hosted else project.buffers
    checks = [check for buffer in buffers if (check := _check(project, buffer)) is not None]
    sections = _sections(project, buffers)
    return {
        "checks": checks,
        "has_checks": bool(checks),
        "has_bounds": any(_bounds(project, model) for model in project.models),
        "sections": sections,
        "has_sections": bool(sections),
        "is_whole": project.rtos != ZEPHYR,
        "how": "Unless the devicetree declares the memory, add with zephyr_linker_sources(SECTIONS FILE)"
        if project.rtos == ZEPHYR
        else "Link with -T, beside the firmware's own linker script",
    }


def model_placement(project: Project, model: ProjectModel) -> dict[str, Any]:
    """The part of a model's context that its check of placement prints."""
    bounds = _bounds(project, model)
    check = ""
    if model.io_in_workspace:
        check = f"{model.ident}_check"
    elif bounds:
        check = f"{model.ident}_check_placement"
    return {"bounds": bounds, "has_bounds": bool(bounds), "check": check, "has_check": bool(check)}


def _bounds(project: Project, model: ProjectModel) -> list[dict[str, str]]:
    if project.board.core.hosted or not model.on_device:
        return []
    bounds = []
    for buffer in project.buffers:
        if buffer.symbol in model.buffers and project.board.is_apart(buffer.region):
            region = project.board.region(buffer.region)
            last = region.base + region.size_bytes - 1
            bounds.append(
                {
                    "pool": f"{buffer.symbol}_pool",
                    "region": region.name,
                    "first": f"0x{region.base:08X}U",
                    "last": f"0x{last:08X}U",
                }
            )
    return bounds


def _check(project: Project, buffer: PoolBuffer) -> dict[str, Any] | None:
    """The condition on a buffer's address in any firmware, or None if there is none.

    Where ordinary variables lie is the firmware's own affair, as long as it is a memory that can be written.
    """
    board = project.board
    apart = board.is_apart(buffer.region)
    if not apart and buffer.kind == "constant":
        return None
    regions = (board.region(buffer.region),) if apart else tuple(r for r in board.regions if r.writable)
    ranges = address_ranges(regions)
    where = " or ".join(
        f"{'' if not apart else buffer.region + ' '}0x{base:08X} to 0x{end:08X}" for base, end in ranges
    )
    section = c_section(project, buffer)
    what = f"mlf: buffer '{buffer.symbol}' must lie in {'' if apart else 'RAM, '}{where}: "
    if apart and section is not None:
        stem = section.removesuffix(f".{buffer.symbol}")
        advice = f"link with -T model/sections.ld, or place the sections {stem}.* there in your linker script"
        if project.rtos == ZEPHYR:
            advice = (
                f"declare the memory '{stem}' in the devicetree, or add model/sections.ld with "
                "zephyr_linker_sources(SECTIONS)"
            )
    else:
        advice = f"place the section {section or '.bss'} there in your linker script"
    return {
        "symbol": buffer.symbol,
        "size_bytes": buffer.size_bytes,
        "ranges": [{"base": f"0x{base:08X}", "end": f"0x{end:08X}"} for base, end in ranges],
        "message": f"{what}{advice} (docs/c-api.md)",
    }


def _sections(project: Project, buffers: tuple[PoolBuffer, ...]) -> list[dict[str, Any]]:
    """An output section for each memory apart that holds something with a section, in board order.

    Without those that a Zephyr application, or module, brings and links by itself.
    """
    board = project.board
    alone = project.library is not None and project.library.form != ZEPHYR_MODULE
    brought = () if project.zephyr is None or alone else project.zephyr.sections
    own = {section.name for section in brought}
    sections = []
    for region in board.regions:
        stems = {
            _stem(project, buffer.pool, buffer.region, buffer.section): None
            for buffer in buffers
            if buffer.region == region.name and buffer.section is not None and board.is_apart(region.name)
        }
        stems |= {
            each.section: None
            for each in project.constants
            if each.region == region.name and each.section is not None
        }
        stems = {stem: None for stem in stems if stem not in own}
        if stems:
            sections.append(
                {
                    "region": region.name,
                    "base": f"0x{region.base:08X}",
                    "is_stored": not region.writable,
                    "stems": list(stems),
                }
            )
    return sections
