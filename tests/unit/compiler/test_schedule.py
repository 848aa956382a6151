from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import program, step

from generator.compiler.lifespans import pressure_bytes
from generator.compiler.program import Program
from generator.compiler.schedule import schedule
from generator.compiler.step import Step


def peak(made: Program, steps: tuple[Step, ...]) -> int:
    return max(pressure_bytes(made, steps, 16))


def test_a_branch_that_shrinks_runs_before_one_that_grows() -> None:
    # 0 -> 1 (large), 0 -> 2 (large), each reduced to 32 bytes and joined: never both large ones at once
    steps = (step(0, [0], [1]), step(1, [0], [2]), step(2, [1], [3]), step(3, [2], [4]), step(4, [3, 4], [5]))
    made = program([64, 1024, 1024, 32, 32, 32], steps, [0], [5])
    found = schedule(made, 16)
    assert peak(made, steps) == 64 + 2048
    assert peak(made, found) == 64 + 1024 + 32


def test_a_chain_keeps_the_models_own_order() -> None:
    steps = tuple(step(i, [i], [i + 1]) for i in range(5))
    made = program([16] * 6, steps, [0], [5])
    assert schedule(made, 16) is made.steps


def test_what_reads_a_state_stays_on_its_side_of_what_writes_it() -> None:
    steps = (step(0, [0], [2]), step(1, [1], [0]), step(2, [0], [3]), step(3, [2, 3], [4]))
    made = program([16, 4096, 1024, 16, 16], steps, [1], [4], {0: bytes(16)})
    order = [s.operator for s in schedule(made, 16)]
    assert order.index(0) < order.index(1) < order.index(2)


@st.composite
def graphs(draw: st.DrawFn) -> Program:
    count = draw(st.integers(2, 6))
    steps = []
    for number in range(count):
        inputs = draw(st.lists(st.integers(0, number), min_size=1, max_size=2, unique=True))
        steps.append(step(number, inputs, [number + 1], scratch_bytes=draw(st.sampled_from([0, 0, 64]))))
    sizes = [draw(st.sampled_from([16, 64, 256, 1024])) for _ in range(count + 1)]
    read = {i for s in steps for i in s.inputs}
    outputs = [i for i in range(1, count + 1) if i not in read] or [count]
    return program(sizes, steps, [0], outputs)


@given(graphs())
def test_no_order_that_the_dependencies_allow_has_a_lower_peak(made: Program) -> None:
    best = min(
        peak(made, order)
        for order in permutations(made.steps)
        if all(
            set(s.inputs) <= {0} | {t for before in order[:place] for t in before.outputs}
            for place, s in enumerate(order)
        )
    )
    assert peak(made, schedule(made, 16)) == best


def test_a_graph_with_too_many_orders_keeps_the_models_own() -> None:
    branches = 40
    steps = [step(i, [0], [i + 1]) for i in range(branches)]
    steps.append(step(branches, list(range(1, branches + 1)), [branches + 1]))
    made = program([16] * (branches + 2), steps, [0], [branches + 1])
    assert schedule(made, 16) == made.steps


@pytest.mark.parametrize("size", [1, 17])
def test_sizes_count_rounded_up_to_the_alignment(size: int) -> None:
    made = program([size, size], [step(0, [0], [1])], [0], [1])
    assert pressure_bytes(made, made.steps, 16) == [2 * (-(-size // 16) * 16)]
