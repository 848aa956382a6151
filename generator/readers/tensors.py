"""A model's tensors, put together from what metadata.json, the C and the Relay text each tell of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from generator.errors import ArchiveError
from generator.model.tensor import Tensor
from generator.readers.c_packed import TensorType
from generator.readers.metadata import TensorSize
from generator.readers.names import sanitise


@dataclass(frozen=True)
class Claim:
    """What one part of an archive says of a tensor; None where it says nothing."""

    source: str
    size_bytes: int
    dtype: str | None = None
    shape: tuple[int, ...] | None = None


def claim_size(source: str, size: TensorSize | int | None) -> list[Claim]:
    if size is None:
        return []
    return [Claim(source, size) if isinstance(size, int) else Claim(source, size.size_bytes, size.dtype)]


def claim_type(source: str, found: TensorType | None) -> list[Claim]:
    return [] if found is None else [Claim(source, found.size_bytes, found.dtype, found.shape)]


def merge(name: str, c_name: str, claims: Sequence[Claim], where: str) -> Tensor:
    """The tensor all claims agree on; the first shape counts. Raises ArchiveError where they don't."""
    typed = [claim for claim in claims if claim.dtype is not None]
    if not typed:
        raise ArchiveError(
            f"nothing in the archive tells the type of the tensor {name!r}",
            where=where,
            hint="compile the model with TVM 0.11 or later, which writes it to metadata.json",
        )
    first = typed[0]
    dtype = first.dtype or ""
    for claim in claims:
        if claim.size_bytes != first.size_bytes or claim.dtype not in (None, dtype):
            raise ArchiveError(
                f"the tensor {name!r} is {dtype} of {first.size_bytes:,} bytes in {first.source}, but "
                f"{claim.dtype or 'a tensor'} of {claim.size_bytes:,} bytes in {claim.source}",
                where=where,
                hint="the archive is not of one piece: export the model again",
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
    """The names in sizes in the order of the entry function's arguments, which metadata.json doesn't tell.

    kind:   ``inputs`` or ``outputs``, for messages.
    orders: candidates, the most trusted first; the first that has just these names (as TVM's C spells them)
            counts.
    types:  what is known of the arguments by position; tells tensors apart where no candidate fits.
    Raises ArchiveError where the order stays open.
    """
    if types is not None and len(types) != len(sizes):
        raise ArchiveError(
            f"metadata.json has {len(sizes)} {kind}, the code has {len(types)}",
            where=where,
            hint="the archive is not of one piece: export the model again",
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
        f"the order of the {kind} {', '.join(sizes)} can't be told",
        where=where,
        hint="compile the model with interface-api c, whose header tells it",
    )


def types_by_c_name(types: Mapping[str, TensorType]) -> dict[str, tuple[str, TensorType]]:
    """C name -> (name, type)."""
    return {sanitise(name): (name, found) for name, found in types.items()}
