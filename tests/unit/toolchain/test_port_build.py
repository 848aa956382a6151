from pathlib import Path

import pytest
from toolchain_fakes import RecordingRunner, captured

from generator.errors import BuildError, ToolMissingError
from generator.toolchain import port_build
from generator.toolchain.runner import CompletedCommand

NEEDED = ("deps/FreeRTOS-Kernel",)


def with_kernel(folder: Path) -> Path:
    (folder / "deps" / "FreeRTOS-Kernel").mkdir(parents=True)
    return folder


def test_sources_beside_the_project(tmp_path: Path) -> None:
    app = with_kernel(tmp_path) / "app"
    assert port_build.find_sources(app, NEEDED, {}) == port_build.Sources(tmp_path, "beside the project")


def test_the_projects_own_workspace_may_be_further_up(tmp_path: Path) -> None:
    (with_kernel(tmp_path) / ".west").mkdir()
    (tmp_path / ".west" / "config").write_text("[manifest]\n")
    found = port_build.find_sources(tmp_path / "apps" / "app", NEEDED, {})
    assert (found.root, found.found_by) == (tmp_path, "the project's own workspace")


def test_the_environment_decides(tmp_path: Path) -> None:
    shared = with_kernel(tmp_path / "shared")
    app = with_kernel(tmp_path) / "app"
    assert port_build.find_sources(app, NEEDED, {"MLF_WORKSPACE": str(shared)}).root == shared


def test_an_application_that_needs_nothing_looks_for_nothing(tmp_path: Path) -> None:
    found = port_build.find_sources(tmp_path / "app", (), {"MLF_WORKSPACE": "/nowhere"})
    assert (found.root, found.defines) == (None, {})


def test_mlfgens_own_workspace_is_the_last_resort(tmp_path: Path) -> None:
    own = with_kernel(tmp_path / "data" / "mlfgen" / "workspace")
    env = {"XDG_DATA_HOME": str(tmp_path / "data")}
    found = port_build.find_sources(tmp_path / "apps" / "app", NEEDED, env)
    assert (found.root, found.found_by) == (own, "mlfgen's workspace")
    beside = with_kernel(tmp_path / "apps")
    assert port_build.find_sources(tmp_path / "apps" / "app", NEEDED, env).root == beside


def test_no_sources_tell_where_they_were_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ToolMissingError) as caught:
        port_build.find_sources(tmp_path / "app", NEEDED, {"MLF_WORKSPACE": "/nowhere"})
    assert "MLF_WORKSPACE: no deps/FreeRTOS-Kernel in '/nowhere'" in caught.value.what
    assert "beside the project" in caught.value.what
    assert "mlfgen workspace --rtos freertos;" in (caught.value.hint or "")


def test_argv(tmp_path: Path) -> None:
    sources = port_build.Sources(Path("/ws"), "test")
    assert port_build.configure_argv(Path("/app"), Path("/app/build"), sources, {"A": "1"}) == (
        *("cmake", "-S", "/app", "-B", "/app/build", "--preset", "default"),
        *("-DMLF_WORKSPACE=/ws", "-DA=1"),
    )
    assert port_build.build_argv(Path("b")) == ("cmake", "--build", "b")
    assert port_build.image_path(Path("b")) == Path("b/firmware.elf")


def test_it_configures_then_builds_in_the_application(tmp_path: Path) -> None:
    runner = RecordingRunner({"cmake": CompletedCommand(0, "ok\n")})
    sources = port_build.Sources(tmp_path, "test")
    port_build.build(tmp_path, tmp_path / "b", sources, runner=runner, env={"A": "1"}, timeout_s=5)
    configure, build = runner.calls
    assert configure.argv == port_build.configure_argv(tmp_path, tmp_path / "b", sources)
    assert build.argv == port_build.build_argv(tmp_path / "b")
    assert all(call.cwd == tmp_path and call.env == {"A": "1"} for call in runner.calls)


def test_a_full_memory_is_reported_with_its_pools(tmp_path: Path) -> None:
    runner = RecordingRunner({"cmake": CompletedCommand(1, captured("ld_overflow"))})
    with pytest.raises(BuildError, match="does not fit"):
        port_build.build(
            tmp_path, tmp_path / "b", port_build.Sources(tmp_path, "test"), runner=runner, env={}
        )
