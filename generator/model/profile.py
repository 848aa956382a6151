"""What a model's operators are, and what each of them took in a run."""

from __future__ import annotations

from msgspec import Struct


class OperatorRecord(Struct, frozen=True):
    """An operator's C function.

    what:          kind and kernel in words, or empty if unknown.
    macs:          multiplications with an addition of one call, or None where it is not known.
    touched_bytes: of inputs, outputs and constants of one call, or None where it is not known.
    """

    function: str
    what: str = ""
    macs: int | None = None
    touched_bytes: int | None = None


class ModelRecord(Struct, frozen=True):
    """What a profile needs to know of a model.

    invoke: the C function that runs the whole model once.
    """

    model: str
    invoke: str
    operators: tuple[OperatorRecord, ...]


class FunctionCount(Struct, frozen=True):
    """What calls of one C function took together, with all they call, and without interrupts.

    instructions: of the virtual microcontroller; on a board, cycles of the core.
    """

    function: str
    calls: int
    instructions: int


class OperatorProfile(Struct, frozen=True):
    """An operator and what its calls took.

    count: over all runs of the model.
    """

    record: OperatorRecord
    count: FunctionCount


class ModelProfile(Struct, frozen=True):
    """A model and what its runs took.

    operators: those that ran, in the order of their first calls.

    runs:   how often the model ran. instructions: of all runs, with what lies between the operators.
    unseen: operators that have no function of their own in the image, or were not called.
    """

    model: str
    runs: int
    instructions: int
    operators: tuple[OperatorProfile, ...]
    unseen: tuple[str, ...]

    @property
    def between(self) -> int:
        """Instructions of all runs that belong to no operator."""
        return self.instructions - sum(operator.count.instructions for operator in self.operators)

    @property
    def macs(self) -> int | None:
        """Multiply-adds of one run; None if they are unknown for an operator that ran."""
        found = 0
        for operator in self.operators:
            if operator.record.macs is None:
                return None
            found += operator.record.macs * operator.count.calls
        return found // self.runs


def profile_of(record: ModelRecord, counts: tuple[FunctionCount, ...]) -> ModelProfile:
    """The profile of a model, from counts of functions.

    counts: of any functions, in the order of their first calls.
    """
    records = {operator.function: operator for operator in record.operators}
    whole = next((count for count in counts if count.function == record.invoke), None)
    ran = tuple(OperatorProfile(records[c.function], c) for c in counts if c.function in records)
    seen = {operator.record.function for operator in ran}
    return ModelProfile(
        record.model,
        whole.calls if whole else 0,
        whole.instructions if whole else 0,
        ran,
        tuple(name for name in records if name not in seen),
    )
