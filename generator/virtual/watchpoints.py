"""Watchpoints: memory whose access stops the core before the accessing instruction takes effect."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct

#: the largest single access of the core
_ACCESS_BYTES = 8


class Watchpoint(Struct, frozen=True):
    """size_bytes bytes from address on; at least one of reads and writes is watched."""

    address: int
    size_bytes: int
    reads: bool
    writes: bool

    def touched_by(self, address: int, size_bytes: int) -> bool:
        """Whether an access of that many bytes has a byte in common with it."""
        return address < self.address + self.size_bytes and self.address < address + size_bytes


class WatchHit(Struct, frozen=True):
    """An access that a watchpoint waited for. before: content of what a store then changed; empty for a load."""

    watchpoint: Watchpoint
    address: int
    before: bytes


class WatchUnit:
    """The watchpoints of one emulator. hit: the access that stopped it, until ``hit`` is cleared.

    The emulator stops inside an accessing instruction, with its registers unchanged; a store has reached the
    memory by then.
    """

    def __init__(self, unicorn: Any, uc: Any, read: Callable[[int, int], bytes]) -> None:
        self.hit: WatchHit | None = None
        self._unicorn = unicorn
        self._uc = uc
        self._read = read
        self._hooks: list[int] = []

    def arm(self, watchpoints: Iterable[Watchpoint]) -> None:
        """Watch these and no others."""
        unicorn = self._unicorn
        for hook in self._hooks:
            self._uc.hook_del(hook)
        self._hooks.clear()
        for watchpoint in watchpoints:
            kinds = unicorn.UC_HOOK_MEM_READ if watchpoint.reads else 0
            kinds |= unicorn.UC_HOOK_MEM_WRITE if watchpoint.writes else 0
            # The emulator compares where an access starts.
            begin = max(0, watchpoint.address - _ACCESS_BYTES + 1)
            end = watchpoint.address + watchpoint.size_bytes - 1
            self._hooks.append(self._uc.hook_add(kinds, self._on_access, watchpoint, begin, end))
        # Blocks that are translated already access memory unseen.
        self._uc.ctl_flush_tb()

    def let_go(self) -> None:
        """Drop what leads back to the emulator, which is not used again."""
        self._hooks.clear()
        self._uc = None

    def _on_access(
        self, uc: Any, access: int, address: int, size: int, _value: int, watchpoint: Watchpoint
    ) -> None:
        if self.hit is not None or not watchpoint.touched_by(address, size):
            return
        stores = access == self._unicorn.UC_MEM_WRITE
        try:
            before = self._read(address, size) if stores else b""
        except LookupError:
            return
        self.hit = WatchHit(watchpoint, address, before)
        uc.emu_stop()
