"""FreeRTOS applications: generated, built with west and with plain CMake, run in QEMU and on the virtual F746."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from generator.errors import BuildError
from generator.model.options import GenerateOptions
from generator.model.project import Project
from generator.model.running import QemuMachine
from generator.pipeline.boards import find_board
from generator.pipeline.build import build as build_zephyr
from generator.pipeline.generate import generate
from generator.pipeline.inputs import GenerateRequest
from generator.pipeline.run import END_MARKER
from generator.pipeline.run_virtual import run_virtual
from generator.toolchain import port_build
from generator.toolchain.elf import read_elf
from generator.toolchain.elf_plan import ExpectedSymbol, compare_with_plan
from generator.toolchain.emulators import run_qemu
from generator.toolchain.runner import SystemRunner

SHARED = Path(__file__).parents[2].parent / "shared"
SOURCES = Path(__file__).parent / "firmware" / "freertos"
QEMU_BOARD, REAL_BOARD = "mps2_an500", "stm32f746g_disco"
KERNEL = ("https://github.com/FreeRTOS/FreeRTOS-Kernel", "refs/tags/V11.3.0")
HEAP = {"malloc", "_malloc_r", "_sbrk", "_sbrk_r", "free", "calloc", "realloc", "pvPortMalloc"}

pytestmark = [pytest.mark.firmware, pytest.mark.slow]


def golden_of(archive: str) -> dict[str, Path]:
    if archive.startswith("two-models"):
        return {name: SHARED / "golden" / f"{name}.npz" for name in ("sine", "kws")}
    model = re.match(r"sine-float|[a-z]+", archive)
    assert model is not None
    return {"": SHARED / "golden" / f"{model[0]}.npz"}


def generated(
    archive: str, board: str, target: Path, *, rtos: str = "freertos", pools: Mapping[str, str] | None = None
) -> Project:
    path = SHARED / "archives" / f"{archive}.tar"
    if not path.is_file():
        pytest.skip("the shared archives are not here")
    options = GenerateOptions(rtos, pools or {}, {}, False, 4096, "portfolio")
    request = GenerateRequest((path,), board, options, output=target, goldens=golden_of(archive))
    return generate(request).project


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    for tool in ("arm-none-eabi-gcc", "cmake", "ninja", "git"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    if importlib.util.find_spec("west") is None:
        pytest.skip("west is not installed")
    reached = subprocess.run(["git", "ls-remote", "--exit-code", *KERNEL], capture_output=True, timeout=60)
    if reached.returncode != 0:
        pytest.skip("the FreeRTOS kernel can't be fetched")
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def west(*arguments: str, cwd: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "west", *arguments],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        timeout=600,
    )


@pytest.fixture(scope="session")
def workspace(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A west workspace of an application that names every repository there is."""
    folder = tmp_path_factory.mktemp("freertos workspace")
    generated("kws-cmsisnn-pool", REAL_BOARD, folder / "kws")
    for arguments in (("init", "-l", "kws"), ("update",)):
        done = west(*arguments, cwd=folder, env=environment)
        assert done.returncode == 0, done.stderr
    return folder


def built(app: Path, workspace: Path, env: Mapping[str, str]) -> Path:
    """The image; every warning of the port, the kernel and the application is an error here."""
    defines = {"CMAKE_COMPILE_WARNING_AS_ERROR": "ON"}
    if shutil.which("ccache"):
        defines["CMAKE_C_COMPILER_LAUNCHER"] = "ccache"
    sources = port_build.Sources(workspace, "test")
    port_build.build(app, app / "build", sources, runner=SystemRunner(), env=env, defines=defines)
    return port_build.image_path(app / "build")


def in_qemu(image: Path, env: Mapping[str, str]) -> str:
    if shutil.which("qemu-system-arm") is None:
        pytest.skip("qemu-system-arm is not installed")
    machine = QemuMachine("qemu-system-arm", "mps2-an500", ("-vga", "none"))
    result = run_qemu(machine, image, starter=SystemRunner(), env=env, end_marker=END_MARKER, timeout_s=120)
    assert result.ended_by == "marker", result.text
    return result.text


def on_virtual_board(image: Path) -> tuple[str, int | None, tuple[str, ...]]:
    pytest.importorskip("unicorn", reason="the extra 'virtual' is not installed")
    board = find_board(REAL_BOARD)
    assert board.run is not None and board.run.virtual is not None
    result = run_virtual(
        board.run.virtual,
        image,
        instruction_budget=board.run.instruction_budget,
        end_marker=END_MARKER,
        on_line=None,
    )
    return result.text, result.instructions, result.notes


