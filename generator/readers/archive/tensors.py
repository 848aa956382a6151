"""A model's tensors, combined from what metadata.json, the C and the Relay text each contain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from generator.errors import ArchiveError
from generator.model.archive import CallerPool, IoPlacement
from generator.model.tensor import Tensor
from generator.readers.archive.c_packed import TensorType
from generator.readers.archive.metadata import TensorSize
from generator.readers.text.names import c_names, sanitise
from generator.wording import counted

_METADATA = "metadata.json"
_HEADER = "the header"
_NOT_ONE_PIECE = "the archive is inconsistent: export the model again"


class _Claim(Struct, frozen=True):
    """What one part of an archive says of a tensor; None where it says nothing."""

    source: str
    size_bytes: int
    dtype: str | None = None
    shape: tuple[int, ...] | None = None


def _claim_size(source: str, size: TensorSize | int | None) -> list[_Claim]:
    if size is None:
        return []
    return [_Claim(source, size) if isinstance(size, int) else _Claim(source, size.size_bytes, size.dtype)]


def _claim_type(source: str, found: TensorType | None) -> list[_Claim]:
    return [] if found is None else [_Claim(source, found.size_bytes, found.dtype, found.shape)]


def _merge(name: str, c_name: str, claims: Sequence[_Claim], where: str) -> Tensor:
    """The tensor all claims agree on; the first shape counts. Raises ArchiveError where they don't."""
    typed = [claim for claim in claims if claim.dtype is not None]
    if not typed:
        raise ArchiveError(
            f"the archive does not give the type of the tensor {name!r}",
            where=where,
            hint="pass the .tflite it was compiled from with --tflite, or compile it with TVM 0.11 or later",
        )
    first = typed[0]
    dtype = first.dtype or ""
    for claim in claims:
        if claim.size_bytes != first.size_bytes or claim.dtype not in (None, dtype):
            raise ArchiveError(
                f"the tensor {name!r} is {dtype} of {first.size_bytes:,} bytes in {first.source}, but "
                f"{claim.dtype or 'a tensor'} of {claim.size_bytes:,} bytes in {claim.source}",
                where=where,
                hint=_NOT_ONE_PIECE,
            )
    shape = next((claim.shape for claim in claims if claim.shape is not None), None)
    return Tensor(name, c_name, dtype, shape, first.size_bytes)


def arrange(
    kind: str,
    sizes: Mapping[str, TensorSize],
    orders: Iterable[Sequence[str] | None],
    types: Sequence[TensorType] | None,
    where: str,
) -> tuple[str, ...]:
    """The names in sizes in the order of the entry function's arguments, which metadata.json does not give.

    kind:   ``inputs`` or ``outputs``, for messages.
    orders: candidates, the most trusted first; the first that has just these names (as TVM's C spells them)
            counts.
    types:  what is known of the arguments by position; distinguishes tensors if no candidate fits.
    Raises ArchiveError where the order stays open.
    """
    if types is not None and len(types) != len(sizes):
        raise ArchiveError(
            f"metadata.json lists {counted(len(sizes), kind.removesuffix('s'))}, the code {len(types)}",
            where=where,
            hint=_NOT_ONE_PIECE,
        )
    by_c_name = {sanitise(name): name for name in sizes}
    numbered = [f"output{index}" for index in range(len(sizes))]
    for order in (*orders, numbered):
        if order is None or len(order) != len(sizes):
            continue
        names = [by_c_name.get(sanitise(name)) for name in order]
        found = tuple(name for name in names if name is not None)
        if len(set(found)) == len(sizes):
            return found
    if len(sizes) == 1:
        return tuple(sizes)
    if types is not None:
        by_type = {(size.dtype, size.size_bytes): name for name, size in sizes.items()}
        found = tuple(by_type.get((found.dtype, found.size_bytes), "") for found in types)
        if len(by_type) == len(sizes) and set(found) == set(sizes):
            return found
    raise ArchiveError(
        f"the order of the {kind} {', '.join(sizes)} is not known",
        where=where,
        hint="compile the model with interface-api c, whose header gives it",
    )


def types_by_c_name(types: Mapping[str, TensorType]) -> dict[str, tuple[str, TensorType]]:
    """C name -> (name, type)."""
    return {sanitise(name): (name, found) for name, found in types.items()}


def struct_tensors(
    members: tuple[str, ...],
    stated: Mapping[str, TensorSize] | None,
    header_sizes: Mapping[str, int],
    types: Mapping[str, tuple[str, TensorType]],
    types_source: str,
    where: str,
) -> tuple[Tensor, ...]:
    """The tensors of an I/O struct, in its order.

    stated: from metadata.json, by name. header_sizes: by C name. types: C name -> (name, type).
    Raises ArchiveError where they contradict each other.
    """
    if stated is None:
        names = {c_name: name for c_name, (name, _) in types.items()}
    else:
        names = {sanitise(name): name for name in stated}
        if sorted(names) != sorted(members):
            raise ArchiveError(
                f"metadata.json lists the tensors {', '.join(names)}, the header {', '.join(members)}",
                where=where,
                hint=_NOT_ONE_PIECE,
            )
    tensors = []
    for member in members:
        name = names.get(member, member)
        claims = _claim_size(_METADATA, stated.get(name) if stated is not None else None)
        claims += _claim_type(types_source, types[member][1] if member in types else None)
        claims += _claim_size(_HEADER, header_sizes.get(member))
        tensors.append(_merge(name, member, claims, where))
    return tuple(tensors)


def listed_tensors(
    names: Sequence[str],
    stated: Mapping[str, TensorSize] | None,
    types: Mapping[str, Sequence[TensorType | None] | None],
    where: str,
) -> tuple[Tensor, ...]:
    """The tensors of a model without a header. types: by source, then by position. Raises ArchiveError."""
    tensors = []
    for position, (name, c_name) in enumerate(zip(names, c_names(names), strict=True)):
        claims = _claim_size(_METADATA, stated.get(name) if stated is not None else None)
        for source, found in types.items():
            claims += _claim_type(source, found[position] if found is not None else None)
        tensors.append(_merge(name, c_name, claims, where))
    return tuple(tensors)


def check_placements(
    placements: Sequence[IoPlacement], pools: Sequence[CallerPool], tensors: Sequence[Tensor], where: str
) -> None:
    """Refuse tensors that are placed beyond the end of their pool. Raises ArchiveError."""
    capacity = {pool.name: pool.size_bytes for pool in pools}
    size = {tensor.c_name: tensor.size_bytes for tensor in tensors}
    for placement in placements:
        end = placement.offset_bytes + size[placement.tensor_c_name]
        if end > capacity[placement.pool]:
            raise ArchiveError(
                f"the tensor {placement.tensor_c_name} ends at byte {end:,} of the pool {placement.pool!r}, "
                f"which has {capacity[placement.pool]:,}",
                where=where,
                hint="export the model again",
            )
