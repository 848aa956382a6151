"""TVMBackendAllocWorkspace on a static arena served as a stack: never a byte outside, never a crash."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from runtime_bench import Bench

ARENA = 65536


@dataclass(frozen=True)
class Outcome:
    offsets: list[int]
    refused: bool
    status: str
    code: int
    intact: bool
    touched: int
    said: str


def run(bench: Bench, size_bytes: int, *steps: str) -> Outcome:
    did, _, told = bench.ask(" ".join(["workspace", str(size_bytes), *steps])).partition("| ")
    words = did.split()
    head, *rest = told.rsplit(" intact ", 1) if " intact " in told else told.rsplit(" clobbered ", 1)
    status, code = head.rsplit(" ", 1)
    touched, said = rest[0].split(" ", 1)
    return Outcome(
        [int(word) for word in words if word.lstrip("-").isdigit()],
        any(not word.lstrip("-").isdigit() for word in words),
        status,
        int(code),
        " intact " in told,
        int(touched),
        said,
    )


def test_blocks_are_aligned_apart_and_given_back_in_stack_order(bench: Bench) -> None:
    outcome = run(bench, 1024, "a1", "a17", "a0", "a100", "f3", "f2", "f1", "f0")
    assert (outcome.status, outcome.code, outcome.intact) == ("ok", 0, True)
    first, second, third, fourth = outcome.offsets
    assert all(offset % 16 == 0 for offset in outcome.offsets)
    assert second >= first + 1 and third >= second + 17 and fourth >= third


def test_memory_that_was_given_back_is_had_again(bench: Bench) -> None:
    steps = [step for block in range(40) for step in ("a500", f"f{block}")]
    outcome = run(bench, 1024, *steps)
    assert outcome.status == "ok" and len(set(outcome.offsets)) == 1


def test_a_request_too_large_fails_the_run_and_not_the_device(bench: Bench) -> None:
    assert run(bench, 1024, "a2000").status == "workspace exceeded"
    assert run(bench, 1024, "a4294967295").status == "workspace exceeded"
    assert run(bench, 1024, "a18446744073709551615").status == "workspace exceeded"
    outcome = run(bench, 1024, "a600", "a600", "f1", "f0")
    assert outcome.refused and outcome.status == "workspace exceeded" and outcome.intact
    assert run(bench, 1024, "a600", "f0").status == "ok"


def test_a_model_without_an_arena_gets_nothing(bench: Bench) -> None:
    assert run(bench, 0, "a16").status == "workspace exceeded"
    assert run(bench, 0, "x").status == "workspace exceeded"
    assert run(bench, 0).status == "ok"


def test_misuse_is_found_out(bench: Bench) -> None:
    assert run(bench, 1024, "x").status == "workspace exceeded"
    assert run(bench, 1024, "a16", "x", "f0").status == "workspace exceeded"
    assert run(bench, 1024, "a16", "a16", "f0", "f1").status == "workspace exceeded"
    assert run(bench, 1024, "a16", "f0", "f0").status == "workspace exceeded"
    assert run(bench, 1024, "a16").status == "workspace exceeded", "a block that is never given back"
    assert run(bench, 1024).status == "ok", "and the next run starts afresh"


def test_an_operator_that_fails_while_it_holds_memory_is_what_failed(bench: Bench) -> None:
    outcome = run(bench, 1024, "a16", "r5")
    assert (outcome.status, outcome.code) == ("operator failed", 5)
    assert outcome.said == "an operator's complaint"
    assert run(bench, 1024, "a16", "f0").status == "ok"


def test_the_high_water_mark_covers_every_block_that_was_written(bench: Bench) -> None:
    outcome = run(bench, 4096, "a100", "a200", "f1", "f0")
    assert 300 <= outcome.touched <= 4096
    assert outcome.touched >= outcome.offsets[1] + 200
    assert run(bench, 4096).touched == 0


@st.composite
def stack_orders(draw: st.DrawFn) -> list[tuple[str, int]]:
    """(a, size) and (f, block) in stack order, everything given back at the end."""
    steps: list[tuple[str, int]] = []
    held: list[int] = []
    blocks = 0
    for _ in range(draw(st.integers(1, 50))):
        if held and draw(st.booleans()):
            steps.append(("f", held.pop()))
        elif blocks < 50:
            steps.append(("a", draw(st.integers(0, 900))))
            held.append(blocks)
            blocks += 1
    return steps + [("f", block) for block in reversed(held)]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=stack_orders(), size=st.sampled_from([0, 16, 1024, 4096, ARENA]))
def test_any_stack_order_is_served_intact_or_refused_whole(
    bench: Bench, steps: list[tuple[str, int]], size: int
) -> None:
    """No block overlaps one that is held, none leaves the arena, and enough memory is always enough."""
    outcome = run(bench, size, *(f"{kind}{number}" for kind, number in steps))
    assert outcome.intact
    held: dict[int, tuple[int, int]] = {}
    sizes = [number for kind, number in steps if kind == "a"]
    blocks = iter(range(len(outcome.offsets)))
    for kind, number in steps:
        if kind == "f":
            if number not in held:
                break
            del held[number]
            continue
        block = next(blocks, None)
        if block is None:
            break
        start = outcome.offsets[block]
        end = start + sizes[block]
        assert start >= 0 and end <= size and start % 16 == 0
        assert all(end <= low or high <= start or sizes[block] == 0 for low, high in held.values())
        held[block] = (start, end)
    if size == ARENA:
        assert outcome.status == "ok" and not outcome.refused
    if outcome.status == "ok":
        assert len(outcome.offsets) == len(sizes)
