"""Random planning problems for property tests."""

from __future__ import annotations

from hypothesis import strategies as st
from msgspec.structs import replace

from generator.model.memory import Buffer, PlanProblem, Pool

sizes = st.one_of(st.integers(1, 40), st.integers(1, 12).map(lambda k: 16 * k), st.integers(1, 100_000))
alignments = st.sampled_from([1, 4, 16, 32, 64])


@st.composite
def buffers(draw: st.DrawFn, most: int = 12) -> tuple[Buffer, ...]:
    """Buffers with unique names; some runs mix alignments, some name conflicts, some live at intervals."""
    count = draw(st.integers(1, most))
    common = draw(alignments)
    mixed, explicit, at_intervals = draw(st.booleans()), draw(st.booleans()), draw(st.booleans())
    result = []
    for i in range(count):
        first = draw(st.integers(0, 10))
        end = first + draw(st.integers(1, 6))
        live = (
            ((first, first + 1), (end - 1, end))
            if at_intervals and end - first > 2 and draw(st.booleans())
            else ()
        )
        others = [f"b{j}" for j in range(count) if j != i]
        result.append(
            Buffer(
                f"b{i}",
                draw(sizes),
                (first, end),
                draw(alignments) if mixed else common,
                conflicts=tuple(draw(st.lists(st.sampled_from(others), max_size=2, unique=True)))
                if explicit and others
                else (),
                accesses=draw(st.integers(0, 9)),
                live=live,
            )
        )
    return tuple(result)


@st.composite
def one_pool(draw: st.DrawFn, most: int = 12) -> PlanProblem:
    """A pool without a capacity, so that every greedy planner finds a plan; at times one buffer is fixed."""
    listed = draw(buffers(most))
    if draw(st.booleans()):
        listed = (replace(listed[0], fixed=("sram", 64 * draw(st.integers(0, 3)))), *listed[1:])
    return PlanProblem(listed, (Pool("sram", alignment_bytes=draw(st.sampled_from([1, 16, 64]))),))


@st.composite
def several_pools(draw: st.DrawFn) -> PlanProblem:
    """A small fast pool, a middling one and a large slow one with room for all, each with its own alignment."""
    listed = []
    for buffer in draw(buffers()):
        candidates = draw(st.sampled_from([(), ("slow",), ("fast", "slow"), ("slow", "middle")]))
        listed.append(replace(buffer, pools=candidates))
    pools = (
        Pool("fast", draw(st.integers(0, 2_000)), 32, 1.0),
        Pool("middle", draw(st.integers(0, 100_000)), 1, 2.5),
        Pool("slow", None, 16, 9.0),
        Pool("rom", None, 16, 0.5, read_only=True),
    )
    return PlanProblem(tuple(listed), pools)
