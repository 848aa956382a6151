"""Counting instructions by basic blocks: the clock of the virtual core.

The emulator calls back at the start of every block of straight code with its address and size; how many
instructions that is, is decoded once a block. The count is therefore the same in every run. An instruction of
an IT block whose condition fails counts as executed, as it does in the core.
"""

from __future__ import annotations

from collections.abc import Callable

#: what is known of a block: its instructions in the low bits, and these flags
COUNT_MASK = 0xFFFF
CHANGES_MASKS = 1 << 16
USES_FPU = 1 << 17


def is_wide(halfword: int) -> bool:
    """Whether a Thumb instruction that starts so is 32 bits long (DDI 0403E, A5.1)."""
    return halfword >> 11 >= 0b11101


def is_fpu(first: int, second: int) -> bool:
    """Whether a 32-bit instruction belongs to coprocessor 10 or 11, the FPU (A5.3.18)."""
    return first & 0xEC00 == 0xEC00 and second >> 9 & 7 == 0b101


def examine(code: bytes) -> int:
    """Instructions in straight Thumb code, with CHANGES_MASKS and USES_FPU where they apply."""
    known = position = 0
    while position + 1 < len(code):
        first = code[position] | code[position + 1] << 8
        known += 1
        if not is_wide(first):
            # CPSIE and CPSID
            known |= CHANGES_MASKS if first & 0xFFE8 == 0xB660 else 0
            position += 2
            continue
        second = int.from_bytes(code[position + 2 : position + 4], "little")
        # MSR to a special register
        known |= CHANGES_MASKS if first & 0xFFE0 == 0xF380 and second & 0xD000 == 0x8000 else 0
        known |= USES_FPU if is_fpu(first, second) else 0
        position += 4
    return known


def first_fpu_offset(code: bytes) -> int:
    """Bytes before the first FPU instruction of straight Thumb code; its length when there is none."""
    position = 0
    while position + 3 < len(code):
        first = code[position] | code[position + 1] << 8
        if not is_wide(first):
            position += 2
            continue
        if is_fpu(first, code[position + 2] | code[position + 3] << 8):
            return position
        position += 4
    return len(code)


def _nothing() -> None:
    return None


def _no_code(address: int, _size_bytes: int) -> bytes:
    raise LookupError(address)


class BlockCounter:
    """The core's time and when to stop it.

    now:       core cycles since power-up: one per instruction, and those slept.
    deadline:  no block is started at or after this time.
    attention: which flags of a block matter. CHANGES_MASKS: stop behind such a block, for the core's mask registers
               may have changed. USES_FPU: stop before it.
    stopped, trapped_fpu: whether, and whether for an FPU instruction, it stopped the core in this run.
    block:     (address, size in bytes) of the last block that was started, or that stopped the core.
    """

    def __init__(self, read_code: Callable[[int, int], bytes], stop: Callable[[], None]) -> None:
        self.now = 0
        self.deadline = 0
        self.attention = 0
        self.stopped = False
        self.trapped_fpu = False
        self.block = (0, 0)
        self.failure: BaseException | None = None
        #: what the emulator calls, kept alive as long as this
        self.callback: object = None
        self._known: dict[tuple[int, int], int] = {}
        self._read_code = read_code
        self._stop = stop

    def let_go(self) -> None:
        """Drop what leads back to the emulator, which is not used again; the time stays readable."""
        self.callback = None
        self._stop = _nothing
        self._read_code = _no_code

    def forget(self) -> None:
        """Code has changed."""
        self._known.clear()

    def instructions_in(self, address: int, size_bytes: int) -> int:
        """Instructions of straight code at an address."""
        return examine(self._read_code(address, size_bytes)) & COUNT_MASK

    def on_block(self, _engine: object, address: int, size: int, _user: object) -> None:
        """The emulator's callback. What goes wrong in it is kept in ``failure``: the caller is not Python."""
        try:
            if self.now >= self.deadline:
                self.stopped = True
                self._stop()
                return
            self.block = block = (address, size)
            known = self._known.get(block)
            if known is None:
                known = self._known[block] = examine(self._read_code(address, size))
            if known & self.attention:
                if known & self.attention & USES_FPU:
                    self.stopped = self.trapped_fpu = True
                    self._stop()
                    return
                self.deadline = 0
            self.now += known & COUNT_MASK
        except BaseException as error:
            self.failure = error
            self._stop()
