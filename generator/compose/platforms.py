"""One strategy per RTOS: what it needs in an application beyond the models."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from generator.compose.bare_metal import bare_metal_application
from generator.compose.freertos import freertos_application
from generator.compose.zephyr import board_settings, used_placements, zephyr_application
from generator.model.board import Board, Setting
from generator.model.options import FREERTOS, NONE, ZEPHYR, GenerateOptions
from generator.model.port import FreeRtosApplication, PortApplication, ZephyrApplication
from generator.model.project import PlacedConstants, PoolBuffer


class Needs(Struct, frozen=True):
    """What the models ask of the platform: see ``Project``."""

    buffers: tuple[PoolBuffer, ...]
    constants: tuple[PlacedConstants, ...]
    uses_float: bool
    uses_cmsis_nn: bool

    @property
    def pools(self) -> frozenset[str]:
        """Names of the board's pools that hold something."""
        return frozenset({b.pool for b in self.buffers} | {c.pool for c in self.constants})

    @property
    def regions(self) -> frozenset[str]:
        """Names of the memories that hold something of the models."""
        return frozenset({b.region for b in self.buffers} | {c.region for c in self.constants})


class PlatformParts(Struct, frozen=True):
    """The members of ``Project`` that are the platform's; what another platform has is empty."""

    settings: tuple[Setting, ...] = ()
    overlays: tuple[str, ...] = ()
    zephyr: ZephyrApplication | None = None
    port: PortApplication | None = None
    freertos: FreeRtosApplication | None = None


def platform_parts(board: Board, options: GenerateOptions, needs: Needs) -> PlatformParts:
    """What the platform adds to a project. Raises BoardError for what the board does not support."""
    if options.is_library and options.rtos != ZEPHYR:
        return PlatformParts()
    return _PLATFORMS[options.rtos](board, options, needs)


def _zephyr(board: Board, options: GenerateOptions, needs: Needs) -> PlatformParts:
    placements = used_placements(board, needs.pools, options.rtos)
    return PlatformParts(
        settings=board_settings(board, placements, needs.uses_float),
        overlays=tuple(placement.overlay for placement in placements if placement.overlay),
        zephyr=zephyr_application(board, needs.pools),
    )


def _freertos(board: Board, options: GenerateOptions, needs: Needs) -> PlatformParts:
    port, freertos = freertos_application(
        board, needs.regions, uses_cmsis_nn=needs.uses_cmsis_nn, host_driven=options.host_driven
    )
    return PlatformParts(port=port, freertos=freertos)


def _bare_metal(board: Board, options: GenerateOptions, needs: Needs) -> PlatformParts:
    return PlatformParts(
        port=bare_metal_application(
            board,
            needs.regions,
            stack_bytes=options.stack_bytes,
            uses_cmsis_nn=needs.uses_cmsis_nn,
            host_driven=options.host_driven,
        )
    )


_PLATFORMS: Mapping[str, Callable[[Board, GenerateOptions, Needs], PlatformParts]] = {
    ZEPHYR: _zephyr,
    FREERTOS: _freertos,
    NONE: _bare_metal,
}
