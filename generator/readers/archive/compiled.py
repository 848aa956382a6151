"""``src/<name>.compiled.json``: what mlfgen's compiler says of a model that it compiled."""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec.structs import replace

from generator.errors import ArchiveError
from generator.model.archive import CallerPool, ModelLibrary
from generator.model.compiled import (
    FORMAT,
    CompiledBuffer,
    CompiledLayer,
    CompiledModel,
    CompiledTensor,
)
from generator.model.network import ELEMENT_BITS
from generator.model.tensor import DTYPE_BYTES, Quantization, Tensor
from generator.readers.text.json_tree import MAX_BYTES, Tree
from generator.readers.text.names import check_identifier, check_tensor_name, printable
from generator.wording import counted

_MAX_ROWS = 100_000
_MAX_RANK = 8
_NOT_ONE_PIECE = "the archive is inconsistent: compile the model again"


def with_compiled(library: ModelLibrary, tree: Tree) -> ModelLibrary:
    """library with what mlfgen's compiler says of it in this file. Raises ArchiveError."""
    compiled = parse_compiled(tree)
    return replace(
        library,
        inputs=described(library.inputs, compiled.inputs, tree.where),
        outputs=described(library.outputs, compiled.outputs, tree.where),
        caller_pools=kept_pools(library.caller_pools, compiled, tree.where),
        # Its kernels ask the C compiler for the core's instructions and do without those that are not there.
        instructions=(),
        compiled=compiled,
    )


def parse_compiled(tree: Tree) -> CompiledModel:
    """Read and check the file. Raises ArchiveError."""
    version = tree["format"].integer()
    if version != FORMAT:
        raise tree["format"].error(
            f"unknown format {version}; this version of mlfgen reads format {FORMAT}",
            "compile the model with this version of mlfgen",
        )
    return CompiledModel(
        generator=_text(tree["generator"]),
        source=_text(tree["source"]),
        source_sha256=_text(tree["source_sha256"]),
        inputs=tuple(_tensor(entry) for entry in _rows(tree["inputs"])),
        outputs=tuple(_tensor(entry) for entry in _rows(tree["outputs"])),
        state_pool=None if tree["state_pool"].value is None else _text(tree["state_pool"]),
        buffers=tuple(_buffer(entry) for entry in _rows(tree["buffers"])),
        layers=tuple(_layer(entry) for entry in _rows(tree["layers"])),
    )


def _rows(tree: Tree) -> list[Tree]:
    rows = tree.items()
    if len(rows) > _MAX_ROWS:
        raise tree.error(f"has too many entries: {len(rows):,}")
    return rows


def _text(tree: Tree) -> str:
    return printable(tree.text()[:1000])


def _shape(tree: Tree) -> tuple[int, ...]:
    shape = tuple(tree.integers(0))
    if len(shape) > _MAX_RANK or math.prod(shape) > MAX_BYTES:
        raise tree.error("is not a tensor shape")
    return shape


def _tensor(tree: Tree) -> CompiledTensor:
    dtype = tree["dtype"].text()
    if dtype not in DTYPE_BYTES:
        raise tree["dtype"].error(f"the element type {dtype[:40]!r} is not supported")
    quantization = None
    if "scale" in tree:
        scale = tree["scale"].real()
        if not (math.isfinite(scale) and scale > 0):
            raise tree["scale"].error("is not a positive number")
        quantization = Quantization(scale, tree["zero_point"].integer(-(1 << 15), 1 << 16))
    return CompiledTensor(
        check_tensor_name(tree["name"].text(), tree["name"].place), dtype, _shape(tree["shape"]), quantization
    )


def _buffer(tree: Tree) -> CompiledBuffer:
    first, end = tree["first"].integer(), tree["end"].integer()
    if end <= first:
        raise tree["end"].error(f"ends at {end:,}, before it begins at {first:,}")
    return CompiledBuffer(
        _text(tree["name"]),
        _text(tree["kind"]),
        tree["offset_bytes"].integer(),
        tree["size_bytes"].integer(1),
        (first, end),
    )


def _layer(tree: Tree) -> CompiledLayer:
    return CompiledLayer(
        function=check_identifier(tree["function"].text(), "function name", tree["function"].place),
        operator=tree["operator"].integer(),
        kind=_text(tree["kind"]),
        kernel=_text(tree["kernel"]),
        inputs=_types(tree["inputs"]),
        outputs=_types(tree["outputs"]),
        macs=tree["macs"].integer(0, 1 << 48),
        constants_bytes=tree["constants_bytes"].integer(),
        scratch_bytes=tree["scratch_bytes"].integer(),
        activation_bytes=tree["activation_bytes"].integer(0, 1 << 40),
    )


def _types(tree: Tree) -> tuple[tuple[str, tuple[int, ...]], ...]:
    found = []
    for entry in _rows(tree):
        pair = entry.items()
        if len(pair) != 2 or pair[0].text() not in ELEMENT_BITS:
            raise entry.error("is not an element type with a shape")
        found.append((pair[0].text(), _shape(pair[1])))
    return tuple(found)


def described(tensors: Sequence[Tensor], stated: Sequence[CompiledTensor], where: str) -> tuple[Tensor, ...]:
    """The tensors with shape and quantisation. Raises ArchiveError where header and file differ."""
    by_name = {tensor.name: tensor for tensor in stated}
    found = []
    for tensor in tensors:
        source = by_name.get(tensor.name)
        if source is None or source.dtype != tensor.dtype:
            raise ArchiveError(
                f"has no entry for the tensor {tensor.name!r}", where=where, hint=_NOT_ONE_PIECE
            )
        if DTYPE_BYTES[source.dtype] * math.prod(source.shape) != tensor.size_bytes:
            raise ArchiveError(
                f"gives {tensor.name!r} the shape {source.shape}; "
                f"the header gives it {counted(tensor.size_bytes, 'byte')}",
                where=where,
                hint=_NOT_ONE_PIECE,
            )
        found.append(replace(tensor, shape=source.shape, quantization=source.quantization))
    return tuple(found)


def kept_pools(pools: Sequence[CallerPool], compiled: CompiledModel, where: str) -> tuple[CallerPool, ...]:
    """The pools, the one of the state marked. Raises ArchiveError where there is none of that name."""
    name = compiled.state_pool
    if name is not None and name not in {pool.name for pool in pools if not pool.constant}:
        raise ArchiveError(
            f"names the pool {name!r}, which the header lacks", where=where, hint=_NOT_ONE_PIECE
        )
    return tuple(replace(pool, kept=True) if pool.name == name else pool for pool in pools)
