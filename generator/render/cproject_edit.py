"""A library in an STM32CubeIDE project: settings put into .cproject and .project as text, and taken out again.

The rest of the files stays as the IDE has formatted it. Their settings are found by what they say, because the IDE
drops comments when it writes the files.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Sequence
from xml.etree import ElementTree

from generator.model.surroundings import CubeLibrary

_BUILD = "com.st.stm32cube.ide.mcu.gnu.managedbuild"
_ATTRIBUTE = r'\s+[\w.:-]+="[^"<]*"'
_CONFIGURATION = re.compile(r"<cconfiguration\b.*?</cconfiguration>", re.DOTALL)
_COMPILERS = ("c", "cpp")
_INCLUDES = "includepaths", "includePath"
_OBJECTS = "additionalobjs", "userObjs"


def with_library(text: str, library: CubeLibrary) -> str | None:
    """The .cproject with the library in every configuration; None for one that is not as the IDE writes it.

    text: without the library, see ``without_library``.
    """
    changed, count = _CONFIGURATION.subn(lambda match: _configured(match[0], library), text)
    if not count or library.object_path not in changed or not _is_xml(changed):
        return None
    complete = all(library.object_path in part for part in _CONFIGURATION.findall(changed))
    return changed if complete and without_library(changed, library.folder) == text else None


def without_library(text: str, folder: str) -> str:
    """The .cproject as it was before ``with_library``."""
    if f"/{folder}/" not in text:
        return text
    return _CONFIGURATION.sub(lambda match: _restored(match[0], folder), text)


def with_link(text: str, library: CubeLibrary) -> str | None:
    """The .project with the library's folder, which is beside that of the project, in the IDE's tree."""
    end = re.search(r"[ \t]*</linkedResources>", text)
    if end is None:
        return None
    changed = text[: end.start()] + _link(text, library.folder) + text[end.start() :]
    return changed if _is_xml(changed) and without_link(changed, library.folder) == text else None


def without_link(text: str, folder: str) -> str:
    return text.replace(_link(text, folder), "")


def _link(text: str, folder: str) -> str:
    inner = (
        f"<name>{folder}</name>",
        "<type>2</type>",
        f"<locationURI>PARENT-1-PROJECT_LOC/{folder}</locationURI>",
    )
    lines = ["\t\t<link>", *(f"\t\t\t{line}" for line in inner), "\t\t</link>", ""]
    return ("\r\n" if "\r\n" in text else "\n").join(lines)


def _is_xml(text: str) -> bool:
    # A document type may define entities that grow without bound.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return False
    try:
        ElementTree.fromstring(text.encode("utf-8", "replace"))
    except ElementTree.ParseError:
        return False
    return True


# ---- one configuration


def _configured(part: str, library: CubeLibrary) -> str:
    part = _with_step(part, _step(part, library))
    part = _with_excluded(part, library.folder)
    for language in _COMPILERS:
        tool = f"tool.{language}.compiler"
        # A project without C++ has the tool all the same, and nothing in it.
        if language == "c" or _values(part, tool, _INCLUDES[0]):
            part = _with_values(part, tool, _INCLUDES, library.include_paths)
    linker = "tool.cpp.linker" if library.is_cpp else "tool.c.linker"
    return _with_values(part, linker, _OBJECTS, library.objects)


def _restored(part: str, folder: str) -> str:
    part = _without_step(part, folder)
    value = rf"(?:\.\./)+{re.escape(folder)}/model/[\w/.]+|{_OBJECT}"
    part = re.sub(rf'\s*<listOptionValue builtIn="false" value="(?:{value})"/>', "", part)
    for tool, kind in ((f"tool.{each}.compiler", _INCLUDES[0]) for each in _COMPILERS):
        part = _without_empty(part, tool, kind)
    for each in _COMPILERS:
        part = _without_empty(part, f"tool.{each}.linker", _OBJECTS[0])
    return _without_excluded(part, folder)


# ---- the step before the build

_OBJECT = r"mlf/libmlf_model\.a"
_STEP = r"make -f (?:\.\./)+{folder}/mlf\.mk mlf MLF_BUILD=mlf CC=arm-none-eabi-gcc(?: CFLAGS=&quot;[^&\"]*&quot;)?"


def _step(part: str, library: CubeLibrary) -> str:
    flags = list(library.compiler_flags)
    for name, flag in (("fpu", "-mfpu"), ("floatabi", "-mfloat-abi")):
        chosen = re.search(rf'value="{re.escape(_BUILD)}\.option\.{name}\.value\.([\w-]+)"', part)
        if chosen:
            flags = [each for each in flags if not each.startswith(f"{flag}=")]
            flags += [] if chosen[1] == "none" else [f"{flag}={chosen[1]}"]
    step = f"make -f {library.up}/{library.folder}/mlf.mk mlf MLF_BUILD=mlf CC=arm-none-eabi-gcc"
    same = set(flags) == set(library.compiler_flags)
    return step if same else f"{step} CFLAGS=&quot;{' '.join(flags)}&quot;"


def _with_step(part: str, step: str) -> str:
    def put(match: re.Match[str]) -> str:
        tag = match[0]
        there = re.search(r'\sprebuildStep="([^"]*)"', tag)
        if there is None:
            return f'{tag[:-1]} prebuildStep="{step}">'
        # The blank tells an attribute that was empty from one that was not there.
        joined = f"{there[1]} &amp;&amp; {step}" if there[1] else f"{step} "
        return tag[: there.start(1)] + joined + tag[there.end(1) :]

    return re.sub(rf"<configuration(?:{_ATTRIBUTE})*>", put, part, count=1)


def _without_step(part: str, folder: str) -> str:
    step = _STEP.format(folder=re.escape(folder))
    part = re.sub(rf' prebuildStep="{step}"', "", part)
    part = re.sub(rf'( prebuildStep="){step} "', r'\1"', part)
    return re.sub(rf" &amp;&amp; {step}", "", part)


# ---- lists of a tool's option


def _tool(part: str, tool: str) -> re.Match[str] | None:
    """The element, closed by itself or with options; group 1 is its start tag, group 2 what is in it."""
    name = re.escape(f"{_BUILD}.{tool}")
    start = rf'<tool(?:{_ATTRIBUTE})*?\s+superClass="{name}"(?:{_ATTRIBUTE})*'
    return re.search(rf"({start}\s*)(?:/>|>(.*?)</tool>)", part, re.DOTALL)


def _option(inside: str, tool: str, kind: str) -> re.Match[str] | None:
    """Group 1 is the start tag but for its end, group 2 the values."""
    name = re.escape(f"{_BUILD}.{tool}.option.{kind}")
    start = rf'<option(?:{_ATTRIBUTE})*?\s+superClass="{name}"(?:{_ATTRIBUTE})*'
    return re.search(rf"({start}\s*)(?:/>|>(.*?)</option>)", inside, re.DOTALL)


def _values(part: str, tool: str, kind: str) -> bool:
    found = _tool(part, tool)
    option = _option(found[2] or "", tool, kind) if found else None
    return option is not None and "<listOptionValue" in (option[2] or "")


def _with_values(part: str, tool: str, option: tuple[str, str], values: Sequence[str]) -> str:
    found = _tool(part, tool)
    if found is None:
        return part
    kind, value_type = option
    entries = [f'<listOptionValue builtIn="false" value="{value}"/>' for value in values]
    lead = _lead(part, found.start())
    there = _option(found[2] or "", tool, kind)
    if there is not None:
        inside = found[2] or ""
        inner = _lead(inside, there.start())
        start = there[1].replace(' IS_VALUE_EMPTY="true"', ' IS_VALUE_EMPTY="false"')
        old = (there[2] or "").rstrip()
        body = "".join(f"{inner}{_unit(inner)}{entry}" for entry in entries)
        element = f"{start}>{old}{body}{inner}</option>"
        return _replaced(part, found, inside[: there.start()] + element + inside[there.end() :])
    inner = lead + _unit(lead)
    super_class = f"{_BUILD}.{tool}.option.{kind}"
    element = (
        f'{inner}<option IS_BUILTIN_EMPTY="false" IS_VALUE_EMPTY="false" id="{_own_id(found[1], super_class)}" '
        f'superClass="{super_class}" useByScannerDiscovery="false" valueType="{value_type}">'
        + "".join(f"{inner}{_unit(inner)}{entry}" for entry in entries)
        + f"{inner}</option>"
    )
    if found[2] is None:
        return _replaced(part, found, element + lead)
    return _replaced(part, found, element + found[2])


def _without_empty(part: str, tool: str, kind: str) -> str:
    """After the library's values are gone: an option that was made for them goes, one that was there is as before."""
    found = _tool(part, tool)
    there = _option(found[2] or "", tool, kind) if found else None
    if found is None or there is None or there[2] is None or there[2].strip():
        return part
    inside = found[2]
    own = _own_id(found[1], f"{_BUILD}.{tool}.option.{kind}")
    if f'id="{own}"' in there[1]:
        left = inside[: there.start()].rstrip() + inside[there.end() :]
        if not left.strip():
            return part[: found.start()] + found[1] + "/>" + part[found.end() :]
        return _replaced(part, found, left)
    start = there[1].replace(' IS_VALUE_EMPTY="false"', ' IS_VALUE_EMPTY="true"')
    return _replaced(part, found, inside[: there.start()] + f"{start}/>" + inside[there.end() :])


