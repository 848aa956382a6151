"""What compiled code prints does not reach standard output, and everything else does."""

from __future__ import annotations

import subprocess
import sys

PRINTING = """
import ctypes, os
from generator.c_stdout import c_output_dropped
libc = ctypes.CDLL("ucrtbase" if os.name == "nt" else None)
libc.puts(b"before")
print("python before")
with c_output_dropped():
    libc.puts(b"within")
libc.puts(b"after")
"""

FAILING = """
from generator.c_stdout import c_output_dropped
try:
    with c_output_dropped():
        raise KeyError
except KeyError:
    print("printed again")
"""

CLOSED = """
import os, sys
os.close(1)
from generator.c_stdout import c_output_dropped
with c_output_dropped():
    sys.exit(7)
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


def test_only_what_is_printed_within_is_dropped() -> None:
    assert sorted(run(PRINTING).stdout.split("\n")) == ["", "after", "before", "python before"]


def test_standard_output_comes_back_after_an_exception() -> None:
    assert run(FAILING).stdout == "printed again\n"


def test_a_process_without_standard_output_is_left_alone() -> None:
    assert run(CLOSED).returncode == 7
