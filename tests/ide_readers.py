"""What IDEs read out of their files, as far as compilers and linkers see it: for tests that compare and build."""

from __future__ import annotations

import configparser
import os
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import yaml

#: what tool chains make of a part
CORES = dict.fromkeys(("STM32F746NGHx", "STM32F746ZGTx"), "-mcpu=cortex-m7")
FPUS = dict.fromkeys(CORES, ("-mfpu=fpv5-sp-d16", "-mfloat-abi=hard"))
#: what PlatformIO's own files say of a board
BOARD_PARTS = {"disco_f746ng": "STM32F746NGHx", "nucleo_f746zg": "STM32F746ZGTx"}


@dataclass(frozen=True)
class Read:
    """Paths are relative to the application. flags: of each compilation; link: of the link; inputs: linked too."""

    sources: frozenset[str]
    include_paths: tuple[str, ...]
    defines: frozenset[str]
    flags: tuple[str, ...]
    link: tuple[str, ...]
    script: str
    inputs: tuple[str, ...]


def _relative(*parts: str) -> str:
    return Path(os.path.normpath(Path(*parts))).as_posix()


def _c_files(app: Path, folder: str) -> set[str]:
    return {_relative(os.path.relpath(path, app)) for path in (app / folder).rglob("*.c")}


# ---- STM32CubeIDE


def last(name: str | None) -> str:
    return (name or "").rpartition(".")[2]


def read_cubeide(app: Path, configuration: str = "Release") -> Read:
    links = {
        str(link.findtext("name")): str(link.findtext("locationURI"))
        for link in ElementTree.parse(app / ".project").iter("link")
    }
    tree = ElementTree.parse(app / ".cproject")
    chosen = next(c for c in tree.iter("configuration") if c.get("name") == configuration)
    sources: set[str] = set()
    for entry in chosen.iter("entry"):
        folder = str(entry.get("name"))
        found = _c_files(app, folder)
        for name, location in links.items():
            if name.startswith(f"{folder}/"):
                place = location.replace("PARENT-1-PROJECT_LOC", "..")
                found |= {place} if place.endswith(".c") else _c_files(app, place)
        excluded = {f"{folder}/{path}" for path in (entry.get("excluding") or "").split("|")}
        sources |= found - excluded
    options = {str(o.get("superClass")).partition("managedbuild.")[2]: o for o in chosen.iter("option")}

    def values(name: str) -> list[str]:
        option = options.get(name)
        return [] if option is None else [str(v.get("value")) for v in option.iter("listOptionValue")]

    compiler, linker = "tool.c.compiler.option", "tool.c.linker.option"
    levels = {"o2": "-O2", "og": "-Og"}
    standards = {"isoc11": "-std=c11"}
    # What the tool chain makes of the part and of the two options for it.
    core = (
        CORES[str(options["option.target_mcu"].get("value"))],
        "-mthumb",
        "-mfpu=" + last(options["option.fpu"].get("value")),
        "-mfloat-abi=" + last(options["option.floatabi"].get("value")),
    )
    script = str(options[f"{linker}.script"].get("value"))
    return Read(
        frozenset(sources),
        tuple(_relative(configuration, path) for path in values(f"{compiler}.includepaths")),
        frozenset(values(f"{compiler}.definedsymbols")),
        (
            *core,
            standards[last(options[f"{compiler}.languagestandard"].get("value"))],
            levels[last(options[f"{compiler}.optimization.level"].get("value"))],
            "-" + last(options[f"{compiler}.debuglevel"].get("value")),
            # The tool chain's own.
            *("-ffunction-sections", "-fdata-sections", "-Wall", "-fstack-usage", "--specs=nano.specs"),
            *values(f"{compiler}.otherflags"),
        ),
        (
            *core,
            *("--specs=nosys.specs", "-Wl,--gc-sections", "-static", "--specs=nano.specs"),
            *(flag for flag in values(f"{linker}.otherflags") if flag.startswith("-")),
            *(f"-l{name}" for name in values(f"{linker}.libraries")),
            *("-Wl,--start-group", "-lc", "-lm", "-Wl,--end-group"),
        ),
        script.removeprefix("${workspace_loc:/${ProjName}/").removesuffix("}"),
        tuple(
            _relative(configuration, flag)
            for flag in values(f"{linker}.otherflags")
            if not flag.startswith("-")
        ),
    )


