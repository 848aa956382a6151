"""Every text here was printed by a real build that was made to fail."""

import re

import pytest
from toolchain_fakes import DATA, captured

from generator.toolchain.build_failure import parse_build_failure, parse_build_warnings

POOLS = {"RAM": {"sram": 400000}, "DTCM": {"dtcm": 100000}}


@pytest.mark.parametrize(
    ("name", "where", "said", "hinted"),
    [
        (
            "zephyr_overflow_ram",
            "link",
            ["region RAM is 142,464 bytes too small", "section bss", "pool sram: 400,000 bytes"],
            "--pool",
        ),
        (
            "zephyr_overflow_dtcm",
            "link",
            ["region DTCM is 34,464 bytes too small", "section .dtcm_bss", "pool dtcm: 100,000 bytes"],
            "--pool",
        ),
        (
            "zephyr_overflow_two_regions",
            "link",
            ["region FLASH is 167,712 bytes", "region RAM is 942,400 bytes"],
            "board with more memory",
        ),
        ("ld_overflow", "link", ["region SRAM is 137,860 bytes too small", "section .sram"], "--pool"),
        (
            "zephyr_static_assert",
            "APP/src/main.c:3:1",
            ["pool sram of model kws: the archive needs more than was planned"],
            "generate the application again",
        ),
        ("zephyr_orphan_error", "link", ["'somewhere' from app/libapp.a(main.c.obj)"], "board file"),
        ("ld_orphan_error", "link", ["'.somewhere' from app.o"], "board file"),
        (
            "zephyr_misplaced",
            "link",
            ["buffer 'mlf_hello_world_int8_sram' must lie in dtcm 0x20000000 to 0x20010000"],
            "declare the memory 'DTCM' in the devicetree, or add model/sections.ld with "
            "zephyr_linker_sources(SECTIONS)",
        ),
        ("kconfig_undefined_symbol", "APP/prj.conf:1", ["NO_SUCH_THING", "'y'"], "misspelt"),
        ("kconfig_unmet_select", "Kconfig", ["MY_THING selects NET_TCP", "NET_IP && "], "MY_THING"),
        ("module_vendor_missing", "Kconfig", ["selects HAS_NORDIC_DRIVERS"], "west update hal_nordic"),
        ("module_cmsis_missing", "Kconfig", ["CPU_CORTEX_M selects HAS_CMSIS_CORE"], "west update"),
        (
            "module_hal_missing",
            "WORKSPACE/zephyr/boards/st/stm32f746g_disco/stm32f746g_disco.dts:9:10",
            ["st/f7/stm32f746nghx-pinctrl.dtsi"],
            "vendor module",
        ),
        ("cmsis_dsp_without_sources", "CMake", ["module cmsis-dsp"], "west update"),
        ("missing_header", "APP/src/main.c:1:10", ["'arm_nnfunctions.h'"], "CMSIS-NN"),
        ("undefined_reference", "link", ["arm_convolve_s8"], "CMSIS-NN"),
        ("toolchain_path_wrong", "toolchain", ["GNUARMEMB_TOOLCHAIN_PATH='/nowhere'"], "doctor"),
        ("toolchain_path_unset", "toolchain", ["GNUARMEMB_TOOLCHAIN_PATH is not set"], "doctor"),
        ("toolchain_none", "toolchain", ["ZEPHYR_TOOLCHAIN_VARIANT is not set", "Zephyr SDK"], "doctor"),
        ("ninja_missing", "toolchain", ["Ninja"], "doctor"),
        ("unknown_board", "west build", ["'no_such_board'"], "west boards"),
        ("devicetree_error", "APP/app.overlay:1", ["undefined node label 'nosuchnode'"], "overlay"),
        ("west_outside_workspace", "west", ['"build"'], "west init -l"),
        ("ld_assert", None, ["ld: pool sram: 400000 bytes do not fit the 262144 of SRAM"], "output"),
    ],
)
def test_a_captured_failure(name: str, where: str | None, said: list[str], hinted: str) -> None:
    error = parse_build_failure(captured(name), POOLS)
    assert error.where == where
    for words in said:
        assert words in error.what
    assert hinted in (error.hint or "")


def test_every_capture_is_tested_and_free_of_this_machines_paths() -> None:
    names = sorted(file.stem for file in DATA.glob("*.txt"))
    assert len(names) >= 20
    for name in names:
        text = captured(name)
        assert not re.search(r"/(home|root|tmp)/", text), name


def test_an_overflow_without_knowing_the_pools() -> None:
    error = parse_build_failure(captured("zephyr_overflow_ram"))
    assert error.what.endswith("region RAM is 142,464 bytes too small (section bss)")


def test_newer_linkers_quote_differently() -> None:
    text = captured("zephyr_overflow_ram").replace("`", "'")
    assert "region RAM is 142,464 bytes too small (section bss)" in parse_build_failure(text).what


def test_an_orphan_warning_is_not_the_cause_of_another_failure() -> None:
    warning = next(line for line in captured("zephyr_orphan_warning").splitlines() if "orphan" in line)
    text = warning + "\n" + "src/main.c:7:3: error: expected ';' before '}' token\n"
    assert "expected ';'" in parse_build_failure(text).what


def test_the_last_error_lines_when_nothing_is_known() -> None:
    text = (
        "[1/9] Building\n" + "".join(f"x.c:{n}:1: error: number {n}\n" for n in range(9)) + "[2/9] Building\n"
    )
    error = parse_build_failure(text)
    assert "number 8" in error.what and "number 4" in error.what
    assert "number 3" not in error.what and "Building" not in error.what


def test_the_last_lines_when_there_is_no_error_line() -> None:
    assert "step 9" in parse_build_failure("step 8\nstep 9\n").what
    assert "printed nothing" in parse_build_failure("").what


def test_a_warning_that_means_other_firmware() -> None:
    (warning,) = parse_build_warnings(captured("zephyr_orphan_warning"))
    assert "'somewhere'" in warning.what
    assert warning.hint


@pytest.mark.parametrize("name", ["zephyr_success", "kconfig_unmet_assignment"])
def test_a_good_build_has_no_such_warnings(name: str) -> None:
    assert parse_build_warnings(captured(name)) == ()
