"""`west mlf …`: mlfgen in a west workspace. What it builds finds the workspace's Zephyr and sources."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from west.commands import WestCommand

HERE = Path(__file__).resolve().parent
#: the clone of mlfgen that the manifest names as a project, or None for a copy of this file elsewhere
CLONE = HERE.parents[1] if HERE.parts[-2:] == ("templates", "west") else None


class Mlf(WestCommand):
    def __init__(self):
        super().__init__(
            "mlf",
            "turn neural networks into firmware (mlfgen)",
            "Everything after 'west mlf' is passed on to mlfgen, which runs in the current folder.",
            accepts_unknown_args=True,
        )

    def do_add_parser(self, parser_adder):
        # Without a --help of its own: `west mlf --help` is mlfgen's.
        return parser_adder.add_parser(self.name, add_help=False, description=self.description)

    def do_run(self, args, unknown):
        env = dict(os.environ)
        env.setdefault("MLF_WORKSPACE", self.topdir)
        zephyr = self._zephyr_base()
        if zephyr is not None:
            env.setdefault("ZEPHYR_BASE", zephyr)
        sys.exit(subprocess.run([*self._mlfgen(env), *unknown], env=env, check=False).returncode)

    def _mlfgen(self, env):
        if CLONE is not None:
            env["PYTHONPATH"] = os.pathsep.join(filter(None, (str(CLONE), env.get("PYTHONPATH"))))
            return [sys.executable, "-m", "generator"]
        if importlib.util.find_spec("generator") is not None:
            return [sys.executable, "-m", "generator"]
        if shutil.which("mlfgen") is not None:
            return ["mlfgen"]
        self.die("mlfgen is not installed: pip install mlfgen, with the Python that runs west")

    def _zephyr_base(self):
        """Of the manifest's project, or None where it names none or has not fetched it."""
        for project in self.manifest.projects if self.manifest is not None else ():
            if project.name == "zephyr" and project.is_cloned():
                return project.abspath
        return None
