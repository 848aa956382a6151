"""``mlfgen workspace``."""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

from generator.cli.terminal import paint
from generator.pipeline.workspace import WorkspacePlan, make_workspace, plan_workspace
from generator.toolchain.runner import SystemRunner
from generator.toolchain.workspace_folder import WORKSPACE, default_folder

_UPDATING = re.compile(r"=== updating (\S+)")


def run(args: argparse.Namespace) -> int:
    env = dict(os.environ)
    folder = Path(args.folder) if args.folder else None
    plan = plan_workspace(folder, args.rtos, env, args.module)
    if not args.json:
        print(_announcement(plan), flush=True)
    if not args.dry_run:
        make_workspace(plan, runner=SystemRunner(), env=env, on_line=_progress(plan, quiet=args.json))
    if args.json:
        print(json.dumps(_as_json(plan), indent=2))
    elif not args.dry_run:
        print(f"{paint(str(plan.folder), 'bold')}: ready")
        if plan.folder != default_folder(env):
            print(
                f"for applications outside this folder, run: export {WORKSPACE}={shlex.quote(str(plan.folder))}"
            )
    return 0


def _announcement(plan: WorkspacePlan) -> str:
    pinned = ", ".join(f"{project.name} {project.revision}" for project in plan.content.projects)
    if not plan.absent:
        return f"{plan.folder}: {pinned}; nothing is missing, updating to these revisions"
    names = ", ".join(project.name for project in plan.absent)
    unknown = [project.name for project in plan.absent if not project.download_bytes]
    more = f", and {', '.join(unknown)}, whose size is not known" if unknown else ""
    return (
        f"{plan.folder}: {pinned}\n"
        f"to fetch: {names}; about {plan.download_bytes / 1e6:,.0f} MB to download, "
        f"{plan.disk_bytes / 1e6:,.0f} MB on disk{more}"
    )


def _progress(plan: WorkspacePlan, *, quiet: bool) -> Callable[[str], None]:
    total = len(plan.content.all_projects)
    begun: list[str] = []

    def show(line: str) -> None:
        match = _UPDATING.match(line)
        if match is not None and not quiet:
            begun.append(match[1])
            print(f"[{len(begun)}/{total}] {match[1]}", file=sys.stderr, flush=True)

    return show


def _as_json(plan: WorkspacePlan) -> dict[str, object]:
    return {
        "folder": str(plan.folder),
        "projects": [
            {"name": project.name, "revision": project.revision, "path": project.path}
            for project in plan.content.projects
        ],
        "fetched": [project.name for project in plan.absent],
        "download_bytes": plan.download_bytes,
        "disk_bytes": plan.disk_bytes,
    }
