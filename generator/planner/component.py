"""The state of the search: an independent part of a packing with the buffers still to place in it."""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

import numpy as np

from .sections import Ints


class Component(NamedTuple):
    """A component, independent of the others: sections [first, end) and the unplaced buffers in them.

    unplaced:  by rank. rank: by buffer, its turn among buffers at equal offsets.
    lowest:    by buffer, lowest free offset, or PLACED. bound: the same, or a higher one proved.
    load:      by section, heights of unplaced buffers. spans: by section, how many reach into the next.
    last:      (offset, rank) of the buffer placed last; later ones come after it.
    """

    first: int
    end: int
    unplaced: Ints
    rank: Ints
    lowest: Ints
    bound: Ints
    load: Ints
    spans: Ints
    last: tuple[int, int]

    def key(self) -> tuple[bytes, tuple[int, int]]:
        """What decides whether the component fits: its state, and the turn from which buffers may be placed."""
        lowest = self.lowest[self.unplaced]
        floor = (int(lowest.min()), -1)
        digest = blake2b(self.unplaced.tobytes(), digest_size=16)
        digest.update(lowest.tobytes())
        offset, turn = self.last
        passed = int(np.searchsorted(self.rank[self.unplaced], turn))
        return digest.digest(), max((offset, passed), floor)
