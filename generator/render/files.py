"""All files of a project: rendered templates, the C runtime, the archive's C, and the memory report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from generator.compose.placed_plan import placed_labels, placed_plan
from generator.compose.plan_labels import liveness_labels
from generator.model.library import ZEPHYR_MODULE
from generator.model.liveness import Liveness
from generator.model.memory import MemoryPlan
from generator.model.output import FileKind, OutputFile
from generator.model.plan_labels import PlanLabels
from generator.model.project import Project
from generator.render.context import project_context
from generator.render.context_library import has_samples
from generator.render.ide.files import ide_files
from generator.render.memory_html import report_html
from generator.render.memory_svg import PlanPicture, report_svg
from generator.render.tree import render_tree

_GENERATED = "model/"
_USER = "src/"
#: What the models need of Zephyr's port without an application: what its minimal libc lacks.
_OF_MODULE = ("zephyr/mlf_libm.", "zephyr/mlf_memcpy.")


def load_runtime(root: Path) -> dict[str, bytes]:
    """The C runtime: POSIX path below ``templates/runtime`` -> content."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.suffix in (".c", ".h") and path.is_file()
    }


def render_files(
    project: Project, template: Path, runtime: dict[str, bytes], cache: Path | None = None
) -> list[tuple[str, OutputFile]]:
    """(path in the application, file), every one with its origin. TemplateError from the templates.

    template: a template tree; runtime: what ``load_runtime`` returned; cache: see ``render_tree``.
    """
    files: list[tuple[str, OutputFile]] = []
    for path, data in render_tree(template, project_context(project), cache).items():
        files.append((path, OutputFile(data, _kind(path, project), f"template:{path}")))
    for path, data in runtime.items():
        if _wanted(path, project):
            files.append((f"model/runtime/{path}", OutputFile(data, "generated", f"runtime:{path}")))
    for path, data, origin in project.files:
        files.append((path, OutputFile(data, "generated", origin)))
    if project.library is None:
        for path, text in ide_files(project, [path for path, _ in files]).items():
            files.append((path, OutputFile(text.encode(), _kind(path, project), f"ide:{path}")))
    placed = {name: plan_json(placed_plan(run)) for name, run in project.placed}
    memory = json.dumps(memory_json(project) | {"placed": placed}, indent=2, ensure_ascii=False) + "\n"
    files.append(("model/memory.json", OutputFile(memory.encode(), "generated", "report:memory.json")))
    title = f"{project.slug} on {project.board.title}"
    picture = report_svg(project.report, _pictures(project), title)
    files.append(("model/memory.svg", OutputFile(picture.encode(), "generated", "report:memory.svg")))
    page = report_html(project.report, _pictures(project), title)
    files.append(("model/memory.html", OutputFile(page.encode(), "generated", "report:memory.html")))
    return files


def _pictures(project: Project) -> list[PlanPicture]:
    labels = {name: liveness_labels(liveness) for name, liveness in project.timelines}
    alone = len(project.models) == 1

    def title(name: str) -> str:
        # Compilers name a model "default" by default; the archive's name says more.
        return project.slug if alone else name

    pictures = [
        PlanPicture(title(name), plan, labels.get(name, PlanLabels())) for name, plan in project.plans
    ]
    return pictures + [
        PlanPicture(title(name), placed_plan(run), placed_labels(run)) for name, run in project.placed
    ]


def memory_json(project: Project) -> dict[str, Any]:
    """The memory report, and every plan that was made here."""
    report = project.report.to_json()
    report["plans"] = {name: plan_json(plan) for name, plan in project.plans}
    report["timelines"] = {name: timeline_json(liveness) for name, liveness in project.timelines}
    return report


def timeline_json(liveness: Liveness) -> list[dict[str, Any]]:
    """The steps that a plan's intervals count in: which loop nest of which operator call each is."""
    return [{"operator": step.function, "call": step.call, "nest": step.nest} for step in liveness.steps]


def plan_json(plan: MemoryPlan) -> dict[str, Any]:
    """A plan's allocations and certificates as JSON values."""
    buffers = {buffer.name: buffer for buffer in plan.problem.buffers}
    return {
        "planner": plan.planner,
        "pools": [
            {
                "pool": use.pool,
                "peak_bytes": use.peak_bytes,
                "lower_bound_bytes": use.lower_bound_bytes,
                "certificate": use.certificate,
            }
            for use in plan.uses
        ],
        "allocations": [
            {
                "buffer": allocation.buffer,
                "pool": allocation.pool,
                "offset_bytes": allocation.offset_bytes,
                "size_bytes": buffers[allocation.buffer].size_bytes,
                "intervals": [list(interval) for interval in buffers[allocation.buffer].intervals],
            }
            for allocation in plan.allocations
        ],
    }


def _kind(path: str, project: Project) -> FileKind:
    # What a library adds to a firmware is the generator's: its own lines are in the firmware's files.
    if path.startswith(_GENERATED) or project.library is not None:
        return "generated"
    return "user" if path.startswith(_USER) else "seeded"


def _wanted(path: str, project: Project) -> bool:
    """Only what this application compiles: no graph walker without a graph, no other RTOS's port."""
    name = path.rsplit("/", 1)[-1]
    if name.startswith(("rpc_", "mlf_rpc_")) and project.host is None:
        return False
    if name == "mlf_fatal.c" and project.host is not None:
        # The server reports a fatal error to its host.
        return False
    if path.startswith("kernels/"):
        # A compiled model carries the text of those it calls in its own C.
        return False
    if path.startswith("port/"):
        below = path.removeprefix("port/")
        drivers = project.zephyr.files if project.zephyr is not None else ()
        if project.library is not None:
            of_module = below.startswith(_OF_MODULE) or below in drivers
            return of_module and project.library.form == ZEPHYR_MODULE
        if project.port is not None:
            return below in project.port.files
        return below in drivers or below.startswith(f"{project.rtos}/")
    if name in ("sample.h", "mlf_sample.c") and project.library is not None:
        return has_samples(project)
    if name in ("graph.h", "mlf_graph.c"):
        return any(model.graph is not None for model in project.models)
    return True
