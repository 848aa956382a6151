"""A user's own project template: a folder, or whatever cookiecutter can fetch."""

from __future__ import annotations

import logging
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from generator.errors import TemplateError


def load_template(source: str) -> Path:
    """The template's folder. source: a folder, a git or zip address, or ``gh:owner/repository``.

    TemplateError when it can't be had. What is fetched stays in a temporary folder until the process ends.
    """
    local = Path(source)
    if local.is_dir():
        return local
    from cookiecutter.config import BUILTIN_ABBREVIATIONS
    from cookiecutter.exceptions import CookiecutterException, RepositoryNotFound, UnknownRepoType
    from cookiecutter.repository import determine_repo_dir

    folder = tempfile.TemporaryDirectory(prefix="mlfgen-template-")
    _kept.append(folder)
    with _log_kept() as said:
        try:
            found, _ = determine_repo_dir(
                template=source,
                abbreviations=BUILTIN_ABBREVIATIONS,
                clone_to_dir=folder.name,
                checkout=None,
                no_input=True,
            )
        except UnknownRepoType:
            why = "the kind of repository is unknown; for git, write git+ADDRESS"
        except RepositoryNotFound:
            why = "there is no such folder, or it has no cookiecutter.json"
        except subprocess.CalledProcessError as error:
            fatal = [line for text in said for line in text.splitlines() if line.startswith("fatal:")]
            why = fatal[0].removeprefix("fatal: ") if fatal else f"{error.cmd[0]} failed"
        except (CookiecutterException, OSError, ValueError) as error:
            why = str(error).splitlines()[0] if str(error) else type(error).__name__
        else:
            return Path(found)
    raise TemplateError(
        f"can't be fetched: {why}",
        where=source,
        hint="give a folder, a git address or gh:owner/repository with a cookiecutter template",
    )


@contextmanager
def _log_kept() -> Iterator[list[str]]:
    """Cookiecutter's log is kept for the message instead of printed."""
    logger = logging.getLogger("cookiecutter")
    said: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield said
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate


_kept: list[tempfile.TemporaryDirectory[str]] = []
