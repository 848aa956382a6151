"""What a folder is found to be part of, also where its files are hostile."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.errors import TargetError
from generator.readers.surroundings import load_surroundings


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    return tmp_path / "repository"


def put(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


@pytest.mark.parametrize(
    ("files", "form", "saw"),
    [
        ({"CMakeLists.txt": "find_package(Zephyr)"}, "zephyr-module", "a Zephyr application"),
        (
            {"CMakeLists.txt": "add_subdirectory(x)", "west.yml": ""},
            "zephyr-module",
            "a west manifest repository",
        ),
        ({"zephyr/module.yml": "", "west.yml": ""}, "zephyr-module", "a Zephyr module"),
        ({"CMakeLists.txt": "project(x)", "platformio.ini": ""}, "platformio", "a PlatformIO project"),
        ({"CMakeLists.txt": "project(x)", "a.ioc": "", ".cproject": ""}, "cmake", "by STM32CubeMX (a.ioc)"),
        ({".cproject": "", "Makefile": ""}, "cubeide", "an STM32CubeIDE project"),
        ({"Makefile": ""}, "sources", "a Makefile project"),
        (
            {"CMakeLists.txt": "# project(x)\nadd_library(y z.c)"},
            "sources",
            "no build system that mlfgen knows",
        ),
    ],
)
def test_each_kind(files: dict[str, str], form: str, saw: str, root: Path) -> None:
    put(root, **files)
    found = load_surroundings(root, root)
    assert (found.form, found.root) == (form, root.resolve())
    assert saw in found.saw


def test_the_nearest_folder_counts_and_nothing_above_the_repository(root: Path) -> None:
    put(root.parent, **{"CMakeLists.txt": "project(outer)"})
    put(root, **{"west.yml": "", "app/CMakeLists.txt": "find_package(Zephyr)", "app/src/main.c": ""})
    assert load_surroundings(root / "app" / "src" / "not-yet", root).root == (root / "app").resolve()
    assert load_surroundings(root, root).saw.startswith("a west manifest")
    put(root, **{"west.yml": ""})
    (root / "west.yml").unlink()
    assert load_surroundings(root, root).form == "sources"


def test_the_rtos_is_that_of_the_configuration_found(root: Path) -> None:
    put(root, **{"CMakeLists.txt": "project(x)", "Core/Inc/FreeRTOSConfig.h": ""})
    found = load_surroundings(root, root)
    assert (found.rtos, found.rtos_from) == ("freertos", "Core/Inc/FreeRTOSConfig.h")
    (root / "Core").rename(root / "build-x")
    assert load_surroundings(root, root).rtos == "none"


@pytest.mark.parametrize(
    "module",
    [
        "build: {cmake: /etc, kconfig: Kconfig}",
        "build: {cmake: ../.., kconfig: Kconfig}",
        "build: {cmake: 3, kconfig: [x]}",
        "build: x",
        "[",
        "- x",
        "&a [*a]",
    ],
)
def test_a_module_file_that_leads_elsewhere_is_not_followed(module: str, root: Path) -> None:
    put(root, **{"zephyr/module.yml": module})
    found = load_surroundings(root, root)
    assert found.form == "zephyr-module" and found.module is None


def test_samples_and_tests_are_not_the_firmware(root: Path) -> None:
    text = "find_package(Zephyr)"
    put(
        root,
        **{
            "west.yml": "",
            "app/CMakeLists.txt": text,
            "tests/a/CMakeLists.txt": text,
            "samples/b/CMakeLists.txt": text,
        },
    )
    assert load_surroundings(root, root).applications == ("app",)


def test_bytes_that_are_no_text_are_kept(root: Path) -> None:
    (root / "CMakeLists.txt").write_bytes(b"# \xff\xfe\nproject(x)\n")
    text = load_surroundings(root, root).texts["CMakeLists.txt"]
    assert text.encode("utf-8", "surrogateescape") == b"# \xff\xfe\nproject(x)\n"


def test_links_that_lead_nowhere_are_passed_over(root: Path) -> None:
    put(root, **{"CMakeLists.txt": "project(x)", "Core/Inc/FreeRTOSConfig.h": "", "config/real.h": ""})
    for name in ("loop", "prj.conf", "Makefile", "tests", "a.ioc", "zephyr"):
        (root / name).symlink_to(name)
    (root / "gone.h").symlink_to("not-there/x.h")
    found = load_surroundings(root, root)
    assert (found.form, found.root, found.rtos) == ("cmake", root.resolve(), "freertos")
    assert set(found.texts) == {"CMakeLists.txt"} and found.makefile is None
    # one that leads to a file is as good as the file
    (root / "Core" / "Inc" / "FreeRTOSConfig.h").unlink()
    (root / "FreeRTOSConfig.h").symlink_to("config/real.h")
    assert load_surroundings(root, root).rtos_from == "FreeRTOSConfig.h"


def test_files_that_may_not_be_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(root, **{"CMakeLists.txt": "project(x)", "loop": ""})
    real = Path.is_file

    def forbidden(path: Path) -> bool:
        if path.name in ("loop", "prj.conf"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(Path, "is_file", forbidden)
    assert load_surroundings(root, root).form == "cmake"
    monkeypatch.undo()

    def unreadable(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", unreadable)
    with pytest.raises(TargetError, match="it can't be read: Permission denied") as caught:
        load_surroundings(root, root)
    assert caught.value.where == str(root / "CMakeLists.txt") and caught.value.hint == "check its permissions"
