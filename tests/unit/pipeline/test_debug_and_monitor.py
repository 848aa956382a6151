"""Debugging a board and listening to it: which programs, with which words, and when it ends."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from generator.cli.main import main
from generator.errors import BoardError, RunError, TargetError, ToolMissingError, UsageError
from generator.model.options import GenerateOptions
from generator.pipeline.debug import DebugRequest, debug
from generator.pipeline.generate import generate
from generator.pipeline.inputs import GenerateRequest
from generator.pipeline.monitor import MonitorRequest, monitor
from generator.toolchain.debugger import find_debugger, openocd_commands
from generator.virtual import rsp

SAMPLE = Path(__file__).parents[3] / "samples" / "sine.tar"
DISCO = "stm32f746g_disco"


class Terminal:
    """Records what would have the terminal."""

    def __init__(self) -> None:
        self.argv: tuple[str, ...] = ()
        self.cwd = Path()

    def run(self, argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> int:
        self.argv, self.cwd = tuple(argv), cwd
        return 7


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("gdb-multiarch", "my-gdb"):
        (tools / name).write_text("#!/bin/sh\n", "utf-8")
        (tools / name).chmod(0o755)
    return {"PATH": str(tools), "HOME": str(tmp_path)}


def application(folder: Path, *, rtos: str = "freertos", board: str = DISCO, image: bytes = b"elf") -> Path:
    options = GenerateOptions(rtos, {}, {}, False, 4096, "portfolio")
    generate(GenerateRequest((SAMPLE,), board, options, output=folder))
    elf = folder / "build" / ("zephyr/zephyr.elf" if rtos == "zephyr" else "firmware.elf")
    elf.parent.mkdir(parents=True)
    elf.write_bytes(image)
    return folder


# ---- debug


def test_a_board_with_openocd_is_halted_loaded_and_stopped_at_main(
    tmp_path: Path, env: dict[str, str]
) -> None:
    app, terminal = application(tmp_path / "my app"), Terminal()
    assert debug(DebugRequest(app, serial_number="066E"), terminal=terminal, env=env) == 7
    log = app / "build" / "openocd.log"
    assert terminal.argv == (
        str(tmp_path / "bin" / "gdb-multiarch"),
        "-q",
        "-ex",
        f"target extended-remote | openocd -c 'gdb_port pipe; log_output {{{log}}}' "
        "-f board/stm32f746g-disco.cfg -c 'adapter serial 066E'",
        *("-ex", "monitor reset halt", "-ex", "load", "-ex", "monitor reset halt", "-ex", "tbreak main"),
        str(app / "build" / "firmware.elf"),
    )
    assert terminal.cwd == Path("/")


def test_what_is_in_the_board_can_be_debugged_with_another_gdb(tmp_path: Path, env: dict[str, str]) -> None:
    app, terminal = application(tmp_path / "app"), Terminal()
    debug(DebugRequest(app, gdb="my-gdb", load=False), terminal=terminal, env=env)
    assert terminal.argv[0] == str(tmp_path / "bin" / "my-gdb") and "load" not in terminal.argv


def test_a_name_from_a_board_file_is_one_word_to_the_shell_of_gdb() -> None:
    connect, *_ = openocd_commands("x.cfg; rm -rf ~", Path("/b/openocd.log"), "1 2", load=True)
    assert "-f 'x.cfg; rm -rf ~' -c 'adapter serial 1 2'" in connect
    with pytest.raises(RunError, match="braces or backslashes"):
        openocd_commands("x.cfg", Path("/{b}/openocd.log"), None, load=True)


def test_a_serial_number_is_not_a_program_for_openocd(tmp_path: Path, env: dict[str, str]) -> None:
    app, terminal = application(tmp_path / "app"), Terminal()
    with pytest.raises(UsageError, match="not a serial number: '1; exec touch x'"):
        debug(DebugRequest(app, serial_number="1; exec touch x"), terminal=terminal, env=env)
    assert terminal.argv == ()


def test_zephyr_debugs_through_west_what_was_built_here_and_nothing_else(
    tmp_path: Path, env: dict[str, str]
) -> None:
    app = application(tmp_path / "app", rtos="zephyr")
    with pytest.raises(TargetError, match="not built here"):
        debug(DebugRequest(app), terminal=Terminal(), env=env)


def test_the_virtual_microcontroller_is_debugged_by_its_own_server(
    tmp_path: Path, env: dict[str, str]
) -> None:
    pytest.importorskip("unicorn", reason="the extra 'virtual' is not installed")

    class Leaving(Terminal):
        """Connects, asks who is there, and leaves."""

        def run(self, argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> int:
            connect = next(word for word in argv if word.startswith("target remote :"))
            with socket.create_connection(("127.0.0.1", int(connect.rpartition(":")[2])), timeout=20) as link:
                link.sendall(rsp.encode(b"p10"))
                reader = rsp.PacketReader()
                self.xpsr = b""
                while not self.xpsr:
                    packets = [e for e in reader.feed(link.recv(4096)) if isinstance(e, rsp.Packet)]
                    self.xpsr = packets[0].payload if packets else b""
            return super().run(argv, cwd, env)

    terminal = Leaving()
    app = application(tmp_path / "app", image=image_of_a_loop())
    assert debug(DebugRequest(app, emulator=True), terminal=terminal, env=env) == 7
    assert terminal.xpsr == b"00000001"
    assert terminal.argv[-1] == str(app / "build" / "firmware.elf")


def image_of_a_loop() -> bytes:
    """An executable with one segment at 0x08000000: a vector table, and a branch to itself."""
    code = (0x2001_0000).to_bytes(4, "little") + (0x0800_0009).to_bytes(4, "little") + b"\xfe\xe7"
    numbers = (2, 40, 1, 0x0800_0009, 52, 0, 0x0500_0000, 52, 32, 1, 40, 0, 0)
    sizes = (2, 2, 4, 4, 4, 4, 4, 2, 2, 2, 2, 2, 2)
    header = b"\x7fELF\x01\x01\x01".ljust(16, b"\0") + b"".join(
        number.to_bytes(size, "little") for number, size in zip(numbers, sizes, strict=True)
    )
    segment = (1, 84, 0x0800_0000, 0x0800_0000, len(code), len(code), 5, 4)
    return header + b"".join(word.to_bytes(4, "little") for word in segment) + code


def test_what_can_not_be_debugged_is_reported_with_what_to_do(tmp_path: Path, env: dict[str, str]) -> None:
    app = application(tmp_path / "app", board="mps2_an500")
    with pytest.raises(BoardError, match="neither OpenOCD as a runner nor a virtual") as caught:
        debug(DebugRequest(app), terminal=Terminal(), env=env)
    assert "add openocd to 'runners'" in str(caught.value.hint)
    (app / "build" / "firmware.elf").unlink()
    with pytest.raises(RunError, match="the image does not exist"):
        debug(DebugRequest(app), terminal=Terminal(), env=env)


def test_a_computer_without_a_debugger_is_reported() -> None:
    with pytest.raises(ToolMissingError, match="none of arm-none-eabi-gdb and gdb-multiarch is in PATH"):
        find_debugger(None, lambda name: None)
    with pytest.raises(ToolMissingError, match="'my-gdb' is not in PATH"):
        find_debugger("my-gdb", lambda name: None)


# ---- monitor


class Port:
    """A serial port that gives its chunks, then is silent."""

    def __init__(self, *chunks: bytes | None) -> None:
        self.chunks = list(chunks)
        self.closed = False

    def read(self, timeout_s: float) -> bytes | None:
        return self.chunks.pop(0) if self.chunks else b""

    def write(self, data: bytes) -> None:
        raise AssertionError("a monitor only listens")

    def close(self) -> None:
        self.closed = True


def heard(request: MonitorRequest, port: Port) -> bytes:
    found = bytearray()
    try:
        monitor(request, found.extend, open_=lambda options: port)
    finally:
        assert port.closed
    return bytes(found)


def test_a_monitor_shows_everything_until_the_board_goes(tmp_path: Path) -> None:
    app = application(tmp_path / "app")
    text = heard(MonitorRequest(app), Port(b"mlf: end, 0 fail", b"ures\r\n", b"", b"more", None))
    assert text == b"mlf: end, 0 failures\r\nmore"


def test_a_monitor_stops_at_the_end_of_the_samples_where_asked(tmp_path: Path) -> None:
    app = application(tmp_path / "app")
    port = Port(b"mlf: x failures\r\nmlf: end, 0 fail", b"ures", b"\r\n", b"more", None)
    assert heard(MonitorRequest(app, until_end=True), port).endswith(b"0 failures\r\n")


def test_a_board_that_is_silent_is_reported(tmp_path: Path) -> None:
    app = application(tmp_path / "app")
    with pytest.raises(RunError, match=r"the board printed nothing for 0 s") as caught:
        heard(MonitorRequest(app, timeout_s=0.0), Port(b"x"))
    assert "--baud" in str(caught.value.hint)


def test_ctrl_c_is_how_a_monitor_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("generator.cli.monitor.monitor", interrupted)
    assert main(["monitor", str(tmp_path)]) == 0


# ---- flash


def test_flash_calls_the_boards_program_and_says_what_is_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = application(tmp_path / "app")
    log = tmp_path / "called"
    tool = tmp_path / "openocd"
    tool.write_text(f'#!/bin/sh\necho "$@" > "{log}"\necho programmed\n', "utf-8")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert main(["flash", str(app), "--verbose"]) == 0
    printed = capsys.readouterr()
    assert "mlfgen monitor" in printed.out and "programmed" in printed.err
    assert "verify reset exit" in log.read_text()
    assert main(["flash", str(app), "--runner", "jlink"]) == 2
    assert "'jlink' is not a runner of this board" in capsys.readouterr().err
