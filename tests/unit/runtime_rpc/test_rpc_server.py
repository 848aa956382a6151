"""What a host can do on a device, and what it is told when it can't."""

from __future__ import annotations

import json
import struct
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rpc_port import Port, PortTransport, open_session

from generator.pipeline.session import ModelOnDevice
from generator.session import IoTimeoutError, RemoteError, SessionError, SessionLostError, minrpc
from generator.session.minrpc import Code
from generator.session.session import HostSession, Message, Terminated
from generator.session.values import DataType, Device, Handle, ModuleHandle, TensorRef, TypeCode


def test_packed_functions_take_and_return_every_kind_of_value(port: Port) -> None:
    session = open_session(port)
    echo = session.function("test.echo")
    for value in (0, -1, 2**63 - 1, -(2**63), 0.5, "", "text \u00ff", b"", b"\xff\xfd\xfe\x00", None):
        assert echo(value) == value
    assert session.function("test.add")(*range(24)) == sum(range(24))


def test_functions_of_the_system_library_work_on_tensors_in_named_pools(port: Port) -> None:
    session = open_session(port)
    source = session.allocate((200,), "int8")
    target = session.allocate((200,), "int8", "dtcm")
    source.write(bytes(range(100)) * 2)
    session.system_library().function("twice")(source, target)
    assert target.numpy().tolist() == [(2 * i + 128) % 256 - 128 for i in range(100)] * 2
    source.copy_from(target)
    assert source.read() == target.read()
    stats = session.stats()
    assert stats["pool.sram.in_use_bytes"] == stats["pool.dtcm.in_use_bytes"] == 200


def test_copies_larger_than_a_packet_are_made_in_pieces(port: Port) -> None:
    session = open_session(port)
    array = session.allocate((10, 300), "uint8")
    data = bytes(i * 7 % 256 for i in range(3000))
    array.write(data)
    assert array.read() == data
    assert array.numpy().shape == (10, 300)


def test_a_model_runs_as_a_whole(port: Port) -> None:
    session = open_session(port)
    for name in ("toy", "default"):
        model = session.executor(name)
        assert (model.inputs(), model.outputs(), model.input_name(0)) == (1, 1, "samples")
        assert (model.input(0).shape, model.input("samples").dtype) == ((2, 3), "int8")
        model.input("samples").write(struct.pack("6b", 5, -7, 0, 1, 2, 3))
        model.run()
        assert model.output(0).numpy().tolist()[:3] == [4, -7, 5]
        assert model.output("scores").dtype == "int16"
    assert session.stats()["memory_in_use_bytes"] == 0


def test_what_an_operator_says_reaches_the_host(port: Port) -> None:
    session = open_session(port)
    with pytest.raises(RemoteError, match=r"'broken' failed with -7: the operator says why"):
        session.system_library().function("broken")()
    with pytest.raises(RemoteError, match=r"'test.fail' failed with -7$"):
        session.function("test.fail")()
    model = session.executor()
    model.input(0).write(struct.pack("6b", 0, 0, -128, 0, 0, 0))
    with pytest.raises(RemoteError, match=r"'toy' failed with -3: -128 is out of range"):
        model.run()


def test_the_devices_clock_times_functions_and_models(port: Port) -> None:
    session = open_session(port)
    a, b = session.allocate((4,), "int8"), session.allocate((4,), "int8")
    assert session.system_library().time("twice", a, b, number=3, repeat=4) == [250e-6] * 4
    model = session.executor()
    assert model.time("run", number=7, repeat=2) == [1e-3, 1e-3]
    runs = model.output(0).numpy()[3]
    assert model.time("run", number=1, min_repeat_ms=100) == [1e-3]
    # One run to set up, one of 1 ms, then enough for 100 ms.
    assert 102 <= model.output(0).numpy()[3] - runs <= 130
    with pytest.raises(RemoteError, match="repeats do not fit in a packet"):
        model.time("run", repeat=100)
    with pytest.raises(RemoteError, match="there is no function 'absent'"):
        session.system_library().time("absent")
    with pytest.raises(RemoteError, match="only 'run' of a model can be timed"):
        model.time("get_input")


@pytest.mark.parametrize("runs", [1, 8, 9, 1000])
def test_more_runs_are_timed_than_one_answer_holds(port: Port, runs: int) -> None:
    model = ModelOnDevice(open_session(port), SimpleNamespace(name="toy", graph=None))
    assert model.time(runs) == ((1e-3,) * runs, True)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(us=st.integers(0, 10**6), number=st.integers(1, 50), every=st.integers(1, 50))
