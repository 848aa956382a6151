"""The host port as a test double: the C server in a process of its own, in lock step with the test."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

from generator.session import IoTimeoutError, RemoteSession, Timeouts, TransportClosedError

ROOT = Path(__file__).resolve().parents[3]
RUNTIME = ROOT / "templates" / "runtime"
#: between the server and the models of an application; the server stands without
GLUE = ("rpc_console.c", "rpc_host.c")
SOURCES = sorted(path for path in (RUNTIME / "src").glob("rpc_*.c") if path.name not in GLUE)
STRICT = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-Wconversion", "-Wshadow"]
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"]


def compiler() -> str | None:
    return shutil.which("gcc") or shutil.which("cc")


def build_port(target: Path, *flags: str) -> Path:
    """Compile the host port with every warning an error and with sanitizers where the compiler has them."""
    base = [
        str(compiler()),
        *STRICT,
        "-O1",
        "-g",
        "-D_POSIX_C_SOURCE=200809L",
        f"-I{RUNTIME / 'include'}",
        *flags,
    ]
    inputs = [str(Path(__file__).with_name("host_port.c")), *map(str, SOURCES)]
    attempt = subprocess.run([*base, *SANITIZERS, *inputs, "-o", str(target)], capture_output=True, text=True)
    if attempt.returncode != 0 and "sanitize" in attempt.stderr:
        attempt = subprocess.run([*base, *inputs, "-o", str(target)], capture_output=True, text=True)
    if attempt.returncode != 0:
        raise AssertionError(attempt.stderr)
    return target


class Port:
    """The process. Every command returns what the device sent because of it."""

    def __init__(self, executable: Path, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [executable, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.status = 0

    def command(self, letter: bytes, data: bytes) -> bytes:
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(letter + struct.pack("<I", len(data)) + data)
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise AssertionError(f"the device died with {self._process.wait()}") from error
        head = self._process.stdout.read(8)
        if len(head) < 8:
            raise AssertionError(f"the device died with {self._process.wait()}")
        self.status, count = struct.unpack("<ii", head)
        return self._process.stdout.read(count)

    def feed(self, data: bytes) -> bytes:
        return self.command(b"F", data)

    def through_ring(self, data: bytes) -> bytes:
        return self.command(b"R", data)

    def reset(self, seed: int = 0) -> bytes:
        return self.command(b"I", bytes((seed,)))

    def break_writes(self, broken: bool) -> None:
        self.command(b"W", bytes((broken,)))

    def stop(self) -> bytes:
        return self.command(b"S", b"")

    def close(self) -> int:
        assert self._process.stdin is not None
        self._process.stdin.close()
        return self._process.wait(10)


class PortTransport:
    """A transport onto a Port; a read that finds nothing has timed out, since nothing more can come."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self.pending = b""
        self.closed = False
        self.sent: list[bytes] = []

    def read(self, n: int, timeout_s: float | None) -> bytes:
        if self.closed:
            raise TransportClosedError("the test closed it")
        if not self.pending:
            raise IoTimeoutError("nothing to read")
        data, self.pending = self.pending[:n], self.pending[n:]
        return data

    def write(self, data: bytes, timeout_s: float | None) -> None:
        if self.closed:
            raise TransportClosedError("the test closed it")
        self.sent.append(data)
        self.pending += self.port.feed(data)


class StepClock:
    """Seconds that grow by one at every look: timeouts come to pass without waiting."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        self.seconds += 1.0
        return self.seconds


def open_session(port: Port, nonce: int = 1, **options: object) -> RemoteSession:
    session = RemoteSession(
        PortTransport(port), clock=StepClock(), nonce=nonce, timeouts=Timeouts(0.5, 3.0, 100.0), **options
    )
    session.connect()
    return session
