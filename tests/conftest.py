"""What tests of several rooms need: the shared data, projects made from it, a C compiler."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from host_c import RUNTIME, HostC

from generator.advice.fit import check_fits
from generator.compose.project import compose
from generator.liveness.analysis import analyse
from generator.model.archive import Archive
from generator.model.board import Board
from generator.model.golden import Golden
from generator.model.options import GenerateOptions
from generator.model.project import Project
from generator.pipeline.boards import find_board
from generator.readers.archive.mlf import load_archive

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"

# a slow machine is no fault of what is tested
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")


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
    """make_project(name…, board="…", goldens={}, **options) -> the composed project, which fits its board."""

    def make(
        *names: str,
        board: str | Board = "stm32f746g_disco",
        goldens: Mapping[str, Golden] | None = None,
        **options: Any,
    ) -> Project:
        chosen = find_board(board) if isinstance(board, str) else board
        wanted = make_options(**options)
        archives = tuple(archive(n) for n in names)
        analyses = analyse((model for each in archives for model in each.models), wanted)
        project = compose(archives, chosen, wanted, goldens or {}, analyses)
        check_fits(project.report, chosen, wanted)
        return project

    return make


# ---- C on this computer


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
