"""The firmware serves requests from the table, and from it alone: anything else is an error, not corruption."""

from __future__ import annotations

from pathlib import Path

import pytest
from host_c import RUNTIME, HostC

#: Runs a model whose only operator does what the arguments say: aN asks for N bytes and fills them, fN gives
#: block N back, rN ends with N. Before them: the arena's bytes, and ``size:offset:below`` a slot, up to ``--``.
DRIVER = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mlf/mlf.h>
#include <tvm/runtime/c_backend_api.h>

static _Alignas(16) uint8_t memory[256];
static mlf_slot_t table[16];
static char **steps;

static int32_t follow(void)
{
	uint8_t *blocks[16];
	uint32_t count = 0;

	for (; *steps != NULL; steps++) {
		uint32_t n = (uint32_t)strtoul(&(*steps)[1], NULL, 10);

		if ((*steps)[0] == 'a') {
			blocks[count] = TVMBackendAllocWorkspace(1, 0, n, 0, 8);
			if (blocks[count] == NULL) {
				return -1;
			}
			(void)memset(blocks[count], 1, n);
			printf("%ld ", (long)(blocks[count] - memory));
			count++;
		} else if ((*steps)[0] == 'f') {
			if (TVMBackendFreeWorkspace(1, 0, blocks[n]) != 0) {
				return -1;
			}
		} else {
			return (int32_t)n;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	static mlf_state_t state;
	mlf_model_t model = {.name = "m", .invoke = follow, .state = &state};
	uint32_t count = 0;
	int i = 2;

	(void)argc;
	for (; strcmp(argv[i], "--") != 0; i++) {
		char *at = argv[i];

		table[count].size_bytes = (uint32_t)strtoul(at, &at, 10);
		table[count].place = &memory[strtoul(at + 1, &at, 10)];
		table[count++].below = at[1] == '-' ? MLF_NO_SLOT : (uint32_t)strtoul(at + 1, NULL, 10);
	}
	model.arena = (mlf_arena_t){
		.base = memory,
		.size_bytes = (uint32_t)strtoul(argv[1], NULL, 10),
		.num_slots = count,
		.slots = table,
	};
	(void)mlf_init(&model);
	for (int run = 0; run < 2; run++) {
		steps = &argv[i + 1];
		printf("%s\n", mlf_status_name(mlf_run(&model)));
	}
	return 0;
}
"""
TABLE = ("24:0:-", "40:32:0", "8:32:0")
RIGHT = ("a24", "a40", "f1", "a8", "f2", "f0")


@pytest.fixture(scope="module")
def driver(host_c: HostC, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("table")
    source = folder / "driver.c"
    source.write_text(DRIVER, "utf-8")
    runtime = [RUNTIME / "src" / name for name in ("mlf_model.c", "mlf_workspace.c")]
    return host_c.build(folder, [source, *runtime])


def outcomes(driver: Path, *steps: str, size: int = 80, table: tuple[str, ...] = TABLE) -> list[str]:
    """Of two runs one after the other: the offsets served, then how the run ended."""
    return HostC.run(driver, str(size), *table, "--", *steps).splitlines()


def test_requests_in_order_are_served_where_they_were_planned_run_after_run(driver: Path) -> None:
    assert outcomes(driver, *RIGHT) == ["0 32 32 ok"] * 2


@pytest.mark.parametrize(
    "steps",
    [
        ("a25", "a40", "f1", "a8", "f2", "f0"),
        ("a40", "a24", "f1", "a8", "f2", "f0"),
        ("a24", "f0", "a40", "f1", "a8", "f2"),
        ("a24", "a40", "a8", "f2", "f1", "f0"),
        ("a24", "a40", "f0", "f1", "a8", "f2"),
        ("a24", "a40", "f1", "f1", "a8", "f2", "f0"),
        (*RIGHT, "a24", "f3"),
        ("a24", "a40", "f1", "f0"),
        ("a24", "a40", "f1", "a8", "f2"),
        ("a18446744073709551615",),
    ],
    ids=lambda steps: " ".join(steps),
)
def test_any_other_request_or_return_is_refused(driver: Path, steps: tuple[str, ...]) -> None:
    assert all(outcome.endswith("workspace exceeded") for outcome in outcomes(driver, *steps))


def test_an_operator_that_breaks_off_is_what_failed_not_the_plan(driver: Path) -> None:
    assert outcomes(driver, "a24", "r7") == ["0 operator failed"] * 2
