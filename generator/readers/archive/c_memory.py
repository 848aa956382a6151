"""What an archive's C says about memory that its metadata does not: tables of constants, and USMP's offsets.

Patterns: ``src/target/source/codegen_params.cc`` prints the tables, ``src/tir/usmp/transform`` the places
(``&(pool_N_var[offset])``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from generator.model.archive import PoolTop
from generator.model.tensor import DTYPE_BYTES
from generator.readers.archive.c_scan import CSource

_TABLE = re.compile(r"\bstatic const (\w+) [^;={}]*?\b\w+\[(\d+)\]\s*=")
_CTYPES = {"float": 4, "double": 8} | {
    f"{dtype}_t": size for dtype, size in DTYPE_BYTES.items() if dtype.startswith(("int", "uint"))
}
_PLACE = re.compile(r"void\* (\w+) = \(&\((?:\(\(uint8_t\*\))?(\w+?)_\d+_var\)?\[(\d+)\]\)\)")
# In packed code the arguments are stored, one by one, before the call.
_STEP = re.compile(r"\.data\) = (?P<stored>\w+);|\b(?P<function>\w+)\(\s*(?P<arguments>[^;{}]*?)\)\s*!= 0")


def constant_bytes(sources: Sequence[CSource]) -> int:
    """Bytes of all tables of constants at file level."""
    total = 0
    for source in sources:
        for table in _TABLE.finditer(source.text):
            total += _CTYPES.get(table[1], 0) * int(table[2])
    return total


def find_pool_tops(sources: Sequence[CSource], main: str) -> tuple[PoolTop, ...]:
    """For each pool that USMP placed buffers in: the buffer with the highest offset and who uses it.

    main: the function that calls the operators. A buffer of main belongs to the first operator that is
    passed it; a buffer inside an operator to that operator. In the order of the pools' names.
    """
    functions = {function.name: function for source in sources for function in source.functions}
    tops: dict[str, PoolTop] = {}

    def offer(pool: str, function: str, variable: str, offset: int) -> None:
        if pool not in tops or offset > tops[pool].offset_bytes:
            tops[pool] = PoolTop(pool, function, variable.removesuffix("_let"), offset)

    users: dict[str, str] = {}
    if main in functions:
        stored: list[str] = []
        for step in _STEP.finditer(functions[main].body):
            if step["stored"]:
                stored.append(step["stored"])
                continue
            for argument in (*stored, *re.findall(r"\w+", step["arguments"])):
                users.setdefault(argument, step["function"])
            stored.clear()
    for name in sorted(functions):
        for place in _PLACE.finditer(functions[name].body):
            user = users.get(place[1], name) if name == main else name
            offer(place[2], user, place[1], int(place[3]))
    return tuple(tops[pool] for pool in sorted(tops))
