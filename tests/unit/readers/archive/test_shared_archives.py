"""All real archives: what is read from them is what was measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.errors import ArchiveError
from generator.model.archive import Archive, Executor, Interface, ModelLibrary
from generator.model.tensor import DTYPE_BYTES
from generator.readers.archive.files import load_files
from generator.readers.archive.mlf import load_archive, parse_archive
from generator.readers.tflite import load_tflite
from readers.archive_builder import SHARED, compressed, tar_bytes, version_5, write_folder

ARCHIVES = SHARED / "archives"
TARS = sorted(ARCHIVES.glob("*.tar"))
pytestmark = pytest.mark.skipif(not TARS, reason="the shared archives are not here")

#: the model in an archive's name -> (input shapes, output sizes in bytes, in order)
TENSORS: dict[str, tuple[list[tuple[int, ...]], list[int]]] = {
    "ad": ([(1, 640)], [640]),
    "branchy": ([(1, 32, 32, 3)], [3, 5]),
    "kws": ([(1, 49, 10, 1)], [12]),
    "resnet": ([(1, 32, 32, 3)], [10]),
    "sine": ([(1, 1)], [1]),
    "sine-float": ([(1, 1)], [4]),
    "vgg": ([(1, 48, 48, 3)], [10]),
}
CALLER_POOLS = {
    "aot-c-pool": {"sram": False},
    "aot-c-io": {"sram": False},
    "cmsisnn-pool": {"sram": False},
    "m7-aot-c-pool": {"sram": False},
    "aot-c-2pools": {"dtcm": False, "sram": False},
    "aot-c-const": {"flash": True, "sram": False},
}
WORKSPACE_BYTES = {
    "vgg-aot-c-nousmp": 191_872,
    "vgg-aot-c-pool": 153_728,
    "vgg-aot-c-2pools": 170_048,
    "kws-aot-c-nousmp": 105_360,
    "kws-aot-c-pool": 56_192,
    "kws-aot-c-2pools": 72_448,
    "kws-m7-aot-c-pool": 44_672,
    "resnet-aot-c-pool": 96_288,
}
#: what TVMBackendAllocWorkspace is asked for in all, per archive
WORKSPACE_CALLS = {
    "branchy-aot-c-nousmp": (15, 328_560),
    "branchy-graph": (9, 230_928),
    "kws-aot-c-nousmp": (18, 339_316),
    "kws-aot-packed-nousmp": (18, 339_316),
    "kws-graph": (5, 89_584),
    "sine-aot-c-nousmp": (2, 48),
    "sine-aot-packed-nousmp": (2, 48),
    "vgg-aot-c-nousmp": (13, 295_552),
    "vgg-graph": (8, 183_704),
}
CONSTANT_BYTES = {"branchy": 28_756, "kws": 53_296, "sine": 708, "vgg": 131_680}


def split(name: str) -> tuple[str, str]:
    """(model, suffix) of ``kws-aot-c-pool``."""
    model = max((known for known in TENSORS if name.startswith(f"{known}-")), key=len)
    return model, name.removeprefix(f"{model}-")


@pytest.fixture(
    params=[tar for tar in TARS if not tar.name.startswith("two-models")], ids=lambda tar: tar.stem
)
def single(request: pytest.FixtureRequest) -> tuple[str, ModelLibrary]:
    archive = load_archive(request.param)
    assert (archive.label, archive.version, len(archive.models)) == (request.param.name, 7, 1)
    return request.param.stem, archive.models[0]


def test_there_are_as_many_archives_as_were_measured() -> None:
    assert len(TARS) == 36


def test_executor_and_entry(single: tuple[str, ModelLibrary]) -> None:
    name, library = single
    suffix = split(name)[1]
    if suffix == "graph":
        assert (library.executor, library.entry, library.header) == (Executor.GRAPH, None, None)
        assert library.graph is not None
        return
    packed = suffix.startswith("aot-packed")
    assert library.executor is Executor.AOT
    assert library.graph is None
    assert library.interface is (Interface.PACKED if packed else Interface.C)
    assert library.entry == f"tvmgen_{library.name}_run"
    assert library.header == (None if packed else f"tvmgen_{library.name}.h")


def test_tensors(single: tuple[str, ModelLibrary]) -> None:
    name, library = single
    model, _ = split(name)
    shapes, sizes = TENSORS[model]
    assert [tensor.shape for tensor in library.inputs] == shapes
    assert [tensor.size_bytes for tensor in library.outputs] == sizes
    assert {tensor.dtype for tensor in library.inputs} == {"float32" if model == "sine-float" else "int8"}
    batches = [
        (1, size // DTYPE_BYTES[tensor.dtype]) for size, tensor in zip(sizes, library.outputs, strict=True)
    ]
    assert [tensor.shape for tensor in library.outputs] == batches


def test_output_order_and_names() -> None:
    for path in ARCHIVES.glob("branchy-*.tar"):
        outputs = load_archive(path).models[0].outputs
        assert [tensor.name for tensor in outputs] == [
            "StatefulPartitionedCall_1_1",
            "StatefulPartitionedCall_1_0",
        ]
    tensor = load_archive(ARCHIVES / "sine-aot-c.tar").models[0].inputs[0]
    assert (tensor.name, tensor.c_name) == ("serving_default_dense_input:0", "serving_default_dense_input_0")


def test_pools_of_the_caller(single: tuple[str, ModelLibrary]) -> None:
    name, library = single
    model, suffix = split(name)
    expected = CALLER_POOLS.get(suffix, {})
    if name == "sine-aot-c-2pools":
        expected = {"dtcm": False}
    assert {pool.name: pool.constant for pool in library.caller_pools} == expected
    for pool in library.caller_pools:
        if pool.constant:
            assert pool.size_bytes == CONSTANT_BYTES[model] == library.constants_bytes
    workspace = [pool.size_bytes for pool in library.caller_pools if not pool.constant]
    if workspace and suffix != "cmsisnn-pool":
        assert sum(workspace) == library.workspace_bytes


def test_pools_of_the_archive_itself(single: tuple[str, ModelLibrary]) -> None:
    name, library = single
    model, suffix = split(name)
    if suffix not in ("aot-c", "aot-packed"):
        assert library.internal_pools == ()
        return
    constant, workspace = library.internal_pools
    assert (constant.symbol, constant.size_bytes) == ("global_const_workspace", CONSTANT_BYTES[model])
    assert (constant.section, constant.constant) == (".rodata.tvm", True)
    assert (workspace.symbol, workspace.size_bytes) == ("global_workspace", library.workspace_bytes)
    assert (workspace.section, workspace.constant) == (".bss.noinit.tvm", False)
    assert workspace.alignment_bytes == constant.alignment_bytes == 16


def test_workspace_bytes(single: tuple[str, ModelLibrary]) -> None:
    name, library = single
    assert library.workspace_bytes == WORKSPACE_BYTES.get(name, library.workspace_bytes) > 0


def test_workspace_calls(single: tuple[str, ModelLibrary]) -> None:
    name, library = single
    calls = library.workspace_calls
    assert (len(calls), sum(call.size_bytes for call in calls)) == WORKSPACE_CALLS.get(name, (0, 0))
    assert library.calls_allocator == bool(calls)


def test_io_in_the_workspace(single: tuple[str, ModelLibrary]) -> None:
    name, library = single
    assert library.io_in_workspace == name.endswith("aot-c-io")
    if name == "branchy-aot-c-io":
        assert [(at.tensor_c_name, at.pool, at.offset_bytes) for at in library.io_placements] == [
            ("serving_default_keras_tensor_13_0", "sram", 0),
            ("StatefulPartitionedCall_1_1", "sram", 2064),
            ("StatefulPartitionedCall_1_0", "sram", 32),
        ]


def test_what_the_code_needs(single: tuple[str, ModelLibrary]) -> None:
    name, library = single
    model, suffix = split(name)
    assert bool(library.cmsis_nn) == (suffix == "cmsisnn-pool")
    if suffix == "cmsisnn-pool":
        assert "arm_convolve_wrapper_s8" in library.cmsis_nn
        assert all(function.endswith("_s8") for function in library.cmsis_nn)
    assert library.instructions == (("dsp",) if suffix == "m7-aot-c-pool" else ())
    assert library.uses_float == (model not in ("ad", "sine"))


def test_graphs(single: tuple[str, ModelLibrary]) -> None:
    graph = single[1].graph
    if graph is None:
        return
    sizes = {
        "branchy": (61, 19, 41),
        "kws": (65, 14, 50),
        "sine": (15, 6, 8),
        "sine-float": (13, 3, 6),
        "vgg": (51, 15, 35),
    }
    assert (len(graph.entries), len(graph.calls), len(graph.parameters)) == sizes[split(single[0])[0]]
    assert "__nop" not in {call.function for call in graph.calls}


def test_two_models_share_an_archive_and_no_file() -> None:
    kws, sine = load_archive(ARCHIVES / "two-models-sine-kws.tar").models
    assert (kws.name, sine.name) == ("kws", "sine")
    assert [file.path for file in kws.sources] == ["include/tvmgen_kws.h", "src/kws_lib0.c", "src/kws_lib1.c"]
    assert [file.path for file in sine.sources] == [
        "include/tvmgen_sine.h",
        "src/sine_lib0.c",
        "src/sine_lib1.c",
    ]
    assert [pool.symbol for pool in sine.internal_pools] == ["global_const_workspace", "global_workspace"]
    assert kws.internal_pools == ()


def test_the_tvm_version_is_read() -> None:
    assert load_archive(ARCHIVES / "kws-aot-c.tar").tvm_version == "0.12.0"
    assert load_archive(ARCHIVES / "kws-graph.tar").tvm_version is None


@pytest.mark.parametrize("container", ["tar", "tar.gz", "folder"])
@pytest.mark.parametrize("name", ["kws-cmsisnn-pool", "branchy-graph"])
def test_the_layout_of_tvm_0_8(name: str, container: str, tmp_path: Path) -> None:
    new = load_archive(ARCHIVES / f"{name}.tar")
    files = version_5(load_files(ARCHIVES / f"{name}.tar")[2], new.models[0].name)
    path = tmp_path / f"old.{container}"
    if container == "folder":
        write_folder(path, files)
    else:
        path.write_bytes(compressed(tar_bytes(files), container))

    old = load_archive(path)

    assert (old.version, old.tvm_version) == (5, None)
    for before, after in zip(new.models[0].outputs, old.models[0].outputs, strict=True):
        assert (before.size_bytes, before.shape) == (after.size_bytes, after.shape)
    assert old.models[0].inputs == new.models[0].inputs
    assert old.models[0].caller_pools == new.models[0].caller_pools
    assert old.models[0].graph == new.models[0].graph


def test_the_tflite_tells_what_an_archive_of_tvm_0_8_does_not() -> None:
    label, sha256, files = load_files(ARCHIVES / "branchy-aot-c-pool.tar")
    old = version_5(files, "branchy_int8")
    text = next(path for path in old if path.endswith((".relay", "relay.txt")))
    inferred = parse_archive(label, sha256, old).models[0]
    old = {**old, text: old[text].replace(b" tanh(", b" not_known(")}
    with pytest.raises(ArchiveError, match="the archive does not give the type") as caught:
        parse_archive(label, sha256, old)
    assert caught.value.hint is not None and "pass the .tflite" in caught.value.hint

    model = parse_archive(label, sha256, old, load_tflite(SHARED / "models" / "branchy.tflite")).models[0]

    for outputs in (model.outputs, inferred.outputs):
        assert [(tensor.dtype, tensor.shape, tensor.size_bytes) for tensor in outputs] == [
            ("int8", (1, 3), 3),
            ("int8", (1, 5), 5),
        ]


def test_the_same_files_give_the_same_archive() -> None:
    label, sha256, files = load_files(ARCHIVES / "kws-aot-c-pool.tar")
    backwards = dict(reversed(files.items()))
    first: Archive = parse_archive(label, sha256, files)
    assert first == parse_archive(label, sha256, backwards)
