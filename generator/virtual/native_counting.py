"""Block counting in machine code, when the package ``llvmlite`` is there to make it.

A callback into Python costs more than most blocks take to execute. Here a few machine instructions count the
blocks that are known and call ``BlockCounter.on_block`` for all others: the counts are the same, the speed is
another.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from importlib import import_module
from typing import Any

from generator.virtual.counting import COUNT_MASK, BlockCounter

_SLOTS = 1 << 16
_IR = f"""
define void @on_block(ptr %engine, i64 %address, i32 %size, ptr %state) {{
entry:
  %now = load i64, ptr %state
  %deadline_at = getelementptr i64, ptr %state, i64 1
  %deadline = load i64, ptr %deadline_at
  %late = icmp uge i64 %now, %deadline
  br i1 %late, label %ask, label %look

look:
  %high = shl i64 %address, 16
  %low = zext i32 %size to i64
  %key = or i64 %high, %low
  %half = lshr i64 %address, 1
  %slot = and i64 %half, {_SLOTS - 1}
  %table_at = getelementptr i64, ptr %state, i64 3
  %table = load ptr, ptr %table_at
  %entry_at = getelementptr {{ i64, i64 }}, ptr %table, i64 %slot
  %known = load i64, ptr %entry_at
  %hit = icmp eq i64 %known, %key
  br i1 %hit, label %count, label %ask

count:
  %count_at = getelementptr {{ i64, i64 }}, ptr %table, i64 %slot, i32 1
  %facts = load i64, ptr %count_at
  %attention_at = getelementptr i64, ptr %state, i64 5
  %attention = load i64, ptr %attention_at
  %flags = and i64 %facts, %attention
  %matters = icmp ne i64 %flags, 0
  br i1 %matters, label %ask, label %add

add:
  %instructions = and i64 %facts, {COUNT_MASK}
  %later = add i64 %now, %instructions
  store i64 %later, ptr %state
  %block_at = getelementptr i64, ptr %state, i64 2
  store i64 %key, ptr %block_at
  ret void

ask:
  %python_at = getelementptr i64, ptr %state, i64 4
  %python = load ptr, ptr %python_at
  call void %python(ptr %engine, i64 %address, i32 %size, ptr %state)
  ret void
}}
"""
_code: Any = None

#: the emulator's callback at a block: engine, address, size in bytes, user data
BLOCK_CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint32, ctypes.c_void_p)


class _Known(ctypes.Structure):
    _fields_ = (("key", ctypes.c_uint64), ("facts", ctypes.c_uint64))


class _State(ctypes.Structure):
    _fields_ = (
        ("now", ctypes.c_uint64),
        ("deadline", ctypes.c_uint64),
        ("block", ctypes.c_uint64),
        ("table", ctypes.c_void_p),
        ("python", ctypes.c_void_p),
        ("attention", ctypes.c_uint64),
    )


def function_address() -> int | None:
    """Where the machine code is; None when ``llvmlite`` is absent or can't compile for this computer."""
    global _code
    if _code is None:
        _code = _compiled()
    return int(_code.get_function_address("on_block")) if _code else None


def _compiled() -> Any:
    try:
        binding = import_module("llvmlite.binding")
    except ImportError:
        return False
    try:
        binding.initialize_native_target()
        binding.initialize_native_asmprinter()
        module = binding.parse_assembly(_IR)
        module.verify()
        machine = binding.Target.from_default_triple().create_target_machine(opt=2)
        engine = binding.create_mcjit_compiler(module, machine)
        engine.finalize_object()
    except (RuntimeError, OSError, AttributeError):
        return False
    return engine


class NativeBlockCounter(BlockCounter):
    """As ``BlockCounter``; ``state`` is what the machine code works on and gets as its user data."""

    def __init__(self, read_code: Callable[[int, int], bytes], stop: Callable[[], None]) -> None:
        self._table = (_Known * _SLOTS)()
        self.state = _State()
        self.state.table = ctypes.addressof(self._table)
        super().__init__(read_code, stop)
        self._python: Any = BLOCK_CALLBACK(self.on_block)
        self.state.python = ctypes.cast(self._python, ctypes.c_void_p).value

    def let_go(self) -> None:
        super().let_go()
        self._python = None

    @property
    def now(self) -> int:
        return int(self.state.now)

    @now.setter
    def now(self, value: int) -> None:
        self.state.now = value

    @property
    def deadline(self) -> int:
        return int(self.state.deadline)

    @deadline.setter
    def deadline(self, value: int) -> None:
        self.state.deadline = value

    @property
    def attention(self) -> int:
        return int(self.state.attention)

    @attention.setter
    def attention(self, value: int) -> None:
        self.state.attention = value

    @property
    def block(self) -> tuple[int, int]:
        return self.state.block >> 16, self.state.block & 0xFFFF

    @block.setter
    def block(self, value: tuple[int, int]) -> None:
        self.state.block = value[0] << 16 | value[1]

    def forget(self) -> None:
        super().forget()
        ctypes.memset(self._table, 0, ctypes.sizeof(self._table))

    def on_block(self, engine: object, address: int, size: int, user: object) -> None:
        super().on_block(engine, address, size, user)
        facts = self._known.get((address, size))
        if facts is not None:
            slot = self._table[address >> 1 & _SLOTS - 1]
            slot.key = address << 16 | size
            slot.facts = facts
