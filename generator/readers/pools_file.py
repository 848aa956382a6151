"""Where pools go and what stays free, kept in a file: what ``--pool`` and ``--reserve`` say one by one.

pools:
  sram: dtcm        # archive pool -> board pool
reserve:
  sram: 32768       # region -> bytes that the application needs for itself
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from generator.errors import UsageError
from generator.readers.text.mapping import MappingReader
from generator.readers.text.yaml_tree import parse_yaml

_MAX_BYTES = 1 << 32
_EXAMPLE = "docs/planning.md shows a pools file"


class PoolsFile(Struct, frozen=True):
    """What a pools file says.

    pools: archive pool name -> board pool name. reserved_bytes: region name -> bytes kept free.
    """

    pools: Mapping[str, str] = field(default_factory=dict)
    reserved_bytes: Mapping[str, int] = field(default_factory=dict)


def load_pools_file(path: Path) -> PoolsFile:
    """UsageError where there is no such file or it says something else."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as fault:
        reason = (fault.strerror if isinstance(fault, OSError) else None) or "it is not UTF-8 text"
        raise UsageError(f"can't be read: {reason}", where=str(path), hint="check the path") from None
    return parse_pools_file(text, str(path))


def parse_pools_file(text: str, where: str) -> PoolsFile:
    """Raises UsageError with the key at fault."""
    fields = MappingReader(
        parse_yaml(text, where, error=UsageError, hint=_EXAMPLE), error=UsageError, where=where
    )
    pools, reserve = fields.optional_child("pools"), fields.optional_child("reserve")
    fields.done()
    return PoolsFile(
        {} if pools is None else {name: str(pools.text(name)) for name in pools.names()},
        {}
        if reserve is None
        else {name: int(reserve.number(name, low=0, high=_MAX_BYTES)) for name in reserve.names()},
    )
