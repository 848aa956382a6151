"""Which lines a firmware's build needs, read off its own files."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.compose.hooks import (
    check_folder,
    check_target,
    executables,
    hooks_of,
    lacks_target,
    recursive_globs,
)
from generator.errors import UsageError
from generator.model.library import LibraryNeeds, LibraryOptions
from generator.model.surroundings import Hook, Surroundings, ZephyrModule


def around(form: str, texts: dict[str, str] | None = None, **more: object) -> Surroundings:
    return Surroundings(Path("x"), Path("x"), form, "", "none", texts=texts or {}, **more)  # type: ignore[arg-type]


def hooks(form: str, place: Surroundings, folder: str = "mlf", **more: object) -> tuple[Hook, ...]:
    target = more.pop("target", None)
    needs = LibraryNeeds(**more)  # type: ignore[arg-type]
    return hooks_of(place, LibraryOptions(form, "..", folder), needs, target)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("add_executable(a x.c)", ("a",)),
        ("add_executable( ${PROJECT_NAME}.elf\n  x.c)", ("${PROJECT_NAME}.elf",)),
        ("# add_executable(a x.c)\nADD_EXECUTABLE(b x.c)", ("b",)),
        ("add_executable(a IMPORTED)\nadd_executable(c ALIAS b)", ()),
        ('add_executable("a b" x.c)\nadd_executable(a;b x.c)', ()),
    ],
)
def test_the_targets_of_a_cmakelists(text: str, found: tuple[str, ...]) -> None:
    assert executables(text) == found


@pytest.mark.parametrize(
    ("call", "link"),
    [
        ("", "target_link_libraries(a PRIVATE mlf::models)"),
        ("target_link_libraries(a PUBLIC m)", "target_link_libraries(a PRIVATE mlf::models)"),
        ("target_link_libraries(a m)", "target_link_libraries(a mlf::models)"),
        ("target_link_libraries(ab m)", "target_link_libraries(a PRIVATE mlf::models)"),
        ("# target_link_libraries(a m)", "target_link_libraries(a PRIVATE mlf::models)"),
    ],
)
def test_the_signature_is_that_of_the_calls_there(call: str, link: str) -> None:
    text = f"add_executable(a x.c)\n{call}\n"
    (hook,) = hooks("cmake", around("cmake", {"CMakeLists.txt": text}))
    assert hook.lines == ("add_subdirectory(mlf)", link)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("add_executable(fw x.c)\nadd_library(app y.c)\n# add_executable(b x.c)", ("fw", "app")),
        ("add_executable(b x.c)", ()),
        ("add_executable(fw x.c)\nadd_library(b STATIC x.c)", ()),
        # b may be what the variable holds, or what the macro makes
        ("add_executable(${PROJECT_NAME} x.c)", ()),
        ("add_firmware(b x.c)", ()),
    ],
)
def test_a_target_that_is_not_defined(text: str, known: tuple[str, ...]) -> None:
    assert lacks_target(text, "b") == known
    assert lacks_target(text, "${b}") == ()


def test_a_target_that_nobody_can_know_is_asked_for() -> None:
    (hook,) = hooks(
        "cmake", around("cmake", {"CMakeLists.txt": "add_executable(a x.c)\nadd_executable(b x.c)"})
    )
    assert hook.path is None
    assert hook.obstacle == "CMakeLists.txt: the firmware's target is not known; name it with --target NAME"


def test_a_target_that_is_no_name_is_refused() -> None:
    with pytest.raises(UsageError, match="is not a CMake target name"):
        check_target("a) message(x")
    check_target("${PROJECT_NAME}.elf")


@pytest.mark.parametrize("folder", ["a b", "mlf;x", "../mlf", "/mlf", "m\nlf", "m$lf", ".mlf", "ml\u00fcf"])
def test_a_folder_that_builds_read_differently_is_refused(folder: str) -> None:
    with pytest.raises(UsageError, match="must have a plain name") as caught:
        check_folder(folder)
    assert caught.value.hint == "choose another one, e.g. --to mlf"
    assert caught.value.where is not None and caught.value.where.isascii()


@pytest.mark.parametrize(
    ("text", "folder", "found"),
    [
        ("file(GLOB_RECURSE S Core/*.c)", "Core/mlf", ("Core/*.c",)),
        ("file(GLOB_RECURSE S CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)", "mlf", ("*.c",)),
        ("file(GLOB_RECURSE S Core/*.c)", "mlf", ()),
        ("file(GLOB_RECURSE S Core/*.c)", "Core2/mlf", ()),
        ("file(GLOB_RECURSE S ${CMAKE_CURRENT_LIST_DIR}/Core/*.c)", "Core/mlf", ("Core/*.c",)),
        ('file(GLOB_RECURSE S "${meter-fw_SOURCE_DIR}/*.c" ./*.[ch])', "mlf", ("*.c", "*.[ch]")),
        ("file(GLOB_RECURSE S **/*.c C*/*.c mlf/model/*.c)", "mlf", ("**/*.c", "mlf/model/*.c")),
        ("file(GLOB_RECURSE S Core/**/*.c)", "Core/mlf", ("Core/**/*.c",)),
        ("file(GLOB_RECURSE S */*/*/*.c ${OTHER}/*.c)", "mlf", ()),
        ("file(GLOB S *.c)", "mlf", ()),
        ("file(GLOB_RECURSE S *.cpp *.h)", "mlf", ()),
    ],
)
def test_globs_over_the_library(text: str, folder: str, found: tuple[str, ...]) -> None:
    assert recursive_globs(text, folder) == found


def test_a_module_names_the_library_as_seen_from_its_own_files() -> None:
    module = ZephyrModule("zephyr/CMakeLists.txt", "zephyr/Kconfig")
    cmake, kconfig, conf = hooks(
        "zephyr-module", around("zephyr-module", module=module, applications=("app", "other")), "libs/mlf"
    )
    assert cmake.lines == ("add_subdirectory(${CMAKE_CURRENT_LIST_DIR}/../libs/mlf/zephyr mlf)",)
    assert kconfig.lines == ('rsource "../libs/mlf/zephyr/Kconfig"',)
    # which of the two applications runs the models, nobody can know
    assert conf.path is None and conf.lines == ("CONFIG_MLF=y",)


def test_an_application_below_the_root_reaches_the_library_above_it() -> None:
    lists, conf = hooks("zephyr-module", around("zephyr-module", applications=("apps/one",)), overlay=True)
    assert (lists.path, conf.path) == ("apps/one/CMakeLists.txt", "apps/one/prj.conf")
    assert lists.lines == (
        "list(APPEND EXTRA_ZEPHYR_MODULES ${CMAKE_CURRENT_SOURCE_DIR}/../../mlf)",
        "list(APPEND EXTRA_DTC_OVERLAY_FILE ${CMAKE_CURRENT_SOURCE_DIR}/../../mlf/zephyr/mlf.overlay)",
    )
