"""Filters: what goes in comes out, whatever a name holds, and nothing breaks out of its place."""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from host_c import HostC
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.errors import TemplateError
from generator.render import filters
from generator.render.filters import FILTERS

words = st.text(st.characters(exclude_categories=["Cs"]))
#: texts made of what is dangerous somewhere
hostile = st.text(st.sampled_from("*/\\\"'?#$(){}[]<>;`|\n\r\t\0\x1a%@&~!=,. aZ0_é\u2028\u202e😀-"))
texts = words | hostile

#: harmless where a name or option is printed, not where a path is
PATHS = ("../../etc/x", "/etc/passwd", "-I/evil")
NAMES = (
    'kws"; system("x',
    "a*/ int evil; /*",
    "a\nset(X 1)",
    "${HOME}",
    "$ENV{PATH}",
    "a;b",
    "a b;c",
    "a]]",
    "\\",
    "é",
    "x\0y",
)
REFUSING = (
    "c_ident",
    "cmake_path",
    "kconfig",
    "token",
    "c_address",
    "c_constant",
    "cmake_words",
    "c_literals",
)


# ---- refusing


@pytest.mark.parametrize("name", REFUSING)
@pytest.mark.parametrize("value", NAMES)
def test_what_can_break_out_is_refused(name: str, value: str) -> None:
    with pytest.raises(TemplateError, match=r"is not|leaves") as caught:
        FILTERS[name](value)
    assert caught.value.hint


@pytest.mark.parametrize("name", [n for n in REFUSING if n != "c_literals"])
def test_nothing_at_all_is_refused_too(name: str) -> None:
    with pytest.raises(TemplateError):
        FILTERS[name]("")


@pytest.mark.parametrize("name", [n for n in REFUSING if n != "c_literals"])
@pytest.mark.parametrize("value", [None, 7, True, 1.5, ["a"], {"a": 1}])
def test_a_value_of_another_kind_is_refused(name: str, value: object) -> None:
    with pytest.raises(TemplateError):
        FILTERS[name](value)


@given(texts)
def test_identifiers_pass_unchanged_or_not_at_all(value: str) -> None:
    for name in ("c_ident", "kconfig", "token", "cmake_path"):
        try:
            printed = FILTERS[name](value)
        except TemplateError:
            continue
        assert printed == value
        assert re.fullmatch(r"[A-Za-z0-9_./@:+-]+", printed, re.ASCII)


@pytest.mark.parametrize("path", [*PATHS, "a/../b", "..", "../x", "/x", "-x", "a/..", "x y", "a\\b", "a;b"])
def test_a_path_that_leaves_the_project_is_refused(path: str) -> None:
    with pytest.raises(TemplateError):
        filters.cmake_path(path)


@pytest.mark.parametrize("path", ["src/a_lib0.c", "a..b/c.c", "a-b/c+d.c"])
def test_a_plain_path_passes(path: str) -> None:
    assert filters.cmake_path(path) == path


@pytest.mark.parametrize("value", [True, 1.0, "1", None])
def test_only_whole_numbers_are_whole_numbers(value: object) -> None:
    with pytest.raises(TemplateError):
        filters.c_int(value)  # type: ignore[arg-type]


# ---- C


def evaluate(literal: str) -> bytes:
    """A C string literal as C11 6.4.5 evaluates it; anything the standard gives no meaning fails."""
    assert literal[0] == literal[-1] == '"' and "??" not in literal
    inside, out, at = literal[1:-1], bytearray(), 0
    while at < len(inside):
        octal = re.compile(r"\\([0-7]{1,3})").match(inside, at)
        if octal:
            out.append(int(octal[1], 8))
            at = octal.end()
        elif inside[at] == "\\":
            assert inside[at + 1] in '"\\'
            out += inside[at + 1].encode()
            at += 2
        else:
            assert inside[at] != '"' and " " <= inside[at] <= "~"
            out += inside[at].encode()
            at += 1
    return bytes(out)


