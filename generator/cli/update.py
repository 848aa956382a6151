"""``mlfgen update``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from generator.cli.generate import as_json, changes_text, load_template_of, write
from generator.cli.json_error import error_json
from generator.cli.terminal import paint, print_error
from generator.errors import MlfgenError, UsageError
from generator.model.options import options_of
from generator.pipeline.generate import GenerateResult, generate
from generator.pipeline.inputs import GenerateRequest
from generator.pipeline.kept_options import updated_request
from generator.pipeline.projects import load_projects
from generator.toolchain.cache import cache_folder
from generator.wording import counted


def run(args: argparse.Namespace) -> int:
    given = {o.name: getattr(args, o.name) for o in options_of("generate") if hasattr(args, o.name)}
    app = Path(args.app)
    projects = load_projects(app)
    if projects in ((), (app,)):
        return write(_request(app, tuple(args.models), given, args), args)
    settings = getattr(args, "settings", {})
    typed = [name for name, value in given.items() if settings.get(name) != value]
    if args.models or typed:
        raise UsageError(
            "models and options are for one application, and this folder has "
            f"{counted(len(projects), 'application or library', 'applications and libraries')} below it",
            where=str(app),
            hint=f"name one, for example: mlfgen update {projects[0]}",
        )
    return _update_all(projects, args)


def _request(
    app: Path, models: tuple[str, ...], given: dict[str, Any], args: argparse.Namespace
) -> GenerateRequest:
    request = updated_request(app, models, given, force=args.force, dry_run=args.dry_run)
    template = load_template_of(request.template_source)
    return replace(request, template=template, cache=cache_folder(dict(os.environ)))


def _update_all(projects: tuple[Path, ...], args: argparse.Namespace) -> int:
    """Each by itself: one that can't be generated leaves the others alone. The exit code is the first failure's."""
    results: list[GenerateResult | MlfgenError] = []
    for project in projects:
        try:
            results.append(generate(_request(project, (), {}, args)))
        except MlfgenError as error:
            results.append(error)
        if not args.json:
            _print(project, results[-1], args)
    failures = [result for result in results if isinstance(result, MlfgenError)]
    if args.json:
        documents = [
            {"target": str(project), "error": error_json(result)}
            if isinstance(result, MlfgenError)
            else as_json(result)
            for project, result in zip(projects, results, strict=True)
        ]
        print(json.dumps({"projects": documents}, indent=2))
    elif failures:
        print(f"{len(projects) - len(failures)} of {len(projects)} were generated")
    return failures[0].exit_code if failures else 0


def _print(project: Path, result: GenerateResult | MlfgenError, args: argparse.Namespace) -> None:
    if isinstance(result, MlfgenError):
        sys.stdout.flush()
        print_error(result, f"{project}: ")
        return
    print(f"{paint(str(project), 'bold')}: {changes_text(result.report, would=args.dry_run)}")
