"""``mlfgen remove``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from msgspec.structs import asdict

from generator.cli.generate import changes_text
from generator.cli.library_edits import agreed, library_folder, print_tests
from generator.cli.terminal import paint
from generator.pipeline.library_remove import plan_removal, remove
from generator.readers.text.names import printable


def run(args: argparse.Namespace) -> int:
    names, to, here = tuple(args.names), library_folder(args), Path.cwd()
    # Refused, if it is, before anybody is asked and anything is changed.
    plan = plan_removal(names, to, here, force=args.force)
    if plan.edits and not agreed(plan.edits, args):
        print("nothing was changed")
        return 0
    result, applied = plan, False
    if not args.dry_run:
        result, applied = remove(names, to, here, plan.edits, force=args.force), bool(plan.edits)
    if args.json:
        document = {
            "target": str(result.target),
            "models": list(result.left),
            "removed_models": list(result.removed),
            "files": {
                "created": list(result.report.created),
                "updated": list(result.report.updated),
                "removed": list(result.report.removed),
                "kept": list(result.report.kept),
                "unknown": list(result.report.unknown),
            },
            "tests": asdict(result.tests),
            "changes": [{"file": edit.name, "diff": edit.diff} for edit in plan.edits],
            "applied": applied,
            "pasted": [{"file": name, "lines": list(lines)} for name, lines in plan.pasted.items()],
        }
        print(json.dumps(document, indent=2))
        return 0
    print(f"{paint(str(result.target), 'bold')}: {changes_text(result.report, would=args.dry_run)}")
    print_tests(result.tests, would=args.dry_run)
    for path in (*result.report.kept, *result.report.unknown, *result.tests.kept):
        print(f"  left {printable(path)}")
    for edit in plan.edits if applied else ():
        print(f"changed {printable(edit.name)}")
    for name, lines in plan.pasted.items():
        print(f"{paint(printable(name), 'bold')} still has lines for the library; remove them by hand:")
        for line in lines:
            print(f"  {printable(line)}")
    if result.left:
        print(f"models left: {', '.join(result.left)}")
    return 0
