"""The west workspace that all applications may share: its manifest, where it is, and west's calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import yaml

from generator.errors import BuildError, TargetError, ToolMissingError
from generator.model.workspace import SourceProject, WorkspaceContent
from generator.toolchain.runner import CommandRunner
from generator.toolchain.west import WEST

MANIFEST_FOLDER = "mlfgen"
_GITHUB = "https://github.com/"
_HEAD = "# What applications of mlfgen are built from. Written by `mlfgen workspace`; do not edit.\n"


def manifest_text(content: WorkspaceContent) -> str:
    """The workspace's west.yml."""
    projects = []
    for project in content.projects:
        entry: dict[str, object] = {
            "name": project.name,
            "url": _GITHUB + project.slug,
            "revision": project.revision,
            "path": project.path,
            "clone-depth": 1,
        }
        if project.imports:
            entry["import"] = {"name-allowlist": [each.name for each in project.imports]}
        projects.append(entry)
    manifest = {"manifest": {"projects": projects, "self": {"path": MANIFEST_FOLDER}}}
    return _HEAD + yaml.safe_dump(manifest, sort_keys=False)


def manifest_names(folder: Path) -> Mapping[str, tuple[str, ...]]:
    """Names of the projects that the workspace in folder has been made with, each with those that it imports.

    Empty where there is no workspace.
    """
    try:
        text = (folder / MANIFEST_FOLDER / "west.yml").read_text(encoding="utf-8")
        return {
            str(project["name"]): tuple(map(str, project.get("import", {}).get("name-allowlist", ())))
            for project in yaml.safe_load(text)["manifest"]["projects"]
        }
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError, LookupError, TypeError, AttributeError) as error:
        raise TargetError(
            f"its manifest can't be read: {str(error).splitlines()[0]}",
            where=str(folder / MANIFEST_FOLDER / "west.yml"),
            hint="remove that file: `mlfgen workspace` writes it again and keeps what was fetched",
        ) from None


def imported_projects(folder: Path, project: str) -> Mapping[str, str]:
    """Name -> path of what the manifest of a project in the workspace names; empty where that is not there yet."""
    try:
        document = yaml.safe_load((folder / project / "west.yml").read_text(encoding="utf-8"))
        return {str(p["name"]): str(p.get("path", p["name"])) for p in document["manifest"]["projects"]}
    except (OSError, UnicodeDecodeError, yaml.YAMLError, LookupError, TypeError, AttributeError):
        return {}


def absent_projects(folder: Path, content: WorkspaceContent) -> tuple[SourceProject, ...]:
    """What is not checked out yet. An interrupted fetch leaves a repository without files."""
    return tuple(
        project
        for project in content.all_projects
        if not any(path.name != ".git" for path in _entries(folder / project.path))
    )


def update_workspace(
    folder: Path,
    content: WorkspaceContent,
    *,
    runner: CommandRunner,
    env: Mapping[str, str],
    on_line: Callable[[str], None] | None = None,
) -> None:
    """Make the workspace, or bring it to content; what is there already is not fetched again.

    Raises TargetError for a folder that is something else, ToolMissingError without git, BuildError when a
    repository can't be fetched.
    """
    _check_folder(folder)
    manifest = folder / MANIFEST_FOLDER / "west.yml"
    text = manifest_text(content)
    manifest.parent.mkdir(parents=True, exist_ok=True)
    if not manifest.is_file() or manifest.read_text(encoding="utf-8") != text:
        manifest.write_text(text, encoding="utf-8")
    if not (folder / ".west" / "config").is_file():
        _west(("init", "-l", str(manifest.parent)), folder, runner, env, None)
    # Shallow also for what zephyr imports, whose entries do not say so.
    _west(("update", "--narrow", "--fetch-opt=--depth=1"), folder, runner, env, on_line)
    if any(project.name == "zephyr" for project in content.projects):
        _west(("config", "--local", "zephyr.base", "zephyr"), folder, runner, env, None)


def _check_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise TargetError("not a folder", where=str(folder), hint="choose another folder")
    ours = (folder / MANIFEST_FOLDER / "west.yml").is_file()
    if not ours and any(_entries(folder)):
        raise TargetError(
            "it is neither empty nor a workspace that mlfgen made",
            where=str(folder),
            hint="choose another folder; to use your own workspace, set MLF_WORKSPACE or ZEPHYR_BASE",
        )
    for above in folder.parents:
        if (above / ".west").is_dir():
            raise TargetError(
                f"it would be inside the west workspace '{above}'",
                where=str(folder),
                hint="choose a folder outside it",
            )


def _entries(folder: Path) -> tuple[Path, ...]:
    return tuple(folder.iterdir()) if folder.is_dir() else ()


def _west(
    arguments: tuple[str, ...],
    folder: Path,
    runner: CommandRunner,
    env: Mapping[str, str],
    on_line: Callable[[str], None] | None,
) -> None:
    # A build's Zephyr must not become this workspace's.
    own = {key: value for key, value in env.items() if key != "ZEPHYR_BASE"}
    done = runner.run((*WEST, *arguments), folder, own, on_line)
    if done.returncode == 0:
        return
    said = [line.strip() for line in done.output.splitlines() if line.strip()]
    if any("git" in line and "not found" in line for line in said):
        raise ToolMissingError("git is not installed or not in PATH", hint="sudo apt-get install git")
    fatal = [line for line in said if line.startswith(("fatal:", "FATAL ERROR:", "ERROR:"))]
    raise BuildError(
        f"west {arguments[0]} failed: {'; '.join((fatal or said)[:2]) or 'no output'}",
        where=str(folder),
        hint="run the same command again when the network is available; what was fetched is kept",
    )
