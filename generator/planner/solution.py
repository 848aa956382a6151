"""What an algorithm is given besides the problem, and what it hands back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct, field

from ..model.memory import Allocation, PlanProblem


class Budget(Struct, frozen=True):
    """How much work a plan may take, in counts of steps so that the same input gives the same plan anywhere.

    fit_nodes:      search nodes to spend on fitting a pool's given capacity.
    search_steps:   search nodes x (buffers + 200), about the time they take, to spend on lowering a peak.
    climb_attempts: placements the hill climb tries.
    assign_steps:   branch and bound nodes x buffers for spreading buffers over pools.
    exact_seconds:  deterministic time of the exact solver (a count of its steps, about a second each).
    """

    fit_nodes: int = 400_000
    search_steps: int = 36_000_000
    climb_attempts: int = 500
    assign_steps: int = 50_000
    exact_seconds: float = 60.0

    @classmethod
    def of_effort(cls, percent: int) -> Budget:
        """The default budget times ``percent`` / 100; 0 leaves what needs no search."""
        usual = cls()
        return cls(
            fit_nodes=usual.fit_nodes * percent // 100,
            search_steps=usual.search_steps * percent // 100,
            climb_attempts=usual.climb_attempts * percent // 100,
            assign_steps=usual.assign_steps * percent // 100,
            exact_seconds=usual.exact_seconds * percent / 100,
        )


class Solution(Struct, frozen=True):
    """Where the buffers go, before it is checked.

    allocations:        one per buffer, in any order.
    proved_bytes:       pool name -> peak below which an exhausted search found nothing.
    access_cost_bound:  no assignment to pools has a lower sum of accesses x access cost, or None.
    """

    allocations: tuple[Allocation, ...]
    proved_bytes: Mapping[str, int] = field(default_factory=dict)
    access_cost_bound: float | None = None


Planner = Callable[[PlanProblem, Budget], Solution]
