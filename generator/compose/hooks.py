"""The lines that add a library of models to a firmware's build. Pure."""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase

from generator.compose.hooks_cube import cube_hooks, linker_hooks
from generator.compose.hooks_make import includes_library, makefile_lines
from generator.errors import UsageError
from generator.model.library import (
    CEEDLING,
    CMAKE,
    CTEST,
    CUBEIDE,
    PLATFORMIO,
    ZEPHYR_MODULE,
    LibraryNeeds,
    LibraryOptions,
)
from generator.model.surroundings import Hook, Surroundings

_CMAKE_FILE, _MANIFEST, _MODULE_FILE = "CMakeLists.txt", "west.yml", "zephyr/module.yml"
_COMMENT = re.compile(r"#[^\n]*")
_EXECUTABLE = re.compile(r"\badd_executable\s*\(\s*([^\s()\"]+)([^()]*)", re.IGNORECASE)
_LIBRARY = re.compile(r"\badd_library\s*\(\s*([^\s()\"]+)", re.IGNORECASE)
_TARGET = re.compile(r"[A-Za-z0-9_.+$\{\}-]+")
_LINKED = re.compile(r"\btarget_link_libraries\s*\(\s*([A-Za-z0-9_.+$\{\}-]+)\s+(?:PRIVATE\s+)?mlf::models\b")
_CORE_OPTION = re.compile(r"-mcpu=|-mthumb\b")
_GLOB = re.compile(r"\bfile\s*\(\s*GLOB_RECURSE\s+\S+([^()]*)\)", re.IGNORECASE)
_HERE = re.compile(r"(?:\$\{(?:[\w.+-]+_SOURCE_DIR|CMAKE_CURRENT_LIST_DIR)\}|\.)/")
_FOLDER = re.compile(r"[A-Za-z0-9_+-][A-Za-z0-9_.+-]*(/[A-Za-z0-9_+-][A-Za-z0-9_.+-]*)*")


def check_folder(folder: str, what: str = "library's folder", option: str = "--to mlf") -> None:
    """UsageError for a folder that build systems would not all read alike."""
    if not _FOLDER.fullmatch(folder):
        raise UsageError(
            f"the {what} must have a plain name: letters, digits, _ . + and -",
            where=folder.encode("ascii", "backslashreplace").decode(),
            hint=f"choose another one, e.g. {option}",
        )


def check_target(target: str) -> None:
    """UsageError for what cannot be CMake's name of a target."""
    if not _TARGET.fullmatch(target):
        raise UsageError(
            f"--target '{target}' is not a CMake target name", hint="give the name in add_executable()"
        )


def hooks_of(
    around: Surroundings, library: LibraryOptions, needs: LibraryNeeds, target: str | None = None
) -> tuple[Hook, ...]:
    """The lines for a firmware's build, by its form, and for its tests.

    target: CMake's name of the firmware, where it is known (see ``check_target``).
    """
    return (*_build_hooks(around, library, needs, target), *_test_hooks(around, library))


def _test_hooks(around: Surroundings, library: LibraryOptions) -> tuple[Hook, ...]:
    """What the repository's tests need to take in those of the library."""
    tests = library.tests
    if tests is None:
        return ()
    above, _, name = tests.folder.rpartition("/")
    lists = posixpath.join(above, _CMAKE_FILE)
    if tests.manner == CTEST and above and lists in around.texts:
        return (Hook(lists, f"{lists}, at the end", (f"add_subdirectory({name})",)),)
    if tests.manner == CEEDLING:
        paths = ("model/src", "model/runtime/src", "model/codegen/**")
        includes = ("model/include", "model/runtime/include", "model/codegen/include")
        lines = [":paths:"]
        for kind, folders in (("source", paths), ("include", includes)):
            lines += [f"  :{kind}:", *(f"    - {library.folder}/{each}" for each in folders)]
        return (Hook(None, "project.yml, in :paths:", tuple(lines)),)
    return ()


