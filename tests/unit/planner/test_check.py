"""Faulty problems, refused before planning with what, where and a hint."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from generator.errors import DoesNotFitError, PlanError
from generator.model.memory import Buffer, PlanProblem, Pool
from generator.planner import check_problem, plan

SRAM = Pool("sram", 1024)
A = Buffer("a", 64, (0, 2))


@pytest.mark.parametrize(
    ("buffer", "message"),
    [
        (replace(A, size_bytes=-8), "buffer 'a': size is -8 bytes"),
        (replace(A, size_bytes=0), "buffer 'a': size is 0 bytes"),
        (replace(A, lifespan=(3, 3)), r"buffer 'a': lifespan \[3, 3\) is empty"),
        (replace(A, lifespan=(3, 1)), r"lifespan \[3, 1\) is empty"),
        (replace(A, alignment_bytes=24), "alignment 24 is not a power of two"),
        (replace(A, alignment_bytes=0), "alignment 0 is not a power of two"),
        (replace(A, accesses=-1), "accesses is -1"),
        (replace(A, min_size_bytes=65), r"size range \[65, 64\]"),
        (replace(A, pools=("sramm",)), "unknown pool 'sramm'\n  hint: did you mean 'sram'?"),
        (replace(A, fixed=("flash", 0)), "unknown pool 'flash'"),
        (replace(A, conflicts=("z",)), "conflict with unknown buffer 'z'"),
        (replace(A, conflicts=("a",)), "conflicts with itself"),
        (replace(A, name=""), "a buffer has no name"),
        (replace(A, name="a\x1b[7m"), "has unprintable characters"),
        (replace(A, fixed=("sram", 8)), "not a multiple of 16"),
        (replace(A, fixed=("sram", -16)), "the offset is negative"),
        (replace(A, fixed=("sram", 1008)), "it ends 48 bytes beyond the pool"),
        (replace(A, fixed=("sram", 0), pools=("rom",)), "not one of its candidates"),
        (replace(A, fixed=("rom", 0)), "the pool is read-only"),
        (replace(A, pools=("rom",)), "it may be placed in no pool"),
        (replace(A, size_bytes=1 << 60), "1,152,921,504,606,846,976 bytes exceed all of its pools"),
        (replace(A, lifespan=(0, 1 << 60)), "the latest instant is 1152921504606846976"),
    ],
)
def test_each_fault_of_a_buffer_is_named(buffer: Buffer, message: str) -> None:
    with pytest.raises(PlanError) as caught:
        check_problem(PlanProblem((buffer,), (SRAM, Pool("rom", read_only=True))))
    assert message.replace("\\", "") in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("pool", "message"),
    [
        (replace(SRAM, size_bytes=-1), "size is -1 bytes"),
        (replace(SRAM, alignment_bytes=12), "alignment 12 is not a power of two"),
        (replace(SRAM, access_cost=0.0), "access cost is 0.0"),
        (replace(SRAM, access_cost=float("nan")), "access cost is nan"),
        (replace(SRAM, access_cost=float("inf")), "access cost is inf"),
    ],
)
def test_each_fault_of_a_pool_is_named(pool: Pool, message: str) -> None:
    with pytest.raises(PlanError) as caught:
        check_problem(PlanProblem((A,), (pool,)))
    assert message in caught.value.what
    assert caught.value.where == "pool 'sram'"


def test_names_are_unique() -> None:
    with pytest.raises(PlanError, match="buffer name 'a' is used more than once"):
        check_problem(PlanProblem((A, A), (SRAM,)))
    with pytest.raises(PlanError, match="pool name 'sram' is used more than once"):
        check_problem(PlanProblem((A,), (SRAM, SRAM)))


def test_a_buffer_larger_than_each_of_its_pools_names_them() -> None:
    with pytest.raises(DoesNotFitError, match="2,000 bytes exceed all of its pools: 'sram' has 1024"):
        check_problem(PlanProblem((replace(A, size_bytes=2000),), (SRAM,)))


def test_fixed_buffers_that_overlap_are_named() -> None:
    one, other = replace(A, fixed=("sram", 0)), replace(A, name="b", fixed=("sram", 48))
    with pytest.raises(PlanError, match="fixed buffers 'a' and 'b' overlap"):
        check_problem(PlanProblem((one, other), (SRAM,)))


def test_impossible_capacity_names_the_instant_and_the_buffers() -> None:
    buffers = (A, Buffer("b", 600, (1, 4)), Buffer("c", 500, (1, 2)), Buffer("d", 1000, (4, 5)))
    with pytest.raises(DoesNotFitError) as caught:
        plan(PlanProblem(buffers, (SRAM,)))
    assert "pool 'sram': at instant 1 the live buffers need" in str(caught.value)
    assert "'b' (600), 'c' (500), 'a' (64)" in caught.value.what
    assert "'d'" not in caught.value.what
    assert "bytes are missing" in (caught.value.hint or "")


def test_impossible_capacity_of_several_pools_together() -> None:
    buffers = (Buffer("a", 600, (0, 2)), Buffer("b", 600, (0, 2)), Buffer("c", 600, (1, 3)))
    pools = (Pool("dtcm", 700), Pool("sram", 1000))
    with pytest.raises(
        DoesNotFitError, match=r"pools 'dtcm', 'sram': at instant 1 .* need 1800 bytes and there are 1700"
    ):
        plan(PlanProblem(buffers, pools))


def test_impossible_explicit_conflicts_are_reported_without_an_instant() -> None:
    buffers = (Buffer("a", 600, (0, 1), conflicts=("b",)), Buffer("b", 600, (5, 6)))
    with pytest.raises(DoesNotFitError, match="buffers in conflict need 1208 bytes"):
        plan(PlanProblem(buffers, (SRAM,)))


def test_a_long_list_of_culprits_is_cut() -> None:
    buffers = tuple(Buffer(f"b{i:02}", 100, (0, 1)) for i in range(14))
    with pytest.raises(DoesNotFitError, match="and 4 more"):
        plan(PlanProblem(buffers, (SRAM,)))
