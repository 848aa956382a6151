"""``mlfgen generate``."""

from __future__ import annotations

import argparse
import json
import shlex
from pathlib import Path

from generator.cli.request import output_of, request_of
from generator.cli.terminal import memory_lines, paint
from generator.model.options import ZEPHYR
from generator.model.project import Project
from generator.pipeline.generate import GenerateResult, generate


def run(args: argparse.Namespace) -> int:
    template = None
    if args.template:
        from generator.toolchain.template_source import load_template

        template = load_template(args.template)
    result = generate(request_of(args, output=output_of(args), template=template))
    report = result.report
    if args.json:
        print(json.dumps(_as_json(result), indent=2))
        return 0
    print("\n".join(memory_lines(result.project.report)))
    print()
    counts = [
        f"{len(paths)} {word}"
        for word, paths in (
            ("created", report.created),
            ("updated", report.updated),
            ("unchanged", report.unchanged),
            ("kept", report.kept),
            ("removed", report.removed),
        )
        if paths
    ]
    would = "would be " if args.dry_run else ""
    print(f"{paint(str(result.target), 'bold')}: {would}{', '.join(counts) or 'nothing to do'}")
    for path in report.kept_but_differs:
        print(
            f"  kept your {path}; it would now be written differently (delete it and generate again to get that)"
        )
    for path in report.unknown:
        print(f"  {path} is not mlfgen's; left alone")
    if not args.dry_run:
        print("next: " + next_step(result.project, result.target))
    return 0


def next_step(project: Project, target: Path) -> str:
    """The command that comes after generating, to be pasted into a shell."""
    folder = shlex.quote(str(target))
    if project.rtos == ZEPHYR and project.board.zephyr is not None:
        return f"west build -b {project.board.zephyr.target} {folder}    or: mlfgen build {folder}"
    return f"mlfgen build {folder}"


def _as_json(result: GenerateResult) -> dict[str, object]:
    report = result.report
    return {
        "target": str(result.target),
        "rtos": result.project.rtos,
        "board": result.project.board.name,
        "models": [model.name for model in result.project.models],
        "memory": result.project.report.to_json(),
        "files": {
            "created": list(report.created),
            "updated": list(report.updated),
            "unchanged": list(report.unchanged),
            "kept": list(report.kept),
            "kept_but_differs": list(report.kept_but_differs),
            "removed": list(report.removed),
            "unknown": list(report.unknown),
        },
    }
