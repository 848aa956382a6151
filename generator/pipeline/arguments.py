"""Parsed arguments become requests: texts are split, numbers checked."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from generator.errors import UsageError
from generator.model.options import GenerateOptions
from generator.pipeline.inputs import GenerateRequest


def generate_request(
    args: argparse.Namespace,
    *,
    output: Path | None = None,
    template: Path | None = None,
    served: bool = False,
) -> GenerateRequest:
    """output wins over ``--output``; served: see GenerateRequest. UsageError for what can't be split."""
    chosen = getattr(args, "output", None)
    if chosen == "" or "" in args.models:
        raise UsageError(
            "--output is empty" if chosen == "" else "the name of a model is empty",
            hint="check the variable that it comes from",
        )
    return GenerateRequest(
        models=tuple(Path(model) for model in args.models),
        board=args.board,
        options=generate_options(args),
        tflite=files_by_model(args.tflite, "--tflite"),
        goldens=files_by_model(args.golden, "--golden"),
        golden_prefix=args.golden_prefix,
        output=output or (Path(chosen) if chosen else None),
        template=template,
        template_cache=cache_folder(dict(os.environ)),
        force=getattr(args, "force", False),
        dry_run=getattr(args, "dry_run", False),
        served=served,
    )


def cache_folder(env: Mapping[str, str]) -> Path | None:
    """The user's own folder for compiled templates, made if need be; None where there can be none."""
    root = env.get("XDG_CACHE_HOME") or (env["HOME"] + "/.cache" if env.get("HOME") else "")
    if not Path(root).is_absolute():
        return None
    folder = Path(root) / "mlfgen" / "templates"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    # what is compiled is run, so nobody else may put it there
    owned = not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid()
    return folder if owned and os.access(folder, os.W_OK) else None


def generate_options(args: argparse.Namespace) -> GenerateOptions:
    pools = pairs(args.pool, "--pool", "NAME=POOL")
    reserved = reserved_bytes(args.reserve)
    if args.pools_file is not None:
        from generator.readers.pools_file import load_pools_file

        kept = load_pools_file(Path(args.pools_file))
        pools = {**kept.pools, **pools}
        reserved = {**kept.reserved_bytes, **reserved}
    return GenerateOptions(
        rtos=args.rtos,
        pools=pools,
        reserved_bytes=reserved,
        share_workspace=args.share_workspace,
        stack_bytes=args.stack_bytes,
        planner=args.planner,
        project_type=args.project_type,
    )


def reserved_bytes(texts: Iterable[str]) -> dict[str, int]:
    """``--reserve`` as region -> bytes."""
    return {
        name: size_bytes(text, f"--reserve {name}")
        for name, text in pairs(texts, "--reserve", "REGION=BYTES").items()
    }


def pairs(texts: Iterable[str], flag: str, shape: str) -> dict[str, str]:
    """``a=b`` texts, each name once."""
    result: dict[str, str] = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator or not name or not value:
            raise UsageError(f"{flag} {text}: not of the form {shape}", hint=f"write {flag} {shape}")
        if name in result:
            raise UsageError(f"{flag}: '{name}' is given twice", hint="give it once")
        result[name] = value
    return result


_UNITS = {"": 1, "k": 1024, "m": 1024 * 1024}


def size_bytes(text: str, flag: str) -> int:
    """``32768``, ``0x8000``, ``32K`` or ``1M``."""
    unit = text[-1:].lower() if text[-1:].lower() in ("k", "m") else ""
    number = text[: len(text) - len(unit)]
    try:
        value = int(number, 0) * _UNITS[unit]
    except ValueError:
        value = -1
    if not 0 <= value <= 1 << 32:
        raise UsageError(f"{flag}: '{text}' is no size", hint="write bytes (32768, 0x8000) or 32K, 1M")
    return value


def files_by_model(texts: Iterable[str], flag: str) -> dict[str, Path]:
    """``[MODEL=]FILE``; the key of a file without a model is empty."""
    result: dict[str, Path] = {}
    for text in texts:
        name, separator, file = text.partition("=")
        # A file's own name may hold '=': then what stands before it is a path, not a model.
        if not separator or "/" in name or "." in name:
            name, file = "", text
        if not file:
            raise UsageError(f"{flag} {text}: the file is missing", hint=f"write {flag} [MODEL=]FILE")
        if name in result:
            raise UsageError(
                f"{flag} is given twice for one model", hint=f"write {flag} MODEL=FILE for each model"
            )
        result[name] = Path(file)
    return result
