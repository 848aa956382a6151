"""All files of an application: whose each one is, where it came from, and that none is there without need."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from generator import resources
from generator.model.output import OutputFile
from generator.model.project import Project
from generator.render.files import load_runtime, render_files

TEMPLATES = resources.folder("templates")
RUNTIME = TEMPLATES / "runtime"

Make = Callable[..., Project]


def files_of(project: Project) -> dict[str, OutputFile]:
    listed = render_files(project, TEMPLATES / project.rtos, load_runtime(RUNTIME))
    assert len({path for path, _ in listed}) == len(listed)
    return dict(listed)


def test_what_the_user_writes_is_the_users_and_model_is_ours(make_project: Make) -> None:
    for rtos in ("zephyr", "freertos", "none"):
        files = files_of(make_project("kws-aot-c-pool", rtos=rtos))
        kinds = {path: file.kind for path, file in files.items()}
        assert kinds["src/main.c"] == "user"
        assert kinds["CMakeLists.txt"] == kinds["README.md"] == kinds["west.yml"] == "seeded"
        assert {kind for path, kind in kinds.items() if path.startswith("model/")} == {"generated"}
        assert all(file.origin for file in files.values())


@pytest.mark.parametrize("rtos", ["zephyr", "freertos", "none"])
def test_the_runtime_is_copied_byte_for_byte_and_only_what_is_called(rtos: str, make_project: Make) -> None:
    aot = files_of(make_project("kws-aot-c-pool", rtos=rtos))
    graph = files_of(make_project("kws-graph", rtos=rtos))
    walker = {"model/runtime/src/mlf_graph.c", "model/runtime/include/mlf/graph.h"}
    assert not walker & aot.keys() and walker <= graph.keys()
    for files in (aot, graph):
        copied = {
            p.removeprefix("model/runtime/"): f for p, f in files.items() if p.startswith("model/runtime/")
        }
        assert not [path for path in copied if "rpc" in path], "the server is for host-driven applications"
        assert {path.split("/")[1] for path in copied if path.startswith("port/")} <= {rtos, "cortex_m"}
        for path, file in copied.items():
            assert file.data == (RUNTIME / path).read_bytes(), path
    unused = aot.keys() - graph.keys()
    assert {path for path in unused if path.startswith("model/runtime/")} == set()


def test_the_archives_c_is_untouched(make_project: Make, shared: Path) -> None:
    import tarfile

    files = files_of(make_project("kws-aot-c-pool"))
    with tarfile.open(shared / "archives" / "kws-aot-c-pool.tar") as tar:
        for member in tar.getmembers():
            _, found, rest = member.name.partition("codegen/host/")
            if found and member.isfile():
                stream = tar.extractfile(member)
                assert stream is not None
                assert files[f"model/codegen/{rest}"].data == stream.read()
    assert not [path for path in files if path.endswith((".params", ".relay", ".json")) and "codegen" in path]


def test_the_memory_report_is_the_projects(make_project: Make) -> None:
    project = make_project("kws-graph")
    report = json.loads(files_of(project)["model/memory.json"].data)
    assert report["regions"] == json.loads(json.dumps(project.report.to_json()["regions"]))
    plan = report["plans"]["default"]
    assert {pool["pool"] for pool in plan["pools"]} and plan["allocations"]


def test_no_text_has_a_carriage_return_a_tab_in_yaml_or_a_missing_line_end(make_project: Make) -> None:
    for rtos in ("zephyr", "freertos", "none"):
        for path, file in files_of(make_project("branchy-graph", rtos=rtos)).items():
            if path.startswith(("model/codegen/", "model/runtime/")):
                continue
            text = file.data.decode()
            assert text.endswith("\n") and "\r" not in text, path
            assert not path.endswith((".yml", ".yaml", ".conf")) or "\t" not in text, path
            assert not path.endswith((".c", ".h", ".yml")) or "\n\n\n" not in text, path


def test_an_application_is_small(make_project: Make) -> None:
    for rtos in ("zephyr", "freertos", "none"):
        files = files_of(make_project("kws-aot-c-pool", rtos=rtos))
        assert len(files) < 70
        assert sum(len(file.data) for file in files.values()) < 1_000_000
