import os
from pathlib import Path

import pytest
from toolchain_fakes import RecordingRunner, captured

from generator.errors import BuildError, ToolMissingError
from generator.toolchain import west
from generator.toolchain.runner import CompletedCommand, SystemRunner
from generator.toolchain.west import Workspace, ZephyrVersion, find_workspace, require_version

VERSION = "VERSION_MAJOR = {}\nVERSION_MINOR = {}\nPATCHLEVEL = {}\nVERSION_TWEAK = 0\nEXTRAVERSION =\n"
WEST = ("west",)


def make_workspace(topdir: Path, version: tuple[int, int, int] = (4, 1, 0), base: str = "zephyr") -> Path:
    (topdir / ".west").mkdir(parents=True)
    (topdir / ".west" / "config").write_text("[manifest]\npath = app\nfile = west.yml\n")
    return make_zephyr(topdir / base, version)


def make_zephyr(base: Path, version: tuple[int, int, int] = (4, 1, 0)) -> Path:
    base.mkdir(parents=True)
    (base / "VERSION").write_text(VERSION.format(*version))
    return base


def register(home: Path, name: str, base: Path) -> None:
    registry = home / ".cmake" / "packages" / "Zephyr"
    registry.mkdir(parents=True, exist_ok=True)
    (registry / name).write_text(f"{base}/share/zephyr-package/cmake")


# ---- commands


def test_build_argv() -> None:
    argv = west.build_argv("mps2/an500", Path("my app"), Path("b"), {"A": "1", "B": "x y"}, west=WEST)
    assert argv == (
        *("west", "build", "-p", "auto", "-b", "mps2/an500", "-d", "b"),
        *("my app", "--", "-DA=1", "-DB=x y"),
    )
    argv = west.build_argv("x", Path("app"), Path("b"), west=WEST, pristine="always", target="run")
    assert argv == ("west", "build", "-p", "always", "-b", "x", "-d", "b", "-t", "run", "app")


def test_the_other_commands() -> None:
    assert west.init_argv(Path("app"), west=WEST) == ("west", "init", "-l", "app")
    assert west.update_argv(west=WEST) == ("west", "update")
    assert west.flash_argv(Path("b"), west=WEST) == ("west", "flash", "--skip-rebuild", "-d", "b")
    assert west.flash_argv(Path("b"), "openocd", west=WEST)[-2:] == ("--runner", "openocd")


def test_west_is_the_one_beside_this_python(tmp_path: Path) -> None:
    done = SystemRunner().run((*west.WEST, "--version"), tmp_path, {"PATH": os.environ["PATH"]})
    assert done.output.startswith("West version")


def test_build_runs_in_the_workspace_with_its_zephyr(tmp_path: Path) -> None:
    space = Workspace(tmp_path, tmp_path / "zephyr", ZephyrVersion(4, 1), "test")
    runner = RecordingRunner({"west build": CompletedCommand(0, captured("zephyr_success"))})
    lines: list[str] = []
    west.build(
        "mps2/an500",
        tmp_path / "app",
        tmp_path / "b",
        space,
        runner=runner,
        env={"PATH": "p", "ZEPHYR_BASE": "elsewhere"},
        west=WEST,
        on_line=lines.append,
        timeout_s=7,
    )
    (call,) = runner.calls
    assert call.argv == west.build_argv("mps2/an500", tmp_path / "app", tmp_path / "b", west=WEST)
    assert call.cwd == tmp_path
    assert call.env == {"PATH": "p", "ZEPHYR_BASE": str(tmp_path / "zephyr")}
    assert call.timeout_s == 7
    assert lines


