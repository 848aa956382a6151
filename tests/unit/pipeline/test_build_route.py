"""Building: what is called, what is refused before, and what is compared afterwards."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from generator.compose.firmware import firmware_of
from generator.emit.ledger import parse_ledger
from generator.errors import BuildError, DoesNotFitError, MlfgenError, TargetError
from generator.model.options import GenerateOptions
from generator.pipeline.build import build, check_image
from generator.pipeline.firmware import load_firmware
from generator.pipeline.generate import generate
from generator.pipeline.inputs import GenerateRequest, compose_request
from generator.readers.firmware import firmware_json, parse_firmware
from generator.toolchain.runner import CompletedCommand

SAMPLES = Path(__file__).parents[3] / "samples"


@dataclass
class Runner:
    """Answers every command alike and remembers it."""

    answer: CompletedCommand = field(default_factory=lambda: CompletedCommand(0, ""))
    calls: list[tuple[tuple[str, ...], Path, Mapping[str, str]]] = field(default_factory=list)

    def run(
        self,
        argv: Sequence[str],
        cwd: Path,
        env: Mapping[str, str],
        on_line: Callable[[str], None] | None = None,
        timeout_s: float | None = None,
    ) -> CompletedCommand:
        self.calls.append((tuple(argv), cwd, env))
        return self.answer


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return application(tmp_path / "app")


def application(folder: Path, board: str = "stm32f746g_disco", **pools: str) -> Path:
    options = GenerateOptions("zephyr", pools, {}, False, 4096, "portfolio")
    generate(GenerateRequest((SAMPLES / "sine.tar",), board, options, output=folder))
    return folder


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """A workspace with the Zephyr 4.1.0 that it takes to be found."""
    zephyr = tmp_path / "zws" / "zephyr"
    zephyr.mkdir(parents=True)
    (tmp_path / "zws" / ".west").mkdir()
    (tmp_path / "zws" / ".west" / "config").write_text("[zephyr]\nbase = zephyr\n", "utf-8")
    version(zephyr, 4, 1)
    return {"ZEPHYR_BASE": str(zephyr), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}


def version(zephyr: Path, major: int, minor: int) -> None:
    text = f"VERSION_MAJOR = {major}\nVERSION_MINOR = {minor}\nPATCHLEVEL = 0\n"
    (zephyr / "VERSION").write_text(text, "utf-8")


def test_west_builds_the_boards_target_in_the_applications_folder(app: Path, env: dict[str, str]) -> None:
    runner = Runner()
    with pytest.raises(MlfgenError):
        build(app, runner=runner, env=env, defines={"CONFIG_X": "y"})
    ((argv, cwd, given),) = runner.calls
    text = " ".join(argv)
    assert "west build" in text and "-b stm32f746g_disco" in text and text.endswith("-- -DCONFIG_X=y")
    assert f"-d {app / 'build'}" in text
    assert cwd == Path(env["ZEPHYR_BASE"]).parent
    assert given["ZEPHYR_BASE"] == env["ZEPHYR_BASE"]


def test_a_setting_that_the_build_lacks_is_told_with_its_reason_every_time(
    app: Path, env: dict[str, str]
) -> None:
    (app / "boards").mkdir(exist_ok=True)
    with (app / "prj.conf").open("a") as conf:
        conf.write("CONFIG_NET_TCP=y\n")
    (app / "build" / "zephyr").mkdir(parents=True)
    asked = (app / "prj.conf").read_text().replace("CONFIG_NET_TCP=y", "# CONFIG_NET_TCP is not set")
    (app / "build" / "zephyr" / ".config").write_text(asked)
    captured = Path(__file__).parents[1] / "toolchain" / "data" / "kconfig_unmet_assignment.txt"
    told = []
    for output in (captured.read_text(), "ninja: no work to do.\n"):
        with pytest.raises(BuildError) as failure:
            build(app, runner=Runner(CompletedCommand(0, output)), env=env)
        told.append(str(failure.value))
    assert told[0] == told[1] and "not satisfied: NET_IP (=n), NETWORKING (=n)" in told[0]


def test_a_zephyr_that_is_too_old_or_too_new_is_refused_before_anything_runs(
    app: Path, env: dict[str, str]
) -> None:
    for major, minor, words in (
        (3, 6, "too old: 3.7 or newer"),
        (5, 0, "newer than this version of mlfgen supports"),
    ):
        version(Path(env["ZEPHYR_BASE"]), major, minor)
        runner = Runner()
        with pytest.raises(BuildError, match=words):
            build(app, runner=runner, env=env)
        assert not runner.calls


def test_an_overflow_at_link_names_the_pools_in_the_memory(app: Path, env: dict[str, str]) -> None:
    output = (
        "ld: zephyr/zephyr_pre0.elf section `noinit' will not fit in region `RAM'\n"
        "ld: region `RAM' overflowed by 66048 bytes\ncollect2: error: ld returned 1 exit status\n"
    )
    with pytest.raises(MlfgenError) as caught:
        build(app, runner=Runner(CompletedCommand(1, output)), env=env)
    assert isinstance(caught.value, BuildError | DoesNotFitError)
    said = str(caught.value)
    assert "66,048" in said or "66048" in said
    assert "sram" in said and "--pool" in said


def test_a_build_that_leaves_no_image_is_reported(app: Path, env: dict[str, str]) -> None:
    with pytest.raises(MlfgenError) as caught:
        build(app, runner=Runner(), env=env)
    assert "zephyr.elf" in str(caught.value.where)


def test_what_is_not_a_project_is_reported(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=r"no project\.json") as caught:
        build(tmp_path, runner=Runner(), env={})
    assert "mlfgen generate" in str(caught.value.hint)


# ---- what the project remembers


def test_the_projects_memory_of_itself_survives_the_file(app: Path, tmp_path: Path) -> None:
    loaded = load_firmware(app)
    assert loaded.zephyr_target == "stm32f746g_disco" and not loaded.hosted
    assert [region.name for region in loaded.regions] == ["dtcm", "flash", "qspi", "sdram", "sram"]
    assert {buffer.region for buffer in loaded.buffers} == {"sram"}
    options = GenerateOptions("zephyr", {}, {}, False, 4096, "portfolio")
    project, _ = compose_request(GenerateRequest((SAMPLES / "sine.tar",), "stm32f746g_disco", options))
    assert json.loads(json.dumps(firmware_json(loaded))) == json.loads(
        json.dumps(firmware_json(firmware_of(project)))
    )


@pytest.mark.parametrize("key", ["rtos", "board", "regions", "buffers", "hosted"])
def test_a_project_file_that_lost_something_is_reported(key: str, app: Path) -> None:
    document = json.loads((app / "project.json").read_text("utf-8"))
    del document["plan"]["firmware"][key]
    with pytest.raises(TargetError, match=f"'{key}' is missing"):
        parse_firmware(parse_ledger(json.dumps(document)).plan, "project.json")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("regions", {}, "unknown region 'sram'"),
        ("zephyr_min_version", "x.y", "'x.y', which is not a version"),
    ],
)
def test_a_project_file_that_contradicts_itself_is_reported(
    key: str, value: object, message: str, app: Path
) -> None:
    document = json.loads((app / "project.json").read_text("utf-8"))
    document["plan"]["firmware"][key] = value
    with pytest.raises(TargetError, match=message):
        parse_firmware(parse_ledger(json.dumps(document)).plan, "project.json")


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[]", b"{}"])
def test_a_broken_project_file_is_reported(content: bytes, app: Path) -> None:
    (app / "project.json").write_bytes(content)
    with pytest.raises(TargetError):
        load_firmware(app)


# ---- the image


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, int], Path]:
    """image(region, alignment) -> an ELF file with the sample's buffers there."""
    compiler = shutil.which("arm-none-eabi-gcc")
    if compiler is None:
        pytest.skip("arm-none-eabi-gcc is not installed")
    folder = tmp_path_factory.mktemp("image")

    def link(address: str, offset: int) -> Path:
        app = application(folder / f"app{address}{offset}")
        buffers = load_firmware(app).buffers
        source = "void _start(void) {}\n" + "".join(
            f'__attribute__((section(".pools"), aligned(32))) unsigned char {b.symbol}[{b.size_bytes}];\n'
            for b in buffers
        )
        (folder / "a.c").write_text(source, "utf-8")
        script = (
            f"SECTIONS {{ .text 0x08000000 : {{ *(.text*) }} .pools {address} (NOLOAD) : "
            f"SUBALIGN({offset}) {{ . = . + {offset % 32}; *(.pools) }} }}"
        )
        (folder / "a.ld").write_text(script, "utf-8")
        output = folder / "a.elf"
        subprocess.run(
            [compiler, "-mcpu=cortex-m7", "-mthumb", "-nostdlib", "-T", "a.ld", "a.c", "-o", str(output)],
            cwd=folder,
            check=True,
            capture_output=True,
        )
        return output

    return link


