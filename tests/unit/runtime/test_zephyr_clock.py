"""Zephyr's clock on this computer, on a kernel whose time the test sets: 216 MHz and 10,000 ticks a second."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

PORT = Path(__file__).parents[3] / "templates" / "runtime" / "port" / "zephyr"
CYCLES_PER_TICK = 21_600
CYCLES_PER_US = 216

KERNEL = f"""
#pragma once
#include <stdint.h>
extern uint64_t cycles;
static inline int64_t k_uptime_ticks(void) {{ return (int64_t)(cycles / {CYCLES_PER_TICK}); }}
static inline uint32_t k_cycle_get_32(void) {{ return (uint32_t)cycles; }}
static inline uint64_t k_ticks_to_cyc_floor64(uint64_t ticks) {{ return ticks * {CYCLES_PER_TICK}; }}
static inline uint64_t k_cyc_to_us_floor64(uint64_t count) {{ return count / {CYCLES_PER_US}; }}
"""

MAIN = """
#include <inttypes.h>
#include <stdio.h>
#include "mlf_clock.h"
uint64_t cycles;
int main(void) {
	while (scanf("%" SCNu64, &cycles) == 1) {
		printf("%" PRIu32 "\\n", mlf_now_us());
	}
	return 0;
}
"""


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no C compiler")
def test_the_clock_goes_on_where_the_cycle_counter_wraps(tmp_path: Path) -> None:
    (tmp_path / "zephyr").mkdir()
    (tmp_path / "zephyr" / "kernel.h").write_text(KERNEL)
    (tmp_path / "main.c").write_text(MAIN)
    flags = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-Wconversion", f"-I{tmp_path}", f"-I{PORT}"]
    subprocess.run(["gcc", *flags, str(tmp_path / "main.c"), "-o", str(tmp_path / "clock")], check=True)
    wraps = [n * 2**32 + step for n in range(3) for step in (-70_000, -1, 0, 1, 21_599, 70_000)]
    moments = [0, *filter(lambda moment: moment > 0, wraps), 2**32 * CYCLES_PER_US + 5000]
    text = "".join(f"{moment}\n" for moment in moments)
    done = subprocess.run([tmp_path / "clock"], input=text, capture_output=True, text=True, check=True)
    assert [int(line) for line in done.stdout.split()] == [m // CYCLES_PER_US % 2**32 for m in moments]
