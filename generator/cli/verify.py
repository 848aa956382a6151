"""``mlfgen verify``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from generator.cli.json_error import error_json
from generator.cli.progress import BuildProgress
from generator.cli.request import reports_every_mistake, request_of
from generator.cli.terminal import paint, table
from generator.errors import UsageError, VerifyError
from generator.pipeline.judge import Mismatch, Verdict
from generator.pipeline.reference import ReferenceOptions
from generator.pipeline.verify import VerifyRequest, VerifyResult, verify
from generator.toolchain.reference import ENGINE_NAMES
from generator.toolchain.runner import SystemRunner
from generator.wording import counted


@reports_every_mistake
def run(args: argparse.Namespace) -> int:
    generate = request_of(args, output=Path(args.work) if args.work else None)
    if args.sets < 0:
        raise UsageError(
            f"--sets {args.sets} is negative", hint="give a number of random input sets, 0 or more"
        )
    reference = ReferenceOptions(args.reference, args.sets, args.layers)
    request = VerifyRequest(generate, args.float_tolerance, args.timeout, reference)
    with BuildProgress(verbose=False, quiet=args.json or args.quiet) as progress:
        result = verify(request, runner=SystemRunner(), env=dict(os.environ), on_line=progress.line)
    verdict = result.verdict
    if not args.json:
        print("\n".join(_lines(verdict)))
        if verdict.mismatches and result.layers:
            print(f"first difference: {_layer_of(result, verdict.mismatches[0])}")
    sys.stdout.flush()
    fault: VerifyError | None = None
    compared = bool(result.engines)
    if not verdict.equal:
        wrong = sum(1 for entry in verdict.sets if not entry.equal)
        fault = VerifyError(
            f"the outputs of {wrong} of {counted(len(verdict.sets), 'set')} differ from the "
            f"{'reference interpreter' if compared else 'recorded outputs'}",
            hint="find the first operator that differs with --layers; docs/tflite.md says which interpreter is exact "
            "for which model"
            if compared
            else "check that the golden file belongs to this model; TVM and TFLite round differently, so another "
            "--golden-prefix may match",
        )
    if args.json:
        document = _as_json(result) | ({} if fault is None else {"error": error_json(fault)})
        print(json.dumps(document, indent=2))
        return 0 if fault is None else fault.exit_code
    if fault is not None:
        raise fault
    where = f"{result.project.board.name}, {result.project.rtos}"
    against = "".join(f", {model} against {ENGINE_NAMES[e]}" for model, e in result.engines.items())
    print(f"{paint('all equal', 'green')}: {counted(len(verdict.sets), 'set')} on {where}{against}")
    return 0


def _layer_of(result: VerifyResult, mismatch: Mismatch) -> str:
    """The operator that computes an output, and the output's name."""
    outputs = next(model.outputs for model in result.project.models if model.name == mismatch.model)
    place = next(i for i, tensor in enumerate(outputs) if tensor.name == mismatch.output)
    return f"{result.layers[mismatch.model][place]}, tensor '{mismatch.output}'"


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


def _as_json(result: VerifyResult) -> dict[str, object]:
    verdict = result.verdict
    return {
        "reference": dict(result.engines) or None,
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
