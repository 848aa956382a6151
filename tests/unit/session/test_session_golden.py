"""Byte for byte what TVM 0.12.0's own client sent, recorded against the host port of the C server.

``data/tvm_0_12_client.json`` holds, for each thing the client was asked to do, the bytes it wrote and the
bytes the device answered. docs/host-driven.md tells how the recording was made.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from generator.session import minrpc
from generator.session.framing import Decoder, Packet
from generator.session.minrpc import Code
from generator.session.session import Established, HostSession, Message
from generator.session.values import DataType, Device, Handle, ModuleHandle, TensorRef, TypeCode

STEPS = json.loads(Path(__file__).with_name("data").joinpath("tvm_0_12_client.json").read_text())
INT8 = DataType.parse("int8")


class Replay:
    """A host that says what TVM's client said, with the handles that the device gave."""

    def __init__(self) -> None:
        self.session = HostSession()
        self.handles: dict[str, int] = {}
        self.replies: list[minrpc.Reply] = []

    def lookup(self, name: str) -> bytes:
        return self.session.send(minrpc.syscall(Code.GET_GLOBAL_FUNC, (name,)))

    def call(self, function: str, *arguments: object) -> bytes:
        return self.session.send(minrpc.call(self.handles[function], arguments))  # type: ignore[arg-type]

    def syscall(self, code: Code, *arguments: object) -> bytes:
        return self.session.send(minrpc.syscall(code, arguments))  # type: ignore[arg-type]

    def take(self, answer: bytes) -> list[minrpc.Reply]:
        bodies = [event.body for event in self.session.receive(answer) if isinstance(event, Message)]
        return [minrpc.decode_reply(body[8:]) for body in bodies]


def result(reply: minrpc.Reply) -> object:
    assert isinstance(reply, minrpc.Return)
    return minrpc.decode_result(reply)


def handle(reply: minrpc.Reply) -> int:
    assert isinstance(reply, minrpc.Return)
    (value,) = reply.values
    assert isinstance(value, Handle)
    return value.value


def packets(data: str) -> list[bytes]:
    events = Decoder().feed(bytes.fromhex(data))
    assert all(isinstance(event, Packet) for event in events)
    return [event.payload for event in events if isinstance(event, Packet)]


def steps() -> dict[str, tuple[str, str]]:
    return {step["op"]: (step["host"], step["device"]) for step in STEPS}


def test_opening_a_session() -> None:
    host, device = steps()["connect"]
    session = HostSession()
    nonce = packets(host)[1][0]
    assert session.start(nonce).hex() == host
    assert session.receive(bytes.fromhex(device)) == [Established()]


@pytest.fixture
def replay() -> Replay:
    replay = Replay()
    host, device = steps()["connect"]
    replay.session.start(packets(host)[1][0])
    replay.session.receive(bytes.fromhex(device))
    for op, (_, device) in steps().items():
        if op.startswith("get_global "):
            (reply,) = replay.take(bytes.fromhex(device))
            replay.handles[op.removeprefix("get_global ")] = handle(reply)
    return replay


def test_looking_up_functions(replay: Replay) -> None:
    for op, (host, _) in steps().items():
        if op.startswith("get_global "):
            assert replay.lookup(op.removeprefix("get_global ")).hex() == host
    assert replay.handles["missing"] == 0


@pytest.mark.parametrize(
    ("op", "function", "arguments", "expected"),
    [
        ("call test.add 1 -2 255", "test.add", (1, -2, 255), 254),
        ("call test.echo str", "test.echo", ("text \u00ff",), "text \u00ff"),
        ("call test.echo float", "test.echo", (-0.5,), -0.5),
        ("call test.echo bytes", "test.echo", (b"\xff\xfd\x00\xfe",), b"\xff\xfd\x00\xfe"),
        ("call test.echo null", "test.echo", (None,), None),
    ],
)
def test_calls(
    replay: Replay, op: str, function: str, arguments: tuple[object, ...], expected: object
) -> None:
    host, device = steps()[op]
    assert replay.call(function, *arguments).hex() == host
    (reply,) = replay.take(bytes.fromhex(device))
    assert result(reply) == expected


def test_an_error_of_the_devices(replay: Replay) -> None:
    host, device = steps()["call test.fail"]
    assert replay.call("test.fail").hex() == host
    assert replay.take(bytes.fromhex(device)) == [minrpc.RemoteFault("'test.fail' failed with -7")]


