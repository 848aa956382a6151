"""The files of a library: only the models', in the form that a firmware's build takes in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from generator.model.library import LIBRARY_FORMS, LibraryOptions
from generator.model.options import GenerateOptions
from generator.pipeline.inputs import GenerateRequest, compose_request
from generator.render.files import load_runtime, render_files

ROOT = Path(__file__).parents[3]
TEMPLATES = ROOT / "templates"
OF_AN_APPLICATION = {"prj.conf", "west.yml", "sample.yaml", "src/main.c", "CMakePresets.json", ".gitignore"}


def library(
    form: str,
    rtos: str = "none",
    pools: dict[str, str] | None = None,
    samples: bool = False,
    model: str = "sine.tar",
) -> dict[str, str]:
    options = GenerateOptions(
        rtos, pools or {}, {}, False, 4096, "portfolio", "library", library=LibraryOptions(form, "..", "mlf")
    )
    goldens = {"": ROOT / "samples" / "sine.npz"} if samples else {}
    models = (ROOT / "samples" / model,)
    request = GenerateRequest(models, "stm32f746g_disco", options, goldens=goldens)
    project, _ = compose_request(request)
    files = render_files(project, TEMPLATES / "library", load_runtime(TEMPLATES / "runtime"))
    return {path: file.data.decode() for path, file in files}


@pytest.mark.parametrize("form", LIBRARY_FORMS)
def test_nothing_that_belongs_to_an_application(form: str) -> None:
    files = library(form, "zephyr" if form == "zephyr-module" else "none")
    assert not OF_AN_APPLICATION & set(files)
    assert not [
        path for path in files if path.startswith((".vscode/", "src/", "cmake/", "scripts/", "boards/"))
    ]
    assert not [
        path for path in files if "port/cortex_m" in path or path.endswith(("linker.ld", "mlf_vectors.c"))
    ]
    assert {"model/include/mlf_models.h", "model/src/mlf_pools.c", "README.md"} <= set(files)


@pytest.mark.parametrize(
    ("form", "own"),
    [
        ("zephyr-module", {"zephyr/module.yml", "zephyr/CMakeLists.txt", "zephyr/Kconfig"}),
        ("cmake", {"CMakeLists.txt"}),
        ("cubeide", {"mlf.mk", "sources.txt"}),
        ("sources", {"mlf.mk", "sources.txt"}),
        ("platformio", {"library.json"}),
    ],
)
def test_each_form_has_its_files_and_no_others(form: str, own: set[str]) -> None:
    files = set(library(form, "zephyr" if form == "zephyr-module" else "none"))
    assert {path for path in files if not path.startswith("model/")} == own | {"README.md"}


def test_every_form_compiles_the_same_files() -> None:
    def lines(text: str) -> set[str]:
        found = {line.strip(" \\") for line in text.splitlines()}
        return {line for line in found if line.endswith(".c") and "%" not in line}

    for samples in (False, True):
        listed = {
            line.removeprefix("model/") for line in lines(library("sources", samples=samples)["sources.txt"])
        }
        assert ("src/mlf_samples.c" in listed) == samples
        manifest = json.loads(library("platformio", samples=samples)["library.json"])
        assert {path[2:-1] for path in manifest["build"]["srcFilter"][1:]} == listed
        cmake = library("cmake", samples=samples)["model/CMakeLists.txt"]
        assert lines(cmake) == listed
        files = library("sources", samples=samples)
        assert lines(files["mlf.mk"]) == listed
        assert {f"model/{path}" for path in listed} <= set(files)


@pytest.mark.parametrize(
    ("compiler", "archiver"),
    [
        ("arm-none-eabi-gcc", "arm-none-eabi-gcc-ar"),
        ("ccache PLACE/arm-none-eabi-gcc -pipe -B gcc", "PLACE/arm-none-eabi-gcc-ar"),
        ("arm-none-eabi-gcc-12.2", "arm-none-eabi-gcc-ar-12.2"),
        ("gcc-12 -flto", "gcc-ar-12"),
        ("arm-none-eabi-gcc-11", "any-ar"),  # which brings no archiver
        ("cc", "any-ar"),
        ("ccache clang-14 --target=arm-none-eabi", "llvm-ar-14"),
        ("clang", "llvm-ar"),
        ("arm-none-eabi-clang --gcc-toolchain=x", "llvm-ar"),
    ],
)
def test_the_archiver_is_that_of_the_compiler(compiler: str, archiver: str, tmp_path: Path) -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not installed")
    for path, text in library("sources").items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    place = tmp_path / "bin"
    place.mkdir()
    names = ("arm-none-eabi-gcc-ar", "arm-none-eabi-gcc-ar-12.2", "gcc-ar-12", "llvm-ar", "llvm-ar-14")
    for name in names:
        (place / name).write_text("#!/bin/sh\n", "utf-8")
        (place / name).chmod(0o755)
    compiler = compiler.replace("PLACE", str(place))
    argv = [make, "-n", "-f", "mlf.mk", "mlf", f"CC={compiler}", "AR=any-ar"]
    env = {**os.environ, "PATH": f"{place}{os.pathsep}/usr/bin{os.pathsep}/bin"}
    printed = subprocess.run(argv, cwd=tmp_path, check=True, capture_output=True, text=True, env=env).stdout
    (line,) = (line for line in printed.splitlines() if "libmlf_model.a" in line and " rcs " in line)
    assert line.split(" rcs ")[0].removeprefix(f"{place}/") == archiver.removeprefix("PLACE/")


def test_objects_for_link_time_optimization_are_archived_readably(tmp_path: Path) -> None:
    """An archiver that can't read them leaves the archive's table of symbols empty."""
    for tool in ("make", "clang", "llvm-ar", "llvm-nm"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    for path, text in library("sources").items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    argv = ["make", "-f", "mlf.mk", "mlf", "CC=clang -flto", "CFLAGS="]
    subprocess.run(argv, cwd=tmp_path, check=True, capture_output=True)
    table = ["llvm-nm", "--print-armap", "build/mlf/libmlf_model.a"]
    printed = subprocess.run(table, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert "mlf_init in " in printed


def test_a_zephyr_module_names_what_the_board_needs_for_its_memories() -> None:
    files = library("zephyr-module", "zephyr", {"sram": "sdram"})
    assert yaml.safe_load(files["zephyr/module.yml"])["build"] == {
        "cmake": "zephyr",
        "kconfig": "zephyr/Kconfig",
    }
    assert "\timply MEMC\n" in files["zephyr/Kconfig"]
    assert "&sdram1" in files["zephyr/mlf.overlay"]
    plain = library("zephyr-module", "zephyr")
    assert "imply MEMC" not in plain["zephyr/Kconfig"] and "zephyr/mlf.overlay" not in plain


@pytest.mark.parametrize("form", LIBRARY_FORMS)
def test_every_form_checks_at_link_where_buffers_lie(form: str) -> None:
    files = library(form, "zephyr" if form == "zephyr-module" else "none", {"sram": "dtcm"})
    assert "must lie in dtcm 0x20000000" in files["model/placement.ld"]
    assert ".mlf.dtcm 0x20000000" in files["model/sections.ld"]
    assert "`model/sections.ld`, which places buffers" in files["README.md"]
    named = {
        "zephyr-module": ("model/CMakeLists.txt", "${CMAKE_CURRENT_SOURCE_DIR}/placement.ld"),
        "cmake": ("model/CMakeLists.txt", "${CMAKE_CURRENT_SOURCE_DIR}/placement.ld"),
        "cubeide": ("README.md", "../mlf/model/placement.ld"),
        "platformio": ("README.md", "-Wl,mlf/model/placement.ld"),
        "sources": ("mlf.mk", "MLF_LINK := $(MLF_LIBRARY) $(mlf_folder)/model/placement.ld"),
    }
    path, text = named[form]
    assert text in files[path]


def test_samples_are_those_that_were_recorded() -> None:
    assert "runtime/src/mlf_sample.c" not in library("cmake")["model/CMakeLists.txt"]
    files = library("cmake", samples=True)
    assert "runtime/src/mlf_sample.c" in files["model/CMakeLists.txt"]
    assert {"model/runtime/include/mlf/sample.h", "model/include/mlf_samples.h"} <= set(files)


def test_platformios_own_parser_takes_the_manifest(tmp_path: Path) -> None:
    schema = pytest.importorskip("platformio.package.manifest.schema", reason="platformio is not installed")
    parser = pytest.importorskip("platformio.package.manifest.parser")
    path = tmp_path / "library.json"
    path.write_text(library("platformio")["library.json"], "utf-8")
    manifest = schema.ManifestSchema().load_manifest(
        parser.ManifestParserFactory.new_from_file(str(path)).as_dict()
    )
    assert manifest["name"] == "mlf" and manifest["headers"] == ["mlf_models.h"]


def test_constants_in_a_memory_apart_are_the_modules_affair_or_the_firmwares() -> None:
    """Zephyr's module links and starts the memory; elsewhere sections.ld says where the constants have to go."""
    pools = {"constants": "qspi"}
    module = library("zephyr-module", "zephyr", pools, model="branchy.tflite")
    assert "zephyr_linker_sources(SECTIONS ${mlf_folder}/memories.ld)" in module["zephyr/CMakeLists.txt"]
    assert "model/runtime/port/cortex_m/quadspi_stm32f7.c" in module
    assert "mlf_quadspi_stm32f7_start();" in module["model/include/mlf_board.h"]
    assert "model/sections.ld" not in module
    sources = library("sources", "none", pools, model="branchy.tflite")
    assert "*(.qspi.*)" in sources["model/sections.ld"]
    assert 'section(".qspi.branchy")' in sources["model/include/mlf_constants.h"]
    assert not [path for path in sources if "port/cortex_m" in path or path.endswith("memories.ld")]