def test_a_build_starts_anew_when_a_file_appears_or_goes_that_zephyr_reads(tmp_path: Path) -> None:
    space = Workspace(tmp_path, tmp_path / "zephyr", ZephyrVersion(4, 1), "test")
    runner = RecordingRunner({"west build": CompletedCommand(0, "")})
    app, folder = tmp_path / "app", tmp_path / "b"
    boards = app / "boards"
    boards.mkdir(parents=True)
    folder.mkdir()
    (boards / "x.conf").write_text("")

    def starts_anew() -> bool:
        settings = ("boards/x.conf", "boards/x.overlay")
        west.build("x", app, folder, space, settings=settings, runner=runner, env={}, west=WEST)
        argv = runner.calls[-1].argv
        return argv[argv.index("-p") + 1] == "always"

    assert not starts_anew(), "there is nothing to start anew in a new folder"
    (folder / "build.ninja").write_text(f"build build.ninja: RERUN_CMAKE {boards / 'x.conf'}\n")
    assert not starts_anew()
    (boards / "x.overlay").write_text("")
    assert starts_anew()
    (boards / "x.overlay").unlink()
    assert not starts_anew()
    (boards / "x.conf").unlink()
    assert starts_anew()


def test_a_compiler_in_path_is_given_to_zephyr_unless_another_is_chosen(tmp_path: Path) -> None:
    space = Workspace(tmp_path, tmp_path / "zephyr", ZephyrVersion(4, 1), "test")
    compiler = tmp_path / "tools" / "bin" / "arm-none-eabi-gcc"
    compiler.parent.mkdir(parents=True)
    compiler.write_text("")
    compiler.chmod(0o755)
    env = {"PATH": str(compiler.parent)}
    added = west.build_environment(space, env)
    assert added["ZEPHYR_TOOLCHAIN_VARIANT"] == "gnuarmemb"
    assert added["GNUARMEMB_TOOLCHAIN_PATH"] == str(tmp_path / "tools")
    chosen = {**env, "ZEPHYR_TOOLCHAIN_VARIANT": "llvm"}
    assert west.build_environment(space, chosen) == {**chosen, "ZEPHYR_BASE": str(tmp_path / "zephyr")}


def test_an_app_in_a_folder_with_blanks_is_built_through_a_link(tmp_path: Path) -> None:
    space = Workspace(tmp_path, tmp_path / "zephyr", ZephyrVersion(4, 1), "test")
    runner = RecordingRunner({"west build": CompletedCommand(0, "")})
    app = tmp_path / "my app"
    app.mkdir()
    env = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    for build_folder in (app / "build", tmp_path / "plain", tmp_path / "not plain"):
        west.build("x", app, build_folder, space, runner=runner, env=env, west=WEST)
    argvs = [call.argv for call in runner.calls]
    assert all(" " not in word for argv in argvs for word in argv)
    aliases = [(Path(argv[-1]), Path(argv[argv.index("-d") + 1])) for argv in argvs]
    assert [(source.resolve(), build.resolve()) for source, build in aliases] == [
        (app, app / "build"),
        (app, tmp_path / "plain"),
        (app, tmp_path / "not plain"),
    ]


def test_a_zephyr_in_a_folder_with_blanks_is_refused(tmp_path: Path) -> None:
    base = tmp_path / "my zephyr"
    space = Workspace(tmp_path, base, ZephyrVersion(4, 1), "test")
    with pytest.raises(BuildError) as caught:
        west.build("x", tmp_path, tmp_path / "b", space, runner=RecordingRunner(), env={}, west=WEST)
    assert caught.value.where == str(base)


def test_a_failed_build_raises_its_cause(tmp_path: Path) -> None:
    space = Workspace(tmp_path, tmp_path / "zephyr", ZephyrVersion(4, 1), "test")
    runner = RecordingRunner({"west build": CompletedCommand(1, captured("zephyr_overflow_ram"))})
    with pytest.raises(BuildError, match=r"142,464 bytes too small.*pool sram"):
        west.build(
            "x",
            tmp_path,
            tmp_path / "b",
            space,
            runner=runner,
            env={},
            west=WEST,
            tenants={"RAM": {"sram": 400000}},
        )


def test_progress() -> None:
    assert west.parse_step("[12/262] Building C object x.obj") == (12, 262, "Building C object x.obj")
    assert west.parse_step("-- Board: mps2") is None


# ---- versions


def test_the_version_file() -> None:
    assert west.parse_zephyr_version(VERSION.format(4, 1, 2)) == ZephyrVersion(4, 1, 2)
    assert str(ZephyrVersion(3, 10, 0)) == "3.10.0"
    assert ZephyrVersion(3, 10) > ZephyrVersion(3, 7, 5)


