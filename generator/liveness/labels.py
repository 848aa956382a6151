"""What an expression may point at, and what happens to memory: the words of the liveness readers."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from generator.liveness.syntax import UnreadableError

#: (kind, index): what an expression's value may point at. ``data`` i: the memory of argument i; ``scratch`` k:
#: of the k-th request in the function's text. A packed function's arguments come wrapped: ``args`` is its
#: array of TVMValue, ``arg`` i one of them, ``handle`` i its pointer to a DLTensor, ``tensor`` i that DLTensor,
#: ``inner`` a part of it that is not an address of data.
Label = tuple[str, int]
Labels = frozenset[Label]

NOTHING: Labels = frozenset()
MEMORY = ("data", "scratch")


class Effect(Struct, frozen=True):
    """What happens to a buffer.

    defines:  the first thing that happens is, on every path, a write.
    accesses: loads and stores, as many as loops with literal bounds make of them; each side of a condition and
              each turn of another loop counts once. 0 if it is unknown.
    """

    reads: bool
    writes: bool
    defines: bool
    accesses: int = 0

    def then(self, later: Effect) -> Effect:
        """What this effect and a later one do together."""
        return Effect(
            self.reads or later.reads,
            self.writes or later.writes,
            self.defines,
            self.accesses + later.accesses,
        )


READ = Effect(True, False, False, 1)
WRITE = Effect(False, True, True, 1)
ANY = Effect(True, True, False)


class Accesses(Struct):
    """Loads and stores counted in the C; unread: how often code that can't be read had the buffer."""

    counted: int = 0
    unread: int = 0

    def add(self, effects: Iterable[Effect]) -> None:
        """Count effects on one buffer."""
        for effect in effects:
            self.counted += effect.accesses
            self.unread += effect.accesses == 0

    def total(self, size_bytes: int) -> int:
        """Bytes loaded and stored; an effect whose accesses can't be counted is taken to touch each byte twice.

        size_bytes: the buffer's.
        """
        return self.counted + self.unread * 2 * size_bytes


#: functions of the C library that take buffers, by parameter; they return their first argument
LIBRARY: dict[str, tuple[Effect | None, ...]] = {
    "memcpy": (WRITE, READ, None),
    "memmove": (WRITE, READ, None),
    "memset": (WRITE, None, None),
}


def target_of(labels: Labels, index: int | None) -> Labels:
    """What lies at index (None: unknown) of the arrays that labels point at.

    Raises UnreadableError if that depends on what happens at run time.
    """
    if all(label[0] in MEMORY for label in labels):
        return labels
    if len(labels) == 1 and index is not None:
        ((kind, number),) = labels
        if kind == "args":
            return frozenset({("arg", index)})
        if kind == "handle" and index == 0:
            return frozenset({("tensor", number)})
    raise UnreadableError("chooses its arguments at run time")
