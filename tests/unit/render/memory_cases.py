"""A small plan and a small report, for the pictures of both."""

from __future__ import annotations

from generator.model.memory import Buffer, PlanProblem, Pool
from generator.model.plan_labels import PlanLabels
from generator.model.report import MemoryReport, PoolLine, RegionLine

CHAIN = PlanProblem(
    (
        Buffer("a", 6400, (0, 2)),
        Buffer("b", 3200, (1, 3)),
        Buffer("c", 1600, (0, 4), live=((0, 1), (3, 4))),
    ),
    (Pool("sram", 16_000),),
)
LABELS = PlanLabels(
    operators=("tvmgen_kws_fused_cast", "tvmgen_kws_fused_nn_dense", "tvmgen_kws_fused_nn_dense", "softmax"),
    runs=(0, 1, 1, 2),
    buffers={"b": "dense/out"},
    kinds={"c": "scratch"},
)
REPORT = MemoryReport(
    pools=(
        PoolLine("sram", "workspace", "sram", None, 600, 16, "application", ("kws",)),
        PoolLine("input", "io", "sram", None, 100, 16, "application", ("kws",)),
    ),
    regions=(
        RegionLine("flash", False, 4000, (("samples", 40),)),
        RegionLine("sram", True, 1000, (("workspace", 600), ("inputs and outputs", 100), ("stack", 400))),
        RegionLine("sdram", True, 8000, ()),
    ),
    peaks=(),
    compiler_bytes=(("kws", 600),),
)
