"""The compiler that Zephyr will use for a board, found the way Zephyr's CMake code finds it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field

from generator import resources

#: Name or path of a program -> its path, or None; ``shutil.which``.
Which = Callable[[str], "str | None"]

_GNU = "arm-none-eabi-gcc"
_SDK = "arm-zephyr-eabi/bin/arm-zephyr-eabi-gcc"
_RISCV = "riscv64-unknown-elf"
_RISCV_SDK = "riscv64-zephyr-elf/bin/riscv64-zephyr-elf-gcc"


class CrossCompiler(Struct, frozen=True):
    """The compiler that Zephyr will use.

    path: of the compiler, or None when there is none; problem: what is wrong then.

    variables: what has to be added to the environment for Zephyr to take it.
    """

    path: str | None
    problem: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)


def find_cross_compiler(env: Mapping[str, str], which: Which, sdks: Sequence[Path] = ()) -> CrossCompiler:
    """Look where ZEPHYR_TOOLCHAIN_VARIANT says; without it for a Zephyr SDK, then for Arm GCC in PATH.

    sdks: folders of installed Zephyr SDKs that CMake knows.
    """
    variant = env.get("ZEPHYR_TOOLCHAIN_VARIANT")
    if variant == "gnuarmemb":
        return _named(env, which, "GNUARMEMB_TOOLCHAIN_PATH", "bin/" + _GNU)
    if variant == "cross-compile":
        prefix = env.get("CROSS_COMPILE")
        if not prefix:
            return CrossCompiler(None, "ZEPHYR_TOOLCHAIN_VARIANT is cross-compile, CROSS_COMPILE is not set")
        path = which(prefix + "gcc")
        return CrossCompiler(path, None if path else f"there is no '{prefix}gcc'")
    if variant not in (None, "", "zephyr"):
        return CrossCompiler(None, f"ZEPHYR_TOOLCHAIN_VARIANT is '{variant}', which mlfgen does not check")
    if env.get("ZEPHYR_SDK_INSTALL_DIR"):
        return _named(env, which, "ZEPHYR_SDK_INSTALL_DIR", _SDK)
    for sdk in sdks:
        path = which(str(sdk / _SDK))
        if path is not None:
            return CrossCompiler(path)
    if variant:
        return CrossCompiler(None, "ZEPHYR_TOOLCHAIN_VARIANT is zephyr, and there is no Zephyr SDK")
    path = which(_GNU)
    if path is None:
        return CrossCompiler(None, f"there is no Zephyr SDK and no {_GNU} in PATH")
    # Zephyr uses a compiler from PATH only if it is configured to.
    root = str(Path(path).parent.parent)
    return CrossCompiler(
        path,
        variables={"ZEPHYR_TOOLCHAIN_VARIANT": "gnuarmemb", "GNUARMEMB_TOOLCHAIN_PATH": root},
    )


def find_riscv_compiler(env: Mapping[str, str], which: Which, sdks: Sequence[Path] = ()) -> CrossCompiler:
    """For a RISC-V board: a choice that env makes, a Zephyr SDK, then the compiler that Debian has.

    A choice of Arm's compiler is none. sdks: see ``find_cross_compiler``.
    """
    if env.get("ZEPHYR_TOOLCHAIN_VARIANT") not in (None, "", "gnuarmemb"):
        return CrossCompiler(None)
    named = (Path(env["ZEPHYR_SDK_INSTALL_DIR"]),) if env.get("ZEPHYR_SDK_INSTALL_DIR") else ()
    for sdk in (*named, *sdks):
        path = which(str(sdk / _RISCV_SDK))
        if path is not None:
            return CrossCompiler(path, variables={"ZEPHYR_TOOLCHAIN_VARIANT": "zephyr"})
    # Also where it is missing: its CMake file says how to install it.
    variables = {
        "ZEPHYR_TOOLCHAIN_VARIANT": _RISCV,
        "TOOLCHAIN_ROOT": str(resources.folder("templates") / "zephyr-toolchain"),
    }
    return CrossCompiler(which(f"{_RISCV}-gcc"), variables=variables)


def _named(env: Mapping[str, str], which: Which, variable: str, program: str) -> CrossCompiler:
    root = env.get(variable)
    if not root:
        return CrossCompiler(None, f"{variable} is not set")
    path = which(str(Path(root) / program))
    return CrossCompiler(path, None if path else f"there is no '{program}' in {variable}='{root}'")
