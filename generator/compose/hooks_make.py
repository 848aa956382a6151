"""Which lines make a Makefile compile and link a library of models, read off its rules. Pure.

All go to the end of the file: recipes are expanded when they run, and prerequisites of one target may be listed in
several places.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

_ASSIGNMENT = re.compile(r"^ *(?:override +|export +)?([\w.-]+) *(\+?|[:?]|::)=(.*)$")
_RULE = re.compile(r"^([^\t#:=][^:=]*):(?!=)(.*)$")
_USE = re.compile(r"\$[({]([\w.-]+)[)}]")
_OUTPUT = re.compile(r"(?:^|\s)-o\s*(?:\$@|\$\(@\)|\$\{@\}|[\w./$(){}-]+)")
_COMPILES = re.compile(r"(?:^|\s)-[cSE](?:\s|$)|(?:^|\s)-MM?(?:\s|$)")
_LINKER = re.compile(
    r"\$[({](?:CC|CXX|LD|LINK|LINKER|\w*_?(?:GCC|LD|CC))[)}]|\b[\w.-]*(?:gcc|g\+\+|clang|ld)\b"
)
_OBJECTS = re.compile(r"\$\^|\$\+|\$[({]\w*(?:OBJ|obj)\w*[)}]")
#: variables for what is linked last, and for the compiler's options, the best first
_LIBRARIES = ("LDLIBS", "LIBS", "LOADLIBES", "LDFLAGS", "LFLAGS", "LINKFLAGS", "LD_FLAGS")
_FLAGS = ("CFLAGS", "CPPFLAGS", "C_FLAGS", "INCLUDES", "INCS", "INC", "CPFLAGS")


class _Rule(Struct, frozen=True):
    targets: str
    prerequisites: str
    recipe: str


def makefile_lines(text: str, folder: str, script: str | None) -> tuple[str, ...] | str:
    """The lines, or why there are none that would work, as a sentence without its dot.

    script: of the library, for the linker, as seen from the Makefile; None where there is nothing to add.
    """
    rules = _rules(text)
    links = [rule for rule in rules if _links(rule.recipe)]
    if len({rule.targets for rule in links}) != 1:
        found = ", ".join(sorted({rule.targets for rule in links}))
        return f"it links several images ({found})" if links else "it has no rule that links an image"
    (link, *_) = links
    if "%" in link.targets or len(re.sub(r"\$[({][^)}]*[)}]", "x", link.targets).split()) != 1:
        return f"its rule that links is for several targets ({link.targets})"
    libraries = _after_objects(link.recipe)
    if libraries is None:
        return f"nothing that is linked after the objects can be added to in the rule for {link.targets}"
    flags = _flags(text, [rule.recipe for rule in rules if _COMPILES.search(rule.recipe)])
    if flags is None:
        return "its rules compile without a variable for options"
    assigned = {match[1] for match in map(_ASSIGNMENT.match, _lines(text)) if match}
    in_build = "BUILD_DIR" in assigned
    made = any(rule.targets == "$(BUILD_DIR)" for rule in rules)
    return (
        *(("MLF_BUILD = $(BUILD_DIR)/mlf",) if in_build else ()),
        f"include {folder}/mlf.mk",
        f"{flags} += $(MLF_INCLUDES)",
        f"{libraries} += $(MLF_LINK) $(MLF_LIBS)",
        *((f"{libraries} += -Wl,-T,{script}",) if script else ()),
        f"{link.targets}: $(MLF_LINK)",
        # Its rule fails where the folder is there already, so that it has to run first.
        *(("$(MLF_OBJECTS): | $(BUILD_DIR)",) if in_build and made else ()),
    )


def includes_library(text: str, folder: str) -> bool:
    """Whether the Makefile includes the library's part, but for lines that mlfgen has put in."""
    own = re.compile(
        rf"^# >>> mlfgen: {re.escape(folder)}\r?\n.*?^# <<< mlfgen: {re.escape(folder)}(?: \([^\n]*\))?\r?$",
        re.MULTILINE | re.DOTALL,
    )
    name = re.escape(f"{folder}/mlf.mk")
    return re.search(rf"^ *-?include\b.*(?<![\w.-]){name}\b", own.sub("", text), re.MULTILINE) is not None


def _lines(text: str) -> list[str]:
    """Logical lines without comments; those of recipes keep their tab."""
    joined = re.sub(r"[ \t]*\\\r?\n[ \t]*", " ", text)
    return [
        line if line.startswith("\t") else re.sub(r"(?<!\\)#.*", "", line) for line in joined.splitlines()
    ]


def _rules(text: str) -> list[_Rule]:
    found: list[_Rule] = []
    for line in _lines(text):
        if line.startswith("\t") and found:
            last = found[-1]
            found[-1] = _Rule(last.targets, last.prerequisites, f"{last.recipe}\n{line[1:]}")
        elif _ASSIGNMENT.match(line) is None and (rule := _RULE.match(line)) is not None:
            head, _, recipe = rule[2].partition(";")
            found.append(_Rule(rule[1].strip(), head.strip(), recipe))
    return [rule for rule in found if rule.recipe and not rule.targets.startswith(".")]


def _links(recipe: str) -> bool:
    return any(_link_line(line) for line in recipe.splitlines())


def _link_line(line: str) -> bool:
    words = line.split("-o", 1)[0]
    is_link = _OUTPUT.search(line) and not _COMPILES.search(line) and _OBJECTS.search(line)
    return bool(is_link and _LINKER.search(words.lstrip("@-+ ")))


def _after_objects(recipe: str) -> str | None:
    """The variable in a link command behind the objects: a library counts only there."""
    for line in filter(_link_line, recipe.splitlines()):
        last = [match.end() for match in _OBJECTS.finditer(line)][-1]
        names: list[str] = _USE.findall(line[last:])
        for name in (*_LIBRARIES, *(name for name in names if name.upper().endswith(("LIBS", "LDFLAGS")))):
            if name in names:
                return name
    return None


def _flags(text: str, compiling: Sequence[str]) -> str | None:
    """The variable with options for every C file; make's own rules use CFLAGS."""
    if not compiling:
        return "CFLAGS"
    used = {name for recipe in compiling for name in _USE.findall(recipe)}
    known = next((name for name in _FLAGS if name in used), None)
    if known is not None and _reaches(text, "C_INCLUDES", known):
        return "C_INCLUDES"
    return known or next((name for name in sorted(used) if name.upper().endswith("CFLAGS")), None)


def _reaches(text: str, inner: str, outer: str) -> bool:
    """Whether what is added to inner at the end of the file is part of outer, which is expanded late."""
    assigned = [match for match in map(_ASSIGNMENT.match, _lines(text)) if match]
    kinds = {match[2] for match in assigned if match[1] == outer}
    values = " ".join(match[3] for match in assigned if match[1] == outer)
    there = any(match[1] == inner and not match[2].startswith(":") for match in assigned)
    return there and ":" not in kinds and "::" not in kinds and inner in _USE.findall(values)
