"""A template tree and a context become ``{relative path: bytes}``, in memory.

The tree is a cookiecutter template: ``cookiecutter.json`` beside one folder whose name is a template.
Rendering is what stock cookiecutter does, with two rules more: a file that renders to nothing is left out, and
what a template includes is looked for in ``templates/shared`` as well, after the template's own files.

A template may be a stranger's. It is rendered in Jinja's sandbox, reaches no file outside of its own tree, and
neither the hooks nor the Jinja extensions that it names are run.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import (
    FileSystemBytecodeCache,
    FileSystemLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment, SecurityError

from generator import resources
from generator.errors import TemplateError
from generator.render.filters import Filters

FOLDER = "{{cookiecutter.project_slug}}"
SHARED = "templates"


def load_tree(root: Path) -> tuple[str, ...]:
    """POSIX paths of the template files below the project folder, sorted. TemplateError when it is none."""
    folder = root / FOLDER
    if not (root / "cookiecutter.json").is_file() or not folder.is_dir():
        raise TemplateError(
            "is not a project template",
            where=str(root),
            hint=f"a template consists of cookiecutter.json and a folder named {FOLDER}",
        )
    _check_links(root)
    # Installing a package compiles every script in it, those of templates too.
    found = (p for p in folder.rglob("*") if p.is_file() and p.parent.name != "__pycache__")
    return tuple(sorted(p.relative_to(folder).as_posix() for p in found))


def _check_links(root: Path) -> None:
    """TemplateError for a link: it would carry a file of this computer into the application."""
    if root.resolve().is_relative_to(resources.folder("templates").resolve()):
        return
    tops = [root / name for name in ("cookiecutter.json", FOLDER, SHARED)]
    for top in tops:
        for place in (top, *(top.rglob("*") if top.is_dir() and not top.is_symlink() else ())):
            if place.is_symlink():
                raise TemplateError(
                    "is a symbolic link",
                    where=place.relative_to(root).as_posix(),
                    hint="replace it with a copy of the file or folder",
                )


def render_tree(root: Path, context: Mapping[str, Any], cache: Path | None = None) -> dict[str, bytes]:
    """Render a template tree to {relative path: bytes}.

    context: the variables below ``cookiecutter.``. TemplateError names the template and line.

    cache: an existing folder for compiled templates, which takes half of the time off; never changes a byte.
    """
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader([root / FOLDER, root / SHARED, resources.folder("templates") / "shared"]),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[Filters],
        autoescape=False,
        # Separate from what was compiled to run outside of the sandbox, which Jinja can't distinguish.
        bytecode_cache=FileSystemBytecodeCache(str(cache), "sandbox_%s") if cache is not None else None,
    )
    variables = {"cookiecutter": dict(context)}
    files: dict[str, bytes] = {}
    for name in load_tree(root):
        try:
            path = environment.from_string(name).render(variables) if "{{" in name else name
            text = environment.get_template(name).render(variables)
        except TemplateSyntaxError as error:
            raise TemplateError(f"syntax error: {error.message}", where=f"{name}:{error.lineno}") from error
        except SecurityError as error:
            raise TemplateError(
                f"uses something that templates may not use: {error.message}",
                where=name,
                hint="print only values of the context, through the filters",
            ) from error
        except UndefinedError as error:
            raise TemplateError(f"a variable is missing: {error.message}", where=name) from error
        except TemplateNotFound as error:
            raise TemplateError(f"'{error.name}' is included but does not exist", where=name) from error
        except UnicodeDecodeError as error:
            raise TemplateError(
                "is not UTF-8 text", where=name, hint="templates must be text files"
            ) from error
        except TemplateError as error:
            raise TemplateError(error.what, where=name, hint=error.hint) from error
        except Exception as error:  # a template is a program: it raises whatever its author made it
            raise TemplateError(
                f"can't be rendered: {type(error).__name__}: {str(error)[:200]}",
                where=name,
                hint="fix the template",
            ) from error
        if text.strip():
            files[path] = text.encode("utf-8")
    return files
