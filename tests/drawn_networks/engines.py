"""What reference interpreters make of a network, each in a process of its own: a crash ends only that."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from generator.errors import MlfgenError
from generator.model.reference import LITERT, TFLM
from generator.toolchain.reference import installed, run_reference

_PATIENCE_S = 60


@dataclass(frozen=True)
class Answer:
    """outputs: [set][output], or None and why not."""

    outputs: list[list[np.ndarray]] | None
    reason: str = ""


def load_engines() -> None:
    """Import the interpreters once, for the processes to share."""
    for engine in (LITERT, TFLM):
        if not installed(engine):
            raise SystemExit(f"{engine} is not installed: pip install 'mlfgen[reference]'")
    import ai_edge_litert.interpreter  # noqa: F401
    import tflite_micro  # noqa: F401


def ask(engine: str, model: bytes, sets: Sequence[Sequence[np.ndarray]]) -> Answer:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answer"
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            _answer(engine, model, sets, file)
        _, status = os.waitpid(child, 0)
        if file.is_file():
            found: Answer = pickle.loads(file.read_bytes())
            return found
        return Answer(None, f"ends with signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else "ends")


def _answer(engine: str, model: bytes, sets: Sequence[Sequence[np.ndarray]], file: Path) -> None:
    """Never returns."""
    try:
        signal.alarm(_PATIENCE_S)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 2)
        try:
            found = Answer(run_reference(engine, model, "model.tflite", sets))
        except MlfgenError as fault:
            found = Answer(None, fault.what)
        partial = file.with_suffix(".part")
        partial.write_bytes(pickle.dumps(found))
        partial.rename(file)
    finally:
        os._exit(0)
