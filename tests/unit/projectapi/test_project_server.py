from __future__ import annotations

import base64
import io
import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from project_fakes import FakeHandler, ServerProcess

from generator.errors import UsageError
from generator.projectapi import ProjectServer, serve

METHODS = (
    "server_info_query",
    "generate_project",
    "build",
    "flash",
    "open_transport",
    "close_transport",
    "read_transport",
    "write_transport",
)


class Client:
    def __init__(self, *, debug: bool = False) -> None:
        self.handler = FakeHandler()
        self.server = ProjectServer(self.handler, io.BytesIO(), io.BytesIO(), debug=debug)

    def raw(self, line: bytes) -> dict[str, Any]:
        answer = self.server.answer(line)
        assert answer.endswith(b"\n") and answer.count(b"\n") == 1
        found: dict[str, Any] = json.loads(answer)
        assert found["jsonrpc"] == "2.0" and ("result" in found) != ("error" in found)
        return found

    def request(self, method: str, request_id: Any = 1, **params: Any) -> dict[str, Any]:
        body = {"jsonrpc": "2.0", "method": method, "params": params, "id": request_id}
        found = self.raw(json.dumps(body).encode())
        assert found["id"] == request_id
        return found

    def result(self, method: str, **params: Any) -> Any:
        return self.request(method, **params)["result"]

    def error(self, method: str, **params: Any) -> tuple[int, str]:
        error = self.request(method, **params)["error"]
        return error["code"], error["message"]


@pytest.fixture
def client() -> Client:
    return Client()


def test_server_info_query(client: Client) -> None:
    info = client.result("server_info_query", tvm_version="0.12.0")
    assert info["protocol_version"] == 1
    assert (info["platform_name"], info["is_template"], info["model_library_format_path"]) == (
        "fake",
        True,
        None,
    )
    assert info["project_options"][0] == {
        "name": "rtos",
        "type": "str",
        "help": "operating system",
        "required": ["generate_project"],
        "optional": None,
        "choices": ["zephyr", "freertos"],
        "default": None,
    }


def test_an_unsupported_tvm_is_named(client: Client) -> None:
    answer = client.request("server_info_query", tvm_version="0.7.0")
    assert answer["error"]["code"] == -32000
    assert answer["error"]["message"] == "UnsupportedTVMVersionError"
    assert "TVM 0.7.0 is too old" in answer["error"]["data"]["reason"]


def test_generate_project_gets_paths_and_checked_options(client: Client) -> None:
    options = {"rtos": "zephyr", "stack_bytes": "2048", "verbose": None, "port": None}
    given = {"model_library_format_path": "m.tar", "standalone_crt_dir": "crt", "project_dir": "out"}
    assert client.result("generate_project", **given, options=options) is None
    expected = (Path("m.tar"), Path("out"), {"rtos": "zephyr", "stack_bytes": 2048})
    assert client.handler.calls == [("generate_project", expected)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "option 'rtos' is required"),
        ({"rtos": "vxworks"}, "can't be 'vxworks'"),
        ({"rtos": 3}, "of type str, not 3"),
        ({"rtos": "zephyr", "stack_bytes": "many"}, "of type int, not 'many'"),
        ({"rtos": "zephyr", "stack_bytes": True}, "of type int, not True"),
        ({"rtos": "zephyr", "stack_byte": 3}, "did you mean 'stack_bytes'"),
    ],
)
def test_wrong_options_are_invalid_params(client: Client, options: dict[str, Any], message: str) -> None:
    paths = {"model_library_format_path": "m.tar", "standalone_crt_dir": "crt", "project_dir": "out"}
    code, text = client.error("generate_project", **paths, options=options)
    assert code == -32602
    assert message in text
    assert client.handler.calls == []


def test_options_of_the_template_do_not_trouble_a_generated_project(client: Client) -> None:
    client.request("build", options={"rtos": "zephyr", "unheard_of": 1, "verbose": "yes"})
    assert client.handler.calls == [("build", {"verbose": True})]


