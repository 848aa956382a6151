from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rpc_port import Port, build_port, compiler


@pytest.fixture(scope="session")
def executable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if compiler() is None:
        pytest.skip("no C compiler for the host port")
    return build_port(tmp_path_factory.mktemp("rpc") / "host_port")


@pytest.fixture(scope="session")
def shared_port(executable: Path) -> Iterator[Port]:
    """One device for all tests of a run, as on a bench: each test finds what the others left."""
    port = Port(executable)
    yield port
    assert port.close() == 0


@pytest.fixture
def port(shared_port: Port) -> Port:
    shared_port.reset()
    return shared_port