def array(replay: Replay, op: str, shape: tuple[int, ...], dtype: DataType) -> TensorRef:
    (reply,) = replay.take(bytes.fromhex(steps()[op][1]))
    return TensorRef(handle(reply), shape, dtype)


def test_memory(replay: Replay) -> None:
    recorded = steps()
    a = array(replay, "alloc int8 2x3", (2, 3), INT8)
    b = array(replay, "alloc float32 4 dtcm", (4,), DataType.parse("float32"))
    c = array(replay, "alloc int8 2x3 again", (2, 3), INT8)
    alloc = Code.DEV_ALLOC_DATA_WITH_SCOPE
    assert replay.syscall(alloc, TensorRef(0, (2, 3), INT8), None).hex() == recorded["alloc int8 2x3"][0]
    assert (
        replay.syscall(alloc, TensorRef(0, (4,), b.dtype), "dtcm").hex()
        == recorded["alloc float32 4 dtcm"][0]
    )
    size = replay.lookup("tvm.rpc.server.GetCRTMaxPacketSize")
    (reply,) = replay.take(bytes.fromhex(recorded["copy_to a"][1]))[:1]
    ask = replay.session.send(minrpc.call(handle(reply), ()))
    data = struct.pack("6b", -1, -2, -3, 127, 0, -1)
    copy = replay.session.send(minrpc.copy_to_remote(a, data))
    sync = replay.syscall(Code.DEV_STREAM_SYNC, Device(), Handle(0))
    assert (size + ask + copy + sync).hex() == recorded["copy_to a"][0]
    assert result(replay.take(bytes.fromhex(recorded["copy_to a"][1]))[1]) == 512 - 11
    among = replay.syscall(Code.COPY_AMONG_REMOTE, a, c, Handle(0))
    assert among.hex() == recorded["copy a to c"][0]
    back = replay.session.send(minrpc.copy_from_remote(c, 6))
    assert (back + sync).hex() == recorded["copy_from c"][0]
    assert minrpc.CopyAck(data) in replay.take(bytes.fromhex(recorded["copy_from c"][1]))
    assert sync.hex() == recorded["sync"][0]
    assert replay.syscall(Code.DEV_FREE_DATA, Device(), Handle(b.handle)).hex() == recorded["free b"][0]


def test_a_models_module_and_its_time_evaluator(replay: Replay) -> None:
    recorded = steps()
    (reply,) = replay.take(bytes.fromhex(recorded["call runtime.SystemLib"][1]))
    library = result(reply)
    assert isinstance(library, ModuleHandle)
    created = replay.call("tvm.aot_executor.create", library, Device(), "default")
    assert created.hex() == recorded["call tvm.aot_executor.create"][0]
    (reply,) = replay.take(bytes.fromhex(recorded["call tvm.aot_executor.create"][1]))
    module = result(reply)
    get_function, found = replay.take(bytes.fromhex(recorded["module get_input"][1]))
    replay.handles["lookup"] = handle(get_function)
    lookup = replay.lookup("tvm.rpc.server.ModuleGetFunction")
    assert (lookup + replay.call("lookup", module, "get_input", True)).hex() == recorded["module get_input"][
        0
    ]
    tensor = result(replay.take(bytes.fromhex(recorded["call get_input"][1]))[0])
    assert isinstance(tensor, TensorRef)
    assert (tensor.shape, str(tensor.dtype)) == ((2, 3), "int8")
    create, timer = replay.take(bytes.fromhex(recorded["time_evaluator run"][1]))
    replay.handles["create"] = handle(create)
    request = replay.lookup("runtime.RPCTimeEvaluator")
    request += replay.call("create", module, "run", 1, 0, 2, 2, 0, 100, 0, 1, "")
    assert request.hex() == recorded["time_evaluator run"][0]
    (times,) = replay.take(bytes.fromhex(recorded["call evaluator"][1]))
    assert result(times) == struct.pack("<2d", 1e-3, 1e-3)
    found_timer = result(timer)
    freed = replay.syscall(Code.FREE_HANDLE, Handle(found_timer.value), int(TypeCode.FUNCTION))  # type: ignore[attr-defined]
    assert freed.hex() == recorded["free evaluator"][0]
    assert isinstance(found, minrpc.Return)
