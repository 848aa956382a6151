"""Models through the runtime: their life, their tensors, their failures, and what the sample runner prints."""

from __future__ import annotations

from runtime_bench import Bench


def test_a_model_is_initialised_runs_and_counts(bench: Bench) -> None:
    assert bench.story("lifecycle") == [
        "run before init: not ready",
        "water before init: not ready",
        "init: ok",
        "run: ok",
        "out 42 runs 1",
        "run: ok",
        "runs 2",
        "water: ok",
        "touched 100",
        "init: ok",
        "runs 0 input kept 41",
        "touched 0",
    ]


def test_what_a_model_keeps_is_set_back_by_init_and_reset_alone(bench: Bench) -> None:
    assert bench.story("reset") == [
        "reset of nothing: wrong argument",
        "reset before init: not ready",
        "init: ok",
        "kept 7",
        "run: ok",
        "run: ok",
        "kept 9",
        "reset: ok",
        "kept 7",
        "failing reset: operator failed",
        "init with it: operator failed",
        "run: not ready",
        "init without state: ok",
        "reset without state: ok",
    ]


def test_a_failing_operator_is_reported_and_forgotten_by_the_next_run(bench: Bench) -> None:
    story = bench.story("failure")
    assert story[0] == "run: operator failed"
    assert story[1].startswith("code -7 runs 0 said 63: a message that is")
    assert story[2:] == ["run: ok", "code 0 said 0"]


def test_a_model_that_runs_keeps_others_out(bench: Bench) -> None:
    assert bench.story("busy") == [
        "outer: ok",
        "inner run: busy",
        "inner init: busy",
        "inner init of nothing: wrong argument",
        "afterwards: ok",
    ]


def test_of_two_threads_one_at_a_time_is_in_the_model(bench: Bench) -> None:
    """Each call either runs alone or is told that it can't, and none is lost."""
    alone, ended, other = bench.story("threads")
    assert alone == "most at once: 1"
    assert ended == "ran and refused: as many as called"
    assert other == "anything else: 0"


def test_a_buffer_in_the_wrong_place_keeps_the_model_from_running(bench: Bench) -> None:
    assert bench.story("placement") == [
        "askew: wrong placement",
        "run: not ready",
        "check: wrong placement",
        "run: not ready",
        "init: ok",
        "internal: ok",
        "water: not measurable",
    ]


def test_tensors_are_found_by_index_and_by_name(bench: Bench) -> None:
    assert bench.story("tensors") == ["x:0 y", "1 1 1", "1 1", "1 1", "1 1 1 1", "1", "6 0"]


def test_wrong_arguments_are_answered_not_followed(bench: Bench) -> None:
    assert bench.story("arguments") == [
        "init: wrong argument",
        "run: wrong argument",
        "water: wrong argument",
        "water: wrong argument",
        "0",
        "no tensor: wrong argument",
        "no values: wrong argument",
        "past the end: wrong argument",
        "starts behind it: wrong argument",
        "overflowing: wrong argument",
        "none at the end: ok",
        "not quantised: wrong element type",
        "not quantised: wrong element type",
        "-1",
    ]


def test_every_status_and_type_has_a_name(bench: Bench) -> None:
    names = bench.story("names")
    assert names[0] == "unknown status"
    assert names[1:11] == [
        *("ok", "wrong argument", "not found", "wrong element type", "not ready", "busy"),
        *("wrong placement", "workspace exceeded", "operator failed", "not measurable"),
    ]
    assert names[11:13] == ["unknown status"] * 2
    assert names[13:25] == [
        *("bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"),
        *("float16", "float32", "float64"),
    ]
    assert names[25:] == ["unknown type", "unknown status"]


def test_the_sample_runner_prints_lines_that_a_script_reads(bench: Bench) -> None:
    """As sample.h documents them; ``readers.console`` reads exactly these."""
    story = bench.story("samples")
    # The clock wraps between the two readings of a run: 0x80000005 later.
    assert story[:7] == [
        "mlf: story set 0 output 0: 020304008001",
        "mlf: story set 0: 2147483653 us, as expected",
        "mlf: story set 1 output 0: 020304008001",
        "mlf: story set 1: 2147483653 us",
        "mlf: story workspace: 100 of 256 bytes touched",
        "mlf: end, 0 failures",
        "0",
    ]
    assert "mlf: story set 1: 2147483653 us, DIFFERS" in story
    failed = story[14:]
    assert failed[0].startswith("mlf: story set 0: error: operator failed (a message")
    assert failed[3:5] == ["mlf: end, 2 failures", "2"]
    assert failed[5:] == [
        "mlf: story set 0: error: wrong placement",
        "mlf: story set 1: error: not ready",
        "mlf: end, 2 failures",
        "2",
    ]
