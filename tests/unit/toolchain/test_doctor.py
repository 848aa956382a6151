from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from toolchain_fakes import RecordingRunner

from generator.errors import ToolMissingError
from generator.model.options import FREERTOS, NONE, RTOSES, ZEPHYR
from generator.toolchain.doctor import Family, Finding, check_all, family_of, parse_version
from generator.toolchain.port_build import Sources
from generator.toolchain.probes import check_computer
from generator.toolchain.readiness import Readiness, judge_rtoses
from generator.toolchain.runner import CompletedCommand
from generator.toolchain.west import Workspace, ZephyrVersion

PRINTED = {
    "cmake": "cmake version 3.25.1\n\nCMake suite maintained and supported by Kitware\n",
    "ninja": "1.11.1\n",
    "git": "git version 2.39.5\n",
    "dtc": "Version: DTC 1.6.1\n",
    "gperf": "GNU gperf 3.1\nCopyright (C) 1989-2017 Free Software Foundation, Inc.\n",
    "arm-none-eabi-gcc": "arm-none-eabi-gcc (15:12.2.rel1-1) 12.2.1 20221205\nCopyright (C) 2022\n",
    "gdb-multiarch": "GNU gdb (Debian 13.1-3) 13.1\nCopyright (C) 2023\n",
    "openocd": "Open On-Chip Debugger 0.12.0\nLicensed under GNU GPL v2\n",
    "STM32_Programmer_CLI": "STM32CubeProgrammer version: 2.15.0\n",
    "riscv64-unknown-elf-gcc": "riscv64-unknown-elf-gcc () 12.2.0\nCopyright (C) 2022\n",
    "qemu-system-riscv32": "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)\n",
    "qemu-system-arm": "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)\n",
}
KERNEL = Sources(Path("/ws"), "test")
SPACE = Workspace(Path("/ws"), Path("/ws/zephyr"), ZephyrVersion(4, 1, 0), "test")


def check(
    printed: Mapping[str, str] = PRINTED,
    env: Mapping[str, str] | None = None,
    space: Workspace | None = SPACE,
    packages: Mapping[str, str] | None = None,
    family: Family = "debian",
    kernel: Sources | None = KERNEL,
) -> dict[str, Finding]:
    def ask(argv: Sequence[str]) -> str | None:
        assert tuple(argv[1:]) == ("--version",)
        return printed.get(Path(argv[0]).name)

    def which(name: str) -> str | None:
        return f"/usr/bin/{Path(name).name}" if Path(name).name in printed else None

    def find_workspace() -> Workspace:
        if space is None:
            raise ToolMissingError("there is no Zephyr workspace", hint="west init -l app && west update")
        return space

    def find_kernel() -> Sources:
        if kernel is None:
            raise ToolMissingError("the sources listed in west.yml are missing")
        return kernel

    findings = check_all(
        ask,
        which,
        env or {},
        version_of=(lambda name: "1.0") if packages is None else packages.get,
        find_workspace=find_workspace,
        find_kernel=find_kernel,
        family=family,
    )
    assert len({finding.name for finding in findings}) == len(findings)
    return {finding.name: finding for finding in findings}


def test_a_complete_computer() -> None:
    findings = check()
    assert all(finding.ok and finding.install is None for finding in findings.values())
    assert findings["cmake"].version == "3.25.1"
    assert findings["cmake"].path == "/usr/bin/cmake"
    assert findings["cross compiler"].version == "12.2.1"
    assert (findings["Zephyr"].version, findings["Zephyr"].path) == ("4.1.0", "/ws/zephyr")
    assert all(finding.needed_for for finding in findings.values())


def test_an_empty_computer_tells_a_command_for_everything() -> None:
    findings = check(printed={}, space=None, packages={}, kernel=None)
    for finding in findings.values():
        assert not finding.ok
        assert finding.problem and finding.install
    assert findings["Zephyr"].install == "mlfgen workspace --rtos zephyr"
    assert findings["FreeRTOS"].install == "mlfgen workspace --rtos freertos"
    assert "mlfgen[virtual]" in (findings["Python package unicorn"].install or "")


@pytest.mark.parametrize(
    ("family", "command"),
    [
        ("debian", "sudo apt-get install device-tree-compiler"),
        ("debian-root", "apt-get install device-tree-compiler"),
        ("brew", "brew install dtc"),
        ("other", "install dtc with your system's package manager"),
    ],
)
def test_the_command_is_this_systems(family: Family, command: str) -> None:
    printed = {name: text for name, text in PRINTED.items() if name != "dtc"}
    assert check(printed, family=family)["dtc"].install == command


@pytest.mark.parametrize(
    ("output", "problem"),
    [
        ("cmake version 3.16.3\n", "3.16.3 is older than 3.20"),
        ("cmake version 3.9\n", "3.9 is older than 3.20"),
        ("no idea\n", "version is unknown"),
    ],
)
def test_a_program_that_is_too_old(output: str, problem: str) -> None:
    finding = check({**PRINTED, "cmake": output})["cmake"]
    assert not finding.ok
    assert problem in (finding.problem or "")
    assert finding.path == "/usr/bin/cmake"


def test_versions_are_numbers_and_not_text() -> None:
    assert check({**PRINTED, "cmake": "cmake version 3.100.0\n"})["cmake"].ok


