"""What CMake and Kconfig call the models, whatever the models are called."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from generator.compose.library import build_names
from generator.compose.names import model_ident


@pytest.mark.parametrize(
    ("models", "targets", "symbols"),
    [
        (["tiny"], ["tiny"], ["MLF_TINY"]),
        # what the library itself has
        (
            ["watermark", "optimize_size"],
            ["watermark", "optimize_size"],
            ["MLF_WATERMARK_2", "MLF_OPTIMIZE_SIZE_MODEL"],
        ),
        (["models", "profile"], ["models_model", "profile_model"], ["MLF_MODELS_MODEL", "MLF_PROFILE_MODEL"]),
        # C tells them apart, Kconfig's upper case does not
        (["Tiny", "tiny"], ["Tiny", "tiny"], ["MLF_TINY", "MLF_TINY_2"]),
    ],
)
def test_names_differ_from_each_other_and_from_the_librarys_own(
    models: list[str], targets: list[str], symbols: list[str]
) -> None:
    names = build_names(tuple(SimpleNamespace(ident=model_ident(model)) for model in models))  # type: ignore[arg-type,misc]
    assert [name.target for name in names] == targets
    assert [name.symbol for name in names] == symbols
