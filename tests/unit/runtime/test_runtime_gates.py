"""What compilers and analysers say about the runtime, the kernels, the ports and compiled models: nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from host_c import RUNTIME

from generator.model.options import GenerateOptions
from generator.pipeline.generate import generate
from generator.pipeline.inputs import GenerateRequest
from generator.pipeline.models import compile_model
from generator.readers.tflite_network import load_network

pytestmark = pytest.mark.slow
SAMPLE = Path(__file__).parents[3] / "samples" / "sine.tar"
WARNINGS = (
    *("-std=c11", "-Wall", "-Wextra", "-Werror", "-Wconversion", "-Wshadow", "-Wvla"),
    *("-Wstrict-prototypes", "-Wmissing-prototypes"),
)
#: compiler, flags. ARMv6-M has no exclusive accesses: clang's atomics are calls there, which it warns of. A
#: freestanding clang takes what it lacks of the C library from newlib's headers.
_NEWLIB = next((f for f in ("/usr/include/newlib", "/usr/lib/arm-none-eabi/include") if Path(f).is_dir()), "")
_BARE = ("-ffreestanding", *(("-idirafter", _NEWLIB) if _NEWLIB else ()))
TARGETS = {
    "gcc host": ("gcc", ()),
    "gcc M0": ("arm-none-eabi-gcc", ("-mcpu=cortex-m0", "-mthumb")),
    "gcc M4": ("arm-none-eabi-gcc", ("-mcpu=cortex-m4", "-mthumb")),
    "gcc M7": ("arm-none-eabi-gcc", ("-mcpu=cortex-m7", "-mthumb")),
    "gcc RISC-V": (
        "riscv64-unknown-elf-gcc",
        ("-march=rv32imac_zicsr", "-mabi=ilp32", "--specs=picolibc.specs"),
    ),
    "clang host": ("clang", ()),
    "clang M0": ("clang", ("--target=thumbv6m-none-eabi", "-Wno-atomic-alignment", *_BARE)),
    "clang M4": ("clang", ("--target=thumbv7em-none-eabi", "-mcpu=cortex-m4", *_BARE)),
    "clang M7": ("clang", ("--target=thumbv7em-none-eabi", "-mcpu=cortex-m7", *_BARE)),
    "clang RISC-V": ("clang", ("--target=riscv32-unknown-elf", "-march=rv32imac", *_BARE)),
}
#: left out: parameters of one type side by side; C11's Annex K, which no C library for microcontrollers has; a
#: false alarm on every va_list that is passed on. -Wconversion judges narrowing with more sense.
_TIDY = (
    "-*,bugprone-*,clang-analyzer-*,cert-*,misc-*,portability-*,-bugprone-easily-swappable-parameters,"
    "-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling,"
    "-clang-analyzer-valist.Uninitialized,-bugprone-narrowing-conversions"
)
#: int as offset and signed char as number are what kernels compute with; linker symbols are reserved names
_TIDY_KERNELS = (
    f"{_TIDY},-bugprone-implicit-widening-of-multiplication-result,-bugprone-signed-char-misuse,-cert-str34-c"
)
_TIDY_PORTS = f"{_TIDY},-bugprone-reserved-identifier,-cert-dcl37-c,-cert-dcl51-cpp"
#: that a right shift is arithmetic is asserted; a softmax's sum is at least 1
_CPPCHECK_KERNELS = ("shiftNegativeLHS", "shiftTooManyBitsSigned", "invalidFunctionArg")
CORE = ("-I", str(RUNTIME / "include"), "-I", str(RUNTIME / "src"))


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def runtime() -> list[Path]:
    return sorted((RUNTIME / "src").glob("*.c"))


@pytest.fixture(scope="module")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One file that includes it for each kernel header."""
    folder = tmp_path_factory.mktemp("kernels")
    made = []
    for header in sorted((RUNTIME / "kernels").glob("*.h")):
        if header.name == "cmsis_nn_s8.h":
            continue  # it includes CMSIS-NN's header, which only applications that call the library bring along
        made.append(folder / f"{header.stem}.c")
        made[-1].write_text(f'#include "{header.name}"\n')
    return made


@pytest.fixture(scope="module")
def operators(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, tuple[str, ...]]]:
    """The C that the compiler prints for models, with its include folders."""
    found = []
    for name in ("sine", "branchy"):
        folder = tmp_path_factory.mktemp(name)
        for path, data in compile_model(load_network(SAMPLE.with_name(f"{name}.tflite"))).files.items():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        include = (*CORE, "-I", str(RUNTIME / "kernels"), "-I", str(folder / "codegen/host/include"))
        found += [(source, include) for source in sorted((folder / "codegen/host/src").glob("*.c"))]
    return found


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, tuple[str, ...]]]:
    """Sources of the bare-metal ports with their include folders, from an application of each console."""
    found = []
    for board in ("stm32f746g_disco", "mps2_an385"):
        folder = tmp_path_factory.mktemp("app") / "app"
        options = GenerateOptions("none", {}, {}, False, 4096, "portfolio", "host_driven")
        generate(GenerateRequest((SAMPLE,), board, options, output=folder))
        model = folder / "model"
        inside = ("include", "runtime/include", "runtime/src", "runtime/port/cortex_m", "runtime/port/none")
        include = tuple(word for each in inside for word in ("-I", str(model / each)))
        found += [(source, include) for source in sorted((model / "runtime" / "port").rglob("*.c"))]
    return found


