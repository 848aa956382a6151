"""``mlfgen serve``."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from generator.projectapi import serve
from generator.projectapi.project import MlfgenProject
from generator.toolchain.runner import SystemRunner


def run(args: argparse.Namespace) -> int:
    project = MlfgenProject(Path(args.project or ".").absolute(), runner=SystemRunner(), env=dict(os.environ))
    serve(project, read_fd=args.read_fd, write_fd=args.write_fd, debug=args.debug)
    return 0
