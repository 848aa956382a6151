"""Models in firmware repositories of several kinds: added, built, run, updated, and removed without a trace."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from generator.errors import ToolMissingError
from generator.toolchain.west import find_workspace

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
FIRMWARE = Path(__file__).parent / "firmware" / "repository"
MLFGEN = [sys.executable, "-m", "generator"]
BOARD = "mps2_an500"
_PATIENCE_S = 600

pytestmark = [pytest.mark.firmware, pytest.mark.slow]


class Repository:
    """A firmware under version control, outside of which its models lie."""

    def __init__(self, folder: Path, *parts: str) -> None:
        self.root = folder / "firmware"
        self.root.mkdir()
        self.models = folder / "models"
        self.models.mkdir()
        for name in ("sine.tflite", "sine.npz", "branchy.tar", "branchy.npz"):
            shutil.copy(SAMPLES / name, self.models)
        for part in parts:
            shutil.copytree(FIRMWARE / part, self.root, dirs_exist_ok=True)
        (self.root / ".gitignore").write_text("/build/\n", "utf-8")
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.env = {**os.environ, "PATH": path, "XDG_CACHE_HOME": str(folder / "cache")}
        self.call("git", "init", "-q")
        self.commit("firmware")

    def call(self, *argv: object) -> str:
        result = subprocess.run(
            [str(word) for word in argv],
            cwd=self.root,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
        )
        assert result.returncode == 0, f"{argv}\n{result.stdout[-4000:]}\n{result.stderr[-4000:]}"
        return result.stdout

    def mlfgen(self, *argv: object) -> str:
        return self.call(*MLFGEN, *argv)

    def commit(self, message: str) -> None:
        self.call("git", "add", ".")
        self.call("git", "-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", message)

    def status(self) -> list[str]:
        return self.call("git", "status", "--porcelain").splitlines()

    def add_sine(self, *arguments: str, board: str = BOARD) -> str:
        golden = self.models / "sine.npz"
        return self.mlfgen(
            "add", "--board", board, self.models / "sine.tflite", "--golden", golden, *arguments
        )

    def commit_board_with_psram(self) -> str:
        """The board with its PSRAM (Arm DAI 0500), which the firmware's linker script does not know."""
        text = (ROOT / "boards" / f"{BOARD}.yaml").read_text("utf-8")
        region = "  psram: {base: 0x60000000, size_bytes: 0x1000000, access: rw, cached: true}\n"
        pool = "  psram: {region: psram, alignment_bytes: 32, zephyr: {}, port: {section: .mlf.psram}}\n"
        text = text.replace("regions:\n", f"regions:\n{region}").replace("pools:\n", f"pools:\n{pool}")
        (self.root / "board.yaml").write_text(text, "utf-8")
        self.commit("the board")
        return "./board.yaml"

    def add_branchy(self) -> str:
        return self.mlfgen("add", self.models / "branchy.tar", "--golden", self.models / "branchy.npz")

    def console(self, image: str, last: str) -> str:
        """What the firmware prints until a line, in QEMU."""
        argv = ["qemu-system-arm", "-M", "mps2-an500", "-nographic", "-monitor", "none", "-serial", "stdio"]
        log = self.root.parent / "console.txt"
        with log.open("wb") as sink:
            emulator = subprocess.Popen(
                [*argv, "-kernel", image], cwd=self.root, stdin=subprocess.DEVNULL, stdout=sink
            )
            try:
                for _ in range(600):
                    if last in log.read_text("utf-8", "replace") or emulator.poll() is not None:
                        break
                    time.sleep(0.1)
            finally:
                emulator.kill()
                emulator.wait()
        return log.read_text("utf-8", "replace")


def need(*tools: str) -> None:
    for tool in tools:
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")


