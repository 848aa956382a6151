"""Planners: ``PlanProblem`` in, validated ``MemoryPlan`` out."""

from .api import plan, planner_names
from .check import check_problem
from .solution import Budget
from .validate import validate_plan

__all__ = ["Budget", "check_problem", "plan", "planner_names", "validate_plan"]
