"""What the C of one model says: its entry, its memory, and what it needs around it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from generator.errors import ArchiveError
from generator.model.archive import InternalPool, WorkspaceCall
from generator.readers.archive.c_scan import CSource
from generator.readers.text.json_tree import MAX_BYTES

#: headers that the project's own runtime provides, and those of the C library
_KNOWN_HEADERS = frozenset(
    (
        "tvm/runtime/c_runtime_api.h",
        "tvm/runtime/c_backend_api.h",
        "tvm/runtime/metadata_types.h",
        "tvm/runtime/crt/error_codes.h",
        "tvm/runtime/crt/module.h",
        "dlpack/dlpack.h",
        *(f"{name}.h" for name in ("assert", "complex", "ctype", "errno", "fenv", "float", "inttypes")),
        *(f"{name}.h" for name in ("iso646", "limits", "math", "stdalign", "stdarg", "stdbool", "stddef")),
        *(f"{name}.h" for name in ("stdint", "stdio", "stdlib", "stdnoreturn", "string")),
    )
)
_ARM_HEADER = re.compile(r"arm_\w+\.h")
_KNOWN_RUNTIME = frozenset(("TVMBackendAllocWorkspace", "TVMBackendFreeWorkspace", "TVMAPISetLastError"))

# Repetitions that could run over the whole text from many places are bounded: the text may be hostile, and
# time must stay linear in its length.
_RUNTIME_CALL = re.compile(r"TVM(?:Backend|Func|API|Mod|Array|Device)\w{1,100}(?=\s*\()")
_ALLOCATION = re.compile(r"TVMBackendAllocWorkspace\s*\(([^;{}]{0,400})\)\s*;")
_ASSIGNED = re.compile(r"(\w+)\s*=\s*(?:\([\w\s*]+\)\s*)?\Z", re.ASCII)
_CONSTANT = re.compile(r"\s*\(*\s*(?:\(\s*\w+\s*\))?\s*\(*\s*([0-9]{1,18})[uUlL]*[\s)]*")
_ARM_CALL = re.compile(r"arm_\w{1,100}(?=\s*\()")
_INTRINSIC = re.compile(r"__\w{1,20}(?=\s*\()")
#: Arm C Language Extensions, "32-bit SIMD intrinsics" and "accumulating multiplications", in lower case
_DSP = frozenset(
    f"__{name}"
    for name in (
        *("sxtb16", "sxtab16", "uxtb16", "uxtab16", "pkhbt", "pkhtb", "ssat16", "usat16"),
        *("smlad", "smladx", "smlald", "smlaldx", "smlsd", "smlsdx", "smuad", "smuadx", "smusd", "smusdx"),
        *("smlabb", "smlabt", "smlatb", "smlatt", "smlawb", "smlawt"),
        *(f"{kind}{bits}" for kind in ("sadd", "ssub", "uadd", "usub", "qadd", "qsub") for bits in (8, 16)),
    )
)
_FLOAT = re.compile(r"(?:float|double|_Float16)\b")
_WORKSPACE = re.compile(
    r"__attribute__\s*\(\(([^;{}]{0,400})\)\)\s*static\s+uint8_t\s+(\w+)\s*\[\s*([0-9]{1,18})\s*\]\s*;",
    re.ASCII,
)
_CONSTANTS = re.compile(
    r"__attribute__\s*\(\(([^;{}]{0,400})\)\)\s*static\s+(?:const\s+)?struct\s+(\w+)\s*\{([^{}]*)\}\s*\w+\s*=",
    re.ASCII,
)
_FIELD = re.compile(r"\b(\w+)\s+\w+\s*\[\s*([0-9]{1,12})\s*\]\s*__attribute__\s*\(\(([^;]{0,400})\)\)\s*;")
_ALIGNED = re.compile(r"aligned\s*\(\s*([0-9]{1,6})\s*\)")
_SECTION = re.compile(r'section\s*\(\s*("[0-9]+")\s*\)')
_SECTION_NAME = re.compile(r"[A-Za-z0-9_.$-]{1,100}")
_C_TYPE_BYTES = {
    "bool": 1,
    "char": 1,
    "int8_t": 1,
    "uint8_t": 1,
    "int16_t": 2,
    "uint16_t": 2,
    "int32_t": 4,
    "uint32_t": 4,
    "int64_t": 8,
    "uint64_t": 8,
    "half": 2,
    "float": 4,
    "double": 8,
}


class Needs(Struct, frozen=True):
    """What C code needs besides a C compiler; the fields are those of ModelLibrary."""

    cmsis_nn: tuple[str, ...]
    instructions: tuple[str, ...]
    uses_float: bool


def defined_functions(sources: Sequence[CSource]) -> dict[str, str]:
    """function name -> path of the file that defines it. Raises ArchiveError."""
    return {function.name: source.path for source in sources for function in source.functions}


def check_environment(sources: Sequence[CSource], own_headers: frozenset[str]) -> None:
    """Refuse C that needs headers or runtime functions which the project doesn't have. Raises ArchiveError.

    own_headers: what the archive itself brings, relative to its include folder.
    """
    for source in sources:
        for header in source.includes:
            if header in _KNOWN_HEADERS or header in own_headers or _ARM_HEADER.fullmatch(header):
                continue
            if header.startswith("tvmgen_"):
                what, hint = (
                    f"the archive lacks {header}",
                    "export the model again; mod_name must be in lower case",
                )
            else:
                what = f"includes {header[:200]!r}, which is neither TVM's, CMSIS-NN's nor the C library's"
                hint = "compile the model without the code generator that needs it"
            raise ArchiveError(what, where=source.path, hint=hint)
        for call in _words(_RUNTIME_CALL, source.text):
            if call[0] not in _KNOWN_RUNTIME:
                raise ArchiveError(
                    f"calls {call[0]}, which the firmware's runtime doesn't have",
                    where=source.path,
                    hint="compile the model with target c and without system calls or parallel loops",
                )


def find_needs(sources: Sequence[CSource]) -> Needs:
    """Look through the code for CMSIS-NN calls, Arm DSP instructions and floating point."""
    own = defined_functions(sources)
    calls = {call[0] for source in sources for call in _words(_ARM_CALL, source.text)}
    headers = {header for source in sources for header in source.includes}
    intrinsics = {call[0].lower() for source in sources for call in _words(_INTRINSIC, source.text)}
    dsp = "arm_acle.h" in headers or not _DSP.isdisjoint(intrinsics)
    instructions = (["dsp"] if dsp else []) + (["mve"] if "arm_mve.h" in headers else [])
    return Needs(
        cmsis_nn=tuple(sorted(calls - own.keys())),
        instructions=tuple(instructions),
        uses_float=any(True for source in sources for _ in _words(_FLOAT, source.text)),
    )


def find_workspace_calls(sources: Sequence[CSource]) -> tuple[WorkspaceCall, ...]:
    """The ``TVMBackendAllocWorkspace`` calls in source order. Raises ArchiveError."""
    calls = []
    for source in sources:
        for call in _ALLOCATION.finditer(source.text):
            function = source.function_at(call.start())
            if function is None:
                continue
            arguments = call[1].split(",")
            where = f"{source.path}: {function}"
            if len(arguments) != 5 or arguments[0].strip() != "1":
                raise ArchiveError(
                    f"requests workspace on a device other than the CPU: {call[0][:200]}",
                    where=where,
                    hint="compile the model for the CPU: target c, or cmsis-nn,c",
                )
            size = _CONSTANT.fullmatch(arguments[2]) if len(arguments[2]) < 100 else None
            if size is None or not 0 < int(size[1]) <= MAX_BYTES:
                raise ArchiveError(
                    f"requests workspace of a size that is not a valid constant: {arguments[2].strip()[:80]}",
                    where=where,
                    hint="compile the model with static shapes",
                )
            variable = _ASSIGNED.search(source.text[max(0, call.start() - 300) : call.start()])
            if variable is None:
                raise ArchiveError(
                    "requests workspace and discards its address",
                    where=where,
                    hint="export the model again",
                )
            calls.append(WorkspaceCall(function, variable[1], int(size[1])))
    return tuple(calls)


def find_internal_pools(sources: Sequence[CSource]) -> tuple[InternalPool, ...]:
    """The buffers that the C itself declares, a file's constant ones first. Raises ArchiveError."""
    pools = []
    for source in sources:
        for pool in _CONSTANTS.finditer(source.text):
            size, alignment = _struct_bytes(source, pool[2], pool[3])
            pools.append(InternalPool(pool[2], size, _section(source, pool), True, alignment))
        for pool in _WORKSPACE.finditer(source.text):
            size = int(pool[3])
            if not 0 < size <= MAX_BYTES:
                raise _bad_pool(source, pool[2])
            aligned = _ALIGNED.search(pool[1])
            alignment = _power_of_two(source, pool[2], aligned[1]) if aligned else 1
            pools.append(InternalPool(pool[2], size, _section(source, pool), False, alignment))
    return tuple(pools)


