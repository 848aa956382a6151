"""The options of the table as one typed value."""

from __future__ import annotations

from dataclasses import MISSING, fields

from generator.model.options import options_of
from generator.pipeline.options import OptionValues, option_values


def test_the_values_are_those_of_the_option_table() -> None:
    table = {option.name: MISSING if option.required else option.default for option in options_of("generate")}
    assert {field.name: field.default for field in fields(OptionValues)} == table


def test_what_is_not_among_the_options_is_left_out() -> None:
    values = option_values({"rtos": "zephyr", "board": "b", "json": True, "pool": ["a=b"]})
    assert values == OptionValues("zephyr", "b", pool=["a=b"])
