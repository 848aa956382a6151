"""GDB's ``monitor`` commands: text in, text out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from generator.virtual.debugger import Debugger
from generator.virtual.peripherals import Storage
from generator.virtual.words import access_text, fault_text

_HELP = """\
help               this list
reset [halt]       power up anew, with the flash as it is now; the core stays halted
halt               nothing: whenever GDB can ask, the core is halted
instructions       executed since power-up and since the last time this was asked, and cycles slept
peripherals        the modelled peripherals
peripheral NAME    its registers that hold something
interrupts         exceptions that are active and pending, interrupts that are enabled
fault              the first fault since power-up
unmodelled         accesses that no model answers
"""
_FIRST_INTERRUPT = 16


class Monitor:
    """The commands, on one debugger."""

    def __init__(self, debugger: Debugger) -> None:
        self._debugger = debugger
        self._reported_instructions = 0
        self._commands: dict[str, Callable[[Sequence[str]], str]] = {
            "help": lambda _: _HELP,
            "reset": self._reset,
            "halt": lambda _: "",
            "instructions": self._instructions,
            "peripherals": self._peripherals,
            "peripheral": self._peripheral,
            "interrupts": self._interrupts,
            "fault": self._fault,
            "unmodelled": self._unmodelled,
        }

    def answer(self, line: str) -> str:
        """What to show for a command, with line ends; empty for nothing to say."""
        name, *arguments = line.split() or ["help"]
        command = self._commands.get(name)
        if command is None:
            return f"unknown monitor command '{name}'; the commands are:\n{_HELP}"
        return command(arguments)

    def _reset(self, _arguments: Sequence[str]) -> str:
        self._debugger.reset()
        self._reported_instructions = 0
        pc = self._debugger.read_register("pc")
        return f"reset; halted at 0x{pc:08x} (GDB's own registers follow with: maintenance flush register-cache)\n"

    def _instructions(self, _arguments: Sequence[str]) -> str:
        processor = self._debugger.processor
        count, before = processor.instructions, self._reported_instructions
        self._reported_instructions = count
        slept = processor.slept_cycles
        return f"{count} instructions, {count - before} since the last time; {slept} cycles slept\n"

    def _peripherals(self, _arguments: Sequence[str]) -> str:
        lines = []
        for item in self._debugger.machine.peripherals:
            line = "-" if item.interrupt is None else f"interrupt {item.interrupt}"
            lines.append(f"{item.name:<16} 0x{item.base:08x}  {item.model:<16} {line}\n")
        return "".join(lines)

    def _peripheral(self, arguments: Sequence[str]) -> str:
        bases = {item.name: item.base for item in self._debugger.machine.peripherals}
        if len(arguments) != 1 or arguments[0] not in bases:
            return "monitor peripheral NAME, with NAME one of: " + ", ".join(bases) + "\n"
        name = arguments[0]
        device: Storage = self._debugger.processor.bus.devices[name]
        lines = [
            f"0x{bases[name] + offset:08x}  +0x{offset:03x}  0x{device.inspect(offset):08x}\n"
            for offset in device.offsets()
        ]
        return "".join(lines) or f"{name}: nothing was written, all registers are 0\n"

    def _interrupts(self, _arguments: Sequence[str]) -> str:
        controller = self._debugger.processor.controller
        groups = (
            ("active", controller.active),
            ("pending", controller.pending),
            ("enabled", {number for number in controller.enabled if number >= _FIRST_INTERRUPT}),
        )
        return "".join(
            f"{what:<8} {', '.join(_exception(number) for number in sorted(numbers)) or 'none'}\n"
            for what, numbers in groups
        )

    def _fault(self, _arguments: Sequence[str]) -> str:
        fault = self._debugger.processor.fault
        return f"{fault_text(fault)}\n" if fault is not None else "no fault since power-up\n"

    def _unmodelled(self, _arguments: Sequence[str]) -> str:
        lines = [f"{access_text(access)}\n" for access in self._debugger.processor.unmodelled()]
        return "".join(lines) or "every access was answered\n"


def _exception(number: int) -> str:
    names = {2: "NMI", 3: "HardFault", 4: "MemManage", 5: "BusFault", 6: "UsageFault"}
    names |= {11: "SVCall", 12: "DebugMonitor", 14: "PendSV", 15: "SysTick"}
    return names.get(number) or f"interrupt {number - _FIRST_INTERRUPT}"
