"""What models need on any board: workspace, constants, multiply-adds, the operator that sets the peak."""

from __future__ import annotations

from msgspec import Struct

from generator.compose.operators import compose_operators
from generator.compose.report import peak_of
from generator.compose.workspace import plan_workspace
from generator.liveness.analysis import analyse
from generator.liveness.macs import read_macs
from generator.model.archive import Archive, ModelLibrary
from generator.model.options import ZEPHYR, GenerateOptions
from generator.model.profile import OperatorRecord
from generator.model.report import PeakLine


class ModelNeeds(Struct, frozen=True):
    """What one model needs on any board.

    workspace_bytes: as the compiler or, where it left that open, the planner places it.

    operators: in the order in which they run, where that is known.
    """

    model: str
    workspace_bytes: int
    constants_bytes: int
    peaks: tuple[PeakLine, ...]
    operators: tuple[OperatorRecord, ...]

    @property
    def macs(self) -> int | None:
        """In a run; None where some operator's are not known."""
        counts = [operator.macs for operator in self.operators]
        known = [count for count in counts if count is not None]
        return sum(known) if known and len(known) == len(counts) else None


def _operators(library: ModelLibrary) -> tuple[OperatorRecord, ...]:
    records = compose_operators(library)
    if library.compiled is not None:
        return records
    touched = {record.function: record.touched_bytes for record in records}
    counted = read_macs(library)
    calls = tuple(OperatorRecord(name, macs=macs, touched_bytes=touched.get(name)) for name, macs in counted)
    return calls or records


def model_needs(archive: Archive) -> tuple[ModelNeeds, ...]:
    """What each model needs on any board. Raises PlanError from the planner."""
    options = GenerateOptions(ZEPHYR, {}, {}, False, 0, "portfolio")
    analyses = analyse(archive.models, options)
    found = []
    for library in archive.models:
        workspace = plan_workspace(analyses[library.name], options.planner)
        placed = sum(pool.size_bytes for pool in library.caller_pools if not pool.constant)
        placed += sum(pool.size_bytes for pool in library.internal_pools if not pool.constant)
        found.append(
            ModelNeeds(
                library.name,
                placed if workspace is None else workspace.size_bytes,
                library.constants_bytes,
                peak_of(library, workspace),
                _operators(library),
            )
        )
    return tuple(found)
