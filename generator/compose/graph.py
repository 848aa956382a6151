"""A graph-executor model as the constant tables the runtime walks."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from math import isinf, isnan

from generator.compose.workspace import Workspace, places_of
from generator.errors import ArchiveError
from generator.model.archive import Graph, Parameter
from generator.model.liveness import tensor_name
from generator.model.project import GraphParameter, GraphStep, GraphTensor, ProjectGraph, ProjectTensor
from generator.model.tensor import DTYPE_BYTES, dltype

_UNPACK = {
    "bool": "B",
    "int8": "b",
    "uint8": "B",
    "int16": "h",
    "uint16": "H",
    "float16": "H",
    "int32": "i",
    "uint32": "I",
    "int64": "q",
    "uint64": "Q",
    "float32": "f",
    "float64": "d",
}
_CTYPE = {"bool": "uint8_t", "float16": "uint16_t", "float32": "float", "float64": "double"}
_VALUES_PER_ROW = 12


def compose_graph(
    graph: Graph,
    ident: str,
    workspace: Workspace | None,
    symbols: Mapping[str, str],
    tensors: tuple[ProjectTensor, ...],
) -> ProjectGraph:
    """The graph of a model as constant tables.

    symbols: the workspace's arrays by the plan's names -> C names.

    tensors: the model's inputs then outputs, in the order of ``graph.inputs`` and ``graph.outputs``.
    """
    places = places_of(workspace.plan) if workspace is not None else {}
    bound = zip((*graph.inputs, *graph.outputs), tensors, strict=True)
    owned = {graph.owner(index): tensor for index, tensor in bound}
    _check_outputs(graph, tensors[len(graph.inputs) :])
    rows = []
    for number, entry in enumerate(graph.entries):
        index = graph.owner(number)
        parameter = graph.entries[index].parameter
        if parameter is not None:
            address = f"(void *)(uintptr_t){parameter_symbol(ident, parameter)}"
            comment = graph.parameters[parameter].name
        elif index in owned:
            address = owned[index].buffer
            comment = owned[index].name
        elif tensor_name(index) in places:
            pool, offset = places[tensor_name(index)]
            address = f"&{symbols[pool]}[{offset}]"
            comment = entry.node_name
        else:
            address, comment = "NULL", f"{entry.node_name} (no operator uses it)"
        code, bits = dltype(entry.dtype)
        rows.append(GraphTensor(comment, address, code, bits, entry.shape))
    arguments: list[int] = []
    steps = []
    liveness = workspace.liveness if workspace is not None else None
    requests = [request.call for request in liveness.requests] if liveness else []
    stacked = {each.call: liveness.buffers[each.buffer] for each in liveness.stacked} if liveness else {}
    for k, call in enumerate(graph.calls):
        own = requests.count(k)
        stack = stacked.get(k)
        steps.append(
            GraphStep(
                function=call.function,
                first_argument=len(arguments),
                num_arguments=len(call.arguments),
                first_slot=requests.index(k) if own else 0,
                num_slots=own,
                stack=symbols[places[stack.name][0]] if stack else None,
                stack_offset=places[stack.name][1] if stack else 0,
                stack_bytes=stack.size_bytes if stack else 0,
            )
        )
        arguments += call.arguments
    return ProjectGraph(
        parameters=tuple(_parameter(ident, i, p) for i, p in enumerate(graph.parameters)),
        tensors=tuple(rows),
        arguments=tuple(arguments),
        steps=tuple(steps),
        functions=tuple(dict.fromkeys(call.function for call in graph.calls)),
        max_arguments=max((len(call.arguments) for call in graph.calls), default=1),
    )


def _check_outputs(graph: Graph, outputs: tuple[ProjectTensor, ...]) -> None:
    """An output that no operator writes would stay zero without a word."""
    for index, tensor in zip(graph.outputs, outputs, strict=True):
        parameter = graph.entries[graph.owner(index)].parameter
        if parameter is not None:
            raise ArchiveError(
                f"output '{tensor.name}' is the constant '{graph.parameters[parameter].name}'",
                hint="remove it from the model: it is the same in every run",
            )


def parameter_symbol(ident: str, index: int) -> str:
    """The C name of a parameter's array. ident: prefix of the model's symbols. index: of the node in the graph."""
    return f"{ident}_parameter_{index}"


def _parameter(ident: str, index: int, parameter: Parameter) -> GraphParameter:
    dtype = parameter.dtype
    values = struct.unpack(f"<{len(parameter.data) // DTYPE_BYTES[dtype]}{_UNPACK[dtype]}", parameter.data)
    literals = [_literal(value, dtype) for value in values]
    rows = tuple(
        ", ".join(literals[i : i + _VALUES_PER_ROW]) for i in range(0, len(literals), _VALUES_PER_ROW)
    )
    return GraphParameter(
        symbol=parameter_symbol(ident, index),
        comment=f"{parameter.name} {dtype}{list(parameter.shape)}",
        ctype=_CTYPE.get(dtype, f"{dtype}_t"),
        count=len(values),
        rows=rows,
    )


def _literal(value: float, dtype: str) -> str:
    """A C literal with exactly this value; floats in hexadecimal, so that no digit is lost."""
    if isinstance(value, int):
        if dtype in ("int32", "int64") and value == -(1 << (DTYPE_BYTES[dtype] * 8 - 1)):
            return f"({value + 1} - 1)"
        suffix = {"int64": "LL", "uint64": "ULL", "uint32": "U"}.get(dtype, "")
        return f"{value}{suffix}"
    if isnan(value):
        return "NAN"
    if isinf(value):
        return "INFINITY" if value > 0 else "-INFINITY"
    return value.hex() + ("f" if dtype == "float32" else "")
