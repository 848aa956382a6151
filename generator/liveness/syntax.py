"""The functions of an archive's C as syntax trees, parsed one by one on demand.

pycparser needs every type's name and no preprocessor, so each function is parsed on its own behind a list of
type names. Of the types it matters only that they are types.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from generator.model.archive import SourceFile
from generator.readers.archive.c_scan import Function, scan

ALLOCATE = "TVMBackendAllocWorkspace"
FREE = "TVMBackendFreeWorkspace"

#: of one model's functions no more are parsed: the parser reads some 100,000 characters a second
MAX_CHARS = 4_000_000

#: of a number; Python refuses to read far longer ones, and no C type holds them
MAX_DIGITS = 100

_TYPES = (
    *(f"{sign}int{bits}_t" for sign in ("", "u") for bits in (8, 16, 32, 64)),
    *("bool", "half", "size_t", "ptrdiff_t", "intptr_t", "uintptr_t"),
    *("TVMValue", "DLTensor", "DLDataType", "DLDevice", "DLDeviceType"),
)
_CMSIS_TYPE = re.compile(r"\bcmsis_nn_\w+")
_CALLED = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
_WORD = re.compile(r"[A-Za-z_]\w*")
# C++ linkage leaves the code as it is; any other condition may hide half of it. A comment may stand before it.
_CONDITION = re.compile(r"#[ \t]*(?:if|elif|else|ifn?def)\b(?![ \t]+__cplusplus\b)")


class UnreadableError(Exception):
    """Code that is not understood. why: the end of a sentence that begins with the function's name.

    It never leaves this room: its callers fall back to assumptions that hold for any code.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class CFunction(Struct, frozen=True):
    """A parsed function.

    parameters: (name, C type of what it points at, or None for no pointer), in order; statements: its top
    level, with nested blocks opened; allocations, frees: how many such calls there are.
    """

    name: str
    parameters: tuple[tuple[str, str | None], ...]
    statements: tuple[Any, ...]
    allocations: int
    frees: int


class CProgram:
    """The C of one model. Parses on demand, each function once."""

    def __init__(self, sources: Sequence[SourceFile]) -> None:
        self._found: dict[str, tuple[Function, str | None]] = {}
        self._parsed: dict[str, CFunction | UnreadableError] = {}
        self._parser: Any = None
        self._chars_left = MAX_CHARS
        self._macros: set[str] = set()
        for source in sources:
            text = source.data.decode("utf-8", "replace")
            lexed = scan(text, source.path)
            self._macros.update(lexed.macros)
            if source.path.endswith(".c"):
                why = "is in a file with conditional compilation" if _CONDITION.search(text) else None
                for function in lexed.functions:
                    twice = "is defined twice" if function.name in self._found else None
                    self._found[function.name] = (function, twice or why)

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def called(self, name: str) -> frozenset[str]:
        """The names before an opening bracket in a function's body, whether it can be parsed or not."""
        return frozenset(_CALLED.findall(self._found[name][0].body)) if name in self else frozenset()

    def calls(self, name: str) -> tuple[str, ...]:
        """The same, in order and as often as they are there."""
        return tuple(_CALLED.findall(self._found[name][0].body)) if name in self else ()

    def function(self, name: str) -> CFunction:
        """Raises UnreadableError."""
        if name not in self:
            raise UnreadableError("is not in the archive")
        if name not in self._parsed:
            try:
                self._parsed[name] = self._parse(*self._found[name])
            except UnreadableError as error:
                self._parsed[name] = error
        parsed = self._parsed[name]
        if isinstance(parsed, UnreadableError):
            raise parsed
        return parsed

    def _parse(self, function: Function, why: str | None) -> CFunction:
        from pycparser import CParser
        from pycparser.c_parser import ParseError

        if why is not None:
            raise UnreadableError(why)
        self._chars_left -= len(function.body)
        if self._chars_left < 0:
            raise UnreadableError(f"is beyond the first {MAX_CHARS:,} characters, which are analysed")
        macros = self._macros.intersection(_WORD.findall(function.body))
        if macros:
            raise UnreadableError(f"uses the macro {min(macros)}")
        if self._parser is None:
            self._parser = CParser()
        types = (*_TYPES, *sorted(set(_CMSIS_TYPE.findall(function.body))))
        text = "".join(f"typedef int {name};" for name in types)
        text += f"void {function.name}({function.parameters}){{{function.body}}}"
        try:
            definition = self._parser.parse(text).ext[-1]
            statements = tuple(_opened(definition.body))
        except (ParseError, RecursionError) as error:
            raise UnreadableError("uses C that the parser does not know") from error
        called = _CALLED.findall(function.body)
        return CFunction(
            name=function.name,
            parameters=_parameters(definition),
            statements=statements,
            allocations=called.count(ALLOCATE),
            frees=called.count(FREE),
        )


def kind_of(node: Any) -> str:
    """The name of a tree node's class in pycparser, such as ``ArrayRef``; empty for no node."""
    return "" if node is None else type(node).__name__


def integer(node: Any) -> int | None:
    """The value of a literal integer, casts around it ignored; None for anything else."""
    while kind_of(node) == "Cast":
        node = node.expr
    if kind_of(node) == "UnaryOp" and node.op == "-":
        inner = integer(node.expr)
        return None if inner is None else -inner
    if kind_of(node) != "Constant" or "int" not in node.type:
        return None
    digits = node.value.rstrip("uUlL")
    if len(digits) > MAX_DIGITS:
        return None
    return int(digits, 8 if len(digits) > 1 and digits.isdigit() and digits[0] == "0" else 0)


def variable(node: Any) -> str | None:
    """The name that an expression consists of, casts around it ignored; None for anything else."""
    while kind_of(node) == "Cast":
        node = node.expr
    return node.name if kind_of(node) == "ID" else None


def call_of(node: Any, name: str) -> Any:
    """The call of a function that an expression consists of, casts around it ignored, or None."""
    while kind_of(node) == "Cast":
        node = node.expr
    found = kind_of(node) == "FuncCall" and kind_of(node.name) == "ID" and node.name.name == name
    return node if found else None


def arguments(call: Any) -> list[Any]:
    """The argument expressions of a call."""
    return list(call.args.exprs) if call.args is not None else []


def pointed_type(declared: Any) -> str | None:
    """The name of the type that a declared type points at: empty if it has none, None if it is not a pointer."""
    if kind_of(declared) not in ("PtrDecl", "ArrayDecl"):
        return None
    pointed = declared.type
    return " ".join(getattr(pointed.type, "names", ())) if kind_of(pointed) == "TypeDecl" else ""


def _parameters(definition: Any) -> tuple[tuple[str, str | None], ...]:
    listed = definition.decl.type.args
    found = []
    for parameter in listed.params if listed is not None else ():
        if kind_of(parameter) == "Decl":
            found.append((parameter.name, pointed_type(parameter.type)))
        elif kind_of(parameter) != "Typename":
            raise UnreadableError("takes a variable number of arguments")
    return tuple(found)


def _opened(block: Any) -> list[Any]:
    """The statements of a block, those of blocks inside it among them."""
    found: list[Any] = []
    for statement in block.block_items or ():
        if kind_of(statement) == "Compound":
            found += _opened(statement)
        else:
            found.append(statement)
    return found
