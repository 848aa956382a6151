"""GDB's commands without GDB: payloads in and out, and the server on a socket."""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from virtual_bench import CODE, FLASH, STACK, machine, program_elf, run
from virtual_programs import PROGRAMS

from generator.errors import RunError
from generator.model.virtual import VirtualRun
from generator.virtual import serve_gdb
from generator.virtual.debugger import Debugger
from generator.virtual.gdb_commands import GdbCommands
from generator.virtual.gdb_target import REGISTERS, memory_map_xml, target_xml
from generator.virtual.image import parse_image
from generator.virtual.rsp import Packet, PacketReader, Signal, encode

START = FLASH + CODE


def commands_on(name: str, *, interrupts: bool = True) -> GdbCommands:
    """interrupts: what would run for long is interrupted at once."""
    pytest.importorskip("unicorn", reason="the extra 'virtual' is not installed")
    image = parse_image(program_elf(name), name)
    return GdbCommands(Debugger(machine(), image, lambda byte: None, lambda timeout_s: interrupts))


def ask(commands: GdbCommands, *payloads: str) -> list[str]:
    return [commands.answer(payload.encode("latin-1")).decode("latin-1") for payload in payloads]


def monitor(commands: GdbCommands, line: str) -> str:
    return bytes.fromhex(ask(commands, "qRcmd," + line.encode().hex())[0]).decode()


def number(name: str) -> int:
    return next(index for index, register in enumerate(REGISTERS) if register.name == name)


def little(value: int) -> str:
    return value.to_bytes(4, "little").hex()


def test_the_description_names_every_register_with_its_number_and_size() -> None:
    target = ElementTree.fromstring(target_xml())
    described = {register.get("name"): register for register in target.iter("reg")}
    assert list(described) == [register.name for register in REGISTERS]
    for index, register in enumerate(REGISTERS):
        assert described[register.name].get("regnum") == str(index)
        assert described[register.name].get("bitsize") == str(8 * register.size_bytes)
    features = [feature.get("name") for feature in target.iter("feature")]
    assert features == ["org.gnu.gdb.arm.m-profile", "org.gnu.gdb.arm.vfp", "org.gnu.gdb.arm.m-system"]


def test_the_memory_map_covers_memories_and_registers_and_overlaps_nowhere() -> None:
    description = machine()
    regions = [
        (int(str(memory.get("start")), 16), int(str(memory.get("length")), 16), memory.get("type"))
        for memory in ElementTree.fromstring(memory_map_xml(description)).iter("memory")
    ]
    for memory in description.memories:
        for base in memory.bases:
            assert (base, memory.size_bytes, "ram" if memory.writable else "flash") in regions
    assert (0xE000_0000, 0x10_0000, "ram") in regions
    ordered = sorted(regions)
    assert all(a[0] + a[1] <= b[0] for a, b in itertools.pairwise(ordered))


def test_documents_are_read_in_pieces() -> None:
    commands, text, offset = commands_on("it_block"), "", 0
    while True:
        (piece,) = ask(commands, f"qXfer:features:read:target.xml:{offset:x},40")
        text, offset = text + piece[1:], offset + len(piece) - 1
        if piece[0] == "l":
            break
    assert text == target_xml()
    assert ask(commands, "qXfer:features:read:other.xml:0,40", "qXfer:auxv:read::0,40") == ["E00", ""]


def test_registers_go_by_number_and_all_at_once() -> None:
    commands = commands_on("it_block")
    (everything,) = ask(commands, "g")
    assert len(everything) == 2 * sum(register.size_bytes for register in REGISTERS)
    assert everything[8 * number("sp") :][:8] == little(STACK)
    assert ask(commands, f"p{number('pc'):x}") == [little(START)]
    double = number("d3")
    assert ask(commands, f"P{double:x}=0102030405060708", f"p{double:x}") == ["OK", "0102030405060708"]
    changed = everything[:8] + little(0x1234) + everything[16:]
    assert ask(commands, "G" + changed, "p1", "pff", "P1=12", "G12") == [
        "OK",
        little(0x1234),
        "E01",
        "E01",
        "E01",
    ]


