"""What tests of several rooms need: the shared data, projects made from it, and C compiled for this computer."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from generator.compose.project import compose
from generator.model.archive import Archive
from generator.model.board import Board
from generator.model.golden import Golden
from generator.model.options import GenerateOptions
from generator.model.project import Project
from generator.pipeline import find_board
from generator.readers.mlf import load_archive

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
SAMPLES = ROOT / "samples"
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


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write the golden trees and contexts as they are now"
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


# ---- data


@pytest.fixture(scope="session")
def shared() -> Path:
    if not (SHARED / "archives").is_dir():
        pytest.skip("the shared archives are not here (../shared)")
    return SHARED


@pytest.fixture(scope="session")
def archive_path(shared: Path) -> Callable[[str], Path]:
    """name without ending -> the archive's path."""
    return lambda name: shared / "archives" / f"{name}.tar"


@pytest.fixture(scope="session")
def archive(archive_path: Callable[[str], Path]) -> Callable[[str], Archive]:
    cache: dict[str, Archive] = {}

    def load(name: str) -> Archive:
        if name not in cache:
            cache[name] = load_archive(archive_path(name))
        return cache[name]

    return load


@pytest.fixture(scope="session")
def make_options() -> Callable[..., GenerateOptions]:
    def make(**changes: Any) -> GenerateOptions:
        values: dict[str, Any] = {
            "rtos": "zephyr",
            "pools": {},
            "reserved_bytes": {},
            "share_workspace": False,
            "stack_bytes": 4096,
            "planner": "portfolio",
        }
        return GenerateOptions(**values | changes)

    return make


@pytest.fixture(scope="session")
def make_project(
    archive: Callable[[str], Archive], make_options: Callable[..., GenerateOptions]
) -> Callable[..., Project]:
    """make_project(name…, board="…", goldens={}, **options) -> the composed project."""

    def make(
        *names: str,
        board: str | Board = "stm32f746g_disco",
        goldens: Mapping[str, Golden] | None = None,
        **options: Any,
    ) -> Project:
        chosen = find_board(board) if isinstance(board, str) else board
        return compose(tuple(archive(n) for n in names), chosen, make_options(**options), goldens or {})

    return make


# ---- C on this computer


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


@pytest.fixture(scope="session")
def host_c() -> HostC:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler for this computer (gcc)")
    return HostC(compiler)


@pytest.fixture(scope="session")
def runtime_sources() -> tuple[Path, ...]:
    """The runtime's own C files, without the RPC server's."""
    return tuple(sorted((RUNTIME / "src").glob("mlf_*.c")))
