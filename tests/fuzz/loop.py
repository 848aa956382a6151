"""Run a target on changed seeds until time or runs are used up, or a fault is found."""

from __future__ import annotations

import random
import re
import signal
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from generator.errors import MlfgenError
from tests.fuzz import seeds
from tests.fuzz.mutate import mutate
from tests.fuzz.targets import Target

#: nothing that small takes so long to read, however slow the machine
LIMIT_S = 20.0
_POOL = 1000
_KEPT_BYTES = 1 << 18
_OURS = (seeds.ROOT / "generator", seeds.ROOT / "tests")
_MISTAKES = (AttributeError, NameError, TypeError, AssertionError, ZeroDivisionError)
_DETAIL = re.compile(r"'[^']*'|\"[^\"]*\"|[-\d][\d,.]*|0x[0-9a-f]+")


class TooSlow(BaseException):
    """An input that takes longer than LIMIT_S. Not an Exception, so that no reader takes it for a bad file."""


@dataclass
class Outcome:
    """runs: inputs tried; read: of them taken as good; refusals: kinds of refusal met.

    fault: the traceback of what was no refusal, and the input that causes it; None when there was none.
    """

    target: str
    runs: int = 0
    read: int = 0
    seconds: float = 0.0
    refusals: set[str] = field(default_factory=set)
    fault: tuple[str, bytes] | None = None

    def __str__(self) -> str:
        per_second = self.runs / self.seconds if self.seconds else 0.0
        return (
            f"{self.target}: {self.runs:,} inputs in {self.seconds:.1f} s ({per_second:,.0f} a second), "
            f"{self.read:,} read, {self.runs - self.read:,} refused in {len(self.refusals)} ways, "
            + ("a fault" if self.fault else "no fault")
        )


def fuzz(target: Target, *, seconds: float | None = None, runs: int | None = None, seed: int = 0) -> Outcome:
    """Inputs that are refused in a way not met before join those that are changed further."""
    rng = random.Random(seed)
    pool = target.seeds()
    outcome = Outcome(target.name)
    began_s = time.monotonic()
    before = signal.signal(signal.SIGALRM, _too_slow)
    try:
        for data in pool:
            if not _step(target, data, outcome):
                return outcome
        first = list(pool)
        while (runs is None or outcome.runs < runs) and (
            seconds is None or time.monotonic() - began_s < seconds
        ):
            known = len(outcome.refusals)
            data = mutate(rng.choice(pool if rng.random() < 0.5 else first), pool, rng)
            if not _step(target, data, outcome):
                break
            if len(outcome.refusals) > known and len(pool) < _POOL and len(data) < _KEPT_BYTES:
                pool.append(data)
    finally:
        signal.signal(signal.SIGALRM, before)
        outcome.seconds = time.monotonic() - began_s
    return outcome


def _too_slow(_number: int, _frame: FrameType | None) -> None:
    raise TooSlow(f"longer than {LIMIT_S:g} s")


def _step(target: Target, data: bytes, outcome: Outcome) -> bool:
    outcome.runs += 1
    fault = run_once(target, data, outcome)
    if fault is not None:
        outcome.fault = (fault, data)
    return fault is None


def hides_a_fault(error: BaseException) -> bool:
    """Whether a refusal covers up a mistake of our own.

    Readers of binary formats refuse whatever a library raises on a broken file; what our own lines raise is none
    of that.
    """
    cause = error.__cause__ or error.__context__
    while cause is not None:
        frames = traceback.extract_tb(cause.__traceback__)
        # Not the whole checkout: an environment in it holds libraries.
        ours = frames and any(Path(frames[-1].filename).is_relative_to(folder) for folder in _OURS)
        if isinstance(cause, _MISTAKES) and ours:
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def run_once(target: Target, data: bytes, outcome: Outcome) -> str | None:
    """The traceback of a fault, or None."""
    signal.setitimer(signal.ITIMER_REAL, LIMIT_S)
    try:
        target.read(data)
        outcome.read += 1
    except MlfgenError as error:
        if not error.what.strip() or hides_a_fault(error):
            return traceback.format_exc()
        outcome.refusals.add(_DETAIL.sub("_", error.what)[:100])
    except (Exception, TooSlow):
        return traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return None
