"""Serves this folder to clients of TVM's Project API. The server itself is mlfgen's: this only starts it."""

import os
import shutil
import sys
from pathlib import Path

COMMAND = ["serve", "--project", str(Path(__file__).resolve().parent), *sys.argv[1:]]
program = os.environ.get("MLFGEN") or shutil.which("mlfgen")
if program is None:
    beside = Path(sys.executable).with_name("mlfgen")
    program = str(beside) if beside.is_file() else None
if program is None:
    sys.exit("mlfgen is neither in PATH nor named by the environment variable MLFGEN: pip install mlfgen")
os.execv(program, [program, *COMMAND])
