"""One model of an archive: its metadata, C, graph and Relay text brought together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from generator.errors import ArchiveError
from generator.model.archive import (
    CallerPool,
    Executor,
    Graph,
    Interface,
    IoPlacement,
    ModelLibrary,
    SourceFile,
    compiled_path,
)
from generator.readers.archive import codegen
from generator.readers.archive.c_interface import parse_interface
from generator.readers.archive.c_memory import constant_bytes, find_pool_tops
from generator.readers.archive.c_packed import TensorType, argument_names, parse_c_metadata
from generator.readers.archive.metadata import ModelMetadata, TensorSize
from generator.readers.archive.relay import NOTHING, RelayTypes, parse_relay
from generator.readers.archive.relay_quantization import attach_relay_quantization
from generator.readers.archive.relay_shapes import attach_relay_shapes, infer_outputs
from generator.readers.archive.tensors import (
    arrange,
    check_placements,
    listed_tensors,
    struct_tensors,
    types_by_c_name,
)
from generator.readers.text.json_tree import decode_text, parse_json
from generator.readers.text.names import sanitise

if TYPE_CHECKING:
    from generator.model.tensor import Tensor
    from generator.model.tflite import TfliteModel
    from generator.readers.archive.c_scan import CSource

_C_METADATA = "kTvmgenMetadata"
_GRAPH = "the graph"
_RELAY = "the Relay text"


class _Resolved(Struct, frozen=True):
    """What depends on executor and interface; the fields are those of ModelLibrary."""

    interface: Interface
    entry: str | None
    header: str | None
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    caller_pools: tuple[CallerPool, ...] = ()
    io_placements: tuple[IoPlacement, ...] = ()
    graph: Graph | None = None


class _Material(Struct, frozen=True):
    """What a model is read from. functions: name -> file of the C functions it defines."""

    label: str
    version: int
    files: Mapping[str, bytes]
    metadata: ModelMetadata
    sources: Sequence[CSource]
    functions: Mapping[str, str]
    relay: RelayTypes

    @property
    def prefix(self) -> str:
        return f"tvmgen_{self.metadata.name}"

    def file(self, path: str) -> tuple[bytes, str]:
        """A file that must be there, and how errors call it."""
        where = f"{self.label}: {path}"
        if path not in self.files:
            raise ArchiveError("the file is missing", where=where, hint="export the model again")
        return self.files[path], where


def read_library(
    label: str,
    version: int,
    files: Mapping[str, bytes],
    metadata: ModelMetadata,
    source_files: Sequence[SourceFile],
    sources: Sequence[CSource],
    headers: frozenset[str],
    reference: TfliteModel | None,
) -> ModelLibrary:
    """Put one model together.

    source_files, sources: its own C, as bytes and lexed. headers: what the archive brings for all models.
    reference: the model it was compiled from, if known; used if the archive has no types.
    Raises ArchiveError.
    """
    codegen.check_environment(sources, headers)
    functions = codegen.defined_functions(sources)
    relay = _relay(label, files, metadata.name)
    if metadata.outputs is None and relay.outputs is None and reference is not None:
        types = tuple(TensorType(output.dtype, output.shape) for output in reference.outputs)
        relay = replace(relay, outputs=types, outputs_source=reference.label)
    elif metadata.outputs is None and relay.outputs is None:
        relay = replace(relay, outputs=_inferred(_relay_text(label, files, metadata.name), relay))
    material = _Material(label, version, files, metadata, sources, functions, relay)
    header = next((source for source in sources if source.path.endswith(f"/tvmgen_{metadata.name}.h")), None)
    if metadata.executor is Executor.GRAPH:
        resolved = _graph(material)
    elif header is not None:
        resolved = _aot_c(material, header)
    else:
        resolved = _aot_packed(material)
    needs = codegen.find_needs(sources)
    library = ModelLibrary(
        name=metadata.name,
        c_prefix=material.prefix,
        executor=metadata.executor,
        interface=resolved.interface,
        entry=resolved.entry,
        header=resolved.header,
        targets=metadata.targets,
        inputs=resolved.inputs,
        outputs=resolved.outputs,
        workspace_bytes=metadata.workspace_bytes,
        constants_bytes=metadata.constants_bytes or constant_bytes(sources),
        operators=metadata.operators,
        caller_pools=resolved.caller_pools,
        internal_pools=codegen.find_internal_pools(sources),
        io_placements=resolved.io_placements,
        workspace_calls=codegen.find_workspace_calls(sources),
        graph=resolved.graph,
        sources=tuple(source_files),
        cmsis_nn=needs.cmsis_nn,
        instructions=needs.instructions,
        uses_float=needs.uses_float,
        pool_tops=find_pool_tops(sources, f"{material.prefix}___tvm_main__"),
    )
    path = compiled_path(metadata.name)
    if path not in files:
        text = _relay_text(label, files, metadata.name)
        if text is None:
            return library
        return attach_relay_shapes(attach_relay_quantization(library, text), text, relay.inputs)
    # Most archives are TVM's, and every module adds to the start of a command.
    from generator.readers.archive.compiled import with_compiled

    return with_compiled(library, parse_json(files[path], f"{label}: {path}"))


def _inferred(text: str | None, relay: RelayTypes) -> tuple[TensorType, ...] | None:
    found = () if text is None else infer_outputs(text, relay.inputs)
    types = tuple(inferred.whole for _, inferred in found)
    known = tuple(each for each in types if each is not None)
    return known if known and len(known) == len(types) else None


def _relay(label: str, files: Mapping[str, bytes], name: str) -> RelayTypes:
    text = _relay_text(label, files, name)
    return NOTHING if text is None else parse_relay(text)


def _relay_text(label: str, files: Mapping[str, bytes], name: str) -> str | None:
    # TVM 0.8 writes the second.
    for path in (f"src/{name}.relay", "src/relay.txt"):
        if path in files:
            return decode_text(files[path], f"{label}: {path}")
    return None


def _aot_c(material: _Material, header: CSource) -> _Resolved:
    prefix, metadata, relay = material.prefix, material.metadata, material.relay
    interface = parse_interface(header, material.sources, prefix, metadata.alignment_bytes)
    entry = _entry(material, (f"{prefix}_run",))
    output_types: dict[str, tuple[str, TensorType]] = {}
    if relay.outputs is not None and len(relay.outputs) == len(interface.outputs):
        output_types = {
            c_name: (c_name, found) for c_name, found in zip(interface.outputs, relay.outputs, strict=True)
        }
    input_types = types_by_c_name(relay.inputs)
    inputs = struct_tensors(
        interface.inputs, metadata.inputs, interface.sizes, input_types, _RELAY, material.label
    )
    outputs = struct_tensors(
        interface.outputs,
        metadata.outputs,
        interface.sizes,
        output_types,
        relay.outputs_source,
        material.label,
    )
    check_placements(interface.placements, interface.pools, inputs + outputs, material.label)
    return _Resolved(
        Interface.C, entry, f"{prefix}.h", inputs, outputs, interface.pools, interface.placements
    )


def _aot_packed(material: _Material) -> _Resolved:
    metadata, relay = material.metadata, material.relay
    main = f"{material.prefix}___tvm_main__"
    entry = _entry(material, (f"{material.prefix}_run", main))
    code = parse_c_metadata(material.sources)
    spelled = types_by_c_name(relay.inputs)
    named = (
        None
        if code is None
        else {
            spelled[c_name][0] if c_name in spelled else c_name: found
            for c_name, found in code.inputs.items()
        }
    )
    stated_inputs = _stated(material, metadata.inputs, named)
    stated_outputs = _stated(material, metadata.outputs, None if code is None else code.outputs)
    arguments = argument_names(material.sources, main)
    split, end = len(stated_inputs), len(stated_inputs) + len(stated_outputs)
    input_types = None if code is None else tuple(code.inputs.values())
    output_types = None if code is None else tuple(code.outputs.values())
    inputs = arrange(
        "inputs",
        stated_inputs,
        (arguments[:split], [name for name in relay.inputs if name in stated_inputs]),
        input_types,
        material.label,
    )
    outputs = arrange(
        "outputs", stated_outputs, (arguments[split:end], relay.output_names), output_types, material.label
    )
    relay_outputs = relay.outputs if relay.outputs and len(relay.outputs) == len(outputs) else None
    relay_inputs = [spelled[sanitise(name)][1] if sanitise(name) in spelled else None for name in inputs]
    return _Resolved(
        Interface.PACKED,
        entry,
        None,
        listed_tensors(
            inputs, stated_inputs, {_C_METADATA: input_types, _RELAY: relay_inputs}, material.label
        ),
        listed_tensors(
            outputs,
            stated_outputs,
            {_C_METADATA: output_types, relay.outputs_source: relay_outputs},
            material.label,
        ),
    )


def _graph(material: _Material) -> _Resolved:
    # Most archives have no graph, and each module adds to the start of every command.
    from generator.readers.archive.graph import parse_graph
    from generator.readers.archive.params import parse_params

    metadata, relay = material.metadata, material.relay
    name = "graph.json" if material.version == 5 else f"{metadata.name}.graph"
    tree = parse_json(*material.file(f"executor-config/graph/{name}"))
    parameters = parse_params(*material.file(f"parameters/{metadata.name}.params"))
    graph = parse_graph(tree, parameters, metadata.inputs, material.functions)
    input_types = [_entry_type(graph, index) for index in graph.inputs]
    output_types = [_entry_type(graph, index) for index in graph.outputs]
    inputs = tuple(graph.entries[index].node_name for index in graph.inputs)
    if metadata.inputs is not None and sorted(metadata.inputs) != sorted(inputs):
        raise ArchiveError(
            f"the inputs in metadata.json are {', '.join(metadata.inputs)}; "
            f"in the graph they are {', '.join(inputs)}",
            where=material.label,
            hint="the archive is inconsistent: export the model again",
        )
    if metadata.outputs is None:
        known = relay.output_names is not None and len(relay.output_names) == len(output_types)
        numbered = tuple(f"output{index}" for index in range(len(output_types)))
        outputs = relay.output_names if known and relay.output_names else numbered
    else:
        outputs = arrange("outputs", metadata.outputs, (relay.output_names,), output_types, material.label)
    return _Resolved(
        Interface.PACKED,
        None,
        None,
        listed_tensors(inputs, metadata.inputs, {_GRAPH: input_types}, material.label),
        listed_tensors(outputs, metadata.outputs, {_GRAPH: output_types}, material.label),
        graph=graph,
    )


def _entry_type(graph: Graph, index: int) -> TensorType:
    return TensorType(graph.entries[index].dtype, graph.entries[index].shape)


def _stated(
    material: _Material, stated: Mapping[str, TensorSize] | None, known: Mapping[str, TensorType] | None
) -> Mapping[str, TensorSize]:
    """Sizes by name from metadata.json or, if it is too old to have them, from the C."""
    if stated is not None:
        return stated
    if known is None:
        raise ArchiveError(
            "the archive does not describe the model's inputs and outputs",
            where=material.label,
            hint="compile the model with TVM 0.11 or later, or with interface-api c",
        )
    return {name: TensorSize(found.dtype, found.size_bytes) for name, found in known.items()}


def _entry(material: _Material, candidates: Sequence[str]) -> str:
    """The first of candidates that the C defines."""
    for candidate in candidates:
        if candidate in material.functions:
            return candidate
    raise ArchiveError(
        f"no C file defines the entry function {' or '.join(candidates)}",
        where=material.label,
        hint="export the model again; mod_name must be in lower case",
    )
