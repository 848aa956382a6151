"""Zephyr applications whole: generated, built with west, run in emulators, compared number by number.

A Zephyr at hand is used (ZEPHYR_BASE, or CMake's package registry); else the applications' own manifest makes a
workspace, once for all tests, where Zephyr can be fetched.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.errors import ToolMissingError
from generator.model.options import GenerateOptions
from generator.pipeline.boards import find_board
from generator.pipeline.generate import generate
from generator.pipeline.inputs import GenerateRequest
from generator.toolchain.elf import ElfImage, read_elf
from generator.toolchain.west import find_workspace

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
SAMPLES = ROOT / "samples"
MLFGEN = [sys.executable, "-m", "generator"]
WEST = [sys.executable, "-m", "west"]
ZEPHYR = ("https://github.com/zephyrproject-rtos/zephyr", "refs/tags/v4.1.0")
HEAP = {
    "malloc",
    "_malloc_r",
    "_sbrk",
    "free",
    "calloc",
    "realloc",
    "k_malloc",
    "k_heap_alloc",
    "_system_heap",
}
_PATIENCE_S = 600

pytestmark = [pytest.mark.firmware, pytest.mark.slow]
Env = dict[str, str]


def call(*argv: object, env: Env, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in argv], env=env, cwd=cwd, capture_output=True, text=True, timeout=_PATIENCE_S
    )


def done(*argv: object, env: Env, cwd: Path | None = None) -> str:
    """Standard output of a command that must succeed."""
    result = call(*argv, env=env, cwd=cwd)
    assert result.returncode == 0, f"{argv}\n{result.stdout[-6000:]}\n{result.stderr[-6000:]}"
    return result.stdout


# ---- what there is


@pytest.fixture(scope="session")
def tools() -> Env:
    """The environment for builds, with the cross compiler and this Python's west first."""
    for tool in ("cmake", "ninja", "dtc", "git"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    if importlib.util.find_spec("west") is None:
        pytest.skip("west is not installed")
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    compiler = shutil.which("arm-none-eabi-gcc")
    if "ZEPHYR_TOOLCHAIN_VARIANT" not in env and compiler is not None:
        env["ZEPHYR_TOOLCHAIN_VARIANT"] = "gnuarmemb"
        env["GNUARMEMB_TOOLCHAIN_PATH"] = str(Path(compiler).resolve().parents[1])
    if "ZEPHYR_TOOLCHAIN_VARIANT" not in env:
        pytest.skip("there is no cross compiler for Arm (arm-none-eabi-gcc, or ZEPHYR_TOOLCHAIN_VARIANT)")
    return env


def fetchable() -> bool:
    probe = subprocess.run(["git", "ls-remote", "--exit-code", *ZEPHYR], capture_output=True, timeout=60)
    return probe.returncode == 0


def an_application(folder: Path, archive: Path, board: str) -> Path:
    options = GenerateOptions("zephyr", {}, {}, False, 4096, "portfolio")
    generate(GenerateRequest((archive,), board, options, output=folder))
    return folder


@pytest.fixture(scope="session")
def env(tools: Env, tmp_path_factory: pytest.TempPathFactory) -> Env:
    """tools, and a Zephyr."""
    folder = tmp_path_factory.mktemp("zephyr-workspace")
    try:
        found = find_workspace(folder, tools)
    except ToolMissingError:
        if not fetchable():
            pytest.skip("no Zephyr: none is at hand, and Zephyr 4.1.0 can't be fetched")
        app = an_application(folder / "app", SAMPLES / "sine.tar", "stm32f746g_disco")
        manifest = app / "west.yml"
        # All the modules that any test here needs.
        text = manifest.read_text("utf-8")
        manifest.write_text(text.replace("- hal_stm32", "- hal_stm32\n          - cmsis-nn"), "utf-8")
        done(*WEST, "init", "-l", app, env=tools, cwd=folder)
        done(*WEST, "update", env=tools, cwd=folder)
        found = find_workspace(app, tools)
    return {**tools, "ZEPHYR_BASE": str(found.zephyr_base)}


def needs_module(name: str, env: Env) -> None:
    base = Path(env["ZEPHYR_BASE"])
    listed = call(*WEST, "list", "-f", "{name}:{abspath}", env=env, cwd=base)
    paths = dict(line.split(":", 1) for line in listed.stdout.splitlines() if ":" in line)
    if name not in paths or not Path(paths[name]).is_dir():
        pytest.skip(f"the Zephyr workspace at hand has no module {name}")


def needs_emulator(board: str) -> None:
    run = find_board(board).run
    assert run is not None
    if run.qemu is not None and shutil.which(run.qemu.binary) is None:
        pytest.skip(f"{run.qemu.binary} is not installed")
    if run.emulator == "virtual" and importlib.util.find_spec("unicorn") is None:
        pytest.skip("the extra 'virtual' is not installed (unicorn)")


def archive(name: str) -> Path:
    path = SHARED / "archives" / f"{name}.tar"
    if not path.is_file():
        pytest.skip("the shared archives are not here (../shared)")
    return path


@pytest.fixture(scope="session")
def verify(
    env: Env, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., tuple[Path, dict[str, object]]]:
    """verify(archive, board, golden…) -> the application's folder, and what the command said as JSON."""

    def run(name: str, board: str, *goldens: str) -> tuple[Path, dict[str, object]]:
        needs_emulator(board)
        app = tmp_path_factory.mktemp(name) / "app"
        arguments = ["--rtos", "zephyr", "--board", board, "--work", app, "--json", archive(name)]
        for golden in goldens:
            model, _, file = golden.rpartition("=")
            path = SHARED / "golden" / f"{file}.npz"
            arguments += ["--golden", f"{model}={path}" if model else path]
        return app, json.loads(done(*MLFGEN, "verify", *arguments, env=env))

    return run


def image_of(app: Path) -> ElfImage:
    return read_elf(app / "build" / "zephyr" / "zephyr.elf")


# ---- the main road


def test_a_model_on_the_emulated_cortex_m7_and_nothing_is_built_twice(
    verify: Callable[..., tuple[Path, dict[str, object]]], env: Env
) -> None:
    app, verdict = verify("kws-aot-c-pool", "mps2_an500", "kws")
    assert verdict["equal"] is True and verdict["mismatches"] == []
    assert [entry["set"] for entry in verdict["sets"]] == [0, 1, 2, 3]  # type: ignore[attr-defined]
    assert verdict["workspace_bytes"] == {"kws": {"touched": 56_192, "reserved": 56_192}}
    symbols = image_of(app).symbols
    assert not HEAP & symbols.keys()
    assert symbols["mlf_kws_sram"][0].size_bytes == 56_192

    arguments = ["--rtos", "zephyr", "--board", "mps2_an500", "-o", app]
    golden = SHARED / "golden" / "kws.npz"
    printed = done(*MLFGEN, "generate", *arguments, "--golden", golden, archive("kws-aot-c-pool"), env=env)
    assert "created" not in printed and "updated" not in printed
    built = done(*WEST, "build", "-d", app / "build", env=env, cwd=app)
    assert "no work to do" in built

    console = done(*MLFGEN, "run", app, env=env)
    assert console.count("as expected") == 4


def test_a_graph_on_the_emulated_cortex_m3(
    verify: Callable[..., tuple[Path, dict[str, object]]],
) -> None:
    _, verdict = verify("sine-graph", "mps2_an385", "sine")
    assert verdict["equal"] is True


def test_twister_runs_an_application_on_an_emulated_board_in_place_of_its_own(
    env: Env, tmp_path: Path
) -> None:
    if call(*WEST, "twister", "--help", env=env, cwd=Path(env["ZEPHYR_BASE"])).returncode != 0:
        pytest.skip("west twister does not start: its Python packages are missing")
    app = an_application(tmp_path / "app", SAMPLES / "sine.tar", "mps2_an500")
    out = tmp_path / "twister"
    twister = [*WEST, "twister", "-T", app, "--integration", "-O", out, "--inline-logs"]
    done(*twister, env=env, cwd=Path(env["ZEPHYR_BASE"]).parent)
    suites = json.loads((out / "twister.json").read_text("utf-8"))["testsuites"]
    cases = {suite["platform"]: [case.get("status") for case in suite["testcases"]] for suite in suites}
    assert cases["mps2/an385"] == ["passed"]
    assert cases.keys() == {"mps2/an385", "mps2/an500"} and "passed" not in cases["mps2/an500"]
    assert {suite["status"] for suite in suites} <= {"passed", "not run"}


def test_two_models_as_a_program_for_this_computer(
    verify: Callable[..., tuple[Path, dict[str, object]]],
) -> None:
    app, verdict = verify("two-models-sine-kws", "native_sim", "sine=sine", "kws=kws")
    assert verdict["equal"] is True
    assert len(verdict["sets"]) == 8  # type: ignore[arg-type]
    assert (app / "build" / "zephyr" / "zephyr.exe").is_file()


def test_a_model_of_cmsis_nn_kernels_agrees_with_the_reference_kernels(
    verify: Callable[..., tuple[Path, dict[str, object]]], env: Env
) -> None:
    needs_module("cmsis-nn", env)
    app, verdict = verify("kws-cmsisnn-pool", "mps2_an500", "kws")
    assert verdict["equal"] is True
    names = set(image_of(app).symbols)
    assert any(name.startswith("arm_convolve") for name in names)
    assert not HEAP & names
    minimal_libc = "CONFIG_MINIMAL_LIBC=y" in (app / "build" / "zephyr" / ".config").read_text("utf-8")
    assert ("memcpy" not in names and "__wrap_memcpy" in names) == minimal_libc


@pytest.mark.parametrize(
    ("choice", "models", "kernels"),
    [("DEFAULT", "-O2", "-O3"), ("SPEED", "-O3", "-O3"), ("SIZE", "-Os", "-Os")],
)
def test_the_chosen_optimisation_holds_for_models_and_kernels(
    choice: str, models: str, kernels: str, env: Env, tmp_path: Path
) -> None:
    """The compiler takes the last -O and the last word on built-in functions; Zephyr gives both of its own."""
    needs_module("cmsis-nn", env)
    app = an_application(tmp_path / "app", archive("kws-cmsisnn-pool"), "mps2_an500")
    setting = f"-DCONFIG_MLF_OPTIMIZE_{choice}=y"
    done(*WEST, "build", "--cmake-only", "-b", "mps2/an500", ".", "--", setting, env=env, cwd=app)
    wanted = {"/model/codegen/": models, "/cmsis-nn/Source/": kernels}
    seen = set()
    for entry in json.loads((app / "build" / "compile_commands.json").read_text("utf-8")):
        (level,) = [level for part, level in wanted.items() if part in entry["file"]] or [None]
        if level is None:
            continue
        options = entry["command"].split()
        assert [option for option in options if re.fullmatch(r"-O\w*", option)][-1] == level, entry["file"]
        words = [option for option in options if option in ("-ffreestanding", "-fno-builtin", "-fbuiltin")]
        assert words[-1] == "-fbuiltin", entry["file"]
        seen.add(level)
    assert seen == {models, kernels}


def test_two_pools_lie_in_two_memories_of_the_real_board_and_run_there(
    verify: Callable[..., tuple[Path, dict[str, object]]], env: Env
) -> None:
    """The image for the board itself, on the virtual one: the DTCM is proved from the ELF file."""
    needs_module("hal_stm32", env)
    app, verdict = verify("kws-aot-c-2pools", "stm32f746g_disco", "kws")
    assert verdict["equal"] is True and len(verdict["sets"]) == 4  # type: ignore[arg-type]
    image = image_of(app)
    symbols = image.symbols
    board = find_board("stm32f746g_disco")
    for pool in ("dtcm", "sram"):
        region, (symbol,) = board.region(pool), symbols[f"mlf_kws_{pool}"]
        assert region.base <= symbol.address
        assert symbol.address + symbol.size_bytes <= region.base + region.size_bytes
        assert symbol.address % 32 == 0
    assert not HEAP & symbols.keys()


# ---- fences and faults


def test_a_memory_that_is_full_at_link_is_explained(env: Env, tmp_path: Path) -> None:
    needs_module("hal_stm32", env)
    app = an_application(tmp_path / "app", SAMPLES / "branchy.tar", "stm32f746g_disco")
    main = app / "src" / "main.c"
    source = main.read_text("utf-8").replace(
        "int main(void)\n{", "static volatile char big[300000];\n\nint main(void)\n{\n\tbig[1] = big[2];"
    )
    main.write_text(source, "utf-8")
    result = call(*MLFGEN, "build", app, env=env)
    assert result.returncode == 1
    assert re.search(r"RAM.*[\d,]+ bytes", result.stderr), result.stderr
    assert "sram" in result.stderr and "hint:" in result.stderr and "--pool" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("board", "watched_by"), [("mps2_an385", "MPU_STACK_GUARD"), ("mps2_an500", "STACK_SENTINEL")]
)
def test_a_stack_that_is_too_small_is_named(board: str, watched_by: str, env: Env, tmp_path: Path) -> None:
    """By hardware where Zephyr uses some on the board, else by the kernel when it looks."""
    needs_emulator(board)
    app = an_application(tmp_path / "app", SAMPLES / "sine.tar", board)
    shutil.copy(Path(__file__).parent / "firmware" / "zephyr" / "overruns.c", app / "src" / "main.c")
    done(*MLFGEN, "build", app, env=env)
    assert f"CONFIG_{watched_by}=y\n" in (app / "build" / "zephyr" / ".config").read_text("utf-8")
    printed = call(*MLFGEN, "run", app, env=env).stdout
    assert "ok\n" in printed and "still here" not in printed
    assert "mlf: the stack of thread 'main' is too small: generate with a larger --stack-bytes" in printed
    assert printed.rstrip().endswith("mlf: end, 1 failures")


