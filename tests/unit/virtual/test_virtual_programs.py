"""The test programs' machine code is what their sources say."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from virtual_programs import PRELUDE, PROGRAMS

AS, OBJCOPY = shutil.which("arm-none-eabi-as"), shutil.which("arm-none-eabi-objcopy")


@pytest.mark.firmware
@pytest.mark.skipif(AS is None or OBJCOPY is None, reason="arm-none-eabi binutils are not installed")
@pytest.mark.parametrize("name", PROGRAMS)
def test_code_is_the_assembled_source(name: str, tmp_path: Path) -> None:
    program = PROGRAMS[name]
    object_file, binary = tmp_path / "it.o", tmp_path / "it.bin"
    source = PRELUDE + program.source
    subprocess.run([str(AS), "-o", object_file, "-"], input=source.encode(), check=True)
    subprocess.run([str(OBJCOPY), "-O", "binary", "-j", ".text", object_file, binary], check=True)
    assert binary.read_bytes() == program.code
