"""``mlfgen add``."""

from __future__ import annotations

import argparse
import json
import os
import shlex
from pathlib import Path
from typing import Any

from msgspec.structs import asdict

from generator.cli.generate import changes_text
from generator.cli.library_edits import carry_out_edits, library_folder, print_hooks, print_tests
from generator.cli.parser_library import library_options
from generator.cli.terminal import memory_lines, paint
from generator.model.library import CEEDLING, CTEST, MAKE, PIO_TEST, ZTEST
from generator.model.surroundings import Hook
from generator.pipeline.library import AddRequest, AddResult, add
from generator.readers.text.names import printable
from generator.toolchain.cache import cache_folder
from generator.toolchain.runner import SystemRunner

#: in the firmware's folder; the place is that of the tests' folder
_TEST_COMMANDS = {
    ZTEST: "west twister -T {0}",
    CTEST: "cmake -S {0} -B build/{0} && cmake --build build/{0} && ctest --test-dir build/{0}",
    CEEDLING: "ceedling test:test_mlf",
    PIO_TEST: "pio test",
    MAKE: "make -C {0} test",
}


def run(args: argparse.Namespace) -> int:
    result = add(
        AddRequest(
            models=tuple(Path(model) for model in args.models),
            to=library_folder(args),
            form=getattr(args, "as"),
            target=args.target,
            given={o.name: getattr(args, o.name) for o in library_options() if hasattr(args, o.name)},
            here=Path.cwd(),
            force=args.force,
            dry_run=args.dry_run,
            cache=cache_folder(dict(os.environ)),
            tests=args.tests,
            no_tests=args.no_tests,
            apply=args.apply,
            allow_dirty=args.allow_dirty,
        ),
        runner=SystemRunner(),
        env=dict(os.environ),
    )
    if not args.json:
        _print(result, args)
    applied = bool(args.apply and result.edits) and carry_out_edits(result.edits, args)
    if args.json:
        print(json.dumps(_as_json(result, applied=applied), indent=2))
        return 0
    _print_lines(result, args, applied=applied)
    return 0


def _print(result: AddResult, args: argparse.Namespace) -> None:
    around = result.around
    rtos = f", with FreeRTOS ({around.rtos_from})" if around.rtos_from else ""
    print(f"found {around.saw}{rtos}")
    print(f"form of the library: {result.library.form} (--as chooses another)\n")
    print("\n".join(memory_lines(result.generated.project.report, is_library=True)))
    report = result.generated.report
    print(f"\n{paint(str(result.target), 'bold')}: {changes_text(report, would=args.dry_run)}")
    for path in report.unknown:
        print(f"  left {printable(path)} alone: mlfgen did not write it")
    print_tests(result.generated.tests, would=args.dry_run)
    if result.library.tests is not None:
        print(
            f"to run them: {_TEST_COMMANDS[result.library.tests.manner].format(result.library.tests.folder)}"
        )


def _print_lines(result: AddResult, args: argparse.Namespace, *, applied: bool) -> None:
    edited = {edit.name for edit in result.edits} if applied else set()
    for name in sorted(edited):
        print(f"changed {printable(name)}")
    missing = [hook for hook in result.missing if hook.path not in edited]
    if args.apply and result.obstacles:
        print("not inserted; paste these yourself:")
        for why in result.obstacles:
            print(f"  {printable(why)}")
    if missing:
        print("lines for the firmware's build:")
        print_hooks(missing)
    if applied:
        return
    if result.outdated:
        print("lines to remove from the firmware's build:")
        print_hooks([Hook(name, printable(name), lines) for name, lines in result.outdated.items()])
    if result.edits and not args.dry_run:
        given = (("--to", args.to), ("--target", args.target))
        again = "".join(f" {option} {shlex.quote(value)}" for option, value in given if value)
        print(f"to {'change' if result.outdated else 'insert'} them: mlfgen add --apply{again}")


def _as_json(result: AddResult, *, applied: bool) -> dict[str, Any]:
    report = result.generated.report
    return {
        "target": str(result.target),
        "found": result.around.saw,
        "as": result.library.form,
        "rtos": result.generated.project.rtos,
        "board": result.generated.project.board.name,
        "models": [model.name for model in result.generated.project.models],
        "memory": result.generated.project.report.to_json(),
        "files": {
            "created": list(report.created),
            "updated": list(report.updated),
            "unchanged": list(report.unchanged),
            "removed": list(report.removed),
            "unknown": list(report.unknown),
        },
        "tests": asdict(result.generated.tests),
        "lines": [{"file": h.path, "where": h.where, "lines": list(h.lines)} for h in result.hooks],
        "changes": [{"file": edit.name, "diff": edit.diff} for edit in result.edits],
        "obstacles": list(result.obstacles),
        "applied": applied,
    }
