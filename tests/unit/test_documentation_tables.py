"""Tables of the documentation that repeat what the code defines."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from generator.cli.main import COMMANDS
from generator.cli.settings import NEVER
from generator.model.ides import DEFAULT_IDES, IDES
from generator.model.library import LIBRARY_FORMS
from generator.model.options import OPTIONS
from generator.model.running import QEMU_ARGUMENTS
from generator.pipeline.board_names import board_names
from generator.pipeline.boards import find_board
from generator.pipeline.plan import PlanRequest, plan_source
from generator.planner.api import BUILT_IN
from generator.projectapi.protocol import ErrorCode
from generator.readers.archive.mlf import load_archive
from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).parents[2]
KERNELS = ROOT / "templates" / "runtime" / "kernels"


def page(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def table(name: str, head: str) -> list[list[str]]:
    """The cells of the table of a page whose first column is called so."""
    _, _, rest = page(name).partition(f"\n| {head} |")
    assert rest, f"{name} has no table that begins with '{head}'"
    lines = rest.splitlines()[2:]
    rows = lines[
        : next((number for number, line in enumerate(lines) if not line.startswith("|")), len(lines))
    ]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]


def quoted(cells: Iterable[str]) -> list[str]:
    """What stands in backticks."""
    return [text for cell in cells for text in re.findall(r"`([^`]+)`", cell)]


def test_the_readme_lists_every_command() -> None:
    listed = quoted(row[0] for row in table("README.md", "command"))
    assert {text.removeprefix("mlfgen ") for text in listed} == COMMANDS.keys()


def test_the_readme_lists_every_dependency() -> None:
    if sys.version_info < (3, 11):
        pytest.skip("reads pyproject.toml with tomllib")
    import tomllib

    project = tomllib.loads(page("pyproject.toml"))["project"]
    extras = {name: rows for name, rows in project["optional-dependencies"].items() if name != "test"}
    needed = {
        re.split(r"[><=;]", text)[0] for rows in (project["dependencies"], *extras.values()) for text in rows
    }
    cells = [row[0] for row in table("README.md", "package")]
    listed = {name.strip() for cell in cells for name in re.split(r"[,;]", re.sub(r"\([^)]*\)", "", cell))}
    # Python 3.11 brings tomllib.
    assert listed == needed - {"tomli"}
    assert set(quoted(cells)) == extras.keys()


def test_the_page_of_boards_lists_every_driver_and_argument() -> None:
    names = quoted(row[0] for row in table("docs/boards.md", "driver"))
    port = ROOT / "templates" / "runtime" / "port" / "cortex_m"
    receivers = {path.stem.removesuffix("_receive") for path in port.glob("*_receive.c")}
    drivers = {path.stem for path in port.glob("*.c")} - {path.stem for path in port.glob("mlf_*.c")}
    assert set(names) == {name for name in drivers if not name.endswith("_receive")}
    assert receivers <= set(names)
    allowed = re.search(r"# allowed: (.+)", page("docs/boards.md"))
    assert allowed is not None
    assert set(re.findall(r"-\w+", allowed[1])) == QEMU_ARGUMENTS.keys()


def test_the_page_of_compatibility_lists_every_board() -> None:
    rows = table("docs/compatibility.md", "board")
    assert set(quoted(row[0] for row in rows)) == set(board_names())
    for names, *results, _ in rows:
        for board in map(find_board, quoted([names])):
            columns = zip(("none", "freertos", "zephyr"), results, strict=True)
            assert {rtos for rtos, result in columns if result != "-"} == set(board.rtoses), board.name


def test_the_page_of_ides_lists_every_name() -> None:
    rows = table("docs/ide.md", "name")
    assert quoted(row[0] for row in rows) == list(IDES)
    assert [row[0] for row in rows if "(default)" in row[0]] == [
        f"`{name}` (default)" for name in DEFAULT_IDES
    ]


def test_the_page_of_repositories_lists_every_form() -> None:
    assert set(quoted(row[1] for row in table("docs/repositories.md", "found"))) == set(LIBRARY_FORMS)


def test_the_page_of_planning_lists_every_planner() -> None:
    assert quoted(row[0] for row in table("docs/planning.md", "`--planner`")) == list(BUILT_IN)


def test_the_page_of_settings_lists_every_setting() -> None:
    sentence = re.search(r"A file may set (.+?)\. It may not", page("docs/settings.md"), re.DOTALL)
    assert sentence is not None
    assert set(quoted([sentence[1]])) == {option.name for option in OPTIONS} - NEVER


def test_the_page_of_host_driven_applications_lists_every_error() -> None:
    assert {int(row[0]) for row in table("docs/host-driven.md", "code")} == set(ErrorCode)


def test_the_page_of_security_lists_every_target_of_the_fuzzer() -> None:
    sentence = re.search(r"or to `all`: (.+?)\. The only", page("docs/security.md"), re.DOTALL)
    assert sentence is not None
    words = re.sub(r"\([^)]*\)", "", sentence[1]).replace(" and\n", ", ").replace(" and ", ", ")
    assert {word.strip() for word in words.split(",")} == TARGETS.keys()


def test_the_page_of_kernels_names_files_that_exist() -> None:
    rows = table("docs/kernels.md", "header")
    headers, makers = quoted(row[0] for row in rows), quoted(row[2] for row in rows)
    assert all((KERNELS / name).is_file() for name in headers)
    compiler = ROOT / "generator" / "compiler"
    folders = {name: compiler if "/" in name else compiler / "kernels" for name in makers}
    assert [name for name, folder in folders.items() if not (folder / name).is_file()] == []
    packed = {path.name for path in (compiler / "kernels").glob("*.py")}
    shared = {"__init__.py", "cmsis_nn.py", "kernel.py", "window.py"}
    assert packed - shared == {name for name in makers if "/" not in name}


# ---- figures that are computed


def plan_of(source: Path) -> tuple[int, str]:
    """(peak in bytes, certificate) of the only plan of a model or archive."""
    (planned,) = plan_source(PlanRequest(source))
    (use,) = planned.plan.uses
    return use.peak_bytes, str(use.certificate)


def test_the_page_of_planning_states_what_models_take(shared: Path) -> None:
    for name, peak, certificate in table("docs/planning.md", "model (.tflite, 16-byte alignment)"):
        found, proof = plan_of(shared / "models" / f"{name}.tflite")
        assert (f"{found:,}", proof) == (peak, f"optimal ({certificate})"), name


def archive_of(cell: str, shared: Path) -> Path:
    """The archive that a cell such as ``kws, AOT without USMP`` means."""
    model, _, kind = cell.partition(", ")
    return shared / "archives" / f"{model}-{'graph' if kind == 'graph' else 'aot-c-nousmp'}.tar"


def test_the_page_of_planning_states_what_archives_take(shared: Path) -> None:
    for cell, theirs, peak, certificate, *_ in table("docs/planning.md", "archive"):
        path = archive_of(cell, shared)
        found, proof = plan_of(path)
        assert (f"{found:,}", proof) == (peak, f"optimal ({certificate})"), cell
        (library,) = load_archive(path).models
        assert f"{library.workspace_bytes:,}" == theirs, cell
