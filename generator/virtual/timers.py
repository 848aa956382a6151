"""SysTick and the cycle counter, driven by the time of the virtual core.

Source: Armv7-M Architecture Reference Manual (DDI 0403E), B3.3 and C1.8. Time is counted in core cycles.
"""

from __future__ import annotations

_ENABLE, _TICKINT, _CLKSOURCE, _COUNTFLAG = 1, 2, 4, 1 << 16
_RELOAD_MASK = 0xFF_FFFF
_WORD = 0xFFFF_FFFF


class SysTick:
    """A 24-bit counter that runs from its reload value down to zero, again and again.

    reference_divider: core cycles in one tick of the reference clock, which counts while CLKSOURCE is clear.
    Every method takes ``now``, which never decreases from call to call.
    """

    def __init__(self, reference_divider: int) -> None:
        self._reference_divider = reference_divider
        self._control = 0
        self._reload = 0
        self._flag = False
        self._held = 0  # the counter's value while it does not run
        self._top = 0  # the value it counts down from in this round
        self._zero_at: int | None = None  # when it reaches zero, while it runs

    def next_interrupt(self) -> int | None:
        """Time of the next interrupt, or None when none will come."""
        return self._zero_at if self._control & _TICKINT else None

    def advance(self, now: int) -> bool:
        """Count up to ``now``; returns whether an interrupt became due."""
        if self._zero_at is None or now < self._zero_at:
            return False
        self._flag = True
        if self._reload:
            period = (self._reload + 1) * self._scale
            self._zero_at += ((now - self._zero_at) // period + 1) * period
            self._top = self._reload
        else:
            self._zero_at, self._held = None, 0
        return bool(self._control & _TICKINT)

    def read_control(self) -> int:
        """CTRL; reading clears COUNTFLAG."""
        value = self._control | (_COUNTFLAG if self._flag else 0)
        self._flag = False
        return value

    def write_control(self, value: int, now: int) -> None:
        """CTRL: enable, interrupt and clock source. now: core cycles."""
        count = self.value(now)
        self._control = value & (_ENABLE | _TICKINT | _CLKSOURCE)
        self._start(count, now)

    @property
    def reload(self) -> int:
        """LOAD."""
        return self._reload

    def write_reload(self, value: int, now: int) -> None:
        """LOAD. A round under way keeps its length."""
        self._reload = value & _RELOAD_MASK
        if self._zero_at is None:
            self._start(self._held, now)

    def value(self, now: int) -> int:
        """The counter, 0 to 2**24 - 1."""
        if self._zero_at is None:
            return self._held
        remaining = -(-(self._zero_at - now) // self._scale)
        return remaining if remaining <= self._top else 0

    def clear(self, now: int) -> None:
        """A write to the counter, of whatever value: it starts over from the reload value."""
        self._flag = False
        self._start(0, now)

    @property
    def _scale(self) -> int:
        return 1 if self._control & _CLKSOURCE else self._reference_divider

    def _start(self, count: int, now: int) -> None:
        self._held = count
        self._zero_at = None
        if not self._control & _ENABLE or not (count or self._reload):
            return
        # From zero the first tick loads the reload value.
        ticks = count or self._reload + 1
        self._top = count or self._reload
        self._zero_at = now + ticks * self._scale


class CycleCounter:
    """DWT's CYCCNT: counts the cycles of a core that is awake while it is enabled, modulo 2**32."""

    def __init__(self) -> None:
        self._enabled = False
        self._base = 0  # value minus the time of the last start, or the value while stopped

    def enable(self, on: bool, now: int) -> None:
        """Start or stop it at ``now``, in core cycles; it keeps its value."""
        value = self.value(now)
        self._enabled = on
        self.set(value, now)

    def value(self, now: int) -> int:
        """DWT_CYCCNT at ``now``: 32 bits, and it wraps."""
        return (self._base + now if self._enabled else self._base) & _WORD

    def set(self, value: int, now: int) -> None:
        """Make it ``value`` at ``now``."""
        self._base = value - now if self._enabled else value
