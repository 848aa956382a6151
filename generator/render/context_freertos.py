"""The part of a project that only the FreeRTOS templates print."""

from __future__ import annotations

from typing import Any

from generator.model.board import Region
from generator.model.freertos import FreeRtosApplication, Repository
from generator.model.project import Project
from generator.model.running import Probe

DEPS = "deps"


def freertos_context(project: Project) -> dict[str, Any]:
    """Plain JSON values; empty when the project is for another RTOS."""
    application = project.freertos
    if application is None:
        return {}
    board = project.board
    kernel = application.repositories[0]
    return {
        "compiler_flags": " ".join(application.compiler_flags),
        "core_header": application.core_header,
        "has_device": application.device is not None,
        "device": _device(application),
        "repositories": [_repository(repository) for repository in application.repositories],
        "kernel_version": kernel.revision,
        "kernel_port": application.kernel_port,
        "has_rtos_fpu": board.core.fpu != "none",
        "settings": [
            {"name": setting.name, "value": setting.value, "reason": setting.reason}
            for setting in application.settings
        ],
        "constants": [{"name": name, "value": value} for name, value in application.constants],
        "starts": list(application.starts),
        "port_sources": [f"runtime/port/freertos/{f}" for f in application.port_files if f.endswith(".c")],
        "code_region": application.code_region,
        "data_region": application.data_region,
        "main_stack_bytes": application.main_stack_bytes,
        "regions": [_region(project, application, region) for region in board.regions],
        "commands": _commands(project),
        "has_emulator": board.run is not None and board.run.qemu is not None,
        "has_virtual": board.run is not None and board.run.virtual is not None,
    }


def _device(application: FreeRtosApplication) -> dict[str, Any]:
    device = application.device
    if device is None:
        return {}
    return {
        "name": device.repository.split("/")[1],
        "defines": list(device.defines),
        "header": device.header,
        "include": device.include,
        "sources": list(device.sources),
    }


def _repository(repository: Repository) -> dict[str, str]:
    owner = repository.slug.split("/")[0]
    return {
        "name": repository.name,
        "owner": owner,
        "revision": repository.revision,
        "path": f"{DEPS}/{repository.name}",
    }


def _region(project: Project, application: FreeRtosApplication, region: Region) -> dict[str, Any]:
    sections = [
        {"name": s.name, "alignment": str(s.alignment_bytes)}
        for s in application.sections
        if s.region == region.name
    ]
    return {
        "name": region.name,
        "attributes": "rwx" if region.writable else "rx",
        "base": f"0x{region.base:08X}",
        "size": f"0x{region.size_bytes:X}",
        "is_data": region.name == application.data_region,
        "is_code": region.name == application.code_region,
        "has_sections": bool(sections),
        "sections": sections,
        "overflow": _overflow(project, application, region),
    }


def _overflow(project: Project, application: FreeRtosApplication, region: Region) -> str:
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
