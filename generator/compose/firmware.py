"""The record of a project that building and running it need."""

from __future__ import annotations

from generator.model.firmware import ExpectedBuffer, Firmware
from generator.model.host_driven import HOST_DRIVEN, STANDALONE
from generator.model.library import LIBRARY
from generator.model.options import ZEPHYR
from generator.model.profile import ModelRecord
from generator.model.project import Project


def firmware_of(project: Project, archives: tuple[str, ...] = ()) -> Firmware:
    """What building and running a project need to know of it. archives: see ``Firmware``."""
    board = project.board
    zephyr = board.zephyr if project.rtos == ZEPHYR else None
    return Firmware(
        rtos=project.rtos,
        board=board.name,
        hosted=board.core.hosted,
        zephyr_target=zephyr.target if zephyr else "",
        zephyr_min_version=zephyr.min_version if zephyr else "",
        regions=board.regions,
        buffers=tuple(
            ExpectedBuffer(
                b.symbol,
                b.name,
                b.size_bytes,
                b.alignment_bytes,
                b.region,
                b.kind == "constant",
                board.is_apart(b.region),
            )
            for b in project.buffers
        ),
        models=tuple(model.name for model in project.models),
        run=board.run,
        project_type=_project_type(project),
        archives=archives,
        probe=board.probe,
        sources=tuple(r.path for r in project.port.repositories) if project.port else (),
        cpu=board.core.cpu,
        constant_regions=tuple(sorted({constants.region for constants in project.constants})),
        operators=tuple(
            ModelRecord(model.name, f"{model.ident}_invoke", model.operators)
            for model in project.models
            if model.on_device
        ),
    )


def _project_type(project: Project) -> str:
    if project.library is not None:
        return LIBRARY
    return STANDALONE if project.host is None else HOST_DRIVEN
