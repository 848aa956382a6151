"""One way to need less memory."""

from __future__ import annotations

from msgspec import Struct


class Saving(Struct, frozen=True):
    """One way to need less.

    name:        ``operator``, ``usmp``, ``io`` or ``pool``.
    saves_bytes: of RAM; of the pool's region for ``pool``.
    bound:       how to take saves_bytes: ``exactly``, ``at most`` or ``about``.
    words:       what to do and why it saves that, as a sentence.
    """

    name: str
    saves_bytes: int
    bound: str
    words: str
