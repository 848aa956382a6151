import os
import shutil
from pathlib import Path

import pytest
from toolchain_fakes import RecordingRunner, captured

from generator.errors import BuildError
from generator.toolchain import cmake
from generator.toolchain.runner import CompletedCommand, SystemRunner


def test_argv() -> None:
    assert cmake.configure_argv(Path("my app"), Path("b"), "debug", {"A": "x y"}) == (
        *("cmake", "-S", "my app", "-B", "b", "--preset", "debug", "-DA=x y"),
    )
    assert cmake.configure_argv(Path("s"), Path("b"), generator="Ninja")[-2:] == ("-G", "Ninja")
    assert cmake.build_argv(Path("b")) == ("cmake", "--build", "b")
    assert cmake.build_argv(Path("b"), target="app")[-2:] == ("--target", "app")


def test_it_configures_then_builds_in_the_source_folder(tmp_path: Path) -> None:
    runner = RecordingRunner({"cmake": CompletedCommand(0, "ok\n")})
    cmake.build(tmp_path, tmp_path / "b", runner=runner, env={"A": "1"}, preset="debug", timeout_s=5)
    assert [call.argv[1] for call in runner.calls] == ["-S", "--build"]
    assert all(call.cwd == tmp_path and call.env == {"A": "1"} for call in runner.calls)
    assert all(call.timeout_s == 5 for call in runner.calls)


@pytest.mark.parametrize("failing", ["cmake -S", "cmake --build"])
def test_a_failure_raises_its_cause(tmp_path: Path, failing: str) -> None:
    answers = {failing: CompletedCommand(1, captured("ld_overflow")), "cmake": CompletedCommand(0, "")}
    with pytest.raises(BuildError, match="137,860 bytes too small"):
        cmake.build(tmp_path, tmp_path / "b", runner=RecordingRunner(answers), env={})


def cached(folder: Path, source: Path, build: Path, kind: str) -> Path:
    (folder / "CMakeFiles" / "3.25.1").mkdir(parents=True)
    (folder / "app.obj").write_text("")
    (folder / "CMakeCache.txt").write_text(
        f"# text\n{kind}:PATH=/x\nCMAKE_CACHEFILE_DIR:INTERNAL={build}\nCMAKE_HOME_DIRECTORY:INTERNAL={source}\n"
    )
    return folder


def test_a_build_goes_on_where_it_was_begun(tmp_path: Path) -> None:
    folder = cached(tmp_path / "app" / "build", tmp_path / "app", tmp_path / "app" / "build", "MINE")
    (tmp_path / "link").symlink_to("app")
    for app in (tmp_path / "app", tmp_path / "link", tmp_path / "app" / ".." / "app"):
        cmake.leave_foreign_cache(app, app / "build", "MINE")
    assert (folder / "CMakeCache.txt").is_file()
    cmake.leave_foreign_cache(tmp_path, tmp_path / "none", "MINE")


@pytest.mark.parametrize(
    ("source", "build", "kind"),
    [
        ("old", "app/build", "MINE"),
        ("app", "old/build", "MINE"),
        ("app", "app/build", "OTHERS"),
    ],
)
def test_a_build_of_another_place_or_kind_is_begun_anew(
    tmp_path: Path, source: str, build: str, kind: str
) -> None:
    folder = cached(tmp_path / "app" / "build", tmp_path / source, tmp_path / build, kind)
    cmake.leave_foreign_cache(tmp_path / "app", folder, "MINE")
    assert [path.name for path in folder.iterdir()] == ["app.obj"]


@pytest.mark.skipif(not (shutil.which("cmake") and shutil.which("ninja")), reason="needs cmake and ninja")
def test_a_real_project_with_presets_is_built_and_rebuilds_nothing(tmp_path: Path) -> None:
    source = tmp_path / "with blanks"
    source.mkdir()
    (source / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.20)\nproject(p NONE)\n"
        "add_custom_command(OUTPUT made COMMAND ${CMAKE_COMMAND} -E touch made)\n"
        "add_custom_target(all_of_it ALL DEPENDS made)\n"
    )
    (source / "CMakePresets.json").write_text(
        '{"version": 2, "configurePresets": [{"name": "target", "generator": "Ninja",'
        ' "binaryDir": "${sourceDir}/build"}]}'
    )
    for work in ("[1/1]", "no work to do"):
        done = cmake.build(
            source, source / "build", runner=SystemRunner(), env=dict(os.environ), preset="target"
        )
        assert work in done.output
    assert (source / "build" / "made").is_file()