def test_a_memory_that_the_devicetree_lacks_is_named_at_link_and_can_be_added(
    env: Env, tmp_path: Path
) -> None:
    needs_module("hal_stm32", env)
    needs_emulator("stm32f746g_disco")
    app = tmp_path / "app"
    options = GenerateOptions("zephyr", {"sram": "dtcm"}, {}, False, 4096, "portfolio")
    goldens = {"": SAMPLES / "sine.npz"}
    generate(
        GenerateRequest((SAMPLES / "sine.tar",), "stm32f746g_disco", options, output=app, goldens=goldens)
    )
    (app / "boards").mkdir(exist_ok=True)
    (app / "boards" / "stm32f746g_disco.overlay").write_text(
        '&dtcm { status = "disabled"; };\n/ { chosen { /delete-property/ zephyr,dtcm; }; };\n', "utf-8"
    )
    result = call(*MLFGEN, "build", app, env=env)
    assert result.returncode == 1
    assert "mlf_hello_world_int8_sram' must lie in dtcm 0x20000000 to 0x20010000" in result.stderr
    assert "hint: declare the memory 'DTCM' in the devicetree, or add model/sections.ld with" in result.stderr

    with open(app / "CMakeLists.txt", "a", encoding="utf-8") as cmake:
        cmake.write("zephyr_linker_sources(SECTIONS model/sections.ld)\n")
    done(*MLFGEN, "build", app, env=env)
    (buffer,) = image_of(app).symbols["mlf_hello_world_int8_sram"]
    assert buffer.address == 0x20000000
    assert "mlf: end, 0 failures" in done(*MLFGEN, "run", app, env=env)


