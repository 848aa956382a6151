"""What a library of models is put into: an existing firmware, as far as its files show."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct, field

#: Where lines go in a file: at its end, before ``find_package(Zephyr)``, or into the section ``[env]``.
Place = Literal["end", "before_zephyr", "env_section"]


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
    makefile:     it is built by one.
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
    makefile: bool = False


class Hook(Struct, frozen=True):
    """Lines that make a firmware's build take a library in.

    path:  of the file, relative to the firmware's root, or None where only the user can say which.
    where: the file in words, for people.
    """

    path: str | None
    where: str
    lines: tuple[str, ...]
    place: Place = "end"
