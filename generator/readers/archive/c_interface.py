"""The header of a model compiled with TVM's C interface: tensors in order, the caller's pools, placed I/O.

Source: ``src/target/source/interface_c.cc`` and ``source_module.cc`` in TVM 0.8 to 0.18.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from generator.errors import ArchiveError
from generator.model.archive import CallerPool, IoPlacement
from generator.readers.archive.c_scan import CSource
from generator.readers.text.json_tree import MAX_BYTES
from generator.readers.text.names import C_KEYWORDS
from generator.wording import counted

_MEMBER = re.compile(r"\bvoid\s*\*\s*(\w+)\s*;", re.ASCII)
_INTEGER = re.compile(r"\s*\(?\s*(0[xX][0-9a-fA-F]{1,16}|[0-9]{1,18})[uUlL]{0,3}\s*\)?\s*")
_PLACEMENT = re.compile(r"\.(\w+)\s*=\s*&\(\(uint8_t\s*\*\)\s*workspace_pools->(\w+)\)\[([0-9]{1,18})\]")
_COMPILE_AGAIN = "export the model again"


class CInterface(Struct, frozen=True):
    """What the header declares.

    inputs, outputs: members of the I/O structs, in order: the order in which the entry function takes them.
    sizes:           tensor's C name -> bytes, where the header has a macro for it (TVM 0.11 and later).
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    sizes: dict[str, int]
    pools: tuple[CallerPool, ...]
    placements: tuple[IoPlacement, ...]


def parse_interface(
    header: CSource, sources: Sequence[CSource], prefix: str, alignment_bytes: int
) -> CInterface:
    """Read ``<prefix>.h`` and the ``map_inputs``/``map_outputs`` that go with it. Raises ArchiveError."""
    inputs, outputs = (_struct(header, f"{prefix}_{kind}") for kind in ("inputs", "outputs"))
    if inputs is None or outputs is None:
        kind = "inputs" if inputs is None else "outputs"
        raise ArchiveError(
            f"struct {prefix}_{kind} is missing",
            where=header.path,
            hint="export the model again; mod_name must be in lower case",
        )
    members = _struct(header, f"{prefix}_workspace_pools") or ()
    parameters = _parameters(header, f"{prefix}_run")
    if f"{prefix}_devices" in parameters:
        raise ArchiveError(
            "the model needs device contexts, so it runs on an accelerator",
            where=header.path,
            hint="compile it for the CPU: target c, or cmsis-nn,c",
        )
    placements: tuple[IoPlacement, ...] = ()
    if f"{prefix}_map_inputs" in header.text:
        placements = _placements(sources, f"{prefix}_map_inputs", inputs, members)
        placements += _placements(sources, f"{prefix}_map_outputs", outputs, members)
    expected = [] if placements else [f"{prefix}_inputs", f"{prefix}_outputs"]
    if members:
        expected.append(f"{prefix}_workspace_pools")
    if parameters != expected:
        raise ArchiveError(
            f"{prefix}_run takes ({', '.join(parameters)}), not ({', '.join(expected)})",
            where=header.path,
            hint=_COMPILE_AGAIN,
        )
    # Names that differ only in case share a macro, which then gives neither size.
    size_macros = {name: f"{prefix}_{name}_SIZE".upper() for name in inputs + outputs}
    sizes = {name: _integer(header, macro) for name, macro in size_macros.items() if header.macros.get(macro)}
    pools = tuple(_pool(header, prefix, name, alignment_bytes) for name in members)
    return CInterface(inputs, outputs, sizes, pools, placements)


def _struct(header: CSource, name: str) -> tuple[str, ...] | None:
    """The members of a struct of void pointers, or None if there is no such struct."""
    match = re.search(rf"struct\s+{name}\s*\{{([^{{}}]*)\}}", header.text)
    if match is None:
        return None
    members = tuple(_MEMBER.findall(match[1]))
    if _MEMBER.sub("", match[1]).strip():
        raise ArchiveError(
            f"struct {name} has members that are not void pointers", where=header.path, hint=_COMPILE_AGAIN
        )
    seen: set[str] = set()
    for member in members:
        if member in seen or member in C_KEYWORDS or member[0].isdigit():
            raise ArchiveError(
                f"struct {name} can't have a member {member!r}",
                where=header.path,
                hint="rename the model's tensors or the memory pool",
            )
        seen.add(member)
    return members


def _parameters(header: CSource, function: str) -> list[str]:
    """The struct names that the entry function takes pointers to."""
    match = re.search(rf"\bint32_t\s+{function}\s*\(([^()]*)\)\s*;", header.text)
    if match is None:
        raise ArchiveError(
            f"{function} is not declared",
            where=header.path,
            hint="export the model again; mod_name must be in lower case",
        )
    return re.findall(r"struct\s+(\w+)\s*\*", match[1])


def _integer(header: CSource, macro: str) -> int:
    """The value of a macro that is a number of bytes."""
    if macro not in header.macros:
        raise ArchiveError(f"the macro {macro} is missing", where=header.path, hint=_COMPILE_AGAIN)
    value = header.macros[macro]
    match = _INTEGER.fullmatch(value) if value is not None and len(value) < 100 else None
    if match is None:
        problem = "is defined twice" if value is None else "is not a whole number"
        raise ArchiveError(f"the macro {macro} {problem}", where=header.path, hint=_COMPILE_AGAIN)
    number = int(match[1], 16 if match[1][:2] in ("0x", "0X") else 10)
    if not 0 < number <= MAX_BYTES:
        raise ArchiveError(
            f"the macro {macro} is {number:,}; it must be from 1 to {MAX_BYTES:,}",
            where=header.path,
            hint=_COMPILE_AGAIN,
        )
    return number


def _pool(header: CSource, prefix: str, name: str, alignment_bytes: int) -> CallerPool:
    stem = f"{prefix}_{name}".upper()
    size_macro, data_macro = f"{stem}_CONSTANT_POOL_SIZE", f"{stem}_CONSTANT_POOL_DATA"
    if size_macro not in header.macros:
        size_macro = f"{stem}_WORKSPACE_POOL_SIZE"
        return CallerPool(name, _integer(header, size_macro), size_macro, alignment_bytes=alignment_bytes)
    size = _integer(header, size_macro)
    held = (header.macros.get(data_macro) or "").count("0x")
    if held != size:
        raise ArchiveError(
            f"{size_macro} is {size:,} but {data_macro} has {counted(held, 'byte')}",
            where=header.path,
            hint=_COMPILE_AGAIN,
        )
    return CallerPool(name, size, size_macro, True, data_macro, alignment_bytes)


def _placements(
    sources: Sequence[CSource], function: str, tensors: tuple[str, ...], pools: tuple[str, ...]
) -> tuple[IoPlacement, ...]:
    bodies = [found.body for source in sources for found in source.functions if found.name == function]
    placements = tuple(
        IoPlacement(name, pool, int(offset))
        for body in bodies
        for name, pool, offset in _PLACEMENT.findall(body)
    )
    if tuple(placement.tensor_c_name for placement in placements) != tensors:
        raise ArchiveError(
            f"{function} does not place exactly the tensors {', '.join(tensors)}",
            where=sources[0].path,
            hint=_COMPILE_AGAIN,
        )
    for placement in placements:
        if placement.pool not in pools:
            raise ArchiveError(
                f"{function} uses the pool {placement.pool!r}, which the header does not declare",
                where=sources[0].path,
                hint=_COMPILE_AGAIN,
            )
    return placements
