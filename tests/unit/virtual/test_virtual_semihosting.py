"""Semihosting's exit calls."""

from __future__ import annotations

import struct

import pytest

from generator.virtual.semihosting import exit_code

APPLICATION_EXIT, RUN_TIME_ERROR = 0x20026, 0x20023


def nowhere(address: int, size: int) -> bytes:
    raise LookupError(address)


@pytest.mark.parametrize(("reason", "code"), [(APPLICATION_EXIT, 0), (RUN_TIME_ERROR, 1)])
def test_plain_exit_tells_success_or_failure(reason: int, code: int) -> None:
    assert exit_code(0x18, reason, nowhere) == code


@pytest.mark.parametrize(("reason", "code"), [(APPLICATION_EXIT, 42), (RUN_TIME_ERROR, 1)])
def test_extended_exit_reads_its_block(reason: int, code: int) -> None:
    assert exit_code(0x20, 0x20000000, lambda address, size: struct.pack("<II", reason, 42)) == code


def test_extended_exit_without_a_block_is_none() -> None:
    assert exit_code(0x20, 0x60000000, nowhere) is None


def test_other_requests_are_no_exit() -> None:
    assert exit_code(0x04, 0x20000000, nowhere) is None
