"""How often an operator's C executes its parts, as far as its literals show."""

from __future__ import annotations

from typing import Any

from generator.liveness.syntax import arguments, integer, kind_of, variable

WORD_BYTES = 4

#: of one place in the C no more accesses are counted: years, on any device
MAX_ACCESSES = 10**15


def moved_words(call: Any) -> int:
    """How many words a function of the C library moves, as far as its size is a literal."""
    return max(1, -(-(integer(arguments(call)[-1]) or 0) // WORD_BYTES))


def loop_turns(loop: Any) -> int:
    """How often the body of a ``for`` certainly runs: it counts from one literal up to a greater one, else 0.

    What it counts by is taken for 1.
    """
    init = loop.init
    if kind_of(init) == "DeclList" and len(init.decls) == 1:
        name, first = init.decls[0].name, integer(init.decls[0].init)
    elif kind_of(init) == "Assignment" and init.op == "=":
        name, first = variable(init.lvalue), integer(init.rvalue)
    else:
        return 0
    if kind_of(loop.cond) != "BinaryOp" or loop.cond.op != "<" or variable(loop.cond.left) != name:
        return 0
    end = integer(loop.cond.right)
    return 0 if first is None or end is None else max(0, end - first)
