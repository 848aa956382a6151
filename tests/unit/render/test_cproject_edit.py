"""STM32CubeIDE's .cproject and .project: changed where needed, and restored to the byte."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from generator.model.surroundings import CubeLibrary
from generator.render.cproject_edit import with_library, with_link, without_library, without_link

FIXTURE = Path(__file__).parents[2] / "integration" / "firmware" / "repository" / "cubeide" / ".cproject"
TEXT = FIXTURE.read_bytes().decode()
CORE = ("-mcpu=cortex-m7", "-mthumb", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard")
BUILD = "com.st.stm32cube.ide.mcu.gnu.managedbuild."


def library(folder: str = "mlf", up: str = "..", cpp: bool = False) -> CubeLibrary:
    return CubeLibrary(folder, up, True, cpp, CORE)


def variant(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new)


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT.replace("\r\n", "\n"),
        TEXT.replace("\t", "  "),
        variant(' prebuildStep=""', ' prebuildStep="make assets &amp;&amp; touch a"'),
        variant(' postbuildStep="" prebuildStep=""', ""),
        variant('<entry flags="', '<entry excluding="build|test" flags="'),
        variant('name=""/>', 'name="nets"/>'),
        variant('IS_VALUE_EMPTY="true" ', ""),
        variant('name="MCU GCC Linker" ', 'name="リンカ" '),
    ],
    ids=range(9),
)
@pytest.mark.parametrize("folder", ["mlf", "nets/mlf"])
@pytest.mark.parametrize("cpp", [False, True])
def test_what_is_put_in_comes_out_again_to_the_byte(text: str, folder: str, cpp: bool) -> None:
    if cpp:
        text = text.replace("tool.c.linker", "tool.cpp.linker")
    changed = with_library(text, library(folder, cpp=cpp))
    assert changed is not None
    ElementTree.fromstring(changed.encode())
    assert without_library(changed, folder) == text
    assert with_library(without_library(changed, folder), library(folder, cpp=cpp)) == changed
    assert without_library(changed, "other") == changed
    after = set(changed.splitlines())
    other = [line for line in text.splitlines() if line not in after]
    assert all(
        re.search("<configuration|<entry|IS_VALUE_EMPTY", line) or "includepaths" in line for line in other
    )


def test_every_configuration_builds_links_and_finds_the_library() -> None:
    changed = with_library(TEXT, library())
    assert changed is not None
    debug, release = ElementTree.fromstring(changed.encode()).iter("configuration")
    step = "make -f ../mlf/mlf.mk mlf MLF_BUILD=mlf CC=arm-none-eabi-gcc "
    # the project's FPU, which is not the board file's
    flags = 'CFLAGS="-mcpu=cortex-m7 -mthumb -mfpu=fpv5-d16 -mfloat-abi=hard"'
    assert debug.get("prebuildStep", "").strip() == release.get("prebuildStep") == step + flags
    for configuration in (debug, release):
        options = {str(o.get("superClass")).removeprefix(BUILD): o for o in configuration.iter("option")}
        paths = [v.get("value") for v in options["tool.c.compiler.option.includepaths"]]
        assert paths[-2:] == ["../mlf/model/include", "../mlf/model/runtime/include"]
        objects = options["tool.c.linker.option.additionalobjs"]
        assert objects.get("valueType") == "userObjs"
        assert [v.get("value") for v in objects] == ["mlf/libmlf_model.a", "../mlf/model/placement.ld"]
        (entry,) = configuration.iter("entry")
        assert (entry.get("name"), entry.get("excluding")) == ("", "mlf")
    ids = [e.get("id") for e in ElementTree.fromstring(changed.encode()).iter("option")]
    assert len(ids) == len(set(ids))


def test_the_flags_are_left_out_where_they_are_the_boards() -> None:
    changed = with_library(TEXT.replace("fpv5-d16", "fpv5-sp-d16"), library())
    assert changed is not None and "CFLAGS" not in changed


@pytest.mark.parametrize(
    "text",
    [
        "<cproject/>",
        TEXT.replace("</cproject>", ""),
        TEXT.replace("<?fileVersion 4.0.0?>", '<!DOCTYPE a [<!ENTITY b "c">]>'),
        TEXT.replace("tool.c.linker", "tool.other.linker"),
        # one configuration of two
        TEXT.replace('superClass="com.st.stm32cube.ide.mcu.gnu.managedbuild.tool.c.linker"', "", 1),
    ],
    ids=range(5),
)
def test_what_the_ide_does_not_write_is_left_alone(text: str) -> None:
    assert with_library(text, library()) is None


PROJECT = (
    "<projectDescription>\r\n\t<linkedResources>\r\n\t\t<link>\r\n\t\t\t<name>Src</name>\r\n\t\t</link>\r\n"
    "\t</linkedResources>\r\n</projectDescription>\r\n"
)


def test_a_folder_beside_the_project_is_linked() -> None:
    changed = with_link(PROJECT, library())
    assert changed is not None and without_link(changed, "mlf") == PROJECT
    (_, link) = ElementTree.fromstring(changed).iter("link")
    assert [link.findtext(tag) for tag in ("name", "type", "locationURI")] == [
        "mlf",
        "2",
        "PARENT-1-PROJECT_LOC/mlf",
    ]
    assert with_link("<projectDescription/>", library()) is None
