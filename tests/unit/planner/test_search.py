"""The search against plain enumeration, and on minimalloc's cases."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings

from generator.errors import DoesNotFitError
from generator.model.memory import Buffer, PlanProblem, Pool, Proof
from generator.planner import Budget, plan
from generator.planner.bounds import lower_bound
from generator.planner.greedy_orders import place
from generator.planner.packing import Packing, pack
from generator.planner.search import Verdict, decide
from generator.planner.sections import sections_of
from generator.readers.planning_problems import load_problem

from .strategies import one_pool

CASES = Path(__file__).parents[4] / "shared" / "planning"
PLENTY = 1_000_000


def optimum(packing: Packing) -> int:
    """In the order of their offsets in a best plan, buffers at the lowest hole give that plan or a lower one;
    so trying every order finds the optimum."""
    movable = [i for i, offset in enumerate(packing.fixed) if offset is None]
    return min(packing.peak(place(packing, order)) for order in permutations(movable))


@settings(max_examples=150)
@given(problem=one_pool(5))
def test_the_search_finds_the_optimum_and_proves_there_is_nothing_below(problem: PlanProblem) -> None:
    packing = pack(problem.buffers, problem.pools[0])
    best = optimum(packing)
    assert lower_bound(packing).size_bytes <= best
    if not packing.movable:
        return
    sections = sections_of(packing)
    found = decide(sections, best, PLENTY)
    assert found.verdict is Verdict.FITS
    assert packing.peak(found.offsets) <= best
    fixed_top = max(
        (o + s for o, s in zip(packing.fixed, packing.sizes, strict=True) if o is not None), default=0
    )
    if fixed_top < best:
        assert decide(sections, best - 1, PLENTY).verdict is Verdict.IMPOSSIBLE


#: a, b and d live together and hold 80 bytes, but whichever order they take, alignment leaves a gap of 8
GAPPED = PlanProblem(
    (
        Buffer("a", 8, (1, 3), 64),
        Buffer("b", 8, (0, 2), 16),
        Buffer("c", 40, (2, 3), 8),
        Buffer("d", 64, (1, 2), 8),
    ),
    (Pool("sram"),),
)


def test_an_exhausted_search_is_a_proof_of_its_own() -> None:
    packing = pack(GAPPED.buffers, GAPPED.pools[0])
    use = plan(GAPPED).uses[0]
    assert (lower_bound(packing).size_bytes, optimum(packing)) == (80, 88)
    assert (use.peak_bytes, use.lower_bound_bytes, use.proof) == (88, 88, Proof.SEARCH_EXHAUSTED)


def test_too_few_nodes_leave_it_undecided() -> None:
    packing = pack([Buffer(f"b{i}", 10 + i, (i, i + 4), 1) for i in range(12)], Pool("sram"))
    decision = decide(sections_of(packing), lower_bound(packing).size_bytes, 3)
    assert (decision.verdict, decision.nodes) == (Verdict.UNDECIDED, 3)


@pytest.mark.parametrize("case", "ABCDEFGHIJK")
def test_minimalloc_s_cases_fit_their_capacity(case: str) -> None:
    path = CASES / f"{case}.1048576.csv"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    assert plan(load_problem(path, capacity_bytes=1_048_576)).uses[0].peak_bytes <= 1_048_576


@pytest.mark.parametrize("case", "ABCDEFGHIJK")
def test_minimalloc_s_cases_are_planned_as_low_without_a_capacity(case: str) -> None:
    path = CASES / f"{case}.1048576.csv"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    use = plan(load_problem(path)).uses[0]
    assert use.peak_bytes <= 1_048_576
    assert use.proof is Proof.MEETS_LOWER_BOUND or case in "DJ"


def test_effort_decides_how_long_the_search_goes_on() -> None:
    path = CASES / "A.1048576.csv"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    problem = load_problem(path)
    none, little, usual = (
        plan(problem, budget=Budget.of_effort(percent)).uses[0].peak_bytes for percent in (0, 1, 100)
    )
    assert none > little > usual


def test_a_capacity_proved_impossible_by_search_is_said_to_be_so() -> None:
    with pytest.raises(DoesNotFitError, match="no plan fits its 87 bytes: the best takes 88") as caught:
        plan(PlanProblem(GAPPED.buffers, (Pool("sram", 87),)))
    assert caught.value.where == "pool 'sram'"
    assert caught.value.hint == "enlarge the pool by 1 byte"
