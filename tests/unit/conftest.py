"""What keeps unit tests from depending on the computer they run on."""

from __future__ import annotations

import pytest

from generator.pipeline import derived_boards


@pytest.fixture(autouse=True)
def no_zephyr_workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is no built-in board is not looked for in a Zephyr that happens to be here."""
    monkeypatch.setattr(derived_boards, "has_workspace", lambda: False)
