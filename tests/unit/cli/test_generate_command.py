"""``mlfgen generate`` as a user sees it: what is written and when, what is said, and the exit code."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.cli import main as cli

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "samples"
SINE = SAMPLES / "sine.tar"
BASE = ["generate", "--rtos", "zephyr", "--board", "stm32f746g_disco"]

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ".cache"))
    yield


def generate(*arguments: str, archive: Path = SINE, app: str = "app") -> int:
    return cli.main([*BASE, str(archive), "-o", app, *arguments])


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Content and modification time of every file."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


# ---- writing


def test_the_first_time_everything_is_written(tmp_path: Path, capsys: Capture) -> None:
    assert generate() == 0
    printed = capsys.readouterr().out
    made = snapshot(tmp_path / "app")
    assert f"app: {len(made)} files created" in printed
    assert "next: west build -b stm32f746g_disco app    or: mlfgen build app" in printed
    assert {"CMakeLists.txt", "prj.conf", "west.yml", "sample.yaml", "src/main.c"} <= made.keys()
    assert len(made) < 60 and sum(len(data) for data, _ in made.values()) < 1_000_000


def test_the_default_folder_is_named_after_model_rtos_and_board(tmp_path: Path) -> None:
    assert cli.main([*BASE, str(SINE)]) == 0
    assert (tmp_path / "sine-zephyr-stm32f746g_disco" / "project.json").is_file()


def test_the_same_again_writes_nothing(tmp_path: Path, capsys: Capture) -> None:
    generate()
    before = snapshot(tmp_path / "app")
    folders = {path: path.stat().st_mtime_ns for path in (tmp_path / "app").rglob("*") if path.is_dir()}
    capsys.readouterr()
    assert generate() == 0
    assert snapshot(tmp_path / "app") == before
    assert {path: path.stat().st_mtime_ns for path in folders} == folders
    printed = capsys.readouterr().out
    assert "unchanged" in printed and "created" not in printed and "updated" not in printed


def test_another_option_updates_only_what_it_changes(tmp_path: Path, capsys: Capture) -> None:
    generate()
    before = snapshot(tmp_path / "app")
    assert generate("--pool", "io=dtcm") == 0
    after = snapshot(tmp_path / "app")
    assert set(after) - set(before) == {"model/sections.ld"}
    changed = {path for path in before if after[path][0] != before[path][0]}
    assert {"model/src/mlf_pools.c", "project.json"} <= changed
    rewritten = {path for path in before if after[path][1] != before[path][1]}
    assert rewritten == changed
    assert not any(path.startswith(("model/codegen/", "model/runtime/", "src/")) for path in changed)


def test_the_users_main_is_kept(tmp_path: Path, capsys: Capture) -> None:
    generate()
    main = tmp_path / "app" / "src" / "main.c"
    main.write_text("/* mine */\n", "utf-8")
    own = tmp_path / "app" / "src" / "sensor.c"
    own.write_text("/* mine, too */\n", "utf-8")
    capsys.readouterr()
    assert generate("--pool", "io=dtcm") == 0
    assert main.read_text("utf-8") == "/* mine */\n" and own.is_file()
    assert generate("--force") == 0
    assert main.read_text("utf-8") == "/* mine */\n" and own.is_file()
    assert "1 kept" in capsys.readouterr().out


@pytest.mark.parametrize("app", ["archive/app", "archive/codegen", "archive/../archive/deep/app"])
def test_an_application_does_not_lie_in_its_own_archive(tmp_path: Path, capsys: Capture, app: str) -> None:
    shutil.unpack_archive(SINE, tmp_path / "archive")
    before = snapshot(tmp_path)
    assert generate(archive=tmp_path / "archive", app=app) == 2
    assert "inside the archive's folder" in capsys.readouterr().err
    assert generate("--dry-run", archive=tmp_path / "archive", app="archive-app") == 0
    assert {p: s for p, s in snapshot(tmp_path).items() if not p.startswith(".cache")} == before


def test_a_main_for_another_rtos_is_kept_and_reported_once(tmp_path: Path, capsys: Capture) -> None:
    generate()
    main = (tmp_path / "app" / "src" / "main.c").read_bytes()
    capsys.readouterr()
    assert generate("--rtos", "freertos") == 0
    assert "kept your src/main.c, which differs from the current template" in capsys.readouterr().out
    assert generate("--rtos", "freertos") == 0
    assert "differently" not in capsys.readouterr().out
    assert (tmp_path / "app" / "src" / "main.c").read_bytes() == main


def test_an_edited_generated_file_stops_everything_without_force(tmp_path: Path, capsys: Capture) -> None:
    generate()
    edited = tmp_path / "app" / "model" / "src" / "mlf_pools.c"
    edited.write_bytes(edited.read_bytes() + b"/* a quick fix */\n")
    before = snapshot(tmp_path / "app")
    capsys.readouterr()
    assert generate("--pool", "io=dtcm") == 2
    assert snapshot(tmp_path / "app") == before
    printed = capsys.readouterr()
    assert "model/src/mlf_pools.c" in printed.err and "--force" in printed.err
    assert printed.out == ""
    assert generate("--pool", "io=dtcm", "--force") == 0
    assert b"quick fix" not in edited.read_bytes()


def test_a_new_repository_takes_the_application_and_keeps_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    for name in (".git/HEAD", ".github/workflows/ci.yml", ".gitignore", "README.md", "LICENSE"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("mine\n", "utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ".cache"))
    assert generate(app=".") == 0
    assert "kept your README.md" in capsys.readouterr().out
    assert (tmp_path / "README.md").read_text("utf-8") == "mine\n"
    assert (tmp_path / "model" / "src" / "mlf_pools.c").is_file()
    assert generate(app=".") == 0
    assert "created" not in capsys.readouterr().out


def test_a_folder_with_other_work_is_refused(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "README.md").touch()
    (tmp_path / "app" / "readme_first.c").touch()
    assert generate() == 2
    assert "it has 'readme_first.c' but no project.json" in capsys.readouterr().err


def test_an_edited_seeded_file_is_kept_and_reported(tmp_path: Path, capsys: Capture) -> None:
    generate()
    conf = tmp_path / "app" / "prj.conf"
    conf.write_text(conf.read_text("utf-8") + "CONFIG_LOG=y\n", "utf-8")
    capsys.readouterr()
    assert generate("--stack-bytes", "8192") == 0
    assert "CONFIG_LOG=y" in conf.read_text("utf-8")
    assert "kept your prj.conf, which differs from the current template" in capsys.readouterr().out


def test_another_archive_takes_the_former_ones_files_away(tmp_path: Path) -> None:
    generate()
    assert (tmp_path / "app/model/codegen/src/hello_world_int8_lib0.c").is_file()
    assert generate(archive=SAMPLES / "branchy.tar") == 0
    assert not list((tmp_path / "app/model/codegen").rglob("hello_world*"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--pool", "sram=nowhere"],
        ["--reserve", "sram=262144"],
        ["--golden", "missing.npz"],
        ["--tflite", str(SAMPLES / "sine.tar")],
        ["--template", "missing"],
    ],
)
def test_a_failure_leaves_the_target_untouched(arguments: list[str], tmp_path: Path, capsys: Capture) -> None:
    assert generate(*arguments, app="new") == 2
    assert not (tmp_path / "new").exists()
    generate()
    before = snapshot(tmp_path / "app")
    capsys.readouterr()
    assert generate(*arguments) == 2
    assert snapshot(tmp_path / "app") == before
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: ") and " hint: " in printed.err and "Traceback" not in printed.err


@pytest.mark.parametrize(
    ("argv", "what"),
    [
        ([*BASE, str(SINE), "-o", ""], "--output is empty"),
        ([*BASE, "", "-o", "app"], "the name of a model is empty"),
        (["session", "app", "--output", "nowhere/out.npz"], "nowhere: no such folder"),
    ],
)
def test_names_that_lead_nowhere_are_refused(
    argv: list[str], what: str, tmp_path: Path, capsys: Capture
) -> None:
    """As they come from an unset variable, for one."""
    assert cli.main(argv) == 2
    assert f"error: {what}" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "thesis.tex").write_text("years of work", "utf-8")
    assert generate() == 2
    assert [path.name for path in (tmp_path / "app").iterdir()] == ["thesis.tex"]
    assert "thesis.tex" in capsys.readouterr().err


@pytest.mark.parametrize("argument", [[], ["--force"]])
def test_a_dry_run_writes_nothing(argument: list[str], tmp_path: Path, capsys: Capture) -> None:
    assert generate("--dry-run", *argument) == 0
    assert not (tmp_path / "app").exists()
    printed = capsys.readouterr().out
    assert "files would be created" in printed and "next:" not in printed
    generate()
    before = snapshot(tmp_path / "app")
    assert generate("--dry-run", "--pool", "io=dtcm", *argument) == 0
    assert snapshot(tmp_path / "app") == before


def test_a_folder_with_blanks_and_umlauts_works_and_is_quoted(tmp_path: Path, capsys: Capture) -> None:
    assert generate(app="mein größtes Projekt") == 0
    assert (tmp_path / "mein größtes Projekt" / "project.json").is_file()
    assert "west build -b stm32f746g_disco 'mein größtes Projekt'" in capsys.readouterr().out


def test_an_interrupt_is_exit_code_130_and_leaves_nothing(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("generator.emit.transaction._write", interrupt)
    assert generate() == 130
    assert not (tmp_path / "app").exists()
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".mlfgen")]
    assert "interrupted" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "darwin", reason="its file names are UTF-8")
@pytest.mark.parametrize("more", [[], ["--project-type", "host_driven"]], ids=["standalone", "host-driven"])
def test_files_may_have_names_that_are_no_text(more: list[str], tmp_path: Path) -> None:
    names = [os.fsdecode(b"a\xff\n." + suffix) for suffix in (b"tar", b"tflite", b"npz")]
    for name in names:
        shutil.copy(SAMPLES / f"sine.{name.rpartition('.')[2]}", tmp_path / name)
    archive, tflite, golden = (tmp_path / name for name in names)
    options = ["--tflite", str(tflite), "--golden", str(golden), *more]
    assert generate(*options, archive=archive) == 0
    inputs = json.loads((tmp_path / "app" / "project.json").read_text("utf-8"))["inputs"]
    assert [record["label"] for record in inputs] == [f"a\ufffd\ufffd.{s}" for s in ("tar", "tflite", "npz")]


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_being_told_to_end_halfway_leaves_the_application_as_it_was(name: str, tmp_path: Path) -> None:
    assert generate() == 0
    before = snapshot(tmp_path / "app")
    halfway = (
        "import os, pathlib, signal, sys\n"
        "from generator.cli.main import main\n"
        "replace, done = pathlib.Path.replace, []\n"
        "def stopped(self, place):\n"
        "    done.append(place)\n"
        "    if len(done) == 5:\n"
        f"        os.kill(os.getpid(), signal.{name})\n"
        "    return replace(self, place)\n"
        "pathlib.Path.replace = stopped\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    argv = [*BASE, str(SINE), "-o", "app", "--stack-bytes", "8192", "--project-type", "host_driven"]
    ended = subprocess.run(
        [sys.executable, "-c", halfway, *argv],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 128 + signal.Signals[name] and "Traceback" not in ended.stderr
    assert snapshot(tmp_path / "app") == before


# ---- saying


def test_json_is_one_object_and_always_the_same(tmp_path: Path, capsys: Capture) -> None:
    assert generate("--json") == 0
    first = json.loads(capsys.readouterr().out)
    assert generate("--json", app="other") == 0
    second = json.loads(capsys.readouterr().out)
    assert (first.pop("target"), second.pop("target")) == ("app", "other")
    assert first == second
    assert first["models"] == ["hello_world_int8"] and first["board"] == "stm32f746g_disco"
    assert "src/main.c" in first["files"]["created"]
    regions = {region["name"]: region for region in first["memory"]["regions"]}
    assert regions["sram"]["free_bytes"] == regions["sram"]["size_bytes"] - regions["sram"]["used_bytes"]


def test_the_table_says_where_every_byte_goes(capsys: Capture) -> None:
    generate(archive=SAMPLES / "branchy.tar")
    printed = capsys.readouterr().out
    for words in (
        "pool",
        "kind",
        "region",
        "section",
        "align",
        "workspace",
        "constants",
        "stack",
        "zephyr",
    ):
        assert words in printed
    assert "code is not included; `mlfgen build` reports its size" in printed


def test_an_error_under_debug_has_a_traceback_and_the_same_exit_code(capsys: Capture) -> None:
    assert generate("--pool", "sram=nowhere", "--debug") == 2
    printed = capsys.readouterr().err
    assert "Traceback" in printed and printed.rstrip().endswith("sdram, flash, qspi")


def test_a_fault_of_ours_is_called_one(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("generator.cli.generate.generate", fault)
    assert generate() == 1
    printed = capsys.readouterr().err
    assert "internal error: RuntimeError: boom" in printed and "--debug" in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize(
    ("argv", "message", "hint"),
    [
        (["genrate"], "invalid choice 'genrate'", "did you mean 'generate'?"),
        (["generate", "--bord", "x"], "unknown option --bord", "did you mean '--board'?"),
        (
            ["generate", "--rtos", "zephir", "--board", "mps2_an500", str(SINE)],
            "--rtos: invalid choice 'zephir'",
            "did you mean 'zephyr'?",
        ),
        (["generate", "--rtos", "zephyr", "x.tar"], "required: --board", "--help"),
        (["generate"], "required: ", "--help"),
        ([*BASE[:-1], "stm32f746_disco", str(SINE)], "no built-in board", "did you mean 'stm32f746g_disco'?"),
        ([*BASE, str(SINE), "--planner", "portfoli"], "unknown planner", "did you mean 'portfolio'?"),
        ([*BASE, str(SINE), "--stack-bytes", "many"], "--stack-bytes", "--help"),
        ([*BASE, str(SINE), "--reserve", "sram=lots"], "'lots' is not a size in bytes", "32K"),
        ([*BASE, str(SINE), "--reserve", "sram=-1"], "'-1' is not a size in bytes", "32K"),
        ([*BASE, str(SINE), "--pool", "sram"], "expected NAME=POOL", "--pool NAME=POOL"),
        ([*BASE, str(SINE), "--pool", "sram=dtcm", "--pool", "sram=sram"], "'sram' is given twice", "once"),
        ([*BASE, str(SINE), "--golden", "hello=x.npz"], "no model is named 'hello'", "hello_world_int8"),
        ([*BASE, "missing.tar"], "missing.tar: no such file", "list the files with: ls ."),
        ([*BASE, str(SINE), str(SINE)], "two models are named 'hello_world_int8'", "mod_name"),
        ([*BASE, str(ROOT / "README.md")], "README.md", "hint"),
        (["boards", "nowhere"], "there is no built-in board 'nowhere'", "docs/boards.md"),
        (["boards", "nucleo_h743zi"], "there is no built-in board 'nucleo_h743zi'", "`mlfgen boards` lists"),
        (["boards", "nucleo_f746z"], "there is no built-in board", "did you mean 'nucleo_f746zg'?"),
        (["boards", "/"], "/: can't be read: Is a directory\n", "YAML in UTF-8"),
        ([*BASE, str(SINE), "-v"], "unrecognized arguments: -v", "`mlfgen generate --help`"),
        ([*BASE, str(SAMPLES / "sine.npz")], "a zip, not a tar", "--golden"),
        (["build", "."], "not a generated application", "mlfgen generate"),
        (["run", "missing"], "not a generated application", "mlfgen generate"),
        (["verify", *BASE[1:], str(SINE)], "verify needs recorded outputs for an archive", "--golden"),
    ],
)
def test_what_can_not_be_understood_is_reported_with_a_way_on(
    argv: list[str], message: str, hint: str, capsys: Capture
) -> None:
    assert cli.main(argv) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert message in printed.err and hint in printed.err.split("\n", 1)[1] + " hint"
    assert len(printed.err.splitlines()) == 2 and "Traceback" not in printed.err


def test_the_readme_shows_what_is_printed(shared: Path, capsys: Capture) -> None:
    shutil.copy(shared / "models" / "kws.tflite", "kws.tflite")
    assert cli.generate_main(["--rtos", "none", "--board", "stm32f746g_disco", "kws.tflite"]) == 0
    shown = (
        (ROOT / "README.md").read_text("utf-8").split("kws.tflite\n", 1)[1].split("\n$ mlfgen verify", 1)[0]
    )
    assert capsys.readouterr().out == shown


# ---- whole processes


def process(
    *argv: str, cwd: Path, stdin: int = subprocess.DEVNULL, **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "generator", *argv],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=60,
        stdin=stdin,
        env={**os.environ, **env},
    )


def test_a_process_ends_as_main_says(tmp_path: Path) -> None:
    assert process("generate", "--rtos", "nothing", cwd=tmp_path).returncode == 2
    assert process("boards", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("command", [["boards"], ["--help"], ["generate", "--help"], ["boards", "--json"]])
def test_nobody_reading_on_is_not_an_error(command: list[str], tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    argv = [sys.executable, "-m", "generator", *command]
    done = subprocess.run(argv, cwd=tmp_path, stdout=write, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
@pytest.mark.parametrize("closed", [">&-", "<&- >&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_streams_change_nothing_else(tmp_path: Path, closed: str) -> None:
    generate_it = " ".join([sys.executable, "-m", "generator", *BASE, str(SINE), "-o", "app"])
    done = subprocess.run(
        [
            "sh",
            "-c",
            f"{generate_it} --planner exact {closed}; echo $?; {generate_it} --pool nonsense {closed}",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout.splitlines()[-1]) == (2, "0")
    assert "Traceback" not in done.stderr and "internal" not in done.stderr
    assert "error" not in done.stdout
    assert (tmp_path / "app" / "project.json").is_file()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_an_output_that_is_full_is_reported(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        argv = [sys.executable, "-m", "generator", "boards"]
        done = subprocess.run(argv, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 1
    assert "No space left" in done.stderr and "Traceback" not in done.stderr


def test_any_encoding_will_do(tmp_path: Path) -> None:
    for encoding in ("ascii", "latin-1"):
        argv = [*BASE, str(SINE), "-o", "größe-łódź"]
        done = process(*argv, cwd=tmp_path, PYTHONIOENCODING=encoding)
        assert done.returncode == 0, done.stderr
        shutil.rmtree(tmp_path / "größe-łódź")


def test_without_a_terminal_there_are_no_colours(tmp_path: Path) -> None:
    done = process(*BASE, str(SINE), cwd=tmp_path)
    assert done.returncode == 0 and "\033" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("env", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_on_a_terminal_there_are_unless_unwanted(env: dict[str, str], coloured: bool, tmp_path: Path) -> None:
    pty = pytest.importorskip("pty")
    master, slave = pty.openpty()
    argv = [sys.executable, "-m", "generator", "boards"]
    plain = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    environment = {**plain, "TERM": "xterm", **env}
    subprocess.run(argv, cwd=tmp_path, stdout=slave, stderr=slave, env=environment, check=True, timeout=60)
    os.close(slave)
    printed = b""
    try:
        while chunk := os.read(master, 65536):
            printed += chunk
    except OSError:  # Linux's way to say that the other end is closed
        pass
    os.close(master)
    assert b"stm32f746g_disco" in printed
    assert (b"\033[" in printed) is coloured


def test_the_command_generate_is_mlfgen_generate(tmp_path: Path, capsys: Capture) -> None:
    argv = [*BASE[1:], str(SINE), "-o"]
    assert cli.generate_main([*argv, "one"]) == 0
    assert cli.main(["generate", *argv, "two"]) == 0
    first, second = ({p: d for p, (d, _) in snapshot(tmp_path / n).items()} for n in ("one", "two"))
    assert first == second
    script = Path(sys.executable).parent / "generate"
    if script.is_file():
        done = subprocess.run([str(script), "--help"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0 and "--rtos" in done.stdout


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_every_command_explains_itself(command: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main([command, "--help"])
    assert caught.value.code == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"usage: mlfgen {command}")
    assert "--debug" in printed


def test_nothing_at_all_shows_the_help(capsys: Capture) -> None:
    assert cli.main([]) == 2
    printed = capsys.readouterr().out
    assert all(command in printed for command in cli.COMMANDS)


def test_the_version_is_reported(capsys: Capture) -> None:
    from generator import __version__

    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"mlfgen {__version__}\n"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems' file names are Unicode")
def test_files_whose_names_are_no_utf8_have_names_that_can_be_written(tmp_path: Path) -> None:
    names = {end: os.fsdecode(b"f\xfcr." + end.encode()) for end in ("tar", "npz", "tflite")}
    for end, name in names.items():
        shutil.copy(SAMPLES / f"sine.{end}", name)
    files = ("--golden", names["npz"], "--tflite", names["tflite"])
    assert generate(*files, archive=Path(names["tar"])) == 0
    inputs = json.loads((tmp_path / "app" / "project.json").read_text("utf-8"))["inputs"]
    assert {entry["label"] for entry in inputs} == {"f\ufffdr.tar", "f\ufffdr.npz", "f\ufffdr.tflite"}
    assert generate("--project-type", "host_driven", archive=Path(names["tar"]), app="host") == 0
    assert cli.main(["plan", names["tflite"], "--svg", "plan.svg", "--html", "plan.html"]) == 0
