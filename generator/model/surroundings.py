"""What a library of models is put into: an existing firmware, as far as its files show."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct, field

#: Where lines go in a file: at its end, before ``find_package(Zephyr)``, into the section ``[env]``, into the list
#: of the modules that a manifest imports, into ``build`` of a module's description, or among the settings of an
#: STM32CubeIDE project or its links.
Place = Literal[
    "end", "before_zephyr", "env_section", "allowlist", "module_build", "cproject", "project_links"
]


class ZephyrModule(Struct, frozen=True):
    """The firmware's own ``zephyr/module.yml``. cmake, kconfig: files that it names, relative to the root."""

    cmake: str
    kconfig: str


class Surroundings(Struct, frozen=True):
    """The firmware around a library.

    root:         its folder. repository: the folder of its version control, root or above it.
    form:         one of LIBRARY_FORMS. saw: the evidence for it, as the end of a sentence.
    rtos:         that it is for. rtos_from: the file that shows it, or None.
    texts:        files of it that a build reads, by path relative to root; bytes that are not UTF-8 as surrogates.
    module:       set where the firmware is a Zephyr module that compiles C of its own.
    applications: folders of Zephyr applications in it, relative to root; ``.`` is the root.
    plain_module: it has a ``zephyr/module.yml`` without a build of its own.
    makefile:     the name of the one that builds it, or None.
    linker_scripts: GNU ld's that its Makefile or STM32CubeIDE project names, relative to the root.
    """

    root: Path
    repository: Path
    form: str
    saw: str
    rtos: str
    rtos_from: str | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    module: ZephyrModule | None = None
    applications: tuple[str, ...] = ()
    plain_module: bool = False
    makefile: str | None = None
    linker_scripts: tuple[str, ...] = ()


class CubeLibrary(Struct, frozen=True):
    """What the settings of an STM32CubeIDE project say of a library.

    folder: its folder, relative to the firmware's root. up: the root as seen from a folder that the IDE builds in.
    has_checks: it has a linker script of checks. is_cpp: the project is linked as C++.
    compiler_flags: for the board's core.
    """

    folder: str
    up: str
    has_checks: bool
    is_cpp: bool
    compiler_flags: tuple[str, ...]

    @property
    def include_paths(self) -> tuple[str, ...]:
        return tuple(f"{self.up}/{self.folder}/model/{each}" for each in ("include", "runtime/include"))

    @property
    def object_path(self) -> str:
        """The library that ``mlf.mk`` builds, as seen from the folder that the IDE builds in."""
        return "mlf/libmlf_model.a"

    @property
    def objects(self) -> tuple[str, ...]:
        checks = f"{self.up}/{self.folder}/model/placement.ld"
        return (self.object_path, checks) if self.has_checks else (self.object_path,)


class Hook(Struct, frozen=True):
    """Lines that make a firmware's build take a library in.

    path:  of the file, relative to the firmware's root, or None where only the user can say which.
    where: the file in words, for people.
    obstacle: why the lines can't be put in, where no file is named for that reason; a sentence without its dot.
    cube:  of the places ``cproject`` and ``project_links``, whose lines only say what to do by hand.
    """

    path: str | None
    where: str
    lines: tuple[str, ...]
    place: Place = "end"
    obstacle: str | None = None
    cube: CubeLibrary | None = None