def all_quiet(commands: Sequence[Sequence[str]]) -> None:
    """Run every command; each must succeed and say nothing."""

    def run(argv: Sequence[str]) -> str:
        done = subprocess.run(argv, capture_output=True, text=True)
        said = done.stdout.strip() or (done.stderr.strip() if done.returncode else "")
        return f"{argv[-1]}: {said}" if said or done.returncode else ""

    assert commands
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        complaints = [said for said in pool.map(run, commands) if said]
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize("target", TARGETS)
def test_no_compiler_has_anything_to_warn_of(
    target: str, kernels: list[Path], operators: list[tuple[Path, tuple[str, ...]]]
) -> None:
    compiler, flags = TARGETS[target]
    start = [tool(compiler), *flags, *WARNINGS, "-O2"]
    if compiler == "clang" and "host" not in target and not _NEWLIB:
        pytest.skip("newlib's headers are not installed")
    include = (*CORE, "-I", str(RUNTIME / "kernels"))
    files = [*((file, include) for file in (*runtime(), *kernels)), *operators]
    all_quiet([[*start, *folders, "-c", "-o", os.devnull, str(file)] for file, folders in files])


@pytest.mark.parametrize("compiler", ["gcc", "arm-none-eabi-gcc"])
def test_gccs_analyser_finds_nothing(
    compiler: str, kernels: list[Path], operators: list[tuple[Path, tuple[str, ...]]]
) -> None:
    start = [tool(compiler), "-fanalyzer", *WARNINGS, "-O2"]
    include = (*CORE, "-I", str(RUNTIME / "kernels"))
    files = [*((file, include) for file in (*runtime(), *kernels)), *operators]
    all_quiet([[*start, *folders, "-c", "-o", os.devnull, str(file)] for file, folders in files])


def test_gccs_analyser_finds_nothing_in_the_ports(ports: list[tuple[Path, tuple[str, ...]]]) -> None:
    start = [tool("arm-none-eabi-gcc"), "-mcpu=cortex-m7", "-mthumb", "-ffreestanding", "-fanalyzer", "-O2"]
    all_quiet([[*start, *WARNINGS, *include, "-c", "-o", os.devnull, str(file)] for file, include in ports])


def test_clang_tidy_finds_nothing_in_the_runtime() -> None:
    start = [tool("clang-tidy"), "--quiet", f"--checks={_TIDY}", "--warnings-as-errors=*"]
    all_quiet([[*start, str(file), "--", "-std=c11", *CORE] for file in runtime()])


def test_clang_tidy_finds_nothing_in_the_kernels(kernels: list[Path]) -> None:
    start = [tool("clang-tidy"), "--quiet", f"--checks={_TIDY_KERNELS}", "--warnings-as-errors=*"]
    include = (*CORE, "-I", str(RUNTIME / "kernels"))
    header = "--header-filter=.*/kernels/.*"
    all_quiet([[*start, header, str(file), "--", "-std=c11", *include] for file in kernels])


def test_clang_tidy_finds_nothing_in_compiled_models(operators: list[tuple[Path, tuple[str, ...]]]) -> None:
    start = [tool("clang-tidy"), "--quiet", f"--checks={_TIDY_KERNELS}", "--warnings-as-errors=*"]
    all_quiet([[*start, str(file), "--", "-std=c11", *include] for file, include in operators])


def test_clang_tidy_finds_nothing_in_the_ports(ports: list[tuple[Path, tuple[str, ...]]]) -> None:
    start = [tool("clang-tidy"), "--quiet", f"--checks={_TIDY_PORTS}", "--warnings-as-errors=*"]
    if not _NEWLIB:
        pytest.skip("newlib's headers are not installed")
    target = ("--target=thumbv7em-none-eabi", "-mcpu=cortex-m7", *_BARE, "-std=c11")
    all_quiet([[*start, str(file), "--", *target, *include] for file, include in ports])


def test_cppcheck_finds_nothing(kernels: list[Path], operators: list[tuple[Path, tuple[str, ...]]]) -> None:
    start = [tool("cppcheck"), "--std=c11", "--enable=warning,portability,performance", "--quiet"]
    start += ["--error-exitcode=1", "-UMLF_CONFIG_FILE"]
    suppressed = [f"--suppress={name}" for name in _CPPCHECK_KERNELS]
    include = f"-I{RUNTIME / 'kernels'}"
    core = (f"-I{RUNTIME / 'include'}", f"-I{RUNTIME / 'src'}")
    all_quiet(
        [
            [*start, *core, str(RUNTIME / "src")],
            *([*start, *suppressed, include, str(file)] for file in kernels),
            *([*start, *suppressed, *folders, str(file)] for file, folders in operators),
        ]
    )


@pytest.mark.parametrize("gate", ["gcc", "clang-tidy", "cppcheck"])
def test_a_planted_fault_is_noticed(gate: str, tmp_path: Path) -> None:
    source = tmp_path / "faulty.c"
    source.write_text("int last(int n);\nint last(int n)\n{\n\tconst int *a = 0;\n\treturn n + *a;\n}\n")
    argv = {
        "gcc": ["gcc", "-O2", "-fanalyzer", *WARNINGS, "-c", "-o", os.devnull],
        "clang-tidy": ["clang-tidy", "--quiet", f"--checks={_TIDY}", "--warnings-as-errors=*"],
        "cppcheck": ["cppcheck", "--std=c11", "--quiet", "--error-exitcode=1"],
    }[gate]
    tail = ["--", "-std=c11"] if gate == "clang-tidy" else []
    with pytest.raises(AssertionError):
        all_quiet([[tool(argv[0]), *argv[1:], str(source), *tail]])
