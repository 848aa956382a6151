import os
import sys
from pathlib import Path

import pytest
from toolchain_fakes import FakeConsole, FakeStarter, link_arm

from generator.errors import RunError, ToolMissingError
from generator.model.running import QemuMachine
from generator.toolchain.emulators import qemu_argv, run_native, run_qemu
from generator.toolchain.runner import SystemRunner

AN500 = QemuMachine("qemu-system-arm", "mps2-an500", ("-vga", "none"))
# CMSDK UART 0 (Arm DAI 0500): DATA at 0, CTRL at 8, BAUDDIV at 16.
SOURCE = """
#define UART ((volatile unsigned *)0x40004000)
extern unsigned char stack_end[];
static void say(const char *text) { while (*text) UART[0] = (unsigned char)*text++; }
void reset(void) {
    UART[4] = 16;
    UART[2] = 1;
    say("hello \\xff\\r\\nEND ok\\r\\n");
    for (;;) say(TAIL);
}
__attribute__((section(".vectors"), used)) void *const vectors[2] = {stack_end, (void *)reset};
"""
SCRIPT = """
ENTRY(reset)
SECTIONS {
  .text 0 : { KEEP(*(.vectors)) *(.text* .rodata*) }
  .bss 0x20000000 : { *(.bss*) . = . + 4096; stack_end = .; }
}
"""


def fake_qemu(folder: Path) -> dict[str, str]:
    program = folder / "bin" / "qemu-system-arm"
    program.parent.mkdir()
    program.write_text("")
    program.chmod(0o755)
    return {"PATH": str(program.parent)}


def image(folder: Path) -> Path:
    (folder / "my app.elf").write_bytes(b"\x7fELF")
    return folder / "my app.elf"


def test_argv() -> None:
    assert " ".join(qemu_argv(AN500, Path("a b.elf"))) == (
        "qemu-system-arm -M mps2-an500 -nographic -monitor none -serial stdio -vga none -kernel a b.elf"
    )
    assert qemu_argv(AN500, Path("a b.elf"))[-1] == "a b.elf"


@pytest.mark.parametrize(
    ("console", "ended_by", "returncode"),
    [
        (FakeConsole([b"END\n"], endless=True), "marker", None),
        (FakeConsole([b"fault\n"], returncode=1), "exit", 1),
        (FakeConsole([], endless=True), "timeout", None),
    ],
)
def test_qemu_is_always_closed(
    tmp_path: Path, console: FakeConsole, ended_by: str, returncode: int | None
) -> None:
    starter = FakeStarter(console)
    env = fake_qemu(tmp_path)
    result = run_qemu(AN500, image(tmp_path), starter=starter, env=env, end_marker="END", timeout_s=0.05)
    assert (result.ended_by, result.returncode) == (ended_by, returncode)
    assert console.closed == 1
    assert starter.calls[0].argv == qemu_argv(
        AN500, tmp_path / "my app.elf", f"{env['PATH']}/qemu-system-arm"
    )
    assert starter.calls[0].env == env


def test_an_image_named_from_here_is_found_from_its_own_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    starter = FakeStarter(FakeConsole([b"END\n"]))
    elf = image(tmp_path).relative_to(tmp_path)
    run_qemu(AN500, elf, starter=starter, env=fake_qemu(tmp_path), end_marker="END", timeout_s=5)
    (call,) = starter.calls
    assert call.cwd / call.argv[-1] == tmp_path / "my app.elf"


def test_qemu_is_closed_on_an_exception(tmp_path: Path) -> None:
    console = FakeConsole([b"line\n"], endless=True)

    def interrupt(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_qemu(
            AN500,
            image(tmp_path),
            starter=FakeStarter(console),
            env=fake_qemu(tmp_path),
            end_marker=None,
            timeout_s=9,
            on_line=interrupt,
        )
    assert console.closed == 1


def test_without_qemu_the_package_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolMissingError) as caught:
        run_qemu(
            AN500,
            image(tmp_path),
            starter=FakeStarter(FakeConsole([])),
            env={"PATH": str(tmp_path)},
            end_marker=None,
            timeout_s=1,
        )
    assert "apt-get install qemu-system-arm" in (caught.value.hint or "")


def test_without_an_image(tmp_path: Path) -> None:
    starter = FakeStarter(FakeConsole([]))
    with pytest.raises(RunError) as caught:
        run_qemu(AN500, tmp_path / "no.elf", starter=starter, env={}, end_marker=None, timeout_s=1)
    assert caught.value.where == str(tmp_path / "no.elf")
    with pytest.raises(RunError):
        run_native(tmp_path / "no.exe", starter=starter, env={}, end_marker=None, timeout_s=1)
    assert starter.calls == []


def test_a_native_program(tmp_path: Path) -> None:
    program = tmp_path / "zephyr.exe"
    program.write_text(f"#!{sys.executable}\nimport sys\nprint('END', sys.argv[1:])\nsys.stdin.read()\n")
    program.chmod(0o755)
    result = run_native(
        program,
        starter=SystemRunner(),
        env=dict(os.environ),
        end_marker="END",
        timeout_s=30,
        arguments=("--seed", "a b"),
    )
    assert (result.text, result.ended_by) == ("END ['--seed', 'a b']\n", "marker")


def test_qemu_runs_firmware_to_its_marker(tmp_path: Path, arm_gcc: str, qemu_arm: str) -> None:
    elf = link_arm(arm_gcc, tmp_path, SOURCE, SCRIPT, '-DTAIL=""')
    lines: list[str] = []
    result = run_qemu(
        AN500,
        elf,
        starter=SystemRunner(),
        env=dict(os.environ),
        end_marker="END",
        timeout_s=30,
        on_line=lines.append,
    )
    assert result.console == b"hello \xff\r\nEND ok\r\n"
    assert result.ended_by == "marker"
    assert lines == ["hello \ufffd", "END ok"]


def test_qemu_is_stopped_when_the_marker_never_comes(tmp_path: Path, arm_gcc: str, qemu_arm: str) -> None:
    elf = link_arm(arm_gcc, tmp_path, SOURCE, SCRIPT, '-DTAIL=""')
    result = run_qemu(
        AN500, elf, starter=SystemRunner(), env=dict(os.environ), end_marker="NEVER", timeout_s=1
    )
    assert result.ended_by == "timeout"
    assert result.console.endswith(b"END ok\r\n")


def test_what_qemu_itself_refuses(tmp_path: Path, arm_gcc: str, qemu_arm: str) -> None:
    elf = link_arm(arm_gcc, tmp_path, SOURCE, SCRIPT, '-DTAIL=""')
    with pytest.raises(RunError) as caught:
        run_qemu(
            QemuMachine("qemu-system-arm", "no-such-machine"),
            elf,
            starter=SystemRunner(),
            env=dict(os.environ),
            end_marker="END",
            timeout_s=30,
        )
    assert "unsupported machine type" in caught.value.what
    assert "no-such-machine" in (caught.value.hint or "")
