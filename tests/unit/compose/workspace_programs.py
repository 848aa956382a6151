"""Operator programs made at random: their C, the model they make, and what they compute in given memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from generator.compose.workspace import Workspace, plan_workspace
from generator.liveness.analysis import analyse
from generator.model.archive import (
    Executor,
    Graph,
    GraphCall,
    GraphEntry,
    Interface,
    ModelLibrary,
    SourceFile,
)
from generator.model.liveness import Analysis
from generator.model.options import GenerateOptions
from generator.readers.archive.c_scan import scan
from generator.readers.archive.codegen import find_workspace_calls

IN, OUT = "in", "out"
IO_BYTES = 16
PREFIX = "tvmgen_m"
_PACKED = "void* args, int32_t* ids, int32_t n, void* ret, int32_t* code, void* res"

#: name -> (memory, offset in it)
Places = Callable[[str], tuple[bytearray, int]]


def analysis_of(library: ModelLibrary) -> Analysis:
    """What a model's C shows for an application that runs by itself."""
    options = GenerateOptions("zephyr", {}, {}, False, 4096, "portfolio")
    return analyse((library,), options)[library.name]


def workspace_of(library: ModelLibrary) -> Workspace | None:
    return plan_workspace(analysis_of(library), "portfolio")


@dataclass(frozen=True)
class Source:
    """Element i of a loop reads element (i * stride + shift) % length of an array."""

    name: str
    stride: int
    shift: int
    length: int

    def at(self, i: int) -> int:
        return (i * self.stride + self.shift) % self.length

    @property
    def text(self) -> str:
        return f"((uint8_t*){self.name})[(((i * {self.stride}) + {self.shift}) % {self.length})]"


@dataclass(frozen=True)
class Loop:
    """kind: ``set``, ``add`` (to what the target holds), ``sum`` (set to zero, then added to) or ``hidden``."""

    kind: str
    target: str
    length: int
    sources: tuple[Source, ...]

    @property
    def text(self) -> str:
        target, terms = f"((uint8_t*){self.target})[i]", [source.text for source in self.sources]
        if self.kind == "hidden":
            return f"mystery({', '.join([self.target, *(s.name for s in self.sources)])});"
        body = {
            "set": f"{target} = (uint8_t)({' + '.join(terms)} + 1);",
            "add": f"{target} = (uint8_t)({' + '.join([target, *terms])});",
            "sum": f"{target} = 0; " + " ".join(f"{target} = (uint8_t)({target} + {t});" for t in terms),
        }[self.kind]
        return f"for (int32_t i = 0; i < {self.length}; ++i) {{ {body} }}"

    def run(self, place: Places) -> None:
        memory, base = place(self.target)
        for i in range(self.length):
            if self.kind == "sum":
                memory[base + i] = 0
            value = memory[base + i] if self.kind in ("add", "sum") else 1
            for source in self.sources:
                held, offset = place(source.name)
                value += held[offset + source.at(i)]
            memory[base + i] = value & 255


@dataclass(frozen=True)
class Operator:
    """handed: what the main function gives for p0, p1 …; scratch: (name, bytes); loops: in order."""

    handed: tuple[str, ...]
    scratch: tuple[tuple[str, int], ...]
    loops: tuple[Loop, ...]

    def text(self, number: int, packed: bool) -> str:
        names = [f"p{i}" for i in range(len(self.handed))]
        lines = []
        if packed:
            lines += [f"void* arg_{n} = (((TVMValue*)args)[{i}].v_handle);" for i, n in enumerate(names)]
            lines += [f"void* {n} = (((DLTensor*)arg_{n})[0].data);" for n in names]
        lines += [
            f"void* {name} = TVMBackendAllocWorkspace(1, 0, (uint64_t){size}, 0, 8); "
            f"if ({name} == NULL) {{ return -1; }}"
            for name, size in self.scratch
        ]
        lines += [loop.text for loop in self.loops]
        lines += [
            f"if (TVMBackendFreeWorkspace(1, 0, {name}) != 0) {{ return -1; }}"
            for name, _ in reversed(self.scratch)
        ]
        parameters = _PACKED if packed else ", ".join(f"uint8_t* {name}" for name in names)
        return f"TVM_DLL int32_t {PREFIX}_op{number}({parameters}) {{ {' '.join(lines)} return 0; }}\n"

    def run(self, call: int, place: Places) -> None:
        """place knows what is handed by its own name, scratch as ``t0 of call 3``."""
        names = {f"p{i}": handed for i, handed in enumerate(self.handed)}
        names |= {name: f"{name} of call {call}" for name, _ in self.scratch}
        for loop in self.loops:
            loop.run(lambda name: place(names[name]))