def test_memory_is_read_and_written_in_both_forms() -> None:
    commands = commands_on("it_block")
    assert ask(commands, "M20000000,3:616263", "m20000000,3") == ["OK", "616263"]
    assert ask(commands, "X20000001,2:#\x00", "m20000000,3") == ["OK", "612300"]
    assert ask(commands, "X20000000,0:", "m30000000,4", "M20000000,2:61", "mzz,4", "m20000000") == [
        "OK",
        "E0E",
        "E01",
        "E01",
        "E01",
    ]


def test_breakpoints_steps_and_the_end_are_reported_as_gdb_expects() -> None:
    commands = commands_on("it_block", interrupts=False)
    handler = START + PROGRAMS["it_block"].labels["on_11"]
    assert ask(commands, "?", "vCont?", f"Z1,{handler:x},2") == ["T05thread:1;", "vCont;c;C;s;S;r", "OK"]
    assert ask(commands, "vCont;c:1;s", f"z1,{handler:x},2", "vCont;s:1") == [
        "T05hwbreak:;thread:1;",
        "OK",
        "T05thread:1;",
    ]
    assert ask(commands, f"vCont;r{handler:x},{handler + 6:x}:1", "c") == ["T05thread:1;", "W01"]


def test_a_watchpoint_is_reported_with_its_kind_and_address() -> None:
    commands = commands_on("it_block", interrupts=False)
    assert ask(commands, f"Z2,{STACK - 4:x},4", "c", f"z2,{STACK - 4:x},4") == [
        "OK",
        f"T05watch:{STACK - 4:x};thread:1;",
        "OK",
    ]
    assert ask(commands, "Z4,40011000,4", "Z5,20000000,4") == ["E0E", ""]


def test_an_interrupted_core_and_a_fault_are_signals() -> None:
    assert ask(commands_on("sleep_for_good"), "c") == ["T02thread:1;"]
    assert ask(commands_on("fpu_before_enabled", interrupts=False), "c", "?") == ["T0bthread:1;"] * 2


def test_flash_is_written_as_gdb_loads() -> None:
    commands = commands_on("it_block")
    answers = ask(commands, "vFlashErase:08010000,1000", "vFlashWrite:8010004:ab", "vFlashDone")
    assert answers == ["OK"] * 3
    assert ask(commands, "m8010002,6", "vFlashErase:20000000,1000") == ["ffff6162ffff", "E0E"]


def test_monitor_commands_answer_in_words() -> None:
    commands = commands_on("strange_registers", interrupts=False)
    assert "instructions" in monitor(commands, "help")
    assert "unknown monitor command 'frobnicate'" in monitor(commands, "frobnicate")
    assert monitor(commands, "instructions").startswith("0 instructions, 0 since the last time")
    assert monitor(commands, "unmodelled") == "every access was answered\n"
    ask(commands, "c")
    count = run("strange_registers").instructions
    assert monitor(commands, "instructions").startswith(f"{count} instructions, {count} since")
    assert monitor(commands, "instructions").startswith(f"{count} instructions, 0 since")
    assert "not modelled (first in start)" in monitor(commands, "unmodelled")
    assert "usart1           0x40011000  stm32-usart-v2   interrupt 37" in monitor(commands, "peripherals")
    assert "0x4001101c  +0x01c  0x000000c0" in monitor(commands, "peripheral usart1")
    assert "NAME one of" in monitor(commands, "peripheral usart99")
    assert monitor(commands, "fault") == "no fault since power-up\n"
    assert "halted at 0x08000200" in monitor(commands, "reset halt")
    assert monitor(commands, "instructions").startswith("0 instructions")
    assert ask(commands, "qRcmd," + b"halt".hex()) == ["OK"]