def test_a_workspace_of_the_applications_own_builds_in_any_folder(tools: Env, tmp_path: Path) -> None:
    """``west init -l``, ``west update``, ``west build``, as the README of the application says."""
    if not fetchable():
        pytest.skip("Zephyr 4.1.0 can't be fetched")
    app = an_application(tmp_path / "firmware", SAMPLES / "sine.tar", "mps2_an385")
    done(*WEST, "init", "-l", ".", env=tools, cwd=app)
    done(*WEST, "update", env=tools, cwd=app)
    names = {path.name for path in (tmp_path / "modules").rglob("*") if (path / ".git").exists()}
    assert "cmsis-nn" not in names, "only what this application needs"
    own = {key: value for key, value in tools.items() if key != "ZEPHYR_BASE"}
    done(*WEST, "build", "-b", "mps2/an385", ".", env=own, cwd=app)
    assert (app / "build" / "zephyr" / "zephyr.elf").is_file()


def test_a_folder_with_blanks_and_umlauts_builds_and_runs(env: Env, tmp_path: Path) -> None:
    needs_emulator("mps2_an385")
    folder = tmp_path / "mein größtes Projekt"
    arguments = ["--rtos", "zephyr", "--board", "mps2_an385", "--work", folder]
    golden = ["--golden", SAMPLES / "sine.npz"]
    printed = done(*MLFGEN, "verify", *arguments, *golden, SAMPLES / "sine.tar", env=env)
    assert "all equal" in printed


def test_cmake_builds_by_preset_with_no_call_of_west(env: Env, tmp_path: Path) -> None:
    app = an_application(tmp_path / "app", SAMPLES / "sine.tar", "stm32f746g_disco")
    done("cmake", "--preset", "Debug", env=env, cwd=app)
    done("cmake", "--build", "--preset", "Debug", env=env, cwd=app)
    built = app / "build-debug" / "zephyr"
    assert "CONFIG_DEBUG_OPTIMIZATIONS=y\n" in (built / ".config").read_text("utf-8")
    assert "mlf_run" in read_elf(built / "zephyr.elf").symbols
    assert not (app / "build").exists()
