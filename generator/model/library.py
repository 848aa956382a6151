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
