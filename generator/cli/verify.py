"""``mlfgen verify``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from generator.cli.progress import BuildProgress
from generator.cli.request import request_of
from generator.cli.terminal import paint, table
from generator.errors import VerifyError
from generator.pipeline.judge import Verdict
from generator.pipeline.verify import VerifyRequest, verify
from generator.toolchain.runner import SystemRunner


def run(args: argparse.Namespace) -> int:
    generate = request_of(args, output=Path(args.work) if args.work else None)
    request = VerifyRequest(generate, args.float_tolerance, args.timeout)
    with BuildProgress(verbose=False, quiet=args.json) as progress:
        result = verify(request, runner=SystemRunner(), env=dict(os.environ), on_line=progress.line)
    verdict = result.verdict
    if args.json:
        print(json.dumps(_as_json(verdict), indent=2))
    else:
        print("\n".join(_lines(verdict)))
    sys.stdout.flush()
    if not verdict.equal:
        wrong = sum(1 for entry in verdict.sets if not entry.equal)
        raise VerifyError(
            f"{wrong} of {len(verdict.sets)} sets are not as recorded",
            hint="is it this archive's golden file? TVM and TFLite round differently: --golden-prefix",
        )
    if not args.json:
        where = f"{result.project.board.name}, {result.project.rtos}"
        print(f"{paint('all equal', 'green')}: {len(verdict.sets)} sets on {where}")
    return 0


def _lines(verdict: Verdict) -> list[str]:
    rows = [
        (
            entry.model,
            str(entry.number),
            "equal" if entry.equal else f"error: {entry.error}" if entry.error else "DIFFERS",
            f"{entry.time_us:,}" if entry.time_us is not None else "-",
        )
        for entry in verdict.sets
    ]
    lines = table(("model", "set", "outputs", "us on the target"), rows, right=(1, 3))
    lines += [str(mismatch) for mismatch in verdict.mismatches]
    lines += [
        f"{model}: {touched:,} of {reserved:,} workspace bytes touched"
        for model, (touched, reserved) in verdict.workspace_bytes.items()
    ]
    return lines


def _as_json(verdict: Verdict) -> dict[str, object]:
    return {
        "equal": verdict.equal,
        "sets": [
            {"model": s.model, "set": s.number, "equal": s.equal, "time_us": s.time_us, "error": s.error}
            for s in verdict.sets
        ],
        "mismatches": [str(mismatch) for mismatch in verdict.mismatches],
        "workspace_bytes": {
            model: {"touched": touched, "reserved": reserved}
            for model, (touched, reserved) in verdict.workspace_bytes.items()
        },
    }
