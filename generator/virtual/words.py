"""The findings of a run, in words."""

from __future__ import annotations

from generator.model.virtual import UnmodelledAccess, VirtualFault
from generator.wording import counted


def fault_text(fault: VirtualFault) -> str:
    """What happened, where, and all registers."""
    at = f" in {fault.symbol}" if fault.symbol else ""
    address = f", address 0x{fault.address:08x}" if fault.address is not None else ""
    registers = " ".join(f"{name}={value:08x}" for name, value in fault.registers)
    caller = f", called from {fault.caller}" if fault.caller else ""
    return f"the firmware faults{at}{caller}: {fault.cause}{address}\n  {registers}"


def access_text(access: UnmodelledAccess) -> str:
    """How often what was accessed that no model answers."""
    kind = "write" if access.write else "read"
    first = f" (first in {access.symbol})" if access.symbol else ""
    accesses, size = counted(access.count, kind), counted(access.size_bytes, "byte")
    return f"{accesses} of {size} at 0x{access.address:08x} not modelled{first}"