def test_an_error_for_people_reaches_the_client_whole(client: Client) -> None:
    answer = client.request("build", options={})
    assert answer["error"] == {
        "code": -32000,
        "message": "src/main.c: ninja: build stopped\n  hint: see the log",
        "data": None,
    }


def test_a_fault_of_the_handlers_own_is_internal(client: Client) -> None:
    assert client.error("flash", options={}) == (-32603, 'KeyError: "a fault of the handler\'s own"')


def test_tracebacks_are_sent_only_when_asked_for() -> None:
    for debug in (False, True):
        client = Client(debug=debug)
        for answer in (
            client.request("build", options={}),
            client.request("flash", options={}),
            client.raw(b"{"),
        ):
            data = answer["error"]["data"]
            assert ("Traceback" in data["traceback"]) if debug else data is None


def test_the_transport(client: Client) -> None:
    timeouts = client.result("open_transport", options={"port": "/dev/ttyACM0"})["timeouts"]
    assert timeouts == {
        "session_start_retry_timeout_sec": 1.0,
        "session_start_timeout_sec": 5.0,
        "session_established_timeout_sec": 30.0,
    }
    data = bytes(range(0xEE))
    text = base64.b85encode(data).decode()
    assert client.result("write_transport", data=text, timeout_sec=None) is None
    assert base64.b85decode(client.result("read_transport", n=100, timeout_sec=0)["data"]) == data[:100]
    assert base64.b85decode(client.result("read_transport", n=500, timeout_sec=2.5)["data"]) == data[100:]
    assert client.error("read_transport", n=1, timeout_sec=0.5) == (-32000, "IoTimeoutError")
    assert client.result("close_transport") is None
    assert client.result("close_transport") is None
    assert [name for name, _ in client.handler.calls] == ["open_transport", "close_transport"]


def test_a_closed_transport_is_named(client: Client) -> None:
    assert client.error("read_transport", n=1, timeout_sec=0) == (-32000, "TransportClosedError")
    assert client.error("write_transport", data="", timeout_sec=0) == (-32000, "TransportClosedError")


def test_opening_twice_is_an_error_that_closes_nothing(client: Client) -> None:
    client.result("open_transport", options={})
    code, message = client.error("open_transport", options={})
    assert code == -32000 and "already open" in message
    assert client.result("write_transport", data="", timeout_sec=None) is None


def test_a_device_that_vanishes_is_named_and_may_be_opened_again(client: Client) -> None:
    client.result("open_transport", options={})
    gone = base64.b85encode(b"\xee").decode()
    assert client.error("write_transport", data=gone, timeout_sec=1) == (-32000, "TransportClosedError")
    assert client.handler.calls[-1] == ("close_transport", None)
    assert client.error("read_transport", n=1, timeout_sec=0) == (-32000, "TransportClosedError")
    client.result("open_transport", options={})
    assert client.result("write_transport", data="", timeout_sec=1) is None


@pytest.mark.parametrize(
    ("method", "params", "message"),
    [
        ("server_info_query", {}, "parameter tvm_version not given"),
        ("server_info_query", {"tvm_version": 12}, "want a string, got 12"),
        ("server_info_query", {"tvm_version": "0.12", "more": 1}, "extra parameters: more"),
        ("build", {"options": []}, "want an object, got a list"),
        ("build", {"options": None}, "want an object, got null"),
        ("read_transport", {"n": 0, "timeout_sec": 0}, "want an integer from 1"),
        ("read_transport", {"n": 1.0, "timeout_sec": 0}, "want an integer from 1"),
        ("read_transport", {"n": True, "timeout_sec": 0}, "want an integer from 1"),
        ("read_transport", {"n": 10**300, "timeout_sec": 0}, "got a long number"),
        ("read_transport", {"n": 1, "timeout_sec": -1}, "want seconds from 0"),
        ("read_transport", {"n": 1, "timeout_sec": float("nan")}, "want seconds from 0"),
        ("read_transport", {"n": 1, "timeout_sec": 10**400}, "want seconds from 0"),
        ("read_transport", {"n": 1, "timeout_sec": "1"}, "want seconds from 0"),
        ("close_transport", {"options": {}}, "extra parameters: options"),
    ],
)
def test_parameters_are_checked(client: Client, method: str, params: dict[str, Any], message: str) -> None:
    code, text = client.error(method, **params)
    assert code == -32602
    assert message in text


