"""A .tflite in an archive's place: its kernels chosen by what fits, its workspace one array."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from generator.compiler import memory
from generator.errors import DoesNotFitError, UsageError
from generator.model.kernels import OWN, SMALL
from generator.model.memory import MemoryPlan, PlanProblem
from generator.model.options import GenerateOptions
from generator.pipeline.inputs import GenerateRequest, compose_request, inspect_models
from generator.pipeline.models import load_model
from generator.planner.api import plan
from generator.planner.solution import Budget

BRANCHY = Path(__file__).parents[3] / "samples" / "branchy.tflite"
BOARD = "stm32f746g_disco"


def request(flash_for_others: int = 0, kernels: str = OWN, **pools: str) -> GenerateRequest:
    reserved = {"flash": flash_for_others} if flash_for_others else {}
    options = GenerateOptions("none", pools, reserved, False, 4096, "portfolio", kernels=kernels)
    return GenerateRequest((BRANCHY,), BOARD, options)


def constants_bytes(kernels: str) -> int:
    return load_model(BRANCHY, kernels=kernels).models[0].constants_bytes


def free_flash_bytes() -> int:
    project, _ = compose_request(request())
    return next(region.free_bytes for region in project.report.regions if region.name == "flash")


def test_narrow_weights_take_less_flash() -> None:
    assert constants_bytes(SMALL) < constants_bytes(OWN)


def test_what_does_not_fit_otherwise_gets_narrow_weights_and_a_note() -> None:
    tight = request(free_flash_bytes() + constants_bytes(OWN) - constants_bytes(SMALL))
    project, _ = compose_request(tight)
    assert any("--kernels small" in note for note in project.report.notes)
    archives, inspected, short = inspect_models(tight)
    assert short is None and inspected == project
    assert archives[0].models[0].constants_bytes == constants_bytes(SMALL)
    project, _ = compose_request(request())
    assert not any("--kernels small" in note for note in project.report.notes)


def test_what_fits_with_neither_is_refused_by_what_was_asked_for() -> None:
    free = free_flash_bytes()
    saved = constants_bytes(OWN) - constants_bytes(SMALL)
    with pytest.raises(DoesNotFitError) as caught:
        compose_request(request(free + saved + 100))
    assert f"{saved + 100:,} bytes too small" in caught.value.what
    assert inspect_models(request(free + saved + 100))[2] is not None


def test_the_workspace_of_a_compiled_model_is_one_array() -> None:
    with pytest.raises(UsageError) as caught:
        compose_request(request(workspace="dtcm,sram"))
    assert "--pool workspace=dtcm,sram" in caught.value.what and "one array" in caught.value.what
    assert caught.value.hint == "give one pool: --pool workspace=dtcm"
    project, _ = compose_request(replace(request(workspace="dtcm"), models=(BRANCHY,)))
    assert [buffer.region for buffer in project.buffers] == ["dtcm"]


def test_constants_that_overflow_the_flash_are_sent_where_the_message_says() -> None:
    everything = free_flash_bytes() + constants_bytes(OWN) - 1000
    with pytest.raises(DoesNotFitError) as caught:
        compose_request(request(everything))
    assert caught.value.where == f"pool 'constants' ({constants_bytes(OWN):,} bytes)"
    assert str(caught.value.hint).endswith("--pool constants=qspi")
    project, _ = compose_request(request(everything, constants="qspi"))
    (moved,) = project.constants
    assert (moved.region, moved.section, moved.macro) == ("qspi", ".qspi", "TVMGEN_BRANCHY_CONSTANT")
    assert moved.size_bytes == constants_bytes(OWN)


def test_the_workspace_is_planned_with_the_effort_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Budget | None] = []

    def watched(problem: PlanProblem, planner: str, *, budget: Budget | None = None) -> MemoryPlan:
        given.append(budget)
        return plan(problem, planner, budget=budget)

    monkeypatch.setattr(memory, "plan", watched)
    asked = request()
    compose_request(replace(asked, options=replace(asked.options, effort_percent=10)))
    assert set(given) == {Budget.of_effort(10)}