@given(texts)
def test_a_string_evaluates_to_the_bytes_of_the_name(value: str) -> None:
    assert evaluate(filters.c_string(value)) == value.encode()


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(values=st.lists(texts, min_size=20, max_size=60))
def test_a_compiler_agrees(values: list[str], host_c: HostC, tmp_path: Path) -> None:
    """With trigraphs on, in strings and behind comments."""
    lines = "".join(
        f"/* {filters.c_comment(value)} */\nput({filters.c_string(value)}, sizeof({filters.c_string(value)}));\n"
        for value in values
    )
    source = tmp_path / "names.c"
    source.write_text(
        "#include <stdio.h>\n"
        "static void put(const char *text, size_t size)\n"
        '{ for (size_t i = 0; i < size; i++) printf("%02x", (unsigned char)text[i]); puts(""); }\n'
        f"int main(void) {{\n{lines}return 0; }}\n",
        "ascii" if all(value.isascii() for value in values) else "utf-8",
    )
    made = host_c.compile(source, tmp_path / "names.o", ["-std=c11", "-trigraphs", "-Wall", "-Werror"], [])
    printed = host_c.run(host_c.link([made], tmp_path / "names", []))
    assert printed.splitlines() == [(value.encode() + b"\0").hex() for value in values]


@given(texts)
def test_a_comment_neither_ends_nor_opens_nor_goes_on(value: str) -> None:
    printed = filters.c_comment(value)
    assert not re.search(r"\*/|/\*|\\|\?\?/", printed)
    assert len(printed.splitlines()) <= 1
    # What surrounds it in the templates does not complete an end of comment either.
    assert f"/* {printed} */".index("*/") == len(printed) + 4


@given(st.integers(-(2**63), 2**64 - 1))
def test_whole_numbers_are_printed_in_decimal(value: int) -> None:
    assert int(filters.c_int(value)) == value


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_floats_keep_every_bit(value: float) -> None:
    printed = filters.c_float(value)
    assert printed.endswith("f")
    assert struct.pack("<f", float.fromhex(printed[:-1])) == struct.pack("<f", value)


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, 1e39, "1", None])
def test_what_is_not_a_float32_is_refused(value: object) -> None:
    with pytest.raises(TemplateError):
        filters.c_float(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["c_string", "yaml_string"])
def test_half_a_character_is_refused(name: str) -> None:
    with pytest.raises(TemplateError, match="is not text"):
        FILTERS[name]("a\ud800b")


# ---- other languages


@given(texts)
def test_yaml_reads_the_same_text_back(value: str) -> None:
    printed = filters.yaml_string(value)
    assert printed.isascii() and "\n" not in printed
    assert yaml.safe_load(printed) == value
    assert yaml.safe_load(f"a:\n  - {printed}\nb: 1\n") == {"a": [value], "b": 1}


@given(st.dictionaries(words, words | st.integers() | st.lists(words)))
def test_json_reads_the_same_value_back(value: dict[str, object]) -> None:
    assert json.loads(filters.json_text(value)) == value


@given(texts)
def test_a_hash_comment_stays_on_its_line(value: str) -> None:
    printed = filters.hash_comment(value)
    assert len(f"# {printed}.".splitlines()) == 1
    assert "\0" not in printed


@given(texts)
def test_a_linker_string_ends_where_it_should(value: str) -> None:
    printed = filters.linker_string(value)
    assert printed[0] == printed[-1] == '"' and '"' not in printed[1:-1] and "\\" not in printed
    assert len(printed.splitlines()) == 1


@given(texts)
def test_code_in_a_markdown_table_stays_in_its_cell(value: str) -> None:
    printed = filters.code(value)
    assert "`" not in printed and not re.search(r"(?<!\\)\|", printed)
    assert len(f"x{printed}x".splitlines()) == 1


@given(texts)
def test_markdown_text_has_no_markup(value: str) -> None:
    printed = filters.markdown(value)
    assert not re.search(r"(?<!\\)[`*_\[\]<>#|]", re.sub(r"\\\\", "", printed))
    assert len(f"x{printed}x".splitlines()) == 1


def test_numbers_for_people() -> None:
    assert filters.thousands(56192) == "56,192"
    assert filters.real(struct.unpack("<f", struct.pack("<f", 0.1))[0]) == "0.100000001"
    assert filters.verbatim("a") == "a\n" == filters.verbatim("a\n")


# ---- all of them


@pytest.mark.parametrize("name", sorted(FILTERS))
@settings(deadline=None, max_examples=60)
@given(value=texts)
def test_every_filter_prints_text_or_says_why_not(name: str, value: str) -> None:
    """The same each time, and no other exception than ours."""
    if name in ("c_int", "c_float", "thousands", "real"):
        return
    call: Callable[[str], str] = FILTERS[name]
    try:
        printed = call(value)
    except TemplateError:
        with pytest.raises(TemplateError):
            call(value)
        return
    assert isinstance(printed, str) and call(value) == printed
