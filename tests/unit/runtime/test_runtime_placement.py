"""The run-time look at where buffers lie: cheap, named, and left out where an operating system maps memory."""

from __future__ import annotations

from pathlib import Path

import pytest
from host_c import HostC

MAIN = r"""
#include <stdio.h>
#include <mlf/placement.h>

static uint8_t memory[256];
static const mlf_pool_t pool = {.name = "scratch", .base = &memory[64], .size_bytes = 64, .alignment_bytes = 1};
static mlf_bounds_t bounds[2];

static mlf_status_t check(void) { return mlf_check_placement(bounds, 2); }
static int32_t invoke(void) { return 0; }

static void say(uintptr_t first, uintptr_t last)
{
	static mlf_state_t state;
	const mlf_model_t model = {.name = "m", .invoke = invoke, .check = check, .state = &state};
	const uintptr_t base = (uintptr_t)memory;
	mlf_status_t status;

	bounds[0] = (mlf_bounds_t){&pool, 0, UINTPTR_MAX};
	bounds[1] = (mlf_bounds_t){&pool, base + first, base + last};
	status = mlf_init(&model);
	printf("%s (%s), run %s\n", mlf_status_name(status), mlf_last_error(), mlf_status_name(mlf_run(&model)));
}

int main(void)
{
	say(64, 127); /* to the byte */
	say(0, 255);
	say(65, 255); /* begins before it */
	say(0, 126);  /* ends behind it */
	say(128, 255);
	say(0, 63);
	return 0;
}
"""
REFUSED = "wrong placement (scratch), run not ready"


@pytest.mark.parametrize(
    ("define", "said"),
    [
        ("MLF_CONFIG_PLACEMENT=1", ["ok (), run ok"] * 2 + [REFUSED] * 4),
        ("UNRELATED", ["ok (), run ok"] * 6),
    ],
)
def test_a_buffer_has_to_lie_within_its_bounds(
    define: str, said: list[str], host_c: HostC, tmp_path: Path, runtime_sources: tuple[Path, ...]
) -> None:
    (tmp_path / "main.c").write_text(MAIN, "utf-8")
    program = host_c.build(tmp_path / "b", [*runtime_sources, tmp_path / "main.c"], defines=[define])
    assert host_c.run(program).splitlines() == said
