"""Real processes, all of them this Python."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from generator.errors import RunError, ToolMissingError
from generator.toolchain.runner import SystemRunner

ENV = {"PATH": os.environ.get("PATH", ""), "SHOWN": "größe"}
LONG_S = 30.0


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-u", "-X", "utf8", "-c", code)


def gone(pid: int) -> bool:
    """Whether the process has ended, waiting for that a while (a zombie has)."""
    for _ in range(200):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


def test_output_return_code_folder_and_environment(tmp_path: Path) -> None:
    code = "import os,sys; print(os.getcwd()); print(dict(os.environ)['SHOWN']); sys.exit(3)"
    done = SystemRunner().run(python(code), tmp_path, ENV)
    assert done.returncode == 3
    assert done.output == f"{tmp_path.resolve()}\ngröße\n"


def test_arguments_reach_the_program_unsplit(tmp_path: Path) -> None:
    argv = (*python("import sys; print(sys.argv[1:])"), "a b", "$HOME", "*", ";", "")
    assert SystemRunner().run(argv, tmp_path, ENV).output == "['a b', '$HOME', '*', ';', '']\n"


def test_lines_come_while_the_program_runs(tmp_path: Path) -> None:
    # The program waits for a file that only the first line's listener makes.
    flag = tmp_path / "seen"
    code = (
        "import pathlib, sys, time\nprint('one')\n"
        f"while not pathlib.Path({str(flag)!r}).exists(): time.sleep(0.01)\n"
        "print('two', file=sys.stderr)"
    )
    lines: list[str] = []

    def listen(line: str) -> None:
        lines.append(line)
        flag.touch()

    SystemRunner().run(python(code), tmp_path, ENV, listen, LONG_S)
    assert lines == ["one", "two"]


def test_bytes_that_are_not_text_and_a_last_line_without_end(tmp_path: Path) -> None:
    code = r"import sys; sys.stdout.buffer.write(b'a\xff\r\nlast')"
    assert SystemRunner().run(python(code), tmp_path, ENV).output == "a\ufffd\nlast\n"


def test_a_program_gets_no_input(tmp_path: Path) -> None:
    assert SystemRunner().run(python("print(len(open(0).read()))"), tmp_path, ENV).output == "0\n"


def test_a_missing_program(tmp_path: Path) -> None:
    with pytest.raises(ToolMissingError) as caught:
        SystemRunner().run(["no-such-program-here"], tmp_path, ENV)
    assert "no-such-program-here" in caught.value.what
    assert "doctor" in (caught.value.hint or "")


def test_a_file_that_is_not_a_program(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")
    with pytest.raises(ToolMissingError):
        SystemRunner().run([str(tmp_path / "data")], tmp_path, ENV)


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(RunError) as caught:
        SystemRunner().run(python(""), tmp_path / "nowhere", ENV)
    assert caught.value.where == str(tmp_path / "nowhere")


PARENT = (
    "import subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'])\n"
    "print(child.pid)\n"
    "time.sleep(300)\n"
)


@needs_proc
def test_a_timeout_ends_the_program_and_its_children(tmp_path: Path) -> None:
    pids: list[int] = []
    with pytest.raises(RunError) as caught:
        SystemRunner().run(python(PARENT), tmp_path, ENV, lambda line: pids.append(int(line)), 1.0)
    assert "1 s" in caught.value.what
    assert len(pids) == 1 and gone(pids[0])


@needs_proc
def test_an_exception_of_the_listener_ends_the_program(tmp_path: Path) -> None:
    pids: list[int] = []

    def interrupt(line: str) -> None:
        pids.append(int(line))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        SystemRunner().run(python(PARENT), tmp_path, ENV, interrupt)
    assert gone(pids[0])


@needs_proc
def test_ctrl_c_ends_the_program(tmp_path: Path) -> None:
    # A shell's background job starts with the signal ignored, and Python leaves it so.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    pids: list[int] = []

    def listen(line: str) -> None:
        pids.append(int(line))
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()

    try:
        with pytest.raises(KeyboardInterrupt):
            SystemRunner().run(python(PARENT), tmp_path, ENV, listen, LONG_S)
    finally:
        signal.signal(signal.SIGINT, before)
    assert gone(pids[0])


@needs_proc
def test_a_program_that_ignores_the_polite_signal_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generator.toolchain.runner._GRACE_S", 0.1)
    code = (
        "import os, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(os.getpid())\ntime.sleep(300)"
    )
    pids: list[int] = []
    with pytest.raises(RunError):
        SystemRunner().run(python(code), tmp_path, ENV, lambda line: pids.append(int(line)), 0.5)
    assert gone(pids[0])


@needs_proc
def test_a_child_that_keeps_the_output_open_is_not_waited_for(tmp_path: Path) -> None:
    code = PARENT.replace("time.sleep(300)\n", "")
    done = SystemRunner().run(python(code), tmp_path, ENV)
    child = int(done.output)
    assert Path(f"/proc/{child}").exists()
    os.kill(child, signal.SIGKILL)


# ---- consoles


ECHO = "import sys\nfor line in sys.stdin.buffer: sys.stdout.buffer.write(b'<' + line); sys.stdout.flush()"


def test_a_console_echoes(tmp_path: Path) -> None:
    program = SystemRunner().start(python(ECHO), tmp_path, ENV)
    try:
        program.write(b"\x00\xff\n")
        assert program.read(LONG_S) == b"<\x00\xff\n"
        assert program.read(0.0) == b""
        assert program.returncode is None
    finally:
        program.close()
    program.close()
    assert program.returncode == -signal.SIGTERM


def test_a_console_ends(tmp_path: Path) -> None:
    program = SystemRunner().start(python("print('bye')"), tmp_path, ENV)
    received = b""
    while (chunk := program.read(LONG_S)) is not None:
        received += chunk
    assert received == b"bye\n"
    assert program.read(LONG_S) is None
    with pytest.raises(RunError):
        while True:
            program.write(b"x" * 4096)
    program.close()
    assert program.returncode == 0
