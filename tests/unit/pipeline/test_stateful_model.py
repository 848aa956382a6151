"""A streaming model as an application: its state is a buffer of its own, reset and kept by the runtime."""

from __future__ import annotations

from pathlib import Path

from generator.model.options import GenerateOptions
from generator.pipeline.generate import generate
from generator.pipeline.inputs import GenerateRequest


def test_state_is_a_buffer_of_its_own_that_the_runtime_can_reset(shared: Path, tmp_path: Path) -> None:
    model = shared / "tflite" / "models" / "mww-alexa.tflite"
    options = GenerateOptions("none", {"state": "dtcm"}, {}, False, 4096, "portfolio")
    app = tmp_path / "app"
    project = generate(GenerateRequest((model,), "stm32f746g_disco", options, output=app)).project
    (state,) = [buffer for buffer in project.buffers if buffer.kind == "state"]
    assert (state.symbol, state.region) == ("mlf_mww_alexa_state", "dtcm")
    models = (app / "model" / "src" / "mlf_models.c").read_text()
    assert ".reset = mlf_mww_alexa_reset," in models
    assert "tvmgen_mww_alexa_reset(&pools)" in models
    assert "MLF_POOL_STATE" in (app / "model" / "src" / "mlf_pools.c").read_text()
