"""What a folder is part of: a Zephyr application or module, a CMake, STM32CubeIDE or PlatformIO firmware."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from generator.errors import MlfgenError, TargetError, UsageError
from generator.model.library import CMAKE, CUBEIDE, PLATFORMIO, SOURCES, ZEPHYR_MODULE
from generator.model.options import FREERTOS, NONE, ZEPHYR
from generator.model.surroundings import Surroundings, ZephyrModule
from generator.readers.text.names import printable
from generator.readers.text.yaml_tree import parse_yaml

_MOST_BYTES = 1 << 20
_MOST_FOLDERS = 4000
_DEPTH = 5
_CMAKE_FILE, _MODULE_FILE, _MANIFEST = "CMakeLists.txt", "zephyr/module.yml", "west.yml"
_PLATFORMIO_FILE = "platformio.ini"
#: in the second place if STM32CubeMX generates for several IDEs
_CUBEIDE_FILES = (".cproject", "STM32CubeIDE/.cproject")
_MAKEFILES = ("Makefile", "makefile", "GNUmakefile")
_ZEPHYR_PACKAGE = re.compile(r"^[ \t]*find_package\s*\(\s*Zephyr\b", re.IGNORECASE | re.MULTILINE)
_PROJECT = re.compile(r"^[ \t]*project\s*\(", re.IGNORECASE | re.MULTILINE)
#: GNU ld's script in a Makefile, and in an STM32CubeIDE project, as seen from its root or from where it is built
_MAKE_SCRIPT = re.compile(
    r"(?:^ *(?:LDSCRIPT|LD_SCRIPT|LINKER_SCRIPT) *[:?]?= *|-T *)([\w./+-]+\.lds?)\b", re.MULTILINE
)
_CUBEIDE_SCRIPT = re.compile(
    r'linker\.option\.script"[^<>]*?value="(?:\$\{workspace_loc:/\$\{ProjName\}/|\.\./)([\w./+-]+\.ld)\}?"'
)
#: where repositories keep their tests
TEST_FOLDERS = ("tests", "test", "Tests", "Test")
#: not looked into: output of builds, and what others keep
_SKIPPED = re.compile(r"\..*|build.*|cmake-build-.*|Debug|Release|node_modules|__pycache__|twister-out.*")


def load_surroundings(start: Path, top: Path) -> Surroundings:
    """The firmware that a folder is in: that of the nearest folder, start or above it, that is one.

    start: may not exist yet. top: looked at last where there is no version control above start.

    Raises TargetError for a file of its build that can't be read.
    """
    start = start.resolve()
    while not start.is_dir():
        start = start.parent
    repository = next((f for f in (start, *start.parents) if os.path.lexists(f / ".git")), None)
    last = repository or (top.resolve() if start.is_relative_to(top.resolve()) else start)
    folders = [f for f in (start, *start.parents) if f.is_relative_to(last)]
    found = next((f for f in folders if _kind(_load_texts(f)) is not None), None)
    makefile = next((f for f in folders if any(_is_file(f / name) for name in _MAKEFILES)), None)
    root = found or makefile or start
    return _load(root, repository or root)


def zephyr_package(text: str) -> int | None:
    """Where a CMakeLists.txt finds Zephyr's package: the offset of that line, or None."""
    match = _ZEPHYR_PACKAGE.search(text)
    return match.start() if match else None


def _load(root: Path, repository: Path) -> Surroundings:
    texts = _load_texts(root)
    kind = _kind(texts)
    makefile = next((name for name in _MAKEFILES if _is_file(root / name)), None)
    if kind is None:
        saw = f"a Makefile project ({makefile})" if makefile else "no build system that mlfgen knows"
        kind = (SOURCES, saw)
    form, saw = kind
    config = next((path for path in _load_tree(root) if path.rpartition("/")[2] == "FreeRTOSConfig.h"), None)
    rtos, rtos_from = (FREERTOS, config) if config else (NONE, None)
    applications: tuple[str, ...] = ()
    if form == ZEPHYR_MODULE:
        rtos, rtos_from = ZEPHYR, None
        applications = _load_applications(root)
    elif form == CMAKE:
        generated = sorted(path.name for path in root.glob("*.ioc") if _is_file(path))
        saw += f", by STM32CubeMX ({printable(generated[0])})" if generated else ""
    module = _module(texts)
    extra = [module.cmake, module.kconfig] if module else []
    extra += [f"{folder}/{_CMAKE_FILE}" for folder in TEST_FOLDERS if form in (CMAKE, CUBEIDE, SOURCES)]
    for folder in applications:
        prefix = "" if folder == "." else f"{folder}/"
        extra += [f"{prefix}{_CMAKE_FILE}", f"{prefix}prj.conf"]
    scripts: tuple[str, ...] = ()
    if form == CUBEIDE:
        extra += [name.replace(".cproject", ".project") for name in _CUBEIDE_FILES if name in texts]
        for name in _CUBEIDE_FILES:
            found = _scripts(_CUBEIDE_SCRIPT, texts.get(name, ""))
            scripts += tuple(name.replace(".cproject", path) for path in found)
    elif form == SOURCES and makefile is not None:
        texts |= _load_named(root, (makefile,))
        scripts = _scripts(_MAKE_SCRIPT, texts.get(makefile, ""))
    linker_scripts = _load_named(root, scripts)
    return Surroundings(
        root=root,
        repository=repository,
        form=form,
        saw=saw,
        rtos=rtos,
        rtos_from=printable(rtos_from) if rtos_from else None,
        texts={**texts, **_load_named(root, tuple(extra)), **linker_scripts},
        module=module,
        plain_module=module is None and _lacks_build(texts),
        applications=applications,
        makefile=makefile,
        linker_scripts=tuple(linker_scripts),
    )


