from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from host_c import HostC
from runtime_bench import Bench

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def bench(
    host_c: HostC, runtime_sources: tuple[Path, ...], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    program = host_c.build(tmp_path_factory.mktemp("runtime"), [*runtime_sources, HERE / "bench.c"])
    running = Bench(program)
    yield running
    running.close()
