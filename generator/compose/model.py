"""One compiled model as the generated C describes it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from generator.compose.names import model_ident, tensor_size_macro
from generator.compose.operators import compose_operators
from generator.compose.workspace import Workspace, owners, slots
from generator.errors import ArchiveError
from generator.model.archive import Archive, Interface, ModelLibrary
from generator.model.memory import WORKSPACE
from generator.model.project import PoolBinding, PoolBuffer, ProjectModel, ProjectTensor
from generator.model.tensor import Tensor


def compose_model(
    archive: Archive,
    library: ModelLibrary,
    buffers: tuple[PoolBuffer, ...],
    renamed: dict[str, str],
    workspace: Workspace | None,
    *,
    on_device: bool = True,
) -> ProjectModel:
    """What the generated C says of one model.

    buffers: the application's; renamed: symbols that sharing replaced; workspace: the unplanned one.
    on_device: False when a host walks the graph; then there are only its operators.
    Raises ArchiveError for a calling convention that the runtime does not have.
    """
    ident = model_ident(library.name)
    if library.interface is Interface.PACKED and library.caller_pools:
        raise ArchiveError(
            f"model '{library.name}' takes its pools through packed arguments",
            where=archive.label,
            hint="compile it with --executor-aot-interface-api=c",
        )

    def actual(symbol: str) -> str:
        return renamed.get(symbol, symbol)

    inputs = tuple(_tensor(library, tensor, "in", ident, actual) for tensor in library.inputs)
    outputs = tuple(_tensor(library, tensor, "out", ident, actual) for tensor in library.outputs)
    buffer_of = [tensor.buffer for tensor in (*inputs, *outputs)]
    owned = tuple(
        replace(tensor, buffer=buffer_of[owner])
        for tensor, owner in zip((*inputs, *outputs), owners(library), strict=True)
    )
    inputs, outputs = owned[: len(inputs)], owned[len(inputs) :]
    symbols = (
        {name: actual(f"{ident}_{name}") for name, _ in workspace.arrays} if workspace is not None else {}
    )
    stacked = workspace is not None and workspace.plan is None
    graph = None
    if library.graph is not None and on_device:
        from generator.compose.graph import compose_graph

        graph = compose_graph(library.graph, ident, workspace, symbols, (*inputs, *outputs))
    return ProjectModel(
        name=library.name,
        ident=ident,
        archive=archive.label,
        archive_sha256=archive.sha256,
        call="graph" if library.graph is not None else library.interface.value,
        c_prefix=library.c_prefix,
        entry=library.entry,
        header=library.header,
        inputs=inputs,
        outputs=outputs,
        bindings=tuple(
            PoolBinding(pool.name, actual(f"{ident}_{pool.name}"), pool.constant)
            for pool in library.caller_pools
        ),
        buffers=tuple(buffer.symbol for buffer in buffers if library.name in buffer.models),
        arena=symbols[WORKSPACE] if stacked else None,
        internal_workspace_bytes=sum(p.size_bytes for p in library.internal_pools if not p.constant),
        internal_pools=len(library.internal_pools),
        io_in_workspace=library.io_in_workspace,
        graph=graph,
        sources=tuple(s.path for s in library.sources if s.path.endswith(".c") and s.data.strip()),
        cmsis_nn=library.cmsis_nn,
        on_device=on_device,
        operators=compose_operators(library),
        slots=slots(workspace, of_calls=graph is not None, symbols=symbols) if workspace is not None else (),
        reset=f"{library.c_prefix}_reset" if any(pool.kept for pool in library.caller_pools) else None,
        quantized=any(tensor.quantization is not None for tensor in (*library.inputs, *library.outputs)),
    )


def _tensor(
    library: ModelLibrary, tensor: Tensor, side: str, ident: str, actual: Callable[[str], str]
) -> ProjectTensor:
    buffer, offset = f"{ident}_{side}_{tensor.c_name}", 0
    for placement in library.io_placements:
        if placement.tensor_c_name == tensor.c_name:
            buffer, offset = f"{ident}_{placement.pool}", placement.offset_bytes
    macro = tensor_size_macro(library.c_prefix, tensor.c_name)
    quantization = tensor.quantization
    return ProjectTensor(
        name=tensor.name,
        c_name=tensor.c_name,
        ident=f"{ident}_{side}_{tensor.c_name}",
        dtype=tensor.dtype,
        shape=tensor.printed_shape,
        size_bytes=tensor.size_bytes,
        scale=quantization.scale if quantization else 0.0,
        zero_point=quantization.zero_point if quantization else 0,
        buffer=actual(buffer),
        offset_bytes=offset,
        size_macro=macro if _defines(library, macro) else None,
    )


def _defines(library: ModelLibrary, macro: str) -> bool:
    needle = f"#define {macro} ".encode()
    return any(needle in source.data for source in library.sources if source.path.endswith(".h"))
