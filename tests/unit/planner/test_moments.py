"""Where a plan is full, and who holds it."""

from __future__ import annotations

from generator.model.memory import Buffer, MemoryPlan, PlanProblem, Pool
from generator.model.plan_labels import PlanLabels
from generator.planner.api import plan
from generator.planner.moments import moments, next_peak, operator_title, peak_moment

LABELS = PlanLabels(operators=("conv", "conv", "dense", "softmax"), runs=(0, 0, 1, 2))


def made(*buffers: Buffer) -> MemoryPlan:
    return plan(PlanProblem(buffers, (Pool("p"), Pool("q", 0))))


def test_moments_are_cut_where_a_buffer_comes_or_goes() -> None:
    result = made(Buffer("a", 64, (0, 3)), Buffer("b", 32, (1, 4), live=((1, 2), (3, 4))))
    found = moments(result, "p", LABELS)
    assert [(m.span, m.live_bytes, m.operator) for m in found] == [
        ((0, 1), 64, "conv"),
        ((1, 2), 96, "conv"),
        ((2, 3), 64, "dense"),
        ((3, 4), 32, "softmax"),
    ]
    assert [h.buffer.name for h in found[1].held] == ["a", "b"]


def test_the_peak_is_the_first_moment_with_the_most_bytes() -> None:
    peak = peak_moment(moments(made(Buffer("a", 64, (0, 1)), Buffer("b", 64, (2, 3))), "p", LABELS))
    assert peak is not None and (peak.span, peak.live_bytes) == ((0, 1), 64)
    assert peak_moment(()) is None


def test_another_pools_buffers_do_not_count() -> None:
    assert moments(made(Buffer("a", 64, (0, 1))), "q", LABELS) == ()


def test_the_next_peak_is_of_another_run_not_of_another_nest() -> None:
    result = made(Buffer("a", 96, (0, 1)), Buffer("b", 64, (1, 2)), Buffer("c", 32, (2, 3)))
    found = moments(result, "p", LABELS)
    peak = peak_moment(found)
    assert peak is not None
    after = next_peak(found, peak, LABELS)
    assert after is not None and after.operator == "dense"


def test_operators_lose_the_prefix_that_all_share() -> None:
    assert operator_title("tvmgen_kws_fused_nn_conv2d") == "nn_conv2d"
    assert operator_title("tvmgen_kws_cmsis_nn_main_0") == "cmsis_nn_main_0"
    assert operator_title("CONV_2D") == "CONV_2D"
