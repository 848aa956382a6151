"""``mlfgen session``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from generator.cli.terminal import table
from generator.errors import UsageError
from generator.model.archive import ModelLibrary
from generator.pipeline.session import SessionResult, choose_model, project_models, run_session
from generator.pipeline.session_inputs import array_of, load_inputs
from generator.pipeline.transport import TransportOptions, open_transport
from generator.toolchain.runner import SystemRunner
from generator.wording import counted

_SHOWN = 8


def run(args: argparse.Namespace) -> int:
    if args.runs < 0 or args.sessions < 1:
        raise UsageError(
            "--runs must be 0 or more, --sessions 1 or more", hint="for example: --runs 10 --sessions 1"
        )
    if args.output and not Path(args.output).parent.is_dir():
        raise UsageError(
            "no such folder",
            where=str(Path(args.output).parent),
            hint="create it, or choose another --output",
        )
    app = Path(args.app)
    library = choose_model(project_models(app), args.model)
    sets = load_inputs(Path(args.inputs) if args.inputs else None, library)
    transport = open_transport(
        app,
        TransportOptions(args.transport, args.port, args.serial_number, args.baud),
        starter=SystemRunner(),
        env=dict(os.environ),
        build_folder=Path(args.build_folder) if args.build_folder else None,
    )
    try:
        results = [run_session(transport, library, sets, args.runs, _tell) for _ in range(args.sessions)]
    finally:
        transport.close()
    if args.json:
        print(json.dumps([_as_json(result) for result in results], indent=2))
    else:
        for number, result in enumerate(results):
            print("\n".join(_lines(library, result, number)))
    if args.output:
        _save(Path(args.output), library, results[-1])
    # A session that leaks memory would in time exhaust a device that is never reset.
    return 0 if all(result.after_bytes == results[0].before_bytes for result in results) else 1


def _tell(line: str) -> None:
    print(f"device: {line}", file=sys.stderr)


def _lines(library: ModelLibrary, result: SessionResult, number: int) -> list[str]:
    rows = []
    for index, outputs in enumerate(result.outputs):
        for tensor, data in zip(library.outputs, outputs, strict=True):
            values = array_of(data, tensor).ravel()
            more = ", …" if values.size > _SHOWN else ""
            shown = ", ".join(f"{value:g}" for value in values[:_SHOWN].tolist())
            rows.append((str(index), tensor.name, shown + more))
    lines = [f"session {number}: model {result.model}", *table(("set", "output", "values"), rows)]
    if result.seconds:
        clock = (
            "the device's clock"
            if result.on_device_clock
            else "this computer's clock, including communication"
        )
        us = sorted(seconds * 1e6 for seconds in result.seconds)
        lines.append(
            f"{counted(len(us), 'run')} timed by {clock}: minimum {us[0]:,.0f} us, "
            f"median {us[len(us) // 2]:,.0f} us, maximum {us[-1]:,.0f} us"
        )
    lines.append(
        f"device memory in use: {counted(result.before_bytes, 'byte')} before the session, "
        f"{result.held_bytes:,} during it, {result.after_bytes:,} after it"
    )
    return lines


def _as_json(result: SessionResult) -> dict[str, object]:
    return {
        "model": result.model,
        "outputs": [[data.hex() for data in outputs] for outputs in result.outputs],
        "seconds": list(result.seconds),
        "clock": "device" if result.on_device_clock else "host",
        "memory_in_use_bytes": {
            "before": result.before_bytes,
            "during": result.held_bytes,
            "after": result.after_bytes,
        },
        "log": list(result.log),
    }


def _save(path: Path, library: ModelLibrary, result: SessionResult) -> None:
    """``out<J>_<K>``: output J of set K."""
    import numpy

    arrays = {
        f"out{index}_{number}": array_of(data, tensor)
        for number, outputs in enumerate(result.outputs)
        for index, (tensor, data) in enumerate(zip(library.outputs, outputs, strict=True))
    }
    try:
        with path.open("wb") as file:
            numpy.savez(file, **arrays)  # type: ignore[arg-type]  # numpy has an option among them
    except OSError as error:
        raise UsageError(
            f"can't be written: {error.strerror}", where=str(path), hint="choose another --output"
        ) from None