def test_monitor_names_faults_and_interrupts() -> None:
    commands = commands_on("fpu_before_enabled", interrupts=False)
    ask(commands, "c")
    assert "NOCP" in monitor(commands, "fault")
    commands = commands_on("ticks", interrupts=False)
    ask(commands, f"Z1,{START + PROGRAMS['ticks'].labels['on_15']:x},2", "c")
    assert monitor(commands, "interrupts").splitlines()[0] == "active   SysTick"


def test_what_nobody_knows_is_answered_with_nothing() -> None:
    commands = commands_on("it_block")
    assert ask(commands, "qTStatus", "vMustReplyEmpty", "QNonStop:1", "!", "", "vCont;x") == [""] * 6


@given(st.binary(max_size=30))
def test_no_command_is_an_exception(payload: bytes) -> None:
    commands_on("it_block").answer(payload)


# ---- the server


class Client:
    """A debugger at the other end of a socket."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._reader = PacketReader()

    def send(self, payload: bytes) -> None:
        self.socket.sendall(encode(payload))

    def receive(self) -> Iterator[Packet | Signal]:
        while data := self.socket.recv(4096):
            yield from self._reader.feed(data)

    def ask(self, payload: bytes) -> bytes:
        self.send(payload)
        return next(event.payload for event in self.receive() if isinstance(event, Packet))


class Served:
    """A server in a thread. run: what it returned."""

    def __init__(self, name: str) -> None:
        pytest.importorskip("unicorn", reason="the extra 'virtual' is not installed")
        self.output = bytearray()
        self.run: VirtualRun | None = None
        self._listening, self._port = threading.Event(), 0
        self._thread = threading.Thread(target=self._serve, args=(name,))
        self._thread.start()
        assert self._listening.wait(20)
        self.client = Client(self._port)

    def _serve(self, name: str) -> None:
        self.run = serve_gdb(
            program_elf(name), machine(), port=0, on_listen=self._on_listen, on_output=self.output.extend
        )

    def _on_listen(self, port: int) -> None:
        self._port = port
        self._listening.set()

    def end(self) -> VirtualRun:
        self.client.socket.close()
        self._thread.join(20)
        assert self.run is not None
        return self.run


def test_packets_are_acknowledged_until_that_is_switched_off() -> None:
    served = Served("it_block")
    client = served.client
    client.send(b"qC")
    events = client.receive()
    assert [next(events), next(events)] == [Signal.ACKNOWLEDGED, Packet(b"QC1")]
    client.socket.sendall(b"-")
    assert next(events) == Packet(b"QC1")
    client.socket.sendall(b"$qC#00")
    assert next(events) == Signal.REJECTED
    client.send(b"QStartNoAckMode")
    assert [next(events), next(events)] == [Signal.ACKNOWLEDGED, Packet(b"OK")]
    client.send(b"qC")
    assert next(events) == Packet(b"QC1")
    assert client.ask(b"c") == b"W01"
    assert served.end().instructions == run("it_block").instructions


@pytest.mark.parametrize("name", ["busy", "sleep_for_good", "ticks_for_good"])
def test_ctrl_c_interrupts_what_runs_and_what_sleeps(name: str) -> None:
    served = Served(name)
    client = served.client
    client.send(b"c")
    client.socket.sendall(b"\x03")
    assert next(e for e in client.receive() if isinstance(e, Packet)) == Packet(b"T02thread:1;")
    assert client.ask(b"D") == b"OK"
    served.end()


def test_the_end_of_the_connection_ends_the_run() -> None:
    served = Served("ticks_for_good")
    served.client.send(b"c")
    assert served.end().ended_by.value == "closed"


def test_a_port_that_is_taken_is_reported_with_what_to_do() -> None:
    pytest.importorskip("unicorn", reason="the extra 'virtual' is not installed")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(RunError, match="the port is in use by another program") as caught:
            serve_gdb(program_elf("it_block"), machine(), port=port, on_listen=lambda port: None)
    assert caught.value.hint == "give another port with --gdb=PORT, or --gdb=0 for a free one"
