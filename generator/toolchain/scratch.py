"""Folders that last as long as their use."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch_folder(prefix: str) -> Iterator[Path]:
    """A new folder among the system's temporary ones; it is removed afterwards, whatever happens."""
    with tempfile.TemporaryDirectory(prefix=prefix) as folder:
        yield Path(folder)
