"""IDE files against the schemas that their tools publish, fetched for the test."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.model.options import GenerateOptions
from generator.pipeline.generate import generate
from generator.pipeline.inputs import GenerateRequest

SAMPLES = Path(__file__).parents[2] / "samples"
TOOLBOX = "https://github.com/Open-CMSIS-Pack/devtools"
CORTEX_DEBUG = "https://github.com/Marus/cortex-debug"

pytestmark = [pytest.mark.firmware, pytest.mark.slow]
jsonschema = pytest.importorskip("jsonschema")


def fetched(address: str, path: str, folder: Path) -> Path:
    """A file or folder of a repository."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    argv = ["git", "clone", "-q", "--depth", "1", "--filter=blob:none", "--no-checkout", address, str(folder)]
    if subprocess.run(argv, capture_output=True, timeout=300).returncode != 0:
        pytest.skip(f"{address} can't be fetched")
    checkout = ["git", "-C", str(folder), "checkout", "-q", "HEAD", "--", path]
    subprocess.run(checkout, check=True, capture_output=True, timeout=300)
    return folder / path


def an_application(folder: Path, rtos: str, *ides: str) -> Path:
    options = GenerateOptions(rtos, {}, {}, False, 4096, "portfolio", ides=ides)
    generate(GenerateRequest((SAMPLES / "sine.tar",), "stm32f746g_disco", options, output=folder))
    return folder


@pytest.fixture(scope="module")
def toolbox(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Validators of the CMSIS-Toolbox by the kind of file."""
    folder = fetched(TOOLBOX, "tools/projmgr/schemas", tmp_path_factory.mktemp("toolbox") / "devtools")
    common = json.loads((folder / "common.schema.json").read_text("utf-8"))
    found = {}
    for kind, name in (
        ("csolution", "SolutionDescType"),
        ("cproject", "ProjectDescType"),
        ("clayer", "LayerDescType"),
    ):
        # What each kind's own schema says, without its reference to a file beside it.
        part = json.loads((folder / f"{kind}.schema.json").read_text("utf-8"))
        (key,) = part["properties"]
        assert part["properties"][key]["$ref"].endswith(f"#/definitions/{name}")
        part["properties"][key]["$ref"] = f"#/definitions/{name}"
        found[kind] = jsonschema.Draft7Validator({**part, "definitions": common["definitions"]})
    return found


def errors_of(text: str, validator: Any) -> list[str]:
    return [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(yaml.safe_load(text))]


@pytest.mark.parametrize("rtos", ["zephyr", "freertos", "none"])
def test_a_solution_is_valid(rtos: str, toolbox: dict[str, Any], tmp_path: Path) -> None:
    app = an_application(tmp_path / "app", rtos, "cmsis")
    paths = sorted(app.rglob("*.c*.yml"))
    assert len(paths) == (1 if rtos == "zephyr" else 3)
    for path in paths:
        assert errors_of(path.read_text("utf-8"), toolbox[path.name.split(".")[1]]) == []


def test_the_schema_finds_a_bare_on_and_a_wrong_key(toolbox: dict[str, Any], tmp_path: Path) -> None:
    app = an_application(tmp_path / "app", "none", "cmsis")
    text = next(app.glob("*.csolution.yml")).read_text("utf-8")
    assert errors_of(text.replace("'on'", "on"), toolbox["csolution"])
    assert errors_of(text.replace("compiler:", "compilers:", 1), toolbox["csolution"])


def mended(schema: Any) -> Any:
    """The extension writes some types as JSON Schema does not: ``"items": "string"``."""
    if isinstance(schema, list):
        return [mended(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: mended(value) for key, value in schema.items()}
    if isinstance(found.get("items"), str):
        found["items"] = {"type": found["items"]}
    return found


@pytest.mark.parametrize("rtos", ["zephyr", "freertos", "none"])
def test_debug_configurations_are_cortex_debugs(rtos: str, tmp_path: Path) -> None:
    manifest = json.loads(fetched(CORTEX_DEBUG, "package.json", tmp_path / "cortex-debug").read_text("utf-8"))
    (debugger,) = (d for d in manifest["contributes"]["debuggers"] if d["type"] == "cortex-debug")
    schema = mended(debugger["configurationAttributes"]["launch"])
    # What Visual Studio Code itself adds to each configuration.
    common = {"name", "type", "request", "preLaunchTask"}
    app = an_application(tmp_path / "app", rtos, "vscode")
    configurations = json.loads((app / ".vscode" / "launch.json").read_text("utf-8"))["configurations"]
    assert len(configurations) == 3
    for configuration in configurations:
        own = {key: value for key, value in configuration.items() if key not in common}
        assert set(own) <= set(schema["properties"])
        jsonschema.Draft7Validator(schema).validate(own)
