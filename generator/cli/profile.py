"""``mlfgen profile``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from generator.cli.pictures import write_picture
from generator.cli.terminal import operator_name, paint, table
from generator.errors import UsageError
from generator.model.profile import ModelProfile
from generator.pipeline.profile import ProfileRequest, ProfileResult, profile
from generator.render.profile_html import profile_cells
from generator.wording import counted


def run(args: argparse.Namespace) -> int:
    app = Path(args.app)
    build_folder = Path(args.build_folder) if args.build_folder else None
    result = profile(ProfileRequest(app, build_folder, _console(args.console)))
    title = f"{app.resolve().name} on {result.board}"
    if args.svg is not None:
        from generator.render.profile_svg import profile_svg

        write_picture(args.svg, profile_svg(result.models, title, result.unit))
    if args.html is not None:
        from generator.render.profile_html import profile_html

        write_picture(args.html, profile_html(result.models, title, result.unit))
    if args.json:
        print(json.dumps(_as_json(result), indent=2))
        return 0
    for model in result.models:
        print("\n".join([*model_lines(model, result.unit), ""]))
    for note in result.notes:
        print(f"note: {note}")
    if result.instructions is not None:
        print(f"{counted(result.instructions, 'instruction')} from power-up to the end of the run")
    return 0


def _console(path: str | None) -> str | None:
    """The recorded console output of a board; ``-`` is standard input."""
    if path is None:
        return None
    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise UsageError(
            f"can't be read: {error.strerror}", where=path, hint="check the path given to --console"
        ) from None
    return data.decode("utf-8", errors="replace")


def model_lines(model: ModelProfile, unit: str) -> list[str]:
    """A heading, and a table of the operators in the order in which they run."""
    runs = f"mean of {model.runs:,} runs" if model.runs > 1 else "one run"
    rate = f", {model.instructions / model.runs / model.macs:.2f} per MAC" if model.macs else ""
    macs = f", {counted(model.macs, 'multiply-add')}{rate}" if model.macs else ""
    lines = [
        f"{paint(model.model, 'bold')}: {model.instructions // model.runs:,} {unit} per inference{macs} ({runs})"
    ]
    rows = []
    for index, operator in enumerate(model.operators):
        what, *figures = profile_cells(model, index)
        rows.append((operator_name(operator.record.function), *figures, what))
    share = f"{100 * model.between / model.instructions:.1f}"
    rows.append(("between operators", "-", f"{model.between // model.runs:,}", share, "-", "-", "-", ""))
    header = ("operator", "calls", unit, "%", "MACs", "per MAC", "bytes", "kernel")
    lines += table(header, rows, right=(1, 2, 3, 4, 5, 6))
    if model.unseen:
        names = ", ".join(operator_name(name) for name in model.unseen)
        lines.append(f"not called, or inlined: {names}")
    return lines


def _as_json(result: ProfileResult) -> dict[str, object]:
    return {
        "board": result.board,
        "image": str(result.image),
        "unit": result.unit,
        "instructions": result.instructions,
        "models": {
            model.model: {
                "runs": model.runs,
                result.unit: model.instructions,
                f"between_{result.unit}": model.between,
                "macs": model.macs,
                "operators": [
                    {
                        "function": operator.record.function,
                        "what": operator.record.what,
                        "calls": operator.count.calls,
                        result.unit: operator.count.instructions,
                        "share": round(operator.count.instructions / model.instructions, 6),
                        "macs": operator.record.macs,
                        "touched_bytes": operator.record.touched_bytes,
                    }
                    for operator in model.operators
                ],
                "unseen": list(model.unseen),
            }
            for model in result.models
        },
        "notes": list(result.notes),
    }
