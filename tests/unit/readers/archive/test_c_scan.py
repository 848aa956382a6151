"""Lexing C: nothing in a comment, string or table is taken for code."""

from __future__ import annotations

import pytest

from generator.errors import ArchiveError
from generator.readers.archive.c_scan import scan


def test_comments_and_strings_are_out_of_the_way() -> None:
    code = scan('int a; // f(1) {\n/* g(2) " */ char* s = "h(3) /* {"; char c = \'"\';', "a.c")
    for word in ("f", "g", "h"):
        assert f"{word}(" not in code.text
    assert code.strings == ("h(3) /* {",)


@pytest.mark.parametrize("end", ["\\\n", "\\ \n", "\\\r\n"])
def test_a_backslash_at_its_end_carries_a_comment_on(end: str) -> None:
    code = scan(f"int a; // from C:\\models{end}f(1);\ng(2); // C:\\x\nh(3);", "a.c")
    assert "f(1)" not in code.text
    assert "g(2)" in code.text and "h(3)" in code.text


@pytest.mark.parametrize("literal", [r"a\"b", r"ends in a backslash \\", "", r"\\\"", "it's"])
def test_escapes_do_not_end_a_string(literal: str) -> None:
    code = scan(f'char* s = "{literal}"; int after;', "a.c")
    assert code.strings == (literal,)
    assert code.text.endswith("; int after;")


def test_tables_are_passed_over_and_short_ones_kept() -> None:
    table = ", ".join(["+0x1.8p+1f", "-0x7f", "2UL"] * 200)
    code = scan(
        f"static const int8_t a[600] = {{{table}}};\nstatic int64_t shape[2] = {{\n1L, \n4L}};", "a.c"
    )
    assert "0x7f" not in code.text
    assert "{\n1L, \n4L}" in code.text


def test_a_table_that_hides_code_is_not_passed_over() -> None:
    table = ", ".join(["0x01"] * 100)
    code = scan(f"int a[] = {{{table}, f(1), {table}}};", "a.c")
    assert "f(1)" in code.text


def test_functions_are_found_with_their_bodies() -> None:
    code = scan(
        """
        #ifdef __cplusplus
        extern "C" {
        #endif
        TVM_DLL int32_t declared(void* a);
        #define MACRO(x) other(x) { broken \\
            }
        TVM_DLL int32_t first(void* a, int b) { if (a) { call(b); } return 0; }
        struct s { int x; };
        static struct s second(
          void* p

        ){ return make(p); }
        #ifdef __cplusplus
        }  // extern "C"
        #endif
        """,
        "a.c",
    )
    assert [(function.name, function.parameters.strip()) for function in code.functions] == [
        ("first", "void* a, int b"),
        ("second", "void* p"),
    ]
    assert code.function_at(code.text.index("call(")) == "first"
    assert code.function_at(code.text.index("make(")) == "second"
    assert code.function_at(code.text.index("declared")) is None
    assert code.function_at(code.text.index("struct s {")) is None


def test_directives_are_collected() -> None:
    code = scan(
        '#include "tvm/a.h"\n# include <b.h>\n#define N (16)\n'
        "#define DATA 1, \\\n  2\n#define N (16)\n#define M 1\n#define M 2",
        "a.c",
    )
    assert code.includes == ("tvm/a.h", "b.h")
    assert code.macros["N"] is not None and code.macros["N"].strip() == "(16)"
    assert code.macros["DATA"] is not None and "2" in code.macros["DATA"]
    assert code.macros["M"] is None


@pytest.mark.parametrize(
    "text",
    [
        '"' + '\\"' * 50_000,
        "/*" * 100_000,
        "=" * 200_000,
        "{" * 200_000,
        "(" * 200_000 + ") {",
        "a" * 400_000 + "{}",
    ],
    ids=["quotes", "comments", "equals", "braces", "parentheses", "word"],
)
def test_hostile_text_is_read_in_linear_time(text: str) -> None:
    # Quadratic behaviour would take minutes here; the suite's own patience is the limit.
    try:
        assert isinstance(scan(text, "a.c").functions, tuple)
    except ArchiveError as error:
        assert error.hint
