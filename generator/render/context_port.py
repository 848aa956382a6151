"""The parts of a project that only the templates of FreeRTOS and of bare metal print."""

from __future__ import annotations

from typing import Any

from generator.model.board import Region
from generator.model.library import ZEPHYR_MODULE
from generator.model.port import PortApplication, Repository, ZephyrApplication
from generator.model.project import Project
from generator.model.running import Probe
from generator.render.context_placement import section_stems


def port_context(project: Project) -> dict[str, Any]:
    """Plain JSON values; empty where the RTOS brings the board up."""
    application = project.port
    if application is None:
        return {}
    run = project.board.run
    return {
        "compiler_flags": " ".join(application.compiler_flags),
        "repositories": [_repository(repository) for repository in application.repositories],
        "has_repositories": bool(application.repositories),
        "sources": [f"runtime/port/{path}" for path in application.files if path.endswith(".c")],
        "interrupts": list(range(application.interrupts)),
        "num_interrupts": application.interrupts,
        "code_region": application.code_region,
        "data_region": application.data_region,
        "main_stack_bytes": application.main_stack_bytes,
        "regions": [_region(project, application, region) for region in project.board.regions],
        "sections_beside_code": [
            {"name": section.name}
            for section in application.sections
            if section.stored and section.region != application.code_region
        ],
        "commands": _commands(project),
        "has_emulator": run is not None and run.qemu is not None,
        "has_virtual": run is not None and run.virtual is not None,
    }


def drivers_context(project: Project) -> dict[str, Any]:
    """The contents of ``mlf_board.h``: for mlfgen's port, or for drivers given to Zephyr. Plain JSON values."""
    application = project.port or project.zephyr
    constants = application.constants if application is not None else ()
    starts = application.starts if application is not None else ()
    return {
        "constants": [{"name": name, "value": value} for name, value in constants],
        "starts": list(starts),
    }


def zephyr_context(project: Project) -> dict[str, Any]:
    """Plain JSON values; nothing to add when the project is not built by Zephyr."""
    application = project.zephyr
    if application is None or (project.library is not None and project.library.form != ZEPHYR_MODULE):
        application = ZephyrApplication((), (), (), ())
    folders = {path.split("/")[0] for path in application.files if path.endswith(".h")}
    return {
        "sections": [
            {
                "name": section.name,
                "alignment": str(section.alignment_bytes),
                "region": section.region,
                "is_stored": section.stored,
            }
            for section in application.sections
        ],
        "has_sections": bool(application.sections),
        "has_drivers": bool(application.starts),
        "has_memories": bool(application.sections or application.starts),
        "driver_sources": [f"runtime/port/{path}" for path in application.files if path.endswith(".c")],
        "driver_folders": [f"runtime/port/{folder}" for folder in sorted(folders)],
        **_twister_context(project),
    }


def _twister_context(project: Project) -> dict[str, Any]:
    """For which boards Zephyr's test runner builds the application, and on which of them it runs."""
    emulated = [(board, board.zephyr) for board in project.emulated if board.zephyr is not None]
    own = project.board.zephyr
    settings = [
        f"platform:{support.target}:CONFIG_{setting.symbol}={setting.value}"
        for _, support in emulated
        for setting in (*support.settings, *(support.float_settings if project.uses_float else ()))
    ]
    return {
        "runs_here": own is not None and own.simulated,
        "only_builds": own is not None and not own.simulated and not emulated,
        "emulated": [{"target": support.target, "title": board.title} for board, support in emulated],
        "has_emulated": bool(emulated),
        "emulated_settings": settings,
        "has_emulated_settings": bool(settings),
    }


def freertos_context(project: Project) -> dict[str, Any]:
    """Plain JSON values; empty when the project is for another RTOS."""
    application = project.freertos
    if application is None:
        return {}
    return {
        "kernel_version": application.kernel.revision,
        "kernel_path": application.kernel.path,
        "kernel_port": application.kernel_port,
        "settings": [
            {"name": setting.name, "value": setting.value, "reason": setting.reason}
            for setting in application.settings
        ],
    }


def _repository(repository: Repository) -> dict[str, str]:
    owner = repository.slug.split("/")[0]
    return {
        "name": repository.name,
        "owner": owner,
        "revision": repository.revision,
        "path": repository.path,
    }


def _region(project: Project, application: PortApplication, region: Region) -> dict[str, Any]:
    sections = [
        {
            "name": s.name,
            "alignment": str(s.alignment_bytes),
            "stems": section_stems(project, s.name, s.pools),
        }
        for s in application.sections
        if s.region == region.name
    ]
    return {
        "name": region.name,
        "attributes": "rwx" if region.writable else "rx",
        "base": f"0x{region.base:08X}",
        "size": f"0x{region.size_bytes:X}",
        "is_data": region.name == application.data_region,
        "is_apart": region.name != application.data_region,
        "is_code": region.name == application.code_region,
        "is_stored": not region.writable,
        "has_sections": bool(sections),
        "sections": sections,
        "overflow": _overflow(project, application, region),
    }


def _overflow(project: Project, application: PortApplication, region: Region) -> str:
    """What the linker says when the memory is full."""
    what = f"mlf: memory '{region.name}' of {project.board.name} ({region.size_bytes:,} bytes) is too small "
    if region.name == application.code_region:
        return what + (
            "for code and constants: compile the models for size (-DMLF_OPTIMIZATION=-Os), "
            "or choose a board with more of it"
        )
    pools = [f"{b.name} {b.size_bytes:,}" for b in project.buffers if b.region == region.name]
    return what + (
        f"for what is linked into it (pools: {', '.join(pools) or 'none'}): move a pool to another memory "
        "(--pool NAME=POOL), make stacks and buffers smaller, or choose a board with more memory"
    )


def _commands(project: Project) -> dict[str, Any]:
    """What the application's own west commands need to know, and nothing of any path outside it."""
    board = project.board
    probe = board.probe or Probe()
    qemu = board.run.qemu if board.run is not None else None
    emulator = []
    if qemu is not None:
        emulator = [
            qemu.binary,
            *("-M", qemu.machine, "-nographic", "-monitor", "none", "-serial", "stdio"),
            *qemu.arguments,
        ]
    return {
        "board": board.name,
        "emulator": emulator,
        "virtual": board.run is not None and board.run.virtual is not None,
        "openocd_config": probe.openocd_config,
        "runners": list(probe.runners),
    }
