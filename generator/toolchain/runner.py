"""Other programs: run to their end with their output live, or started and talked to."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from generator.errors import RunError, ToolMissingError

#: How long a program may take to end when it is asked to, before it is killed.
_GRACE_S = 2.0
#: A program that has ended may leave children that hold its output open: they are not waited for longer.
_ORPHANS_S = 0.5
_EXIT_S = 1.0
_POLL_S = 0.05
_CHUNK_BYTES = 65536


class CompletedCommand(Struct, frozen=True):
    """A program that has run to its end.

    output: standard output and error as they came, decoded as UTF-8 with replacement characters.
    """

    returncode: int
    output: str


class CommandRunner(Protocol):
    """Runs a program to its end. A protocol, so that a test can record what would be run."""

    def run(
        self,
        argv: Sequence[str],
        cwd: Path,
        env: Mapping[str, str],
        on_line: Callable[[str], None] | None = None,
        timeout_s: float | None = None,
    ) -> CompletedCommand:
        """Run argv in cwd with exactly the environment env.

        on_line: called with every line as it comes, without its line end.
        Raises ToolMissingError when the program can't be started and RunError after timeout_s. A return
        code other than 0 is the caller's to judge.
        """
        ...


class ByteStream(Protocol):
    """A console: bytes out of and into firmware."""

    def read(self, timeout_s: float) -> bytes | None:
        """What has come, waiting up to timeout_s for it: ``b""`` when nothing came, None at the end."""
        ...

    def write(self, data: bytes) -> None:
        """Raises RunError if the reader is gone."""
        ...

    def close(self) -> None:
        """End the connection and whatever is behind it. May be called twice."""
        ...


class RunningProgram(ByteStream, Protocol):
    """A program whose standard input and output are the console."""

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        ...


class ProgramStarter(Protocol):
    """Starts a program. Raises ToolMissingError when it can't be started."""

    def start(self, argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> RunningProgram: ...


class SystemRunner:
    """The CommandRunner and ProgramStarter that really run programs; never through a shell.

    Each program leads a process group of its own (POSIX), which is ended as a whole: on a timeout, on any
    exception (Ctrl-C among them) and when a console is closed.
    """

    def run(
        self,
        argv: Sequence[str],
        cwd: Path,
        env: Mapping[str, str],
        on_line: Callable[[str], None] | None = None,
        timeout_s: float | None = None,
    ) -> CompletedCommand:
        deadline_s = None if timeout_s is None else time.monotonic() + timeout_s
        program = SystemProgram(argv, cwd, env, stdin=subprocess.DEVNULL)
        lines: list[str] = []

        def deliver(line: bytes) -> None:
            text = line.removesuffix(b"\r").decode("utf-8", errors="replace")
            lines.append(text)
            if on_line is not None:
                on_line(text)

        try:
            unfinished = b""
            while (chunk := program.read(_wait_s(deadline_s))) is not None:
                *complete, unfinished = (unfinished + chunk).split(b"\n")
                for line in complete:
                    deliver(line)
                _check_time(deadline_s, timeout_s, argv)
            if unfinished:
                deliver(unfinished)
            while (returncode := program.wait(_wait_s(deadline_s))) is None:
                _check_time(deadline_s, timeout_s, argv)
        except BaseException:
            program.close()
            raise
        return CompletedCommand(returncode, "".join(line + "\n" for line in lines))

    def start(self, argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> RunningProgram:
        return SystemProgram(argv, cwd, env, stdin=subprocess.PIPE)


def _wait_s(deadline_s: float | None) -> float:
    return 1.0 if deadline_s is None else min(1.0, max(0.0, deadline_s - time.monotonic()))


def _check_time(deadline_s: float | None, timeout_s: float | None, argv: Sequence[str]) -> None:
    if deadline_s is not None and time.monotonic() >= deadline_s:
        raise RunError(
            f"it did not end within {timeout_s:g} s and was stopped",
            where=" ".join(argv),
            hint="its last lines of output show what it was doing",
        )


class SystemProgram:
    """A process as a ByteStream. Its output is read as it comes, so that it never waits for a reader."""

    def __init__(self, argv: Sequence[str], cwd: Path, env: Mapping[str, str], *, stdin: int) -> None:
        try:
            self._process = subprocess.Popen(
                list(argv),
                cwd=cwd,
                env=dict(env),
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            raise _not_started(argv[0], cwd, error) from error
        self._chunks: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._ended = False
        self._exit_seen_s: float | None = None
        threading.Thread(target=self._pump, daemon=True).start()

    def _pump(self) -> None:
        stdout = self._process.stdout
        if stdout is not None:
            with stdout:
                while chunk := stdout.read(_CHUNK_BYTES):
                    self._chunks.put(chunk)
        self._chunks.put(None)

    @property
    def returncode(self) -> int | None:
        return self._process.poll()

    def wait(self, timeout_s: float) -> int | None:
        """The return code, or None when the process still runs after timeout_s."""
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

    def read(self, timeout_s: float) -> bytes | None:
        limit_s = time.monotonic() + timeout_s
        while not self._ended:
            wait_s = limit_s - time.monotonic()
            try:
                chunk = self._chunks.get(timeout=max(0.0, min(_POLL_S, wait_s)))
            except queue.Empty:
                if self._only_orphans_left():
                    break
                if wait_s <= 0:
                    return b""
            else:
                if chunk is not None:
                    return chunk
                # The end of output comes a moment before the return code.
                self.wait(_EXIT_S)
                break
        self._ended = True
        return None

    def _only_orphans_left(self) -> bool:
        """Whether the process ended a while ago and another process keeps its output open."""
        if self._exit_seen_s is None and self._process.poll() is not None:
            self._exit_seen_s = time.monotonic()
        return self._exit_seen_s is not None and time.monotonic() - self._exit_seen_s >= _ORPHANS_S

    def write(self, data: bytes) -> None:
        stdin = self._process.stdin
        if stdin is None:
            raise RunError("its standard input is not connected")
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[stdin.write(rest) :]
        except (OSError, ValueError) as error:
            raise RunError("it has exited and reads no more input") from error

    def close(self) -> None:
        self._end_group(force=False)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE_S)
        # Children may have ignored the first signal even when their parent did not.
        self._end_group(force=True)
        self._process.wait()
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()

    def _end_group(self, *, force: bool) -> None:
        """End the program and what it has started: by its process group, or on Windows by its tree."""
        if not hasattr(os, "killpg"):
            argv = ["taskkill", "/T", *(["/F"] if force else []), "/PID", str(self._process.pid)]
            with contextlib.suppress(OSError):
                subprocess.run(argv, capture_output=True)
            if force:
                self._process.kill()
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL if force else signal.SIGTERM)


def _not_started(program: str, cwd: Path, error: OSError) -> RunError | ToolMissingError:
    if not cwd.is_dir():
        return RunError("the folder to run in does not exist", where=str(cwd))
    if isinstance(error, FileNotFoundError):
        return ToolMissingError(
            f"the program '{program}' is not installed or not in PATH",
            hint="`mlfgen doctor` shows what is missing and how to install it",
        )
    return ToolMissingError(f"the program can't be started: {error.strerror}", where=program)
