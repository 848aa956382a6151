from __future__ import annotations

import pytest
from networks import tensor

from generator.compiler.names import model_name, step_names, tensor_names


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("kws", "kws"),
        ("kws.tflite", "kws"),
        ("Person Detect-v2", "person_detect_v2"),
        ("2021_07_22", "m_2021_07_22"),
        ("___", "model"),
        ("モデル", "model"),
        ("a" * 200, "a" * 60),
    ],
)
def test_a_models_name_is_part_of_c_identifiers(label: str, name: str) -> None:
    assert model_name(label) == name


def test_names_of_tensors_differ_also_in_c_and_in_its_macros() -> None:
    inputs, outputs = tensor_names(
        [tensor(0, name="x:0"), tensor(1, name="x_0"), tensor(2, name="X-0"), tensor(3, name="")],
        [tensor(4, name="x:0;fused;more"), tensor(5, name="int"), tensor(6, name="7up"), tensor(7, name=":")],
    )
    assert inputs == ("x:0", "x_0_2", "X-0_3", "input_3")
    assert outputs == ("x:0_4", "output_int", "output_7up", "output_:")


def test_steps_of_one_operator_get_names_of_their_own() -> None:
    assert step_names("kws", [(0, "CONV_2D"), (0, "CONV_2D"), (1, "Signal Rfft")]) == (
        "kws_0_conv_2d",
        "kws_0_conv_2d_2",
        "kws_1_signal_rfft",
    )
