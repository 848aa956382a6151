"""Which RTOSes applications can be built and run for here, out of what the doctor found. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from generator.model.options import RTOSES
from generator.toolchain.doctor import Finding


class Readiness(Struct, frozen=True):
    """Whether applications for an RTOS can be built, and run, here.

    missing:  what keeps them from it: what a build lacks or, where it lacks nothing, everything that would run them.
    commands: what installs the missing, in this order; each is to be pasted as it is.
    """

    rtos: str
    builds: bool
    runs: bool
    missing: tuple[Finding, ...]
    commands: tuple[str, ...]


def judge_rtoses(findings: Sequence[Finding]) -> tuple[Readiness, ...]:
    """Every RTOS, in the order of the option table."""
    return tuple(_judge(rtos, findings) for rtos in RTOSES)


def _judge(rtos: str, findings: Sequence[Finding]) -> Readiness:
    lacking = [finding for finding in findings if rtos in finding.rtoses and not finding.ok]
    emulators = [finding for finding in findings if rtos in finding.runs]
    runs = not lacking and any(finding.ok for finding in emulators)
    missing = lacking if lacking or runs else emulators
    # Any one emulator is enough: the last in the list needs no package of the system.
    wanted = lacking or missing[-1:]
    return Readiness(rtos, not lacking, runs, tuple(missing), _commands(wanted))


def _commands(findings: Sequence[Finding]) -> tuple[str, ...]:
    """One command for all packages of one kind. An option, as brew's --cask, holds for all packages behind it."""
    commands: dict[str, list[str]] = {}
    for finding in findings:
        start, kind, rest = (finding.install or "").partition(" install ")
        options = [word for word in rest.split() if word.startswith("-")]
        named = commands.setdefault(" ".join([start + kind.rstrip(), *options]), [])
        named += [word for word in rest.split() if word not in options and word not in named]
    return tuple(" ".join([start, *packages]) for start, packages in commands.items())
