"""The graph JSON of TVM's graph executor, every index checked.

Source: ``src/relay/backend/graph_executor_codegen.cc``, which writes it, and
``src/runtime/graph_executor/graph_executor.cc``, which reads it, in TVM 0.8 to 0.18.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from generator.model.archive import Graph, GraphCall, GraphEntry, Parameter
from generator.model.tensor import DTYPE_BYTES, size_of
from generator.readers.archive.metadata import MAX_TENSORS
from generator.readers.text.json_tree import MAX_BYTES, Tree
from generator.readers.text.names import check_tensor_name

_NOP = "__nop"
_CPU = 1


class _Attributes(Struct, frozen=True):
    dtypes: list[str]
    shapes: list[tuple[int, ...]]
    storage_ids: list[int]


def parse_graph(
    tree: Tree,
    parameters: Sequence[Parameter],
    input_names: Collection[str] | None,
    functions: Collection[str],
) -> Graph:
    """Resolve the graph against its parameters.

    input_names: the model's inputs according to metadata.json, or None if it does not say.
    functions:   the C functions that the archive defines.
    A ``__nop`` node makes no call; its output is an entry with its own shape and its input's memory.
    Raises ArchiveError.
    """
    nodes = tree["nodes"].items()
    starts = _entry_starts(tree["node_row_ptr"], len(nodes))
    attributes = _attributes(tree["attrs"], starts[-1])
    index_of = {parameter.name: index for index, parameter in enumerate(parameters)}
    entries: list[GraphEntry] = []
    calls: list[GraphCall] = []
    inputs: list[int] = []
    for number, node in enumerate(nodes):
        name = check_tensor_name(node["name"].text(), node.place)
        own = range(starts[number], starts[number + 1])
        new = [_entry(tree, attributes, name, index) for index in own]
        if node["op"].text() == "null":
            parameter = index_of.get(name)
            if len(new) != 1:
                raise node.error("a node without an operation must have one output")
            if parameter is not None:
                new = [_bound(node, new[0], parameters[parameter], parameter)]
            elif input_names is not None and name not in input_names:
                raise node.error(f"{name!r} is neither a model input nor a parameter")
            else:
                inputs.extend(own)
        else:
            sources = [_entry_index(triple, starts, number) for triple in node["inputs"].items()]
            call = _call(node, sources, list(own), functions)
            if call.function == _NOP:
                new = [_alias(node, new, sources, entries)]
            else:
                calls.append(call)
        entries.extend(new)
    declared = tree["arg_nodes"].integers(0, len(nodes) - 1)
    bare = [number for number, node in enumerate(nodes) if node["op"].value == "null"]
    if declared != bare:
        raise tree["arg_nodes"].error("does not list the nodes without an operation")
    outputs = [_entry_index(triple, starts, len(nodes)) for triple in tree["heads"].items()]
    if not 0 < len(inputs) <= MAX_TENSORS or not 0 < len(outputs) <= MAX_TENSORS:
        raise tree.error(f"the graph has {len(inputs)} inputs and {len(outputs)} outputs")
    return Graph(
        *_used(entries, parameters), calls=tuple(calls), inputs=tuple(inputs), outputs=tuple(outputs)
    )


def _entry_starts(tree: Tree, nodes: int) -> list[int]:
    """First entry of each node, and the number of entries at the end."""
    starts = tree.integers()
    if len(starts) != nodes + 1 or starts[0] != 0 or any(a > b for a, b in pairwise(starts)):
        raise tree.error(f"must have {nodes + 1} numbers that start at 0 and never decrease")
    return starts


def _attributes(tree: Tree, entries: int) -> _Attributes:
    def column(key: str) -> Tree:
        pair = tree[key].items()
        if len(pair) != 2 or not isinstance(pair[1].value, list) or len(pair[1].value) != entries:
            raise tree[key].error(f"must be a kind and a list of {entries} values, one for each tensor")
        return pair[1]

    for key in ("device_index", "device_type"):
        if key in tree and any(device != _CPU for device in column(key).integers()):
            raise tree[key].error(
                "places tensors on a device other than the CPU", "compile the model for the CPU: target c"
            )
    dtypes = column("dltype").texts()
    shapes = [tuple(shape.integers(1)) for shape in column("shape").items()]
    storage_ids = column("storage_id").integers(0, max(entries - 1, 0))
    for index, (dtype, shape) in enumerate(zip(dtypes, shapes, strict=True)):
        if dtype not in DTYPE_BYTES:
            raise column("dltype").items()[index].error(f"the element type {dtype[:40]!r} is not supported")
        if len(shape) > 32 or size_of(dtype, shape) > MAX_BYTES:
            raise column("shape").items()[index].error(f"the tensor is larger than {MAX_BYTES:,} bytes")
    return _Attributes(dtypes, shapes, storage_ids)


def _entry(tree: Tree, attributes: _Attributes, name: str, index: int) -> GraphEntry:
    return GraphEntry(name, attributes.dtypes[index], attributes.shapes[index], attributes.storage_ids[index])


def _entry_index(triple: Tree, starts: list[int], before_node: int) -> int:
    """The entry that ``[node, output, version]`` names; only nodes before before_node are there yet."""
    numbers = triple.integers()
    if len(numbers) not in (2, 3):
        raise triple.error("must be [node, output, version]")
    node, output = numbers[0], numbers[1]
    if node >= len(starts) - 1:
        raise triple.error(f"there is no node {node}")
    if node >= before_node:
        raise triple.error(f"refers to node {node}, which has not run yet: the graph has a cycle")
    if starts[node] + output >= starts[node + 1]:
        raise triple.error(f"node {node} has no output {output}")
    return starts[node] + output


def _call(node: Tree, sources: list[int], own: list[int], functions: Collection[str]) -> GraphCall:
    if node["op"].text() != "tvm_op":
        raise node.error(f"the operation {node['op'].text()[:40]!r} is not supported")
    attrs = node["attrs"]
    function = attrs["func_name"].text()
    for key, count in (("num_inputs", len(sources)), ("num_outputs", len(own))):
        # TVM writes these numbers as texts.
        if attrs[key].value not in (str(count), count):
            raise attrs[key].error(f"is {attrs[key].value!r}, but the node has {count}")
    if function != _NOP and function not in functions:
        raise attrs["func_name"].error(f"no C file defines {function[:200]!r}")
    return GraphCall(function, (*sources, *own), len(sources))


def _alias(node: Tree, new: list[GraphEntry], sources: list[int], entries: list[GraphEntry]) -> GraphEntry:
    """The entry of a node that does nothing: another shape for the memory of its one input."""
    if len(new) != 1 or len(sources) != 1:
        raise node.error("a __nop node must have one input and one output")
    source = entries[sources[0]]
    same = source.storage_id == new[0].storage_id or source.parameter is not None
    if not same or size_of(source.dtype, source.shape) != size_of(new[0].dtype, new[0].shape):
        raise node.error("a __nop node's output must share the memory of its input")
    root = sources[0] if source.alias_of is None else source.alias_of
    return replace(new[0], parameter=source.parameter, alias_of=root)


def _bound(node: Tree, entry: GraphEntry, parameter: Parameter, index: int) -> GraphEntry:
    if (entry.dtype, entry.shape) != (parameter.dtype, parameter.shape):
        raise node.error(
            f"is {entry.dtype} of shape {entry.shape}, but the parameter {parameter.name!r} is "
            f"{parameter.dtype} of shape {parameter.shape}"
        )
    return replace(entry, parameter=index)


def _used(
    entries: list[GraphEntry], parameters: Sequence[Parameter]
) -> tuple[tuple[GraphEntry, ...], tuple[Parameter, ...]]:
    """Entries and parameters without the parameters that no entry uses: they would only fill the flash."""
    used = sorted({entry.parameter for entry in entries if entry.parameter is not None})
    place = {old: new for new, old in enumerate(used)}
    kept = tuple(
        entry if entry.parameter is None else replace(entry, parameter=place[entry.parameter])
        for entry in entries
    )
    return kept, tuple(parameters[index] for index in used)
