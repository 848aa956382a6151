from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.session.framing import NOP, Decoder, Fault, Packet, crc16, encode_packet

meaningful = st.sampled_from([0xFF, 0xFE, 0xFD, 0x00])
payloads = st.lists(st.one_of(meaningful, st.integers(0, 255)), max_size=60).map(bytes)


def test_the_crc_is_ccitts() -> None:
    # The check value of CRC-16/IBM-3740 (CCITT with initial value FFFF) in every catalogue.
    assert crc16(b"123456789") == 0x29B1


def test_a_packet_byte_by_byte() -> None:
    head = bytes.fromhex("fffd 03000000 0000 02")
    assert encode_packet(b"\x00\x00\x02") == head + crc16(head).to_bytes(2, "little")
    assert encode_packet(b"\xff\xfd")[6:10] == b"\xff\xff\xfd" + encode_packet(b"\xff\xfd")[9:10]


@given(st.lists(payloads, max_size=4), st.integers(1, 40))
def test_what_is_encoded_is_decoded_in_any_pieces(contents: list[bytes], piece: int) -> None:
    stream = NOP + b"".join(encode_packet(payload) for payload in contents)
    decoder = Decoder()
    events = [event for at in range(0, len(stream), piece) for event in decoder.feed(stream[at : at + piece])]
    assert events == [Packet(payload) for payload in contents]


@given(st.binary(max_size=80), payloads)
def test_after_any_bytes_a_nop_and_a_packet_are_found(noise: bytes, payload: bytes) -> None:
    decoder = Decoder()
    decoder.feed(noise)
    assert decoder.feed(NOP + encode_packet(payload))[-1] == Packet(payload)


@given(payloads, st.data())
def test_one_changed_byte_never_passes(payload: bytes, data: st.DataObject) -> None:
    packet = bytearray(encode_packet(payload))
    at = data.draw(st.integers(0, len(packet) - 1))
    packet[at] ^= data.draw(st.integers(1, 255))
    assert Packet(payload) not in Decoder().feed(bytes(packet))


@given(payloads)
def test_an_escaped_nothing_inside_a_packet_changes_only_the_crc(payload: bytes) -> None:
    head = encode_packet(payload)[:6] + b"\xff\xfe"
    body = payload.replace(b"\xff", b"\xff\xff")
    if 0xFF in len(payload).to_bytes(4, "little"):
        return
    crc = crc16(head + body).to_bytes(2, "little").replace(b"\xff", b"\xff\xff")
    expected = [Packet(payload)] if payload else [Fault.CRC]
    assert Decoder().feed(head + body + crc) == expected


@pytest.mark.parametrize(
    ("stream", "fault"),
    [
        (b"\xff\xfd\x04\x00\x00\x00ab" + encode_packet(b"x"), Fault.SHORT),
        (b"\xff\xfd\x04\x00\x00\x00a\xff\x01" + encode_packet(b"x"), Fault.ESCAPE),
        (encode_packet(b"y")[:-1] + b"\x00" + encode_packet(b"x"), Fault.CRC),
        (b"\xff\xfd\x00\x00\x00\x80" + encode_packet(b"x"), Fault.OVERSIZE),
    ],
)
def test_each_fault_is_named_and_the_next_packet_found(stream: bytes, fault: Fault) -> None:
    assert Decoder().feed(stream) == [fault, Packet(b"x")]


def test_bytes_wanted_never_asks_for_more_than_the_packet_has() -> None:
    packet = encode_packet(b"\xff" * 10 + b"abc")
    decoder = Decoder()
    at = 0
    while at < len(packet):
        wanted = decoder.bytes_wanted
        assert 1 <= wanted <= len(packet) - at
        events = decoder.feed(packet[at : at + wanted])
        at += wanted
    assert events == [Packet(b"\xff" * 10 + b"abc")]