def test_an_image_as_planned_passes(app: Path, image: Callable[[str, int], Path]) -> None:
    uses = check_image(load_firmware(app), image("0x20010000", 32))
    assert uses["sram"].total_bytes >= sum(b.size_bytes for b in load_firmware(app).buffers)


def test_what_an_image_takes_is_drawn_beside_it(
    app: Path, image: Callable[[str, int], Path], env: dict[str, str]
) -> None:
    (app / "build" / "zephyr").mkdir(parents=True)
    shutil.copy(image("0x20010000", 32), app / "build" / "zephyr" / "zephyr.elf")
    before = {path: path.stat().st_mtime_ns for path in (app / "model").rglob("*")}
    result = build(app, runner=Runner(), env=env)
    assert result.picture == app / "build" / "memory.html"
    for page in (result.picture, app / "build" / "memory.svg"):
        assert "hello_world_int8 on stm32f746g_disco" in page.read_text("utf-8")
    assert before == {path: path.stat().st_mtime_ns for path in (app / "model").rglob("*")}


@pytest.mark.parametrize(("address", "offset"), [("0x20000000", 32), ("0x20010000", 4), ("0x60000000", 32)])
def test_an_image_that_is_not_as_planned_is_refused(
    address: str, offset: int, app: Path, image: Callable[[str, int], Path]
) -> None:
    """In another memory, without its alignment, or nowhere at all."""
    with pytest.raises(BuildError, match="the image is not what was planned") as caught:
        check_image(load_firmware(app), image(address, offset))
    assert "mlf_hello_world_int8_" in caught.value.what and caught.value.hint


def test_an_image_without_a_model_says_that_nothing_calls_it(app: Path, tmp_path: Path) -> None:
    compiler = shutil.which("arm-none-eabi-gcc")
    if compiler is None:
        pytest.skip("arm-none-eabi-gcc is not installed")
    (tmp_path / "a.c").write_text("void _start(void) {}\n", "utf-8")
    argv = [compiler, "-mcpu=cortex-m7", "-mthumb", "-nostdlib", "a.c", "-o", "a.elf"]
    subprocess.run(argv, cwd=tmp_path, check=True, capture_output=True)
    with pytest.raises(BuildError, match="it is not in the image") as caught:
        check_image(load_firmware(app), tmp_path / "a.elf")
    assert "nothing in the application calls a model" in (caught.value.hint or "")
