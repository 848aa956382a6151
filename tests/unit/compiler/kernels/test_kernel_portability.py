"""The kernel headers compile without a warning, each by itself, for cores with and without the DSP extension."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from host_c import STRICT
from kernel_programs import KERNELS

HEADERS = (
    "requantize.h",
    "dot_s8.h",
    "conv_s8.h",
    "depthwise_s8.h",
    "depthwise_direct_s8.h",
    "fully_connected_s8.h",
    "elementwise_s8.h",
    "pool_s8.h",
)


@pytest.mark.parametrize("core", ["cortex-m0", "cortex-m3", "cortex-m4", "cortex-m33", "cortex-m55"])
def test_each_header_compiles_alone_for_every_core(tmp_path: Path, core: str) -> None:
    compiler = shutil.which("arm-none-eabi-gcc")
    if compiler is None:
        pytest.skip("no cross compiler (arm-none-eabi-gcc)")
    for header in HEADERS:
        source = tmp_path / "only.c"
        source.write_text(f'#include "{header}"\n#include "{header}"\nextern int nothing;\n')
        flags = (*STRICT, "-Os", "-mthumb", f"-mcpu={core}", f"-I{KERNELS}")
        done = subprocess.run([compiler, *flags, "-c", str(source), "-o", str(tmp_path / "only.o")])
        assert done.returncode == 0, header


@pytest.mark.parametrize(
    "target", ["thumbv7em-none-eabi -mcpu=cortex-m7", "riscv32-none-elf -march=rv32imac"]
)
def test_the_headers_compile_with_clang(tmp_path: Path, target: str) -> None:
    compiler = shutil.which("clang")
    if compiler is None:
        pytest.skip("no clang")
    source = tmp_path / "all.c"
    source.write_text("".join(f'#include "{header}"\n' for header in HEADERS) + "extern int nothing;\n")
    flags = (*STRICT, "-ffreestanding", f"-I{KERNELS}")
    argv = [compiler, *f"--target={target}".split(), *flags, "-c", str(source), "-o", str(tmp_path / "all.o")]
    assert subprocess.run(argv).returncode == 0
