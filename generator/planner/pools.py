"""Several pools: which buffer lives in which."""

from __future__ import annotations

from ..model.memory import PlanProblem
from .greedy import Board, by_size, first_fit
from .solution import Budget, Solution


def assign(problem: PlanProblem, budget: Budget) -> Solution:
    """Largest buffers first, each in its most preferred pool with room."""
    board = Board(problem)
    return board.solution(board.place(board.order(by_size), first_fit), "portfolio")
