from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from networks import program, step

from generator.compiler.memory import ALIGNMENT_BYTES, Laid, Memory, lay_out
from generator.compiler.program import Program
from generator.compiler.step import Overlap


def together(a: Laid, b: Laid) -> bool:
    return a.lifespan[0] < b.lifespan[1] and b.lifespan[0] < a.lifespan[1]


def meet(a: Laid, b: Laid) -> bool:
    return a.offset_bytes < b.offset_bytes + b.size_bytes and b.offset_bytes < a.offset_bytes + a.size_bytes


def check(made: Program, memory: Memory) -> None:
    """Nothing that lives together meets, but where a step said that it may, and as far as it said."""
    places = [*memory.tensors.values(), *memory.scratch.values()]
    allowed = {
        (source, target): overlap
        for number, source, target in memory.overlapped
        for overlap in made.steps[number].overlaps
        if made.steps[number].inputs[overlap.input] == source
    }
    roots = {id(laid): root for root, laid in memory.tensors.items()}
    for laid in places:
        assert laid.offset_bytes % ALIGNMENT_BYTES == 0
        assert 0 <= laid.offset_bytes <= memory.size_bytes - laid.size_bytes
    for i, a in enumerate(places):
        for b in places[:i]:
            if not (together(a, b) and meet(a, b)):
                continue
            source, target = (a, b) if b.over == roots.get(id(a)) else (b, a)
            overlap = allowed[roots[id(source)], roots[id(target)]]
            assert target.offset_bytes <= source.offset_bytes - overlap.distance_bytes
            assert target.over == roots[id(source)]


def test_an_elementwise_step_works_in_place_where_that_lowers_the_peak() -> None:
    made = program([1600, 1600, 16], [step(0, [0], [1], overlaps=[Overlap()]), step(1, [1], [2])], [0], [2])
    memory = lay_out(made, made.steps)
    assert memory.size_bytes == 1616
    assert memory.overlapped == ((0, 0, 1),)
    check(made, memory)


def test_an_input_whose_number_is_greater_than_the_outputs_may_be_written_over() -> None:
    made = program([1600, 16, 1600], [step(0, [2], [0], overlaps=[Overlap()]), step(1, [0], [1])], [2], [1])
    memory = lay_out(made, made.steps)
    assert memory.overlapped == ((0, 2, 0),)
    check(made, memory)


def test_an_output_may_start_a_stated_distance_before_its_input() -> None:
    made = program([1600, 1600], [step(0, [0], [1], overlaps=[Overlap(0, 0, 100)])], [0], [1])
    memory = lay_out(made, made.steps)
    assert memory.tensors[0].offset_bytes - memory.tensors[1].offset_bytes == 112
    assert memory.size_bytes == 1712
    check(made, memory)


def test_the_models_input_may_have_a_later_index_than_what_lies_over_it() -> None:
    made = program([1600, 1600], [step(0, [1], [0], overlaps=[Overlap()])], [1], [0])
    assert lay_out(made, made.steps).size_bytes == 1600


def test_an_input_that_is_read_again_is_not_written_over() -> None:
    steps = [step(0, [0], [1], overlaps=[Overlap()]), step(1, [0, 1], [2])]
    made = program([160, 160, 16], steps, [0], [2])
    memory = lay_out(made, made.steps)
    assert not memory.overlapped and memory.size_bytes == 336


def test_an_input_that_is_also_an_output_of_the_model_is_not_written_over() -> None:
    made = program([160, 160, 160], [step(0, [0], [1]), step(1, [1], [2], overlaps=[Overlap()])], [0], [1, 2])
    assert not lay_out(made, made.steps).overlapped


def test_a_tensor_read_twice_by_one_step_is_not_written_over() -> None:
    made = program([160, 160], [step(0, [0, 0], [1], overlaps=[Overlap()])], [0], [1])
    assert not lay_out(made, made.steps).overlapped


def test_state_takes_no_part() -> None:
    made = program([160, 64, 16], [step(0, [0, 1], [2])], [0], [2], {1: bytes(64)})
    memory = lay_out(made, made.steps)
    assert set(memory.tensors) == {0, 2} and memory.size_bytes == 176


@st.composite
def programs(draw: st.DrawFn) -> Program:
    count = draw(st.integers(1, 8))
    steps = []
    for number in range(count):
        inputs = draw(st.lists(st.integers(0, number), min_size=1, max_size=2, unique=True))
        overlaps = [
            Overlap(position, 0, draw(st.integers(-64, 300)))
            for position in range(len(inputs))
            if draw(st.booleans())
        ]
        steps.append(
            step(
                number,
                inputs,
                [number + 1],
                scratch_bytes=draw(st.sampled_from([0, 24, 100])),
                overlaps=overlaps,
            )
        )
    sizes = [draw(st.integers(1, 2000)) for _ in range(count + 1)]
    read = {i for s in steps for i in s.inputs}
    outputs = [i for i in range(1, count + 1) if i not in read]
    return program(sizes, steps, [0], outputs)


@given(programs())
def test_live_tensors_meet_only_where_a_step_allows_it(made: Program) -> None:
    memory = lay_out(made, made.steps)
    check(made, memory)


@given(programs())
def test_overlaps_never_cost_memory(made: Program) -> None:
    bare = program(
        [t.size_bytes for t in made.tensors],
        [step(s.operator, s.inputs, s.outputs, scratch_bytes=s.scratch_bytes) for s in made.steps],
        made.inputs,
        made.outputs,
    )
    assert lay_out(made, made.steps).size_bytes <= lay_out(bare, bare.steps).size_bytes