@pytest.mark.parametrize("data", ["~", "\u00e9\u00e9", "0000 ", "~~~~~"])
def test_data_that_is_not_base_85_is_invalid(client: Client, data: str) -> None:
    client.result("open_transport", options={})
    code, message = client.error("write_transport", data=data, timeout_sec=0)
    assert (code, "base 85" in message) == (-32602, True)


@pytest.mark.parametrize(
    ("line", "code", "request_id"),
    [
        (b"", -32700, None),
        (b"\n", -32700, None),
        (b"{", -32700, None),
        (b"\xff\xfe{}", -32700, None),
        (b"[" * 200_000, -32700, None),
        (b"1" * 10_000, -32700, None),
        (b"null", -32600, None),
        (b"[]", -32600, None),
        (b'"text"', -32600, None),
        (b"{}", -32600, None),
        (b'{"id": 4}', -32600, 4),
        (b'{"jsonrpc": 2.0, "id": "a", "method": "build", "params": {}}', -32600, "a"),
        (b'{"jsonrpc": "2.0", "id": true, "method": "build", "params": {}}', -32600, None),
        (b'{"jsonrpc": "2.0", "id": [1], "method": "build", "params": {}}', -32600, None),
        (b'{"jsonrpc": "2.0", "id": 4, "method": 3, "params": {}}', -32600, 4),
        (b'{"jsonrpc": "2.0", "id": 4, "method": "build it", "params": {}}', -32600, 4),
        (b'{"jsonrpc": "2.0", "id": 4, "method": "build", "params": []}', -32600, 4),
        (b'{"jsonrpc": "2.0", "id": 4, "method": "build"}', -32600, 4),
        (b'{"jsonrpc": "2.0", "id": 4, "method": "__init__", "params": {}}', -32601, 4),
        (b'{"jsonrpc": "2.0", "id": 4, "method": "server_info", "params": {}}', -32601, 4),
        (b'{"jsonrpc": "2.0", "id": "\\ud800", "method": "answer", "params": {}}', -32601, "\ud800"),
    ],
)
def test_every_wrong_line_has_its_code(client: Client, line: bytes, code: int, request_id: Any) -> None:
    answer = client.raw(line)
    assert (answer["error"]["code"], answer["id"]) == (code, request_id)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(METHODS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
param_names = st.sampled_from(["options", "n", "timeout_sec", "data", "tvm_version", "project_dir"])


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "jsonrpc": st.just("2.0") | json_values,
            "id": json_values,
            "method": st.sampled_from(METHODS) | json_values,
            "params": st.dictionaries(param_names, json_values, max_size=4) | json_values,
        },
    )
)
def test_any_json_is_answered_by_one_line(body: dict[str, Any]) -> None:
    client = Client()
    client.raw(json.dumps(body).encode())
    assert client.result("server_info_query", tvm_version="0.12.0")["protocol_version"] == 1


@pytest.mark.parametrize("method", METHODS)
def test_the_eight_methods_are_there(client: Client, method: str) -> None:
    assert client.error(method, unheard_of=1)[0] == -32602


def test_one_end_of_a_connection_is_refused() -> None:
    with pytest.raises(UsageError, match="must be given together"):
        serve(FakeHandler(), read_fd=3)