def _build_hooks(
    around: Surroundings, library: LibraryOptions, needs: LibraryNeeds, target: str | None
) -> tuple[Hook, ...]:
    script = f"{library.folder}/model/sections.ld" if needs.sections else None
    if library.form == ZEPHYR_MODULE:
        return (*_zephyr_hooks(around, library.folder, needs.overlay), *_manifest_hooks(around, needs))
    if library.form == CMAKE:
        return (_cmake_hook(around, library.folder, target, script),)
    if library.form == PLATFORMIO:
        return _platformio_hooks(library.folder)
    if library.form == CUBEIDE:
        return cube_hooks(around, library.folder, needs)
    if around.makefile is not None:
        return _make_hooks(around, library.folder, script)
    lines = (f"{library.folder}/sources.txt lists the C files, include paths and compiler options",)
    return (Hook(None, "the firmware's build", lines),)


def executables(text: str) -> tuple[str, ...]:
    """The firmware's targets in a CMakeLists.txt, each once, as they are written."""
    found = []
    for name, rest in _EXECUTABLE.findall(_COMMENT.sub("", text)):
        if _TARGET.fullmatch(name) and not {"IMPORTED", "ALIAS"} & set(rest.split()):
            found.append(name)
    return tuple(dict.fromkeys(found))


def lacks_target(text: str, target: str) -> tuple[str, ...]:
    """The targets of a CMakeLists.txt, where it has some and none is called so; else nothing.

    Nothing as well where a name has a variable in it, since that may be the one. A macro may make further ones.
    """
    plain = _COMMENT.sub("", text)
    known = (*executables(text), *_LIBRARY.findall(plain))
    if target in known or not executables(text) or any("$" in name for name in (*known, target)):
        return ()
    return known


def recursive_globs(text: str, folder: str) -> tuple[str, ...]:
    """Patterns of a CMakeLists.txt that collect C files of a folder below it, at any depth."""
    found = []
    # The library's sources are below this folder; for CMake, ** is a folder's name like *.
    sources = f"{folder}/model".split("/")
    for arguments in _GLOB.findall(_COMMENT.sub("", text)):
        for word in arguments.split():
            pattern = word.strip('"')
            start = _HERE.match(pattern)
            pattern = pattern[start.end() :] if start else pattern
            *place, name = pattern.split("/")
            inside = len(place) <= len(sources) and all(map(fnmatchcase, sources, place))
            if inside and name in ("*.c", "*.*", "*", "*.[c]", "*.[ch]"):
                found.append(pattern)
    return tuple(found)


def _zephyr_hooks(around: Surroundings, folder: str, overlay: bool) -> tuple[Hook, ...]:
    applications = around.applications
    alone = applications[0] if len(applications) == 1 else None
    hooks = []
    lines: tuple[str, ...] = ()
    if around.module is not None and alone != ".":
        hooks.append(_module_cmake(around.module.cmake, folder))
        hooks.append(_module_kconfig(around.module.kconfig, folder))
    elif around.plain_module and alone != ".":
        build = (f"cmake: {folder}/zephyr", f"kconfig: {folder}/zephyr/Kconfig")
        hooks.append(Hook(_MODULE_FILE, f"{_MODULE_FILE}, below build", build, "module_build"))
    else:
        lines = (f"list(APPEND EXTRA_ZEPHYR_MODULES {_seen_from(alone, folder)})",)
    if overlay:
        lines += (f"list(APPEND EXTRA_DTC_OVERLAY_FILE {_seen_from(alone, folder)}/zephyr/mlf.overlay)",)
    if lines:
        path = _in(alone, _CMAKE_FILE)
        where = f"{path or 'the CMakeLists.txt of an application'}, before find_package(Zephyr)"
        hooks.append(Hook(path, where, lines, "before_zephyr"))
    path = _in(alone, "prj.conf")
    hooks.append(
        Hook(path, path or "the prj.conf of each application that runs the models", ("CONFIG_MLF=y",))
    )
    return tuple(hooks)


def _manifest_hooks(around: Surroundings, needs: LibraryNeeds) -> tuple[Hook, ...]:
    """Modules that the manifest's list of what it imports lacks."""
    if not needs.modules or "name-allowlist" not in around.texts.get(_MANIFEST, ""):
        return ()
    lines = tuple(f"- {name}" for name in needs.modules)
    return (Hook(_MANIFEST, f"{_MANIFEST}, in name-allowlist of zephyr", lines, "allowlist"),)


def _in(application: str | None, name: str) -> str | None:
    return None if application is None else posixpath.normpath(posixpath.join(application, name))


