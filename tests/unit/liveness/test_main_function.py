"""AOT main functions: the order of requests and calls, and what each call is handed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from generator.liveness.main_function import Action, Ask, Call, GiveBack, Place, read_main
from generator.liveness.syntax import CProgram, UnreadableError
from generator.model.archive import Archive, Interface, SourceFile

OPERATOR = """
int32_t op(int8_t* p0, int8_t* p1) { p1[0] = p0[0]; return 0; }
int32_t number(uintptr_t p0) { ((int8_t*)p0)[0] = 0; return 0; }
"""
ASK = "void* a = TVMBackendAllocWorkspace(1, 0, (uint64_t)8, 0, 8); if (a == NULL) { return -1; }\n"
GIVE = "if (TVMBackendFreeWorkspace(1, 0, a) != 0) { return -1; }\n"


def read(
    body: str, parameters: str = "int8_t* in, int8_t* out", *, packed: bool = False
) -> tuple[Action, ...]:
    text = f"{OPERATOR}TVM_DLL int32_t main_({parameters}) {{\n{body}\nreturn 0;\n}}\n"
    return read_main(CProgram([SourceFile("src/lib1.c", text.encode())]), "main_", packed=packed)


def test_requests_calls_and_returns_come_in_order() -> None:
    actions = read(ASK + "if (op(in, a) != 0 ) return -1;\nif (op(a, out) != 0) { return -1; }" + GIVE)
    request, source, target = Place("request", 0), Place("parameter", 0), Place("parameter", 1)
    assert actions == (
        Ask(0, "a"),
        Call("op", (source, request)),
        Call("op", (request, target)),
        GiveBack(0),
    )


def test_a_place_inside_a_parameter_keeps_its_offset_and_name() -> None:
    (call,) = read("void* x_let = (&(in[48])); op(x_let, in + 3);")
    assert isinstance(call, Call)
    assert call.places == (Place("parameter", 0, "x_let", 48), Place("parameter", 0, "", 3))


def test_constants_and_numbers_are_no_places() -> None:
    (call,) = read("op((int8_t*)constant_6, 0);")
    assert isinstance(call, Call) and call.places == (None, None)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("for (int32_t i = 0; i < 2; ++i) { op(in, out); }", "is not a straight sequence of calls"),
        ("if (in == NULL) { op(in, out); }", "does more than return on some condition"),
        ("if (op(in, out) != 0) { op(in, out); }", "does more than return on some condition"),
        ("if (op(in, out)) { return -1; }", "calls an operator in a way that is not analysed"),
        ("unknown(in, out);", "calls an operator in a way that is not analysed"),
        ("op(in, (op(in, out), out));", "calls an operator in a way that is not analysed"),
        ("return op(in, out);", "returns something other than a number"),
        ("void* t[1]; t[0] = in; op(in, t);", "calls an operator in a way that is not analysed"),
        ("in[0] = 3;", "stores into memory other than its own arrays"),
        ("void* x = in; x = out;", "assigns to a pointer twice"),
        ("kept = in; op(in, out);", "keeps an address in a global variable"),
        ("extern void* kept; kept = in; op(in, out);", "keeps an address in a global variable"),
        (
            "kept = TVMBackendAllocWorkspace(1, 0, (uint64_t)8, 0, 8);",
            "keeps an address in a global variable",
        ),
        ("if (op(in, out) != op(in, out)) { return -1; }", "calls an operator in a way that is not analysed"),
        ("number((uintptr_t)in);", "passes an address to number as another type"),
        ("op(in, out, in);", "passes an address to op as another type"),
        ("op(in ? in : out, out);", "uses an address in a way that is not analysed"),
        (ASK + "op(&((int8_t*)a)[8], out);" + GIVE, "uses an address in a way that is not analysed"),
        (ASK + ASK + GIVE, "uses one variable for two requests"),
        ("if (TVMBackendFreeWorkspace(1, 0, in) != 0) { return -1; }", "that it did not request"),
        (
            "while (1) { void* b = TVMBackendAllocWorkspace(1, 0, 8, 0, 8); }",
            "is not a straight sequence of calls",
        ),
    ],
)
def test_what_is_not_a_straight_line_is_not_read(body: str, why: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(body)
    assert why in caught.value.why


PACKED = """
  TVMValue stack_1[3]; void* stack_value = stack_1;
  TVMValue stack_2[12]; void* stack_array = stack_2;
  void* arg_in = (((TVMValue*)args)[0].v_handle);
  void* in_buffer = (((DLTensor*)arg_in)[0].data);
  int32_t dev_id = (((DLTensor*)arg_in)[0].device.device_id);
  void* sid = TVMBackendAllocWorkspace(1, dev_id, (uint64_t)8, 0, 8);
  (((DLTensor*)stack_array)[0].data) = in_buffer;
  (((DLTensor*)stack_array)[0].device.device_id) = dev_id;
  (((DLTensor*)stack_array)[1].data) = sid;
  (((TVMValue*)stack_value)[0].v_handle) = (((DLTensor*)stack_array) + 0);
  (((TVMValue*)stack_value)[1].v_handle) = (((DLTensor*)stack_array) + 1);
  TVMValue ret_val; int ret_type_code;
  if (op( (TVMValue*) stack_value , (int*) 0, 2, &ret_val, &ret_type_code, NULL) != 0){
    return -1;
  }
