"""What building, running and checking an application need to know of it; kept in ``project.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from generator.model.host_driven import HOST_DRIVEN, STANDALONE

if TYPE_CHECKING:
    from generator.model.board import Region
    from generator.model.profile import ModelRecord
    from generator.model.running import Emulation, Probe


class ExpectedBuffer(Struct, frozen=True):
    """A buffer the linked image must hold: see ``PoolBuffer``.

    apart: see ``Board.is_apart``. Where it is not, another firmware may put it wherever its variables are.
    """

    symbol: str
    pool: str
    size_bytes: int
    alignment_bytes: int
    region: str
    stored: bool
    apart: bool = True


class Firmware(Struct, frozen=True):
    """The record of an application.

    hosted: the image is a program for this computer. run, probe: the board's sections, or None.

    archives: paths in the project of what it was generated from, as far as a host needs them.

    zephyr_target, zephyr_min_version: empty when the application is not for Zephyr.
    constant_regions: names of the memories that hold models' constants outside of buffers.
    operators: of each model that the device runs as a whole.
    cpu: see ``Core``; empty in projects that do not say.
    sources: folders of a workspace that the build takes from it, as ``deps/FreeRTOS-Kernel``.
    """

    rtos: str
    board: str
    hosted: bool
    zephyr_target: str
    zephyr_min_version: str
    regions: tuple[Region, ...]
    buffers: tuple[ExpectedBuffer, ...]
    models: tuple[str, ...]
    run: Emulation | None
    project_type: str = STANDALONE
    archives: tuple[str, ...] = ()
    probe: Probe | None = None
    sources: tuple[str, ...] = ()
    cpu: str = ""
    operators: tuple[ModelRecord, ...] = ()
    constant_regions: tuple[str, ...] = ()

    @property
    def host_driven(self) -> bool:
        """Whether a host drives it over its UART."""
        return self.project_type == HOST_DRIVEN
