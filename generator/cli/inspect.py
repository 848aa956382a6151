"""``mlfgen inspect``."""

from __future__ import annotations

import argparse
import json
import shlex
from pathlib import Path

from generator.cli.json_error import error_json
from generator.cli.needs import needs_json, needs_lines
from generator.cli.plan import planned_json
from generator.cli.request import reports_every_mistake, request_of
from generator.cli.settings import is_from_file
from generator.cli.terminal import archive_lines, memory_lines
from generator.cli.why import explained_json, explained_lines, plan_lines
from generator.errors import DoesNotFitError, UsageError
from generator.model.archive import Archive
from generator.model.tensor import Tensor
from generator.pipeline.boards import asks_zephyr
from generator.pipeline.inputs import inspect_models, load_archives
from generator.pipeline.options import files_by_model
from generator.pipeline.plan import explain_project, planned_of


def run(args: argparse.Namespace) -> int:
    if args.board is not None and is_from_file(args, "board") and asks_zephyr(args.board):
        raise UsageError(
            f"board '{args.board}' in the settings file is Zephyr's, and deriving it runs scripts of the workspace",
            where="--board",
            hint=f"if you trust the workspace, give the board on the command line: --board {shlex.quote(args.board)}",
        )
    return _inspect(args)


@reports_every_mistake
def _inspect(args: argparse.Namespace) -> int:
    if args.board is None:
        if args.plan or args.why:
            raise UsageError(
                f"--{'plan' if args.plan else 'why'} needs a board",
                hint="add --board BOARD (`mlfgen boards` lists the boards)",
            )
        tflite = files_by_model(args.tflite, "--tflite")
        archives = load_archives(tuple(Path(model) for model in args.models), tflite)
        if args.json:
            found = [_archive_json(archive) | {"needs": needs_json(archive)} for archive in archives]
            print(json.dumps({"archives": found}, indent=2))
        else:
            for archive in archives:
                print("\n".join([*archive_lines(archive), *needs_lines(archive)]))
            print("to see the memory map, add --board BOARD (`mlfgen boards` lists the boards)")
        return 0
    request = request_of(args)
    archives, project, short = inspect_models(request)
    planned = planned_of(project) if args.plan else {}
    explained = explain_project(archives, project, request.options) if args.why else ()
    if args.json:
        document: dict[str, object] = {
            "archives": [_archive_json(archive) for archive in archives],
            "memory": project.report.to_json(),
            "fits": short is None,
        }
        if args.plan:
            document["plans"] = {name: planned_json(each) for name, each in planned.items()}
        if args.why:
            document["why"] = [explained_json(each) for each in explained]
        if short is not None:
            document["error"] = error_json(short)
        print(json.dumps(document, indent=2))
        return 0 if short is None else short.exit_code
    for archive in archives:
        print("\n".join(archive_lines(archive)))
    print()
    print("\n".join(memory_lines(project.report)))
    if args.plan:
        print("\n" + "\n".join(plan_lines(archives, planned)))
    for each in explained:
        print("\n" + "\n".join(explained_lines(each, project.report)))
    if short is not None:
        raise DoesNotFitError(short.what, where=short.where, hint=short.hint)
    return 0


def _archive_json(archive: Archive) -> dict[str, object]:
    return {
        "label": archive.label,
        "sha256": archive.sha256,
        "version": archive.version,
        "tvm_version": archive.tvm_version,
        "models": [
            {
                "name": library.name,
                "executor": library.executor.value,
                "interface": library.interface.value,
                "entry": library.entry,
                "inputs": [_tensor_json(tensor) for tensor in library.inputs],
                "outputs": [_tensor_json(tensor) for tensor in library.outputs],
                "workspace_bytes": library.workspace_bytes,
                "io_in_workspace": library.io_in_workspace,
                "pools": [
                    {"name": pool.name, "size_bytes": pool.size_bytes, "constant": pool.constant}
                    for pool in library.caller_pools
                ],
                "internal_pools": [
                    {"symbol": pool.symbol, "size_bytes": pool.size_bytes, "constant": pool.constant}
                    for pool in library.internal_pools
                ],
                "workspace_calls": [
                    {"function": call.function, "variable": call.variable, "size_bytes": call.size_bytes}
                    for call in library.workspace_calls
                ],
                "cmsis_nn": list(library.cmsis_nn),
                "instructions": list(library.instructions),
            }
            for library in archive.models
        ],
    }


def _tensor_json(tensor: Tensor) -> dict[str, object]:
    return {
        "name": tensor.name,
        "dtype": tensor.dtype,
        "shape": list(tensor.shape) if tensor.shape is not None else None,
        "size_bytes": tensor.size_bytes,
        "scale": tensor.quantization.scale if tensor.quantization else None,
        "zero_point": tensor.quantization.zero_point if tensor.quantization else None,
        "scale_digits": tensor.quantization.digits if tensor.quantization else None,
    }