def _seen_from(application: str | None, folder: str) -> str:
    relative = posixpath.relpath(folder, application or ".")
    return f"${{CMAKE_CURRENT_SOURCE_DIR}}/{relative}"


def _module_cmake(path: str, folder: str) -> Hook:
    place = posixpath.relpath(f"{folder}/zephyr", posixpath.dirname(path) or ".")
    return Hook(path, path, (f"add_subdirectory(${{CMAKE_CURRENT_LIST_DIR}}/{place} mlf)",))


def _module_kconfig(path: str, folder: str) -> Hook:
    place = posixpath.relpath(f"{folder}/zephyr/Kconfig", posixpath.dirname(path) or ".")
    return Hook(path, path, (f'rsource "{place}"',))


def _cmake_hook(around: Surroundings, folder: str, target: str | None, script: str | None) -> Hook:
    text = around.texts.get(_CMAKE_FILE, "")
    known = executables(text)
    linked = _LINKED.search(_COMMENT.sub("", text))
    name = target or (linked[1] if linked else known[0] if len(known) == 1 else None)
    keyword = "" if _uses_plain_signature(text, name) else "PRIVATE "
    lines = [f"add_subdirectory({folder})", f"target_link_libraries({name or 'TARGET'} {keyword}mlf::models)"]
    if name is not None and _has_options_of_its_own(text, name):
        lines.append(f"target_compile_options(mlf_model PRIVATE $<TARGET_PROPERTY:{name},COMPILE_OPTIONS>)")
    if script is not None:
        # Beside the firmware's own script, in which these memories have no section.
        place = f"${{CMAKE_CURRENT_SOURCE_DIR}}/{script}"
        lines.append(f'target_link_options({name or "TARGET"} PRIVATE "-T{place}")')
    where = f"{_CMAKE_FILE}, at the end"
    if name is None:
        which = f"one of {', '.join(known)}" if known else "the target of add_executable()"
        why = f"{_CMAKE_FILE}: the firmware's target is not known; name it with --target NAME"
        return Hook(None, f"{where}; TARGET is {which}", tuple(lines), obstacle=why)
    return Hook(_CMAKE_FILE, where, tuple(lines))


def _calls(text: str, command: str, target: str) -> list[list[str]]:
    """The other arguments of each call of a command for a target."""
    pattern = re.compile(rf"\b{command}\s*\(\s*{re.escape(target)}\s([^()]*)\)", re.IGNORECASE)
    return [arguments.split() for arguments in pattern.findall(_COMMENT.sub("", text))]


def _uses_plain_signature(text: str, target: str | None) -> bool:
    """CMake refuses a target that is linked to both with and without PRIVATE or PUBLIC."""
    if target is None:
        return False
    calls = _calls(text, "target_link_libraries", target)
    return any(words and words[0] not in ("PRIVATE", "PUBLIC", "INTERFACE") for words in calls)


def _has_options_of_its_own(text: str, target: str) -> bool:
    """The core is chosen for this target alone, so that no other one inherits it."""
    calls = _calls(text, "target_compile_options", target)
    return any(_CORE_OPTION.search(" ".join(words)) for words in calls)


def _make_hooks(around: Surroundings, folder: str, script: str | None) -> tuple[Hook, ...]:
    makefile = around.makefile or ""
    included = linker_hooks(around, folder, "") if script else ()
    if includes_library(around.texts.get(makefile, ""), folder):
        return included  # somebody has pasted its lines
    found = makefile_lines(around.texts.get(makefile, ""), folder, None if included else script)
    if not isinstance(found, str):
        return (Hook(makefile, f"{makefile}, at the end", found), *included)
    lines = (
        f"include {folder}/mlf.mk",
        "CFLAGS += $(MLF_INCLUDES)",
        "firmware.elf: $(MLF_LINK)",
        *((f"LDFLAGS += -Wl,-T,{script}",) if script and not included else ()),
    )
    where = "the Makefile, and $(MLF_LINK) $(MLF_LIBS) at the end of the link command"
    return (Hook(None, where, lines, obstacle=f"{makefile}: {found}"), *included)


def _platformio_hooks(folder: str) -> tuple[Hook, ...]:
    if posixpath.dirname(folder) == "lib":
        return ()  # PlatformIO looks there by itself
    return (Hook("platformio.ini", "platformio.ini", (f"lib_deps = symlink://{folder}",), "env_section"),)