@pytest.mark.parametrize("text", ["", "VERSION_MAJOR = 4\n", "VERSION_MAJOR = x\nVERSION_MINOR = 1\n"])
def test_a_file_that_is_not_a_version_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "VERSION").write_text(text)
    with pytest.raises(BuildError) as caught:
        west.zephyr_version(tmp_path)
    assert caught.value.where == str(tmp_path / "VERSION")


def test_no_version_file(tmp_path: Path) -> None:
    with pytest.raises(BuildError):
        west.zephyr_version(tmp_path)


@pytest.mark.parametrize("version", [(3, 7, 0), (3, 7, 1), (4, 0, 0), (4, 1, 0), (4, 99, 9)])
def test_supported_versions(version: tuple[int, int, int]) -> None:
    require_version(ZephyrVersion(*version))


@pytest.mark.parametrize(
    ("version", "minimum", "said"),
    [
        ((3, 6, 9), None, "too old: 3.7"),
        ((2, 7, 0), None, "too old"),
        ((4, 0, 0), "4.1", "too old: 4.1"),
        ((3, 7, 0), "3.10", "too old: 3.10"),
        ((3, 6, 0), "3.1", "too old: 3.7"),
        ((5, 0, 0), None, "newer"),
    ],
)
def test_unsupported_versions(version: tuple[int, int, int], minimum: str | None, said: str) -> None:
    with pytest.raises(BuildError) as caught:
        require_version(ZephyrVersion(*version), minimum)
    assert said in caught.value.what
    assert caught.value.hint


# ---- where Zephyr is


def test_the_projects_own_workspace_comes_first(tmp_path: Path) -> None:
    own = make_workspace(tmp_path / "my own")
    other = make_workspace(tmp_path / "other", (3, 7, 0))
    register(tmp_path, "x", other)
    env = {"ZEPHYR_BASE": str(other), "HOME": str(tmp_path)}
    space = find_workspace(tmp_path / "my own" / "app", env)
    assert space.zephyr_base == own
    assert space.topdir == tmp_path / "my own"
    assert space.version == ZephyrVersion(4, 1, 0)
    assert west.build_environment(space, env)["ZEPHYR_BASE"] == str(own)


def test_the_workspaces_own_setting_of_zephyrs_folder(tmp_path: Path) -> None:
    base = make_workspace(tmp_path, base="deps/zephyr")
    with open(tmp_path / ".west" / "config", "a") as config:
        config.write("[zephyr]\nbase = deps/zephyr\n")
    assert find_workspace(tmp_path / "app", {}).zephyr_base == base


def test_then_the_environment_then_the_registry(tmp_path: Path) -> None:
    by_environment = make_workspace(tmp_path / "env")
    by_registry = make_workspace(tmp_path / "reg")
    register(tmp_path, "x", by_registry)
    home = {"HOME": str(tmp_path)}
    found = find_workspace(tmp_path / "app", {**home, "ZEPHYR_BASE": str(by_environment)})
    assert (found.zephyr_base, found.found_by) == (by_environment, "ZEPHYR_BASE")
    found = find_workspace(tmp_path / "app", home)
    assert (found.zephyr_base, found.found_by) == (by_registry, "CMake's package registry")


def test_a_workspace_that_was_not_updated_yet_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "own" / ".west").mkdir(parents=True)
    (tmp_path / "own" / ".west" / "config").write_text("[manifest]\npath = app\n")
    other = make_workspace(tmp_path / "other")
    assert find_workspace(tmp_path / "own" / "app", {"ZEPHYR_BASE": str(other)}).zephyr_base == other


def test_the_registrys_newest_zephyr_that_still_exists(tmp_path: Path) -> None:
    newest = make_workspace(tmp_path / "b", (4, 1, 0))
    register(tmp_path, "1", make_workspace(tmp_path / "a", (3, 7, 0)))
    register(tmp_path, "2", newest)
    register(tmp_path, "3", tmp_path / "deleted long ago")
    assert find_workspace(tmp_path / "app", {"HOME": str(tmp_path)}).zephyr_base == newest


