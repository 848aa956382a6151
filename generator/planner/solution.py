"""What an algorithm is given besides the problem, and what it hands back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..model.memory import Allocation, PlanProblem


@dataclass(frozen=True)
class Budget:
    """How much work a plan may take, in counts of steps so that the same input gives the same plan anywhere.

    fit_nodes:      search nodes to spend on fitting a pool's given capacity.
    improve_steps:  search nodes x (buffers + 50) to spend on lowering a peak that already fits.
    climb_attempts: placements the hill climb tries.
    assign_steps:   branch and bound nodes x buffers for spreading buffers over pools.
    exact_seconds:  deterministic time of the exact solver (a count of its steps, about a second each).
    """

    fit_nodes: int = 400_000
    improve_steps: int = 800_000
    climb_attempts: int = 500
    assign_steps: int = 50_000
    exact_seconds: float = 60.0


@dataclass(frozen=True)
class Solution:
    """Where the buffers go, before it is checked.

    allocations:        one a buffer, in any order.
    proved_bytes:       pool name -> peak below which an exhausted search found nothing.
    access_cost_bound:  no assignment to pools has a lower sum of accesses x access cost, or None.
    """

    allocations: tuple[Allocation, ...]
    proved_bytes: Mapping[str, int] = field(default_factory=dict)
    access_cost_bound: float | None = None


Planner = Callable[[PlanProblem, Budget], Solution]