def test_a_compiler_without_its_variable_tells_what_to_export() -> None:
    finding = check(env={"ZEPHYR_TOOLCHAIN_VARIANT": "gnuarmemb"})["cross compiler"]
    assert finding.problem == "GNUARMEMB_TOOLCHAIN_PATH is not set"
    assert finding.install == ("export ZEPHYR_TOOLCHAIN_VARIANT=gnuarmemb GNUARMEMB_TOOLCHAIN_PATH=/usr")


def test_a_zephyr_that_is_too_old_keeps_its_version_and_path() -> None:
    finding = check(space=Workspace(Path("/ws"), Path("/ws/z"), ZephyrVersion(3, 5), "test"))["Zephyr"]
    assert (finding.ok, finding.version, finding.path) == (False, "3.5.0", "/ws/z")
    assert "too old" in (finding.problem or "")


def test_optional_things_are_marked() -> None:
    findings = check(printed={}, packages={})
    optional = {finding.name for finding in findings.values() if not finding.rtoses}
    for name in ("unicorn", "scipy", "ortools", "pyserial"):
        assert f"Python package {name}" in optional
        assert findings[f"Python package {name}"].runs == (RTOSES if name == "unicorn" else ())
    assert "qemu-system-arm" in optional
    assert not optional & {"cmake", "ninja", "Zephyr", "cross compiler", "dtc", "Python package west"}


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("cmake", "3.25.1"),
        ("ninja", "1.11.1"),
        ("git", "2.39.5"),
        ("dtc", "1.6.1"),
        ("gperf", "3.1"),
        ("arm-none-eabi-gcc", "12.2.1"),
        ("qemu-system-arm", "7.2.22"),
    ],
)
def test_versions_of_real_programs(name: str, version: str) -> None:
    assert parse_version(PRINTED[name]) == version


def test_no_version() -> None:
    assert parse_version("") is None


@pytest.mark.parametrize(
    ("platform", "os_release", "family"),
    [
        ("linux", 'PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\n', "debian"),
        ("linux", 'ID=linuxmint\nID_LIKE="ubuntu debian"\n', "debian"),
        ("linux", "ID=fedora\n", "other"),
        ("linux", "", "other"),
        ("darwin", "", "brew"),
        ("win32", "", "other"),
    ],
)
def test_families(platform: str, os_release: str, family: Family) -> None:
    assert family_of(platform, os_release) == family
    assert family_of(platform, os_release, root=True) == ("debian-root" if family == "debian" else family)


# ---- which RTOSes that is enough for

#: all but the emulator
PACKAGES = (
    *("west", "pyelftools", "PyYAML", "Jinja2", "numpy", "tflite", "pycparser", "pykwalify", "packaging"),
    *("jsonschema", "scipy", "ortools", "pyserial"),
)


def ready(**given: object) -> dict[str, Readiness]:
    return {each.rtos: each for each in judge_rtoses(tuple(check(**given).values()))}  # type: ignore[arg-type]


def without(*names: str) -> dict[str, str]:
    return {name: text for name, text in PRINTED.items() if name not in names}


def test_a_complete_computer_is_ready_for_all() -> None:
    assert all(each.builds and each.runs and not each.commands for each in ready().values())


def test_bare_metal_needs_no_sources() -> None:
    found = ready(space=None, kernel=None)
    assert found[NONE].runs and not found[ZEPHYR].builds and not found[FREERTOS].builds
    assert found[ZEPHYR].commands == ("mlfgen workspace --rtos zephyr",)
    assert found[FREERTOS].commands == ("mlfgen workspace --rtos freertos",)


def test_the_packages_of_a_kind_make_one_command() -> None:
    found = ready(printed=without("dtc", "ninja"), space=None, packages={"unicorn": "2"})
    assert found[ZEPHYR].commands[0] == "sudo apt-get install ninja-build device-tree-compiler"
    assert found[ZEPHYR].commands[1] == "mlfgen workspace --rtos zephyr"
    assert "pykwalify packaging" in found[ZEPHYR].commands[2]
    assert found[NONE].commands[0] == "sudo apt-get install ninja-build"


def test_a_compiler_for_arm_is_enough_for_all_and_named_once() -> None:
    found = ready(printed=without("arm-none-eabi-gcc"))
    assert [each.commands for each in found.values()] == [
        ("sudo apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi",)
    ] * 3


def test_what_builds_and_can_not_run() -> None:
    found = ready(printed=without("qemu-system-arm"), packages=dict.fromkeys(PACKAGES, "1"))
    assert all(each.builds and not each.runs for each in found.values())
    assert [finding.name for finding in found[NONE].missing] == ["qemu-system-arm", "Python package unicorn"]
    assert len(found[NONE].commands) == 1 and "mlfgen[virtual]" in found[NONE].commands[0]


def test_this_computer_is_looked_at_without_a_crash(tmp_path: Path) -> None:
    runner = RecordingRunner({"/": CompletedCommand(1, "")})
    findings = check_computer(tmp_path, runner, {"HOME": str(tmp_path), "PATH": ""}, "deps/kernel")
    missing = {finding.name for finding in findings if not finding.ok}
    assert {"cmake", "cross compiler", "Zephyr", "FreeRTOS"} <= missing
    assert "Python package PyYAML" not in missing
