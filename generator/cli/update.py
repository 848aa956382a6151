"""``mlfgen update``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from generator.cli.generate import as_json, changes_text, load_template_of, write
from generator.cli.json_error import error_json
from generator.cli.library_edits import print_tests
from generator.cli.terminal import paint, print_error
from generator.errors import UsageError
from generator.model.options import options_of
from generator.pipeline.inputs import GenerateRequest
from generator.pipeline.kept_options import updated_request
from generator.pipeline.projects import load_projects
from generator.pipeline.update import UpdateResult, update_all
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
    """The exit code is the first failure's."""
    done = update_all(projects, lambda project: _request(project, (), {}, args), dry_run=args.dry_run)
    if args.json:
        documents = [_as_json(project, done) for project in projects]
        print(json.dumps({"projects": documents, "written": [str(each) for each in done.written]}, indent=2))
    else:
        _print(projects, done, args)
    return next(iter(done.errors.values())).exit_code if done.errors else 0


def _as_json(project: Path, done: UpdateResult) -> dict[str, Any]:
    if project in done.errors:
        return {"target": str(project), "error": error_json(done.errors[project])}
    return as_json(done.results[project]) if project in done.results else {"target": str(project)}


def _print(projects: tuple[Path, ...], done: UpdateResult, args: argparse.Namespace) -> None:
    shown = (
        done.results
        if args.dry_run or not done.errors
        else {each: done.results[each] for each in done.written}
    )
    for project, result in shown.items():
        print(f"{paint(str(project), 'bold')}: {changes_text(result.report, would=args.dry_run)}")
        print_tests(result.tests, would=args.dry_run)
    sys.stdout.flush()
    for project, error in done.errors.items():
        print_error(error, f"{project}: ")
    if not done.errors or args.dry_run:
        return
    left = [str(each) for each in projects if each not in done.written]
    sys.stderr.flush()
    print(f"not updated: {', '.join(left)}" if done.written else "nothing was updated")
