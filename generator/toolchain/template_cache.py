"""Where compiled templates are kept from one run to the next."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def cache_folder(env: Mapping[str, str]) -> Path | None:
    """The user's own folder for compiled templates, made if need be; None where there can be none."""
    root = env.get("XDG_CACHE_HOME") or (env["HOME"] + "/.cache" if env.get("HOME") else "")
    if not Path(root).is_absolute():
        return None
    folder = Path(root) / "mlfgen" / "templates"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return None
    # what is compiled is run, so nobody else may put it there
    owned = not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid()
    return folder if owned and os.access(folder, os.W_OK) else None
