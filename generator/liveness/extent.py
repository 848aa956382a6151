"""Which bytes an operator's C writes: from the bounds of its loops those of its indices.

Only bounds that are certainly reached count: sums of terms in which each loop variable occurs once, outside any
condition. What is found is therefore written, but not all that is written is found.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from generator.liveness.syntax import CFunction, integer, kind_of, pointed_type, variable

_ELEMENT_BYTES = {"bool": 1, "char": 1, "void": 1, "half": 2, "float": 4, "double": 8}
_ELEMENT_BYTES |= {f"{sign}int{bits}_t": bits // 8 for sign in ("", "u") for bits in (8, 16, 32, 64)}


class Written(Struct, frozen=True):
    """Bytes between the first and the last that one top-level statement writes through one address.

    parameter: which of the function's the address lies behind; variable: what the C calls the address.
    first_byte, end_byte: half-open, from where the parameter points.
    """

    statement: int
    parameter: int
    variable: str
    first_byte: int
    end_byte: int


class _Range(Struct, frozen=True):
    """An integer that takes its least and its greatest value, whatever other variables are."""

    least: int
    greatest: int
    variables: frozenset[str] = frozenset()


class _Pointer(Struct, frozen=True):
    """An address ``offset_bytes`` behind a parameter's, to elements of a size (None: not known)."""

    parameter: int
    variable: str
    offset_bytes: int
    element_bytes: int | None


def written_bytes(function: CFunction) -> tuple[Written, ...]:
    """What a function certainly writes behind its parameters."""
    reader = _ExtentReader(function)
    for number, statement in enumerate(function.statements):
        reader.read(number, statement)
    return tuple(reader.written)


class _ExtentReader:
    def __init__(self, function: CFunction) -> None:
        self.written: list[Written] = []
        self._statement = 0
        self._ranges: dict[str, _Range] = {}
        self._pointers: dict[str, _Pointer] = {}
        for index, (name, pointed) in enumerate(function.parameters):
            if pointed is not None:
                self._pointers[name] = _Pointer(index, name, 0, _ELEMENT_BYTES.get(pointed))

    def read(self, number: int, statement: Any) -> None:
        self._statement = number
        self._walk(statement)

    def _walk(self, node: Any) -> None:
        kind = kind_of(node)
        if kind == "Compound":
            for item in node.block_items or ():
                self._walk(item)
        elif kind == "For":
            self._ranges.update(self._counter(node))
            self._walk(node.stmt)
        elif kind == "Decl":
            self._declare(node)
        elif kind == "Assignment":
            self._assign(node)

    def _counter(self, node: Any) -> dict[str, _Range]:
        """The range of the variable of a loop that counts up by one from one number to another."""
        if kind_of(node.init) != "DeclList" or kind_of(node.cond) != "BinaryOp" or node.cond.op != "<":
            return {}
        name = node.init.decls[0].name
        first, end = integer(node.init.decls[0].init), integer(node.cond.right)
        counts = kind_of(node.next) == "UnaryOp" and node.next.op in ("++", "p++")
        self._ranges.pop(name, None)
        if not counts or variable(node.cond.left) != name or first is None or end is None or first >= end:
            return {}
        return {name: _Range(first, end - 1, frozenset((name,)))}

    def _declare(self, node: Any) -> None:
        self._ranges.pop(node.name, None)
        self._pointers.pop(node.name, None)
        if node.init is None:
            return
        pointer, value = self._pointer(node.init), self._value(node.init)
        if pointer is not None:
            element = _ELEMENT_BYTES.get(pointed_type(node.type) or "")
            self._pointers[node.name] = replace(pointer, variable=node.name, element_bytes=element)
        elif value is not None:
            self._ranges[node.name] = value

    def _assign(self, node: Any) -> None:
        target = node.lvalue
        name = variable(target)
        if name is not None:
            self._ranges.pop(name, None)
            self._pointers.pop(name, None)
            return
        if kind_of(target) != "ArrayRef":
            return
        pointer, index = self._pointer(target.name), self._value(target.subscript)
        if pointer is None or pointer.element_bytes is None or index is None:
            return
        size, offset = pointer.element_bytes, pointer.offset_bytes
        first, end = offset + index.least * size, offset + (index.greatest + 1) * size
        self.written.append(Written(self._statement, pointer.parameter, pointer.variable, first, end))

    def _pointer(self, node: Any) -> _Pointer | None:
        """The address that an expression gives, if it is a fixed number of bytes behind a parameter's."""
        kind = kind_of(node)
        if kind == "ID":
            return self._pointers.get(node.name)
        if kind == "Cast":
            pointed = pointed_type(node.to_type.type)
            inner = self._pointer(node.expr)
            if inner is None or pointed is None:
                return None
            return replace(inner, element_bytes=_ELEMENT_BYTES.get(pointed))
        if kind == "UnaryOp" and node.op == "&" and kind_of(node.expr) == "ArrayRef":
            inner, index = self._pointer(node.expr.name), integer(node.expr.subscript)
            if inner is None or inner.element_bytes is None or index is None:
                return None
            return replace(inner, offset_bytes=inner.offset_bytes + index * inner.element_bytes)
        return None

    def _value(self, node: Any) -> _Range | None:
        """The range of an integer expression, or None when its ends are not certain."""
        kind = kind_of(node)
        number = integer(node)
        if number is not None:
            return _Range(number, number)
        if kind == "ID":
            return self._ranges.get(node.name)
        if kind == "Cast":
            return self._value(node.expr) if kind_of(node.to_type.type) == "TypeDecl" else None
        if kind != "BinaryOp":
            return None
        left, right = self._value(node.left), self._value(node.right)
        if left is None or right is None:
            return None
        if node.op == "+" and left.variables.isdisjoint(right.variables):
            variables = left.variables | right.variables
            return _Range(left.least + right.least, left.greatest + right.greatest, variables)
        if node.op == "*" and left.variables and right.variables:
            return None
        return _with_number(node.op, left, right)


def _with_number(op: str, left: _Range, right: _Range) -> _Range | None:
    """A range combined with a number; only what grows with the range, or takes all remainders."""
    if op == "*" and not left.variables:
        left, right = right, left
    if right.variables or right.least < 0:
        return None
    number = right.least
    if op == "*":
        return _Range(left.least * number, left.greatest * number, left.variables)
    if op == "-":
        return _Range(left.least - number, left.greatest - number, left.variables)
    if left.least < 0:
        return None
    if op == "/" and number:
        return _Range(left.least // number, left.greatest // number, left.variables)
    if op == ">>" and number < 32:
        return _Range(left.least >> number, left.greatest >> number, left.variables)
    # Only of a loop variable itself does every remainder occur.
    whole = left.least == 0 and len(left.variables) == 1
    if op == "%" and number and whole:
        return _Range(0, min(left.greatest, number - 1), left.variables)
    return None
