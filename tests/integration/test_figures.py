"""Figures of the README and of docs/kernels.md, measured again."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: the compiler that the pages name
COMPILER = "12.2"
#: an instruction more or less in a loop is no news; a kernel that has become slower is
TOLERANCE = 0.01

pytestmark = [pytest.mark.firmware, pytest.mark.slow]


@pytest.fixture(scope="module", autouse=True)
def tools() -> None:
    pytest.importorskip("unicorn", reason="the extra 'virtual' is not installed")
    for tool in ("arm-none-eabi-gcc", "cmake", "ninja"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    version = subprocess.run(["arm-none-eabi-gcc", "-dumpfullversion"], capture_output=True, text=True).stdout
    if not version.startswith(COMPILER):
        pytest.skip(f"the figures are those of arm-none-eabi-gcc {COMPILER}, not {version.strip()}")


def benchmark(name: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / name), *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rows(text: str, first: str) -> list[list[str]]:
    """The cells of the tables in text whose first column begins so."""
    lines = (line for line in text.splitlines() if line.startswith(f"| {first}"))
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


def number(cell: str) -> float:
    return float(cell.replace(",", ""))


def test_the_readme_states_what_the_race_measures(shared: Path) -> None:
    measured = json.loads(benchmark("race.py", "--json", "kws", "resnet", "ad"))["models"]
    page = (ROOT / "README.md").read_text("utf-8")
    for name, figures in measured.items():
        (row,) = [cells for cells in rows(page, "") if cells[0].endswith(f"(`{name}`)")]
        assert figures["outputs"] == "exact"
        assert number(row[1]) == pytest.approx(figures["instructions"], rel=TOLERANCE), name
        assert number(row[2]) == pytest.approx(figures["ratio"], abs=0.01), name
        assert number(row[3]) == figures["ram_bytes"], name
        assert number(row[5]) == pytest.approx(figures["flash_bytes"], rel=TOLERANCE), name


def test_the_race_compares_with_the_outputs_that_count(shared: Path) -> None:
    models = shared / "tflite" / "models"
    names = ("tflm-trained_lstm_int8", "tflm-trained_lstm")
    measured = json.loads(benchmark("race.py", "--json", *(str(models / f"{name}.tflite") for name in names)))
    assert [measured["models"][name]["outputs"] for name in names] == ["exact", "close"]


def layers(text: str) -> dict[tuple[str, str], list[str]]:
    """(layer, kernel) -> instructions and the columns behind them."""
    found = (row for row in rows(text, "") if row[2].replace(",", "").isdigit())
    return {(row[0], row[1]): row[2:] for row in found}


def test_the_page_of_kernels_states_what_its_benchmark_measures() -> None:
    page = (ROOT / "docs" / "kernels.md").read_text("utf-8")
    stated = layers(page.partition("## Cost")[2].partition("\n## ")[0])
    measured = layers(benchmark("kernels.py"))
    assert stated.keys() == measured.keys()
    for layer, figures in stated.items():
        assert number(figures[0]) == pytest.approx(number(measured[layer][0]), rel=TOLERANCE), layer
        assert figures[-2:] == measured[layer][-2:], layer
