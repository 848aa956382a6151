"""The real tools, where there are any."""

import shutil

import pytest


@pytest.fixture(scope="session")
def arm_gcc() -> str:
    """Path of the cross compiler; skips without it."""
    path = shutil.which("arm-none-eabi-gcc")
    if path is None:
        pytest.skip("needs arm-none-eabi-gcc")
    return path


@pytest.fixture(scope="session")
def qemu_arm() -> str:
    path = shutil.which("qemu-system-arm")
    if path is None:
        pytest.skip("needs qemu-system-arm")
    return path
