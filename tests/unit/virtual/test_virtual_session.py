"""A session: host and firmware talk over the console."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from virtual_bench import machine, program_elf

from generator.errors import RunError
from generator.model.virtual import EndedBy
from generator.virtual import VirtualSession

PATIENCE_S = 30


@pytest.fixture
def opened() -> Iterator[list[VirtualSession]]:
    pytest.importorskip("unicorn", reason="the extra 'virtual' is not installed")
    sessions: list[VirtualSession] = []
    yield sessions
    for session in sessions:
        session.close()


def start(opened: list[VirtualSession], name: str) -> VirtualSession:
    session = VirtualSession(program_elf(name), machine())
    opened.append(session)
    return session


def read_exactly(session: VirtualSession, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = session.read(count - len(data), PATIENCE_S)
        assert part, f"no more than {data!r} came"
        data += part
    return data


@pytest.mark.parametrize("program", ["poll_echo", "echo"])
def test_what_is_written_comes_back(opened: list[VirtualSession], program: str) -> None:
    session = start(opened, program)
    for word in (b"one", b"two", b"three"):
        session.write(word)
        assert read_exactly(session, len(word)) == word


def test_read_gives_up_in_time(opened: list[VirtualSession]) -> None:
    session = start(opened, "poll_echo")
    assert session.read(10, 0.01) == b""
    assert not session.ended


def test_end_of_the_firmware_ends_reading(opened: list[VirtualSession]) -> None:
    session = start(opened, "echo")
    session.write(b"bye.")
    assert read_exactly(session, 4) == b"bye."
    assert session.read(1, PATIENCE_S) == b""
    assert session.ended
    result = session.close()
    assert (result.ended_by, result.exit_code, result.console) == (EndedBy.EXIT, ord("."), b"bye.")


@pytest.mark.parametrize("program", ["poll_echo", "sleep_for_good", "ticks_for_good"])
def test_close_stops_whatever_runs_and_may_be_repeated(opened: list[VirtualSession], program: str) -> None:
    session = start(opened, program)
    result = session.close()
    assert result.ended_by is EndedBy.CLOSED
    assert session.close() == result
    session.write(b"dropped")
    assert session.read(1, PATIENCE_S) == b""


def test_fault_ends_the_session(opened: list[VirtualSession]) -> None:
    session = start(opened, "undefined")
    assert session.read(1, PATIENCE_S) == b""
    result = session.close()
    assert result.ended_by is EndedBy.FAULT
    assert result.fault is not None


def test_with_closes(opened: list[VirtualSession]) -> None:
    with start(opened, "poll_echo") as session:
        session.write(b"x")
        assert read_exactly(session, 1) == b"x"
    assert session.ended


def test_unusable_image_is_refused_at_once() -> None:
    with pytest.raises(RunError):
        VirtualSession(b"nothing", machine())
