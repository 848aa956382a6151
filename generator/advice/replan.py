"""Plans of what might be instead, made with the effort that the application's own was."""

from __future__ import annotations

from generator.model.memory import MemoryPlan, PlanProblem
from generator.model.options import GenerateOptions
from generator.planner.api import plan
from generator.planner.solution import Budget


def replan(problem: PlanProblem, options: GenerateOptions) -> MemoryPlan:
    """Plan a problem with the effort that the application's own plan was made with. Raises what ``plan`` raises."""
    return plan(problem, options.planner, budget=Budget.of_effort(options.effort_percent))
