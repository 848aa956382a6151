"""A build's progress: one line that moves on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import os
import shutil
import sys
import time
from types import TracebackType

from generator.toolchain.west import parse_step

_WIDTH = 30
_PLAIN_EVERY_PERCENT = 25


class BuildProgress:
    """Feed it the build's output line by line. verbose: show every line. quiet: show nothing."""

    def __init__(self, *, verbose: bool, quiet: bool) -> None:
        self._verbose = verbose
        self._quiet = quiet
        self._live = sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not verbose
        self._printed_percent = 0
        self._drawn = False
        self._began_s = time.monotonic()

    def __enter__(self) -> BuildProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clear()

    def line(self, text: str) -> None:
        if self._quiet:
            return
        if self._verbose:
            print(text, file=sys.stderr)
            return
        step = parse_step(text)
        if step is None:
            if "warning:" in text:
                self._clear()
                print(text, file=sys.stderr)
            return
        done, total, what = step
        if self._live:
            filled = _WIDTH * done // total
            name = what.rsplit("/", 1)[-1][:40]
            left = time_left(time.monotonic() - self._began_s, done, total)
            line = f"[{'#' * filled}{'.' * (_WIDTH - filled)}] {done}/{total}{left} {name}"
            # A line that wraps can't be taken back.
            sys.stderr.write("\r\033[K" + line[: shutil.get_terminal_size().columns - 1])
            sys.stderr.flush()
            self._drawn = True
            return
        percent = 100 * done // total
        if percent >= self._printed_percent + _PLAIN_EVERY_PERCENT or done == total:
            self._printed_percent = percent
            print(f"building: {done} of {total}", file=sys.stderr)

    def _clear(self) -> None:
        if self._drawn:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
            self._drawn = False


def time_left(past_s: float, done: int, total: int) -> str:
    """How long the rest takes if it goes on so: `` 2:05 left``; empty where it is too early to say."""
    if past_s < 2 or done < 1 or done >= total:
        return ""
    seconds = round(past_s * (total - done) / done)
    return f" {seconds // 60}:{seconds % 60:02d} left"
