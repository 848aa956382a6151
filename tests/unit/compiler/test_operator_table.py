from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

from generator.compiler.operators import CUSTOM_MODULES, MODULES

PAGE = Path(__file__).parents[3] / "docs" / "tflite.md"


def test_the_page_lists_just_the_operators_that_can_be_compiled() -> None:
    section = PAGE.read_text("utf-8").partition("## Operators")[2]
    rows = re.findall(r"^\| (`.+?) \|", section, re.MULTILINE)
    listed = set(re.findall(r"`(\w+)`", " ".join(rows)))
    assert listed == MODULES.keys() | CUSTOM_MODULES.keys()


def test_every_operator_has_a_file_that_lowers_it() -> None:
    for module in {*MODULES.values(), *CUSTOM_MODULES.values()}:
        assert callable(import_module(f"generator.compiler.operators.{module}").lower)
