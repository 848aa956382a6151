"""How and where a firmware's repository tests, as its files show."""

from __future__ import annotations

import re
from pathlib import Path

from generator.model.library import (
    CEEDLING,
    CMAKE,
    CTEST,
    MAKE,
    PIO_TEST,
    PLATFORMIO,
    ZEPHYR_MODULE,
    ZTEST,
    LibraryTests,
)
from generator.model.surroundings import Surroundings
from generator.readers.surroundings import TEST_FOLDERS

_CTEST = re.compile(
    r"^[ \t]*(?:enable_testing\s*\(|include\s*\(\s*CTest\b|add_test\s*\()", re.MULTILINE | re.IGNORECASE
)
_PIO_FOLDER = re.compile(r"^test_dir\s*=\s*([\w./-]+)\s*$", re.MULTILINE)
_CEEDLING = re.compile(r"^:(?:project|paths):", re.MULTILINE)
_NAME = "mlf"


def load_tests(around: Surroundings, form: str, folder: str | None) -> LibraryTests:
    """For a library of a form. folder: of its tests, as seen from the root; None for the usual place."""
    place = next((name for name in TEST_FOLDERS if (around.root / name).is_dir()), TEST_FOLDERS[0])
    if form == ZEPHYR_MODULE:
        module = around.module is not None or around.plain_module
        return LibraryTests(
            ZTEST,
            folder or f"{place}/{_NAME}",
            via_module=module and around.applications != (".",),
            description=_description(around.root / place, around.root / (folder or f"{place}/{_NAME}")),
        )
    if form == PLATFORMIO:
        named = _PIO_FOLDER.search(around.texts.get("platformio.ini", ""))
        return LibraryTests(PIO_TEST, folder or f"{named[1] if named else 'test'}/test_{_NAME}")
    if _CEEDLING.search(_text(around.root / "project.yml")):
        # Ceedling's own default
        place = place if (around.root / place).is_dir() else "test"
        return LibraryTests(CEEDLING, folder or f"{place}/{_NAME}")
    lists = (_text(around.root / each / "CMakeLists.txt") for each in (".", place))
    if form == CMAKE or any(map(_CTEST.search, lists)):
        return LibraryTests(CTEST, folder or f"{place}/{_NAME}")
    return LibraryTests(MAKE, folder or f"{place}/{_NAME}")


def _description(tests: Path, own: Path) -> str:
    """Newer Twisters read both names, and a repository keeps to one. own: the folder of the library's tests."""
    found = (
        {path.name for path in tests.rglob("*.yaml") if not path.is_relative_to(own)}
        if tests.is_dir()
        else set()
    )
    return "tests.yaml" if "tests.yaml" in found and "testcase.yaml" not in found else "testcase.yaml"


def _text(path: Path) -> str:
    try:
        return path.read_bytes()[: 1 << 20].decode("utf-8", "replace")
    except OSError:
        return ""
