"""A solution of Arm's CMSIS-Toolbox, which Keil Studio, uVision and IAR's extension for VS Code open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from generator import __version__
from generator.model.ides import IdeSupport
from generator.model.project import Project
from generator.render.ide.sources import LINKER_SCRIPT, NANO_SPECS, PLACEMENT, IdeBuild, ide_build

_COMPILER = "GCC"
#: the models' sources, in the folder that is regenerated with them
_LAYER = "model/mlf.clayer.yml"
_NN_PACKS = ("ARM::CMSIS", "ARM::CMSIS-NN")
_NN_COMPONENTS = ("ARM::CMSIS:CORE", "ARM::CMSIS:NN Lib")


def cmsis_files(project: Project, paths: Sequence[str]) -> dict[str, str]:
    """The solution's files: path in the application -> text.

    paths: of all files of the application. Zephyr's own build is called; the others are compiled file by file.
    """
    name = _name(project)
    if project.port is None:
        return {f"{name}.csolution.yml": _document({"solution": _zephyr_solution(project)}, "yours to edit")}
    build = ide_build(project, paths)
    return {
        f"{name}.csolution.yml": _document({"solution": _solution(project, build)}, "yours to edit"),
        f"{name}.cproject.yml": _document({"project": _project(build)}, "yours to edit"),
        _LAYER: _document({"layer": _layer(build)}, "do not edit"),
    }


def _solution(project: Project, build: IdeBuild) -> dict[str, Any]:
    packs = [_support(project).cmsis_pack, *(_NN_PACKS if build.workspace_folders else ())]
    return {
        "compiler": _COMPILER,
        "packs": [{"pack": pack} for pack in packs],
        "target-types": [_target(project)],
        # Explicit, because 'optimize: speed' would let floats differ from the reference.
        "build-types": [
            {"type": "Debug", "debug": "on", "misc": _misc(C=["-Og"])},
            {"type": "Release", "debug": "on", "misc": _misc(C=["-O2"])},
        ],
        "projects": [{"project": f"{_name(project)}.cproject.yml"}],
    }


def _zephyr_solution(project: Project) -> dict[str, Any]:
    zephyr = project.board.zephyr
    return {
        "compiler": _COMPILER,
        "packs": [{"pack": _support(project).cmsis_pack}],
        "target-types": [_target(project)],
        "build-types": [
            {"type": "Debug", "west-defs": [{"CONFIG_DEBUG_OPTIMIZATIONS": "y"}]},
            {"type": "Release"},
        ],
        "projects": [
            {
                "west": {
                    "app-path": ".",
                    "project-id": project.slug,
                    "board": "" if zephyr is None else zephyr.target,
                }
            }
        ],
    }


def _name(project: Project) -> str:
    """Of a file before its ending, which may not hold a dot."""
    return project.slug.replace(".", "-")


def _target(project: Project) -> dict[str, str]:
    support = _support(project)
    # At most 32 characters.
    return {"type": project.board.name[:32], "device": f"{support.vendor}::{support.device}"}


def _project(build: IdeBuild) -> dict[str, Any]:
    groups = [_group("application", [path for path in build.sources if not path.startswith("model/")])]
    if build.workspace_files:
        groups.append(_group("kernel", build.workspace_files))
    found: dict[str, Any] = {
        "language-C": "c11",
        # The component of a folder of the workspace brings its own.
        "add-path": list(build.include_paths),
        "misc": _misc(
            C=build.c_flags,
            Link=[NANO_SPECS, *build.link_flags, f"$ProjectDir()$/{PLACEMENT}"],
            Library=_libraries(build),
        ),
        "linker": [{"script": LINKER_SCRIPT, "for-compiler": _COMPILER}],
        "output": {"type": ["elf", "hex", "bin", "map"]},
        "groups": groups,
        "layers": [{"layer": _LAYER}],
    }
    if build.workspace_folders:
        found["components"] = [{"component": name} for name in _NN_COMPONENTS]
    return found


def _layer(build: IdeBuild) -> dict[str, Any]:
    def inside(paths: Sequence[str]) -> list[str]:
        return [path.removeprefix("model/") for path in paths if path.startswith("model/")]

    found: dict[str, Any] = {"type": "mlf", "add-path": inside(build.include_paths)}
    if build.defines:
        found["define"] = [
            dict([define.split("=", 1)]) if "=" in define else define for define in build.defines
        ]
    found["groups"] = [_group("models", inside(build.sources))]
    return found


def _group(name: str, paths: Sequence[str]) -> dict[str, Any]:
    return {"group": name, "files": [{"file": path} for path in paths]}


def _misc(**flags: Sequence[str]) -> list[dict[str, Any]]:
    return [{"for-compiler": _COMPILER, **{kind: list(values) for kind, values in flags.items()}}]


def _libraries(build: IdeBuild) -> list[str]:
    return [f"-l{name}" for name in build.libraries]


def _support(project: Project) -> IdeSupport:
    return project.board.ide or IdeSupport("")


def _document(data: Mapping[str, Any], whose: str) -> str:
    """YAML whose ``on`` is quoted: it would be a truth value."""
    text = yaml.safe_dump(dict(data), sort_keys=False, width=110, allow_unicode=True)
    return f"# Generated by mlfgen {__version__}; {whose}.\n{text}"
