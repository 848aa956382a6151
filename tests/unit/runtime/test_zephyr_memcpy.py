"""The memcpy for Zephyr's minimal libc, on this computer: all sizes and alignments, on both kinds of processors."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from host_c import SANITIZE, STRICT

SOURCE = Path(__file__).parents[3] / "templates" / "runtime" / "port" / "zephyr" / "mlf_memcpy.c"
SIZES = 200
OFFSETS = 8

MAIN = f"""
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
void *__wrap_memcpy(void *destination, const void *source, size_t size);
enum {{ ROOM = {SIZES + 2 * OFFSETS} }};
static unsigned check(size_t size, size_t to, size_t from) {{
	static _Alignas(8) uint8_t source[ROOM], destination[ROOM];
	for (size_t i = 0; i < ROOM; i++) {{
		source[i] = (uint8_t)(i + 1);
		destination[i] = 0;
	}}
	unsigned wrong = __wrap_memcpy(destination + to, source + from, size) != destination + to;
	for (size_t i = 0; i < ROOM; i++) {{
		wrong += destination[i] != (i >= to && i < to + size ? (uint8_t)(i - to + from + 1) : 0);
	}}
	return wrong;
}}
int main(void) {{
	unsigned wrong = 0, copies = 0;
	for (size_t size = 0; size < {SIZES}; size++) {{
		for (size_t to = 0; to < {OFFSETS}; to++) {{
			for (size_t from = 0; from < {OFFSETS}; from++) {{
				wrong += check(size, to, from);
				copies++;
			}}
		}}
	}}
	printf("%u wrong of %u\\n", wrong, copies);
}}
"""


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no C compiler")
@pytest.mark.parametrize("processor", ["loads words from any address", "loads words from their boundaries"])
def test_memcpy_copies_the_bytes_and_nothing_else(processor: str, tmp_path: Path) -> None:
    main, program = tmp_path / "main.c", tmp_path / "program"
    main.write_text(MAIN)
    unaligned = ["-D__ARM_FEATURE_UNALIGNED"] if "any" in processor else []
    flags = [*STRICT, *SANITIZE, "-fno-builtin", "-fno-tree-loop-distribute-patterns", *unaligned]
    subprocess.run(["gcc", *flags, str(main), str(SOURCE), "-o", str(program)], check=True)
    printed = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    assert printed == f"0 wrong of {SIZES * OFFSETS * OFFSETS}\n"
