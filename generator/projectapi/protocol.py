"""The Project API's JSON-RPC 2.0, version 1: lines to checked requests, results and errors to lines.

One object per line, and one answer to every line, whatever it holds; an answer to what has no usable id has the
id null. Source: TVM's ``python/tvm/micro/project_api/server.py`` and the JSON-RPC 2.0 specification.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from generator.errors import MlfgenError
from generator.projectapi.handler import ServerInfo, TransportTimeouts

PROTOCOL_VERSION = 1

LARGEST_READ_BYTES = 1 << 24
LONGEST_TIMEOUT_S = 10**9

_METHOD_NAME = re.compile(r"[a-zA-Z0-9_]+")


class ErrorCode(IntEnum):
    """JSON-RPC's codes and the one that is the protocol's own."""

    PARSE_ERROR = -32700
    INVALID_REQUEST = -32600
    METHOD_NOT_FOUND = -32601
    INVALID_PARAMS = -32602
    INTERNAL_ERROR = -32603
    SERVER_ERROR = -32000


class RequestError(MlfgenError):
    """A line that can't be carried out. request_id: what to answer it with."""

    def __init__(self, code: ErrorCode, what: str, request_id: str | int | None = None) -> None:
        super().__init__(what)
        self.code = code
        self.request_id = request_id


class Request(Struct, frozen=True):
    """A call of one of the protocol's methods, its parameters complete and of the right types."""

    method: str
    params: Mapping[str, Any]
    request_id: str | int | None


class _Check(Struct, frozen=True):
    """The requirement on a parameter: in words, and as a test."""

    wanted: str
    accepts: Callable[[Any], bool]


def _is_count(value: Any) -> bool:
    return type(value) is int and 1 <= value <= LARGEST_READ_BYTES


def _is_seconds(value: Any) -> bool:
    return value is None or (type(value) in (int, float) and 0 <= value <= LONGEST_TIMEOUT_S)


_TEXT = _Check("a string", lambda value: isinstance(value, str))
_OPTIONS = _Check("an object", lambda value: isinstance(value, dict))
_COUNT = _Check(f"an integer from 1 to {LARGEST_READ_BYTES}", _is_count)
_SECONDS = _Check(f"seconds from 0 to {LONGEST_TIMEOUT_S}, or null", _is_seconds)

#: method -> parameter -> check
METHODS: dict[str, dict[str, _Check]] = {
    "server_info_query": {"tvm_version": _TEXT},
    "generate_project": {
        "model_library_format_path": _TEXT,
        "standalone_crt_dir": _TEXT,
        "project_dir": _TEXT,
        "options": _OPTIONS,
    },
    "build": {"options": _OPTIONS},
    "flash": {"options": _OPTIONS},
    "open_transport": {"options": _OPTIONS},
    "close_transport": {},
    "read_transport": {"n": _COUNT, "timeout_sec": _SECONDS},
    "write_transport": {"data": _TEXT, "timeout_sec": _SECONDS},
}


def parse_request(line: bytes) -> Request:
    """Check one line. Raises RequestError with the code and the id to answer with."""
    try:
        request = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        # Neither says where in a message that is worth repeating; the line may be anything.
        raise RequestError(ErrorCode.PARSE_ERROR, f"the line is not JSON ({type(error).__name__})") from error
    if not isinstance(request, dict):
        raise _invalid(f"want an object, got {_kind(request)}")
    request_id = request.get("id")
    if isinstance(request_id, bool) or not isinstance(request_id, (str, int, type(None))):
        raise _invalid(f"id: want a string, an integer or null, got {_kind(request_id)}")
    if request.get("jsonrpc") != "2.0":
        raise _invalid('jsonrpc: want "2.0"', request_id)
    method = request.get("method")
    if not isinstance(method, str) or _METHOD_NAME.fullmatch(method) is None:
        raise _invalid("method: want a name of letters, digits and underscores", request_id)
    params = request.get("params")
    if not isinstance(params, dict):
        raise _invalid(f"params: want an object, got {_kind(params)}", request_id)
    if method not in METHODS:
        raise RequestError(ErrorCode.METHOD_NOT_FOUND, f"{method}: no such method", request_id)
    _check_params(method, params, request_id)
    return Request(method, params, request_id)


def _check_params(method: str, params: dict[str, Any], request_id: str | int | None) -> None:
    wanted = METHODS[method]
    for name, check in wanted.items():
        if name not in params:
            raise _wrong(f"method {method}: parameter {name} not given", request_id)
        if not check.accepts(params[name]):
            found = _kind(params[name])
            raise _wrong(f"method {method}: parameter {name}: want {check.wanted}, got {found}", request_id)
    extra = sorted(set(params) - set(wanted))
    if extra:
        raise _wrong(f"{method}: extra parameters: {', '.join(extra)}", request_id)


def _kind(value: Any) -> str:
    names: dict[type, str] = {str: "a string", list: "a list", dict: "an object"}
    if type(value) in names:
        return names[type(value)]
    return json.dumps(value) if len(json.dumps(value)) < 40 else "a long number"


def _invalid(what: str, request_id: str | int | None = None) -> RequestError:
    return RequestError(ErrorCode.INVALID_REQUEST, f"request: {what}", request_id)


def _wrong(what: str, request_id: str | int | None) -> RequestError:
    return RequestError(ErrorCode.INVALID_PARAMS, what, request_id)


def encode_data(data: bytes) -> str:
    """Bytes as the protocol carries them: base 85, RFC 1924's alphabet."""
    return base64.b85encode(data).decode("ascii")


def decode_data(text: str) -> bytes:
    """The bytes of encode_data's text. Raises MlfgenError."""
    try:
        return base64.b85decode(text)
    except (ValueError, binascii.Error) as error:
        raise MlfgenError(f"parameter data: not base 85: {error}") from error


def _line(answer: dict[str, Any]) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **answer}).encode("ascii") + b"\n"


def encode_result(request_id: str | int | None, result: Any) -> bytes:
    """The line that answers a request that was carried out."""
    return _line({"id": request_id, "result": result})


def encode_error(
    request_id: str | int | None, code: ErrorCode, message: str, data: Mapping[str, str] | None = None
) -> bytes:
    """The answer to a request that failed. data: additional information, or null."""
    error = {"code": int(code), "message": message, "data": dict(data) if data else None}
    return _line({"id": request_id, "error": error})


def info_result(info: ServerInfo) -> dict[str, Any]:
    """What server_info_query answers."""
    path = info.model_library_format_path
    return {
        "protocol_version": PROTOCOL_VERSION,
        "platform_name": info.platform_name,
        "is_template": info.is_template,
        "model_library_format_path": None if path is None else str(path),
        "project_options": [_option(asdict(option)) for option in info.project_options],
    }


def _option(option: dict[str, Any]) -> dict[str, Any]:
    """Lists where there are any, null where there are none: what TVM's own servers send."""
    listed = {name: list(option[name]) or None for name in ("required", "optional")}
    choices = option["choices"]
    return {**option, **listed, "choices": None if choices is None else list(choices)}


def timeouts_result(timeouts: TransportTimeouts) -> dict[str, Any]:
    """What open_transport answers."""
    return {"timeouts": asdict(timeouts)}
