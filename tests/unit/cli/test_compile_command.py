"""``mlfgen compile``: what it writes, what it explains, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generator.cli.main import main
from generator.readers.archive.mlf import load_archive

SAMPLES = Path(__file__).parents[3] / "samples"
BRANCHY = str(SAMPLES / "branchy.tflite")

Capture = pytest.CaptureFixture[str]


def test_an_archive_is_written_that_reads_back_with_shapes_and_quantisation(
    tmp_path: Path, capsys: Capture
) -> None:
    target = tmp_path / "out.tar"
    assert main(["compile", BRANCHY, "-o", str(target), "--name", "twigs"]) == 0
    assert str(target) in capsys.readouterr().out
    (library,) = load_archive(target).models
    assert library.name == "twigs" and library.io_in_workspace and library.compiled is not None
    assert [tensor.shape for tensor in library.inputs] == [(1, 32, 32, 3)]
    assert all(tensor.quantization is not None for tensor in (*library.inputs, *library.outputs))
    assert library.compiled.source == "branchy.tflite"
    first = target.read_bytes()
    assert main(["compile", BRANCHY, "-o", str(target), "--name", "twigs"]) == 0
    assert target.read_bytes() == first


def test_it_is_explained_layer_by_layer_and_then_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["compile", BRANCHY, "--explain"]) == 0
    printed = capsys.readouterr().out
    assert "CONV_2D" in printed and "CONCATENATION" in printed and "MEAN" in printed
    assert "int8[1,32,32,3] -> " in printed
    assert list(tmp_path.iterdir()) == []


def test_every_operator_has_a_row_and_what_is_fused_says_into_which(capsys: Capture) -> None:
    assert main(["compile", BRANCHY, "--explain", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    rows = document["layers"]
    from generator.readers.tflite_network import load_network

    operators = load_network(Path(BRANCHY)).main.operators
    assert {row["operator"] for row in rows} == {operator.index for operator in operators}
    assert sum(row["macs"] for row in rows) == document["macs"] > 0
    pads = [operator.index for operator in operators if operator.kind == "PAD"]
    fused = [row for row in rows if row["what"].startswith("fused into operator")]
    assert [row["operator"] for row in fused] == pads


@pytest.mark.parametrize(
    ("argv", "message", "hint"),
    [
        (["missing.tflite"], "missing.tflite: can't be read: No such file", "check the path"),
        ([str(SAMPLES / "sine.tar")], "not a .tflite model", "`mlfgen generate`"),
        ([BRANCHY, "--name", "3x"], "--name: the model name '3x'", "use letters, digits and underscores"),
        ([BRANCHY, "-o", ""], "--output is empty", "check the variable"),
        ([BRANCHY, "-o", "nowhere/x.tar"], "nowhere/x.tar: can't be written", "existing folder"),
        ([BRANCHY, "--kernels", "onw"], "'onw'", "did you mean 'own'?"),
        ([BRANCHY, "--effort", "-1"], "--effort -1 is out of range", "0 to 10000"),
    ],
)
def test_wrong_arguments_get_a_message_and_write_nothing(
    argv: list[str],
    message: str,
    hint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["compile", *argv]) == 2
    printed = capsys.readouterr().err
    assert message in printed and hint in printed
    assert list(tmp_path.iterdir()) == []
