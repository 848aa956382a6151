"""What a layer's preparation gives: constants, the C that calls the kernel, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from generator.compiler.c_tables import real_literal
from generator.compiler.step import Constant, Overlap, Step


class Kernel(Struct, frozen=True):
    """One layer, ready to be printed.

    headers:  of templates/runtime/kernels, in the order of inclusion.
    body:     C statements over the pointers ``in0``, ``in1``, ``out0`` and ``scratch``; ``{name}`` stands for a
              constant's C name, braces of C are doubled.
    constants: tables that the body names.
    scratch_bytes: memory that the layer needs while it runs, aligned to 4 bytes.
    overlaps: where the output may lie over an input. A distance of 0 is taken exactly: the output starts where the
              input starts.
    description: the kernel, for people. macs: multiplications with addition in one run.
    instructions: estimated, of one run on a Cortex-M7.
    notes:    why this kernel, for people.
    """

    headers: tuple[str, ...]
    body: tuple[str, ...]
    constants: tuple[Constant, ...] = ()
    scratch_bytes: int = 0
    overlaps: tuple[Overlap, ...] = ()
    description: str = ""
    macs: int = 0
    instructions: int = 0
    notes: tuple[str, ...] = ()

    @property
    def constants_bytes(self) -> int:
        """Flash that the tables take, without padding between them."""
        return sum(constant.size_bytes for constant in self.constants)

    def step(
        self, operator: int, kind: str, inputs: tuple[int, ...], outputs: tuple[int, ...], *notes: str
    ) -> Step:
        """The layer as a step of a program. notes: more of them."""
        return Step(
            operator,
            kind,
            inputs,
            outputs,
            self.body,
            headers=self.headers,
            constants=self.constants,
            scratch_bytes=self.scratch_bytes,
            overlaps=self.overlaps,
            kernel=self.description,
            macs=self.macs,
            notes=(*self.notes, *notes),
            instructions=self.instructions,
        )


def struct_body(c_type: str, members: Mapping[str, int | float | str], call: str) -> tuple[str, ...]:
    """C that calls a kernel with a constant struct named ``layer``.

    members: member -> number, or the name of a constant.
    """
    values = [f".{name} = {_value(value)}," for name, value in members.items()]
    lines, line = [], ""
    for value in values:
        if len(line) + len(value) > 90:
            lines.append(line)
            line = ""
        line += (" " if line else "") + value
    lines.append(line)
    return (f"static const {c_type} layer = {{{{", *(f"  {line}" for line in lines), "}};", call)


def _value(value: int | float | str) -> str:
    if isinstance(value, str):
        return "{" + value + "}"
    return real_literal(value) if isinstance(value, float) else str(value)
