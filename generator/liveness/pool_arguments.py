"""Which pool each parameter of an AOT main function points at."""

from __future__ import annotations

from typing import Any

from generator.liveness.syntax import CProgram, UnreadableError, arguments, kind_of


def pool_arguments(program: CProgram, entry: str, main: str) -> tuple[str, ...]:
    """By parameter, from the entry function's call: the member of a struct, or the C's own array.

    Raises UnreadableError.
    """
    if entry not in program or main not in program:
        raise UnreadableError("is not in the archive")
    for statement in program.function(entry).statements:
        call = statement.expr if kind_of(statement) == "Return" else statement
        if kind_of(call) == "FuncCall" and call.name.name == main:
            return tuple(_pointed(argument) for argument in arguments(call))
    raise UnreadableError("calls the main function in a way that is not analysed")


def _pointed(argument: Any) -> str:
    if kind_of(argument) == "StructRef":
        return str(argument.field.name)
    if kind_of(argument) == "UnaryOp" and argument.op == "&" and kind_of(argument.expr) == "ID":
        return str(argument.expr.name)
    raise UnreadableError("calls the main function in a way that is not analysed")


def counts_bytes(program: CProgram, main: str) -> bool:
    """Whether an index into each pool counts bytes, as placements do; inputs and outputs have no type."""
    return all(pointed in ("uint8_t", "int8_t", "void") for _, pointed in program.function(main).parameters)


def tensor_of(name: str) -> str:
    """The C name of an input or output that the main function's variable would be for: TVM appends to it."""
    return name.removesuffix("_let").removesuffix("_buffer_var")
