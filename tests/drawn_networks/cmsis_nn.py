"""CMSIS-NN from its sources, for networks that are compiled to call it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Library:
    """archive: of the library's objects. flags: of the C compiler, for its headers."""

    archive: Path
    flags: tuple[str, ...]


def build_library(source: Path, folder: Path, compiler: str, flags: Sequence[str]) -> Library:
    """source: CMSIS-NN's folder, with Include and Source. folder: for what is built."""
    folder.mkdir(parents=True, exist_ok=True)
    files = sorted((source / "Source").rglob("*_s8*.c")) + sorted((source / "Source").rglob("*upport*/*.c"))
    files = list(dict.fromkeys(files))
    include = f"-I{source / 'Include'}"

    def compile_one(file: Path) -> str:
        target = folder / f"{file.stem}.o"
        subprocess.run(
            [compiler, "-O2", "-w", *flags, include, "-c", str(file), "-o", str(target)], check=True
        )
        return str(target)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        objects = list(pool.map(compile_one, files))
    archive = folder / "libcmsis_nn.a"
    archiver = shutil.which("arm-none-eabi-ar") if "arm" in compiler else shutil.which("ar")
    subprocess.run([str(archiver), "rcs", str(archive), *objects], check=True)
    return Library(archive, (f"-isystem{source / 'Include'}",))