def _kind(texts: Mapping[str, str]) -> tuple[str, str] | None:
    cmake = texts.get(_CMAKE_FILE, "")
    if zephyr_package(cmake) is not None:
        return ZEPHYR_MODULE, f"a Zephyr application ({_CMAKE_FILE} finds the package Zephyr)"
    if _MODULE_FILE in texts:
        return ZEPHYR_MODULE, f"a Zephyr module ({_MODULE_FILE})"
    if _MANIFEST in texts:
        return ZEPHYR_MODULE, f"a west manifest repository ({_MANIFEST})"
    if _PLATFORMIO_FILE in texts:
        return PLATFORMIO, f"a PlatformIO project ({_PLATFORMIO_FILE})"
    if _PROJECT.search(cmake):
        return CMAKE, f"a CMake firmware ({_CMAKE_FILE})"
    for name in _CUBEIDE_FILES:
        if name in texts:
            return CUBEIDE, f"an STM32CubeIDE project ({name})"
    return None


def _scripts(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    """Paths that a build names and that can't lead out of the firmware."""
    found = dict.fromkeys(path.removeprefix("../") for path in pattern.findall(text))
    return tuple(path for path in found if ".." not in path.split("/") and not path.startswith("/"))


def _module_tree(texts: Mapping[str, str]) -> Any:
    try:
        return parse_yaml(texts[_MODULE_FILE], _MODULE_FILE, error=UsageError, hint="correct it")
    except MlfgenError:
        return None


def _lacks_build(texts: Mapping[str, str]) -> bool:
    """Whether the firmware's description of itself as a module names no C to compile."""
    tree = _module_tree(texts) if _MODULE_FILE in texts else None
    build = tree.get("build", {}) if isinstance(tree, Mapping) else None
    return isinstance(build, Mapping) and not {"cmake", "kconfig", "cmake-ext", "kconfig-ext"} & set(build)


def _module(texts: Mapping[str, str]) -> ZephyrModule | None:
    """None for a module that compiles nothing of its own, or whose build is elsewhere."""
    if _MODULE_FILE not in texts:
        return None
    tree = _module_tree(texts)
    build = tree.get("build") if isinstance(tree, Mapping) else None
    if not isinstance(build, Mapping):
        return None
    cmake, kconfig = build.get("cmake"), build.get("kconfig")
    if not isinstance(cmake, str) or not isinstance(kconfig, str):
        return None
    paths = (PurePosixPath(cmake, _CMAKE_FILE), PurePosixPath(kconfig))
    if any(path.is_absolute() or ".." in path.parts for path in paths):
        return None
    return ZephyrModule(*(path.as_posix() for path in paths))


def _load_texts(folder: Path) -> dict[str, str]:
    names = (_CMAKE_FILE, _MODULE_FILE, _MANIFEST, _PLATFORMIO_FILE, "prj.conf", *_CUBEIDE_FILES)
    return _load_named(folder, names)


def _load_named(folder: Path, names: tuple[str, ...]) -> dict[str, str]:
    texts = {}
    for name in names:
        path = folder / name
        if not _is_file(path):
            continue
        try:
            if path.stat().st_size <= _MOST_BYTES:
                texts[name] = path.read_bytes().decode("utf-8", "surrogateescape")
        except OSError as error:
            raise TargetError(
                f"it can't be read: {error.strerror}", where=str(path), hint="check its permissions"
            ) from error
    return texts


def _is_file(path: Path) -> bool:
    """False as well for a link to itself, or to where nobody may look."""
    try:
        return path.is_file()
    except OSError:
        return False


def _load_applications(root: Path) -> tuple[str, ...]:
    found = []
    for path in _load_tree(root):
        folder, _, name = path.rpartition("/")
        # Samples and tests have an application each: none of them is the firmware.
        if name != _CMAKE_FILE or {"tests", "samples", "test", "sample"} & set(folder.split("/")):
            continue
        text = _load_named(root, (path,)).get(path, "")
        if zephyr_package(text) is not None:
            found.append(folder or ".")
    return tuple(sorted(found))


def _load_tree(root: Path) -> Iterator[str]:
    """Files below root by relative path, near ones first; what builds have put there is left out."""
    level, seen = [root], 0
    for _ in range(_DEPTH):
        below: list[Path] = []
        for folder in level:
            seen += 1
            if seen > _MOST_FOLDERS:
                return
            try:
                entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
            except OSError:
                continue
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if not _SKIPPED.fullmatch(entry.name):
                        below.append(Path(entry.path))
                elif _is_file(Path(entry.path)):
                    yield Path(entry.path).relative_to(root).as_posix()
        level = below
