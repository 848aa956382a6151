"""``mlfgen boards``."""

from __future__ import annotations

import argparse
import json
import shlex
from pathlib import Path

from generator.cli.terminal import table
from generator.emit.single import write_file
from generator.errors import UsageError
from generator.model.board import Board
from generator.pipeline.board_names import board_names
from generator.pipeline.boards import find_board
from generator.pipeline.derived_boards import derive_board
from generator.pipeline.measure import measure_system


def run(args: argparse.Namespace) -> int:
    if args.derive is not None:
        return _derive(args)
    for flag, value in (("--output", args.output), ("--measured", args.measured)):
        if value is not None:
            raise UsageError(f"{flag} needs --derive", hint="mlfgen boards --derive TARGET -o FILE")
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
    print("to use any board that Zephyr supports: --board zephyr:TARGET (`west boards` lists them)")
    print("to use another board, describe it in a file: --board path/to/board.yaml (docs/boards.md)")
    return 0


def _derive(args: argparse.Namespace) -> int:
    if args.board is not None:
        raise UsageError(
            f"--derive and '{args.board}' contradict each other", hint="mlfgen boards --derive TARGET -o FILE"
        )
    derived = derive_board(args.derive)
    if args.measured is not None:
        derived = derived.measured(measure_system(Path(args.measured), derived.board))
    if args.output is None:
        if args.json:
            return _show(derived.board, as_json=True)
        print(derived.text, end="")
        return 0
    path = Path(args.output)
    if path.exists() and not args.force:
        raise UsageError(
            "it exists already, and it may contain your corrections",
            where=str(path),
            hint="choose another file, or replace it with --force",
        )
    write_file(path, derived.text.encode())
    if not args.quiet:
        print(f"{path}: {derived.board.title}, {_memories(derived.board)}")
        print("next: correct what it marks as assumed, and use it: --board " + shlex.quote(str(path)))
    return 0


def _show(board: Board, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps(_as_json(board), indent=2))
        return 0
    print(f"{board.name}: {board.title}, {board.core.cpu}, FPU {board.core.fpu}, {_clock(board)}")
    print(f"RTOS: {', '.join(board.rtoses)}; emulator: {_runs(board)}")
    rows = [
        (
            pool.name + (" (on request)" if pool.on_request else ""),
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


def _clock(board: Board) -> str:
    """``216 MHz``, with the RTOSes under which it differs."""
    others = [
        f"{board.clock_hz(rtos) / 1e6:g} MHz under {rtos}"
        for rtos in board.rtoses
        if board.clock_hz(rtos) != board.core.clock_hz
    ]
    return ", ".join([f"{board.core.clock_hz / 1e6:g} MHz", *others])


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
        "clock_hz_by_rtos": {rtos: board.clock_hz(rtos) for rtos in board.rtoses},
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
                "on_request": p.on_request,
                "sections": {rtos: placement.section for rtos, placement in p.placements.items()},
            }
            for p in board.pools
        ],
        "emulator": _runs(board),
    }
