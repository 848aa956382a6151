"""Cycles of each function, by the compiler's own hooks."""

from __future__ import annotations

from pathlib import Path

import pytest
from host_c import RUNTIME, HostC

PROGRAM = """
#include <stdio.h>
#include <mlf/profile.h>
#define QUIET __attribute__((no_instrument_function))

uint32_t test_cycles(void) { static uint32_t now = 0xFFFFFF00U; return now += 16U; }

int inner(int n);
int outer(int n);
int deep(int n);
QUIET static void put(const char *text) { fputs(text, stdout); }
int inner(int n) { return n + 1; }
int outer(int n) { return inner(n) + inner(n); }
int deep(int n) { return n == 0 ? inner(n) : deep(n - 1); }

QUIET int main(int argc, char **argv)
{
	(void)argv;
	int sum = 0;
	for (int i = 0; i < 20; i++) {
		sum += outer(i);
	}
	if (argc > 1) {
		sum += deep(40);
	}
	mlf_profile_print(put);
	printf("names %lx inner %lx outer %lx deep\\n", (unsigned long)inner, (unsigned long)outer, (unsigned long)deep);
	return sum == 0;
}
"""
CONFIG = """
#include <stdint.h>
uint32_t test_cycles(void) __attribute__((no_instrument_function));
#define MLF_CONFIG_PROFILE 1
#define MLF_CONFIG_CYCLES() test_cycles()
"""


@pytest.fixture(scope="module")
def program(host_c: HostC, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("profile")
    (folder / "config.h").write_text(CONFIG)
    (folder / "program.c").write_text(PROGRAM)
    include = f'-DMLF_CONFIG_FILE="{folder}/config.h"'
    return host_c.build(
        folder,
        [RUNTIME / "src" / "mlf_profile.c"],
        foreign=[folder / "program.c"],
        defines=[include[2:]],
        foreign_flags=[include, "-finstrument-functions", f"-I{RUNTIME}/include", "-O0"],
    )


def profile(text: str) -> dict[str, tuple[int, int]]:
    lines = text.splitlines()
    words = lines[-1].split()[1:]
    names = dict(zip(words[::2], words[1::2], strict=True))
    found = {}
    for line in lines[:-1]:
        if line.startswith("mlf: profile "):
            address, _, rest = line.removeprefix("mlf: profile ").partition(": ")
            if rest.endswith("cycles"):
                calls, cycles = rest.removesuffix(" cycles").split(" calls, ")
                found[names[address]] = (int(calls), int(cycles))
    return found


def test_calls_and_cycles_are_of_all_that_a_function_calls_and_survive_the_counter_s_end(
    host_c: HostC, program: Path
) -> None:
    # Each reading of the counter is 16 cycles after the last: inner has one between its two, outer six.
    assert profile(host_c.run(program)) == {"outer": (20, 20 * 5 * 16), "inner": (40, 40 * 16)}


def test_what_calls_too_deep_is_reported_and_harms_nothing(host_c: HostC, program: Path) -> None:
    said = host_c.run(program, "deeply")
    assert "calls were lost; raise MLF_CONFIG_PROFILE_FUNCTIONS or MLF_CONFIG_PROFILE_DEPTH" in said
    assert profile(said)["outer"] == (20, 20 * 5 * 16)
