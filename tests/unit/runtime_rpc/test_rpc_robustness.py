"""Whatever comes over the wire: never a crash (the port runs under sanitizers), always a next session."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rpc_port import Port, open_session

from generator.session import RemoteError, minrpc
from generator.session.framing import Decoder, Fault, Packet, encode_packet
from generator.session.minrpc import Code
from generator.session.session import HostSession, MessageType, encode_message
from generator.session.values import DataType, TensorRef, TypeCode

relaxed = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)

#: bytes that mean something to the framing are as likely as all others together
wire_bytes = st.lists(st.one_of(st.sampled_from([0xFF, 0xFD, 0xFE, 0, 1, 3]), st.integers(0, 255))).map(bytes)


def works(port: Port) -> None:
    session = open_session(port)
    array = session.allocate((64,), "uint8")
    array.write(bytes(range(192, 256)))
    assert array.read() == bytes(range(192, 256))
    session.close()
    session.connect()
    assert session.stats()["memory_in_use_bytes"] == 0


def requests(session: HostSession) -> list[bytes]:
    """A session's worth of packets, of which the fuzzers make wrong ones."""
    tensor = TensorRef(0xC0000000, (4,), DataType.parse("int8"))
    return [
        session.send(minrpc.init_server()),
        session.send(minrpc.syscall(Code.GET_GLOBAL_FUNC, ("test.add",))),
        session.send(minrpc.syscall(Code.DEV_ALLOC_DATA_WITH_SCOPE, (tensor, None))),
        session.send(minrpc.call(0x40000000, (1, 2.0, "three", b"four", None, tensor))),
        session.send(minrpc.copy_to_remote(tensor, b"\xff\xfd\xfe\x00")),
        session.send(minrpc.copy_from_remote(tensor, 4)),
        session.send(minrpc.syscall(Code.COPY_AMONG_REMOTE, (tensor, tensor, None))),
    ]


@relaxed
@given(noise=wire_bytes)
def test_after_any_noise_a_session_opens_at_the_first_try(port: Port, noise: bytes) -> None:
    port.feed(noise)
    session = HostSession()
    session.receive(port.feed(session.start(7)))
    assert session.established


@relaxed
@given(noise=wire_bytes)
def test_noise_inside_a_session_leaves_a_device_that_works(port: Port, noise: bytes) -> None:
    session = open_session(port)
    session.allocate((100,), "int8")
    port.feed(noise)
    works(port)


@relaxed
@given(noise=wire_bytes, cuts=st.lists(st.integers(0, 400), max_size=5))
def test_the_device_and_the_host_find_the_same_packets(port: Port, noise: bytes, cuts: list[int]) -> None:
    """Two decoders written apart: every figure the device counts is what the host's decoder finds."""
    port.reset()
    pieces = [noise[a:b] for a, b in zip([0, *sorted(cuts)], [*sorted(cuts), len(noise)], strict=True)]
    decoder = Decoder(limit_bytes=2**32)
    events = [event for piece in pieces for event in decoder.feed(piece)]
    for piece in pieces:
        port.feed(piece)
    # What follows may complete or end what the noise began.
    session = HostSession()
    opening = session.start(5)
    events += decoder.feed(opening)
    session.receive(port.feed(opening))
    lookup = session.send(minrpc.syscall(Code.GET_GLOBAL_FUNC, ("mlf.rpc.stats",)))
    (found,) = session.receive(port.feed(lookup))
    handle = minrpc.decode_reply(found.body[8:]).values[0].value  # type: ignore[union-attr]
    (answer,) = session.receive(port.feed(session.send(minrpc.call(handle, ()))))
    stats = str(minrpc.decode_result(minrpc.decode_reply(answer.body[8:])))  # type: ignore[union-attr, arg-type]
    figures = dict(word.split("=") for word in stats.split() if "=" in word)
    assert int(figures["packets"]) == sum(isinstance(event, Packet) for event in events) + 2
    assert int(figures["crc_errors"]) == events.count(Fault.CRC)
    assert int(figures["short_packets"]) == events.count(Fault.SHORT)
    assert int(figures["bad_escapes"]) == events.count(Fault.ESCAPE)


@relaxed
@given(data=st.data())
def test_damaged_packets(port: Port, data: st.DataObject) -> None:
    """Truncated, repeated, swapped, bits flipped: no harm, and a wrong CRC is never acted on."""
    port.reset()
    session = HostSession()
    session.receive(port.feed(session.start(11)))
    packets = [bytearray(packet) for packet in requests(session)]
    for packet in packets:
        match data.draw(st.sampled_from(["whole", "cut", "twice", "flip", "insert"])):
            case "cut":
                del packet[data.draw(st.integers(0, len(packet))) :]
            case "twice":
                packet += bytes(packet)
            case "flip":
                packet[data.draw(st.integers(0, len(packet) - 1))] ^= 1 << data.draw(st.integers(0, 7))
            case "insert":
                at = data.draw(st.integers(0, len(packet)))
                packet[at:at] = data.draw(st.binary(min_size=1, max_size=4))
    for packet in data.draw(st.permutations(packets)):
        port.feed(bytes(packet))
    works(port)


