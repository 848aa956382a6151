"""TVM 0.12's own Project API client against the real server process and, through it, the C server.

The client is pure Python; it is read from a mirror of TVM's repository, which may be beside the project
(``../.mirror/apache+tvm/repo``) or named by MLFGEN_TVM_REPO. Without one these tests are skipped.
"""

from __future__ import annotations

import os
import random
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from generator.session import IoTimeoutError, RemoteSession, Timeouts

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "tests" / "unit"
RELEASE = "refs/tags/v0.12.0"
FILES = ("__init__.py", "client.py", "server.py")

SERVER = f"""\
import os, select, subprocess, sys
sys.path[:0] = [{str(ROOT)!r}, {str(UNIT / "projectapi")!r}]
from project_fakes import FakeHandler
from generator.projectapi import IoTimeoutError, TransportClosedError, TransportTimeouts, main

class DeviceHandler(FakeHandler):
    def open_transport(self, options):
        self.device = subprocess.Popen(
            [os.environ["DEVICE"], "stream"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        return TransportTimeouts(1.0, 5.0, 30.0)

    def close_transport(self):
        self.device.kill()
        self.device.communicate()

    def read_transport(self, n, timeout_sec):
        if not select.select([self.device.stdout], [], [], timeout_sec)[0]:
            raise IoTimeoutError("the device is silent")
        data = os.read(self.device.stdout.fileno(), n)
        if not data:
            raise TransportClosedError("the device is no longer connected")
        return data

    def write_transport(self, data, timeout_sec):
        try:
            self.device.stdin.write(data)
        except BrokenPipeError as error:
            raise TransportClosedError("the device is no longer connected") from error

main(DeviceHandler())
"""


def mirror() -> Path | None:
    places = (os.environ.get("MLFGEN_TVM_REPO"), ROOT.parent / ".mirror" / "apache+tvm" / "repo")
    return next((Path(place) for place in places if place and Path(place).is_dir()), None)


@pytest.fixture(scope="module")
def tvm_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    repository = mirror()
    if repository is None:
        pytest.skip("no mirror of TVM's repository")
    package = tmp_path_factory.mktemp("tvm") / "tvm_project_api"
    package.mkdir()
    for name in FILES:
        shown = subprocess.run(
            ["git", "-C", repository, "show", f"{RELEASE}:python/tvm/micro/project_api/{name}"],
            capture_output=True,
        )
        if shown.returncode != 0:
            pytest.skip(f"the mirror of TVM's repository has no {RELEASE}")
        (package / name).write_bytes(shown.stdout)
    sys.path.insert(0, str(package.parent))
    yield import_module("tvm_project_api.client")
    sys.path.remove(str(package.parent))


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sys.path.insert(0, str(UNIT / "runtime_rpc"))
    try:
        rpc_port = import_module("rpc_port")
    finally:
        sys.path.remove(str(UNIT / "runtime_rpc"))
    if rpc_port.compiler() is None:
        pytest.skip("no C compiler for the host port")
    target: Path = rpc_port.build_port(tmp_path_factory.mktemp("device") / "device")
    return target


@pytest.fixture
def api(tvm_client: Any, device: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("DEVICE", str(device))
    (tmp_path / tvm_client.SERVER_PYTHON_FILENAME).write_text(SERVER)
    client = tvm_client.instantiate_from_dir(tmp_path)
    yield client
    client.shutdown()


class TvmTransport:
    """What TVM's ProjectTransport is to TVM's session, for ours."""

    def __init__(self, client: Any, errors: Any) -> None:
        self._client = client
        self._errors = errors

    def read(self, n: int, timeout_s: float | None) -> bytes:
        try:
            data: bytes = self._client.read_transport(n, timeout_s)["data"]
        except self._errors.IoTimeoutError as error:
            raise IoTimeoutError("timeout") from error
        return data

    def write(self, data: bytes, timeout_s: float | None) -> None:
        self._client.write_transport(data, timeout_s)


def test_the_client_accepts_what_the_server_says_of_itself(api: Any) -> None:
    info = api.server_info_query("0.12.0")
    assert info["is_template"] is True
    assert [option["name"] for option in info["project_options"]] == [
        "rtos",
        "stack_bytes",
        "verbose",
        "port",
    ]


def test_the_client_raises_its_own_errors(tvm_client: Any, api: Any) -> None:
    errors = tvm_client.server
    with pytest.raises(errors.UnsupportedTVMVersionError, match=r"TVM 0\.7\.0 is too old"):
        api.server_info_query("0.7.0")
    with pytest.raises(errors.TransportClosedError):
        api.read_transport(1, 0.0)
    with pytest.raises(errors.ServerError, match="ninja: build stopped"):
        api.build({"rtos": "zephyr", "verbose": None})
    with pytest.raises(errors.JSONRPCError, match="option 'rtos' is required"):
        api.generate_project("model.tar", "crt", "project", {})
    assert (
        api.generate_project("model.tar", "crt", "project", {"rtos": "zephyr", "stack_bytes": None}) is None
    )


def test_sessions_run_through_the_client_again_and_again(tvm_client: Any, api: Any) -> None:
    errors = tvm_client.server
    in_use = set()
    for number in range(5):
        assert api.open_transport({})["timeouts"]["session_start_timeout_sec"] == 5.0
        session = RemoteSession(
            TvmTransport(api, errors),
            clock=time.monotonic,
            nonce=random.Random(number).randint(1, 255),
            timeouts=Timeouts(1.0, 10.0, 20.0),
        )
        for _ in range(10):
            session.connect()
            array = session.allocate((3000,), "uint8")
            array.write(bytes(range(250)) * 12)
            assert array.read() == bytes(range(250)) * 12
            model = session.executor()
            model.input(0).write(bytes((1, 2, 3, 4, 5, 6)))
            model.run()
            assert model.output(0).numpy().tolist()[:3] == [21, 1, 6]
            in_use.add(session.stats()["memory_in_use_bytes"])
        session.close()
        api.close_transport()
    assert in_use == {3000}


def test_a_launch_script_is_started_the_same_way(tvm_client: Any, device: Path, tmp_path: Path) -> None:
    (tmp_path / tvm_client.SERVER_PYTHON_FILENAME).write_text(SERVER)
    script = tmp_path / "launch_microtvm_api_server.sh"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    client = tvm_client.instantiate_from_dir(tmp_path)
    assert client.server_info_query("0.18.0")["protocol_version"] == 1
    client.shutdown()
