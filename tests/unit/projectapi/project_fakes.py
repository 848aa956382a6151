"""A handler that does nothing but remember, and a server process around it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generator.errors import BuildError
from generator.projectapi import (
    IoTimeoutError,
    ProjectHandler,
    ProjectOption,
    ServerInfo,
    TransportClosedError,
    TransportTimeouts,
    UnsupportedTVMVersionError,
)

OPTIONS = (
    ProjectOption(
        "rtos", "str", "operating system", required=("generate_project",), choices=("zephyr", "freertos")
    ),
    ProjectOption("stack_bytes", "int", "main stack", optional=("generate_project",), default=4096),
    ProjectOption("verbose", "bool", "print more", optional=("build", "flash")),
    ProjectOption("port", "str", "serial port", optional=("open_transport",)),
)


class FakeHandler(ProjectHandler):
    """Echoes what is written; a byte 0xEE makes the device vanish."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.pending = b""

    def server_info(self) -> ServerInfo:
        return ServerInfo("fake", True, None, OPTIONS)

    def check_tvm_version(self, tvm_version: str) -> None:
        if tvm_version.startswith("0.7"):
            raise UnsupportedTVMVersionError(f"TVM {tvm_version} is too old")

    def generate_project(
        self,
        model_library_format_path: Path,
        standalone_crt_dir: Path,
        project_dir: Path,
        options: Mapping[str, Any],
    ) -> None:
        self.calls.append(("generate_project", (model_library_format_path, project_dir, dict(options))))

    def build(self, options: Mapping[str, Any]) -> None:
        self.calls.append(("build", dict(options)))
        print("a build tool prints to standard output", flush=True)
        raise BuildError("ninja: build stopped", where="src/main.c", hint="see the log")

    def flash(self, options: Mapping[str, Any]) -> None:
        self.calls.append(("flash", dict(options)))
        raise KeyError("a fault of the handler's own")

    def open_transport(self, options: Mapping[str, Any]) -> TransportTimeouts:
        self.calls.append(("open_transport", dict(options)))
        return TransportTimeouts(1.0, 5.0, 30.0)

    def close_transport(self) -> None:
        self.calls.append(("close_transport", None))

    def read_transport(self, n: int, timeout_sec: float | None) -> bytes:
        if not self.pending:
            time.sleep(1e6 if timeout_sec is None else timeout_sec)
            raise IoTimeoutError(f"nothing in {timeout_sec} s")
        data, self.pending = self.pending[:n], self.pending[n:]
        return data

    def write_transport(self, data: bytes, timeout_sec: float | None) -> None:
        if b"\xee" in data:
            raise TransportClosedError("the cable was pulled")
        self.pending += data


ROOT = Path(__file__).resolve().parents[3]
SERVER = "from project_fakes import FakeHandler; from generator.projectapi import main; main(FakeHandler())"


class ServerProcess:
    """The real server in a process of its own, on two pipes or on standard input and output."""

    def __init__(self, *arguments: str, stdio: bool = False) -> None:
        search = os.pathsep.join((str(Path(__file__).parent), str(ROOT)))
        command = [sys.executable, "-c", SERVER, *arguments]
        environment = {**os.environ, "PYTHONPATH": search}
        if stdio:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
            )
            assert self.process.stdin is not None and self.process.stdout is not None
            self.requests, self.answers = self.process.stdin, self.process.stdout
            return
        server_reads, client_writes = os.pipe()
        client_reads, server_writes = os.pipe()
        self.process = subprocess.Popen(
            [*command, "--read-fd", str(server_reads), "--write-fd", str(server_writes)],
            pass_fds=(server_reads, server_writes),
            stderr=subprocess.PIPE,
            env=environment,
        )
        os.close(server_reads)
        os.close(server_writes)
        self.requests = os.fdopen(client_writes, "wb", buffering=0)
        self.answers = os.fdopen(client_reads, "rb")

    def send(self, line: bytes) -> dict[str, Any]:
        self.requests.write(line)
        self.requests.flush()
        answer: dict[str, Any] = json.loads(self.answers.readline())
        return answer

    def request(self, method: str, **params: Any) -> dict[str, Any]:
        return self.send(
            json.dumps({"jsonrpc": "2.0", "method": method, "params": params, "id": 7}).encode() + b"\n"
        )

    def end(self) -> tuple[int, str]:
        self.requests.close()
        assert self.process.stderr is not None
        errors = self.process.stderr.read().decode()
        return self.process.wait(10), errors
