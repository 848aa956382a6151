"""Where the bytes go: pool by pool and region by region, against the board."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

#: kind of a pool -> what its bytes are counted as in a memory's sum
SUMMED_AS = {
    "workspace": "workspace",
    "constant": "constants",
    "io": "inputs and outputs",
    "arena": "arena",
    "session": "packets",
    "state": "state",
}


class PoolLine(Struct, frozen=True):
    """One pool or buffer. owner: ``application``, or ``archive`` for what its C declares itself."""

    name: str
    kind: str
    region: str
    section: str | None
    size_bytes: int
    alignment_bytes: int
    owner: str
    models: tuple[str, ...]


class RegionLine(Struct, frozen=True):
    """One memory of the board.

    kinds: (what, bytes): workspace, inputs and outputs, constants, samples, stack, reserved, or an RTOS's name.
    """

    name: str
    writable: bool
    size_bytes: int
    kinds: tuple[tuple[str, int], ...]

    @property
    def used_bytes(self) -> int:
        """Bytes of all kinds, without code."""
        return sum(size for _, size in self.kinds)

    @property
    def free_bytes(self) -> int:
        """Bytes left; negative if the project does not fit."""
        return self.size_bytes - self.used_bytes


class PeakLine(Struct, frozen=True):
    """The operator that sets a model's peak. bytes_at_peak: workspace while it runs, None if not known.

    buffers: (name, bytes) of what is held then, largest first; empty where the compiler planned.
    """

    model: str
    operator: str
    bytes_at_peak: int | None
    why: str
    buffers: tuple[tuple[str, int], ...] = ()


class MemoryReport(Struct, frozen=True):
    """The memory table of a project.

    compiler_bytes: (model, workspace according to TVM's own figures).
    """

    pools: tuple[PoolLine, ...]
    regions: tuple[RegionLine, ...]
    peaks: tuple[PeakLine, ...]
    compiler_bytes: tuple[tuple[str, int], ...]
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``--json`` and ``memory.json``."""
        return {
            "pools": [
                {
                    "name": pool.name,
                    "kind": pool.kind,
                    "region": pool.region,
                    "section": pool.section,
                    "size_bytes": pool.size_bytes,
                    "alignment_bytes": pool.alignment_bytes,
                    "owner": pool.owner,
                    "models": list(pool.models),
                }
                for pool in self.pools
            ],
            "regions": [
                {
                    "name": region.name,
                    "size_bytes": region.size_bytes,
                    "used_bytes": region.used_bytes,
                    "free_bytes": region.free_bytes,
                    "kinds": dict(region.kinds),
                }
                for region in self.regions
            ],
            "peaks": [
                {
                    "model": peak.model,
                    "operator": peak.operator,
                    "bytes": peak.bytes_at_peak,
                    "why": peak.why,
                    "buffers": dict(peak.buffers),
                }
                for peak in self.peaks
            ],
            "compiler_workspace_bytes": dict(self.compiler_bytes),
            "notes": list(self.notes),
        }
