"""Plans as pictures: what they show, that they are well formed, and the same bytes every time."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_cases import CHAIN, LABELS, REPORT
from msgspec.structs import replace

from generator.model.memory import Buffer, MemoryPlan, PlanProblem, Pool
from generator.model.plan_labels import PlanLabels
from generator.planner.api import plan
from generator.render.memory_svg import PlanPicture, memory_svg, report_svg

SVG = "{http://www.w3.org/2000/svg}"


def parse(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def words(svg: str) -> list[str]:
    return [element.text or "" for element in parse(svg).iter(f"{SVG}text")]


def blocks(svg: str) -> dict[str, list[dict[str, float]]]:
    """Buffer -> its rectangles, as x, y, width and height."""
    found: dict[str, list[dict[str, float]]] = {}
    for group in parse(svg).iter(f"{SVG}g"):
        if "data-buffer" in group.attrib:
            rect = group.find(f"{SVG}rect")
            assert rect is not None
            shape = {key: float(rect.attrib[key]) for key in ("x", "y", "width", "height")}
            found.setdefault(group.attrib["data-buffer"], []).append(shape)
    return found


def test_a_buffer_is_one_block_for_each_time_it_lives() -> None:
    found = blocks(memory_svg(plan(CHAIN), "kws", LABELS))
    assert {name: len(rects) for name, rects in found.items()} == {"a": 1, "b": 1, "c": 2}
    (a,), (b,) = found["a"], found["b"]
    assert a["width"] == pytest.approx(b["width"]) and a["x"] < b["x"]
    assert a["height"] == pytest.approx(2 * b["height"], abs=0.1)


def test_blocks_that_live_together_do_not_overlap() -> None:
    rects = [(n, r) for n, rs in blocks(memory_svg(plan(CHAIN), "kws", LABELS)).items() for r in rs]
    for i, (name, a) in enumerate(rects):
        for other, b in rects[i + 1 :]:
            apart_x = a["x"] + a["width"] <= b["x"] + 0.1 or b["x"] + b["width"] <= a["x"] + 0.1
            apart_y = a["y"] + a["height"] <= b["y"] + 0.1 or b["y"] + b["height"] <= a["y"] + 0.1
            assert apart_x or apart_y, (name, other)


def test_the_peak_its_culprits_and_the_proof_are_reported() -> None:
    told = words(memory_svg(plan(CHAIN), "kws", LABELS))
    assert "kws" in told
    assert "pool sram: peak 9,600 bytes" in told
    assert any("lower bound 9,600" in t and "60.0 % of its 16,000 bytes" in t for t in told)
    assert any("optimal (meets the lower bound)" in t for t in told)
    assert "most bytes live: step 1" in told
    assert "At step 1 (nn_dense) 2 buffers use 9,600 bytes:" in told
    assert "dense/out (b)" in told


def test_a_gap_shows_both_lines_and_a_near_capacity_is_drawn() -> None:
    problem = replace(CHAIN, pools=(Pool("sram", 12_000),))
    good = plan(problem)
    use = good.uses[0]
    told = words(memory_svg(replace(good, uses=(replace(use, lower_bound_bytes=6400),)), "t", LABELS))
    assert "capacity 12,000" in told
    assert "lower bound 6,400" in told
    assert "peak 9,600" in told


def test_without_operators_the_axis_is_time() -> None:
    told = words(memory_svg(plan(CHAIN), "kws", PlanLabels()))
    assert "time" in told and "operator" not in told
    assert "At time 1 2 buffers use 9,600 bytes:" in told


def test_operators_are_reported_without_their_common_prefix() -> None:
    svg = memory_svg(plan(CHAIN), "kws", LABELS)
    assert "tvmgen_kws_fused_" not in svg
    assert words(svg).count("nn_dense") == 1


def test_each_pool_has_its_panel_and_an_empty_one_says_so() -> None:
    problem = replace(CHAIN, pools=(Pool("fast", 9_600, access_cost=1), Pool("slow", None, access_cost=2)))
    told = words(memory_svg(plan(problem), "t", LABELS))
    assert "pool fast: peak 9,600 bytes" in told
    assert "pool slow: empty" in told


def test_hostile_names_are_escaped_and_there_is_no_script() -> None:
    planned = '<script>alert("&")</script>'
    name = f"{planned}\x00\x1b"
    problem = PlanProblem((Buffer(planned, 4096, (0, 1)),), (Pool("p</svg>"),))
    svg = memory_svg(plan(problem), name, PlanLabels((name,), buffers={planned: name}))
    parse(svg)
    assert "<script" not in svg and "\x00" not in svg and "\x1b" not in svg


def test_long_names_are_shortened_in_the_middle() -> None:
    name = "begin_" + "x" * 200 + "_end"
    problem = PlanProblem((Buffer(name, 4096, (0, 1)),), (Pool("p"),))
    shown = [t for t in words(memory_svg(plan(problem), "t", PlanLabels())) if t.startswith("begin_")]
    assert shown and all("…" in t and t.endswith("_end") and len(t) < 130 for t in shown)


def test_many_culprits_are_counted() -> None:
    problem = PlanProblem(tuple(Buffer(f"b{i}", 16, (0, 1)) for i in range(20)), (Pool("p"),))
    assert "and 12 more with 192 bytes" in words(memory_svg(plan(problem), "t", PlanLabels()))


PLANS = st.lists(
    st.tuples(st.integers(1, 10**6), st.integers(0, 40), st.integers(1, 9)), min_size=1, max_size=25
).map(
    lambda rows: plan(
        PlanProblem(
            tuple(Buffer(f"b{i}", size, (at, at + length)) for i, (size, at, length) in enumerate(rows)),
            (Pool("p"),),
        ),
        "greedy_by_size",
    )
)


@settings(max_examples=60)
@given(PLANS)
def test_any_plan_gives_the_same_picture_whatever_the_order_of_its_buffers(made: MemoryPlan) -> None:
    turned = replace(
        made,
        problem=replace(made.problem, buffers=made.problem.buffers[::-1]),
        allocations=made.allocations[::-1],
    )
    svg = memory_svg(made, "t", PlanLabels())
    assert svg == memory_svg(made, "t", PlanLabels())
    assert blocks(svg) == blocks(memory_svg(turned, "t", PlanLabels()))
    colours = re.compile(r'<rect [^>]*fill="(#[0-9a-f]{6})"')
    assert sorted(colours.findall(svg)) == sorted(colours.findall(memory_svg(turned, "t", PlanLabels())))
    for rects in blocks(svg).values():
        for rect in rects:
            assert rect["x"] >= 76 and rect["x"] + rect["width"] <= 883


def test_memories_are_bars_with_every_byte_named() -> None:
    told = words(report_svg(REPORT, (), "kws"))
    assert "1,100 of 1,000 bytes (110.0 %), 100 bytes missing" in told
    assert "40 of 4,000 bytes (1.0 %)" in told
    assert "nothing planned in sdram (8,000 bytes)" in told
    for row in ("workspace: sram of kws", "inputs and outputs: input of kws", "stack", "samples"):
        assert row in told


def test_a_report_holds_the_plans_too() -> None:
    svg = report_svg(REPORT, (PlanPicture("kws", plan(CHAIN), LABELS),), "application")
    assert "kws: 3 buffers, planner portfolio" in words(svg)
    assert len(blocks(svg)["c"]) == 2