"""
PARAMETERS = "void* args, int32_t* ids, int32_t num_args, void* ret, int32_t* code, void* resource"
GIVE_SID = "if (TVMBackendFreeWorkspace(1, dev_id, sid) != 0) { return -1; }"


def test_a_packed_calls_arguments_are_those_in_its_tensors() -> None:
    _, call, _ = read(PACKED + GIVE_SID, PARAMETERS, packed=True)
    assert call == Call("op", (Place("parameter", 0, "in_buffer"), Place("request", 0)))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("(((TVMValue*)stack_value)[1].v_handle) =", "(((TVMValue*)stack_value)[2].v_handle) =", "calls an operator"),
        ("(((DLTensor*)stack_array)[1].data) = sid;", "", "calls an operator"),
        ("(((DLTensor*)stack_array)[1].data) = sid;", "(((DLTensor*)stack_array)[dev_id].data) = 0;", "not analysed"),
        ("(((DLTensor*)stack_array)[1].data) = sid;", "((int64_t*)stack_array)[1] = 0;", "elements of two types"),
        (", 2, &ret", ", dev_id, &ret", "calls an operator"),
        (", 2, &ret_val", ", 2, sid", "calls an operator"),
        ("TVMValue ret_val;", "((TVMValue*)stack_value)[1] = ((TVMValue*)stack_value)[0];", "calls an operator"),
        ("TVMValue ret_val;", "(((TVMValue*)stack_value)[1].v_int64) = 0;", "calls an operator"),
        ("TVMValue ret_val;", "((DLTensor*)stack_array)[1] = ((DLTensor*)stack_array)[0];", "calls an operator"),
        ("if (op( (TVMValue*) stack_value , (int*) 0, 2, &ret_val, &ret_type_code, NULL) != 0){",
         "int rc = op(stack_value, (int*) 0, 2, &ret_val, &ret_type_code, NULL); if (rc) {", "not analysed"),
    ],
)  # fmt: skip
def test_a_packed_call_with_a_tensor_that_is_not_known_is_not_read(old: str, new: str, why: str) -> None:
    assert old in PACKED
    with pytest.raises(UnreadableError) as caught:
        read(PACKED.replace(old, new) + GIVE_SID, PARAMETERS, packed=True)
    assert why in caught.value.why


@pytest.mark.parametrize(
    ("name", "requests", "calls"),
    [("kws-aot-c-nousmp", 5, 14), ("kws-aot-packed-nousmp", 5, 14), ("branchy-aot-c-nousmp", 6, 19)],
)
def test_real_main_functions_are_read(
    name: str, requests: int, calls: int, archive: Callable[[str], Archive], shared: Path
) -> None:
    (library,) = archive(name).models
    packed = library.interface is Interface.PACKED
    actions = read_main(CProgram(library.sources), library.main_function, packed=packed)
    kinds = [type(action) for action in actions]
    assert (kinds.count(Ask), kinds.count(Call), kinds.count(GiveBack)) == (requests, calls, requests)
    for action in actions:
        if isinstance(action, Call):
            assert len(action.places) >= 2 and None not in action.places