def test_times_are_the_nearest_doubles(port: Port, us: int, number: int, every: int) -> None:
    port.reset()
    times = open_session(port).system_library().time("tick", us, every, number=number)
    # The call that sets up takes the first extra microsecond and is not timed.
    assert times == [float(Fraction(us * number + number // every, number * 10**6))]


def test_a_log_line_of_a_packed_function_comes_before_its_result(port: Port) -> None:
    lines: list[str] = []
    session = open_session(port, on_log=lines.append)
    session.function("test.log")("working")
    session.function("test.log")("")
    assert lines == ["working"]


def test_out_of_memory_is_an_error_and_nothing_else(port: Port) -> None:
    session = open_session(port)
    held = session.allocate((4000,), "int8")
    with pytest.raises(RemoteError, match=r"100 bytes do not fit in pool 'sram', which has 96 bytes free"):
        session.allocate((100,), "int8")
    with pytest.raises(RemoteError, match="out of memory"):
        session.allocate((513,), "int8", "dtcm")
    held.free()
    assert session.allocate((4096,), "int8").size_bytes == 4096


def test_more_blocks_than_the_device_counts_is_an_error(port: Port) -> None:
    session = open_session(port)
    blocks = [session.allocate((1,), "int8") for _ in range(128)]
    with pytest.raises(RemoteError, match="the device can't have more than 128 blocks"):
        session.allocate((1,), "int8")
    blocks[7].free()
    session.allocate((1,), "int8")


def test_freed_memory_is_used_again_and_its_old_handle_refused(port: Port) -> None:
    session = open_session(port)
    first = session.allocate((1000,), "int8")
    session.allocate((3000,), "int8")
    first.free()
    session.allocate((900,), "int8")
    with pytest.raises(RemoteError, match="has been freed"):
        first.read()
    with pytest.raises(RemoteError, match="has been freed"):
        first.free()


def test_blocks_are_aligned_and_do_not_overlap(port: Port) -> None:
    session = open_session(port)
    arrays = [session.allocate((size,), "uint8") for size in (1, 15, 16, 17, 33, 100, 3)]
    alignment = session.function("test.alignment")
    assert min(alignment(array) for array in arrays) >= 16
    assert min(alignment(session.allocate((33,), "int8", "dtcm")) for _ in range(5)) >= 32
    for number, array in enumerate(arrays):
        array.write(bytes([number]) * array.size_bytes)
    for array in arrays[1::2]:
        array.free()
    more = [session.allocate((size,), "uint8") for size in (14, 16, 90)]
    for number, array in enumerate(more):
        array.write(bytes([100 + number]) * array.size_bytes)
    for number, array in enumerate(arrays[0::2]):
        assert array.read() == bytes([2 * number]) * array.size_bytes
    for number, array in enumerate(more):
        assert array.read() == bytes([100 + number]) * array.size_bytes


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((2**40,), "shape is out of range"),
        ((-1,), "shape is out of range"),
        ((2**20, 2**20), "shape is out of range"),
        ((1,) * 33, "too many dimensions"),
    ],
)
def test_absurd_shapes_are_refused(port: Port, shape: tuple[int, ...], message: str) -> None:
    session = open_session(port)
    with pytest.raises(RemoteError, match=message):
        session.allocate(shape, "float64")


@pytest.mark.parametrize("scope", ["sram", "global", "global.sram", ""])
def test_names_of_the_first_pool(port: Port, scope: str) -> None:
    session = open_session(port)
    session.allocate((1024,), "float32", scope).free()


def test_an_unknown_pool_is_named(port: Port) -> None:
    with pytest.raises(RemoteError, match="no memory pool 'sdram'"):
        open_session(port).allocate((1,), "int8", "global.sdram")


def test_handles_of_an_old_session_are_refused(port: Port) -> None:
    session = open_session(port)
    array = session.allocate((16,), "int8")
    library = session.system_library()
    twice = library.function("twice")
    session.close()
    session.connect()
    other = session.allocate((16,), "int8")
    for attempt in (
        array.read,
        array.free,
        lambda: array.write(bytes(16)),
        lambda: twice(other, other),
        lambda: library.function("twice"),
        lambda: session.function("test.echo")(array),
        lambda: other.copy_from(array),
    ):
        with pytest.raises(RemoteError, match=r"handle 0x[0-9a-f]+ belongs to a session that is over"):
            attempt()
    assert session.stats()["memory_in_use_bytes"] == 16


def test_memory_is_reached_only_through_its_handle_and_within_it(port: Port) -> None:
    session = open_session(port)
    array = session.allocate((16,), "int8")
    ref = array.ref
    for wrong, message in (
        (TensorRef(0x20001000, (16,), ref.dtype), "not a valid handle"),
        (TensorRef(ref.handle + 2**32, (16,), ref.dtype), "not a valid handle"),
        (TensorRef(ref.handle + 1, (16,), ref.dtype), "has been freed"),
        (TensorRef(ref.handle, (17,), ref.dtype), "less memory"),
        (TensorRef(ref.handle, (16,), ref.dtype, 1), "less memory"),
        (TensorRef(ref.handle, (16,), ref.dtype, 2**63), "less memory"),
        (TensorRef(session.system_library().handle, (16,), ref.dtype), "not a valid handle"),
    ):
        with pytest.raises(RemoteError, match=message):
            session.copy_from(wrong)
        with pytest.raises(RemoteError, match=message):
            session.system_library().function("twice")(flat(wrong), array)


def flat(ref: TensorRef) -> TensorRef:
    return TensorRef(ref.handle, (ref.size_bytes,), DataType.parse("int8"), ref.byte_offset)


@pytest.mark.parametrize(
    ("code", "arguments", "message"),
    [
        (Code.GET_GLOBAL_FUNC, (), "there are 0 arguments instead of 1"),
        (Code.GET_GLOBAL_FUNC, (3,), "argument 0 has the wrong type code 0"),
        (Code.FREE_HANDLE, (Handle(0), 11), "only functions and modules"),
        (Code.FREE_HANDLE, (Handle(0), int(TypeCode.FUNCTION)), "not a valid handle"),
        (Code.DEV_SET_DEVICE, (Device(2, 0),), r"the only device is cpu\(0\)"),
        (Code.DEV_ALLOC_DATA, (Device(), 16, 3, DataType.parse("int8")), "not a power of two"),
        (Code.DEV_ALLOC_DATA, (Device(), -1, 16, DataType.parse("int8")), "out of range"),
        (Code.DEV_ALLOC_DATA, (Device(), 2**33, 16, DataType.parse("int8")), "out of range"),
    ],
)
def test_wrong_requests_are_answered(
    port: Port, code: Code, arguments: tuple[object, ...], message: str
) -> None:
    with pytest.raises(RemoteError, match=message):
        open_session(port).syscall(code, *arguments)


def test_more_arguments_than_the_device_takes_are_refused(port: Port) -> None:
    session = open_session(port)
    with pytest.raises(RemoteError, match="there are 25 arguments, but the device accepts only 24"):
        session.function("test.add")(*range(25))


@pytest.mark.parametrize("request_bytes", range(500, 510))
def test_figures_that_find_no_room_beside_the_request_are_an_error(port: Port, request_bytes: int) -> None:
    session = open_session(port)
    stats = session.function("mlf.rpc.stats")
    with pytest.raises(RemoteError, match="do not fit in the packet beside the request"):
        stats(bytes(request_bytes - len(minrpc.call(stats.handle, (b"",)))))
    assert session.stats()["sessions"] == 1


def test_results_that_cannot_be_sent_are_errors(port: Port) -> None:
    session = open_session(port)
    for name in ("test.returns_object", "test.returns_module"):
        with pytest.raises(RemoteError, match=r"a result of type code \d+ can't be sent"):
            session.function(name)()


def test_missing_names_are_distinguished_from_errors(port: Port) -> None:
    session = open_session(port)
    for attempt in (
        lambda: session.function("absent"),
        lambda: session.system_library().function("absent"),
        lambda: session.executor("absent"),
        lambda: session.executor().input("absent"),
        lambda: session.executor().input(1),
        lambda: session.executor().output(-1),
    ):
        with pytest.raises(RemoteError, match=r"no function 'absent'|no model 'absent'|no tensor"):
            attempt()


def test_alloc_by_size_honours_its_alignment(port: Port) -> None:
    session = open_session(port)
    session.allocate((1,), "int8")
    found = session.syscall(Code.DEV_ALLOC_DATA, Device(), 3000, 256, DataType.parse("int8"))
    assert isinstance(found, Handle)
    array = TensorRef(found.value, (3000,), DataType.parse("int8"))
    assert session.function("test.alignment")(array) >= 256
    with pytest.raises(RemoteError, match="out of memory"):
        session.syscall(Code.DEV_ALLOC_DATA, Device(), 4096, 256, DataType.parse("int8"))


def raw(session: HostSession, port: Port, packet: bytes) -> list[bytes]:
    events = session.receive(port.feed(session.send(packet)))
    return [event.body for event in events if isinstance(event, Message)]


def started(port: Port, nonce: int = 9) -> HostSession:
    session = HostSession()
    session.receive(port.feed(session.start(nonce)))
    assert session.established
    return session


def test_a_request_may_come_in_several_messages_and_several_in_one(port: Port) -> None:
    session = started(port)
    request = minrpc.syscall(Code.GET_GLOBAL_FUNC, ("test.add",))
    for cut in range(1, len(request)):
        assert raw(session, port, request[:cut]) == []
        assert len(raw(session, port, request[cut:])) == 1
    assert len(raw(session, port, request * 3 + request[:5])) == 3
    assert len(raw(session, port, request[5:])) == 1


@pytest.mark.parametrize("piece", [200, 506, 507, 700, 2500])
@pytest.mark.parametrize("size", [510, 600, 5000])
def test_a_request_that_is_too_long_is_refused_and_the_next_one_served(
    port: Port, size: int, piece: int
) -> None:
    session = started(port)
    request = minrpc.syscall(Code.GET_GLOBAL_FUNC, ("x" * size,))
    (answer,) = raw(session, port, request)
    fault = minrpc.decode_reply(answer[8:])
    assert isinstance(fault, minrpc.RemoteFault)
    assert f"the request has {len(request)} bytes, but the device accepts only 509" in fault.message
    pieces = [request[at : at + piece] for at in range(0, len(request), piece)]
    assert sum(len(raw(session, port, part)) for part in pieces) == 1
    assert len(raw(session, port, minrpc.syscall(Code.GET_GLOBAL_FUNC, ("test.add",)))) == 1


@pytest.mark.parametrize("length", [0, 1, 3, 4, 7, 2**31, 2**32 - 8, 2**63, 2**64 - 1])
def test_any_length_field_leaves_a_device_that_answers(port: Port, length: int) -> None:
    session = started(port)
    raw(session, port, struct.pack("<Q", length) + b"\x03\x00\x00\x00" + bytes(20))
    assert open_session(port).function("test.add")(1, 1) == 2


def test_every_request_code_is_answered(port: Port) -> None:
    session = started(port)
    for code in [0, *range(2, 30), 2**31 - 1, -1]:
        body = struct.pack("<i", code)
        (answer,) = raw(session, port, struct.pack("<Q", len(body)) + body)
        assert isinstance(minrpc.decode_reply(answer[8:]), minrpc.RemoteFault)


def test_shutdown_ends_the_session_and_frees_its_memory(port: Port) -> None:
    session = open_session(port)
    session.allocate((100,), "int8")
    host = session._session
    assert host.receive(port.feed(host.send(minrpc.shutdown()))) == []
    assert port.feed(host.send(minrpc.syscall(Code.GET_GLOBAL_FUNC, ("test.add",)))) == b""
    assert open_session(port).stats()["memory_in_use_bytes"] == 0


def test_messages_of_another_session_are_ignored_and_counted(port: Port) -> None:
    old = started(port, nonce=3)
    new = open_session(port, nonce=4)
    new.allocate((100,), "int8")
    assert port.feed(old.send(minrpc.syscall(Code.GET_GLOBAL_FUNC, ("test.add",)))) == b""
    stats = new.stats()
    assert (stats["refused_messages"], stats["memory_in_use_bytes"]) == (1, 100)


def test_a_reset_device_is_noticed(port: Port) -> None:
    session = open_session(port)
    transport = session._transport
    assert isinstance(transport, PortTransport)
    transport.pending += port.reset(seed=77)
    with pytest.raises(SessionLostError, match="the device ended the session"):
        session.stats()
    session.connect()
    assert session.stats()["sessions"] == 1


def test_a_device_that_stops_says_so(port: Port) -> None:
    session = started(port)
    assert session.receive(port.stop()) == [Terminated()]
    assert open_session(port).stats()["sessions"] == 2


def test_an_answer_that_cannot_be_sent_costs_no_more_than_itself(port: Port) -> None:
    session = open_session(port)
    held = session.allocate((100,), "int8")
    port.break_writes(True)
    with pytest.raises(SessionError):
        held.read()
    assert port.status == -2
    port.break_writes(False)
    session.connect()
    stats = session.stats()
    assert (stats["write_errors"], stats["memory_in_use_bytes"]) == (1, 0)


def test_after_a_packet_that_broke_off_an_open_escape_is_closed(port: Port) -> None:
    opening = HostSession().start(1)
    port.break_writes(True)
    port.feed(opening)
    port.break_writes(False)
    assert port.feed(opening).startswith(b"\xfe\xff\xfd")
    assert port.feed(opening).startswith(b"\xff\xfd")


@pytest.mark.parametrize("excess", [1, 200, 2**32, 2**63, 2**64 - 21])
@pytest.mark.parametrize("code", [TypeCode.STR, TypeCode.BYTES])
def test_a_string_that_claims_more_than_the_request_holds_is_refused(
    port: Port, code: TypeCode, excess: int
) -> None:
    session = started(port)
    found = minrpc.decode_reply(
        raw(session, port, minrpc.syscall(Code.GET_GLOBAL_FUNC, ("test.echo",)))[0][8:]
    )
    assert isinstance(found, minrpc.Return)
    body = struct.pack("<iQiiQ", Code.CALL_FUNC, found.values[0].value, 1, code, 20 + excess) + b"x" * 20
    (answer,) = raw(session, port, struct.pack("<Q", len(body)) + body)
    assert minrpc.decode_reply(answer[8:]) == minrpc.RemoteFault("the request ends early")


def test_a_lost_connection_is_an_error_with_the_protocols_name(port: Port) -> None:
    from generator.session import TransportClosedError

    session = open_session(port)
    transport = session._transport
    assert isinstance(transport, PortTransport)
    transport.closed = True
    with pytest.raises(TransportClosedError):
        session.stats()
    session.close()


def test_a_silent_device_is_given_up() -> None:
    from rpc_port import StepClock

    from generator.session import RemoteSession, Timeouts

    class Silence:
        starts = 0

        def read(self, n: int, timeout_s: float | None) -> bytes:
            raise IoTimeoutError("silence")

        def write(self, data: bytes, timeout_s: float | None) -> None:
            self.starts += 1

    silence = Silence()
    session = RemoteSession(silence, clock=StepClock(), nonce=255, timeouts=Timeouts(1.0, 20.0, 1.0))
    with pytest.raises(SessionError, match=r"no answer from the device within 20.0 s"):
        session.connect()
    assert silence.starts > 1


def test_bytes_that_find_no_room_in_the_ring_are_counted(port: Port) -> None:
    session = open_session(port)
    before = session.stats()["lost_bytes"]
    room = 3 + 2 * (512 + 6)
    port.through_ring(bytes(room + 5))
    assert session.stats()["lost_bytes"] == before + 5


def test_a_whole_packet_of_escapes_fits_in_the_ring(port: Port) -> None:
    session = started(port)
    before = open_session(port).stats()["lost_bytes"]
    session = started(port)
    request = minrpc.syscall(Code.GET_GLOBAL_FUNC, ("x",))
    filler = session.send(request + struct.pack("<Q", 500) + b"\xff" * 460)
    assert len(filler) > 950
    assert port.through_ring(filler) != b""
    assert open_session(port).stats()["lost_bytes"] == before


def test_module_arguments_of_the_wrong_kind_are_refused(port: Port) -> None:
    session = open_session(port)
    array = session.allocate((4,), "int8")
    lookup = session.function("tvm.rpc.server.ModuleGetFunction")
    with pytest.raises(RemoteError, match="not a valid handle for this operation"):
        lookup(ModuleHandle(array.ref.handle), "twice", True)
    with pytest.raises(RemoteError, match="not a valid handle for this operation"):
        lookup(None, "twice", True)


def test_the_device_answers_tvms_own_client_as_it_did_when_recorded(port: Port) -> None:
    """The recording is of TVM 0.12.0's client; tests/unit/session reads it from the host's side."""
    recording = Path(__file__).parents[1] / "session" / "data" / "tvm_0_12_client.json"
    port.reset(seed=5)
    for step in json.loads(recording.read_text()):
        assert port.feed(bytes.fromhex(step["host"])).hex() == step["device"], step["op"]
