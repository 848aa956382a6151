"""Packets of GDB's remote protocol as they travel."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.virtual.rsp import MAX_PAYLOAD_BYTES, Packet, PacketReader, Signal, encode


def read(*pieces: bytes) -> list[Packet | Signal]:
    reader = PacketReader()
    return [event for piece in pieces for event in reader.feed(piece)]


def test_a_packet_has_the_checksum_of_the_manual() -> None:
    assert encode(b"OK") == b"$OK#9a"
    assert encode(b"") == b"$#00"
    assert read(b"$m0,4#fd") == [Packet(b"m0,4")]


def test_bytes_that_mean_something_travel_escaped() -> None:
    assert encode(b"#$}*") == b"$}\x03}\x04}]}\n#d4"[:-2] + b"%02x" % (sum(b"}\x03}\x04}]}\n") & 0xFF)


@given(st.lists(st.binary(max_size=40), max_size=5), st.integers(1, 7))
def test_what_is_encoded_is_read_back_in_pieces_of_any_size(payloads: list[bytes], size: int) -> None:
    travelling = b"".join(encode(payload) for payload in payloads)
    pieces = [travelling[at : at + size] for at in range(0, len(travelling), size)]
    assert read(*pieces) == [Packet(payload) for payload in payloads]


def test_signals_stand_between_packets() -> None:
    events = read(b"+$?#3f\x03-+", b"$c#", b"63")
    assert events == [
        Signal.ACKNOWLEDGED,
        Packet(b"?"),
        Signal.INTERRUPT,
        Signal.REJECTED,
        Signal.ACKNOWLEDGED,
        Packet(b"c"),
    ]


@pytest.mark.parametrize("damaged", [b"$c#64", b"$c#zz", b"$c# 6"])
def test_a_damaged_packet_is_reported_and_the_next_is_read(damaged: bytes) -> None:
    assert read(damaged + b"$c#63") == [Signal.DAMAGED, Packet(b"c")]


def test_a_packet_without_end_does_not_fill_the_memory() -> None:
    reader = PacketReader()
    events = [event for _ in range(40) for event in reader.feed(b"$" + b"x" * (MAX_PAYLOAD_BYTES // 16))]
    assert events[:1] == [Signal.DAMAGED]


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_exception(data: bytes) -> None:
    assert all(isinstance(event, Packet | Signal) for event in read(data))
