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


ZTEST = "ztest"
CTEST = "ctest"
CEEDLING = "ceedling"
#: PlatformIO's test runner
PIO_TEST = "pio-test"
MAKE = "make"
#: how a firmware's repository tests
TEST_MANNERS = (ZTEST, CTEST, CEEDLING, PIO_TEST, MAKE)


class LibraryTests(Struct, frozen=True):
    """Tests of a library's recorded samples, among those of the firmware's repository.

    manner: one of TEST_MANNERS. folder: theirs alone, as seen from the firmware's folder.
    via_module: Zephyr finds the library through the firmware's own module.
    description: the name that the repository gives to Twister's file.
    """

    manner: str
    folder: str
    via_module: bool = False
    description: str = "testcase.yaml"


class LibraryOptions(Struct, frozen=True):
    """How a library is part of its firmware.

    form: one of LIBRARY_FORMS.

    root:   the firmware's folder as seen from the library, ``..`` or longer, with slashes.
    folder: the library's folder as seen from there.
    tests:  where the repository keeps them, or None for a library without any.
    """

    form: str
    root: str
    folder: str
    tests: LibraryTests | None = None


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
