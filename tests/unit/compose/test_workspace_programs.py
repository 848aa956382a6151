"""Programs of random operators compute the same in planned memory as with memory for each buffer alone."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from workspace_programs import IN, IO_BYTES, OUT, random_program, workspace_of

from generator.compose.workspace import Workspace, places_of, slots

SEEDS = st.integers(0, 2**32 - 1)


def apart(sizes: dict[str, int], random: Random) -> dict[str, tuple[bytearray, int]]:
    return {name: (bytearray(random.randbytes(size)), 0) for name, size in sizes.items()}


def together(workspace: Workspace, sizes: dict[str, int], random: Random) -> dict[str, tuple[bytearray, int]]:
    memory = bytearray(random.randbytes(workspace.size_bytes))
    placed = {
        name: (memory, offset)
        for name, offset in {name: at for name, (_, at) in places_of(workspace.plan).items()}.items()
    }
    return placed | {name: (bytearray(random.randbytes(sizes[name])), 0) for name in (IN, OUT)}


@settings(max_examples=80)
@given(seed=SEEDS)
def test_an_aot_model_computes_the_same_in_planned_memory(seed: int) -> None:
    random = Random(seed)
    program = random_program(random, in_place=True)
    workspace = workspace_of(program.library())
    assert workspace is not None and workspace.plan is not None, workspace
    alone, planned = apart(program.sizes(), random), together(workspace, program.sizes(), random)
    alone[IN][0][:] = planned[IN][0]
    program.run(lambda name: alone[name])
    program.run(lambda name: planned[name])
    assert alone[OUT][0] == planned[OUT][0]


@settings(max_examples=50)
@given(seed=SEEDS)
def test_a_graph_computes_the_same_in_planned_memory(seed: int) -> None:
    random = Random(seed)
    program = random_program(random, in_place=False)
    library, tensors = program.graph_library()
    workspace = workspace_of(library)
    sizes = program.sizes()
    data = random.randbytes(IO_BYTES)
    alone = apart(sizes, random)
    alone[IN][0][:] = data
    program.run(lambda name: alone[name])
    if workspace is None:
        return
    memory = together(workspace, sizes, random)
    memory[IN][0][:] = data
    last = f"tensor {len(program.operators)}"
    for call, operator in enumerate(program.operators):

        def place(name: str, call: int = call) -> tuple[bytearray, int]:
            name = tensors.get((call, name), name)
            return memory[{"tensor 0": IN, last: OUT}.get(name, name)]

        operator.run(call, place)
    assert memory[OUT][0] == alone[OUT][0]


@settings(max_examples=40)
@given(seed=SEEDS)
def test_the_table_holds_the_requests_of_a_run_in_stack_order(seed: int) -> None:
    program = random_program(Random(seed), in_place=True)
    workspace = workspace_of(program.library())
    assert workspace is not None
    table = slots(workspace, of_calls=False)
    held: list[int] = []
    number = 0
    for name, size in program.requests():
        if size is None:
            assert table[held.pop()].comment == name
            continue
        slot = table[number]
        assert (slot.comment, slot.size_bytes, slot.below) == (name, size, held[-1] if held else None)
        assert slot.offset_bytes % 16 == 0 and slot.offset_bytes + size <= workspace.size_bytes
        held.append(number)
        number += 1
    assert number == len(table) and not held


@settings(max_examples=30)
@given(seed=SEEDS)
def test_a_plan_takes_no_more_than_a_stack_would(seed: int) -> None:
    """Requests that are made and given back in stack order fit a stack, so the optimum is no worse."""
    program = random_program(Random(seed), in_place=True)
    workspace = workspace_of(program.library())
    assert workspace is not None
    held = peak = 0
    sizes = program.sizes()
    for name, size in program.requests():
        held += -(-sizes[name] // 16) * 16 * (1 if size is not None else -1)
        peak = max(peak, held)
    assert workspace.size_bytes <= peak


def test_a_wrong_plan_would_be_noticed() -> None:
    """The programs tell: with every buffer at the same place most of them compute something else."""

    def differs(seed: int) -> bool:
        random = Random(seed)
        program = random_program(random, in_place=True)
        alone = apart(program.sizes(), random)
        heap = bytearray(random.randbytes(64))
        piled = dict.fromkeys(alone, (heap, 0)) | {
            name: (bytearray(random.randbytes(IO_BYTES)), 0) for name in (IN, OUT)
        }
        alone[IN][0][:] = piled[IN][0]
        program.run(lambda name: alone[name])
        program.run(lambda name: piled[name])
        return alone[OUT][0] != piled[OUT][0]

    assert sum(map(differs, range(40))) >= 20
