"""A program that is told to end takes with it what it has started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
#: mlfgen with a command that runs a program which says its process id and never ends
SCRIPT = """
import os, pathlib, signal, sys, types
from generator.cli.main import main
from generator.toolchain.runner import SystemRunner

# A shell's background job, which the tests may be, is started with the interrupt ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)

def run(args):
    say = lambda line: print(line, flush=True)
    SystemRunner().run(("sh", "-c", "echo $$; exec sleep 1000"), pathlib.Path("."), dict(os.environ), say)

sys.modules["generator.cli.doctor"] = types.SimpleNamespace(run=run)
sys.exit(main(["doctor"]))
"""


def is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)]
)
def test_what_was_started_ends_with_the_program(number: signal.Signals, code: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    child = int(process.stdout.readline())
    process.send_signal(number)
    try:
        assert process.wait(10) == code
        limit_s = time.monotonic() + 5
        while is_running(child) and time.monotonic() < limit_s:
            time.sleep(0.05)
        assert not is_running(child)
    finally:
        if is_running(child):
            os.kill(child, signal.SIGKILL)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="signals as POSIX has them")
def test_a_hang_up_that_is_to_be_ignored_stays_ignored() -> None:
    script = (
        "import signal\nfrom generator.cli.main import main\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "main([])\nprint(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.splitlines()[-1] == "True"