@relaxed
@given(body=st.binary(max_size=300), code=st.integers(0, 25))
def test_any_body_of_any_request(port: Port, body: bytes, code: int) -> None:
    port.reset()
    session = HostSession()
    session.receive(port.feed(session.start(12)))
    packet = code.to_bytes(4, "little") + body
    port.feed(session.send(len(packet).to_bytes(8, "little") + packet))
    works(port)


contents = st.one_of(
    st.integers(-1, 2**33).map(lambda value: value.to_bytes(8, "little", signed=True)),
    st.binary(max_size=24),
    # A string or bytes, and how far its length is from the truth.
    st.tuples(st.binary(max_size=20), st.sampled_from([0, 0, 0, 1, -1, 400])).map(
        lambda pair: max(0, len(pair[0]) + pair[1]).to_bytes(8, "little") + pair[0]
    ),
)
value_lists = st.lists(st.tuples(st.sampled_from([*TypeCode, 8, 14, 99]), contents), max_size=6)


@relaxed
@given(values=value_lists, more=st.sampled_from([0, 0, 0, 0, -1, 1, 30, -40]), function=st.integers(0, 40))
def test_any_arguments_of_any_function(
    port: Port, values: list[tuple[int, bytes]], more: int, function: int
) -> None:
    session = HostSession()
    session.receive(port.feed(session.start(13)))
    # One of the built-in functions, the library's, the globals or the models'.
    handle = 1 << 30 | 1 << 14 | (function % 5) << 11 | function // 5
    codes = b"".join(int(code).to_bytes(4, "little") for code, _ in values)
    body = handle.to_bytes(8, "little") + (len(values) + more).to_bytes(4, "little", signed=True) + codes
    body += b"".join(content for _, content in values)
    packet = int(Code.CALL_FUNC).to_bytes(4, "little") + body
    port.reset()
    session.receive(port.feed(session.start(14)))
    port.feed(session.send(len(packet).to_bytes(8, "little") + packet))
    works(port)


@relaxed
@given(
    messages=st.lists(
        st.tuples(st.integers(0, 0xFFFF), st.sampled_from([*MessageType, 4, 0x11]), st.binary(max_size=4)),
        max_size=8,
    )
)
def test_any_session_messages_in_any_order(
    port: Port, messages: list[tuple[int, MessageType, bytes]]
) -> None:
    for session_id, kind, body in messages:
        payload = session_id.to_bytes(2, "little") + bytes((kind,)) + body
        port.feed(encode_packet(payload))
    works(port)


@pytest.mark.parametrize("number", range(8))
def test_a_time_evaluator_that_never_was(port: Port, number: int) -> None:
    session = open_session(port)
    handle = 1 << 30 | session.stats()["sessions"] << 14 | 4 << 11 | number
    with pytest.raises(RemoteError, match="the time evaluator has been freed"):
        session.call(handle)


def test_a_packet_with_a_wrong_crc_is_not_acted_on(port: Port) -> None:
    session = open_session(port)
    before = session.stats()
    good = encode_message(0, MessageType.TERMINATE)
    port.feed(good[:-1] + bytes((good[-1] ^ 1,)))
    after = session.stats()
    assert after["crc_errors"] == before["crc_errors"] + 1
    assert after["sessions"] == before["sessions"]


def test_a_thousand_sessions_in_a_row_use_the_same_memory(port: Port) -> None:
    """Sessions end in every way there is: by the host, by the next one, by a broken line."""
    chance = random.Random(1)
    session = open_session(port)
    in_use = set()
    peaks = set()
    for number in range(1000):
        for size in (16, 300, 1000, 2000):
            session.allocate((size,), "int8").write(bytes(size)) if size < 400 else session.allocate(
                (size,), "int8"
            )
        model = session.executor()
        model.input(0).write(bytes(range(6)))
        model.run()
        stats = session.stats()
        in_use.add(stats["memory_in_use_bytes"])
        peaks.add(stats["memory_peak_bytes"])
        assert stats["sessions"] == number + 1
        match chance.randrange(3):
            case 0:
                session.close()
            case 1:
                port.feed(b"\xff\xfd\x10\x00\x00\x00half a pack")
        session.connect()
        assert session.stats()["memory_in_use_bytes"] == 0
    assert in_use == {16 + 300 + 1000 + 2000}
    assert len(peaks) == 1


@pytest.mark.parametrize("seed", range(3))
def test_long_random_streams(port: Port, seed: int) -> None:
    chance = random.Random(seed)
    session = HostSession()
    for _ in range(300):
        kind = chance.randrange(4)
        if kind == 0:
            port.feed(chance.randbytes(chance.randrange(600)))
        elif kind == 1:
            session.receive(port.feed(session.start(chance.randrange(1, 256))))
        elif session.established:
            packet = bytearray(chance.choice(requests(session)))
            for _ in range(chance.randrange(3)):
                packet[chance.randrange(len(packet))] = chance.randrange(256)
            port.feed(bytes(packet))
    works(port)
