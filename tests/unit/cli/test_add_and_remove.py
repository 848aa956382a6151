"""``mlfgen add`` and ``remove``: models in somebody's firmware, and out of it without a trace."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.cli import main as cli
from generator.cli.parser import build_parser, parsers_of
from generator.emit.changes import Report
from generator.emit.edit import edit_file
from generator.emit.writer import remove_project
from generator.errors import TargetError
from generator.pipeline.generate import GenerateResult, PreparedProject

SAMPLES = Path(__file__).parents[3] / "samples"
BOARD = ["--board", "stm32f746g_disco"]

Capture = pytest.CaptureFixture[str]

FIRMWARES: dict[str, dict[str, str]] = {
    "cmake": {
        "CMakeLists.txt": "cmake_minimum_required(VERSION 3.20)\nproject(fw C)\nadd_executable(fw.elf main.c)\n",
        "main.c": "int main(void) { return 0; }\n",
    },
    "zephyr-module": {
        "CMakeLists.txt": "cmake_minimum_required(VERSION 3.20)\nfind_package(Zephyr REQUIRED)\nproject(app)\n",
        "prj.conf": "CONFIG_MAIN_STACK_SIZE=2048",  # without an end of line
        "src/main.c": "int main(void) { return 0; }\n",
    },
    "cubeide": {".cproject": "<cproject/>\n", ".project": "<projectDescription/>\n"},
    "platformio": {"platformio.ini": "[env:disco]\r\nplatform = ststm32\r\n"},
    "sources": {"Makefile": "all:\n"},
}


@pytest.fixture
def firmware(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository beside a folder with models."""
    root = tmp_path / "repository"
    root.mkdir()
    (root / ".git").mkdir()
    models = tmp_path / "models"
    models.mkdir()
    for name in ("sine.tar", "branchy.tar", "sine.tflite", "sine.npz"):
        shutil.copy(SAMPLES / name, models)
    monkeypatch.chdir(root)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return root


