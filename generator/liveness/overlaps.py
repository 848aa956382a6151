"""Live buffers that a compiler placed over each other."""

from __future__ import annotations

from collections.abc import Iterator

from generator.model.liveness import PlacedBuffer, PlacedRun


def overlaps(run: PlacedRun) -> Iterator[tuple[PlacedBuffer, PlacedBuffer]]:
    """Pairs of buffers that share bytes while both are live; none where that is meant."""
    buffers = () if run.in_place else run.buffers
    for index, one in enumerate(buffers):
        for other in buffers[index + 1 :]:
            if (
                one.pool == other.pool
                and max(one.offset_bytes, other.offset_bytes) < min(one.end_byte, other.end_byte)
                and max(one.lifespan[0], other.lifespan[0]) < min(one.lifespan[1], other.lifespan[1])
            ):
                yield one, other
