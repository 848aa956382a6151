"""A virtual microcontroller: executes an unmodified Armv7E-M ELF image and reports what it did.

``docs/virtual-mcu.md`` says what is modelled and what is not.
"""

from __future__ import annotations

from generator.virtual.gdb_server import serve_gdb
from generator.virtual.profiler import profile_elf
from generator.virtual.runner import run_elf
from generator.virtual.session import VirtualSession

__all__ = ["VirtualSession", "profile_elf", "run_elf", "serve_gdb"]
