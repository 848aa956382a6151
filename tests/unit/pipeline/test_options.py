"""The options of the table as one typed value."""

from __future__ import annotations

import pytest
from msgspec import NODEFAULT
from msgspec.structs import fields

from generator.errors import UsageError
from generator.model.options import options_of
from generator.pipeline.options import OptionValues, ide_names, option_values


def test_the_values_are_those_of_the_option_table() -> None:
    table = {
        option.name: NODEFAULT if option.required else option.default for option in options_of("generate")
    }
    assert {field.name: field.default for field in fields(OptionValues)} == table


def test_what_is_not_among_the_options_is_left_out() -> None:
    values = option_values({"rtos": "zephyr", "board": "b", "json": True, "pool": ["a=b"]})
    assert values == OptionValues("zephyr", "b", pool=["a=b"])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("clangd,presets", ("presets", "clangd")),
        (" vscode , vscode", ("vscode",)),
        ("all", ("all",)),
        ("none", ()),
    ],
)
def test_ides_are_named_in_any_order(text: str, names: tuple[str, ...]) -> None:
    assert ide_names(text) == names


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ("vscod", "--ide: unknown IDE 'vscod'", "did you mean 'vscode'?"),
        ("vscode,", "--ide: unknown IDE ''", "known names: "),
        ("none,vscode", "--ide: 'none' excludes other names", "--ide none"),
    ],
)
def test_a_wrong_name_of_an_ide_is_reported(text: str, what: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        ide_names(text)
    assert caught.value.what == what
    assert (caught.value.hint or "").startswith(hint)