def _section(source: CSource, pool: re.Match[str]) -> str | None:
    """The section that the attributes of a buffer (group 1; its name is group 2) put it in, or None."""
    section = _SECTION.search(pool[1])
    name = source.string(section[1]) if section else None
    if name is not None and not _SECTION_NAME.fullmatch(name):
        raise _bad_pool(source, pool[2])
    return name


def _struct_bytes(source: CSource, name: str, fields: str) -> tuple[int, int]:
    """(size, alignment) of a struct of arrays, up to the end of its last array: TVM's "of total size"."""
    if _FIELD.sub("", fields).strip():
        raise _bad_pool(source, name)
    end, alignment = 0, 1
    for c_type, count, attributes in _FIELD.findall(fields):
        element = _C_TYPE_BYTES.get(c_type)
        if element is None:
            raise _bad_pool(source, name)
        aligned = _ALIGNED.search(attributes)
        field_alignment = _power_of_two(source, name, aligned[1]) if aligned else element
        end += -end % field_alignment + element * int(count)
        alignment = max(alignment, field_alignment)
    if not 0 < end <= MAX_BYTES:
        raise _bad_pool(source, name)
    return end, alignment


def _power_of_two(source: CSource, name: str, digits: str) -> int:
    number = int(digits)
    if number == 0 or number & (number - 1):
        raise _bad_pool(source, name)
    return number


def _bad_pool(source: CSource, name: str) -> ArchiveError:
    return ArchiveError(
        f"the buffer {name!r} has an invalid size, alignment or section",
        where=source.path,
        hint="export the model again",
    )


def _words(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Matches that begin a word; a leading ``\\b`` would cost the search its literal prefix and speed."""
    for match in pattern.finditer(text):
        before = text[match.start() - 1 : match.start()]
        if not (before.isalnum() or before == "_"):
            yield match