@pytest.mark.parametrize("stdio", [False, True])
def test_ten_thousand_lines_of_garbage_leave_the_server_answering(stdio: bool) -> None:
    server = ServerProcess(stdio=stdio)
    chance = random.Random(0)
    valid = json.dumps({"jsonrpc": "2.0", "method": "close_transport", "params": {}, "id": 1}).encode()
    for number in range(10_000):
        match number % 4:
            case 0:
                line = chance.randbytes(chance.randrange(60)).replace(b"\n", b"")
            case 1:
                line = valid[: chance.randrange(len(valid))]
            case 2:
                damaged = bytearray(valid)
                damaged[chance.randrange(len(damaged))] = chance.randrange(32, 127)
                line = bytes(damaged)
            case _:
                line = json.dumps({"id": number, "method": chance.choice(METHODS)}).encode()
        answer = server.send(line + b"\n")
        assert answer["jsonrpc"] == "2.0"
    assert server.request("server_info_query", tvm_version="0.12.0")["result"]["platform_name"] == "fake"
    code, errors = server.end()
    assert code == 0
    assert "Traceback" not in errors


@pytest.mark.parametrize("stdio", [False, True])
def test_what_build_tools_print_stays_out_of_the_answers(stdio: bool) -> None:
    server = ServerProcess(stdio=stdio)
    assert server.request("build", options={})["error"]["code"] == -32000
    assert server.request("close_transport")["result"] is None
    assert server.end()[0] == 0


def test_a_line_beyond_the_limit_is_answered_once_and_the_next_served() -> None:
    server = ServerProcess()
    assert server.send(b" " * (33 * 1024 * 1024) + b"\n")["error"]["code"] == -32700
    assert server.request("close_transport")["result"] is None
    assert server.end()[0] == 0


def test_a_line_in_pieces_and_a_last_one_without_its_end() -> None:
    server = ServerProcess()
    line = json.dumps({"jsonrpc": "2.0", "method": "close_transport", "params": {}, "id": 1}).encode()
    for at in range(len(line)):
        server.requests.write(line[at : at + 1])
    server.requests.write(b"\n")
    assert json.loads(server.answers.readline())["result"] is None
    server.requests.write(line)
    server.requests.close()
    assert json.loads(server.answers.readline())["result"] is None
    assert server.process.wait(10) == 0


def test_a_client_that_goes_ends_the_server_quietly() -> None:
    server = ServerProcess()
    server.request("open_transport", options={})
    server.answers.close()
    server.requests.write(b"{}\n")
    code, errors = server.end()
    assert code == 0
    assert "Traceback" not in errors and "Exception ignored" not in errors


@pytest.mark.parametrize("stdio", [False, True])
@pytest.mark.parametrize("timeout", [None, 1000])
def test_a_client_that_goes_while_it_waits_for_the_device_ends_the_server(
    stdio: bool, timeout: int | None
) -> None:
    server = ServerProcess(stdio=stdio)
    server.request("open_transport", options={})
    params = {"n": 1, "timeout_sec": timeout}
    line = json.dumps({"jsonrpc": "2.0", "method": "read_transport", "params": params, "id": 1})
    server.requests.write(line.encode() + b"\n")
    server.requests.flush()
    server.answers.close()
    try:
        assert server.process.wait(10) == 0
    finally:
        server.process.kill()
    errors = server.end()[1]
    assert "Traceback" not in errors and "Exception ignored" not in errors


def test_a_client_that_sends_no_more_still_gets_its_answers() -> None:
    server = ServerProcess()
    for method, params in (
        ("open_transport", {"options": {}}),
        ("read_transport", {"n": 1, "timeout_sec": 2}),
    ):
        line = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, "id": 1})
        server.requests.write(line.encode() + b"\n")
    server.requests.close()
    assert "result" in json.loads(server.answers.readline())
    assert json.loads(server.answers.readline())["error"]["message"] == "IoTimeoutError"
    assert server.process.wait(10) == 0


def test_descriptors_that_are_not_open_are_refused() -> None:
    read_fd, write_fd = os.pipe()
    os.close(read_fd)
    os.close(write_fd)
    with pytest.raises(UsageError, match="Bad file descriptor"):
        serve(FakeHandler(), read_fd=read_fd, write_fd=write_fd)
