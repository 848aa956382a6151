"""``mlfgen template-dir``."""

from __future__ import annotations

import argparse

from generator import resources
from generator.pipeline.host_files import TEMPLATE_PROJECTS


def run(args: argparse.Namespace) -> int:
    print(resources.folder("templates") / TEMPLATE_PROJECTS / args.rtos)
    return 0
