"""A laid-out program as C, in the form that TVM gives a model with interface-api c and I/O in the workspace."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from generator.compiler.c_tables import table
from generator.compiler.memory import Memory
from generator.compiler.names import step_names
from generator.compiler.program import Program
from generator.compiler.state import StateLayout
from generator.compiler.step import C_TYPES, Step
from generator.readers.text.names import sanitise

_LOCAL_INCLUDE = re.compile(r'^#include "([a-z0-9_]+\.h)"\n', re.MULTILINE)


class Printed(Struct, frozen=True):
    """What is printed of one model.

    steps, order: of the program, scheduled. inputs, outputs: names, as TVM's tools are to know them.
    kernels: header name -> text, of all kernel headers.
    origin:  a line that says what made the C, and from what.
    """

    name: str
    program: Program
    steps: tuple[Step, ...]
    memory: Memory
    state: StateLayout
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    kernels: Mapping[str, str]
    origin: str

    @property
    def prefix(self) -> str:
        """What the names of the model's functions begin with, as in archives of TVM."""
        return f"tvmgen_{self.name}"

    @property
    def functions(self) -> tuple[str, ...]:
        """The C function of each step."""
        return step_names(self.name, [(step.operator, step.kind) for step in self.steps])

    @property
    def pools(self) -> tuple[tuple[str, int], ...]:
        """(name, bytes) of the memory that the caller hands over."""
        pools = (("workspace", max(self.memory.size_bytes, 16)),)
        return (*pools, ("state", self.state.size_bytes)) if self.state.size_bytes else pools


def print_header(model: Printed) -> str:
    """``tvmgen_<name>.h``."""
    prefix, macro = model.prefix, model.prefix.upper()
    lines = [
        f"/* {model.origin} */",
        f"#ifndef {macro}_H_",
        f"#define {macro}_H_",
        "#include <stdint.h>",
        "",
        "#ifdef __cplusplus",
        'extern "C" {',
        "#endif",
        "",
    ]
    tensors = model.program.tensors
    for names, indices in ((model.inputs, model.program.inputs), (model.outputs, model.program.outputs)):
        for name, index in zip(names, indices, strict=True):
            lines.append(f"#define {macro}_{sanitise(name).upper()}_SIZE {tensors[index].size_bytes}")
    lines.append("")
    for kind, members in (
        ("inputs", [sanitise(name) for name in model.inputs]),
        ("outputs", [sanitise(name) for name in model.outputs]),
        ("workspace_pools", [name for name, _ in model.pools]),
    ):
        lines += [f"struct {prefix}_{kind} {{", *(f"  void* {member};" for member in members), "};", ""]
    lines += ["/* the places of inputs and outputs in the workspace */"]
    for kind in ("inputs", "outputs"):
        lines.append(
            f"struct {prefix}_{kind} {prefix}_map_{kind}(struct {prefix}_workspace_pools* workspace_pools);"
        )
    lines += ["", "/* always returns 0: the model can't fail */"]
    lines.append(f"int32_t {prefix}_run(struct {prefix}_workspace_pools* workspace_pools);")
    if model.state.size_bytes:
        lines += ["", "/* initialises the state: call it before the first run, and to forget all runs */"]
        lines.append(f"int32_t {prefix}_reset(struct {prefix}_workspace_pools* workspace_pools);")
    lines += ["", f"#define {macro}_WORKSPACE_SIZE {sum(size for _, size in model.pools)}"]
    lines += [f"#define {macro}_{name.upper()}_WORKSPACE_POOL_SIZE {size}" for name, size in model.pools]
    lines += ["", "#ifdef __cplusplus", "}", "#endif", "", f"#endif /* {macro}_H_ */", ""]
    return "\n".join(lines)


def print_kernels(model: Printed) -> str:
    """``<name>_kernels.h``: the text of every kernel header that the steps call, each once."""
    texts: dict[str, str] = {}

    def bring(header: str) -> None:
        if header in texts:
            return
        text = model.kernels[header]
        for needed in _LOCAL_INCLUDE.findall(text):
            bring(needed)
        texts[header] = _LOCAL_INCLUDE.sub("", text)

    for step in model.steps:
        for header in step.headers:
            bring(header)
    guard = f"{model.name.upper()}_KERNELS_H_"
    parts = [f"/* {model.origin} */", f"#ifndef {guard}", f"#define {guard}", "#include <math.h>"]
    parts += ["#include <stdint.h>", "#include <string.h>", ""]
    for header, text in texts.items():
        parts += [f"/* ---- {header} ---- */", text.strip(), ""]
    return "\n".join([*parts, f"#endif /* {guard} */", ""])


def print_source(model: Printed) -> str:
    """``<name>_lib0.c``: constants, a function for each step, and the entries."""
    prefix = model.prefix
    attribute = f"{prefix.upper()}_CONSTANT"
    parts = [
        f"/* {model.origin} */",
        '#include "tvm/runtime/c_runtime_api.h"',
        f'#include "{model.name}_kernels.h"',
        f"#include <{prefix}.h>",
        "",
        "/* an attribute for every table of constants, such as a section */",
        f"#ifndef {attribute}",
        f"#define {attribute}",
        "#endif",
        "",
    ]
    functions = model.functions
    for step, function in zip(model.steps, functions, strict=True):
        parts += _step(model, step, function, attribute)
    parts += _entries(model, functions)
    return "\n".join(parts)


