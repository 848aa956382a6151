"""Pools that are used only where they are asked for."""

from __future__ import annotations

from pathlib import Path

from generator.compose.board_pools import pools_left
from generator.compose.pools import PoolMap
from generator.model.board import Board
from generator.model.options import ZEPHYR, GenerateOptions
from generator.readers.board.board import parse_board

BOARDS = Path(__file__).parents[3] / "boards"


def board() -> Board:
    """A board whose external memory needs asking for."""
    text = (BOARDS / "stm32f746g_disco.yaml").read_text("utf-8")
    return parse_board(
        text.replace("    region: sdram\n", "    region: sdram\n    on_request: true\n", 1), "mine"
    )


def options(**pools: str) -> GenerateOptions:
    return GenerateOptions(ZEPHYR, pools, {}, False, 4096, "portfolio")


def test_workspace_is_not_spread_to_them() -> None:
    places = PoolMap(board(), options())
    assert [pool.name for pool in places.writable()] == ["sram", "dtcm"]


def test_the_planner_of_a_board_is_not_given_them() -> None:
    assert {pool.name for pool in pools_left(board(), ZEPHYR, 4096, {})} == {"sram", "dtcm"}
    assert "sdram" in {pool.name for pool in pools_left(board(), ZEPHYR, 4096, {}, on_request=True)}


def test_a_name_or_an_alias_leads_there() -> None:
    assert PoolMap(board(), options(workspace="sdram")).place("workspace").name == "sdram"
    assert PoolMap(board(), options(workspace="external")).place("workspace").name == "sdram"
    assert PoolMap(board(), options(workspace="sram,sdram")).candidates("workspace")[1].name == "sdram"
