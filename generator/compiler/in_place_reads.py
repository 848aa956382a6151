"""Variables are read where they lie, not copied, where nothing is assigned to them before the last use."""

from __future__ import annotations

from msgspec.structs import replace

from generator.compiler.program import Program
from generator.compiler.step import Alias, Step, VariableAccess

_NOTE = "read in place: nothing is assigned to the variable before the last use"


def read_in_place(program: Program) -> Program:
    """The program with copies of variables taken out where the copy could never differ from the variable.

    The scheduler keeps the order of the steps that touch a variable, so that what reads the copy now still runs
    before what is assigned next.
    """
    kept = {program.root(index) for index in program.outputs}
    gone: dict[int, tuple[int, int]] = {}
    for number, step in enumerate(program.steps):
        if step.kind != "READ_VARIABLE" or len(step.inputs) != 1 or step.outputs[0] in kept:
            continue
        source, target = step.inputs[0], step.outputs[0]
        if source in program.states and not _assigned_before(program, number, source, target):
            gone[number] = (source, target)
    if not gone:
        return program
    moved = {target: source for source, target in gone.values()}
    aliases = {index: moved.get(root, root) for index, root in program.aliases.items()} | moved
    taken = {program.steps[number].operator: pair for number, pair in gone.items()}
    records = tuple(
        Alias(record.operator, record.kind, *taken[record.operator], _NOTE)
        if isinstance(record, VariableAccess) and record.read and record.operator in taken
        else record
        for record in program.records
    )
    steps = tuple(step for number, step in enumerate(program.steps) if number not in gone)
    return replace(program, steps=steps, aliases=aliases, records=records)


def _assigned_before(program: Program, number: int, variable: int, copy: int) -> bool:
    """Whether the variable is written behind step number at the copy's last use, or before."""
    later = list(enumerate(program.steps))[number + 1 :]
    uses = [at for at, step in later if copy in _roots(program, step, step.inputs)]
    writes = [
        at
        for at, step in later
        if variable in _roots(program, step, step.outputs)
        or variable in _roots(program, step, tuple(step.inputs[i] for i in step.updates))
    ]
    return bool(uses) and bool(writes) and writes[0] <= uses[-1]


def _roots(program: Program, step: Step, indices: tuple[int, ...]) -> set[int]:
    return {program.root(index) for index in indices}
