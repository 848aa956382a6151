"""How Zephyr runs and flashes a board, out of its ``board.cmake``."""

from __future__ import annotations

from generator.readers.zephyr.board_cmake import BoardCommands, parse_board_cmake

SEVERAL = """\
# SPDX-License-Identifier: Apache-2.0
if(CONFIG_BOARD_TEST_ONE)
  set(SUPPORTED_EMU_PLATFORMS qemu other)   # (both)
  set(QEMU_CPU_TYPE_${ARCH} cortex-m3)
  set(QEMU_FLAGS_${ARCH}
    -cpu ${QEMU_CPU_TYPE_${ARCH}}
    -machine test-one
    -nographic
    )
elseif(CONFIG_BOARD_TEST_TWO OR CONFIG_BOARD_TEST_TWO_NS)
  set(SUPPORTED_EMU_PLATFORMS armfvp)
else()
  set(SUPPORTED_EMU_PLATFORMS qemu)
  set(QEMU_binary_suffix riscv32)
  set(QEMU_FLAGS_${ARCH} -machine virt -bios none)
endif()

if("${BOARD_REVISION}" STREQUAL "B")
  board_runner_args(jlink "--device=TEST (B)" "--speed=4000")
  include(${ZEPHYR_BASE}/boards/common/jlink.board.cmake)
endif()
include(${ZEPHYR_BASE}/boards/common/openocd-stm32.board.cmake)
include(${ZEPHYR_BASE}/boards/common/pyocd.board.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/own.cmake)
"""


def test_the_branch_of_the_target_and_variables_named_by_variables() -> None:
    assert parse_board_cmake(SEVERAL, "arm", {"BOARD_TEST_ONE"}) == BoardCommands(
        "arm", ("-cpu", "cortex-m3", "-machine", "test-one", "-nographic"), ("openocd", "pyocd")
    )


def test_a_target_that_another_emulator_runs() -> None:
    found = parse_board_cmake(SEVERAL, "arm", {"BOARD_TEST_TWO_NS"}, "B")
    assert found == BoardCommands(runners=("jlink", "openocd", "pyocd"))


def test_a_program_of_another_name_than_the_architecture() -> None:
    found = parse_board_cmake(SEVERAL, "riscv", {"BOARD_TEST_THREE"})
    assert (found.qemu, found.qemu_arguments) == ("riscv32", ("-machine", "virt", "-bios", "none"))


def test_text_that_is_not_cmake() -> None:
    assert parse_board_cmake("if( (((\nendif() endif() else() set()", "arm", ()) == BoardCommands()
