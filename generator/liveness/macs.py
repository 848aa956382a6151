"""How many multiplications with an addition an operator's C executes: sums in loops whose turns it shows."""

from __future__ import annotations

from typing import Any

from generator.liveness.loops import MAX_ACCESSES, loop_turns
from generator.liveness.syntax import CFunction, CProgram, UnreadableError, kind_of
from generator.model.archive import ModelLibrary

#: statements whose parts may run any number of times
_OPEN = ("While", "DoWhile", "If", "Switch", "Label")


def read_macs(library: ModelLibrary) -> tuple[tuple[str, int | None], ...]:
    """(operator's function, multiply-adds of a call) for each call of a run, in order; None where the C hides it.

    Empty where the calls are not known.
    """
    program = CProgram(library.sources)
    if library.graph is not None:
        calls = tuple(call.function for call in library.graph.calls)
    else:
        operators = {operator.function for operator in library.operators}
        calls = tuple(name for name in program.calls(library.main_function) if name in operators)
    counts: dict[str, int | None] = {}
    for name in calls:
        if name not in counts:
            counts[name] = _count(program, name)
    return tuple((name, counts[name]) for name in calls)


def _count(program: CProgram, name: str) -> int | None:
    try:
        function = program.function(name)
        return macs_of(function)
    except (UnreadableError, RecursionError):
        return None


def macs_of(function: CFunction) -> int:
    """Of one call. Raises UnreadableError where a function is called or the turns of a loop are not plain."""
    return sum(_of_statement(statement) for statement in function.statements)


def _of_statement(node: Any) -> int:
    kind = kind_of(node)
    if kind == "For":
        once = _of_statement(node.stmt)
        turns = loop_turns(node)
        if once and not turns:
            raise UnreadableError("sums in a loop whose turns it does not show")
        return min(once * turns, MAX_ACCESSES)
    if kind == "Assignment":
        return _of_assignment(node)
    below = sum(_of_statement(child) for _, child in node.children()) if node is not None else 0
    if below and kind in _OPEN:
        raise UnreadableError("sums where a condition holds")
    return below


def _of_assignment(node: Any) -> int:
    """Products of two values in memory that are added to the value that the assignment replaces."""
    if node.op == "+=":
        return _products(node.rvalue)
    terms = _terms(node.rvalue)
    return sum(map(_products, terms)) if node.op == "=" and any(_same(node.lvalue, t) for t in terms) else 0


def _terms(node: Any) -> list[Any]:
    if kind_of(node) == "BinaryOp" and node.op == "+":
        return [*_terms(node.left), *_terms(node.right)]
    return [node]


def _products(node: Any) -> int:
    while kind_of(node) == "Cast":
        node = node.expr
    return int(kind_of(node) == "BinaryOp" and node.op == "*" and _loads(node.left) and _loads(node.right))


def _loads(node: Any) -> bool:
    while kind_of(node) == "Cast":
        node = node.expr
    return kind_of(node) == "ArrayRef" or (kind_of(node) == "UnaryOp" and node.op == "*")


def _same(one: Any, other: Any) -> bool:
    """Whether two expressions are written alike."""
    if kind_of(one) != kind_of(other):
        return False
    if one is None:
        return True
    parts, others = one.children(), other.children()
    plain = [getattr(one, name) == getattr(other, name) for name in one.attr_names]
    return (
        all(plain)
        and len(parts) == len(others)
        and all(_same(a, b) for (_, a), (_, b) in zip(parts, others, strict=True))
    )
