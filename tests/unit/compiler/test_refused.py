"""Files of other people that must be refused by name, and nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.compiler.compile import CompileOptions
from generator.errors import MlfgenError
from generator.pipeline.compile import CompileRequest, compile_file

#: file -> what the message must name
REFUSED = {
    "edgetpu-model_invoking_error.tflite": "custom operator fake-op-double",
    "litert-gather_string.tflite": "GATHER, string",
    "litert-max_unpooling_2d_valid.tflite": "custom operator LiteRtMaxUnpooling2D",
    "litert-precompiled_mediatek_model.tflite": "custom operator DISPATCH_OP",
    "litert-with_custom_op.tflite": "custom operator Assign",
}
#: once refused; compiled by now
COMPILED = ("litert-simple_logical_or_op.tflite", "litert-simple_reduceall_op.tflite")


def test_every_file_to_refuse_is_known(shared: Path) -> None:
    assert {path.name for path in (shared / "tflite" / "refuse").iterdir()} == {*REFUSED, *COMPILED}


@pytest.mark.parametrize("name", COMPILED)
def test_operators_that_were_refused_once_are_compiled(name: str, shared: Path, tmp_path: Path) -> None:
    output = tmp_path / "model.tar"
    compile_file(CompileRequest(shared / "tflite" / "refuse" / name, output, CompileOptions()))
    assert output.exists()


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_model_that_cant_be_compiled_is_refused_by_name(name: str, shared: Path, tmp_path: Path) -> None:
    output = tmp_path / "model.tar"
    with pytest.raises(MlfgenError) as caught:
        compile_file(CompileRequest(shared / "tflite" / "refuse" / name, output, CompileOptions()))
    assert REFUSED[name] in caught.value.what and caught.value.hint
    assert list(tmp_path.iterdir()) == []
