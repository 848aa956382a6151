"""All mistakes in the options of a request that can be found without reading a model."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from generator.compose.board_pools import check_rtos
from generator.compose.ides import project_ides
from generator.compose.option_checks import check_region, check_stack
from generator.compose.pools import PoolMap
from generator.errors import Mistakes, MlfgenError
from generator.model.board import Board
from generator.model.options import RTOSES, GenerateOptions
from generator.pipeline.boards import find_board
from generator.pipeline.models import load_model
from generator.pipeline.options import (
    OptionValues,
    effort_percent,
    files_by_model,
    ide_names,
    pairs,
    reserved_bytes,
)
from generator.planner.api import find_planner


def option_mistakes(values: OptionValues, models: tuple[Path, ...]) -> tuple[MlfgenError, ...]:
    """Each mistake once, with the message of whichever check finds it first.

    values: may hold choices that the option table does not have; what depends on them is not checked.
    """
    found = Mistakes()
    for model in models:
        if not model.exists():
            found.by(load_model, model)
    board = found.by(find_board, values.board)
    ides = found.by(ide_names, values.ide)
    found.by(check_stack, values.stack_bytes)
    found.by(effort_percent, values.effort)
    found.by(find_planner, values.planner)
    found.by(files_by_model, values.tflite, "--tflite")
    found.by(files_by_model, values.golden, "--golden")
    pools = [found.by(pairs, [text], "--pool", "NAME=POOL") for text in values.pool]
    regions = [found.by(reserved_bytes, [text]) for text in values.reserve]
    if board is not None and values.rtos in RTOSES:
        _check_with_board(
            found, board, values, ides or (), [p for p in pools if p], [r for r in regions if r]
        )
    return tuple({error.what: error for error in found.errors}.values())


def _check_with_board(
    found: Mistakes,
    board: Board,
    values: OptionValues,
    ides: tuple[str, ...],
    pools: list[dict[str, str]],
    regions: list[dict[str, int]],
) -> None:
    found.by(check_rtos, board, values.rtos)
    options = GenerateOptions(
        rtos=values.rtos,
        pools={},
        reserved_bytes={},
        share_workspace=values.share_workspace,
        stack_bytes=values.stack_bytes,
        planner=values.planner,
    )
    for pool in pools:
        found.by(PoolMap, board, replace(options, pools=pool))
    for region in regions:
        for name in region:
            found.by(check_region, board, name)
    for ide in ides:
        found.by(project_ides, board, replace(options, ides=(ide,)))
