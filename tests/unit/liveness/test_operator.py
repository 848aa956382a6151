"""Operators' C: steps, what they touch, what they ask for, and what is not understood, by name."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.liveness.operator import OperatorReader, OperatorSteps
from generator.liveness.syntax import CProgram
from generator.model.archive import SourceFile

ASK = "void* %s = TVMBackendAllocWorkspace(1, 0, (uint64_t)%d, 0, 8);\n  if (%s == NULL) {\n    return -1;\n  }\n"
GIVE = "if (TVMBackendFreeWorkspace(1, 0, %s) != 0) {\n    return -1;\n  }\n"


def read(
    body: str,
    parameters: str = "int8_t* p0, int8_t* p1",
    *,
    sizes: tuple[int, ...] = (),
    more: str = "",
    packed: bool = False,
    asking: dict[str, list[int]] | None = None,
) -> OperatorSteps:
    text = f"#include <tvm/runtime/c_backend_api.h>\n{more}\nTVM_DLL int32_t op({parameters}) {{{body} return 0;}}\n"
    program = CProgram([SourceFile("src/lib1.c", text.encode())])
    return OperatorReader(program, {**({"op": list(sizes)} if sizes else {}), **(asking or {})}).read(
        "op", packed=packed
    )


def ask(name: str, size: int) -> str:
    return ASK % (name, size, name)


def steps(operator: OperatorSteps) -> list[dict[str, str]]:
    """By step: ``p0`` or ``s0`` -> R, W, and D where the step begins a new content."""
    assert operator.coarse is None, operator.coarse
    letters = {"data": "p", "scratch": "s"}
    return [
        {
            f"{letters[kind]}{index}": "R" * effect.reads + "W" * effect.writes + "D" * effect.defines
            for (kind, index), effect in step.items()
        }
        for step in operator.steps
    ]


# ---- what a statement touches


def test_each_top_level_loop_nest_is_a_step() -> None:
    operator = read(
        ask("t", 8)
        + """
        for (int32_t i = 0; i < 8; ++i) { ((int8_t*)t)[i] = p0[i]; }
        for (int32_t i = 0; i < 8; ++i) { p1[i] = ((int8_t*)t)[i]; }
        """
        + GIVE % "t",
        sizes=(8,),
    )
    assert steps(operator) == [{"p0": "R", "s0": "WD"}, {"s0": "R", "p1": "WD"}]
    assert [(s.variable, s.size_bytes, s.below) for s in operator.scratch] == [("t", 8, None)]
    assert operator.unordered is None


@pytest.mark.parametrize(
    ("body", "p0", "p1"),
    [
        ("p1[0] = p0[0];", 1, 1),
        ("for (int32_t i = 0; i < 8; ++i) { p1[i] = p0[i]; }", 8, 8),
        ("for (int32_t i = 2; i < 8; ++i) { p1[i] += p0[i]; }", 6, 12),
        (
            "for (int32_t i = 0; i < 4; ++i) { for (int32_t j = 0; j < 9; ++j) { p1[i] = p0[j]; } p1[i] = 0; }",
            36,
            40,
        ),
        ("for (int32_t i = 0; i < 4; ++i) { p1[i] = i > 1 ? p0[i] : (int8_t)0; }", 4, 4),
        ("for (int32_t i = 0; i < p0[0]; ++i) { p1[i] = 1; }", 1, 1),
        (
            "for (int32_t i = 0; i < 4; ++i) { p1[i] = 1; } for (int32_t i = 0; i < 4; ++i) { p1[i] = 1; }",
            0,
            8,
        ),
        ("memcpy(p1, p0, 10);", 3, 3),
        ("for (int32_t i = 0; i < 5; ++i) { helper(p0, p1); }", 5, 10),
    ],
)
def test_loads_and_stores_are_counted_through_loops(body: str, p0: int, p1: int) -> None:
    operator = read(
        body, more="TVM_DLL int32_t helper(int8_t* a, int8_t* b) { b[0] = a[0]; b[1] = 1; return 0; }"
    )
    assert [operator.effect_on(argument).accesses for argument in (0, 1)] == [p0, p1]


def test_statements_that_touch_the_same_buffers_are_one_step() -> None:
    operator = read("p1[0] = p0[0]; p1[1] = p0[1]; p1[2] = p0[2]; p1[3] = 0;")
    assert steps(operator) == [{"p0": "R", "p1": "WD"}, {"p1": "WD"}]


def test_a_nested_block_is_opened_into_its_statements() -> None:
    assert len(steps(read("{ int8_t x = p0[0]; { p1[0] = 1; } }"))) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "p1[0] = ((int8_t*)((void*)p0))[3];",
        "p1[0] = *(p0 + 3);",
        "p1[0] = *p0;",
        "p1[0] = 3[p0];",
        "void* alias_let = (&(p0[4])); p1[0] = ((int8_t*)alias_let)[1];",
        "int8_t* q; q = p0; p1[0] = q[0];",
        "int8_t* q = p0 + 1; q += 2; p1[0] = *q;",
        "uintptr_t q = (uintptr_t)p0 + 1; p1[0] = *(int8_t*)q;",
        "p1[0] = (p0[0] > 3) ? 1 : 0;",
        "memcpy(p1, p0, 8);",
        "int8_t x = p0[0]; p1[0] = x;",
        "p1[(int32_t)p0[0]] = 0;",
        "int32_t k = 0; while (k < p0[0]) { p1[k] = 0; k = k + 1; }",
        "int8_t v[p0[0]]; p1[0] = (int8_t)sizeof(v);",
        "int8_t (*v)[p0[0]] = NULL; p1[0] = (int8_t)sizeof(*v);",
        "p1[0] = (int8_t)sizeof(int8_t[p0[0]]);",
    ],
)
def test_an_address_is_followed(statement: str) -> None:
    touched = steps(read(statement))
    assert all("R" in step["p0"] and "W" not in step["p0"] for step in touched if "p0" in step)
    assert any("p0" in step for step in touched) and any("W" in step.get("p1", "") for step in touched)


def test_an_address_that_a_loop_hands_to_the_next_turn_is_followed() -> None:
    (step,) = steps(
        read(
            "for (int32_t i = 0; i < 2; ++i) { int8_t* q; if (i) { p1[0] = r[0]; } q = p0; r = q; }",
            "int8_t* p0, int8_t* p1, int8_t* r",
        )
    )
    assert step["p0"] == "R"


def test_a_choice_of_addresses_touches_both() -> None:
    (step,) = steps(read("((p2 > 3) ? p0 : p1)[0] = 1;", "int8_t* p0, int8_t* p1, int32_t p2"))
    assert step == {"p0": "W", "p1": "W"}


def test_values_local_arrays_and_comparisons_touch_nothing() -> None:
    operator = read("int32_t a[4]; a[0] = 3; if (p0 == NULL) { return -1; } float v = expf(1.0f); p1[0] = 1;")
    assert steps(operator) == [{"p1": "WD"}]


# ---- which content a step begins


@pytest.mark.parametrize(
    ("statement", "p1"),
    [
        ("for (int32_t i = 0; i < 4; ++i) { p1[i] = 0; p1[i] = p1[i] + p0[i]; }", "RWD"),
        ("for (int32_t i = 0; i < 4; ++i) { p1[i] = p1[i] + p0[i]; }", "RW"),
        ("for (int32_t i = 0; i < 4; ++i) { p1[i] += p0[i]; }", "RW"),
        ("p1[0]++;", "RW"),
        ("if (p0[0]) { p1[0] = 0; }", "W"),
        ("for (int32_t i = 0; i < p0[0]; ++i) { p1[i] = 0; }", "W"),
        ("for (int32_t i = 4; i < 4; ++i) { p1[i] = 0; }", "W"),
        ("for (int32_t i = 0; i < 4; ++i) { if (p0[i]) { break; } p1[i] = 0; }", "W"),
        ("for (int32_t i = 0; i < 4; ++i) { if (p0[i] == 0) { p1[i] = 0; } p1[i] = p1[i] + 1; }", "RW"),
        ("do { p0[0] = p1[0]; } while ((p1[0] = 0));", "RW"),
        ("p0[0] && (p1[0] = 0);", "W"),
        ("memset(p1, 0, 4);", "WD"),
    ],
)
def test_a_content_begins_with_a_write_that_nothing_comes_before(statement: str, p1: str) -> None:
    (step,) = steps(read(statement))
    assert step["p1"] == p1


@pytest.mark.parametrize(
    ("body", "defines"),
    [
        ("p1[0] = 0; p0[0] = p1[0];", True),
        ("if (p0[0]) { p1[0] = 0; }", True),
        ("if (p0[0]) { p1[0] = 0; } int8_t x = p1[0];", False),
        ("fills(p1); p0[0] = p1[0];", True),
        ("may_fill(p1, 1); p0[0] = p1[0];", False),
        ("may_fill(p1, 1);", True),
        ("p0[0] = p1[0]; p1[0] = 0;", False),
        ("p1[0] += 1;", False),
        ("p0[0] = p1[0];", False),
    ],
)
def test_an_operator_defines_what_it_writes_before_it_reads(body: str, defines: bool) -> None:
    more = """
    void fills(int8_t* a) { a[0] = 0; }
    void may_fill(int8_t* a, int32_t n) { if (n) { a[0] = 0; } }
    """
    assert read(body, more=more).effect_on(1).defines is defines


# ---- packed functions and functions that are called

PACKED = """
  void* arg_p0 = (((TVMValue*)args)[0].v_handle);
  int32_t arg_p0_code = arg_type_ids[0];
  void* arg_T = (((TVMValue*)args)[1].v_handle);
  void* p0 = (((DLTensor*)arg_p0)[0].data);
  void* arg_p0_strides = (((DLTensor*)arg_p0)[0].strides);
  int32_t dev_id = (((DLTensor*)arg_p0)[0].device.device_id);
  void* T = (((DLTensor*)arg_T)->data);
  if (!(arg_p0_strides == NULL)) {
  }
