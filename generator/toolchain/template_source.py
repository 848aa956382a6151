"""A user's own project template: a folder, or whatever cookiecutter can fetch."""

from __future__ import annotations

import tempfile
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
    from cookiecutter.exceptions import CookiecutterException
    from cookiecutter.repository import determine_repo_dir

    folder = tempfile.TemporaryDirectory(prefix="mlfgen-template-")
    _kept.append(folder)
    try:
        found, _ = determine_repo_dir(
            template=source,
            abbreviations=BUILTIN_ABBREVIATIONS,
            clone_to_dir=folder.name,
            checkout=None,
            no_input=True,
        )
    except (CookiecutterException, OSError, ValueError) as error:
        raise TemplateError(
            f"can't be had: {str(error).splitlines()[0] if str(error) else type(error).__name__}",
            where=source,
            hint="give a folder, a git address or gh:owner/repository with a cookiecutter template",
        ) from None
    return Path(found)


_kept: list[tempfile.TemporaryDirectory[str]] = []
