"""What an IDE has to know that compiles an application by itself: sources, include paths, flags.

CMakeLists.txt says the same to CMake; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from generator.model.project import Project

#: in the folder of the application
FOLDERS = ("src", "model")
LINKER_SCRIPT = "model/linker.ld"
#: an input of the link that fails it when a buffer lies elsewhere than planned, whatever the linker script
PLACEMENT = "model/placement.ld"
#: compiled with MLF_PROFILE alone
EXCLUDED = ("model/runtime/src/mlf_profile.c",)
#: of a link to newlib-nano, where the IDE does not add it by itself: GCC refuses it twice
NANO_SPECS = "--specs=nano.specs"
_KERNEL_FILES = ("list.c", "tasks.c")


class IdeBuild(Struct, frozen=True):
    """Paths are relative to the application's folder, with slashes; those of the workspace begin with ``../``.

    sources:       of the application itself: C files below FOLDERS.
    workspace_files, workspace_folders: C files of the workspace, and folders that are compiled as a whole.
    include_paths: folder_include_paths come after them, where the workspace_folders are compiled.
    defines:       ``NAME`` or ``NAME=VALUE``.
    core_flags:    of every compilation and of the link.
    c_flags:       of every compilation: results must not depend on fused operations or on aliasing, and the
                   models' C does not compile without warnings.
    link_flags:    beside the linker script and core_flags. libraries: as ``-l`` takes them.
    """

    sources: tuple[str, ...]
    workspace_files: tuple[str, ...]
    workspace_folders: tuple[str, ...]
    include_paths: tuple[str, ...]
    folder_include_paths: tuple[str, ...]
    defines: tuple[str, ...]
    core_flags: tuple[str, ...]
    c_flags: tuple[str, ...]
    link_flags: tuple[str, ...]
    libraries: tuple[str, ...]


def ide_build(project: Project, paths: Sequence[str]) -> IdeBuild:
    """What an IDE compiles of an application that brings its board up itself. paths: of all its files.

    Raises ValueError for a project that another build system builds.
    """
    port = project.port
    if port is None:
        raise ValueError(f"{project.rtos} builds its applications with its own tools")
    kernel = project.freertos
    files: list[str] = []
    include_paths = [
        "model/include",
        "model/runtime/include",
        "model/runtime/src",
        "model/runtime/port/cortex_m",
    ]
    if any(path.startswith("model/codegen/include/") for path in paths):
        include_paths.append("model/codegen/include")
    if kernel is not None:
        root = f"../{kernel.kernel.path}"
        port_folder = f"{root}/portable/{kernel.kernel_port}"
        files = [*(f"{root}/{name}" for name in _KERNEL_FILES), f"{port_folder}/port.c"]
        include_paths = [".", *include_paths, "model/runtime/port/freertos", f"{root}/include", port_folder]
    libraries = [
        f"../{repository.path}"
        for repository in port.repositories
        if kernel is None or repository != kernel.kernel
    ]
    return IdeBuild(
        sources=tuple(
            path
            for path in sorted(paths)
            if path.endswith(".c")
            and path.startswith(tuple(f"{name}/" for name in FOLDERS))
            and path not in EXCLUDED
        ),
        workspace_files=tuple(files),
        workspace_folders=tuple(f"{root}/Source" for root in libraries),
        include_paths=tuple(include_paths),
        folder_include_paths=tuple(f"{root}/Include" for root in libraries),
        defines=()
        if project.host is None
        else tuple(f"{name}={value}" for name, value in project.host.limits),
        core_flags=port.compiler_flags,
        c_flags=(
            "-ffp-contract=off",
            "-fno-strict-aliasing",
            "-fno-common",
            "-Wno-attributes",
            "-Wno-discarded-qualifiers",
            "-Wno-incompatible-pointer-types",
            "-Wno-unused-but-set-variable",
            "-Wno-unused-variable",
        ),
        link_flags=("-nostartfiles", "-Wl,--orphan-handling=error", "-Wl,--print-memory-usage"),
        libraries=("m",),
    )