def life_in(repository: Repository, build: tuple[object, ...], image: str, hooked: list[str]) -> None:
    """What every kind of repository goes through once the first model is in and its lines are there.

    hooked: files of the firmware that have got lines.
    """
    kept = [f" M {name}" for name in hooked]
    assert repository.status() == [*kept, "?? mlf/"]
    repository.call(*build)
    printed = repository.console(image, "mlf: end")
    assert "firmware: started" in printed and "can't be initialised" not in printed
    assert "mlf: sine set 0: 0 us, as expected" in printed and "mlf: end, 0 failures" in printed
    assert "as planned" in repository.mlfgen("check", image)
    repository.commit("a model")

    repository.add_branchy()
    assert all(line[3:].startswith("mlf/") for line in repository.status())
    repository.call(*build)
    printed = repository.console(image, "mlf: end")
    assert "mlf: sine set 0: 0 us, as expected" in printed
    assert "mlf: branchy_int8 set 0: 0 us, as expected" in printed and "mlf: end, 0 failures" in printed
    repository.commit("another model")

    repository.mlfgen("update")
    assert repository.status() == []
    # the next version of a model, in its place
    shutil.copy(SAMPLES / "sine.tar", repository.root / "mlf" / "models" / "branchy.tar")
    refused = subprocess.run(
        [*MLFGEN, "update"], cwd=repository.root, env=repository.env, capture_output=True
    )
    assert refused.returncode == 2 and b"branchy_int8" in refused.stderr  # its samples are another model's
    repository.call("git", "checkout", "-q", ".")
    repository.mlfgen("remove", "branchy_int8")
    assert not (repository.root / "mlf" / "models" / "branchy.tar").exists()
    repository.call(*build)
    assert "mlf: end, 0 failures" in repository.console(image, "mlf: end")
    repository.commit("one model less")

    repository.mlfgen("remove", "--yes")
    repository.call("git", "add", ".")
    removed = repository.status()
    assert {line[3:] for line in removed if line.startswith("M")} <= set(hooked)
    assert not (repository.root / "mlf").exists()


def as_at_first(repository: Repository) -> None:
    first = repository.call("git", "rev-list", "--max-parents=0", "HEAD").strip()
    assert repository.call("git", "diff", "--cached", "--name-only", first) == ""


def test_cmake_with_a_linker_script_that_knows_nothing_of_models(tmp_path: Path) -> None:
    need("arm-none-eabi-gcc", "cmake", "ninja", "qemu-system-arm", "git")
    repository = Repository(tmp_path, "bare", "cmake")
    configure = ("cmake", "-G", "Ninja", "-S", ".", "-B", "build")
    repository.call(*configure)
    repository.call("cmake", "--build", "build")
    repository.add_sine("--apply")
    build = ("sh", "-c", f"{' '.join(configure)} && cmake --build build")
    life_in(repository, build, "build/firmware.elf", ["CMakeLists.txt"])
    as_at_first(repository)
    repository.call(*build)


def test_a_makefile_as_stm32cubemx_writes_it(tmp_path: Path) -> None:
    need("arm-none-eabi-gcc", "make", "qemu-system-arm", "git")
    repository = Repository(tmp_path, "bare", "make")
    printed = repository.add_sine("--apply")
    assert "+include mlf/mlf.mk\n+C_INCLUDES += $(MLF_INCLUDES)\n" in printed
    life_in(repository, ("make", "-s", "-j4"), "build/firmware.elf", ["Makefile"])
    as_at_first(repository)
    repository.call("make", "clean")
    repository.call("make")


def test_a_makefile_with_a_memory_that_its_linker_script_lacks(tmp_path: Path) -> None:
    need("arm-none-eabi-gcc", "make", "qemu-system-arm", "git")
    repository = Repository(tmp_path, "bare", "make")
    board = repository.commit_board_with_psram()
    before = (repository.root / "firmware.ld").read_bytes()
    repository.add_sine("--apply", "--pool", "workspace=psram", board=board)
    assert repository.status() == [" M Makefile", " M firmware.ld", "?? mlf/"]
    repository.call("make")
    assert "as planned" in repository.mlfgen("check", "build/firmware.elf")
    assert "mlf: end, 0 failures" in repository.console("build/firmware.elf", "mlf: end")
    repository.mlfgen("remove", "--yes")
    assert repository.status() == [] and (repository.root / "firmware.ld").read_bytes() == before


