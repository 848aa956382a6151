"""mlfgen's own projects through the Project API: the real server process, started as TVM's clients do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.model.options import OPTIONS
from generator.projectapi.project import project_options, split_lists
from generator.resources import folder

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "samples" / "sine.tar"
SHIM = "microtvm_api_server.py"


class Server:
    """The folder's own file in a process, on two pipes, as the client of TVM starts it."""

    def __init__(self, where: Path, launcher: Path, *arguments: str) -> None:
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        self.process = subprocess.Popen(
            [
                sys.executable,
                str(where / SHIM),
                "--read-fd",
                str(theirs_in),
                "--write-fd",
                str(theirs_out),
                *arguments,
            ],
            cwd=where,
            pass_fds=(theirs_in, theirs_out),
            env={**os.environ, "MLFGEN": str(launcher)},
            stderr=subprocess.PIPE,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._requests, self._answers = os.fdopen(ours_out, "wb", buffering=0), os.fdopen(ours_in, "rb")

    def __call__(self, method: str, **params: Any) -> dict[str, Any]:
        request = {"jsonrpc": "2.0", "id": 3, "method": method, "params": params}
        self._requests.write(json.dumps(request).encode() + b"\n")
        answer: dict[str, Any] = json.loads(self._answers.readline())
        return answer

    def generate(self, target: Path, **options: Any) -> dict[str, Any]:
        return self(
            "generate_project",
            model_library_format_path=str(SAMPLE),
            standalone_crt_dir="",
            project_dir=str(target),
            options=options,
        )

    def end(self) -> None:
        self._requests.close()
        self.process.communicate()


@pytest.fixture(scope="module")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``mlfgen`` of this checkout, whatever is installed."""
    script = tmp_path_factory.mktemp("bin") / "mlfgen"
    script.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from generator.cli.main import main\nsys.exit(main())\n"
    )
    script.chmod(0o755)
    return script


@pytest.fixture(scope="module")
def template(launcher: Path) -> Iterator[Server]:
    server = Server(folder("templates") / "projectapi" / "freertos", launcher)
    yield server
    server.end()


@pytest.fixture(scope="module")
def project(
    template: Server, launcher: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, Server]]:
    target = tmp_path_factory.mktemp("made") / "app"
    answer = template.generate(
        target, board="mps2_an500", project_type="host_driven", pool="io=sram, arena=sram", reserve="sram=4K"
    )
    assert answer.get("result", 1) is None, answer
    server = Server(target, launcher)
    yield target, server
    server.end()


def error_of(answer: dict[str, Any]) -> tuple[int, str]:
    return answer["error"]["code"], answer["error"]["message"]


def test_a_template_folder_offers_every_option_of_the_table(template: Server) -> None:
    info = template("server_info_query", tvm_version="0.12.0")["result"]
    assert info["is_template"] is True and info["model_library_format_path"] is None
    assert [option["name"] for option in info["project_options"]] == [
        option.name for option in OPTIONS if not {"add", "remove"} & set(option.stages)
    ]
    by_name = {option["name"]: option for option in info["project_options"]}
    assert by_name["rtos"]["default"] == "freertos" and by_name["rtos"]["required"] is None
    assert by_name["board"]["required"] == ["generate_project"]
    assert by_name["project_type"]["choices"] == ["standalone", "host_driven"]
    assert (by_name["pool"]["type"], by_name["pool"]["default"]) == ("str", None)
    assert by_name["transport"]["optional"] == ["flash", "open_transport"]


def test_an_old_tvm_is_refused_by_the_protocols_name(template: Server) -> None:
    assert error_of(template("server_info_query", tvm_version="0.7.0")) == (
        -32000,
        "UnsupportedTVMVersionError",
    )
    assert "result" in template("server_info_query", tvm_version="0.18.dev0")


def test_a_generated_project_knows_its_archive_and_its_options(project: tuple[Path, Server]) -> None:
    target, server = project
    info = server("server_info_query", tvm_version="0.12.0")["result"]
    assert (info["is_template"], info["platform_name"]) == (False, "freertos")
    assert Path(info["model_library_format_path"]).read_bytes() == SAMPLE.read_bytes()
    options = json.loads((target / "project.json").read_text())["options"]
    assert options["pools"] == {"arena": "sram", "io": "sram"}
    assert options["reserved_bytes"] == {"sram": 4096}


def test_the_file_in_a_project_is_short_and_names_no_path(project: tuple[Path, Server]) -> None:
    text = (project[0] / SHIM).read_text()
    assert len(text.splitlines()) < 20 and str(ROOT) not in text
    assert "/" not in text.replace('"""', "")


def test_errors_of_the_tools_reach_the_client_in_their_own_words(project: tuple[Path, Server]) -> None:
    server = project[1]
    code, message = error_of(server("open_transport", options={}))
    assert code == -32000 and "the image does not exist" in message
    code, message = error_of(server("open_transport", options={"transport": "usb"}))
    assert code == -32602 and "'transport' can't be 'usb'" in message
    code, message = error_of(server("flash", options={"transport": "serial"}))
    assert code == -32000 and "no program is known that can write images to this board" in message
    assert server("flash", options={})["result"] is None
    assert error_of(server("read_transport", n=1, timeout_sec=0))[1] == "TransportClosedError"


def test_what_can_not_be_generated_is_reported(
    template: Server, project: tuple[Path, Server], tmp_path: Path
) -> None:
    assert "option 'board' is required" in error_of(template.generate(tmp_path / "x"))[1]
    code, message = error_of(template.generate(tmp_path / "x", board="mps2_an50"))
    assert code == -32000 and "did you mean" in message
    assert "already exists" in error_of(template.generate(project[0], board="mps2_an500"))[1]
    assert (
        "a generated project, not a template"
        in error_of(project[1].generate(tmp_path / "x", board="mps2_an500"))[1]
    )
    assert not (tmp_path / "x").exists()


def test_a_relative_path_does_not_land_in_the_templates_folder(template: Server, tmp_path: Path) -> None:
    before = set((folder("templates") / "projectapi" / "freertos").iterdir())
    options = {"board": "mps2_an500"}
    paths = {"model_library_format_path": str(SAMPLE), "project_dir": str(tmp_path / "x")}
    for wrong in (
        {"project_dir": "app"},
        {"project_dir": "~/app"},
        {"model_library_format_path": "sine.tar"},
    ):
        given = {**paths, **wrong, "standalone_crt_dir": ""}
        code, message = error_of(template("generate_project", **given, options=options))
        assert code == -32000 and f"{next(iter(wrong.values()))}: a relative path" in message
    for option, value in (
        ("tflite", "sine.tflite"),
        ("golden", "sine.npz"),
        ("pools_file", "pools.yaml"),
        ("board", "boards/mine.yaml"),
    ):
        given = {**paths, "standalone_crt_dir": "", "options": {**options, option: value}}
        assert f"{value}: a relative path" in error_of(template("generate_project", **given))[1]
    assert set((folder("templates") / "projectapi" / "freertos").iterdir()) == before
    assert not (tmp_path / "x").exists()


def test_a_template_has_nothing_to_build_or_talk_to(template: Server) -> None:
    for method in ("build", "flash", "open_transport"):
        code, message = error_of(template(method, options={}))
        assert code == -32000 and "call generate_project" in message


def test_a_project_that_runs_by_itself_is_served_but_listens_to_nobody(
    template: Server, launcher: Path, tmp_path: Path
) -> None:
    assert template.generate(tmp_path / "alone", board="mps2_an500")["result"] is None
    server = Server(tmp_path / "alone", launcher)
    assert server("server_info_query", tvm_version="0.12.0")["result"]["is_template"] is False
    assert "it is not host-driven" in error_of(server("open_transport", options={}))[1]
    server.end()


def test_lists_are_text_with_commas() -> None:
    lists = [option.name for option in OPTIONS if option.kind == "list"]
    assert split_lists(dict.fromkeys(lists)) == {name: [] for name in lists}
    assert split_lists({"pool": " a=b , c=d,", "board": "x,y"}) == {"pool": ["a=b", "c=d"], "board": "x,y"}
    assert {option.type for option in project_options(None)} <= {"str", "int", "bool"}