def _replaced(part: str, tool: re.Match[str], inside: str) -> str:
    return part[: tool.start()] + f"{tool[1]}>{inside}</tool>" + part[tool.end() :]


def _own_id(tool_start: str, super_class: str) -> str:
    """Of an option that is made here: the same for the same tool, which has an id of its own."""
    return f"{super_class}.{zlib.crc32(f'{tool_start.strip()} {super_class}'.encode('utf-8', 'surrogateescape'))}"


def _lead(text: str, at: int) -> str:
    """The line end and the indentation before an element; nothing where lines are not used."""
    found = re.search(r"\r?\n[ \t]*\Z", text[:at])
    return found[0] if found else ""


def _unit(lead: str) -> str:
    return "" if not lead else "  " if lead.endswith(" ") else "\t"


# ---- folders that are compiled as a whole

#: of an entry for a project without any; the IDE's own entries are also RESOLVED
_ALL_SOURCES = 'flags="VALUE_WORKSPACE_PATH" kind="sourcePath" name=""'


def _with_excluded(part: str, folder: str) -> str:
    end = part.find("</configuration>")
    if "<sourceEntries" in part or end < 0:
        return _each_entry(part, folder, _exclude)
    lead = _lead(part, end)
    inner = lead + _unit(lead)
    entry = f'<entry excluding="{folder}" {_ALL_SOURCES}/>'
    block = f"{inner}<sourceEntries>{inner}{_unit(lead)}{entry}{inner}</sourceEntries>"
    at = end - len(lead)
    return part[:at] + block + part[at:]


