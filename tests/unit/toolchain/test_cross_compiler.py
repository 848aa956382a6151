from collections.abc import Mapping
from pathlib import Path

import pytest

from generator.toolchain.cross_compiler import Which, find_cross_compiler, find_riscv_compiler

GNU = "/opt/gnu/bin/arm-none-eabi-gcc"
SDK = "/opt/sdk/arm-zephyr-eabi/bin/arm-zephyr-eabi-gcc"


def which_of(*paths: str) -> Which:
    """Finds these, by their path or by their name."""
    known = {**{path: path for path in paths}, **{Path(path).name: path for path in paths}}
    return known.get


@pytest.mark.parametrize(
    ("env", "installed", "path"),
    [
        ({"ZEPHYR_TOOLCHAIN_VARIANT": "gnuarmemb", "GNUARMEMB_TOOLCHAIN_PATH": "/opt/gnu"}, [GNU], GNU),
        ({"ZEPHYR_TOOLCHAIN_VARIANT": "zephyr", "ZEPHYR_SDK_INSTALL_DIR": "/opt/sdk"}, [GNU, SDK], SDK),
        ({"ZEPHYR_SDK_INSTALL_DIR": "/opt/sdk"}, [GNU, SDK], SDK),
        (
            {"ZEPHYR_TOOLCHAIN_VARIANT": "cross-compile", "CROSS_COMPILE": "/x/arm-"},
            ["/x/arm-gcc"],
            "/x/arm-gcc",
        ),
    ],
)
def test_the_environment_decides(env: Mapping[str, str], installed: list[str], path: str) -> None:
    found = find_cross_compiler(env, which_of(*installed))
    assert (found.path, found.problem, dict(found.variables)) == (path, None, {})


@pytest.mark.parametrize(
    ("env", "installed", "problem"),
    [
        ({"ZEPHYR_TOOLCHAIN_VARIANT": "gnuarmemb"}, [GNU], "GNUARMEMB_TOOLCHAIN_PATH is not set"),
        (
            {"ZEPHYR_TOOLCHAIN_VARIANT": "gnuarmemb", "GNUARMEMB_TOOLCHAIN_PATH": "/nowhere"},
            [GNU],
            "GNUARMEMB_TOOLCHAIN_PATH='/nowhere'",
        ),
        ({"ZEPHYR_TOOLCHAIN_VARIANT": "zephyr"}, [GNU], "no Zephyr SDK"),
        ({"ZEPHYR_TOOLCHAIN_VARIANT": "cross-compile"}, [GNU], "CROSS_COMPILE is not set"),
        ({"ZEPHYR_TOOLCHAIN_VARIANT": "cross-compile", "CROSS_COMPILE": "/x/arm-"}, [GNU], "'/x/arm-gcc'"),
        ({"ZEPHYR_TOOLCHAIN_VARIANT": "llvm"}, [GNU], "'llvm'"),
        ({}, [], "no arm-none-eabi-gcc in PATH"),
    ],
)
def test_what_is_wrong(env: Mapping[str, str], installed: list[str], problem: str) -> None:
    found = find_cross_compiler(env, which_of(*installed))
    assert found.path is None
    assert problem in (found.problem or "")


def test_an_sdk_that_cmake_knows_comes_before_the_path() -> None:
    found = find_cross_compiler({}, which_of(GNU, SDK), [Path("/gone"), Path("/opt/sdk")])
    assert (found.path, dict(found.variables)) == (SDK, {})


def test_a_compiler_in_path_needs_variables() -> None:
    found = find_cross_compiler({}, which_of(GNU))
    assert found.path == GNU
    assert found.variables == {
        "ZEPHYR_TOOLCHAIN_VARIANT": "gnuarmemb",
        "GNUARMEMB_TOOLCHAIN_PATH": "/opt/gnu",
    }


def test_risc_v_takes_an_sdk_then_debians_compiler_with_settings_of_its_own() -> None:
    def which(name: str) -> str | None:
        return name if "riscv64" in name else None

    sdk = Path("/sdk")
    assert find_riscv_compiler({}, which, [sdk]).variables == {"ZEPHYR_TOOLCHAIN_VARIANT": "zephyr"}
    # A choice of Arm's compiler says nothing of RISC-V's.
    found = find_riscv_compiler({"ZEPHYR_TOOLCHAIN_VARIANT": "gnuarmemb"}, which)
    assert found.path == "riscv64-unknown-elf-gcc"
    root = Path(found.variables["TOOLCHAIN_ROOT"])
    variant = found.variables["ZEPHYR_TOOLCHAIN_VARIANT"]
    assert (root / "cmake" / "toolchain" / variant / "generic.cmake").is_file()
    assert find_riscv_compiler({"ZEPHYR_TOOLCHAIN_VARIANT": "cross-compile"}, which).variables == {}
