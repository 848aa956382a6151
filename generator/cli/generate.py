"""``mlfgen generate``."""

from __future__ import annotations

import argparse
import json
import shlex
from pathlib import Path

from msgspec import structs
from msgspec.structs import asdict

from generator.cli.request import output_of, reports_every_mistake, request_of
from generator.cli.terminal import memory_lines, paint
from generator.emit.changes import Report
from generator.model.options import ZEPHYR
from generator.model.project import Project
from generator.pipeline.generate import GenerateResult, generate
from generator.pipeline.inputs import GenerateRequest
from generator.pipeline.kept_options import OptionChanges
from generator.wording import counted


@reports_every_mistake
def run(args: argparse.Namespace) -> int:
    template = load_template_of(args.template)
    request = request_of(args, output=output_of(args), template=template)
    return write(request, args)


def load_template_of(source: str | None) -> Path | None:
    if not source:
        return None
    from generator.toolchain.template_source import load_template

    return load_template(source)


def write(request: GenerateRequest, args: argparse.Namespace) -> int:
    """Generate, and print the results of ``generate`` and ``update``."""
    result = generate(request) if args.json else generate(request, _print_options)
    report = result.report
    if args.json:
        print(json.dumps(as_json(result), indent=2))
        return 0
    print("\n".join(memory_lines(result.project.report, is_library=result.project.library is not None)))
    print()
    print(f"{paint(str(result.target), 'bold')}: {changes_text(report, would=args.dry_run)}")
    for path in report.kept_but_differs:
        print(
            f"  kept your {path}, which differs from the current template "
            "(delete it and generate again to replace it)"
        )
    for path in report.unknown:
        print(f"  left {path} alone: mlfgen did not write it")
    if result.tests != Report():
        print(f"{paint('tests', 'bold')}: {changes_text(result.tests, would=args.dry_run)}")
    if not args.dry_run:
        _print_next(result)
    return 0


def changes_text(report: Report, *, would: bool) -> str:
    """``2 files would be created, 1 kept``."""
    counts = [
        (len(paths), word)
        for word, paths in (
            ("created", report.created),
            ("updated", report.updated),
            ("unchanged", report.unchanged),
            ("kept", report.kept),
            ("removed", report.removed),
        )
        if paths
    ]
    if not counts:
        return "nothing to do"
    (number, word), *rest = counts
    first = f"{counted(number, 'file')} {'would be ' if would else ''}{word}"
    return ", ".join([first, *(f"{number} {word}" for number, word in rest)])


def _print_next(result: GenerateResult) -> None:
    if result.project.library is None:
        print("next: " + next_step(result.project, result.target))
        return
    from generator.pipeline.hook_edits import changed_hooks

    if changed_hooks(result):
        folder = shlex.quote(str(result.target))
        print(f"the lines in the firmware's build have changed; next: mlfgen add --apply --to {folder}")


def next_step(project: Project, target: Path) -> str:
    """The command that comes after generating, to be pasted into a shell."""
    folder = shlex.quote(str(target))
    if project.rtos == ZEPHYR and project.board.zephyr is not None:
        return f"west build -b {project.board.zephyr.target} {folder}    or: mlfgen build {folder}"
    return f"mlfgen build {folder}"


def _print_options(target: Path, changes: OptionChanges) -> None:
    """How the options differ from those that the application was generated with before."""
    if not changes.dropped:
        return
    print(f"{paint(str(target), 'bold')} was generated before with other options")
    for word, options in (("kept:", changes.kept), ("dropped:", changes.dropped), ("new:", changes.added)):
        if options:
            print(f"  {word} {' '.join(options)}")
    print(f"  to keep them, run: mlfgen update {shlex.quote(str(target))}", flush=True)


def as_json(result: GenerateResult) -> dict[str, object]:
    report = result.report
    return {
        "target": str(result.target),
        "rtos": result.project.rtos,
        "board": result.project.board.name,
        "models": [model.name for model in result.project.models],
        "options": None if result.options is None else asdict(result.options),
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
        **({} if result.project.library is None else {"tests": structs.asdict(result.tests)}),
    }
