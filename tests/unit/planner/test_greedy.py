"""USMP's planners by their own rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.model.memory import Allocation, Buffer, PlanProblem, Pool
from generator.planner import Budget, plan

from .tflite_problem import load_problem

MODELS = Path(__file__).parents[4] / "shared" / "models"


def round_up(size: int, alignment: int) -> int:
    return -(-size // alignment) * alignment


@pytest.mark.parametrize(
    ("model", "peak"), [("kws", 72_496), ("resnet", 65_536), ("ad", 1_168), ("sine", 48)]
)
def test_greedy_by_size_takes_what_usmp_takes(model: str, peak: int) -> None:
    """Figures measured with TVM, whose pool sizes are multiples of 16."""
    path = MODELS / f"{model}.tflite"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    use = plan(load_problem(path), "greedy_by_size").uses[0]
    assert round_up(use.peak_bytes, 16) == peak


def test_greedy_never_fills_a_hole_and_hill_climb_does() -> None:
    # largest first: a [0, 64), c above it [64, 112), d at 112, beneath which [0, 64) is free after a has died
    problem = PlanProblem(
        (Buffer("a", 64, (0, 1)), Buffer("c", 48, (0, 2)), Buffer("d", 32, (1, 2))), (Pool("sram"),)
    )
    assert plan(problem, "greedy_by_size").allocations[2] == Allocation("d", "sram", 112)
    assert plan(problem, "hill_climb").uses[0].peak_bytes == 112


def test_greedy_goes_to_the_next_pool_when_the_first_is_full() -> None:
    buffers = tuple(Buffer(f"b{i}", 100, (0, 1), 32, pools=("dtcm", "sram")) for i in range(3))
    result = plan(PlanProblem(buffers, (Pool("sram"), Pool("dtcm", 230, 32))), "greedy_by_size")
    assert sorted(a.pool for a in result.allocations) == ["dtcm", "dtcm", "sram"]


def test_hill_climb_improves_with_attempts_and_repeats() -> None:
    buffers = tuple(Buffer(f"b{i}", 16 * (1 + i * 7 % 11), (i, i + 1 + i % 5)) for i in range(24))
    problem = PlanProblem(buffers, (Pool("sram"),))
    one = plan(problem, "hill_climb", budget=Budget(climb_attempts=1)).uses[0].peak_bytes
    many = plan(problem, "hill_climb")
    assert many.uses[0].peak_bytes <= one
    assert many == plan(problem, "hill_climb")
