"""What the kinds of project differ in: one that runs by itself, and one that a host drives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from generator.compose.pools import PoolMap
from generator.model.archive import ModelLibrary
from generator.model.board import Board
from generator.model.host_driven import HostDriven
from generator.model.liveness import Analysis
from generator.model.options import GenerateOptions
from generator.model.project import PoolBuffer, SampleSet
from generator.model.report import MemoryReport


class ProjectType(Protocol):
    """The steps of composing that depend on who drives the application."""

    def check_board(self, board: Board, options: GenerateOptions) -> None:
        """BoardError when the board can't run such an application."""

    def session_buffers(self, libraries: tuple[ModelLibrary, ...], places: PoolMap) -> tuple[PoolBuffer, ...]:
        """Buffers beside the models' own."""

    def built_in(self, samples: tuple[SampleSet, ...]) -> tuple[SampleSet, ...]:
        """The samples whose bytes become part of the application."""

    def server_bytes(self, libraries: tuple[ModelLibrary, ...]) -> int:
        """Bytes of the variables of what serves the host, at most."""

    def spare_buffers(
        self, buffers: tuple[PoolBuffer, ...], report: MemoryReport, places: PoolMap
    ) -> tuple[PoolBuffer, ...]:
        """Buffers in what the others leave. buffers, report: the application's so far."""

    def host(self, libraries: tuple[ModelLibrary, ...], buffers: tuple[PoolBuffer, ...]) -> HostDriven | None:
        """What the device offers to a host; None without a host."""


class StandaloneProject:
    """An application that runs by itself, with its samples built in."""

    def check_board(self, board: Board, options: GenerateOptions) -> None:
        return

    def session_buffers(self, libraries: tuple[ModelLibrary, ...], places: PoolMap) -> tuple[PoolBuffer, ...]:
        return ()

    def built_in(self, samples: tuple[SampleSet, ...]) -> tuple[SampleSet, ...]:
        return samples

    def server_bytes(self, libraries: tuple[ModelLibrary, ...]) -> int:
        return 0

    def spare_buffers(
        self, buffers: tuple[PoolBuffer, ...], report: MemoryReport, places: PoolMap
    ) -> tuple[PoolBuffer, ...]:
        return ()

    def host(self, libraries: tuple[ModelLibrary, ...], buffers: tuple[PoolBuffer, ...]) -> HostDriven | None:
        return None


def project_type(options: GenerateOptions, analyses: Mapping[str, Analysis]) -> ProjectType:
    """The strategy that composes this kind of project.

    analyses: model name -> what its C shows.
    """
    if not options.host_driven:
        return StandaloneProject()
    from generator.compose.host_driven import HostDrivenProject

    return HostDrivenProject(analyses)