def test_no_zephyr_says_what_was_tried(tmp_path: Path) -> None:
    make_zephyr(tmp_path / "loose")
    with pytest.raises(ToolMissingError) as caught:
        find_workspace(tmp_path / "app", {"ZEPHYR_BASE": str(tmp_path / "loose"), "HOME": str(tmp_path)})
    assert "not in a west workspace" in caught.value.what
    assert "mlfgen workspace --rtos zephyr;" in (caught.value.hint or "")


def test_mlfgens_own_workspace_is_found_before_the_registrys(tmp_path: Path) -> None:
    registered = make_workspace(tmp_path / "registered")
    register(tmp_path, "1", registered)
    env = {"HOME": str(tmp_path)}
    assert find_workspace(tmp_path / "app", env).zephyr_base == registered
    own = make_workspace(tmp_path / ".local" / "share" / "mlfgen" / "workspace")
    found = find_workspace(tmp_path / "app", env)
    assert (found.zephyr_base, found.found_by) == (own, "mlfgen's workspace")
    named = make_workspace(tmp_path / "named")
    found = find_workspace(tmp_path / "app", {**env, "MLF_WORKSPACE": str(tmp_path / "named")})
    assert (found.zephyr_base, found.found_by) == (named, "MLF_WORKSPACE")


def test_a_broken_west_configuration(tmp_path: Path) -> None:
    make_workspace(tmp_path)
    (tmp_path / ".west" / "config").write_text("no section\n")
    with pytest.raises(BuildError) as caught:
        find_workspace(tmp_path / "app", {})
    assert caught.value.where == str(tmp_path / ".west" / "config")


# ---- for real


@pytest.mark.firmware
@pytest.mark.slow
def test_a_real_build_runs_in_qemu_and_keeps_to_its_plan(tmp_path: Path, arm_gcc: str, qemu_arm: str) -> None:
    from generator.model.board import Region
    from generator.model.running import QemuMachine
    from generator.toolchain.elf import memory_use, read_elf
    from generator.toolchain.elf_plan import ExpectedSymbol, compare_with_plan
    from generator.toolchain.emulators import run_qemu

    app = tmp_path / "grüße an alle"
    (app / "src").mkdir(parents=True)
    (app / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.20)\nfind_package(Zephyr REQUIRED HINTS $ENV{ZEPHYR_BASE})\n"
        "project(tiny)\ntarget_sources(app PRIVATE src/main.c)\n"
    )
    (app / "prj.conf").write_text("")
    (app / "src" / "main.c").write_text(
        "#include <zephyr/kernel.h>\n"
        "volatile uint8_t pool[4096] __aligned(32) __noinit;\n"
        'int main(void) { pool[7] = 1; printk("END %d\\n", pool[7]); return 0; }\n'
    )
    env = {"ZEPHYR_TOOLCHAIN_VARIANT": "gnuarmemb", "GNUARMEMB_TOOLCHAIN_PATH": "/usr", **os.environ}
    try:
        space = find_workspace(app, env)
    except ToolMissingError as error:
        pytest.skip(f"needs Zephyr: {error.what}")
    steps = []
    for _ in range(2):
        done = west.build(
            "mps2/an500",
            app,
            app / "build",
            space,
            runner=SystemRunner(),
            env={**env, "XDG_CACHE_HOME": str(tmp_path / "cache")},
            on_line=lambda line: steps.append(west.parse_step(line)),
            timeout_s=600,
        )
    assert any(step is not None and step[0] == step[1] for step in steps)
    assert "no work to do" in done.output

    elf = app / "build" / "zephyr" / "zephyr.elf"
    image = read_elf(elf)
    assert compare_with_plan(image, [ExpectedSymbol("pool", 4096, 32, 0x20000000, 4 << 20)]) == ()
    use = memory_use(image, [Region("flash", 0, 4 << 20, False), Region("sram", 0x20000000, 4 << 20, True)])
    assert use["sram"].noinit_bytes >= 4096
    assert use["flash"].text_bytes > 0

    result = run_qemu(
        QemuMachine("qemu-system-arm", "mps2-an500", ("-vga", "none")),
        elf,
        starter=SystemRunner(),
        env=env,
        end_marker="END",
        timeout_s=60,
    )
    assert "END 1\n" in result.text
