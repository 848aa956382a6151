"""What stock cookiecutter makes of a template."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from generator import resources
from generator.render.tree import SHARED


def cookiecutter(tree: Path, context: dict[str, Any], folder: Path) -> dict[str, bytes]:
    """Path -> content of the files it writes below folder, apart from files without content."""
    from cookiecutter.generate import generate_files

    # Cookiecutter takes what a template includes from the folder of this name beside the project's.
    whole = folder / "template"
    shutil.copytree(tree, whole)
    if not (whole / SHARED).exists():
        shutil.copytree(resources.folder("templates") / "shared", whole / SHARED)
    settings = json.loads((whole / "cookiecutter.json").read_text("utf-8"))
    private = {key: value for key, value in settings.items() if key.startswith("_")}
    made = Path(generate_files(whole, {"cookiecutter": {**context, **private}}, folder / "made"))
    files = {
        path.relative_to(made).as_posix(): path.read_bytes() for path in made.rglob("*") if path.is_file()
    }
    return {path: data for path, data in files.items() if data.strip()}
