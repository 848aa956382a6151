"""``mlfgen boards``."""

from __future__ import annotations

import argparse
import json

from generator.cli.terminal import table
from generator.model.board import Board
from generator.pipeline.boards import board_names, find_board


def run(args: argparse.Namespace) -> int:
    if args.board is not None:
        return _show(find_board(args.board), as_json=args.json)
    boards = [find_board(name) for name in board_names()]
    if args.json:
        print(json.dumps([_as_json(board) for board in boards], indent=2))
        return 0
    rows = [
        (board.name, board.title, board.core.cpu, ", ".join(board.rtoses), _memories(board), _runs(board))
        for board in boards
    ]
    print("\n".join(table(("name", "board", "core", "RTOS", "memories", "emulator"), rows)))
    print("to use another board, describe it in a file: --board path/to/board.yaml (docs/boards.md)")
    return 0


def _show(board: Board, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps(_as_json(board), indent=2))
        return 0
    mhz = board.core.clock_hz / 1e6
    print(f"{board.name}: {board.title}, {board.core.cpu}, FPU {board.core.fpu}, {mhz:g} MHz")
    print(f"RTOS: {', '.join(board.rtoses)}; emulator: {_runs(board)}")
    rows = [
        (
            pool.name,
            ", ".join(pool.aliases),
            pool.region,
            f"0x{board.region(pool.region).base:08x}",
            f"{board.region(pool.region).size_bytes:,}",
            str(pool.alignment_bytes),
            f"{board.region(pool.region).access_cost:g}",
        )
        for pool in board.pools
    ]
    header = ("pool", "aliases", "region", "base", "bytes", "alignment", "access cost")
    print("\n".join(table(header, rows, right=(4, 5, 6))))
    return 0


def _memories(board: Board) -> str:
    return ", ".join(f"{region.name} {region.size_bytes // 1024} KB" for region in board.regions)


def _runs(board: Board) -> str:
    return board.run.emulator if board.run is not None else "no"


def _as_json(board: Board) -> dict[str, object]:
    return {
        "name": board.name,
        "title": board.title,
        "cpu": board.core.cpu,
        "fpu": board.core.fpu,
        "dsp": board.core.dsp,
        "clock_hz": board.core.clock_hz,
        "rtoses": list(board.rtoses),
        "regions": [
            {"name": r.name, "base": r.base, "size_bytes": r.size_bytes, "writable": r.writable}
            for r in board.regions
        ],
        "pools": [
            {
                "name": p.name,
                "aliases": list(p.aliases),
                "region": p.region,
                "alignment_bytes": p.alignment_bytes,
                "sections": {rtos: placement.section for rtos, placement in p.placements.items()},
            }
            for p in board.pools
        ],
        "emulator": _runs(board),
    }