# ---- CMSIS-Toolbox


def read_cmsis(app: Path) -> Read:
    solution = _yaml(next(app.glob("*.csolution.yml")))["solution"]
    release = next(kind for kind in solution["build-types"] if kind["type"] == "Release")
    place = solution["projects"][0]["project"]
    sources: set[str] = set()
    include_paths: dict[str, None] = {}
    defines: set[str] = set()
    project = _yaml(app / place)["project"]
    parts = [(".", project)]
    for layer in project["layers"]:
        parts.append((str(Path(layer["layer"]).parent), _yaml(app / layer["layer"])["layer"]))
    for folder, part in parts:
        sources |= {_relative(folder, file["file"]) for group in part["groups"] for file in group["files"]}
        include_paths |= {_relative(folder, path): None for path in part.get("add-path", ())}
        defines |= {_define(value) for value in part.get("define", ())}
    misc = [entry for part in (project, release) for entry in part["misc"]]
    assert {entry["for-compiler"] for entry in misc} == {"GCC"}

    def flags(kind: str) -> list[str]:
        return [flag for entry in misc for flag in entry.get(kind, ())]

    # What the toolbox makes of the device.
    (target,) = solution["target-types"]
    vendor, _, part = target["device"].partition("::")
    assert vendor == "STMicroelectronics"
    core = (CORES[part], "-mthumb", *FPUS[part])
    return Read(
        frozenset(sources),
        tuple(include_paths),
        frozenset(defines),
        (*core, f"-std={project['language-C']}", "-g", "-ffunction-sections", "-fdata-sections", *flags("C")),
        (
            *(*core, "-Wl,--gc-sections"),
            *(flag for flag in flags("Link") if flag.startswith("-")),
            *flags("Library"),
        ),
        project["linker"][0]["script"],
        tuple(flag.removeprefix("$ProjectDir()$/") for flag in flags("Link") if not flag.startswith("-")),
    )


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def _define(value: str | Mapping[str, object]) -> str:
    return value if isinstance(value, str) else "=".join(map(str, next(iter(value.items()))))


# ---- PlatformIO


def read_platformio(app: Path) -> Read:
    ini = configparser.ConfigParser(interpolation=None)
    ini.read(app / "platformio.ini", "utf-8")
    env = ini[f"env:{ini['platformio']['default_envs']}"]
    sources: set[str] = set()
    for sign, pattern in re.findall(r"([+-])<([^>]*)>", env["build_src_filter"]):
        every = pattern == "*" or pattern.endswith("/")
        found = _c_files(app, pattern.rstrip("*/") or ".") if every else {_relative(pattern)}
        sources = sources | found if sign == "+" else sources - found
    flags = shlex.split(env["build_flags"])
    linked: dict[str, list[str]] = {}

    class Environment:
        def Append(self, **flags: list[str]) -> None:
            linked.update(flags)

    script = app / env["extra_scripts"].removeprefix("pre:")
    exec(script.read_text("utf-8"), {"Import": lambda name: None, "env": Environment()})
    # What the platform does where no framework is named, but for what the project takes away.
    core = CORES[BOARD_PARTS[env["board"]]]
    bare = {"-Os", "-ffunction-sections", "-fdata-sections", "-Wall", "-mthumb", core}
    return Read(
        frozenset(sources),
        tuple(_relative(flag[2:]) for flag in flags if flag.startswith("-I")),
        frozenset(flag[2:] for flag in flags if flag.startswith("-D")),
        (
            *sorted(bare - set(shlex.split(env["build_unflags"]))),
            *(flag for flag in flags if not flag.startswith(("-I", "-D"))),
        ),
        (
            "-Wl,--gc-sections,--relax",
            "-mthumb",
            core,
            *(flag for flag in linked["LINKFLAGS"] if flag.startswith("-")),
            "-lc",
            "-lgcc",
            "-lm",
        ),
        env["board_build.ldscript"],
        tuple(flag for flag in linked["LINKFLAGS"] if not flag.startswith("-")),
    )


READERS: dict[str, Callable[[Path], Read]] = {
    "stm32cubeide": read_cubeide,
    "cmsis": read_cmsis,
    "platformio": read_platformio,
}
