"""Run the models of a host-driven application from here: session after session on one transport."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from generator.errors import TargetError, UsageError
from generator.model.archive import ModelLibrary
from generator.pipeline.firmware import load_firmware
from generator.pipeline.inputs import load_archives
from generator.session import RemoteExecutor, RemoteSession
from generator.session.graph import GraphExecutor
from generator.toolchain.clock import monotonic_s
from generator.toolchain.stream_transport import StreamTransport

#: the device's own figure for the memory that sessions use
IN_USE = "memory_in_use_bytes"

#: runs timed by one request: their times fit in the smallest packet, and they end before an answer is overdue
_TIMED = 8


class SessionResult(Struct, frozen=True):
    """What one session gave.

    outputs:      for every set of inputs, little-endian bytes per output, in the model's order.
    seconds:      for every timed run: of the device's clock for a model that it runs as a whole, else of
                  this computer's, with the way to the device and back.
    before_bytes, held_bytes, after_bytes: of the device's memory in use, when the session began, before it
                  ended, and in the next one.
    """

    model: str
    outputs: tuple[tuple[bytes, ...], ...]
    seconds: tuple[float, ...]
    on_device_clock: bool
    before_bytes: int
    held_bytes: int
    after_bytes: int
    log: tuple[str, ...]


def project_models(app: Path) -> tuple[ModelLibrary, ...]:
    """The models of a host-driven project. Raises TargetError when it keeps no archive."""
    firmware = load_firmware(app)
    if not firmware.archives:
        raise TargetError(
            "the project contains no archive, which a session needs",
            where=str(app),
            hint="generate it again with --project-type host_driven",
        )
    archives = load_archives(tuple(app / path for path in firmware.archives), {})
    return tuple(library for archive in archives for library in archive.models)


def choose_model(models: Sequence[ModelLibrary], name: str | None) -> ModelLibrary:
    """The model of the name, or the only one. Raises UsageError."""
    names = ", ".join(model.name for model in models)
    if name is None and len(models) == 1:
        return models[0]
    for model in models:
        if model.name == name:
            return model
    raise UsageError(
        f"no model is named '{name}'" if name else f"the application has {len(models)} models",
        hint=f"choose one with --model: {names}",
    )


@contextmanager
def connected(
    transport: StreamTransport, on_log: Callable[[str], None] | None = None
) -> Iterator[RemoteSession]:
    """A session on transport, ended on the way out; the transport stays open. Raises SessionError."""
    session = RemoteSession(
        transport,
        clock=monotonic_s,
        nonce=random.randint(1, 255),
        timeouts=transport.timeouts,
        on_log=on_log,
    )
    with session:
        yield session


class ModelOnDevice:
    """A model in a session: as a whole if the device runs it that way, otherwise operator by operator."""

    def __init__(self, session: RemoteSession, library: ModelLibrary) -> None:
        self._library = library
        self._executor: RemoteExecutor | GraphExecutor = (
            session.executor(library.name) if library.graph is None else GraphExecutor(session, library.graph)
        )

    def run(self, inputs: Sequence[bytes]) -> tuple[bytes, ...]:
        """Run the model once.

        inputs: little-endian bytes per input, in the model's order; the outputs in the same form.
        """
        for index, data in enumerate(inputs):
            self._executor.input(index).write(data)
        self._executor.run()
        return tuple(self._executor.output(index).read() for index in range(len(self._library.outputs)))

    def time(self, runs: int) -> tuple[tuple[float, ...], bool]:
        """(seconds of each run, whether they are of the device's clock)."""
        seconds: list[float] = []
        if isinstance(self._executor, RemoteExecutor):
            while len(seconds) < runs:
                seconds += self._executor.time("run", number=1, repeat=min(_TIMED, runs - len(seconds)))
            return tuple(seconds), True
        for _ in range(runs):
            began = monotonic_s()
            self._executor.run()
            seconds.append(monotonic_s() - began)
        return tuple(seconds), False


def run_session(
    transport: StreamTransport,
    library: ModelLibrary,
    sets: Sequence[Sequence[bytes]],
    runs: int = 0,
    on_log: Callable[[str], None] | None = None,
) -> SessionResult:
    """One session: every set of inputs once, then runs timed runs, then what it leaves behind.

    on_log: called with each line that the device logs, as it comes: a fault's report comes before its error.

    Raises SessionError, RemoteError, IoTimeoutError, TransportClosedError.
    """
    log: list[str] = []

    def take(line: str) -> None:
        log.append(line)
        if on_log is not None:
            on_log(line)

    with connected(transport, take) as session:
        before = session.stats()[IN_USE]
        model = ModelOnDevice(session, library)
        outputs = tuple(model.run(inputs) for inputs in sets)
        seconds, on_device = model.time(runs) if runs else ((), False)
        held = session.stats()[IN_USE]
    # The end of a session has no answer: only the next one can show what is left.
    with connected(transport, take) as session:
        after = session.stats()[IN_USE]
    return SessionResult(library.name, outputs, seconds, on_device, before, held, after, tuple(log))