class CubeIde:
    """What STM32CubeIDE makes of a configuration: its steps, in the folder of the configuration."""

    def __init__(self, repository: Repository, configuration: str) -> None:
        self.root = repository.root
        self.call = repository.call
        self.folder = self.root / configuration
        self.folder.mkdir(exist_ok=True)
        tree = ElementTree.parse(self.root / ".cproject")
        (self.settings,) = (c for c in tree.iter("configuration") if c.get("name") == configuration)

    def values(self, option: str) -> list[str]:
        return [
            str(value.get("value"))
            for found in self.settings.iter("option")
            if str(found.get("superClass")).endswith(f".option.{option}")
            for value in found.iter("listOptionValue")
        ]

    def sources(self) -> list[Path]:
        found = []
        for entry in self.settings.iter("entry"):
            left_out = [self.root / each for each in entry.get("excluding", "").split("|") if each]
            for path in sorted((self.root / entry.get("name", "")).rglob("*.c")):
                if not any(path.is_relative_to(each) for each in left_out):
                    found.append(path)
        return found or sorted(self.root.rglob("*.c"))

    def build(self) -> None:
        core = "-mcpu=cortex-m7 -mthumb -mfpu=fpv5-d16 -mfloat-abi=hard"
        step = self.settings.get("prebuildStep", "").strip()
        paths = " ".join(f"-I{path}" for path in self.values("includepaths"))
        sources = " ".join(map(str, self.sources()))
        script = f"-T{self.root}/firmware.ld -nostartfiles -Wl,--gc-sections"
        objects = " ".join(self.values("additionalobjs"))
        link = f"-o firmware.elf *.o {objects} {script} -Wl,--start-group -lc -lm -Wl,--end-group"
        steps = (
            *((step,) if step else ()),
            f"arm-none-eabi-gcc {core} -Og -Wall -Werror {paths} -c {sources}",
            f"arm-none-eabi-gcc {core} {link}",
        )
        for command in steps:
            self.call("sh", "-c", f"cd {self.folder} && {command}")


def test_an_stm32cubeide_project(tmp_path: Path) -> None:
    need("arm-none-eabi-gcc", "make", "qemu-system-arm", "git")
    repository = Repository(tmp_path, "bare", "cubeide")
    (repository.root / ".gitignore").write_text("/Debug/\n/Release/\n", "utf-8")
    repository.commit("what builds leave behind")
    board = repository.commit_board_with_psram()
    before = (repository.root / ".cproject").read_bytes()
    # Its tests are in a folder that the IDE compiles with all others.
    printed = repository.add_sine("--apply", "--tests", "--pool", "workspace=psram", board=board)
    assert "+++ b/.cproject" in printed and "+++ b/firmware.ld" in printed
    assert repository.status() == [" M .cproject", " M firmware.ld", "?? mlf/", "?? tests/"]
    assert "mlf: end, 0 failures" in repository.call("make", "-C", "tests/mlf", "test")
    for configuration in ("Debug", "Release"):
        CubeIde(repository, configuration).build()
        image = f"{configuration}/firmware.elf"
        assert "as planned" in repository.mlfgen("check", image)
        assert "mlf: end, 0 failures" in repository.console(image, "mlf: end")
    repository.commit("a model")
    repository.add_branchy()
    CubeIde(repository, "Debug").build()
    assert "mlf: branchy_int8 set 0" in repository.console("Debug/firmware.elf", "mlf: end")
    repository.commit("another model")
    repository.mlfgen("remove", "--yes")
    assert (repository.root / ".cproject").read_bytes() == before
    CubeIde(repository, "Release").build()


def test_tests_in_the_manner_of_the_repository_pass_on_this_computer(tmp_path: Path) -> None:
    need("cc", "cmake", "ctest", "make", "git")
    repository = Repository(tmp_path, "bare", "cmake")
    tests = repository.root / "tests"
    tests.mkdir()
    lists = "cmake_minimum_required(VERSION 3.20)\nproject(tests C)\nenable_testing()\n"
    (tests / "CMakeLists.txt").write_text(lists, "utf-8")
    repository.commit("tests")
    repository.add_sine("--apply", "--tests")
    repository.add_branchy()
    flags = "-DCMAKE_C_FLAGS=-Wall -Wextra -Wconversion -Werror"
    repository.call("cmake", "-S", "tests", "-B", "build", flags)
    repository.call("cmake", "--build", "build")
    assert "100% tests passed" in repository.call("ctest", "--test-dir", "build")
    # one expected output is another: the test sees it
    samples = repository.root / "mlf" / "model" / "src" / "mlf_samples.c"
    text = samples.read_text("utf-8")
    changed = re.sub(r"(sine_sample_0_out_0\[1\] = \{\s*)\d+", r"\g<1>1", text, count=1)
    assert changed != text
    samples.write_text(changed, "utf-8")
    repository.call("cmake", "--build", "build")
    assert "***Failed" in repository.call("sh", "-c", "ctest --test-dir build || true")
    samples.write_text(text, "utf-8")

    other = tmp_path / "other"
    other.mkdir()
    plain = Repository(other, "bare", "make")
    plain.add_sine("--apply", "--tests")
    assert "mlf: end, 0 failures" in plain.call("make", "-C", "tests/mlf", "test")
    assert plain.status() == [" M Makefile", "?? mlf/", "?? tests/"]
    plain.call("make", "-C", "tests/mlf", "clean")
    plain.mlfgen("remove", "--yes")
    assert plain.status() == []


