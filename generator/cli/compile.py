"""``mlfgen compile``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from msgspec.structs import asdict

from generator.cli.terminal import paint, table
from generator.compiler.compile import CompileOptions
from generator.compiler.explain import LayerRow, explain
from generator.errors import ArchiveError, UsageError
from generator.pipeline.compile import CompileRequest, CompileResult, compile_file
from generator.pipeline.options import effort_percent
from generator.readers.text.names import check_identifier
from generator.wording import counted


def run(args: argparse.Namespace) -> int:
    if args.name is not None:
        try:
            check_identifier(args.name, "model name", "--name")
        except ArchiveError as error:
            hint = "use letters, digits and underscores, and don't begin with a digit"
            raise UsageError(error.what, where=error.where, hint=hint) from None
    model = Path(args.model)
    if args.output == "":
        raise UsageError("--output is empty", hint="check the variable that it comes from")
    output = Path(args.output) if args.output else None if args.explain else Path(f"{model.stem}.tar")
    options = CompileOptions(args.name, args.planner, args.kernels, effort_percent(args.effort))
    result = compile_file(CompileRequest(model, output, options))
    if args.json:
        print(json.dumps(_as_json(result, output), indent=2))
        return 0
    if args.explain:
        print("\n".join(_layer_lines(explain(result.compiled))))
        print()
    print("\n".join(_summary(result)))
    if output is None:
        print("no archive was written; --output FILE writes one")
    else:
        print(f"{paint(str(output), 'bold')}: {counted(result.archive_bytes, 'byte')}")
    return 0


def _summary(result: CompileResult) -> list[str]:
    compiled = result.compiled
    macs = sum(step.macs for step in compiled.steps)
    constants = sum(step.constants_bytes for step in compiled.steps)
    state = f"; state {counted(compiled.state_bytes, 'byte')}" if compiled.state_bytes else ""
    lines = [
        f"{paint(compiled.name, 'bold')}: {counted(len(result.network.main.operators), 'operator')}, "
        f"{counted(len(compiled.steps), 'step')}, {counted(macs, 'multiply-add')}",
        f"workspace {counted(compiled.memory.size_bytes, 'byte')}, including inputs, outputs and scratch; "
        f"constants {counted(constants, 'byte')}{state}",
    ]
    if compiled.memory.plan is not None:
        lines.append(f"plan: {', '.join(use.certificate for use in compiled.memory.plan.uses)}")
    return [*lines, *(f"note: {note}" for note in compiled.program.notes)]


def _layer_lines(rows: tuple[LayerRow, ...]) -> list[str]:
    lines = table(
        ("op", "kind", "shape", "kernel", "MACs", "constants", "scratch", "offset"),
        [
            (
                str(row.operator),
                row.kind,
                row.shape,
                row.what,
                f"{row.macs:,}" if row.macs else "-",
                f"{row.constants_bytes:,}" if row.constants_bytes else "-",
                f"{row.scratch_bytes:,}" if row.scratch_bytes else "-",
                "-" if row.place is None else f"{row.place:,}",
            )
            for row in rows
        ],
        right=(0, 4, 5, 6, 7),
    )
    notes = [f"operator {row.operator}: {note}" for row in rows for note in row.notes]
    return [*lines, *notes]


def _as_json(result: CompileResult, output: Path | None) -> dict[str, object]:
    compiled = result.compiled
    return {
        "model": compiled.name,
        "output": None if output is None else str(output),
        "archive_bytes": result.archive_bytes if output is not None else 0,
        "workspace_bytes": compiled.memory.size_bytes,
        "state_bytes": compiled.state_bytes,
        "constants_bytes": sum(step.constants_bytes for step in compiled.steps),
        "macs": sum(step.macs for step in compiled.steps),
        "layers": [asdict(row) for row in explain(compiled)],
        "notes": list(compiled.program.notes),
    }
