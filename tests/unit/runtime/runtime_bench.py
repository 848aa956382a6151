"""The C runtime on this computer, driven line by line: see bench.c."""

from __future__ import annotations

import subprocess
from pathlib import Path


class Bench:
    """bench.c, running; started again after a sanitizer has ended it."""

    def __init__(self, program: Path) -> None:
        self._program = program
        self._process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen([str(self._program)], stdin=pipe, stdout=pipe, stderr=pipe, text=True)

    def ask(self, command: str) -> str:
        """One line of answer. A sanitizer's complaint fails the test that caused it."""
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        return self._line(command)

    def story(self, name: str) -> list[str]:
        """All lines of a story."""
        lines = [self.ask(f"story {name}")]
        while lines[-1] != "end":
            lines.append(self._line(name))
        return lines[:-1]

    def close(self) -> None:
        _, problem = self._process.communicate()
        assert self._process.returncode == 0, problem[-4000:]

    def _line(self, command: str) -> str:
        assert self._process.stdout is not None
        answer = self._process.stdout.readline()
        if not answer.endswith("\n"):
            _, problem = self._process.communicate()
            self._process = self._start()
            raise AssertionError(f"{command[:200]}\n{problem[-4000:]}")
        return answer[:-1]
