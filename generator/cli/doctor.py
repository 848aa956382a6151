"""``mlfgen doctor``."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from generator.cli.terminal import paint, table
from generator.toolchain.probes import check_computer
from generator.toolchain.runner import SystemRunner


def run(args: argparse.Namespace) -> int:
    findings = check_computer(Path.cwd(), SystemRunner(), dict(os.environ))
    missing = [finding for finding in findings if not finding.ok and finding.required]
    if args.json:
        print(
            json.dumps(
                {
                    "ok": not missing,
                    "findings": [
                        {
                            "name": f.name,
                            "ok": f.ok,
                            "required": f.required,
                            "needed_for": f.needed_for,
                            "version": f.version,
                            "path": f.path,
                            "problem": f.problem,
                            "install": f.install,
                        }
                        for f in findings
                    ],
                },
                indent=2,
            )
        )
        return 1 if missing else 0
    rows = [
        (
            paint("ok", "green") if f.ok else paint("MISSING", "red") if f.required else "optional",
            f.name,
            f.version or "-",
            f.needed_for,
        )
        for f in findings
    ]
    print("\n".join(table(("", "component", "version", "needed for"), rows)))
    for finding in findings:
        if not finding.ok:
            print(f"{finding.name}: {finding.problem}")
            print(f"  install: {finding.install}")
    if not missing:
        print("ready to build firmware")
    return 1 if missing else 0
