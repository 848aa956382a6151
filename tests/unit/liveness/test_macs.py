"""Multiply-adds, counted in an operator's C."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from generator.liveness.macs import macs_of, read_macs
from generator.liveness.syntax import CProgram, UnreadableError
from generator.model.archive import Archive, SourceFile

SUM = "y[i] = (y[i] + (((int32_t)p[i]) * ((int32_t)((int16_t*)w)[((k * 6) + i)])));"


def macs(body: str) -> int:
    text = f"int32_t f(int8_t* p, int16_t* w, int32_t* y) {{ {body} return 0; }}"
    return macs_of(CProgram((SourceFile("lib.c", text.encode()),)).function("f"))


def loop(turns: str, body: str, name: str = "i") -> str:
    return f"for (int32_t {name} = 0; {name} < {turns}; ++{name}) {{ {body} }}"


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (SUM, 1),
        (loop("5", loop("7", SUM, "k")), 35),
        (loop("5", "y[i] = 0; " + loop("7", SUM, "k")) + loop("3", SUM), 38),
        (loop("5", "y[i] += p[i] * w[i];"), 5),
        (loop("5", "y[i] = p[i] * w[i] + p[i + 1] * w[i + 1] + y[i];"), 10),
        (loop("5", "*y = *y + *p * *w;"), 5),
        # neither sums of products nor products of two values in memory
        (loop("5", "y[i] = y[i] + w[i];"), 0),
        (loop("5", "y[i] = y[i] * w[i];"), 0),
        (loop("5", "y[i + 1] = y[i] + p[i] * w[i];"), 0),
        (loop("5", "y[i] = y[i] + p[i] * 3;"), 0),
        (loop("5", "y[(i * w[0]) + 1] = y[i];"), 0),
        (loop("p[0]", "y[i] = p[i];"), 0),
    ],
)
def test_products_that_are_added_to_what_is_there_are_counted(body: str, count: int) -> None:
    assert macs(body) == count


@pytest.mark.parametrize(
    "body", [loop("p[0]", SUM), f"if (p[0]) {{ {SUM} }}", f"int i = 0; while (p[i]) {{ {SUM} }}"]
)
def test_sums_that_run_nobody_knows_how_often_are_not_counted(body: str) -> None:
    with pytest.raises(UnreadableError):
        macs(body)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        # What the layers' shapes give: output positions by kernel positions by channels.
        ("kws-aot-c-pool", 2_656_768),
        ("kws-aot-packed-nousmp", 2_656_768),
        ("kws-graph", 2_656_768),
        ("resnet-aot-c-pool", 12_501_632),
        ("ad-aot-c-pool", 264_192),
        ("vgg-graph", 13_640_000),
        ("sine-float-aot-c-pool", 288),
    ],
)
def test_the_archives_of_a_model_have_its_multiply_adds(
    name: str, count: int, archive: Callable[[str], Archive]
) -> None:
    counted = [macs for _, macs in read_macs(archive(name).models[0])]
    assert None not in counted and sum(filter(None, counted)) == count


@pytest.mark.parametrize("name", ["kws-cmsisnn-pool", "kws-m7-aot-c-pool"])
def test_what_calls_kernels_is_not_counted(name: str, archive: Callable[[str], Archive]) -> None:
    assert None in [macs for _, macs in read_macs(archive(name).models[0])]
