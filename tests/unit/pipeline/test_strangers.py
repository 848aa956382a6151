"""A project from elsewhere is looked at, run and flashed without a program of its choosing being started."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from generator.errors import BoardError, MlfgenError, RunError, TargetError
from generator.model.options import GenerateOptions
from generator.pipeline.build import build
from generator.pipeline.flash import flash
from generator.pipeline.generate import generate
from generator.pipeline.inputs import GenerateRequest
from generator.pipeline.run import run
from generator.pipeline.session import project_models
from generator.pipeline.transport import TransportOptions, open_transport
from generator.toolchain.runner import CompletedCommand, SystemRunner

SAMPLE = Path(__file__).parents[3] / "samples" / "sine.tar"


class Refuses:
    """Starts nothing."""

    def start(self, argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> Any:
        pytest.fail(f"started: {argv}")

    def run(self, argv: Sequence[str], *_: object, **__: object) -> CompletedCommand:
        pytest.fail(f"ran: {argv}")


class Remembers:
    """Says that every command went well."""

    def __init__(self, act: Callable[[], None] = lambda: None) -> None:
        self.calls: list[tuple[tuple[str, ...], Path]] = []
        self._act = act

    def run(self, argv: Sequence[str], cwd: Path, *_: object, **__: object) -> CompletedCommand:
        self.calls.append((tuple(argv), cwd))
        self._act()
        return CompletedCommand(0, "")


def project(folder: Path, board: str, rtos: str = "zephyr", kind: str = "standalone") -> Path:
    options = GenerateOptions(rtos, {}, {}, False, 4096, "portfolio", kind)
    generate(GenerateRequest((SAMPLE,), board, options, output=folder))
    return folder


def change(app: Path, key: str, value: object) -> None:
    document = json.loads((app / "project.json").read_text("utf-8"))
    document["plan"]["firmware"][key] = value
    (app / "project.json").write_text(json.dumps(document), "utf-8")


def put_evil(place: Path, marker: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"#!/bin/sh\ntouch '{marker}'\necho 'mlf: end, 0 failures'\n")
    place.chmod(0o755)


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "it was run"


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"]}


@pytest.mark.parametrize(
    "section",
    [
        {"emulator": "qemu", "binary": "./evil", "machine": "mps2-an500"},
        {"emulator": "qemu", "binary": "{app}/evil", "machine": "mps2-an500"},
        {"emulator": "qemu", "binary": "sh", "machine": "mps2-an500"},
        {"emulator": "qemu", "binary": "qemu-system-arm", "machine": "mps2-an500,dumpdtb=x"},
        {
            "emulator": "qemu",
            "binary": "qemu-system-arm",
            "machine": "mps2-an500",
            "arguments": ["-nic", "tap,script=./evil"],
        },
        {"emulator": "native"},
        {"emulator": "/bin/sh"},
    ],
    ids=["relative", "absolute", "another", "machine", "arguments", "native", "emulator"],
)
@pytest.mark.parametrize("kind", ["standalone", "host_driven"])
def test_no_program_of_a_project_is_the_emulator(
    section: dict[str, Any], kind: str, tmp_path: Path, marker: Path, env: dict[str, str]
) -> None:
    app = project(tmp_path / "app", "mps2_an500", kind=kind)
    for place in (app / "evil", app / "build" / "zephyr" / "evil", app / "build" / "zephyr" / "zephyr.elf"):
        put_evil(place, marker)
    change(app, "run", json.loads(json.dumps(section).replace("{app}", str(app))))
    starter = SystemRunner()
    with pytest.raises(MlfgenError) as caught:
        if kind == "standalone":
            run(app, starter=starter, env=env)
        else:
            open_transport(app, TransportOptions("emulator"), starter=starter, env=env)
    assert isinstance(caught.value, BoardError | TargetError) and caught.value.hint
    assert not marker.exists()


def test_an_emulator_beside_the_image_is_not_taken(
    tmp_path: Path, marker: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = project(tmp_path / "app", "mps2_an500")
    put_evil(app / "build" / "zephyr" / "qemu-system-arm", marker)
    put_evil(app / "build" / "zephyr" / "zephyr.elf", marker)
    put_evil(tmp_path / "own" / "qemu-system-arm", tmp_path / "own was run")
    monkeypatch.chdir(tmp_path / "own")
    assert run(app, starter=SystemRunner(), env={**env, "PATH": f".:{env['PATH']}"}).ended_by == "marker"
    assert (tmp_path / "own was run").exists() and not marker.exists()


def test_a_program_for_this_computer_runs_once_it_was_built_here(
    tmp_path: Path, marker: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = project(tmp_path / "app", "native_sim")
    program = app / "build" / "zephyr" / "zephyr.exe"
    put_evil(program, marker)
    with pytest.raises(TargetError, match="not built here") as caught:
        run(app, starter=Refuses(), env=env)
    assert caught.value.hint == f"if you trust the project, build it: mlfgen build {app}"
    monkeypatch.setattr("generator.pipeline.build.check_image", lambda *_: {})
    monkeypatch.setattr("generator.pipeline.build.west.find_workspace", lambda *_: _Workspace(tmp_path))
    monkeypatch.setattr("generator.pipeline.build.west.require_version", lambda *_: None)
    monkeypatch.setattr("generator.pipeline.build.west.build", lambda *_, **__: CompletedCommand(0, ""))
    build(app, runner=Remembers(), env=env)
    assert not marker.exists()
    assert run(app, starter=SystemRunner(), env=env).ended_by == "marker"
    assert marker.exists()
    put_evil(program, tmp_path / "another")
    with pytest.raises(TargetError, match="not built here"):
        run(app, starter=Refuses(), env=env)
    with pytest.raises(TargetError, match="not built here"):
        run(app, starter=Refuses(), env={})


class _Workspace:
    def __init__(self, topdir: Path) -> None:
        self.topdir, self.zephyr_base, self.version = topdir, topdir / "zephyr", None


def test_flashing_follows_no_build_folder_from_elsewhere(
    tmp_path: Path, marker: Path, env: dict[str, str]
) -> None:
    app = project(tmp_path / "app", "stm32f746g_disco")
    put_evil(app / "build" / "zephyr" / "zephyr.elf", marker)
    (app / "build" / "zephyr" / "runners.yaml").write_text("config: {openocd: ./evil}\n")
    with pytest.raises(TargetError, match="not built here"):
        flash(app, runner=Refuses(), env=env)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"runners": ["openocd"], "openocd_config": "evil.cfg"}, "'openocd_config' is 'evil.cfg'"),
        ({"runners": ["openocd"], "openocd_config": "board/../../evil.cfg"}, "'openocd_config' is"),
        ({"runners": ["openocd"], "openocd_config": "board/x.cfg; exec evil"}, "'openocd_config' is"),
        ({"runners": ["./evil"]}, "'runners' lists './evil'"),
        ({"runners": ["--help"]}, "'runners' lists '--help'"),
    ],
)
def test_no_script_of_a_project_is_sourced(
    section: dict[str, Any], message: str, tmp_path: Path, marker: Path, env: dict[str, str]
) -> None:
    app = project(tmp_path / "app", "stm32f746g_disco", "freertos")
    put_evil(app / "build" / "firmware.elf", marker)
    change(app, "probe", section)
    with pytest.raises(BoardError) as caught:
        flash(app, runner=Refuses(), env=env)
    assert message in caught.value.what and caught.value.hint


def test_openocd_looks_for_its_scripts_in_no_folder_of_the_project(
    tmp_path: Path, marker: Path, env: dict[str, str]
) -> None:
    app = project(tmp_path / "app", "stm32f746g_disco", "freertos")
    put_evil(app / "build" / "firmware.elf", marker)
    runner = Remembers()
    flash(app, runner=runner, env=env)
    ((argv, cwd),) = runner.calls
    assert argv[:3] == ("openocd", "-f", "board/stm32f746g-disco.cfg")
    assert cwd == Path(app.anchor)


def test_a_folder_with_a_name_in_openocds_language_is_refused(
    tmp_path: Path, marker: Path, env: dict[str, str]
) -> None:
    app = project(tmp_path / "x} ; exec evil ; {", "stm32f746g_disco", "freertos")
    put_evil(app / "build" / "firmware.elf", marker)
    with pytest.raises(RunError, match="braces"):
        flash(app, runner=Refuses(), env=env)


@pytest.mark.parametrize("path", ["../secret.tar", "/etc/secret.tar", "a/../../b"])
def test_no_archive_outside_of_the_project_is_read(path: str, tmp_path: Path) -> None:
    app = project(tmp_path / "app", "mps2_an500", kind="host_driven")
    change(app, "archives", [path])
    with pytest.raises(TargetError, match="'archives' names"):
        project_models(app)
