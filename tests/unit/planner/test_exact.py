"""The exact planner, with the package it needs and without."""

from __future__ import annotations

import sys

import pytest

from generator.errors import ToolMissingError
from generator.model.memory import Buffer, PlanProblem, Pool, Proof
from generator.planner import Budget, plan

MIXED = PlanProblem(
    tuple(
        Buffer(
            f"b{i}", 40 + 37 * i % 101, (i % 5, i % 5 + 2), (1, 4, 64)[i % 3], conflicts=(f"b{(i + 5) % 9}",)
        )
        for i in range(9)
    ),
    (Pool("sram"),),
)


def test_exact_is_at_least_as_good_as_the_portfolio_and_proved() -> None:
    pytest.importorskip("ortools")
    exact, portfolio = plan(MIXED, "exact"), plan(MIXED, budget=Budget(search_steps=0))
    assert exact.uses[0].peak_bytes <= portfolio.uses[0].peak_bytes
    assert exact.uses[0].proof is not Proof.GAP


def test_exact_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ortools", None)
    monkeypatch.setitem(sys.modules, "ortools.sat.python", None)
    with pytest.raises(ToolMissingError) as caught:
        plan(MIXED, "exact")
    assert "pip install 'mlfgen[exact]'" in (caught.value.hint or "")
