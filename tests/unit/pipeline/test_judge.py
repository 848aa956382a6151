"""Verdicts: what the firmware printed against what was recorded."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.errors import RunError
from generator.model.golden import Array, Golden, GoldenSet, Tolerance
from generator.model.project import Project
from generator.model.running import RunResult
from generator.pipeline.judge import Verdict
from generator.pipeline.judge import judge as judge_runs
from generator.pipeline.run import explain_end
from generator.readers.console import parse_console

Make = Callable[..., Project]


def array(values: object, dtype: str) -> Array:
    made = np.array(values, dtype)
    return Array(dtype, made.shape, made.tobytes())


def golden(*outputs: object, dtype: str = "int8") -> Golden:
    sets = tuple(GoldenSet((array([[0]], dtype),), (array([[value]], dtype),)) for value in outputs)
    return Golden("g.npz", "0" * 64, "out", sets)


@pytest.fixture(scope="session")
def sine(make_project: Make) -> Callable[..., Project]:
    return lambda *outputs: make_project("sine-graph", goldens={"default": golden(*outputs)})


@pytest.fixture(scope="session")
def sine_float(make_project: Make) -> Callable[..., Project]:
    return lambda *outputs: make_project(
        "sine-float-graph", goldens={"default": golden(*outputs, dtype="float32")}
    )


def console(*outputs: bytes, model: str = "default") -> str:
    lines = ["*** Booting Zephyr OS ***"]
    for number, data in enumerate(outputs):
        lines += [f"mlf: {model} set {number} output 0: {data.hex()}", f"mlf: {model} set {number}: 41 us"]
    return "\n".join(
        [*lines, f"mlf: {model} workspace: 100 of 128 bytes touched", "mlf: end, 0 failures", ""]
    )


def judge(project: Project, text: str, float_tolerance: float = 0.0) -> Verdict:
    return judge_runs(project, parse_console(text), Tolerance(float_tolerance))


def test_equal_bytes_are_equal(sine: Callable[..., Project]) -> None:
    verdict = judge(sine(5, -1), console(b"\x05", b"\xff"))
    assert verdict.equal and not verdict.mismatches
    assert [(s.number, s.equal, s.time_us, s.error) for s in verdict.sets] == [
        (0, True, 41, None),
        (1, True, 41, None),
    ]
    assert verdict.workspace_bytes == {"default": (100, 128)}


def test_a_difference_is_reported_element_by_element(sine: Callable[..., Project]) -> None:
    verdict = judge(sine(5, -1), console(b"\x05", b"\x80"))
    assert not verdict.equal and [s.equal for s in verdict.sets] == [True, False]
    (mismatch,) = verdict.mismatches
    assert str(mismatch).endswith("1 of 1 elements differ, first at 0: expected -1, got -128")
    assert mismatch.model == "default" and mismatch.set_number == 1


def test_integers_have_no_tolerance(sine: Callable[..., Project]) -> None:
    assert not judge(sine(5), console(b"\x06"), float_tolerance=10).equal


def test_an_error_of_the_runtime_is_the_verdict_of_its_set(sine: Callable[..., Project]) -> None:
    text = "mlf: default set 0: error: operator failed (oh)\n" + console(b"\x05", b"\x06").split("\n", 2)[2]
    verdict = judge(sine(5, 6), text)
    assert [(s.equal, s.error) for s in verdict.sets] == [(False, "operator failed (oh)"), (True, None)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mlf: end, 0 failures\n",
        console(b"\x05").replace("default", "other"),
        console(b"\x05\x05"),
        console(b"\x05").replace(": 05", ": 5"),
        console(b"\x05").replace(": 05", ": 0"),
        console(b"\x05").replace("mlf: default set 0 out", "xmlf: default set 0 out"),
    ],
)
def test_an_output_that_did_not_come_is_an_error(text: str, sine: Callable[..., Project]) -> None:
    with pytest.raises(RunError, match="did not print output 0 of set 0 of model 'default'") as caught:
        judge(sine(5), text)
    assert "mlf_sample_run_all" in str(caught.value.hint)


def test_a_set_without_recorded_outputs_is_not_called_equal(make_project: Make) -> None:
    project = make_project("sine-graph")
    assert judge(project, console(b"\x05")).sets == ()
    failed = judge(project, "mlf: default set 0: error: workspace exceeded\n")
    assert [s.error for s in failed.sets] == ["workspace exceeded"] and not failed.equal


def test_floats_are_compared_bit_for_bit_unless_requested_otherwise(
    sine_float: Callable[..., Project],
) -> None:
    project = sine_float(1.0)
    near = struct.pack("<f", 1.0000001)
    assert not judge(project, console(near)).equal
    assert judge(project, console(near), float_tolerance=1e-6).equal
    assert not judge(project, console(near), float_tolerance=1e-8).equal
    assert not judge(sine_float(0.0), console(struct.pack("<f", -0.0))).equal
    assert judge(sine_float(0.0), console(struct.pack("<f", -0.0)), float_tolerance=1e-9).equal


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_what_is_not_a_number_is_equal_to_itself_and_to_nothing_else(
    value: float, sine_float: Callable[..., Project]
) -> None:
    project = sine_float(value)
    for tolerance in (0.0, 1e9):
        assert judge(project, console(struct.pack("<f", value)), tolerance).equal
        assert not judge(project, console(struct.pack("<f", 1.0)), tolerance).equal
    assert not judge(sine_float(1.0), console(struct.pack("<f", value)), 1e9).equal


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=300))
def test_any_console_is_judged_or_refused(text: str, sine: Callable[..., Project]) -> None:
    with contextlib.suppress(RunError):
        assert len(judge(sine(5), text).sets) == 1


# ---- ends of runs


@pytest.mark.parametrize("ended_by", ["timeout", "exit", "flood", "budget", "reset", "asleep", "closed"])
def test_a_run_that_did_not_end_as_it_should_says_how_and_what_came_last(ended_by: str) -> None:
    with pytest.raises(RunError) as caught:
        explain_end(RunResult(b"one\n\ntwo\nthree\nfour\n", ended_by, 1.0))
    assert "two | three | four" in caught.value.what and "one" not in caught.value.what.split("was: ")[1]
    with pytest.raises(RunError, match="it printed nothing"):
        explain_end(RunResult(b"\n", ended_by, 1.0))


def test_a_run_that_reached_its_end_says_nothing() -> None:
    explain_end(RunResult(b"mlf: end, 1 failures\n", "marker", 1.0))
