"""USMP's hill climb: greedy placements in a slowly changing order.

Source of the rules: TVM 0.12, src/tir/usmp/algo/hill_climb.cc. Starting from descending sizes, two buffers
that were placed before a buffer at the peak (its neighbours, or their neighbours) swap turns; a worse result
is kept with a probability that falls with each attempt. Where USMP draws from ``rand_r`` this draws from a
generator of its own with a fixed seed, so plans repeat anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from ..model.memory import PlanProblem, Pool
from .bounds import lower_bound
from .greedy import Board, by_size, first_fit
from .packing import pack
from .solution import Budget, Solution

SEED = 0
Spots = Mapping[int, tuple[Pool, int]]


def hill_climb(problem: PlanProblem, budget: Budget) -> Solution:
    """USMP's ``hill_climb``: stops at the memory pressure or after ``budget.climb_attempts`` placements."""
    board = Board(problem)
    desired = lower_bound(pack(problem.buffers, Pool("all"))).size_bytes
    draw = _drawer(Random(SEED))
    order = board.order(by_size)
    current = best = board.place(order, first_fit)
    best_total = current_total = _total(board, current)
    for attempt in range(1, budget.climb_attempts):
        if len(best) == len(board.buffers) and best_total <= desired:
            break
        swap = _pick_swap(board, current, order, draw)
        if swap is None:
            continue
        _swap(order, swap)
        tried = board.place(order, first_fit)
        total = _total(board, tried)
        fits, better = len(tried) == len(board.buffers), (-len(tried), total) < (-len(current), current_total)
        if better or (fits and draw(100) < 50 * (total - current_total) // max(total, 1) // attempt):
            current, current_total = tried, total
            if (-len(tried), total) < (-len(best), best_total):
                best, best_total = tried, total
        else:
            _swap(order, swap)
    return board.solution(dict(best), "hill_climb")


def _drawer(random: Random) -> Callable[[int], int]:
    """draw(n): an integer in 0 … n - 1. Only ``Random.random`` is sure to repeat in every Python."""
    return lambda n: int(random.random() * n)


def _tops(board: Board, spots: Spots) -> dict[str, int]:
    tops: dict[str, int] = {}
    for i, (pool, offset) in spots.items():
        tops[pool.name] = max(tops.get(pool.name, 0), offset + board.buffers[i].size_bytes)
    return tops


def _total(board: Board, spots: Spots) -> int:
    return sum(_tops(board, spots).values())


def _pick_swap(
    board: Board, spots: Spots, order: list[int], draw: Callable[[int], int]
) -> tuple[int, int] | None:
    """Two positions in ``order`` to exchange, or None when the buffer drawn leaves no choice."""
    turn = {i: t for t, i in enumerate(order)}
    tops = _tops(board, spots)
    at_peak = [i for i in order if i in spots and _end(board, spots, i) == tops[spots[i][0].name]]
    if not at_peak:
        return None
    highest = at_peak[draw(len(at_peak))]
    first = sorted(turn[j] for j in board.neighbours[highest] if turn[j] < turn[highest])
    second = sorted(
        turn[k] for j in board.neighbours[highest] for k in board.neighbours[j] if turn[k] < turn[j]
    )
    if not first:
        return None
    one = first[draw(len(first))]
    others = [t for t in (second if second and draw(100) > 25 else first) if t != one]
    return (one, others[draw(len(others))]) if others else None


def _end(board: Board, spots: Spots, i: int) -> int:
    return spots[i][1] + board.buffers[i].size_bytes


def _swap(order: list[int], positions: tuple[int, int]) -> None:
    a, b = positions
    order[a], order[b] = order[b], order[a]
