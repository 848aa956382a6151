"""The models alone, as a library in an existing firmware."""

from __future__ import annotations

from msgspec import Struct

#: the project type of a library, beside those of applications
LIBRARY = "library"

ZEPHYR_MODULE = "zephyr-module"
CMAKE = "cmake"
CUBEIDE = "cubeide"
PLATFORMIO = "platformio"
SOURCES = "sources"
#: what a library is for: the build that takes it in
LIBRARY_FORMS = (ZEPHYR_MODULE, CMAKE, CUBEIDE, PLATFORMIO, SOURCES)


class LibraryOptions(Struct, frozen=True):
    """form: one of LIBRARY_FORMS.

    root:   the firmware's folder as seen from the library, ``..`` or longer, with slashes.
    folder: the library's folder as seen from there.
    """

    form: str
    root: str
    folder: str


class Library(Struct, frozen=True):
    """What only the templates of a library print.

    compiler_flags: GCC's for the board's core, empty where they are not known.
    """

    form: str
    folder: str
    compiler_flags: tuple[str, ...]


class LibraryNeeds(Struct, frozen=True):
    """What a library of models needs of the firmware's build.

    overlay, sections, checks: it has a devicetree overlay, a linker script to add, one that checks addresses.
    modules: of Zephyr that its C calls. compiler_flags: GCC's for the board's core.
    """

    overlay: bool = False
    sections: bool = False
    checks: bool = False
    modules: tuple[str, ...] = ()
    compiler_flags: tuple[str, ...] = ()
