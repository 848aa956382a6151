"""Hanging a block counter into the emulator, by the fastest way there is."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from generator.virtual import native_counting
from generator.virtual.counting import BlockCounter
from generator.virtual.native_counting import BLOCK_CALLBACK, NativeBlockCounter


def attach_counter(
    uc: Any, kind: int, read_code: Callable[[int, int], bytes], *, native: bool
) -> BlockCounter:
    """A counter that is called for every block ``uc`` starts. kind: the emulator's number for block hooks.

    The Python package wraps every callback in code that takes as long again as the call. So the C library
    below it is asked directly, with machine code to call when ``native`` and available. Where the package
    keeps the library out of reach, its own ``hook_add`` serves.
    """
    try:
        from unicorn.unicorn_py3.unicorn import uclib

        handle = uc._uch
    except (ImportError, AttributeError):
        counter = BlockCounter(read_code, uc.emu_stop)
        uc.hook_add(kind, counter.on_block)
        return counter

    code = native_counting.function_address() if native else None
    state = None
    if code is not None:
        counter = native_counter = NativeBlockCounter(read_code, uc.emu_stop)
        function = ctypes.cast(code, BLOCK_CALLBACK)
        state = ctypes.byref(native_counter.state)
    else:
        counter = BlockCounter(read_code, uc.emu_stop)
        function = BLOCK_CALLBACK(counter.on_block)
    hook = ctypes.c_size_t()
    everywhere = (ctypes.c_uint64(1), ctypes.c_uint64(0))
    uclib.uc_hook_add(handle, ctypes.byref(hook), ctypes.c_int(kind), function, state, *everywhere)
    # The emulator keeps nothing but the function's address.
    counter.callback = function
    return counter
