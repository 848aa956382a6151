"""``PlacedRun`` as text, for a cache: reading it from C takes longer than the rest of ``generate``."""

from __future__ import annotations

import json

from generator.model.liveness import PlacedBuffer, PlacedRun, Step


def dump_placed(run: PlacedRun) -> str:
    """The run as JSON, which ``parse_placed`` reads."""
    return json.dumps(
        {
            "steps": [[step.call, step.function, step.nest] for step in run.steps],
            "buffers": [
                [b.name, b.kind, b.pool, b.offset_bytes, b.size_bytes, *b.lifespan] for b in run.buffers
            ],
            "pools": run.pools,
            "in_place": run.in_place,
            "unread": run.unread,
        }
    )


def parse_placed(text: str) -> PlacedRun:
    """Raises ValueError for anything that ``dump_placed`` does not write."""
    try:
        document = json.loads(text)
        return PlacedRun(
            steps=tuple(Step(int(call), str(name), int(nest)) for call, name, nest in document["steps"]),
            buffers=tuple(
                PlacedBuffer(str(name), str(kind), str(pool), int(offset), int(size), (int(first), int(end)))
                for name, kind, pool, offset, size, first, end in document["buffers"]
            ),
            pools=tuple((str(pool), int(size)) for pool, size in document["pools"]),
            in_place=bool(document["in_place"]),
            unread=tuple(str(name) for name in document["unread"]),
        )
    except (TypeError, KeyError, RecursionError, OverflowError) as error:
        raise ValueError("this is not a placed run") from error
