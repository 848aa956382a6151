"""A Project API server: reads requests, calls a handler, writes answers, and outlives whatever it is sent.

It serves one client over a pair of streams, one request at a time, as the protocol has it. When the client
goes, the transport is closed and the server ends.
"""

from __future__ import annotations

import argparse
import logging
import os
import select
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from generator.errors import MlfgenError, UsageError
from generator.projectapi.handler import (
    IoTimeoutError,
    ProjectHandler,
    TransportClosedError,
    UnsupportedTVMVersionError,
)
from generator.projectapi.options import check_options
from generator.projectapi.protocol import (
    ErrorCode,
    Request,
    RequestError,
    decode_data,
    encode_data,
    encode_error,
    encode_result,
    info_result,
    parse_request,
    timeouts_result,
)

_LOG = logging.getLogger(__name__)

#: No line that a client means is longer: the largest hold a write to the device.
LINE_LIMIT_BYTES = 16 * 1024 * 1024

#: How often a waiting read checks whether its client is still there.
_LOOK_S = 1.0

#: Errors that clients recognise by name: the message is only that name.
_NAMED = (TransportClosedError, IoTimeoutError, UnsupportedTVMVersionError)


class ProjectServer:
    """Serves one handler on one pair of binary streams. debug: put tracebacks into errors."""

    def __init__(
        self, handler: ProjectHandler, requests: BinaryIO, answers: BinaryIO, *, debug: bool = False
    ) -> None:
        self._handler = handler
        self._requests = requests
        self._answers = answers
        self._debug = debug
        self._is_open = False
        self._methods: dict[str, Callable[..., Any]] = {
            "server_info_query": self._info,
            "generate_project": self._generate,
            "build": self._build,
            "flash": self._flash,
            "open_transport": self._open,
            "close_transport": self._close,
            "read_transport": self._read,
            "write_transport": self._write,
        }

    def serve(self) -> None:
        """Answer requests until the client is gone."""
        try:
            while (line := self._next_line()) is not None:
                answer = self.answer(line)
                _LOG.debug("answer %s", answer[:400])
                self._answers.write(answer)
                self._answers.flush()
        except BrokenPipeError:
            _LOG.debug("the client has disconnected")
        finally:
            self._close_quietly()

    def answer(self, line: bytes) -> bytes:
        """Carry out one line and return the line that answers it. Never raises an Exception."""
        _LOG.debug("request %s", line[:400])
        request_id: str | int | None = None
        try:
            request = parse_request(line)
            request_id = request.request_id
            return encode_result(request_id, self._call(request))
        except RequestError as error:
            return encode_error(error.request_id, error.code, error.what, self._data(error))
        except _NAMED as error:
            name = next(kind.__name__ for kind in _NAMED if isinstance(error, kind))
            data = {"reason": str(error), **self._data(error)}
            return encode_error(request_id, ErrorCode.SERVER_ERROR, name, data)
        except MlfgenError as error:
            return encode_error(request_id, ErrorCode.SERVER_ERROR, str(error), self._data(error))
        except Exception as error:
            # A fault of ours must not take the client's session with it.
            _LOG.exception("calling a method failed")
            message = f"{type(error).__name__}: {error}"
            return encode_error(request_id, ErrorCode.INTERNAL_ERROR, message, self._data(error))

    def _next_line(self) -> bytes | None:
        line = self._requests.readline(LINE_LIMIT_BYTES)
        if not line:
            return None
        cut = len(line) == LINE_LIMIT_BYTES and not line.endswith(b"\n")
        rest = line
        while cut and rest and not rest.endswith(b"\n"):
            rest = self._requests.readline(LINE_LIMIT_BYTES)
        return b"" if cut else line

    def _call(self, request: Request) -> Any:
        method = self._methods[request.method]
        try:
            return method(request, **request.params)
        except TransportClosedError:
            self._close_quietly()
            raise

    def _data(self, error: BaseException) -> dict[str, str]:
        return {"traceback": "".join(traceback.format_exception(error))} if self._debug else {}

    def _info(self, _request: Request, tvm_version: str) -> dict[str, Any]:
        self._handler.check_tvm_version(tvm_version)
        return info_result(self._handler.server_info())

    def _checked(self, request: Request, options: dict[str, Any], *, strict: bool) -> dict[str, Any]:
        table = self._handler.server_info().project_options
        try:
            return check_options(request.method, options, table, strict=strict)
        except UsageError as error:
            raise RequestError(ErrorCode.INVALID_PARAMS, str(error), request.request_id) from error

    def _generate(
        self,
        request: Request,
        model_library_format_path: str,
        standalone_crt_dir: str,
        project_dir: str,
        options: dict[str, Any],
    ) -> None:
        checked = self._checked(request, options, strict=True)
        self._handler.generate_project(
            Path(model_library_format_path), Path(standalone_crt_dir), Path(project_dir), checked
        )

    def _build(self, request: Request, options: dict[str, Any]) -> None:
        self._handler.build(self._checked(request, options, strict=False))

    def _flash(self, request: Request, options: dict[str, Any]) -> None:
        self._handler.flash(self._checked(request, options, strict=False))

    def _open(self, request: Request, options: dict[str, Any]) -> dict[str, Any]:
        if self._is_open:
            raise UsageError("the transport is already open", hint="call close_transport first")
        timeouts = self._handler.open_transport(self._checked(request, options, strict=False))
        self._is_open = True
        return timeouts_result(timeouts)

    def _close(self, _request: Request) -> None:
        if self._is_open:
            self._is_open = False
            self._handler.close_transport()

    def _close_quietly(self) -> None:
        if not self._is_open:
            return
        self._is_open = False
        try:
            self._handler.close_transport()
        except Exception:
            _LOG.debug("closing the transport failed", exc_info=True)

    def _require_open(self) -> None:
        if not self._is_open:
            raise TransportClosedError("the transport is not open", hint="call open_transport first")

    def _read(self, _request: Request, n: int, timeout_sec: float | None) -> dict[str, Any]:
        self._require_open()
        return {"data": encode_data(self._read_for_client(n, timeout_sec))}

    def _read_for_client(self, n: int, timeout_sec: float | None) -> bytes:
        """read_transport, but not for a client that has gone: the device would stay reserved."""
        deadline = None if timeout_sec is None else time.monotonic() + timeout_sec
        while True:
            left = _LOOK_S if deadline is None else min(_LOOK_S, max(0.0, deadline - time.monotonic()))
            try:
                return self._handler.read_transport(n, left)
            except IoTimeoutError as error:
                if deadline is not None and time.monotonic() >= deadline:
                    raise IoTimeoutError(f"no data within {timeout_sec:g} s") from error
            if _reader_is_gone(self._answers):
                raise TransportClosedError("the client has disconnected")

    def _write(self, request: Request, data: str, timeout_sec: float | None) -> None:
        self._require_open()
        try:
            contents = decode_data(data)
        except MlfgenError as error:
            raise RequestError(ErrorCode.INVALID_PARAMS, error.what, request.request_id) from error
        self._handler.write_transport(contents, timeout_sec)