def put(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def tree(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def run(*argv: str) -> int:
    return cli.main(list(argv))


def refused(capsys: Capture, *argv: str) -> str:
    """What is printed for a command that is refused and writes nothing."""
    before = tree(Path.cwd())
    capsys.readouterr()
    assert run(*argv) == 2
    assert tree(Path.cwd()) == before
    return capsys.readouterr().err


@pytest.mark.parametrize("form", FIRMWARES)
def test_each_kind_is_found_and_forgotten_again_to_the_byte(
    form: str, firmware: Path, capsys: Capture
) -> None:
    put(firmware, FIRMWARES[form])
    before = tree(firmware)
    assert run("add", *BOARD, "../models/sine.tflite", "--apply", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["as"] == form
    folder = "lib/mlf" if form == "platformio" else "mlf"
    assert document["target"] == folder
    after = tree(firmware)
    changed = {path for path in before if after[path] != before[path]}
    assert changed == {change["file"] for change in document["changes"]}
    assert {path for path in after if path not in before} == {
        path for path in after if path.startswith(f"{folder}/")
    }
    assert run("add", "../models/branchy.tar") == 0
    assert run("remove", "sine") == 0
    assert not (firmware / folder / "models" / "sine.tflite").exists()
    assert run("remove") == 0
    assert tree(firmware) == before
    assert not (firmware / folder.split("/")[0]).exists()


def test_without_apply_the_firmwares_files_are_left_and_the_lines_are_printed(
    firmware: Path, capsys: Capture
) -> None:
    put(firmware, FIRMWARES["cmake"])
    before = tree(firmware)
    assert run("add", *BOARD, "../models/sine.tflite") == 0
    printed = capsys.readouterr().out
    assert "found a CMake firmware (CMakeLists.txt)\nform of the library: cmake" in printed
    assert (
        "CMakeLists.txt, at the end:\n  add_subdirectory(mlf)\n"
        "  target_link_libraries(fw.elf PRIVATE mlf::models)\n"
        "to insert them: mlfgen add --apply\n"
    ) in printed
    assert {path: data for path, data in tree(firmware).items() if not path.startswith("mlf/")} == before
    # as the last line says
    assert run("add", "--apply") == 0
    assert "+add_subdirectory(mlf)" in capsys.readouterr().out
    # a second model needs no other lines
    assert run("add", "../models/branchy.tar", "--apply") == 0
    assert "lines for" not in capsys.readouterr().out


def test_models_of_the_repository_stay_where_they_are_and_others_are_copied(firmware: Path) -> None:
    put(firmware, FIRMWARES["cmake"])
    (firmware / "nets").mkdir()
    shutil.copy(SAMPLES / "sine.tflite", firmware / "nets")
    assert run("add", *BOARD, "nets/sine.tflite") == 0
    assert run("add", "../models/branchy.tar") == 0
    options = json.loads((firmware / "mlf" / "project.json").read_text("utf-8"))["options"]
    assert options["sources"]["models"] == ["../nets/sine.tflite", "models/branchy.tar"]
    assert options["library"] == {"as": "cmake", "root": "..", "names": [["sine"], ["branchy_int8"]]}
    copied = (firmware / "mlf" / "models" / "branchy.tar").read_bytes()
    assert copied == (SAMPLES / "branchy.tar").read_bytes()
    shutil.rmtree(firmware.parent / "models")
    assert run("update", "mlf") == 0


def test_the_same_model_again_changes_nothing(firmware: Path, capsys: Capture) -> None:
    put(firmware, FIRMWARES["cmake"])
    assert run("add", *BOARD, "../models/sine.tflite") == 0
    before = tree(firmware)
    assert run("add", "../models/sine.tflite") == 0
    assert tree(firmware) == before
    assert "unchanged" in capsys.readouterr().out


def test_options_are_put_to_those_that_the_library_has(firmware: Path) -> None:
    put(firmware, FIRMWARES["cmake"])
    first = ["add", *BOARD, "../models/sine.tar", "--pool", "io=dtcm", "--reserve", "sram=32K"]
    assert run(*first, "--tflite", "../models/sine.tflite", "--golden", "../models/sine.npz") == 0
    assert (firmware / "mlf" / "model" / "include" / "mlf_samples.h").is_file()
    assert run("add", "../models/branchy.tar", "--reserve", "dtcm=1K") == 0
    options = json.loads((firmware / "mlf" / "project.json").read_text("utf-8"))["options"]
    assert options["pools"] == {"io": "dtcm"}
    assert options["reserved_bytes"] == {"dtcm": 1024, "sram": 32768}
    assert options["sources"]["tflite"] == {"hello_world_int8": "models/sine.tflite"}
    assert options["sources"]["golden"] == {"hello_world_int8": "models/sine.npz"}
    assert run("add", "../models/sine.tflite", "--golden", "../models/sine.npz") == 0
    options = json.loads((firmware / "mlf" / "project.json").read_text("utf-8"))["options"]
    assert sorted(options["sources"]["golden"]) == ["hello_world_int8", "sine"]
    assert (firmware / "mlf" / "models" / "sine.npz").is_file()


def test_a_pool_of_a_model_that_goes_goes_with_it(firmware: Path) -> None:
    put(firmware, FIRMWARES["cmake"])
    assert (
        run("add", *BOARD, "../models/sine.tflite", "../models/branchy.tar", "--pool", "workspace=dtcm") == 0
    )
    assert run("remove", "sine") == 0
    options = json.loads((firmware / "mlf" / "project.json").read_text("utf-8"))["options"]
    assert options["pools"] == {} and options["library"]["names"] == [["branchy_int8"]]


def test_a_target_is_linked_to_as_it_is_linked_to_already(firmware: Path, capsys: Capture) -> None:
    text = (
        "project(fw C)\n# add_executable(old x.c)\nadd_executable(${PROJECT_NAME})\n"
        "target_link_libraries(${PROJECT_NAME} hal)\n"
        "target_compile_options(${PROJECT_NAME} PRIVATE -mcpu=cortex-m7 -mthumb)\n"
    )
    put(firmware, {"CMakeLists.txt": text})
    assert run("add", *BOARD, "../models/sine.tflite") == 0
    printed = capsys.readouterr().out
    # without PRIVATE, which CMake would refuse beside the other call
    assert "  target_link_libraries(${PROJECT_NAME} mlf::models)\n" in printed
    # the core is chosen for the target alone
    assert (
        "target_compile_options(mlf_model PRIVATE $<TARGET_PROPERTY:${PROJECT_NAME},COMPILE_OPTIONS>)"
        in printed
    )


def test_of_several_targets_one_is_named(firmware: Path, capsys: Capture) -> None:
    put(firmware, {"CMakeLists.txt": "project(fw C)\nadd_executable(a x.c)\nadd_executable(b x.c)\n"})
    assert run("add", *BOARD, "../models/sine.tflite", "--apply") == 0
    printed = capsys.readouterr().out
    assert "at the end; TARGET is one of a, b:" in printed and "to insert them" not in printed
    why = "CMakeLists.txt: the firmware's target is not known; name it with --target NAME"
    assert f"not inserted; paste these yourself:\n  {why}\n" in printed
    assert run("add", "--target", "b") == 0
    assert "to insert them: mlfgen add --apply --target b\n" in capsys.readouterr().out
    assert run("add", "--target", "${B}", "--to", "mlf") == 0
    assert "to insert them: mlfgen add --apply --to mlf --target '${B}'\n" in capsys.readouterr().out
    assert run("add", "--target", "b", "--apply") == 0
    assert "target_link_libraries(b PRIVATE mlf::models)" in (firmware / "CMakeLists.txt").read_text("utf-8")


def test_a_target_that_the_firmware_does_not_define_is_warned_of(
    firmware: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(firmware, FIRMWARES["cmake"])
    # a macro may define it
    assert run("add", *BOARD, "../models/sine.tflite", "--target", "fw.elv") == 0
    assert "CMakeLists.txt defines no target 'fw.elv': did you mean 'fw.elf'?" in caplog.text
    caplog.clear()
    assert run("add", "--target", "fw.elf") == 0
    assert "defines no target" not in caplog.text


def test_a_manifest_repository_with_a_module_is_extended(firmware: Path) -> None:
    put(
        firmware,
        {
            "west.yml": "manifest: {}\n",
            "zephyr/module.yml": "build:\n  kconfig: Kconfig\n  cmake: .\n",
            "CMakeLists.txt": "zephyr_include_directories(include)\n",
            "Kconfig": 'rsource "drivers/Kconfig"\n',
            "app/CMakeLists.txt": "find_package(Zephyr)\n",
            "app/prj.conf": "",
            "tests/one/CMakeLists.txt": "find_package(Zephyr)\n",
        },
    )
    before = tree(firmware)
    assert run("add", *BOARD, "../models/sine.tflite", "--apply") == 0
    after = tree(firmware)
    assert b"add_subdirectory(${CMAKE_CURRENT_LIST_DIR}/mlf/zephyr mlf)" in after["CMakeLists.txt"]
    assert b'rsource "mlf/zephyr/Kconfig"' in after["Kconfig"]
    assert b"CONFIG_MLF=y" in after["app/prj.conf"]
    assert "mlf/sample.yaml" not in after and "mlf/west.yml" not in after
    assert run("remove") == 0
    assert tree(firmware) == before


def test_sources_that_would_be_compiled_twice_are_warned_of(
    firmware: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = 'project(fw C)\nfile(GLOB_RECURSE S "Core/Src/*.*" Drivers/*.c)\nadd_executable(fw ${S})\n'
    put(firmware, {"CMakeLists.txt": text})
    assert run("add", *BOARD, "../models/sine.tflite", "--to", "Core/Src/mlf") == 0
    assert "file(GLOB_RECURSE … Core/Src/*.*), which includes those of Core/Src/mlf" in caplog.text
    caplog.clear()
    assert run("add", *BOARD, "../models/sine.tflite", "--to", "Core/mlf") == 0
    assert "GLOB_RECURSE" not in caplog.text


def test_a_dry_run_writes_nothing(firmware: Path, capsys: Capture) -> None:
    put(firmware, FIRMWARES["cmake"])
    before = tree(firmware)
    assert run("add", *BOARD, "../models/sine.tflite", "--apply", "--dry-run") == 0
    printed = capsys.readouterr().out
    assert "would be created" in printed and "+add_subdirectory(mlf)" in printed
    assert tree(firmware) == before
    assert run("add", *BOARD, "../models/sine.tflite", "--apply") == 0
    before = tree(firmware)
    assert run("remove", "--dry-run") == 0
    assert tree(firmware) == before


def test_wrong_use_gets_one_clear_message(firmware: Path, capsys: Capture) -> None:
    put(firmware, FIRMWARES["cmake"])
    message = refused(capsys, "add", "../models/sine.tflite")
    assert "no board is given" in message and "hint: mlfgen add --board BOARD MODEL" in message
    message = refused(capsys, "add", *BOARD, "../models/sine.tflite", "--target", "a b")
    assert "--target 'a b' is not a CMake target name" in message and "add_executable()" in message
    assert "no model is given, and there is no library yet" in refused(capsys, "add", *BOARD)
    assert "this is not a library of models" in refused(capsys, "remove", "sine")
    message = refused(capsys, "add", *BOARD, "../models/sine.tflite", "--to", "third party/mlf")
    assert "plain name: letters, digits, _ . + and -" in message and "--to mlf" in message
    message = refused(capsys, "add", *BOARD, "../models/sine.tflite", "--to", ".")
    assert "was not written by mlfgen" in message and "--to FOLDER" in message
    put(firmware, {"Core/main.c": ""})
    message = refused(capsys, "add", *BOARD, "../models/sine.tflite", "--to", "Core")
    assert "was not written by mlfgen: it has 'main.c'" in message and "--to FOLDER" in message
    assert run("generate", "--rtos", "none", *BOARD, "../models/sine.tar", "-o", "app") == 0
    message = refused(capsys, "add", "../models/branchy.tar", "--to", "app")
    assert "this is an application, not a library of models" in message


def test_wrong_use_of_a_library_gets_one_clear_message(firmware: Path, capsys: Capture) -> None:
    put(firmware, FIRMWARES["cmake"])
    assert run("add", *BOARD, "../models/sine.tflite") == 0
    assert "--to is empty" in refused(capsys, "remove", "--to", "")
    assert "--to is empty" in refused(capsys, "add", "--to", "")
    message = refused(capsys, "remove", "sin")
    assert "the library has no model 'sin'" in message and "did you mean 'sine'?" in message
    (firmware / "other").mkdir()
    shutil.copy(SAMPLES / "sine.tflite", firmware / "other")
    message = refused(capsys, "add", "other/sine.tflite")
    assert "the library has a model 'sine' already" in message
    assert "mlfgen remove sine --to mlf" in message and "mlfgen update" in message
    shutil.copy(SAMPLES / "branchy.tflite", firmware.parent / "models" / "sine.tflite")
    message = refused(capsys, "add", "../models/sine.tflite")
    assert "keeps another file called 'sine.tflite'" in message
    message = refused(capsys, "generate", "--rtos", "none", *BOARD, "../models/sine.tar", "-o", "mlf")
    assert "this is a library of models that `mlfgen add` wrote" in message
    message = refused(capsys, "update", "mlf", "../models/sine.tar")
    assert "the models of a library are named one by one" in message
    (firmware / "other" / "sine.tflite").rename(firmware / "other" / "moved.tflite")
    assert run("add", "other/moved.tflite") == 0
    (firmware / "other" / "moved.tflite").unlink()
    message = refused(capsys, "update", "mlf")
    assert "the model no longer exists" in message and "mlfgen remove NAME --to mlf" in message
    assert run("remove", "moved") == 0
    message = refused(capsys, "build", "mlf")
    assert "this is a library of models, not an application" in message


def test_what_is_around_a_folder_that_is_no_library_is_not_looked_at(
    firmware: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def looked(*_: object) -> None:
        raise AssertionError("looked around")

    monkeypatch.setattr("generator.pipeline.library_remove.load_around", looked)
    message = refused(capsys, "remove", "--to", str(firmware.parent / "models"))
    assert "this is not a library of models" in message and "with --to FOLDER" in message


def test_a_link_to_itself_is_no_obstacle(firmware: Path) -> None:
    put(firmware, FIRMWARES["cmake"])
    (firmware / "loop").symlink_to("loop")
    assert run("add", *BOARD, "../models/sine.tflite", "--apply") == 0
    assert run("remove") == 0
    assert (firmware / "loop").is_symlink() and not (firmware / "mlf").exists()


def test_models_of_one_archive_go_together(firmware: Path, capsys: Capture, shared: Path) -> None:
    put(firmware, FIRMWARES["cmake"])
    assert run("add", *BOARD, str(shared / "archives" / "two-models-sine-kws.tar")) == 0
    names = json.loads((firmware / "mlf" / "project.json").read_text("utf-8"))["options"]["library"]["names"][
        0
    ]
    message = refused(capsys, "remove", names[0])
    assert "can only be removed together" in message and f"mlfgen remove {' '.join(names)}" in message
    assert run("remove", *names) == 0
    assert not (firmware / "mlf").exists()


def test_edited_files_are_not_lost(firmware: Path, capsys: Capture) -> None:
    put(firmware, FIRMWARES["cmake"])
    assert run("add", *BOARD, "../models/sine.tflite") == 0
    pools = firmware / "mlf" / "model" / "src" / "mlf_pools.c"
    pools.write_text("/* mine */\n", "utf-8")
    assert "model/src/mlf_pools.c (edited" in refused(capsys, "remove")
    (firmware / "mlf" / "notes.txt").write_text("mine\n", "utf-8")
    assert run("remove", "--force") == 0
    assert tree(firmware / "mlf") == {"notes.txt": b"mine\n"}


def test_a_file_that_is_a_link_is_not_changed(firmware: Path, capsys: Capture) -> None:
    put(firmware, {"real/CMakeLists.txt": FIRMWARES["cmake"]["CMakeLists.txt"]})
    (firmware / "CMakeLists.txt").symlink_to("real/CMakeLists.txt")
    assert run("add", *BOARD, "../models/sine.tflite", "--apply") == 2
    assert "it is not a plain file" in capsys.readouterr().err
    assert (firmware / "real" / "CMakeLists.txt").read_text("utf-8") == FIRMWARES["cmake"]["CMakeLists.txt"]


def test_settings_of_the_repository_count(firmware: Path) -> None:
    put(firmware, {**FIRMWARES["cmake"], "mlfgen.toml": 'board = "nucleo_f746zg"\n[add]\nto = "nets"\n'})
    assert run("add", "../models/sine.tflite") == 0
    options = json.loads((firmware / "nets" / "project.json").read_text("utf-8"))["options"]
    assert options["board"] == "nucleo_f746zg"


def test_a_folder_below_the_firmware_leads_to_it(firmware: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(firmware, FIRMWARES["zephyr-module"])
    monkeypatch.chdir(firmware / "src")
    assert run("add", *BOARD, "../../models/sine.tflite") == 0
    assert (firmware / "mlf" / "zephyr" / "module.yml").is_file()


def test_update_generates_everything_below_a_folder(firmware: Path, capsys: Capture) -> None:
    put(firmware, {**FIRMWARES["cmake"], "tool/project.json": "{}", "mlfgen.toml": 'reserve = ["sram=1K"]\n'})
    shutil.copy(SAMPLES / "sine.tflite", firmware)
    assert run("add", *BOARD, "sine.tflite") == 0
    assert run("generate", "--rtos", "none", *BOARD, "sine.tflite", "-o", "apps/one") == 0
    capsys.readouterr()
    assert run("update") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["apps/one", "mlf"]
    assert all("unchanged" in line and "updated" not in line for line in lines)
    shutil.copy(SAMPLES / "branchy.tflite", firmware / "sine.tflite")
    assert run("update", "--dry-run", "--json") == 0
    documents = json.loads(capsys.readouterr().out)["projects"]
    assert [document["target"] for document in documents] == ["apps/one", "mlf"]
    assert all(document["files"]["updated"] for document in documents)
    message = refused(capsys, "update", ".", "--effort", "0")
    assert "2 applications and libraries below it" in message and "mlfgen update apps/one" in message


def test_update_writes_nothing_unless_all_can_be_and_reports_every_mistake(
    firmware: Path, capsys: Capture
) -> None:
    put(firmware, FIRMWARES["cmake"])
    models = firmware / "nets"
    models.mkdir()
    for name in ("sine.tflite", "branchy.tflite"):
        shutil.copy(SAMPLES / name, models)
    assert run("add", *BOARD, "nets/sine.tflite", "nets/branchy.tflite") == 0
    for app in ("apps/one", "apps/two"):
        assert run("generate", "--rtos", "none", *BOARD, "nets/sine.tflite", "-o", app) == 0
    (firmware / "apps" / "one" / "model" / "CMakeLists.txt").write_text("mine\n", "utf-8")
    for name in ("sine.tflite", "branchy.tflite"):
        (models / name).write_bytes((models / name).read_bytes()[:600])
    before = tree(firmware)
    capsys.readouterr()
    assert run("update") == 2
    printed = capsys.readouterr()
    told = [line for line in printed.err.splitlines() if line.startswith("error: ")]
    assert [line.split(":")[1] for line in told] == [" apps/one", " apps/two", " mlf", " mlf"]
    assert "sine.tflite" in told[2] and "branchy.tflite" in told[3]
    assert printed.out == "nothing was updated\n" and tree(firmware) == before
    # the next model of one of them alone
    shutil.copy(SAMPLES / "sine.tflite", models)
    shutil.copy(SAMPLES / "sine.tflite", models / "branchy.tflite")
    assert run("update", "--json") == 2
    document = json.loads(capsys.readouterr().out)
    assert ["error" in each for each in document["projects"]] == [True, False, False]
    assert "model/CMakeLists.txt (edited)" in document["projects"][0]["error"]["what"]
    assert document["written"] == []
    assert run("update", "--force") == 0
    assert "updated" in capsys.readouterr().out


def test_what_was_written_before_writing_failed_is_told(
    firmware: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for app in ("a", "b", "c"):
        assert run("generate", "--rtos", "none", *BOARD, "../models/sine.tflite", "-o", app) == 0
    shutil.copy(SAMPLES / "branchy.tflite", firmware.parent / "models" / "sine.tflite")
    write = PreparedProject.write

    def full(self: PreparedProject) -> GenerateResult:
        if self.target == Path("b"):
            raise TargetError("it can't be written: No space left on device", where="b")
        return write(self)

    monkeypatch.setattr(PreparedProject, "write", full)
    capsys.readouterr()
    assert run("update") == 2
    printed = capsys.readouterr()
    assert printed.out.startswith("a: ") and printed.out.endswith("\nnot updated: b, c\n")
    assert printed.err == "error: b: it can't be written: No space left on device\n"


def test_all_sources_that_are_gone_are_named(firmware: Path, capsys: Capture) -> None:
    put(firmware, FIRMWARES["cmake"])
    assert run("add", *BOARD, "../models/sine.tflite", "../models/branchy.tar") == 0
    assert run("add", "--golden", "sine=../models/sine.npz") == 0
    shutil.rmtree(firmware / "mlf" / "models")
    message = refused(capsys, "update", "mlf")
    assert message.count("no longer exists") == 3


def test_a_project_json_of_another_program_is_no_application(firmware: Path, capsys: Capture) -> None:
    put(firmware, {**FIRMWARES["cmake"], "project.json": "{}"})
    assert run("add", *BOARD, "../models/sine.tflite") == 0
    capsys.readouterr()
    assert run("update") == 0
    assert capsys.readouterr().out.startswith("mlf: ")


def test_update_of_a_folder_without_any_says_so(firmware: Path, capsys: Capture) -> None:
    assert "not a generated application: no project.json" in refused(capsys, "update")


def test_git_sees_only_what_was_announced(firmware: Path, capsys: Capture) -> None:
    (firmware / ".git").rmdir()
    put(firmware, FIRMWARES["cmake"])
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    if subprocess.run([*git, "init", "-q"], capture_output=True).returncode:
        pytest.skip("git is not installed")
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "firmware"], check=True)

    def status() -> list[str]:
        shown = subprocess.run([*git, "status", "--porcelain"], check=True, capture_output=True, text=True)
        return shown.stdout.splitlines()

    assert run("add", *BOARD, "../models/sine.tflite", "--apply") == 0
    assert status() == [" M CMakeLists.txt", "?? mlf/"]
    assert run("remove", "--yes") == 0
    assert status() == []


def in_git(firmware: Path) -> Callable[..., str]:
    """A repository with the firmware's files committed."""
    (firmware / ".git").rmdir()
    names = ["-c", "user.name=x", "-c", "user.email=x@example.org"]

    def git(*argv: str) -> str:
        return subprocess.run(["git", *names, *argv], check=True, capture_output=True, text=True).stdout

    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "firmware")
    return git


def test_files_with_changes_of_ones_own_are_not_changed_unless_requested(
    firmware: Path, capsys: Capture
) -> None:
    put(firmware, FIRMWARES["zephyr-module"])
    git = in_git(firmware)
    put(firmware, {"prj.conf": "CONFIG_MAIN_STACK_SIZE=4096", "other.txt": "not asked about"})
    argv = ["add", *BOARD, "../models/sine.tflite", "--apply"]
    message = refused(capsys, *argv)
    assert message == (
        "error: prj.conf: it has uncommitted changes\n hint: commit them first, or leave out --apply and "
        "paste the lines; --allow-dirty changes the files anyway\n"
    )
    put(firmware, {"CMakeLists.txt": FIRMWARES["zephyr-module"]["CMakeLists.txt"] + "# mine\n"})
    assert "CMakeLists.txt, prj.conf: they have uncommitted changes" in refused(capsys, *argv)
    git("commit", "-qam", "changes")
    assert run(*argv) == 0
    # its own lines of before are no changes of the user's
    assert run("add", "../models/branchy.tar", "--pool", "sram=sdram", "--apply") == 0
    assert "mlf.overlay" in (firmware / "CMakeLists.txt").read_text("utf-8")
    assert run("remove") == 0
    assert git("status", "--porcelain") == "?? other.txt\n"
    (firmware / "prj.conf").write_bytes(b"CONFIG_MAIN_STACK_SIZE=8192")
    assert run(*argv, "--allow-dirty") == 0
    assert run("remove") == 0
    assert (firmware / "prj.conf").read_bytes() == b"CONFIG_MAIN_STACK_SIZE=8192"


def test_changes_behind_a_link_inside_the_repository_are_seen(firmware: Path, capsys: Capture) -> None:
    put(
        firmware,
        {
            "zephyr/module.yml": "build:\n  cmake: ext\n  kconfig: Kconfig\n",
            "Kconfig": "",
            "common/CMakeLists.txt": "project(x)\n",
        },
    )
    (firmware / "ext").symlink_to("common")
    in_git(firmware)
    put(firmware, {"common/CMakeLists.txt": "project(mine)\n"})
    argv = ["add", *BOARD, "../models/sine.tflite", "--apply"]
    assert "ext/CMakeLists.txt: it has uncommitted changes" in refused(capsys, *argv)
    put(firmware, {"common/CMakeLists.txt": "project(x)\n"})
    assert run(*argv) == 0
    assert "add_subdirectory" in (firmware / "common" / "CMakeLists.txt").read_text("utf-8")
    # the lines of before are no changes of the user's
    assert run("add", "../models/branchy.tar", "--apply") == 0


def test_a_new_file_counts_as_not_committed(firmware: Path, capsys: Capture) -> None:
    put(firmware, {"README": "x\n"})
    in_git(firmware)
    put(firmware, FIRMWARES["cmake"])
    argv = ["add", *BOARD, "../models/sine.tflite"]
    assert "CMakeLists.txt: it has uncommitted changes" in refused(capsys, *argv, "--apply")
    assert run(*argv) == 0


def test_a_file_that_cannot_be_changed_is_known_before_anything_is_written(
    firmware: Path, capsys: Capture
) -> None:
    put(firmware, {"src/CMakeLists.txt": FIRMWARES["cmake"]["CMakeLists.txt"]})
    (firmware / "CMakeLists.txt").symlink_to("src/CMakeLists.txt")
    message = refused(capsys, "add", *BOARD, "../models/sine.tflite", "--apply")
    assert "CMakeLists.txt: it is not a plain file" in message and "change it by hand" in message


@pytest.mark.parametrize("committed", [True, False])
def test_a_file_that_a_linked_folder_puts_elsewhere_is_not_changed(
    committed: bool, firmware: Path, capsys: Capture
) -> None:
    put(firmware, {"zephyr/module.yml": "build:\n  cmake: ext\n  kconfig: Kconfig\n", "Kconfig": ""})
    other = firmware.parent / "other"
    put(other, {"CMakeLists.txt": "project(other)\n"})
    (firmware / "ext").symlink_to(other)
    if committed:
        in_git(firmware)
    argv = ["add", *BOARD, "../models/sine.tflite", "--apply"]
    message = refused(capsys, *argv)
    assert "ext/CMakeLists.txt: a link leads to it, outside of the repository: " in message
    assert "hint: change it by hand" in message
    if committed:
        assert "ext/CMakeLists.txt: it has uncommitted changes" in message
    assert tree(other) == {"CMakeLists.txt": b"project(other)\n"}
    assert run(*argv[:-1]) == 0


def test_of_several_edits_all_are_made_or_none(firmware: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(firmware, FIRMWARES["zephyr-module"])
    before = tree(firmware)
    calls = iter((None, TargetError("it can't be changed: disk full", where="prj.conf")))

    def edit(path: Path, old: bytes, new: bytes, top: Path) -> None:
        fault = next(calls, None)
        if fault is not None:
            raise fault
        edit_file(path, old, new, top)

    monkeypatch.setattr("generator.pipeline.hook_edits.edit_file", edit)
    assert run("add", *BOARD, "../models/sine.tflite", "--apply") == 2
    assert {path: data for path, data in tree(firmware).items() if not path.startswith("mlf/")} == before


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"Makefile": "all:\n"}, "Makefile: it has no rule that links an image"),
        ({".cproject": "<cproject/>\n"}, ".cproject: it is not in the form that the IDE writes"),
        ({"platformio.ini": "[env:a]\nlib_deps = b\n"}, "platformio.ini: it has a lib_deps of its own"),
        (
            {"west.yml": "manifest: {projects: [\n", "zephyr/module.yml": "build: {}\n"},
            "zephyr/module.yml: its build",
        ),
    ],
)
def test_a_file_that_is_not_understood_is_left_alone_and_named(
    files: dict[str, str], why: str, firmware: Path, capsys: Capture
) -> None:
    put(firmware, files)
    before = tree(firmware)
    argv = ["add", *BOARD, "../models/sine.tflite", "--to", "nets/mlf"]
    assert run(*argv, "--apply") == 0
    printed = capsys.readouterr().out
    assert f"not inserted; paste these yourself:\n  {why}" in printed
    assert "lines for the firmware's build:\n" in printed
    assert {path: data for path, data in tree(firmware).items() if not path.startswith("nets/")} == before
    assert run("update", "nets/mlf") == 0
    assert run("remove", "--to", "nets/mlf") == 0
    assert tree(firmware) == before


def test_a_makefile_with_pasted_lines_is_left_alone(firmware: Path, capsys: Capture) -> None:
    link = "a.elf: a.o\n\t$(CC) -o $@ $^ $(LDLIBS)\n"
    put(firmware, {"Makefile": f"-include ./mlf/mlf.mk\n{link}", "a.c": ""})
    before = (firmware / "Makefile").read_bytes()
    assert run("add", *BOARD, "../models/sine.tflite", "--apply") == 0
    assert "lines for" not in capsys.readouterr().out
    assert (firmware / "Makefile").read_bytes() == before
    put(firmware, {"Makefile": link})
    assert run("add", "--apply") == 0
    once = (firmware / "Makefile").read_bytes()
    assert once.count(b"include mlf/mlf.mk") == 1
    assert run("add", "--apply") == 0
    assert (firmware / "Makefile").read_bytes() == once


def test_a_manifest_gets_the_module_that_the_models_call(firmware: Path, capsys: Capture) -> None:
    manifest = (
        "manifest:\n  projects:\n    - name: zephyr\n      url: https://example.org/zephyr\n      import:\n"
        "        name-allowlist:\n          - cmsis_6 # needed\n"
    )
    put(firmware, {"west.yml": manifest, "zephyr/module.yml": "build:\n  settings:\n    board_root: .\n"})
    before = tree(firmware)
    assert run("add", *BOARD, str(SAMPLES / "branchy.tflite"), "--kernels", "cmsis-nn", "--apply") == 0
    assert "+          - cmsis-nn\n" in capsys.readouterr().out
    assert (firmware / "west.yml").read_text("utf-8") == manifest + (
        "          # >>> mlfgen: mlf\n          - cmsis-nn\n          # <<< mlfgen: mlf\n"
    )
    module = (firmware / "zephyr" / "module.yml").read_text("utf-8")
    assert "  cmake: mlf/zephyr\n  kconfig: mlf/zephyr/Kconfig\n" in module
    assert run("remove") == 0
    assert tree(firmware) == before


def test_a_project_that_stm32cubemx_puts_into_a_folder(firmware: Path) -> None:
    fixture = Path(__file__).parents[2] / "integration" / "firmware" / "repository" / "cubeide" / ".cproject"
    links = "<projectDescription>\n\t<linkedResources>\n\t</linkedResources>\n</projectDescription>\n"
    place = {"STM32CubeIDE/.cproject": fixture.read_bytes().decode(), "STM32CubeIDE/.project": links}
    put(firmware, {**place, "STM32CubeIDE/firmware.ld": "SECTIONS { }\n", "Core/main.c": ""})
    before = tree(firmware)
    argv = ["add", *BOARD, "../models/sine.tflite", "--pool", "workspace=sdram"]
    assert run(*argv, "--apply") == 0
    after = tree(firmware)
    changed = {path for path in before if before[path] != after[path]}
    assert changed == {f"STM32CubeIDE/{name}" for name in (".cproject", ".project", "firmware.ld")}
    assert b'value="../../mlf/model/include"' in after["STM32CubeIDE/.cproject"]
    assert after["STM32CubeIDE/firmware.ld"] == (
        b"SECTIONS { }\n/* >>> mlfgen: mlf */\nINCLUDE ../../mlf/model/sections.ld\n/* <<< mlfgen: mlf */\n"
    )
    assert run("remove") == 0
    assert tree(firmware) == before


def test_lines_follow_the_memories_that_the_plan_uses(firmware: Path, capsys: Capture) -> None:
    put(firmware, FIRMWARES["cmake"])
    assert run("add", *BOARD, "../models/sine.tflite", "--apply", "--target", "fw.elf") == 0
    capsys.readouterr()
    assert run("update", "mlf", "--pool", "workspace=sdram") == 0
    assert "have changed; next: mlfgen add --apply --to mlf" in capsys.readouterr().out
    assert run("add", "--apply", "--to", "mlf") == 0
    text = (firmware / "CMakeLists.txt").read_text("utf-8")
    script = '"-T${CMAKE_CURRENT_SOURCE_DIR}/mlf/model/sections.ld"'
    assert f"target_link_options(fw.elf PRIVATE {script})\n# <<< mlfgen: mlf\n" in text
    assert text.count("add_subdirectory(mlf)") == 1
    capsys.readouterr()
    assert run("update", "mlf") == 0
    assert "have changed" not in capsys.readouterr().out


def test_lines_that_were_pasted_stay_as_they_are(firmware: Path, capsys: Capture) -> None:
    lines = "add_subdirectory(mlf)\ntarget_link_libraries(two PRIVATE mlf::models)\n"
    put(
        firmware,
        {"CMakeLists.txt": "project(fw C)\nadd_executable(one x.c)\nadd_executable(two x.c)\n" + lines},
    )
    before = (firmware / "CMakeLists.txt").read_bytes()
    assert run("add", *BOARD, "../models/sine.tflite", "--apply") == 0
    assert "lines for" not in capsys.readouterr().out
    assert (firmware / "CMakeLists.txt").read_bytes() == before


@pytest.mark.parametrize("section", ["[env]", "[env:disco]"])
def test_a_list_of_dependencies_gets_its_entry_by_hand(section: str, firmware: Path, capsys: Capture) -> None:
    put(firmware, {"platformio.ini": f"{section}\nlib_deps = foo/bar\n"})
    before = tree(firmware)
    assert run("add", *BOARD, "../models/sine.tflite", "--to", "mlf", "--apply") == 0
    printed = capsys.readouterr().out
    assert (
        "platformio.ini, in each lib_deps:\n  symlink://mlf\n" in printed and "to insert them" not in printed
    )
    assert {path: data for path, data in tree(firmware).items() if not path.startswith("mlf/")} == before
    assert run("update", "mlf") == 0
    put(firmware, {"platformio.ini": f"{section}\nlib_deps =\n  foo/bar\n  symlink://mlf\n"})
    before = tree(firmware)
    capsys.readouterr()
    assert run("update", "mlf") == 0
    assert run("add", "--to", "mlf", "--apply") == 0
    printed = capsys.readouterr().out
    assert "lines for" not in printed and "have changed" not in printed
    assert tree(firmware) == before


def test_lines_stay_that_are_overridden_later(firmware: Path) -> None:
    put(firmware, {"platformio.ini": "[env:disco]\nplatform = ststm32\n"})
    assert run("add", *BOARD, "../models/sine.tflite", "--to", "mlf", "--apply") == 0
    with (firmware / "platformio.ini").open("a") as file:
        file.write("[env:other]\nlib_deps = ${env.lib_deps}\n  foo/bar\n")
    before = tree(firmware)
    assert run("add", "--to", "mlf", "--apply") == 0
    assert tree(firmware) == before
    assert run("remove", "--to", "mlf") == 0
    assert "symlink" not in (firmware / "platformio.ini").read_text("utf-8")


def test_the_current_folder_can_be_the_library(
    firmware: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    put(firmware, FIRMWARES["zephyr-module"])
    before = tree(firmware)
    (firmware / "mlf").mkdir()
    monkeypatch.chdir("mlf")
    assert run("add", *BOARD, "../../models/sine.tflite", "--to", ".", "--apply") == 0
    assert "found a Zephyr application" in capsys.readouterr().out
    assert b"${CMAKE_CURRENT_SOURCE_DIR}/mlf)" in (firmware / "CMakeLists.txt").read_bytes()
    assert run("update", ".") == 0
    after = tree(firmware)
    assert run("remove", "--to", ".", "--dry-run") == 0
    printed = capsys.readouterr().out
    assert "would be removed" in printed and "-CONFIG_MLF=y" in printed
    assert tree(firmware) == after
    assert run("remove", "--to", ".") == 0
    assert tree(firmware) == before


def test_what_mlfgen_generated_as_a_whole_is_no_firmware(
    firmware: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("generate", "--rtos", "zephyr", *BOARD, "../models/sine.tar", "-o", "app") == 0
    monkeypatch.chdir("app")
    message = refused(capsys, "add", "../../models/branchy.tar")
    assert "mlfgen generated this whole folder" in message and "mlfgen update APP MODEL" in message


def test_a_zephyr_module_is_planned_for_zephyr_wherever_it_lies(firmware: Path) -> None:
    assert run("add", *BOARD, "../models/sine.tflite", "--as", "zephyr-module") == 0
    options = json.loads((firmware / "mlf" / "project.json").read_text("utf-8"))["options"]
    assert options["rtos"] == "zephyr"


class Terminal:
    """Standard streams that somebody sits at."""

    @staticmethod
    def isatty() -> bool:
        return True


@pytest.mark.parametrize(("answer", "changed"), [("n", False), ("", True), ("Y", True), ("what?", False)])
def test_somebody_at_a_terminal_is_asked_first(
    answer: str, changed: bool, firmware: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    put(firmware, FIRMWARES["cmake"])
    original = (firmware / "CMakeLists.txt").read_bytes()
    asked: list[str] = []
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or answer)
    assert run("add", *BOARD, "../models/sine.tflite", "--apply") == 0
    assert ((firmware / "CMakeLists.txt").read_bytes() != original) == changed
    assert run("add", "--apply", "--yes") == 0
    before = tree(firmware)
    assert run("remove") == 0
    assert (tree(firmware) != before) == changed
    assert asked == ["change these files? [Y/n] "] * 2
    assert ("nothing was changed" in capsys.readouterr().out) != changed


def test_a_library_stays_when_its_lines_can_not_be_taken_out(firmware: Path, capsys: Capture) -> None:
    put(firmware, FIRMWARES["cmake"])
    assert run("add", *BOARD, "../models/sine.tflite", "--apply") == 0
    (firmware / "CMakeLists.txt").rename(firmware / "real.txt")
    (firmware / "CMakeLists.txt").symlink_to("real.txt")
    assert "it is not a plain file" in refused(capsys, "remove")


def test_what_is_appended_to_a_file_without_a_last_line_end_stays(firmware: Path) -> None:
    text = FIRMWARES["cmake"]["CMakeLists.txt"].rstrip("\n")
    put(firmware, {**FIRMWARES["cmake"], "CMakeLists.txt": text})
    assert run("add", *BOARD, "../models/sine.tflite", "--apply") == 0
    lists = firmware / "CMakeLists.txt"
    with lists.open("a") as file:
        file.write("target_compile_definitions(fw.elf PRIVATE A=1)\n")
    assert "\ntarget_compile_definitions(" in lists.read_text("utf-8")
    assert run("remove") == 0
    assert lists.read_text("utf-8") == f"{text}\ntarget_compile_definitions(fw.elf PRIVATE A=1)\n"


def test_a_library_whose_markers_are_damaged_stays(firmware: Path, capsys: Capture) -> None:
    put(firmware, FIRMWARES["cmake"])
    assert run("add", *BOARD, "../models/sine.tflite", "--apply") == 0
    lists = firmware / "CMakeLists.txt"
    lists.write_text(lists.read_text("utf-8").replace("# <<< mlfgen: mlf\n", ""), "utf-8")
    assert refused(capsys, "remove") == (
        "error: CMakeLists.txt: the lines for mlf can't be removed: of the two comments around them, only "
        "'# >>> mlfgen: mlf' is left\n hint: remove these lines and the comment by hand, then run the command again\n"
    )
    put(firmware, FIRMWARES["cmake"])
    assert run("remove") == 0


def test_lines_that_were_pasted_are_named_when_the_library_goes(firmware: Path, capsys: Capture) -> None:
    pasted = "add_subdirectory(mlf)\ntarget_link_libraries(fw.elf PRIVATE mlf::models)\n"
    put(firmware, {"CMakeLists.txt": FIRMWARES["cmake"]["CMakeLists.txt"] + pasted, "main.c": ""})
    assert run("add", *BOARD, "../models/sine.tflite") == 0
    capsys.readouterr()
    assert run("remove", "--dry-run", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["pasted"] == [{"file": "CMakeLists.txt", "lines": pasted.splitlines()}]
    assert run("remove") == 0
    assert (
        "CMakeLists.txt still has lines for the library; remove them by hand:\n  add_subdirectory(mlf)\n"
        "  target_link_libraries(fw.elf PRIVATE mlf::models)\n"
    ) in capsys.readouterr().out


def test_a_makefile_that_still_includes_the_library_is_named(firmware: Path, capsys: Capture) -> None:
    put(firmware, {"Makefile": "-include ./mlf/mlf.mk\na.elf: a.o\n\t$(CC) -o $@ $^ $(LDLIBS)\n", "a.c": ""})
    assert run("add", *BOARD, "../models/sine.tflite") == 0
    assert run("remove") == 0
    assert "Makefile still has lines for the library" in capsys.readouterr().out


def test_lines_come_back_when_the_library_can_not_be_removed(
    firmware: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    put(firmware, {**FIRMWARES["cmake"], "tests/CMakeLists.txt": "enable_testing()\n"})
    assert run("add", *BOARD, *GOLDEN, "--tests", "--apply") == 0
    real = remove_project

    def denied(target: Path, top: Path, *, force: bool, dry_run: bool) -> Report:
        if not dry_run:
            raise TargetError("it can't be removed: Permission denied")
        return real(target, top, force=force, dry_run=True)

    monkeypatch.setattr("generator.pipeline.library_remove.remove_project", denied)
    assert "it can't be removed: Permission denied" in refused(capsys, "remove")


def test_lines_that_name_files_of_a_model_go_with_it(firmware: Path, capsys: Capture) -> None:
    put(firmware, {**FIRMWARES["cmake"], "tests/CMakeLists.txt": "enable_testing()\n"})
    assert run("add", *BOARD, "../models/branchy.tar", "--apply") == 0
    before = tree(firmware)
    assert run("add", *GOLDEN, "--tests", "--pool", "workspace=sdram", "--apply") == 0
    assert "mlf/model/sections.ld" in (firmware / "CMakeLists.txt").read_text("utf-8")
    assert "add_subdirectory(mlf)" in (firmware / "tests" / "CMakeLists.txt").read_text("utf-8")
    capsys.readouterr()
    # they are not out of date as long as the model is there
    assert run("update", "mlf") == 0
    assert "have changed" not in capsys.readouterr().out
    after = tree(firmware)
    assert run("remove", "sine", "--dry-run") == 0
    assert tree(firmware) == after and "-add_subdirectory(mlf)" in capsys.readouterr().out
    assert run("remove", "sine") == 0
    assert (
        "changed CMakeLists.txt\nchanged tests/CMakeLists.txt\nmodels left: branchy_int8\n"
        in capsys.readouterr().out
    )
    after = tree(firmware)
    assert all(after[name] == before[name] for name in ("CMakeLists.txt", "tests/CMakeLists.txt"))
    assert set(after) == set(before)


def test_names_of_models_are_offered_to_a_shell(firmware: Path) -> None:
    put(firmware, FIRMWARES["cmake"])
    assert library_names_offered() == ()
    assert run("add", *BOARD, "../models/sine.tflite", "../models/branchy.tar") == 0
    assert library_names_offered() == ("sine", "branchy_int8")


def library_names_offered() -> tuple[str, ...]:
    parser = parsers_of(build_parser())["remove"]
    action = next(action for action in parser._actions if action.dest == "names")
    found: tuple[str, ...] = action.completer(parsed_args=parser.parse_args([]))  # type: ignore[attr-defined]
    return found


GOLDEN = ["../models/sine.tflite", "--golden", "../models/sine.npz"]


@pytest.mark.parametrize(
    ("form", "more", "found"),
    [
        ("zephyr-module", {}, ["tests/mlf/CMakeLists.txt", "tests/mlf/prj.conf", "tests/mlf/src/main.c"]),
        ("zephyr-module", {"tests/a/tests.yaml": ""}, ["tests/mlf/tests.yaml"]),
        (
            "zephyr-module",
            {"tests/a/testcase.yaml": "", "tests/b/tests.yaml": ""},
            ["tests/mlf/testcase.yaml"],
        ),
        (
            "cmake",
            {"test/CMakeLists.txt": "enable_testing()\n"},
            ["test/mlf/CMakeLists.txt", "test/mlf/test_mlf.c"],
        ),
        ("cubeide", {}, ["tests/mlf/Makefile", "tests/mlf/test_mlf.c"]),
        ("sources", {"tests/CMakeLists.txt": "include(CTest)\n"}, ["tests/mlf/CMakeLists.txt"]),
        ("sources", {"project.yml": ":project:\n  :build_root: b\n"}, ["test/mlf/test_mlf.c"]),
        ("platformio", {}, ["test/test_mlf/test_main.c"]),
    ],
)
def test_tests_go_where_the_repository_keeps_its_own(
    form: str, more: dict[str, str], found: list[str], firmware: Path, capsys: Capture
) -> None:
    put(firmware, {**FIRMWARES[form], **more})
    before = tree(firmware)
    assert run("add", *BOARD, *GOLDEN, "--tests", "--apply") == 0
    assert "to run them: " in capsys.readouterr().out
    after = tree(firmware)
    assert set(found) <= set(after)
    library = "lib/mlf/" if form == "platformio" else "mlf/"
    tests = {path for path in after if path not in before and not path.startswith(library)}
    assert len({path.rpartition("/")[0].removesuffix("/src") for path in tests}) == 1
    # they are part of what is updated and removed
    assert run("add", "../models/branchy.tar", "--golden", str(SAMPLES / "branchy.npz")) == 0
    assert run("update", library) == 0
    assert set(found) <= set(tree(firmware))
    assert run("remove") == 0
    assert tree(firmware) == before


def test_tests_that_were_edited_are_the_users(firmware: Path, capsys: Capture) -> None:
    put(firmware, FIRMWARES["cmake"])
    assert run("add", *BOARD, *GOLDEN, "--tests", "checks/nets") == 0
    test, lists = firmware / "checks" / "nets" / "test_mlf.c", firmware / "checks" / "nets" / "CMakeLists.txt"
    generated = test.read_bytes()
    test.write_bytes(b"mine\n")
    lists.unlink()
    assert run("update", "mlf") == 0
    assert "tests: 1 file created, 1 kept" in capsys.readouterr().out
    assert test.read_bytes() == b"mine\n" and lists.is_file()
    assert run("update", "mlf", "--force") == 0
    assert test.read_bytes() == generated
    test.write_bytes(b"mine\n")
    # into another folder, and away
    assert run("add", "--tests", "other") == 0
    assert (
        test.read_bytes() == b"mine\n"
        and not lists.exists()
        and (firmware / "other" / "test_mlf.c").is_file()
    )
    assert run("add", "--no-tests") == 0
    assert not (firmware / "other").exists()
    assert (
        "tests"
        not in json.loads((firmware / "mlf" / "project.json").read_text("utf-8"))["options"]["library"]
    )


@pytest.mark.parametrize("more", [["--no-tests"], ["--tests", "other/mlf"]])
def test_lines_of_tests_that_go_are_named(more: list[str], firmware: Path, capsys: Capture) -> None:
    put(firmware, {**FIRMWARES["cmake"], "tests/CMakeLists.txt": "enable_testing()\n"})
    before = tree(firmware)
    assert run("add", *BOARD, *GOLDEN, "--tests", "--apply") == 0
    capsys.readouterr()
    assert run("add", *more) == 0
    printed = capsys.readouterr().out
    assert printed.endswith(
        "lines to remove from the firmware's build:\ntests/CMakeLists.txt:\n  add_subdirectory(mlf)\n"
        "to change them: mlfgen add --apply\n"
    )
    assert b"add_subdirectory(mlf)" in (firmware / "tests" / "CMakeLists.txt").read_bytes()
    assert run("add", "--apply") == 0
    printed = capsys.readouterr().out
    assert "-add_subdirectory(mlf)" in printed and "lines to remove" not in printed
    assert (firmware / "tests" / "CMakeLists.txt").read_bytes() == before["tests/CMakeLists.txt"]


def test_tests_that_cannot_be_are_refused(firmware: Path, capsys: Capture) -> None:
    put(firmware, FIRMWARES["cmake"])
    argv = ["add", *BOARD, *GOLDEN]
    message = refused(capsys, "add", *BOARD, "../models/sine.tflite", "--tests")
    assert "no recorded inputs and outputs are given" in message and "--golden [MODEL=]FILE.npz" in message
    assert "need their own folder in the firmware" in refused(capsys, *argv, "--tests", "mlf/tests")
    assert "need their own folder in the firmware" in refused(capsys, *argv, "--tests", "../tests")
    assert "the tests' folder must have a plain name" in refused(capsys, *argv, "--tests", "a b")
    message = refused(capsys, "add", *BOARD, "--tests", "../models/sine.tflite")
    assert "this is a file" in message and "mlfgen add MODEL --tests" in message
    put(firmware, {"tests/mlf/CMakeLists.txt": "mine\n"})
    message = refused(capsys, *argv, "--tests")
    assert "was not written by mlfgen" in message and "--tests FOLDER" in message
    shutil.rmtree(firmware / "tests")
    (firmware / "tests").symlink_to(firmware.parent / "models")
    assert "behind a link" in refused(capsys, *argv, "--tests")


def test_a_record_of_tests_elsewhere_is_refused(firmware: Path, capsys: Capture) -> None:
    put(firmware, {**FIRMWARES["cmake"], "precious.c": "x\n"})
    assert run("add", *BOARD, *GOLDEN, "--tests") == 0
    record = firmware / "mlf" / "project.json"
    text = record.read_text("utf-8")
    digest = hashlib.sha256(b"x\n").hexdigest()
    for change in (
        {"files": {"precious.c": digest}},
        {"folder": "../elsewhere", "files": {}},
        {"manner": "none"},
        {"description": "../x"},
        {"files": []},
    ):
        document = json.loads(text)
        document["options"]["library"]["tests"].update(change)
        record.write_text(json.dumps(document), "utf-8")
        assert "'options.library' is damaged" in refused(capsys, "update", "mlf")
        assert "'options.library' is damaged" in refused(capsys, "remove")
    assert (firmware / "precious.c").is_file()


def test_tests_are_as_before_where_the_library_cannot_be_written(
    firmware: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(firmware, FIRMWARES["cmake"])

    def full(*_: object, dry_run: bool, **__: object) -> None:
        raise TargetError("it can't be written: No space left on device")

    monkeypatch.setattr("generator.pipeline.generate.write_project", full)
    before = tree(firmware)
    assert run("add", *BOARD, *GOLDEN, "--tests") == 2
    assert tree(firmware) == before and not (firmware / "tests").exists()


def test_models_without_recordings_have_no_tests_left(firmware: Path) -> None:
    put(firmware, FIRMWARES["cmake"])
    assert run("add", *BOARD, *GOLDEN, "--tests") == 0
    assert run("add", "../models/branchy.tar") == 0
    assert (firmware / "tests" / "mlf" / "test_mlf.c").is_file()
    assert run("remove", "sine") == 0
    assert not (firmware / "tests").exists()
