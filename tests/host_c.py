"""C compiled for this computer and run: warnings fatal, address and undefined-behaviour sanitizers on."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUNTIME = ROOT / "templates" / "runtime"

#: of the C that is written by hand or by templates; the archives' own is not ours to warn about
STRICT = (
    *("-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-Wconversion", "-Wshadow", "-Wvla"),
    *("-Wstrict-prototypes", "-Wmissing-prototypes"),
)
SANITIZE = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer")
#: as model.cmake compiles it, without the sanitizer that judges signed overflow (TVM's C relies on -fwrapv's)
CODEGEN = ("-O1", "-g", "-w", "-ffp-contract=off", "-fno-strict-aliasing", "-fsanitize=address")
_PATIENCE_S = 120


class HostC:
    """Compiles C with the computer's own compiler, sanitizers on, warnings fatal, and runs it."""

    def __init__(self, compiler: str) -> None:
        ccache = shutil.which("ccache")
        self._compiler = [ccache, compiler] if ccache else [compiler]

    def compile(self, source: Path, output: Path, flags: Sequence[str], include: Sequence[Path]) -> Path:
        argv = [*self._compiler, *flags, *(f"-I{folder}" for folder in include)]
        self._call([*argv, "-c", str(source), "-o", str(output)])
        return output

    def link(self, objects: Sequence[Path], output: Path, flags: Sequence[str] = SANITIZE) -> Path:
        self._call([self._compiler[-1], *flags, *map(str, objects), "-o", str(output), "-lm"])
        return output

    def build(
        self,
        folder: Path,
        sources: Sequence[Path],
        *,
        include: Sequence[Path] = (),
        foreign: Sequence[Path] = (),
        defines: Sequence[str] = (),
        foreign_flags: Sequence[str] = (),
    ) -> Path:
        """An executable from our own sources, held to STRICT, and foreign ones, which are not."""
        folder.mkdir(parents=True, exist_ok=True)
        include = (*include, RUNTIME / "include", RUNTIME / "src")
        ours = (*STRICT, *SANITIZE, *(f"-D{define}" for define in defines))
        objects = [
            self.compile(source, folder / f"{number}_{source.stem}.o", flags, include)
            for number, (source, flags) in enumerate(
                [
                    *((source, ours) for source in sources),
                    *((source, (*CODEGEN, *foreign_flags)) for source in foreign),
                ]
            )
        ]
        return self.link(objects, folder / "program")

    @staticmethod
    def run(program: Path, *arguments: str, stdin: bytes = b"") -> str:
        """What the program prints. A non-zero end or anything a sanitizer says fails the test."""
        environment = {**os.environ, "UBSAN_OPTIONS": "print_stacktrace=1"}
        done = subprocess.run(
            [str(program), *arguments],
            input=stdin,
            capture_output=True,
            timeout=_PATIENCE_S,
            env=environment,
        )
        problem = done.stderr.decode(errors="replace")
        assert done.returncode == 0, f"{program.name} {arguments}: {done.returncode}\n{problem[-4000:]}"
        return done.stdout.decode()

    def _call(self, argv: list[str]) -> None:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=_PATIENCE_S)
        assert done.returncode == 0, f"{' '.join(argv)}\n{done.stderr[-6000:]}"