def _reader_is_gone(stream: BinaryIO) -> bool:
    """Whether the other end of a pipe or socket is closed; False if that can't be determined."""
    try:
        descriptor = stream.fileno()
        watch = select.poll()
    except (OSError, AttributeError):
        return False
    watch.register(descriptor, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in watch.poll(0))


def _stdio() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output, with what others print sent to standard error from now on.

    A build tool that writes to standard output would otherwise write into the answers.
    """
    answers = os.dup(sys.stdout.fileno())
    sys.stdout.flush()
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return sys.stdin.buffer, os.fdopen(answers, "wb")


def serve(
    handler: ProjectHandler, *, read_fd: int | None = None, write_fd: int | None = None, debug: bool = False
) -> None:
    """Serve on two file descriptors, or on standard input and output, until the client is gone.

    Raises UsageError when only one is given or one can't be used.
    """
    if (read_fd is None) != (write_fd is None):
        raise UsageError(
            "--read-fd and --write-fd must be given together", hint="give both, or neither for standard I/O"
        )
    logging.basicConfig(level=logging.DEBUG if debug else logging.INFO, stream=sys.stderr)
    if read_fd is None or write_fd is None:
        requests, answers = _stdio()
    else:
        try:
            requests, answers = os.fdopen(read_fd, "rb"), os.fdopen(write_fd, "wb")
        except OSError as error:
            raise UsageError(f"--read-fd {read_fd}, --write-fd {write_fd}: {error.strerror}") from error
    ProjectServer(handler, requests, answers, debug=debug).serve()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that the protocol's clients start a server with."""
    parser.add_argument("--read-fd", type=int, metavar="N", help="file descriptor to read requests from")
    parser.add_argument("--write-fd", type=int, metavar="N", help="file descriptor to write answers to")
    parser.add_argument("--debug", action="store_true", help="log every message, put tracebacks into errors")


def main(handler: ProjectHandler, argv: Sequence[str] | None = None) -> None:
    """What a project's ``microtvm_api_server.py`` calls. Raises UsageError."""
    parser = argparse.ArgumentParser(description="Project API server of a project made by mlfgen")
    add_arguments(parser)
    arguments = parser.parse_args(argv)
    serve(handler, read_fd=arguments.read_fd, write_fd=arguments.write_fd, debug=arguments.debug)
