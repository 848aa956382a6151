import builtins
import errno
import os
from collections.abc import Iterator
from typing import Any

import pytest

from generator.errors import RunError, ToolMissingError
from generator.toolchain.console import capture
from generator.toolchain.serial_port import SerialPort, SerialStream, choose_port, list_serial_ports

ST_LINK = SerialPort("/dev/ttyACM0", 0x0483, 0x374B, "066AFF")
ST_LINK_2 = SerialPort("/dev/ttyACM1", 0x0483, 0x374B, "066BEE")
MODEM = SerialPort("/dev/ttyS0")


@pytest.mark.parametrize(
    ("ports", "wanted", "chosen"),
    [
        ([MODEM, ST_LINK], (0x0483, 0x374B, None), ST_LINK),
        ([ST_LINK_2, ST_LINK], (0x0483, 0x374B, "066BEE"), ST_LINK_2),
        ([ST_LINK_2, ST_LINK], (None, None, "066AFF"), ST_LINK),
        ([MODEM], (None, None, None), MODEM),
    ],
)
def test_the_one_that_matches(ports: list[SerialPort], wanted: tuple[Any, ...], chosen: SerialPort) -> None:
    assert choose_port(ports, *wanted) == chosen


def test_several_match() -> None:
    with pytest.raises(RunError) as caught:
        choose_port([ST_LINK_2, ST_LINK], 0x0483, 0x374B)
    assert "/dev/ttyACM0 0483:374b serial number 066AFF, /dev/ttyACM1" in caught.value.what
    assert "--serial-number" in (caught.value.hint or "")


def test_none_matches() -> None:
    with pytest.raises(RunError) as caught:
        choose_port([MODEM, ST_LINK], 0x0483, 0xFFFF)
    assert "product id 0xffff" in caught.value.what
    assert "/dev/ttyS0" in (caught.value.hint or "")


def test_there_is_none_at_all() -> None:
    with pytest.raises(RunError) as caught:
        choose_port([])
    assert caught.value.what == "there is no serial port"
    assert "connected" in (caught.value.hint or "")


def test_without_pyserial(monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def no_serial(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.split(".")[0] == "serial":
            raise ImportError(name)
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", no_serial)
    for act in (list_serial_ports, lambda: SerialStream("/dev/ttyACM0")):
        with pytest.raises(ToolMissingError) as caught:
            act()
        assert "mlfgen[serial]" in (caught.value.hint or "")


# ---- a pseudo terminal is a serial port with a cable to this test


@pytest.fixture
def cable() -> Iterator[tuple[int, str]]:
    pytest.importorskip("serial", reason="needs pyserial")
    ours, theirs = os.openpty()
    yield ours, os.ttyname(theirs)
    os.close(ours)
    os.close(theirs)


def test_bytes_pass_both_ways(cable: tuple[int, str]) -> None:
    ours, device = cable
    port = SerialStream(device)
    try:
        assert port.read(0.0) == b""
        os.write(ours, b"boot\r\n\xff\x00END ok\r\n")
        result = capture(port, "END", 30)
        assert (result.console, result.ended_by) == (b"boot\r\n\xff\x00END ok\r\n", "marker")
        port.write(b"\x00\x11\x13\xff\n")
        assert os.read(ours, 100) == b"\x00\x11\x13\xff\n"
    finally:
        port.close()
    port.close()
    assert port.read(1.0) is None


def test_a_port_has_one_user(cable: tuple[int, str]) -> None:
    port = SerialStream(cable[1])
    try:
        with pytest.raises(RunError) as caught:
            SerialStream(cable[1])
        assert "another program" in caught.value.what
    finally:
        port.close()


def test_an_unplugged_board_ends_the_stream() -> None:
    pytest.importorskip("serial", reason="needs pyserial")
    ours, theirs = os.openpty()
    port = SerialStream(os.ttyname(theirs))
    os.close(theirs)
    os.close(ours)
    assert port.read(5.0) is None
    with pytest.raises(RunError):
        port.write(b"x")
    port.close()


@pytest.mark.parametrize(
    ("number", "said", "hinted"),
    [
        (errno.EACCES, "no permission", "dialout"),
        (errno.EBUSY, "another program", "close"),
        (errno.ENOENT, "no such serial port", "connected"),
    ],
)
def test_why_a_port_does_not_open(
    monkeypatch: pytest.MonkeyPatch, number: int, said: str, hinted: str
) -> None:
    serial = pytest.importorskip("serial", reason="needs pyserial")

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise serial.SerialException(number, f"could not open port: {os.strerror(number)}")

    monkeypatch.setattr(serial, "Serial", refuse)
    with pytest.raises(RunError) as caught:
        SerialStream("/dev/ttyACM0")
    assert said in caught.value.what
    assert hinted in (caught.value.hint or "")
    assert caught.value.where == "/dev/ttyACM0"


def test_the_ports_of_this_computer() -> None:
    pytest.importorskip("serial", reason="needs pyserial")
    assert all(port.device for port in list_serial_ports())
