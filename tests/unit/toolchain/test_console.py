import pytest
from toolchain_fakes import FakeConsole

from generator.toolchain import console
from generator.toolchain.console import capture


class Clock:
    """A second passes at every look."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        self.now_s += 1.0
        return self.now_s


def test_it_stops_after_the_markers_whole_line() -> None:
    lines: list[str] = []
    stream = FakeConsole([b"boot\r\nEN", b"D ok 1", b"2\r\nmore", b"never read"])
    result = capture(stream, "END", 60, lines.append)
    assert result.console == b"boot\r\nEND ok 12\r\n"
    assert result.text == "boot\nEND ok 12\n"
    assert result.ended_by == "marker"
    assert lines == ["boot", "END ok 12"]
    assert stream.chunks == [b"never read"]


def test_it_stops_when_the_other_side_ends() -> None:
    lines: list[str] = []
    result = capture(FakeConsole([b"a\nrest"]), "END", 60, lines.append)
    assert (result.console, result.ended_by) == (b"a\nrest", "exit")
    assert lines == ["a", "rest"]


def test_a_marker_without_line_end_counts_when_the_other_side_ends() -> None:
    assert capture(FakeConsole([b"a\nEND"]), "END", 60).ended_by == "marker"


def test_it_stops_when_time_is_up_and_keeps_what_came() -> None:
    stream = FakeConsole([b"a\n", b"b"], endless=True)
    result = capture(stream, None, 10, clock=Clock())
    assert (result.console, result.ended_by) == (b"a\nb", "timeout")
    assert result.seconds >= 10
    assert all(wait_s <= 1 for wait_s in stream.waits)


def test_bytes_that_are_not_text_are_kept() -> None:
    result = capture(FakeConsole([b"\xff\x00\nEND\n"]), "END", 60)
    assert result.console == b"\xff\x00\nEND\n"
    assert result.text == "\ufffd\x00\nEND\n"


def test_a_flood_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "FLOOD_BYTES", 100)
    result = capture(FakeConsole([b"x" * 60, b"x" * 60, b"x" * 60]), "END", 60)
    assert result.ended_by == "flood"
    assert len(result.console) == 120


def test_a_marker_is_text_of_any_language() -> None:
    assert capture(FakeConsole(["größe\n".encode()]), "größe", 60).ended_by == "marker"
