"""VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE, CALL_ONCE: resource variables, kept from run to run."""

from __future__ import annotations

from generator.compiler.context import Context
from generator.compiler.step import Call, Handle, Lowered, Unsupported, VariableAccess


def lower(context: Context) -> Lowered:
    """Handles carry the key (container, shared name); what is read and assigned is any tensor.

    Raises Unsupported for other kinds.
    """
    operator = context.operator
    match operator.kind:
        case "VAR_HANDLE":
            key = (operator.text("container"), operator.text("shared_name"))
            return Handle(operator.index, operator.kind, context.output().index, key)
        case "READ_VARIABLE":
            return VariableAccess(
                operator.index, operator.kind, context.input(0).index, context.output().index, read=True
            )
        case "ASSIGN_VARIABLE":
            return VariableAccess(
                operator.index, operator.kind, context.input(0).index, context.input(1).index, read=False
            )
        case "CALL_ONCE":
            return Call(operator.index, operator.kind, operator.integer("init_subgraph_index"))
    raise Unsupported("is not supported")
