"""The installed wheel: outside any checkout, it generates the same bytes as the checkout does."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "samples" / "sine.tar"


@pytest.mark.slow
def test_the_wheel_generates_what_the_checkout_generates(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    built = subprocess.run([*pip, "wheel", "--no-deps", "-w", tmp_path, ROOT], capture_output=True, text=True)
    if built.returncode != 0 and "hatchling" in built.stderr:
        pytest.skip("the build backend can't be had")
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    # The dependencies are this Python's own; only mlfgen itself comes from the wheel, compiled as pip does it.
    venv.create(tmp_path / "venv", with_pip=False)
    site = next((tmp_path / "venv").rglob("site-packages"))
    subprocess.run([*pip, "install", "--no-deps", "--compile", "--target", site, wheel], check=True)
    code = f"import sys; sys.path.insert(0, {str(site)!r}); from generator.cli.main import main; sys.exit(main())"
    for rtos in ("zephyr", "freertos", "none"):
        trees = []
        for name, argv in (
            ("wheel", [sys.executable, "-c", code]),
            ("checkout", [sys.executable, "-m", "generator"]),
        ):
            target = tmp_path / name / rtos
            arguments = [
                "generate",
                "--rtos",
                rtos,
                "--board",
                "stm32f746g_disco",
                "-o",
                str(target),
                str(SAMPLE),
            ]
            cwd = tmp_path if name == "wheel" else ROOT
            done = subprocess.run([*argv, *arguments], cwd=cwd, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            trees.append({p.relative_to(target): p.read_bytes() for p in target.rglob("*") if p.is_file()})
        assert trees[0] == trees[1]
