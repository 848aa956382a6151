"""The runtime as a whole: it compiles everywhere without a warning, calls no heap, and stays small."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from host_c import RUNTIME, STRICT, HostC

#: an AOT application's share: no graph walker, no sample runner
AOT = ("mlf_model.c", "mlf_placement.c", "mlf_quantize.c", "mlf_workspace.c")
MAX_TEXT_BYTES = 3072
CORE = ("-mcpu=cortex-m7", "-mthumb", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard", "-O2")
_HEAP = {"malloc", "calloc", "realloc", "free", "printf", "puts", "abort", "exit"}


def cross(tool: str) -> str:
    found = shutil.which(f"arm-none-eabi-{tool}")
    if found is None:
        pytest.skip(f"arm-none-eabi-{tool} is not installed")
    return found


def called(argv: Sequence[str]) -> str:
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{' '.join(argv)}\n{done.stderr}"
    return done.stdout


def objects(folder: Path, sources: Sequence[Path], *flags: str) -> list[str]:
    made = []
    for source in sources:
        output = folder / f"{source.stem}.o"
        include = (f"-I{RUNTIME / 'include'}", f"-I{RUNTIME / 'src'}")
        called([cross("gcc"), *flags, *include, "-c", str(source), "-o", str(output)])
        made.append(str(output))
    return made


def test_the_runtime_of_an_aot_application_is_under_three_kilobytes(
    tmp_path: Path, runtime_sources: tuple[Path, ...]
) -> None:
    sources = [source for source in runtime_sources if source.name in AOT]
    assert len(sources) == len(AOT)
    made = objects(tmp_path, sources, *CORE, "-std=c11", "-ffunction-sections", "-fdata-sections")
    rows = called([cross("size"), *made]).splitlines()[1:]
    text = sum(int(row.split()[0]) for row in rows)
    data = sum(int(row.split()[1]) + int(row.split()[2]) for row in rows)
    assert 0 < text < MAX_TEXT_BYTES
    assert data < 256, "its own state"


@pytest.mark.parametrize("core", ["cortex-m0plus", "cortex-m3", "cortex-m7"])
def test_the_runtime_cross_compiles_without_a_warning(
    core: str, tmp_path: Path, runtime_sources: tuple[Path, ...]
) -> None:
    strict = [flag for flag in STRICT if flag not in ("-O1", "-g")]
    for level in ("-O2", "-O0", "-Os"):
        objects(tmp_path, runtime_sources, f"-mcpu={core}", "-mthumb", level, *strict, "-ffreestanding")


def test_the_runtime_calls_neither_a_heap_nor_a_console(
    tmp_path: Path, runtime_sources: tuple[Path, ...]
) -> None:
    made = objects(tmp_path, runtime_sources, *CORE, "-std=c11")
    undefined = set(re.findall(r" U (\w+)", called([cross("nm"), *made])))
    assert not undefined & _HEAP
    libc = {name for name in undefined if not name.startswith(("mlf_", "TVM", "__aeabi_"))}
    assert libc <= {"memcpy", "memset", "memcmp", "strcmp", "strlen", "strncpy"}


@pytest.mark.parametrize("defines", [("MLF_CONFIG_WATERMARK=0",), ('MLF_CONFIG_FILE="my_config.h"',)])
def test_the_configuration_seam_works(
    defines: tuple[str, ...], host_c: HostC, tmp_path: Path, runtime_sources: tuple[Path, ...]
) -> None:
    (tmp_path / "my_config.h").write_text("#define MLF_CONFIG_WATERMARK 0\n", "utf-8")
    main = tmp_path / "main.c"
    main.write_text(
        "#include <mlf/mlf.h>\n"
        "static int32_t invoke(void) { return 0; }\n"
        "int main(void) {\n"
        "  static mlf_state_t state; uint32_t touched;\n"
        '  const mlf_model_t model = {.name = "m", .invoke = invoke, .state = &state};\n'
        "  if (mlf_init(&model) != MLF_OK || mlf_run(&model) != MLF_OK) { return 1; }\n"
        "  return mlf_workspace_high_water(&model, &touched) == MLF_ERR_NO_FIGURE ? 0 : 2;\n}\n",
        "utf-8",
    )
    sources = [s for s in runtime_sources if s.name in AOT]
    host_c.run(host_c.build(tmp_path / "b", [*sources, main], include=[tmp_path], defines=defines))


def test_the_headers_may_be_included_from_cplusplus_and_in_any_order(tmp_path: Path) -> None:
    compiler = shutil.which("g++")
    if compiler is None:
        pytest.skip("no C++ compiler (g++)")
    for order in (
        ("mlf/mlf.h", "mlf/graph.h", "mlf/placement.h", "mlf/sample.h"),
        ("mlf/sample.h",),
        ("mlf/graph.h",),
    ):
        source = tmp_path / "order.cpp"
        source.write_text("".join(f"#include <{name}>\n" for name in order) + "int main() { return 0; }\n")
        include = f"-I{RUNTIME / 'include'}"
        called([compiler, "-Wall", "-Wextra", "-Werror", include, "-fsyntax-only", str(source)])
