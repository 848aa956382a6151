"""Whole generated trees and template contexts, byte for byte as they are recorded.

``pytest --update-golden`` records them anew; the difference is then read like any other change. Copies of the
archive's C and of the runtime are left out, and hashes with them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from generator import __version__
from generator.model.ides import DEFAULT_IDES
from generator.model.options import GenerateOptions
from generator.pipeline.generate import generate
from generator.pipeline.inputs import GenerateRequest, compose_request
from generator.render.context import project_context

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "golden"
SAMPLES = ROOT / "samples"
SHARED = ROOT.parent / "shared"
COPIES = ("model/codegen/", "model/runtime/")
#: drawings are tested where they are made, and would be most of what is recorded
DRAWINGS = ("model/memory.html", "model/memory.svg")
MAX_BYTES = 380_000


@dataclass(frozen=True)
class Case:
    """archive: below samples/ or ../shared/archives."""

    archive: Path
    rtos: str
    board: str
    pools: dict[str, str] = field(default_factory=dict)
    tflite: str | None = None
    ides: tuple[str, ...] = DEFAULT_IDES


CASES = {
    "zephyr-pool": Case(SAMPLES / "sine.tar", "zephyr", "stm32f746g_disco", {"io": "dtcm"}, "sine.tflite"),
    "zephyr-graph": Case(SHARED / "archives" / "sine-graph.tar", "zephyr", "mps2_an385"),
    "zephyr-two-outputs": Case(SAMPLES / "branchy.tar", "zephyr", "native_sim"),
    "freertos-pool": Case(
        SAMPLES / "sine.tar", "freertos", "stm32f746g_disco", {"sram": "sdram"}, ides=("all",)
    ),
    "none-pool": Case(SAMPLES / "sine.tar", "none", "mps2_an500"),
}


def request_of(case: Case, output: Path) -> GenerateRequest:
    if not case.archive.is_file():
        pytest.skip(f"{case.archive.name} is not here (../shared)")
    return GenerateRequest(
        models=(case.archive,),
        board=case.board,
        options=GenerateOptions(case.rtos, case.pools, {}, False, 4096, "portfolio", ides=case.ides),
        tflite={"": SAMPLES / case.tflite} if case.tflite else {},
        output=output,
    )


def recorded(path: str) -> bool:
    return not path.startswith(COPIES) and path not in DRAWINGS


def tree_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def steady(path: str, data: bytes) -> bytes:
    """Without what changes with every release or with any byte of a file that is left out."""
    text = data.replace(f"mlfgen {__version__}".encode(), b"mlfgen VERSION")
    if path != "project.json":
        return text
    ledger = json.loads(data)
    ledger["version"] = "VERSION"
    del ledger["options"]["sources"]  # tells where the archives lie, as seen from the folder
    ledger["files"] = {name: entry for name, entry in ledger["files"].items() if recorded(name)}
    for entry in ledger["files"].values():
        entry["sha256"] = "SHA256"
    return (json.dumps(ledger, indent=2, ensure_ascii=False) + "\n").encode()


def compare(name: str, made: dict[str, bytes], update: bool) -> None:
    place = GOLDEN / name
    if update:
        for path in tree_of(place) if place.is_dir() else ():
            (place / path).unlink()
        for path, data in made.items():
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_bytes(data)
    wanted = tree_of(place)
    assert sorted(made) == sorted(wanted), "files appeared or went: --update-golden, then read the difference"
    for path in wanted:
        assert made[path].decode().splitlines() == wanted[path].decode().splitlines(), path
        assert made[path] == wanted[path], path


@pytest.mark.parametrize("name", CASES)
def test_the_tree_is_as_recorded(name: str, tmp_path: Path, update_golden: bool) -> None:
    target = tmp_path / "app"
    generate(request_of(CASES[name], target))
    made = {path: steady(path, data) for path, data in tree_of(target).items() if recorded(path)}
    compare(name, made, update_golden)


@pytest.mark.parametrize("name", ["zephyr-graph", "freertos-pool", "none-pool"])
def test_the_context_is_as_recorded(name: str, tmp_path: Path, update_golden: bool) -> None:
    project, _ = compose_request(request_of(CASES[name], tmp_path))
    text = json.dumps(project_context(project), indent=1, sort_keys=True) + "\n"
    compare(f"context-{name}", {"context.json": steady("context.json", text.encode())}, update_golden)


def test_what_is_recorded_stays_small() -> None:
    assert sum(len(data) for data in tree_of(GOLDEN).values()) < MAX_BYTES


def test_no_recorded_file_holds_a_path_or_a_date_of_this_computer() -> None:
    for path, data in tree_of(GOLDEN).items():
        text = data.decode()
        assert str(ROOT) not in text and str(Path.home()) + "/" not in text, path
        assert not re.search(r"\b20[2-9]\d-\d\d-\d\d\b", text), path
