"""``mlfgen doctor``."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path

from generator.cli.terminal import paint, table
from generator.compose.freertos import KERNEL
from generator.model.options import NONE
from generator.toolchain.doctor import Finding
from generator.toolchain.probes import check_computer
from generator.toolchain.readiness import Readiness, judge_rtoses
from generator.toolchain.runner import SystemRunner


def run(args: argparse.Namespace) -> int:
    """Print what is installed; exit code 1 if applications can be built and run for no RTOS at all."""
    findings = check_computer(Path.cwd(), SystemRunner(), dict(os.environ), KERNEL.path)
    rtoses = judge_rtoses(findings)
    ok = any(each.runs for each in rtoses)
    if args.json:
        print(json.dumps(_as_json(findings, rtoses, ok), indent=2))
        return 0 if ok else 1
    rows = [
        (
            paint("ok", "green") if f.ok else paint("MISSING", "red") if f.rtoses else "optional",
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
    print()
    for each in rtoses:
        print("\n".join(_lines(each)))
    return 0 if ok else 1


def _lines(each: Readiness) -> list[str]:
    rtos = "none (bare metal)" if each.rtos == NONE else each.rtos
    if each.runs:
        return [f"--rtos {rtos}: {paint('ready', 'green')}"]
    lacking = ", ".join(finding.name for finding in each.missing)
    what = f"builds, but can't run here without one of {lacking}" if each.builds else f"missing {lacking}"
    return [f"--rtos {rtos}: {what}", *(f"  {command}" for command in each.commands)]


def _as_json(findings: Sequence[Finding], rtoses: Sequence[Readiness], ok: bool) -> dict[str, object]:
    return {
        "ok": ok,
        "rtoses": {
            each.rtos: {
                "builds": each.builds,
                "runs": each.runs,
                "missing": [finding.name for finding in each.missing],
                "install": list(each.commands),
            }
            for each in rtoses
        },
        "findings": [
            {
                "name": f.name,
                "ok": f.ok,
                "required_by": list(dict.fromkeys(f.rtoses)),
                "needed_for": f.needed_for,
                "version": f.version,
                "path": f.path,
                "problem": f.problem,
                "install": f.install,
            }
            for f in findings
        ],
    }
