"""Semihosting's exit, the one request a debugger would serve here.

Source: Arm's "Semihosting for AArch32 and AArch64", SYS_EXIT (0x18) and SYS_EXIT_EXTENDED (0x20).
"""

from __future__ import annotations

from collections.abc import Callable

#: BKPT 0xAB
BREAKPOINT = b"\xab\xbe"
_SYS_EXIT, _SYS_EXIT_EXTENDED, _APPLICATION_EXIT = 0x18, 0x20, 0x20026


def exit_code(operation: int, argument: int, read: Callable[[int, int], bytes]) -> int | None:
    """The exit code of a call; None if it is not an exit.

    operation, argument: r0 and r1. read: memory by address and size; LookupError where there is none.
    """
    if operation == _SYS_EXIT:
        return 0 if argument == _APPLICATION_EXIT else 1
    if operation != _SYS_EXIT_EXTENDED:
        return None
    try:
        block = read(argument, 8)
    except LookupError:
        return None
    reason, code = int.from_bytes(block[:4], "little"), int.from_bytes(block[4:], "little")
    return code if reason == _APPLICATION_EXIT else 1
