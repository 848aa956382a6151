"""Names in C and on disk: the runtime's own are never taken, and no two things share one."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from generator import resources
from generator.compose.names import c_name, model_ident, slug, tensor_size_macro
from generator.compose.symbols import check_symbols
from generator.errors import UsageError
from generator.liveness.analysis import analyse
from generator.model.archive import Archive
from generator.model.board import Board
from generator.model.options import GenerateOptions
from generator.model.project import Project
from generator.pipeline.boards import find_board

TEMPLATES = resources.folder("templates")


def taken() -> set[str]:
    """Every ``mlf_…`` that the runtime's headers and port files use or define.

    Kernels are static functions of a model's own C, which knows no descriptor.
    """
    kernels = TEMPLATES / "runtime" / "kernels"
    paths = [path for path in TEMPLATES.glob("runtime/**/*.h") if kernels not in path.parents]
    paths += TEMPLATES.glob("runtime/port/**/*.c")
    paths += TEMPLATES.glob("shared/*.h")
    text = "\n".join(path.read_text("utf-8") for path in paths)
    code = re.sub(r"/\*.*?\*/|\"[^\"\n]*\"|#include[^\n]*", "", text, flags=re.DOTALL)
    tags = set(re.findall(r"\b(?:struct|enum) (mlf_\w+)", code))
    return {name for name in re.findall(r"\b(mlf_[a-z0-9_]+)\b", code) if name not in tags}


def test_no_model_takes_a_name_of_the_runtime() -> None:
    names = taken()
    assert {"mlf_run", "mlf_samples", "mlf_models", "mlf_model_t"} <= names
    clashes = {name for name in names if model_ident(name.removeprefix("mlf_")) in names}
    assert not clashes


@pytest.mark.parametrize("name", ["run", "input", "models", "model_t", "rpc_server", "init"])
def test_a_model_called_like_the_runtime_gets_a_longer_name(name: str) -> None:
    assert model_ident(name) == f"mlf_{name}_model"


@pytest.mark.parametrize("name", ["kws", "default", "model", "sample", "running"])
def test_other_models_keep_theirs(name: str) -> None:
    assert model_ident(name) == f"mlf_{name}"


@given(st.text())
def test_names_become_identifiers(text: str) -> None:
    assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", c_name(text), re.ASCII)
    assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", model_ident(text), re.ASCII)


@given(st.text())
def test_labels_become_folders(text: str) -> None:
    made = slug(text)
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", made, re.ASCII) and len(made) <= 64
    assert made[-1] not in "-._" or made == "model" or made[-1].isalnum()
    assert made not in (".", "..")


@pytest.mark.parametrize(
    ("label", "folder"),
    [
        ("kws-aot-c-pool.tar", "kws-aot-c-pool"),
        ("kws.TAR.XZ", "kws"),
        ("größe 1.tgz", "gr-e-1"),
        ("...", "model"),
        ("a/b", "a-b"),
        ("x" * 200, "x" * 64),
    ],
)
def test_folders_of_labels(label: str, folder: str) -> None:
    assert slug(label) == folder


def test_the_macro_of_a_tensors_size() -> None:
    assert tensor_size_macro("tvmgen_kws", "input_1") == "TVMGEN_KWS_INPUT_1_SIZE"


# ---- collisions


def renamed(archive: Archive, name: str, prefix: str) -> Archive:
    (library,) = archive.models
    return replace(archive, models=(replace(library, name=name, c_prefix=prefix),))


@pytest.fixture
def compose_archives(
    make_options: Callable[..., GenerateOptions],
) -> Callable[..., Project]:
    from generator.compose.project import compose

    board: Board = find_board("mps2_an500")

    def make(*archives: Archive) -> Project:
        models = (model for archive in archives for model in archive.models)
        return compose(archives, board, make_options(), {}, analyse(models, make_options()))

    return make


def test_two_models_of_one_name_are_refused(
    archive: Callable[[str], Archive], compose_archives: Callable[..., Project]
) -> None:
    with pytest.raises(UsageError, match="two models are named 'default'") as caught:
        compose_archives(archive("sine-graph"), archive("kws-graph"))
    assert "sine-graph.tar" in caught.value.what and "kws-graph.tar" in caught.value.what
    assert "mod_name" in str(caught.value.hint)


def test_models_whose_parts_meet_in_c_are_refused(
    archive: Callable[[str], Archive], compose_archives: Callable[..., Project]
) -> None:
    """Model 'a' with input 'x', and a model called 'a_in_x': both are ``mlf_a_in_x``."""
    first = renamed(archive("sine-aot-c-pool"), "a", "tvmgen_a")
    tensor = first.models[0].inputs[0].c_name
    second = renamed(archive("kws-aot-c-pool"), f"a_in_{tensor}", "tvmgen_b")
    with pytest.raises(UsageError, match=f"would both be called mlf_a_in_{tensor} in C") as caught:
        compose_archives(first, second)
    assert "mod_name" in str(caught.value.hint)


def test_a_model_called_like_another_ones_table_is_refused(
    archive: Callable[[str], Archive], compose_archives: Callable[..., Project]
) -> None:
    first = renamed(archive("sine-aot-c-pool"), "a", "tvmgen_a")
    second = renamed(archive("kws-aot-c-pool"), "a_inputs", "tvmgen_b")
    with pytest.raises(UsageError, match="would both be called mlf_a_inputs in C"):
        compose_archives(first, second)


def test_real_applications_have_no_name_twice(make_project: Callable[..., Project]) -> None:
    for names in (("two-models-sine-kws",), ("kws-graph",), ("kws-aot-c-pool", "branchy-aot-c-pool")):
        project = make_project(*names)
        check_symbols(project.models, project.buffers)


def test_a_model_of_a_reserved_name_compiles_under_the_longer_one(
    archive: Callable[[str], Archive], compose_archives: Callable[..., Project]
) -> None:
    (model,) = compose_archives(renamed(archive("sine-graph"), "run", "tvmgen_default")).models
    assert (model.name, model.ident) == ("run", "mlf_run_model")
    assert all(tensor.ident.startswith("mlf_run_model_") for tensor in model.inputs)
