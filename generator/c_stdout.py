"""Keeps C libraries from printing to standard output: what they print there is discarded."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

STDOUT = 1


@contextmanager
def c_output_dropped() -> Iterator[None]:
    """A context in which compiled code's writes to the process's standard output are discarded.

    Python's own ``sys.stdout`` must not be written to while this is active. Does nothing without standard output.
    """
    try:
        kept = os.dup(STDOUT)
    except OSError:
        yield
        return
    if sys.stdout is not None:
        sys.stdout.flush()
    _flush_c()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, STDOUT)
    os.close(nowhere)
    try:
        yield
    finally:
        # C buffers what goes to a pipe or a file, so it would come out after the switch back
        _flush_c()
        os.dup2(kept, STDOUT)
        os.close(kept)


def _flush_c() -> None:
    import ctypes

    ctypes.CDLL("ucrtbase" if os.name == "nt" else None).fflush(None)