"""
PACKED_PARAMETERS = "void* args, int32_t* arg_type_ids, int32_t num_args, void* ret, int32_t* code, void* res"


def test_a_packed_functions_arguments_are_unwrapped() -> None:
    operator = read(
        PACKED + "for (int32_t i = 0; i < 4; ++i) { ((int8_t*)T)[i] = ((int8_t*)p0)[i]; }",
        PACKED_PARAMETERS,
        packed=True,
    )
    assert steps(operator) == [{"p0": "R", "p1": "WD"}]


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("void* q = (((TVMValue*)args)[num_args].v_handle); ((int8_t*)q)[0] = 1;", "at run time"),
        ("void* q = (((DLTensor*)arg_p0)[1].data); ((int8_t*)q)[0] = 1;", "at run time"),
        ("(((DLTensor*)arg_p0)[0].data) = NULL;", "in a way that is not analysed"),
        ("TVMValue v = ((TVMValue*)args)[0];", "in a way that is not analysed"),
        ("helper(args);", "helper"),
    ],
)
def test_odd_uses_of_packed_arguments_are_not_understood(statement: str, why: str) -> None:
    coarse = read(PACKED + statement, PACKED_PARAMETERS, packed=True).coarse
    assert coarse is not None and why in coarse


def test_a_function_of_the_archive_is_looked_into() -> None:
    more = """
    static inline int32_t gemm(int8_t* a, const int8_t* b, int32_t n) {
      for (int32_t i = 0; i < 4; ++i) { a[i] = b[i]; } return 0; }
    """
    assert steps(read("gemm(p1, p0, 4);", more=more)) == [{"p0": "R", "p1": "WD"}]


# ---- what is not understood


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("mystery(p0);", "passes a buffer to mystery, whose code is not in the archive"),
        ("void (*f)(int8_t*); f(p0);", "through a pointer"),
        ("void (*helper)(int8_t*) = other; helper(p0);", "through a pointer"),
        ("(*p0_f)(p0);", "through a pointer"),
        ("void* a[2]; a[0] = p0;", "stores an address in memory"),
        ("void* a[1] = {p0};", "stores an address in memory"),
        ("static void* kept = 0; *(&kept) = p0;", "stores an address in memory"),
        ("static void* kept = p0; p1[0] = 0;", "keeps an address beyond its own run"),
        ("static int8_t* kept; if (kept) { p1[0] = kept[0]; } kept = p0;", "beyond its own run"),
        ("extern int8_t* kept; kept = p0;", "keeps an address beyond its own run"),
        ("int8_t (*rows)[4] = (int8_t (*)[4])p0; int8_t* row = rows[1]; p1[0] = row[0];", "pointer to arrays"),
        ("int8_t (*rows)[4]; rows = p0; int8_t* row = *rows; p1[0] = row[0];", "pointer to arrays"),
        ("int8_t* row = ((int8_t (*)[4])p0)[1]; p1[0] = row[0];", "pointer to arrays"),
        ("int8_t* row = &((int8_t (*)[4])p0)[1][0]; p1[0] = row[0];", "pointer to arrays"),
        ("int8_t* row = ((struct rows*)p0)->row; p1[0] = row[0];", "pointer to arrays, structures"),
        ("struct rows* rows = p0; int8_t* row = rows->row; p1[0] = row[0];", "pointer to arrays, structures"),
        ("kept = p0;", "keeps an address in a global variable"),
        ("void* q = p0; mystery(&q);", "takes the address of a pointer"),
        ("again: p1[0] = 0; goto again;", "jumps with goto"),
        ("return (int32_t)p0;", "returns an address"),
        ("helper((int32_t)p0);", "passes an address to helper as another type"),
        ("loops(p0);", "calls itself"),
        ("leaks(p0);", "calls leaks, which stores an address in memory"),
        ("p1[0] = MASK(p0[0]);", "uses the macro MASK"),
        ("asm volatile (\"\" : : \"r\"(p0));", "uses C that the parser does not know"),
        ("unknown_t x = 0; p1[0] = 1", "uses C that the parser does not know"),
    ],
)  # fmt: skip
def test_what_is_not_understood_makes_one_step_by_name(body: str, why: str) -> None:
    more = """
    #define MASK(x) ((x) & 3)
    static int32_t helper(int32_t a) { return a; }
    static int32_t loops(int8_t* a) { loops(a); return 0; }
    static int32_t leaks(int8_t* a) { void* t[1]; t[0] = a; return 0; }
    """
    operator = read(body, more=more)
    assert operator.coarse is not None and why in operator.coarse
    assert len(operator.steps) == 1
    effect = operator.effect_on(1)
    assert effect.reads and effect.writes and not effect.defines


@pytest.mark.parametrize("parameter", ["int8_t p0[4][4]", "struct rows* p0", "int8_t** p0"])
def test_a_parameter_that_points_at_arrays_is_not_followed(parameter: str) -> None:
    coarse = read("int8_t* row = p0[1]; p1[0] = row[0];", f"{parameter}, int8_t* p1").coarse
    assert coarse is not None and "pointer to arrays" in coarse


@pytest.mark.parametrize("before", ["", "  ", "/* slow */ "])
def test_conditional_compilation_hides_what_a_file_holds(before: str) -> None:
    operator = read("p1[0] = 0;", more=f"{before}#ifdef FAST\nint x;\n#endif\n")
    assert operator.coarse == "is in a file with conditional compilation"


def test_a_header_inside_a_function_hides_what_it_does() -> None:
    coarse = read('\n#include "rest.h"\np1[0] = 0;').coarse
    assert coarse is not None and "parser" in coarse


def test_linkage_for_cplusplus_is_not_a_condition() -> None:
    assert read("p1[0] = 0;", more='#ifdef __cplusplus\nextern "C"\n#endif').coarse is None


def test_a_function_of_two_files_is_not_distinguished() -> None:
    sources = [SourceFile(f"src/lib{n}.c", b"int32_t op(int8_t* p0) { return 0; }") for n in (1, 2)]
    assert OperatorReader(CProgram(sources), {}).read("op").coarse == "is defined twice"


def test_expressions_without_end_do_not_exhaust_the_reader() -> None:
    operator = read("p1[0] = " + "(" * 3000 + "1" + ")" * 3000 + ";")
    assert operator.coarse is None or "deep" in operator.coarse or "parser" in operator.coarse
    operator = read("p1[0] = " + "+".join(["p0[0]"] * 5000) + ";")
    assert operator.coarse is None or "deep" in operator.coarse or "parser" in operator.coarse


def test_blocks_without_end_do_not_exhaust_the_reader() -> None:
    operator = read("{" * 3000 + "p1[0] = 1;" + "}" * 3000)
    assert operator.coarse is None or "parser" in operator.coarse


@pytest.mark.parametrize(
    ("body", "accesses"),
    [
        ("memset(p1, 0, -8000);", 1),
        ("memset(p1, 0, 0);", 1),
        (f"for (int32_t i = 0; i < {'9' * 5000}; ++i) {{ p1[i] = 0; }}", 1),
        ("for (int32_t i = 0; i < 2000000000; ++i) " * 40 + "{ p1[i] = 0; }", 10**15),
    ],
)
def test_numbers_beyond_sense_leave_the_counts_sane(body: str, accesses: int) -> None:
    assert read(body).effect_on(1).accesses == accesses


def test_a_packed_function_without_parameters_is_not_understood() -> None:
    assert read("mystery();", "void", packed=True).coarse == "takes no arguments"


def test_a_function_that_is_nowhere_is_not_understood() -> None:
    assert OperatorReader(CProgram([]), {}).read("op").coarse == "is not in the archive"


SAMPLE = ask("t", 8) + "for (int32_t i = 0; i < 8; ++i) { ((int8_t*)t)[i] = p0[i]; } p1[0] = *t;" + GIVE % "t"
TOKENS = re.findall(r"\w+|[^\w\s]|\s+", SAMPLE)
ODD = [
    "(",
    ")",
    "[",
    "*",
    "&",
    ";",
    "->",
    ".",
    "=",
    "...",
    "?",
    "sizeof",
    "struct",
    "goto",
    "1.5f",
    "0x",
    "08",
]


@settings(max_examples=150)
@given(
    changes=st.lists(
        st.tuples(st.integers(0, len(TOKENS) - 1), st.sampled_from(["", *ODD, *TOKENS])), max_size=4
    )
)
def test_code_of_any_kind_is_read_or_reported(changes: list[tuple[int, str]]) -> None:
    tokens = list(TOKENS)
    for index, token in changes:
        tokens[index] = token
    body = "".join(tokens)
    if body.count("{") != body.count("}"):
        return
    operator = read(body, sizes=(8,))
    assert operator.steps and (operator.coarse is None or operator.coarse.strip())


# ---- requests


def test_requests_are_reported_with_the_one_below() -> None:
    body = ask("a", 8) + ask("b", 16) + "p1[0] = 1;" + GIVE % "b" + ask("c", 24) + GIVE % "c" + GIVE % "a"
    operator = read(body, sizes=(8, 16, 24))
    assert [(s.variable, s.size_bytes, s.below) for s in operator.scratch] == [
        ("a", 8, None),
        ("b", 16, 0),
        ("c", 24, 0),
    ]


@pytest.mark.parametrize(
    ("body", "sizes", "why"),
    [
        ("for (int32_t i = 0; i < 2; ++i) { " + ask("a", 8) + GIVE % "a" + "}", (8,), "in a loop or on a condition"),
        ("if (p0[0]) { " + ask("a", 8) + GIVE % "a" + "}", (8,), "in a loop or on a condition"),
        (ask("a", 8) + ask("b", 8) + GIVE % "a" + GIVE % "b", (8, 8), "in the opposite order"),
        (ask("a", 8), (8,), "does not free all of its workspace"),
        (GIVE % "p0", (), "in the opposite order"),
        ("deep(p0);", (), "calls scratchy, which requests workspace"),
    ],
)  # fmt: skip
def test_requests_in_no_fixed_order_are_named(body: str, sizes: tuple[int, ...], why: str) -> None:
    more = """
    static int32_t scratchy(int8_t* a) { void* t = TVMBackendAllocWorkspace(1, 0, 4, 0, 8); return 0; }
    static int32_t deep(int8_t* a) { return scratchy(a); }
    """
    operator = read(body, sizes=sizes, more=more, asking={"scratchy": [4]})
    assert operator.unordered is not None and why in operator.unordered
    assert operator.scratch == ()


def test_requests_keep_their_order_where_the_rest_is_not_understood() -> None:
    operator = read(ask("a", 8) + "mystery(a, p0);" + GIVE % "a", sizes=(8,))
    assert operator.unordered is None and operator.coarse is not None
    assert [s.variable for s in operator.scratch] == ["a"]