def _without_excluded(part: str, folder: str) -> str:
    entry = re.escape(f'<entry excluding="{folder}" {_ALL_SOURCES}/>')
    part = re.sub(rf"\s*<sourceEntries>\s*{entry}\s*</sourceEntries>", "", part)
    return _each_entry(part, folder, _include)


def _each_entry(part: str, folder: str, change: Callable[[str, str], str]) -> str:
    def put(match: re.Match[str]) -> str:
        name = re.search(r'\sname="([^"]*)"', match[0])
        if name is None:
            return match[0]
        above = f"{name[1]}/" if name[1] else ""
        return change(match[0], folder.removeprefix(above)) if folder.startswith(above) else match[0]

    return re.sub(rf"<entry(?:{_ATTRIBUTE})*\s*/>", put, part)


def _exclude(entry: str, name: str) -> str:
    there = re.search(r'\sexcluding="([^"]*)"', entry)
    if there is None:
        return entry.replace("<entry ", f'<entry excluding="{name}" ', 1)
    return entry[: there.end(1)] + f"|{name}" + entry[there.end(1) :]


def _include(entry: str, name: str) -> str:
    entry = entry.replace(f'<entry excluding="{name}" ', "<entry ", 1)
    return re.sub(rf'(\sexcluding="[^"]*)\|{re.escape(name)}"', r'\1"', entry, count=1)