def test_tests_of_a_zephyr_application_are_twisters(tmp_path: Path) -> None:
    need("cmake", "ninja", "dtc", "git")
    repository = Repository(tmp_path, "zephyr")
    zephyr(repository)
    repository.env["ZEPHYR_TOOLCHAIN_VARIANT"] = "host"
    repository.add_sine("--apply", "--tests", board="native_sim")
    tests = repository.root / "tests" / "mlf"
    description = yaml.safe_load((tests / "testcase.yaml").read_text("utf-8"))
    (platform,) = description["tests"]["mlf.models"]["platform_allow"]
    repository.call("cmake", "-G", "Ninja", "-S", tests, "-B", "build", f"-DBOARD={platform}")
    repository.call("cmake", "--build", "build")
    printed = repository.call("build/zephyr/zephyr.exe")
    assert "PASS - [mlf.test_recorded_samples]" in printed and "PROJECT EXECUTION SUCCESSFUL" in printed
    repository.mlfgen("remove", "--yes")
    assert repository.status() == []


def zephyr(repository: Repository) -> None:
    """Have the repository's builds find Zephyr and a compiler."""
    env = repository.env
    if "ZEPHYR_TOOLCHAIN_VARIANT" not in env:
        compiler = shutil.which("arm-none-eabi-gcc") or pytest.skip("arm-none-eabi-gcc is not installed")
        env["ZEPHYR_TOOLCHAIN_VARIANT"] = "gnuarmemb"
        env["GNUARMEMB_TOOLCHAIN_PATH"] = str(Path(compiler).resolve().parents[1])
    try:
        env["ZEPHYR_BASE"] = str(find_workspace(repository.root, env).zephyr_base)
    except ToolMissingError:
        pytest.skip("no Zephyr is at hand")


def test_a_zephyr_application(tmp_path: Path) -> None:
    need("arm-none-eabi-gcc", "cmake", "ninja", "dtc", "qemu-system-arm", "git")
    repository = Repository(tmp_path, "zephyr")
    zephyr(repository)
    repository.add_sine("--apply")
    configure = "cmake -G Ninja -S . -B build -DBOARD=mps2/an500"
    build = ("sh", "-c", f"{configure} && cmake --build build")
    life_in(repository, build, "build/zephyr/zephyr.elf", ["CMakeLists.txt", "prj.conf"])
    as_at_first(repository)


def test_a_platformio_project(tmp_path: Path) -> None:
    """The library is compiled as its manifest says, which PlatformIO's builder takes literally."""
    need("arm-none-eabi-gcc", "git")
    repository = Repository(tmp_path)
    (repository.root / "platformio.ini").write_text("[env:disco]\nplatform = ststm32\n", "utf-8")
    repository.commit("PlatformIO")
    repository.add_sine("--apply")
    assert repository.status() == ["?? lib/"]
    library = repository.root / "lib" / "mlf"
    manifest = json.loads((library / "library.json").read_text("utf-8"))
    assert set(manifest) == {"name", "version", "description", "headers", "frameworks", "platforms", "build"}
    assert (library / manifest["build"]["includeDir"] / manifest["headers"]).is_file()
    sources = [text[2:-1] for text in manifest["build"]["srcFilter"] if text.startswith("+<")]
    flags = " ".join(manifest["build"]["flags"]).split()
    for source in sources:
        path = library / manifest["build"]["srcDir"] / source
        core = ("-mcpu=cortex-m7", "-mthumb", "-Werror=implicit")
        argv = ("arm-none-eabi-gcc", "-Os", *core, *flags, "-c", path, "-o", tmp_path / "object.o")
        subprocess.run([str(word) for word in argv], cwd=library, check=True)
    repository.mlfgen("remove")
    assert repository.status() == [] and not library.exists()
