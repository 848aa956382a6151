"""``mlfgen verify``."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from generator.cli.progress import BuildProgress
from generator.cli.text import paint, table
from generator.errors import ToolMissingError, UsageError, VerifyError
from generator.pipeline.arguments import generate_request
from generator.pipeline.build import build
from generator.pipeline.generate import generate
from generator.pipeline.run import explain_end
from generator.pipeline.run import run as run_app
from generator.pipeline.verify import Verdict, judge
from generator.toolchain.runner import SystemRunner


def run(args: argparse.Namespace) -> int:
    if not args.golden:
        raise UsageError(
            "verify needs recorded outputs", hint="give --golden FILE.npz (in<J>_<K>, tvm_out<J>_<K>)"
        )
    if args.work:
        return _verify(args, Path(args.work))
    with tempfile.TemporaryDirectory(prefix="mlfgen-verify-") as folder:
        app = Path(folder) / "app"
        try:
            return _verify(args, app)
        except ToolMissingError as error:
            # what a hint does with the project needs one that stays
            if error.hint and str(app) in error.hint:
                error.hint = (
                    f"add --work APP, which keeps the project; then {error.hint.replace(str(app), 'APP')}"
                )
                error.where = None
            raise


def _verify(args: argparse.Namespace, app: Path) -> int:
    project = generate(generate_request(args, output=app)).project
    if project.board.run is None:
        raise UsageError(
            f"nothing here runs images for board '{project.board.name}'",
            hint="`mlfgen boards` tells which boards run here",
        )
    env = dict(os.environ)
    with BuildProgress(verbose=False, quiet=args.json) as progress:
        build(app, runner=SystemRunner(), env=env, on_line=progress.line)
    if project.host is not None:
        from generator.pipeline.verify_host import verify_host_driven

        verdict = verify_host_driven(
            app, project, starter=SystemRunner(), env=env, float_tolerance=args.float_tolerance
        )
    else:
        result = run_app(app, starter=SystemRunner(), env=env, timeout_s=args.timeout)
        explain_end(result)
        verdict = judge(project, result.text, args.float_tolerance)
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
        print(
            f"{paint('all equal', 'green')}: {len(verdict.sets)} sets on {project.board.name}, {project.rtos}"
        )
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