def assert_as_expected(console: str, project: Project) -> None:
    assert console.count("us, as expected") == len(project.samples) >= 4
    assert "DIFFERS" not in console and "error" not in console


def assert_as_planned(image: Path, project: Project) -> None:
    regions = {region.name: region for region in project.board.regions}
    expected = [
        ExpectedSymbol(
            b.symbol,
            b.size_bytes,
            b.alignment_bytes,
            regions[b.region].base,
            regions[b.region].size_bytes,
            b.kind == "constant",
        )
        for b in project.buffers
    ]
    elf = read_elf(image)
    assert compare_with_plan(elf, expected) == ()
    assert not HEAP & set(elf.symbols)


@pytest.mark.parametrize(
    "archive",
    [
        "sine-aot-c-pool",
        "sine-float-graph",
        "sine-aot-packed-nousmp",
        "kws-aot-c-pool",
        "kws-graph",
        "kws-aot-packed",
        "kws-cmsisnn-pool",
        "kws-aot-c-2pools",
        "kws-aot-c-io",
        "kws-aot-c-const",
        "two-models-sine-kws",
    ],
)
def test_golden_outputs_in_qemu(
    archive: str, workspace: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    project = generated(archive, QEMU_BOARD, tmp_path / "app")
    image = built(tmp_path / "app", workspace, environment)
    assert_as_planned(image, project)
    assert_as_expected(in_qemu(image, environment), project)


@pytest.mark.parametrize(
    ("archive", "pools"),
    [
        ("sine-aot-c", {}),
        ("kws-cmsisnn-pool", {}),
        ("kws-cmsisnn-pool", {"sram": "dtcm", "io": "dtcm"}),
        ("kws-cmsisnn-pool", {"sram": "sdram"}),
    ],
    ids=["sine", "kws", "kws in DTCM", "kws in SDRAM"],
)
def test_golden_outputs_of_the_board_s_own_image(
    archive: str, pools: dict[str, str], workspace: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    project = generated(archive, REAL_BOARD, tmp_path / "app", pools=pools)
    image = built(tmp_path / "app", workspace, environment)
    assert_as_planned(image, project)
    # Buffers outside the main memory must not be stored: the image for the flash stays that of the code.
    assert image.with_suffix(".bin").stat().st_size < 100_000
    runs = [on_virtual_board(image) for _ in range(3)]
    assert_as_expected(runs[0][0], project)
    assert runs[0] == runs[1] == runs[2]
    assert runs[0][2] == ()


def test_a_workspace_over_several_memories_gives_the_golden_outputs(
    workspace: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    project = generated("vgg-graph", REAL_BOARD, tmp_path / "app", pools={"workspace": "dtcm,sdram"})
    assert {b.region for b in project.buffers if b.kind == "workspace"} == {"dtcm", "sdram"}
    image = built(tmp_path / "app", workspace, environment)
    assert_as_planned(image, project)
    console, _, notes = on_virtual_board(image)
    assert_as_expected(console, project)
    assert notes == ()


@pytest.mark.parametrize("version", ["V10.4.6", "V10.6.2", "V11.1.0", "V11.3.0"])
def test_other_kernels_build_and_run(version: str, environment: dict[str, str], tmp_path: Path) -> None:
    """What CubeMX and older projects have; west.yml names the newest."""
    clone = ["git", "clone", "--quiet", "--depth", "1", "--branch", version, KERNEL[0]]
    kernel = tmp_path / "deps" / "FreeRTOS-Kernel"
    subprocess.run([*clone, str(kernel)], check=True, capture_output=True, timeout=300)
    project = generated("sine-aot-c-pool", REAL_BOARD, tmp_path / "app")
    image = built(tmp_path / "app", tmp_path, environment)
    assert_as_expected(on_virtual_board(image)[0], project)


def test_other_boards_build(workspace: Path, environment: dict[str, str], tmp_path: Path) -> None:
    project = generated("kws-aot-c-2pools", "nucleo_f746zg", tmp_path / "app")
    assert_as_planned(built(tmp_path / "app", workspace, environment), project)


def test_a_build_folder_follows_the_board(
    workspace: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    app = tmp_path / "app"
    for board in ("mps2_an500", "mps2_an385", REAL_BOARD):
        generated("sine-aot-c-pool", board, app)
        built(app, workspace, environment)
        commands = (app / "build" / "compile_commands.json").read_text()
        assert ("-mfpu=fpv5-d16" in commands, "-mfpu=fpv5-sp-d16" in commands) == (
            board == "mps2_an500",
            board == REAL_BOARD,
        )


def test_west_builds_and_runs(workspace: Path, environment: dict[str, str]) -> None:
    """The whole of a user's typing, and the mistakes worth a sentence."""
    first = west("build", cwd=workspace, env=environment)
    assert first.returncode == 0, first.stdout + first.stderr
    assert (workspace / "kws" / "build" / "firmware.hex").is_file()

    other = west("build", "-b", "nucleo_f746zg", cwd=workspace, env=environment)
    assert other.returncode != 0
    assert f"this application is for {REAL_BOARD}" in other.stderr

    app = workspace / "sine"
    project = generated("sine-aot-c-pool", QEMU_BOARD, app)
    assert west("config", "manifest.path", "sine", cwd=workspace, env=environment).returncode == 0
    try:
        early = west("run", cwd=app, env=environment)
        assert early.returncode != 0 and "run 'west build' first" in early.stderr
        done = west("build", "-p", "--", "-DMLF_OPTIMIZATION=-Os", cwd=app, env=environment)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "MLF_OPTIMIZATION:STRING=-Os" in (app / "build" / "CMakeCache.txt").read_text()
        if shutil.which("qemu-system-arm"):
            run = west("run", cwd=workspace, env=environment)
            assert run.returncode == 0, run.stdout + run.stderr
            assert_as_expected(run.stdout, project)
        flash = west("flash", cwd=workspace, env=environment)
        assert flash.returncode != 0 and f"{QEMU_BOARD} has no flash runner" in flash.stderr
    finally:
        west("config", "manifest.path", "kws", cwd=workspace, env=environment)


def test_west_calls_the_probes_tools(workspace: Path, environment: dict[str, str], tmp_path: Path) -> None:
    """Recorded by stand-ins: no probe is needed, and none that is connected is touched."""
    for tool in ("openocd", "STM32_Programmer_CLI", "arm-none-eabi-gdb"):
        script = tmp_path / tool
        script.write_text(f'#!/bin/sh\nprintf "%s\\n" {tool} "$@" > "{tmp_path}/called"\n')
        script.chmod(0o755)
    env = {**environment, "PATH": f"{tmp_path}{os.pathsep}{environment['PATH']}"}
    image = workspace / "kws" / "build" / "firmware.elf"

    def called(*arguments: str) -> list[str]:
        done = west(*arguments, cwd=workspace, env=env)
        assert done.returncode == 0, done.stdout + done.stderr
        return (tmp_path / "called").read_text().splitlines()

    assert west("build", cwd=workspace, env=env).returncode == 0
    config = "board/stm32f746g-disco.cfg"
    program = f"program {{{image}}} verify reset exit"
    assert called("flash") == ["openocd", "-f", config, "-c", program]
    cube = called("flash", "--runner", "stm32cubeprogrammer")
    assert cube == ["STM32_Programmer_CLI", "-c", "port=SWD", "mode=UR", "-w", str(image), "-v", "-rst"]
    debug = called("debug")
    assert debug[-1] == str(image) and "load" in debug
    assert any(word.startswith("target extended-remote | openocd") and config in word for word in debug)

    unknown = west("flash", "-r", "jlink", cwd=workspace, env=env)
    assert unknown.returncode != 0 and "these can: openocd, stm32cubeprogrammer" in unknown.stderr


def test_an_application_may_have_cpp_files(
    workspace: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    """With objects that have constructors and destructors, before main and in functions."""
    asked = ["arm-none-eabi-g++", "-print-file-name=libstdc++.a"]
    if (
        shutil.which(asked[0]) is None
        or not Path(subprocess.check_output(asked, text=True).strip()).is_file()
    ):
        pytest.skip("libstdc++ for arm-none-eabi is not installed")
    app = tmp_path / "app"
    project = generated("sine-aot-c", QEMU_BOARD, app)
    (app / "src" / "thing.cpp").write_text(
        """struct Thing {
	explicit Thing(int v) : value(v), at(&value) {}
	~Thing() { *at = 0; }
	virtual int get() const { return *at; }
	int value;
	int *at;
};
static Thing one(40);
extern "C" int sum(void);
extern "C" int sum(void)
{
	static Thing two(one.get() + 2);
	return two.get();
}
"""
    )
    for path, old, new in (
        ("CMakeLists.txt", "LANGUAGES C ASM", "LANGUAGES C CXX ASM"),
        ("CMakeLists.txt", "  src/main.c\n", "  src/main.c\n  src/thing.cpp\n"),
        ("src/main.c", "int main(void)", "int sum(void);\n\nint main(void)"),
        (
            "src/main.c",
            "\tmlf_port_start();",
            '\tmlf_port_start();\n\tmlf_print(sum() == 42 ? "made" : "not");',
        ),
    ):
        text = (app / path).read_text()
        assert text.count(old) == 1, (path, old)
        (app / path).write_text(text.replace(old, new))
    console = in_qemu(built(app, workspace, environment), environment)
    assert console.startswith("made")
    assert_as_expected(console, project)


def test_plain_cmake_builds(workspace: Path, environment: dict[str, str]) -> None:
    generated("sine-aot-c", REAL_BOARD, workspace / "plain")
    for command in (["cmake", "--preset", "default"], ["cmake", "--build", "--preset", "default"]):
        done = subprocess.run(
            command, cwd=workspace / "plain", env=environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_missing_sources_are_reported_with_what_gets_them(
    environment: dict[str, str], tmp_path: Path
) -> None:
    generated("sine-aot-c", QEMU_BOARD, tmp_path / "app")
    with pytest.raises(BuildError, match="deps/FreeRTOS-Kernel is not in"):
        built(tmp_path / "app", tmp_path, environment)


@pytest.mark.parametrize(
    ("pools", "old", "new", "sentence"),
    [
        ({}, "LENGTH = 0x40000$", "LENGTH = 0x4000", "'sram' of stm32f746g_disco .*pools: sram 17,152"),
        (
            {"sram": "dtcm"},
            "LENGTH = 0x10000$",
            "LENGTH = 0x1000",
            "'dtcm' of stm32f746g_disco .*pools: sram 17,152",
        ),
        ({}, "LENGTH = 0x100000$", "LENGTH = 0x4000", "'flash' of stm32f746g_disco .*MLF_OPTIMIZATION=-Os"),
    ],
    ids=["variables", "pool", "code"],
)
def test_a_memory_that_overflows_says_so_at_link(
    pools: dict[str, str],
    old: str,
    new: str,
    sentence: str,
    workspace: Path,
    environment: dict[str, str],
    tmp_path: Path,
) -> None:
    generated("kws-cmsisnn-pool", REAL_BOARD, tmp_path / "app", pools=pools)
    script = tmp_path / "app" / "model" / "linker.ld"
    text, count = re.subn(old, new, script.read_text(), flags=re.MULTILINE)
    assert count == 1
    script.write_text(text)
    lines: list[str] = []
    sources = port_build.Sources(workspace, "test")
    with pytest.raises(BuildError, match=r"does not fit: region (sram|dtcm|flash) is [\d,]+ bytes too small"):
        port_build.build(
            tmp_path / "app",
            tmp_path / "app" / "build",
            sources,
            runner=SystemRunner(),
            env=environment,
            on_line=lines.append,
        )
    assert re.search(r"mlf: memory " + sentence, "\n".join(lines))


def test_what_would_need_a_heap_or_a_lost_section_does_not_link(
    workspace: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    app = tmp_path / "app"
    generated("sine-aot-c", REAL_BOARD, app)
    main = app / "src" / "main.c"
    original = main.read_text()
    main.write_text(
        "#include <stdlib.h>\nvoid *volatile kept;\nvoid grab(void);\nvoid grab(void)\n{\n\tkept = malloc(8);\n}\n"
        + original.replace("\tmlf_port_start();", "\tgrab();\n\tmlf_port_start();")
    )
    with pytest.raises(BuildError, match=r"undefined reference to .*_sbrk"):
        built(app, workspace, environment)
    # The board's SDRAM is not set up in this application, so nothing may be put there.
    main.write_text(
        '__attribute__((section(".sdram"))) static volatile char lost[16];\n'
        + original.replace("\tmlf_port_start();", "\tlost[0] = 1;\n\tmlf_port_start();")
    )
    with pytest.raises(BuildError, match=r"no place for section '\.sdram'"):
        built(app, workspace, environment)


@pytest.mark.parametrize("board", [QEMU_BOARD, REAL_BOARD])
def test_two_tasks_share_the_fpu_without_a_wrong_result(
    board: str, workspace: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    generated("sine-aot-c", board, tmp_path / "app")
    shutil.copy(SOURCES / "two_fpu_tasks.c", tmp_path / "app" / "src" / "main.c")
    image = built(tmp_path / "app", workspace, environment)
    console = in_qemu(image, environment) if board == QEMU_BOARD else on_virtual_board(image)[0]
    assert "switched" in console.splitlines()
    assert "mlf: end, 0 failures" in console


def test_ten_thousand_runs_leave_no_trace(
    workspace: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    generated("sine-aot-c-pool", REAL_BOARD, tmp_path / "app")
    shutil.copy(SOURCES / "endures.c", tmp_path / "app" / "src" / "main.c")
    shutil.copy(SOURCES.parent / "endures.h", tmp_path / "app" / "src")
    console = on_virtual_board(built(tmp_path / "app", workspace, environment))[0]
    found = re.search(
        r"init 0, runs 10000, wrong 0, workspace (\d+) to (\d+), stack left (\d+) to (\d+)\n", console
    )
    assert found is not None, console
    settled, touched, settled_left, left = map(int, found.groups())
    assert 0 < settled == touched
    # An interrupt may yet come at a deeper point than any before: its frame, and what its handler pushes.
    assert 0 < left <= settled_left < left + 160


def test_a_task_that_comes_between_is_refused_and_spoils_nothing(
    workspace: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    generated("sine-aot-c-pool", REAL_BOARD, tmp_path / "app")
    shutil.copy(SOURCES / "two_callers.c", tmp_path / "app" / "src" / "main.c")
    console = on_virtual_board(built(tmp_path / "app", workspace, environment))[0]
    assert console.splitlines()[-2:] == ["wrong 0, other 0, refused often", "mlf: end, 0 failures"]


def test_microseconds_go_on_while_the_core_sleeps(
    workspace: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    generated("sine-aot-c", REAL_BOARD, tmp_path / "app")
    shutil.copy(SOURCES / "sleeps.c", tmp_path / "app" / "src" / "main.c")
    console = on_virtual_board(built(tmp_path / "app", workspace, environment))[0]
    assert console.splitlines()[-2:] == ["slept through", "mlf: end, 0 failures"]


@pytest.mark.parametrize(
    ("way", "said"),
    [
        (
            0,
            r"fault in task 'culprit': data access to an address without memory\n[\s\S]* address 9f000000\n",
        ),
        (1, r"fault in task 'culprit': undefined instruction\n"),
        (2, r"the stack of task 'culprit' is too small"),
        (3, r"assertion failed in fail, line \d+\n"),
    ],
    ids=["bus fault", "undefined instruction", "stack overflow", "assertion"],
)
def test_what_goes_wrong_is_printed(
    way: int, said: str, workspace: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    generated("sine-aot-c", QEMU_BOARD, tmp_path / "app")
    source = (SOURCES / "stops.c").read_text()
    (tmp_path / "app" / "src" / "main.c").write_text(f"#define WAY {way}\n{source}")
    console = in_qemu(built(tmp_path / "app", workspace, environment), environment)
    assert re.search(said, console)
    assert "still here" not in console
    assert console.rstrip().endswith("mlf: end, 1 failures")


def test_the_smallest_application_under_both_rtoses(
    workspace: Path, environment: dict[str, str], tmp_path: Path, record_property: pytest.RecordProperty
) -> None:
    """What README.md reports of sine: text, data and bss as ``size`` counts them."""
    if (
        not any((Path.home() / ".cmake" / "packages" / "Zephyr").glob("*"))
        and "ZEPHYR_BASE" not in os.environ
    ):
        pytest.skip("no Zephyr: ZEPHYR_BASE is not set and CMake knows no Zephyr package")
    generated("sine-aot-c-pool", REAL_BOARD, tmp_path / "freertos")
    generated("sine-aot-c-pool", REAL_BOARD, tmp_path / "zephyr", rtos="zephyr")
    images = {
        "freertos": built(tmp_path / "freertos", workspace, environment),
        "zephyr": build_zephyr(tmp_path / "zephyr", runner=SystemRunner(), env=environment).image,
    }
    sizes = {}
    for rtos, image in images.items():
        done = subprocess.run(["arm-none-eabi-size", image], capture_output=True, text=True, check=True)
        sizes[rtos] = tuple(int(figure) for figure in done.stdout.splitlines()[1].split()[:3])
        record_property(f"{rtos} text, data, bss", sizes[rtos])
    text, data, bss = sizes["freertos"]
    assert text < 13_000 and data < 64 and bss < 8_000
    assert all(ours < theirs for ours, theirs in zip(sizes["freertos"], sizes["zephyr"], strict=True))
