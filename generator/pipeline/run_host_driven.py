"""Run every recorded input set through sessions with a host-driven application."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from generator.errors import RunError
from generator.model.project import Project
from generator.pipeline.session import IN_USE, ModelOnDevice, connected, project_models
from generator.pipeline.transport import TransportOptions, open_transport
from generator.readers.console import SampleRuns
from generator.session import RemoteError
from generator.toolchain.runner import ProgramStarter
from generator.wording import counted

_US = 1e6


def run_host_driven(
    app: Path, project: Project, *, starter: ProgramStarter, env: Mapping[str, str]
) -> SampleRuns:
    """One session per model, on the board's emulator. What the device refuses is that set's error.

    Raises SessionError when the device is silent, RunError when a session leaves memory in use behind.
    """
    outputs: dict[tuple[str, int, int], bytes] = {}
    times: dict[tuple[str, int], int] = {}
    errors: dict[tuple[str, int], str] = {}
    transport = open_transport(app, TransportOptions("emulator"), starter=starter, env=env)
    try:
        for library in project_models(app):
            samples = [sample for sample in project.samples if sample.model == library.name]
            with connected(transport) as session:
                model = ModelOnDevice(session, library)
                for number, sample in enumerate(samples):
                    try:
                        found = model.run(sample.inputs)
                    except RemoteError as error:
                        errors[library.name, number] = error.what
                        continue
                    outputs |= {(library.name, number, index): data for index, data in enumerate(found)}
                    seconds, on_device = model.time(1)
                    if on_device:
                        times[library.name, number] = round(seconds[0] * _US)
        with connected(transport) as session:
            left = session.stats()[IN_USE]
    finally:
        transport.close()
    if left:
        raise RunError(
            f"the device leaks memory: {counted(left, 'byte')} in use after all sessions have ended",
            where=project.board.name,
            hint="this is a bug in the runtime; please report it",
        )
    return SampleRuns(outputs, times, errors, {}, len(errors))
