"""Register models against what firmware polls for."""

from __future__ import annotations

import pytest

from generator.model.virtual import VirtualPeripheral
from generator.virtual.peripherals import MODELS, Fmc, Pwr, Rcc, Storage, Usart


def made(model: str, **options: object) -> Storage:
    return MODELS[model](VirtualPeripheral("it", model, 0x40000000, 1024, **options))  # type: ignore[arg-type]


@pytest.mark.parametrize("on", [0, 16, 24, 26, 28])
def test_oscillators_are_ready_while_on(on: int) -> None:
    rcc = made("stm32f7-rcc")
    assert isinstance(rcc, Rcc)
    rcc.write(0x00, 1 << on)
    assert rcc.read(0x00) == 0b11 << on
    rcc.write(0x00, 0b10 << on)
    assert rcc.read(0x00) == 0


def test_clock_switch_follows() -> None:
    rcc = made("stm32f7-rcc")
    rcc.write(0x08, 0x9402)
    assert rcc.read(0x08) == 0x940A


def test_over_drive_is_ready_when_asked_for() -> None:
    pwr = made("stm32f7-pwr")
    assert isinstance(pwr, Pwr)
    assert pwr.read(0x04) >> 16 & 3 == 0
    pwr.write(0x00, 0xC000 | 1 << 16)
    assert pwr.read(0x04) >> 16 & 3 == 1
    pwr.write(0x00, 0xC000 | 3 << 16)
    pwr.write(0x04, 0)
    assert pwr.read(0x04) >> 16 & 3 == 3


def test_wait_states_read_back() -> None:
    flash = made("stm32-flash")
    flash.write(0x00, 0x307)
    assert flash.read(0x00) == 0x307


def test_sdram_is_ready_once_the_mode_register_is_loaded() -> None:
    fmc = made("stm32-fmc")
    assert isinstance(fmc, Fmc)
    fmc.write(0x150, 0x11)
    assert not fmc.enables_memory(8 << 20)
    fmc.write(0x150, 0x14)
    assert fmc.enables_memory(8 << 20)
    assert fmc.read(0x158) == 0


class TestQuadSpi:
    CR, DCR, SR, FCR, CCR = 0x00, 0x04, 0x08, 0x0C, 0x14
    SIZE = 16 << 20

    def mapped(self, command: int, size_field: int = 23, enable: int = 1) -> bool:
        """Whether all of the flash answers after a set-up. command: for CCR."""
        device = made("stm32-quadspi")
        device.write(self.DCR, size_field << 16)
        device.write(self.CR, enable)
        device.write(self.CCR, command)
        return device.enables_memory(self.SIZE)

    @pytest.mark.parametrize(
        "command",
        [0x0D002503, 0x0D20250B, 0x0E20253B, 0x0E2029BB, 0x0F20256B, 0x0F282DEB],
        ids=["03h", "0Bh", "3Bh", "BBh", "6Bh", "EBh"],
    )
    def test_every_read_command_maps_the_flash(self, command: int) -> None:
        assert self.mapped(command)

    @pytest.mark.parametrize(
        ("what", "command"),
        [
            ("not memory-mapped", 0x0720256B),
            ("ten dummy cycles where the flash takes eight", 0x0F28256B),
            ("data on one line", 0x0D20256B),
            ("the address on four lines", 0x0F202D6B),
            ("addresses of four bytes", 0x0F20356B),
            ("alternate bytes", 0x0F20656B),
            ("the instruction sent once", 0x1F20256B),
            ("double rate", 0x8F20256B),
            ("a command that is no read", 0x0F202566),
        ],
    )
    def test_any_other_set_up_does_not(self, what: str, command: int) -> None:
        assert not self.mapped(command), what

    def test_it_must_be_enabled_and_reach_to_the_end(self) -> None:
        assert not self.mapped(0x0F20256B, enable=0)
        assert not self.mapped(0x0F20256B, size_field=22)

    def test_a_command_and_an_abort_are_complete_at_once_until_the_flag_is_cleared(self) -> None:
        device = made("stm32-quadspi")
        device.write(self.CR, 1)
        for register, value in ((self.CCR, 0x166), (self.CR, 3)):
            device.write(register, value)
            assert device.read(self.SR) == 2
            device.write(self.FCR, 2)
            assert device.read(self.SR) == 0
        assert device.read(self.CR) == 1, "the request to abort is gone"


def test_described_reset_values_come_first() -> None:
    assert made("storage", reset=((0, 0x449),)).read(0) == 0x449
    assert made("stm32f7-rcc", reset=((0, 0x55),)).read(0) == 0x55


class TestUsart:
    UE_TE_RE = 0b1101
    RXNEIE, TCIE, TXEIE = 1 << 5, 1 << 6, 1 << 7
    RXNE, TC, TXE, TEACK, REACK = 1 << 5, 1 << 6, 1 << 7, 1 << 21, 1 << 22

    @pytest.fixture
    def usart(self) -> Usart:
        device = made("stm32-usart-v2", interrupt=37)
        assert isinstance(device, Usart)
        return device

    def test_acknowledges_what_is_enabled(self, usart: Usart) -> None:
        assert not usart.read(0x1C) & (self.TEACK | self.REACK)
        usart.write(0x00, self.UE_TE_RE)
        assert usart.read(0x1C) & (self.TEACK | self.REACK) == self.TEACK | self.REACK

    def test_sends_only_when_enabled(self, usart: Usart) -> None:
        sent: list[int] = []
        usart.on_byte = sent.append
        usart.write(0x28, 0x41)
        usart.write(0x00, self.UE_TE_RE)
        usart.write(0x28, 0x142)
        assert sent == [0x42]

    def test_receives_one_byte_after_the_other(self, usart: Usart) -> None:
        usart.input.extend(b"ab")
        assert not usart.read(0x1C) & self.RXNE
        usart.write(0x00, self.UE_TE_RE)
        assert usart.read(0x1C) & self.RXNE
        assert usart.peek(0x24) == ord("a")
        assert [usart.read(0x24), usart.read(0x24)] == list(b"ab")
        assert not usart.read(0x1C) & self.RXNE

    def test_interrupt_line_is_flag_and_enable(self, usart: Usart) -> None:
        usart.write(0x00, self.UE_TE_RE | self.RXNEIE)
        assert not usart.asks_interrupt()
        usart.input.append(1)
        assert usart.asks_interrupt()
        usart.read(0x24)
        assert not usart.asks_interrupt()
        usart.write(0x00, self.UE_TE_RE | self.TXEIE)
        assert usart.asks_interrupt()

    def test_transmission_complete_can_be_cleared(self, usart: Usart) -> None:
        usart.write(0x00, self.UE_TE_RE | self.TCIE)
        assert usart.asks_interrupt()
        usart.write(0x20, self.TC)
        assert not usart.asks_interrupt()
        usart.write(0x28, 0x41)
        assert usart.asks_interrupt()