def _step(model: Printed, step: Step, function: str, attribute: str) -> list[str]:
    names: dict[str, str] = {}
    parts = [f"/* operator {step.operator}: {step.kind}{_shapes(model, step)}"]
    parts[0] += f"; {step.kernel} */" if step.kernel else " */"
    for constant in step.constants:
        names[constant.name] = f"{function}_{constant.name}"
        parts.append(table(constant, names[constant.name], attribute))
    names |= {name: name for name in step.state}
    parts.append(f"static __attribute__((noinline)) void {function}({_parameters(model, step)}) {{")
    parts += [f"  {line.format_map(names)}" for line in step.body]
    return [*parts, "}", ""]


def _shapes(model: Printed, step: Step) -> str:
    def row(indices: Sequence[int]) -> str:
        tensors = [model.program.tensors[index] for index in indices]
        return ", ".join(f"{t.dtype} [{', '.join(map(str, t.shape))}]" for t in tensors)

    return f" {row(step.inputs)} -> {row(step.outputs)}"


def _parameters(model: Printed, step: Step) -> str:
    tensors = model.program.tensors
    words = []
    for position, index in enumerate(step.inputs):
        const = "" if position in step.updates else "const "
        words.append(f"{const}{C_TYPES[tensors[index].dtype]} *in{position}")
    words += [f"{C_TYPES[tensors[index].dtype]} *out{at}" for at, index in enumerate(step.outputs)]
    words += [f"{C_TYPES[dtype]} *{name}" for name, (dtype, _) in step.state.items()]
    if step.scratch_bytes:
        words.append("void *scratch")
    return ", ".join(words) or "void"


def _entries(model: Printed, functions: tuple[str, ...]) -> list[str]:
    prefix = model.prefix
    pools = f"struct {prefix}_workspace_pools* workspace_pools"
    parts = []
    for kind, names, indices in (
        ("inputs", model.inputs, model.program.inputs),
        ("outputs", model.outputs, model.program.outputs),
    ):
        parts += [
            f"struct {prefix}_{kind} {prefix}_map_{kind}({pools}) {{",
            f"struct {prefix}_{kind} ret = {{",
        ]
        for name, index in zip(names, indices, strict=True):
            offset = model.memory.tensors[model.program.root(index)].offset_bytes
            parts.append(f"\t.{sanitise(name)} = &((uint8_t*)workspace_pools->workspace)[{offset}],")
        parts += ["};", "return ret;", "}", ""]
    parts += [f"int32_t {prefix}_run({pools}) {{", "  uint8_t *const workspace = workspace_pools->workspace;"]
    parts.append("  (void)workspace;")
    if model.state.size_bytes:
        parts.append("  uint8_t *const state = workspace_pools->state;")
    for number, (step, function) in enumerate(zip(model.steps, functions, strict=True)):
        parts.append(f"  {function}({', '.join(_arguments(model, number, step))});")
    parts += ["  return 0;", "}", ""]
    if model.state.size_bytes:
        parts += _reset(model, pools)
    return parts


def _arguments(model: Printed, number: int, step: Step) -> list[str]:
    program = model.program

    def pointer(index: int, const: bool) -> str:
        root = program.root(index)
        c_type = C_TYPES[program.tensors[index].dtype]
        base, offset = (
            ("state", model.state.tensors[root])
            if root in program.states
            else ("workspace", model.memory.tensors[root].offset_bytes)
        )
        place = f"({base} + {offset})" if offset else base
        return f"({'const ' if const else ''}{c_type} *)(void *){place}"

    words = [pointer(index, position not in step.updates) for position, index in enumerate(step.inputs)]
    words += [pointer(index, False) for index in step.outputs]
    for name, (dtype, _) in step.state.items():
        words.append(f"({C_TYPES[dtype]} *)(void *)(state + {model.state.own[number, name]})")
    if step.scratch_bytes:
        words.append(f"workspace + {model.memory.scratch[number].offset_bytes}")
    return words


def _reset(model: Printed, pools: str) -> list[str]:
    """A memset if all initial bytes are equal, otherwise a table."""
    parts, body = [], []
    for number, (offset, content) in enumerate(model.state.contents):
        if len(set(content)) == 1:
            body.append(f"  memset(state + {offset}, {content[0]}, {len(content)}u);")
            continue
        name = f"{model.name}_state_{number}"
        words = ",".join(map(str, np.frombuffer(content, np.uint8).tolist()))
        parts.append(f"static const uint8_t {name}[{len(content)}] = {{{words}}};")
        body.append(f"  memcpy(state + {offset}, {name}, {len(content)}u);")
    head = [f"int32_t {model.prefix}_reset({pools}) {{", "  uint8_t *const state = workspace_pools->state;"]
    return [*parts, *head, *body, "  return 0;", "}", ""]
