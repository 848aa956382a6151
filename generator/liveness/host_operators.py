"""What a host can call in a model's C: its operators, and the functions that describe the model."""

from __future__ import annotations

import re

from generator.model.archive import Interface, ModelLibrary
from generator.model.host_driven import HostOperator
from generator.readers.archive.c_scan import Function, scan

_PACKED_ARGUMENT = re.compile(r"\(\(TVMValue\*\)args\)\[(\d+)\]")


def operators_of(library: ModelLibrary) -> tuple[HostOperator, ...]:
    """The operators that the archive's C defines, in its order."""
    entries = {
        library.entry,
        *(
            f"{library.c_prefix}_{name}"
            for name in ("__tvm_main__", "get_c_metadata", "map_inputs", "map_outputs")
        ),
    }
    asking = set(library.request_sizes)
    found = []
    for function in _functions(library):
        if function.name in entries or not function.name.startswith(f"{library.c_prefix}_"):
            continue
        packed = library.interface is Interface.PACKED
        count = _packed_arguments(function) if packed else _pointers(function)
        if count:
            found.append(HostOperator(function.name, count, packed, function.name in asking))
    return tuple(found)


def metadata_of(library: ModelLibrary) -> tuple[str, ...]:
    """The function that returns the description of a packed AOT model, where there is one."""
    name = f"{library.c_prefix}_get_c_metadata"
    return (name,) if any(function.name == name for function in _functions(library)) else ()


def _functions(library: ModelLibrary) -> list[Function]:
    return [
        function
        for source in library.sources
        if source.path.endswith(".c")
        for function in scan(source.data.decode("utf-8"), source.path).functions
    ]


def _packed_arguments(function: Function) -> int:
    return max((int(index) + 1 for index in _PACKED_ARGUMENT.findall(function.body)), default=0)


def _pointers(function: Function) -> int:
    """Parameters of an unpacked operator; 0 if one of them is not an address."""
    parameters = [part for part in function.parameters.split(",") if part.strip()]
    return len(parameters) if all("*" in part for part in parameters) else 0
