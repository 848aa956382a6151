"""IDE files without the IDE: they tell a compiler what CMake tells it, and the firmware that comes of it runs."""

from __future__ import annotations

import configparser
import json
import os
import shlex
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from ide_readers import READERS, Read, read_cubeide

from generator.model.options import GenerateOptions
from generator.pipeline.boards import find_board
from generator.pipeline.build import check_image
from generator.pipeline.firmware import load_firmware
from generator.pipeline.generate import generate
from generator.pipeline.inputs import GenerateRequest
from generator.pipeline.run import END_MARKER
from generator.pipeline.run_virtual import run_virtual

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
CMSIS_NN_MODEL = ROOT.parent / "shared" / "archives" / "kws-cmsisnn-pool.tar"
KERNEL = ("https://github.com/FreeRTOS/FreeRTOS-Kernel", "V11.3.0")
CMSIS_NN = ("https://github.com/ARM-software/CMSIS-NN", "v7.0.0")
BOARD = "stm32f746g_disco"

pytestmark = [pytest.mark.firmware, pytest.mark.slow]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of applications."""
    for tool in ("arm-none-eabi-gcc", "cmake", "ninja", "git"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    return tmp_path_factory.mktemp("workspace")


def fetch(workspace: Path, address: str, revision: str) -> None:
    """One of the sources that west.yml names, where it belongs: beside the applications."""
    place = workspace / "deps" / address.rpartition("/")[2]
    argv = ["git", "clone", "-q", "--depth", "1", "-b", revision, address, str(place)]
    if not place.is_dir() and subprocess.run(argv, capture_output=True, timeout=300).returncode != 0:
        pytest.skip(f"{address} can't be fetched")


def an_application(workspace: Path, name: str, rtos: str, model: Path = SAMPLES / "sine.tar") -> Path:
    app = workspace / name
    if app.is_dir():
        return app
    if not model.is_file():
        pytest.skip("the shared archives are not here")
    if rtos == "freertos":
        fetch(workspace, *KERNEL)
    options = GenerateOptions(
        rtos, {}, {}, False, 4096, "portfolio", ides=("stm32cubeide", "cmsis", "platformio")
    )
    goldens = {"": SAMPLES / "sine.npz"} if model.stem == "sine" else {}
    generate(GenerateRequest((model,), BOARD, options, output=app, goldens=goldens))
    subprocess.run(["cmake", "--preset", "default"], cwd=app, check=True, capture_output=True)
    return app


def by_cmake(app: Path) -> dict[str, list[str]]:
    """Source -> the words of its compilation, paths relative to the application."""
    commands = json.loads((app / "build" / "compile_commands.json").read_text("utf-8"))
    return {
        Path(os.path.relpath(entry["file"], app)).as_posix(): shlex.split(entry["command"])
        for entry in commands
    }


def include_paths(words: list[str], app: Path) -> set[str]:
    places = [word[2:] for word in words if word.startswith("-I")]
    places += [place for word, place in pairwise(words) if word == "-isystem"]
    return {Path(os.path.relpath(place, app)).as_posix() for place in places}


@pytest.mark.parametrize("ide", READERS)
@pytest.mark.parametrize("rtos", ["freertos", "none"])
def test_an_ide_compiles_the_same_as_cmake(ide: str, rtos: str, workspace: Path) -> None:
    app = an_application(workspace, rtos, rtos)
    read, commands = READERS[ide](app), by_cmake(app)
    assert sorted(read.sources) == sorted(commands)
    wanted = set().union(*(include_paths(words, app) for words in commands.values()))
    assert sorted(read.include_paths) == sorted(wanted)
    assert read.defines == {word[2:] for words in commands.values() for word in words if word[:2] == "-D"} - {
        "NDEBUG"  # of CMake's build types; no source asks for it
    }
    assert read.inputs == ("model/placement.ld",)
    machine = {w for words in commands.values() for w in words if w.startswith(("-m", "-std=", "-f"))}
    assert machine - {"-fno-builtin"} <= set(read.flags)


def built(app: Path, read: Read, folder: Path) -> Path:
    """The image, compiled and linked as the IDE's files say."""
    words = [*read.flags, *(f"-D{name}" for name in sorted(read.defines))]
    words += [f"-I{app / path}" for path in read.include_paths]
    objects = []
    for number, source in enumerate(sorted(read.sources)):
        place = folder / f"{number}.o"
        argv = ["arm-none-eabi-gcc", *words, "-c", str(app / source), "-o", str(place)]
        done = subprocess.run(argv, cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        objects.append(str(place))
    image = folder / "firmware.elf"
    inputs = [str(app / path) for path in read.inputs]
    argv = [
        "arm-none-eabi-gcc",
        *inputs,
        *objects,
        "-T",
        str(app / read.script),
        *read.link,
        "-o",
        str(image),
    ]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return image


def test_cmsis_nn_is_compiled_from_its_folder(workspace: Path, tmp_path: Path) -> None:
    fetch(workspace, *CMSIS_NN)
    app = an_application(workspace, "nn", "none", CMSIS_NN_MODEL)
    commands = by_cmake(app)
    for ide in ("stm32cubeide", "platformio"):
        read = READERS[ide](app)
        # CMSIS-NN's own CMake leaves out a file that nothing calls.
        more = read.sources - set(commands)
        assert set(commands) <= read.sources and all(path.startswith("../deps/CMSIS-NN/") for path in more)
        wanted = set().union(*(include_paths(words, app) for words in commands.values()))
        # CMSIS-NN's own CMake names a folder of CMSIS that it does not need.
        assert set(read.include_paths) == {path for path in wanted if (app / path).is_dir()}
    check_image(load_firmware(app), built(app, read_cubeide(app), tmp_path))


def runs(image: Path) -> None:
    pytest.importorskip("unicorn", reason="the extra 'virtual' is not installed")
    board = find_board(BOARD)
    assert board.run is not None and board.run.virtual is not None
    result = run_virtual(
        board.run.virtual,
        image,
        instruction_budget=board.run.instruction_budget,
        end_marker=END_MARKER,
        on_line=None,
    )
    assert result.text.endswith("mlf: end, 0 failures"), result.text


@pytest.mark.parametrize("rtos", ["freertos", "none"])
def test_platformio_itself_finds_the_sources(rtos: str, workspace: Path) -> None:
    fs = pytest.importorskip("platformio.fs", reason="PlatformIO is not installed")
    app = an_application(workspace, rtos, rtos)
    ini = configparser.ConfigParser(interpolation=None)
    ini.read(app / "platformio.ini", "utf-8")
    wanted = ini[f"env:{BOARD}"]["build_src_filter"]
    found = fs.match_src_files(str(app), wanted, ["c"])
    assert sorted(Path(os.path.normpath(path)).as_posix() for path in found) == sorted(by_cmake(app))


@pytest.mark.parametrize("ide", READERS)
@pytest.mark.parametrize("rtos", ["freertos", "none"])
def test_what_an_ide_builds_lies_as_planned_and_runs(
    ide: str, rtos: str, workspace: Path, tmp_path: Path
) -> None:
    app = an_application(workspace, rtos, rtos)
    image = built(app, READERS[ide](app), tmp_path)
    check_image(load_firmware(app), image)
    runs(image)


def test_the_debug_configuration_of_stm32cubeide_runs_too(workspace: Path, tmp_path: Path) -> None:
    app = an_application(workspace, "none", "none")
    read = read_cubeide(app, "Debug")
    assert "-Og" in read.flags and "-g3" in read.flags
    runs(built(app, read, tmp_path))
