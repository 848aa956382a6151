"""The door to the planners: choice of planner, certificates, independence of buffer order."""

from __future__ import annotations

import os
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from subprocess import run

import pytest

import generator.planner.api as api
from generator.errors import DoesNotFitError, PlanError
from generator.model.memory import Allocation, Buffer, PlanProblem, Pool, Proof
from generator.planner import plan, planner_names

from .tflite_problem import load_problem

MODELS = Path(__file__).parents[4] / "shared" / "models"
CHAIN = PlanProblem(
    (Buffer("a", 64, (0, 2)), Buffer("b", 32, (1, 3)), Buffer("c", 64, (2, 4)), Buffer("d", 16, (3, 4))),
    (Pool("sram"),),
)


@pytest.mark.parametrize(
    ("model", "optimum"), [("kws", 16_000), ("resnet", 49_152), ("ad", 768), ("sine", 32), ("vgg", 73_728)]
)
def test_models_meet_the_lower_bound(model: str, optimum: int) -> None:
    path = MODELS / f"{model}.tflite"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    use = plan(load_problem(path)).uses[0]
    assert (use.peak_bytes, use.proof) == (optimum, Proof.MEETS_LOWER_BOUND)


@pytest.mark.parametrize("planner", ["portfolio", "greedy_by_size", "greedy_by_conflicts", "hill_climb"])
def test_each_planner_gives_a_plan_in_the_problem_s_order(planner: str) -> None:
    result = plan(CHAIN, planner)
    assert [a.buffer for a in result.allocations] == ["a", "b", "c", "d"]
    assert result.planner == planner


def test_unknown_planner_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(PlanError, match="unknown planner 'portfolo'") as caught:
        plan(CHAIN, "portfolo")
    assert caught.value.hint == "did you mean 'portfolio'?"


def test_no_buffers_make_an_empty_plan() -> None:
    result = plan(PlanProblem((), (Pool("sram", 16),)))
    assert result.allocations == ()
    assert result.uses[0].certificate == "optimal (meets the lower bound)"


def test_greedy_that_finds_no_room_names_the_buffer() -> None:
    problem = PlanProblem(CHAIN.buffers, (Pool("sram", 96),))
    assert plan(problem).uses[0].peak_bytes == 96
    tight = PlanProblem(
        (Buffer("x", 48, (0, 1)), Buffer("y", 32, (1, 3)), Buffer("z", 48, (2, 3)), Buffer("w", 32, (0, 2))),
        (Pool("sram", 80),),
    )
    with pytest.raises(DoesNotFitError, match="greedy_by_conflicts found no room") as caught:
        plan(tight, "greedy_by_conflicts")
    assert "portfolio" in (caught.value.hint or "")


def in_a_row(problem: PlanProblem) -> list[Allocation]:
    at, result = 0, []
    for buffer in problem.buffers:
        result.append(Allocation(buffer.name, problem.pools[0].name, at))
        at += -(-buffer.size_bytes // 16) * 16
    return result


def all_at_zero(problem: PlanProblem) -> list[Allocation]:
    return [Allocation(buffer.name, problem.pools[0].name, 0) for buffer in problem.buffers]


def one_missing(problem: PlanProblem) -> list[Allocation]:
    return in_a_row(problem)[1:]


def tuples(problem: PlanProblem) -> list[tuple[str, str, int]]:
    return [("a", "sram", 0)]


def raising(problem: PlanProblem) -> list[Allocation]:
    raise KeyError("a")


@pytest.fixture
def plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Registers each function above, and one that is not there, as a planner under its own name."""
    names = ["in_a_row", "all_at_zero", "one_missing", "tuples", "raising", "absent"]
    points = [EntryPoint(name, f"{__name__}:{name}", api.ENTRY_POINT_GROUP) for name in names]
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: points)


@pytest.mark.usefixtures("plugins")
def test_a_registered_planner_is_found_and_certified_by_the_bounds_alone() -> None:
    assert "in_a_row" in planner_names()
    result = plan(CHAIN, "in_a_row")
    assert [a.offset_bytes for a in result.allocations] == [0, 64, 96, 160]
    assert result.uses[0].certificate == "gap 83.3 %"


@pytest.mark.usefixtures("plugins")
@pytest.mark.parametrize(
    ("planner", "message"),
    [
        ("all_at_zero", "'a' .* and 'b' .* overlap by 32 bytes in 'sram'"),
        ("one_missing", "does not place each buffer exactly once"),
        ("tuples", "something other than Allocation"),
        ("raising", "failed with KeyError"),
        ("absent", "cannot be loaded"),
    ],
)
def test_a_registered_planner_is_not_trusted(planner: str, message: str) -> None:
    with pytest.raises(PlanError, match=message) as caught:
        plan(CHAIN, planner)
    assert planner in str(caught.value)


def test_a_model_s_plan_needs_no_numpy() -> None:
    """Importing numpy takes longer than planning; only the search may."""
    code = (
        "import sys; from generator.planner import plan;"
        "from generator.model.memory import Buffer, PlanProblem, Pool;"
        "plan(PlanProblem(tuple(Buffer(f'b{i}', 64 + i, (i, i + 2)) for i in range(30)), (Pool('sram', 4096),)));"
        "print('numpy' in sys.modules)"
    )
    done = run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_plans_do_not_depend_on_the_process() -> None:
    code = (
        "from generator.planner import plan; from generator.readers.planning_problems import parse_csv, to_json;"
        "rows = [f'b{i},{i * 7 % 23},{i * 7 % 23 + 1 + i % 6},{1 + i * 37 % 101}' for i in range(60)];"
        "print(to_json(plan(parse_csv('\\n'.join(['id,lower,upper,size', *rows]), alignment_bytes=4))))"
    )
    outputs = {
        run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert b"certificate" in outputs.pop()
