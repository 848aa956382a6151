"""Names as C spells them."""

from __future__ import annotations

from generator.readers.text.names import c_names, sanitise


def test_names_are_sanitised_as_tvm_does() -> None:
    assert sanitise("serving_default_dense_input:0") == "serving_default_dense_input_0"
    assert sanitise("a/b c-é") == "a_b_c___"


def test_names_without_a_header_become_legal_and_unique() -> None:
    assert c_names(["a:0", "a_0", "0a", "int", "a.0"]) == ("a_0", "a_0_2", "_0a", "_int", "a_0_3")