@dataclass(frozen=True)
class Program:
    """storages: (name, bytes) of the main function's requests; each operator is called once, in order."""

    storages: tuple[tuple[str, int], ...]
    operators: tuple[Operator, ...]

    def run(self, place: Places) -> None:
        for call, operator in enumerate(self.operators):
            operator.run(call, place)

    def requests(self) -> Iterator[tuple[str, int | None]]:
        """(name, bytes asked for, or None where it is given back), in the order of a run."""
        yield from self.storages
        for call, operator in enumerate(self.operators):
            own = [(f"{name} of call {call}", size) for name, size in operator.scratch]
            yield from own
            yield from ((name, None) for name, _ in reversed(own))
        yield from ((name, None) for name, _ in reversed(self.storages))

    def sizes(self) -> dict[str, int]:
        return {IN: IO_BYTES, OUT: IO_BYTES} | {
            name: size for name, size in self.requests() if size is not None
        }

    def library(self) -> ModelLibrary:
        """An AOT model with the interface c."""
        names = [name for name, _ in self.storages]
        lines = [
            f"void* {name} = TVMBackendAllocWorkspace(1, 0, (uint64_t){size}, 0, 8);"
            for name, size in self.storages
        ]
        lines += [
            f"if ({PREFIX}_op{k}({', '.join(operator.handed)}) != 0 ) return -1;"
            for k, operator in enumerate(self.operators)
        ]
        lines += [
            f"if (TVMBackendFreeWorkspace(1, 0, {name}) != 0) {{ return -1; }}" for name in reversed(names)
        ]
        text = "".join(operator.text(k, False) for k, operator in enumerate(self.operators))
        text += f"TVM_DLL int32_t {PREFIX}___tvm_main__(uint8_t* in, uint8_t* out) {{\n" + "\n".join(lines)
        return library(text + "\nreturn 0;\n}\n")

    def graph_library(self) -> tuple[ModelLibrary, dict[tuple[int, str], str]]:
        """The same as a graph, where every operator's output is a tensor of its own, and which tensor that is.

        (call, name of the storage) -> the tensor's buffer. Only for programs that write nothing in place.
        """
        sizes = self.sizes()
        entries = [GraphEntry(IN, "uint8", (IO_BYTES,), 0)]
        latest = {IN: 0}
        names: dict[tuple[int, str], str] = {}
        calls = []
        for k, operator in enumerate(self.operators):
            sources = [latest[name] for name in operator.handed[:-1]]
            names |= {(k, name): f"tensor {latest[name]}" for name in operator.handed[:-1]}
            latest[operator.handed[-1]] = len(entries)
            names[(k, operator.handed[-1])] = f"tensor {len(entries)}"
            entries.append(GraphEntry(f"node{k}", "uint8", (sizes[operator.handed[-1]],), k + 1))
            calls.append(GraphCall(f"{PREFIX}_op{k}", (*sources, len(entries) - 1), len(sources)))
        graph = Graph(tuple(entries), (), tuple(calls), (0,), (latest[OUT],))
        text = "".join(operator.text(k, True) for k, operator in enumerate(self.operators))
        return library(text, graph), names


def library(text: str, graph: Graph | None = None) -> ModelLibrary:
    """A model without tensors of its own, from its C and, with the graph executor, its graph."""
    return ModelLibrary(
        name="m",
        c_prefix=PREFIX,
        executor=Executor.AOT if graph is None else Executor.GRAPH,
        interface=Interface.C if graph is None else Interface.PACKED,
        entry=None,
        header=None,
        targets=("c",),
        inputs=(),
        outputs=(),
        workspace_bytes=1000,
        constants_bytes=0,
        operators=(),
        caller_pools=(),
        internal_pools=(),
        io_placements=(),
        workspace_calls=find_workspace_calls([scan(text, "src/lib1.c")]),
        graph=graph,
        sources=(SourceFile("src/lib1.c", text.encode()),),
        cmsis_nn=(),
        instructions=(),
        uses_float=False,
    )


def random_program(random: Random, *, in_place: bool) -> Program:
    """Reads only what was written; operators may keep their input, drop it early, or add to it in place."""
    storages = tuple((f"sid_{i}", random.randint(4, 60)) for i in range(random.randint(1, 5)))
    held = {IN: IO_BYTES}
    operators = []
    for _ in range(random.randint(1, 7)):
        name, size = random.choice(storages)
        operators.append(_operator(random, held, name, random.randint(1, size), in_place))
    operators.append(_operator(random, held, OUT, IO_BYTES, False))
    return Program(storages, tuple(operators))


def _operator(random: Random, held: dict[str, int], target: str, length: int, in_place: bool) -> Operator:
    """held: bytes written at the start of each storage; the operator's output is entered."""
    others = [name for name in held if name != target]
    handed = (*random.sample(others, min(len(others), random.randint(1, 3))), target)
    arrays = {f"p{i}": held[name] for i, name in enumerate(handed[:-1])}
    result = f"p{len(handed) - 1}"
    scratch, loops = [], []
    for number in range(random.randint(0, 3)):
        name, size = f"t{number}", random.randint(1, 50)
        scratch.append((name, size))
        loops.append(Loop(random.choice(("set", "sum")), name, size, _sources(random, arrays)))
        arrays[name] = size
        if random.random() < 0.3:
            loops.append(Loop("add", name, size, _sources(random, arrays)))
    if in_place and target in held and random.random() < 0.4:
        length = held[target]
        loops.append(Loop("add", result, length, _sources(random, arrays)))
    else:
        kind = "hidden" if random.random() < 0.1 else random.choice(("set", "sum"))
        loops.append(Loop(kind, result, length, _sources(random, arrays)))
    if random.random() < 0.3:
        loops.append(Loop("add", result, length, _sources(random, arrays)))
    held[target] = length
    return Operator(handed, tuple(scratch), tuple(loops))


def _sources(random: Random, arrays: dict[str, int]) -> tuple[Source, ...]:
    names = random.sample(sorted(arrays), min(len(arrays), random.randint(1, 2)))
    return tuple(Source(name, random.randint(1, 3), random.randint(0, 9), arrays[name]) for name in names)
