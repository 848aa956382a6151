"""The clock that routes measure with."""

from __future__ import annotations

import time


def monotonic_s() -> float:
    """Seconds that only grow; where they began means nothing."""
    return time.monotonic()
