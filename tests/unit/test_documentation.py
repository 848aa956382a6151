"""The documentation: its commands run, its links lead somewhere, and the site builds without a warning."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "samples" / "README.md"])


def load_hooks() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_hooks", ROOT / "docs" / "hooks.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


hooks = load_hooks()


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


# ---- commands


def commands_of(page: Path) -> list[tuple[str, ...]]:
    blocks = hooks.blocks_of(page.read_text("utf-8"))
    return [command for block in blocks if block.not_run is None for command in block.commands]


#: commands that build or run firmware
FIRMWARE = ("build", "run", "verify", "profile", "session")


def missing_tool(command: tuple[str, ...]) -> str | None:
    """What the command needs and this computer lacks."""
    name = "generate" if command[0] == "generate" else command[1]
    tools = ["arm-none-eabi-gcc", "cmake", "ninja"] if name in FIRMWARE else []
    tools += ["qemu-system-arm"] if name == "session" else []
    modules = [("unicorn",)] if name in ("run", "verify", "profile") else []
    modules += [("tflite_micro", "ai_edge_litert")] if name == "verify" and "--golden" not in command else []
    lacking = [tool for tool in tools if shutil.which(tool) is None]
    lacking += [" or ".join(names) for names in modules if not any(map(importlib.util.find_spec, names))]
    return f"{name} needs {', '.join(lacking)}" if lacking else None


def pages_with_commands() -> list[object]:
    builds = {page for page in PAGES if any(command[1] in FIRMWARE for command in commands_of(page))}
    return [
        pytest.param(page, id=name_of(page), marks=[pytest.mark.firmware] if page in builds else [])
        for page in PAGES
        if commands_of(page)
    ]


@pytest.mark.parametrize("page", pages_with_commands())
def test_the_commands_of_a_page_run(page: Path, tmp_path: Path) -> None:
    hooks.load_files(page.read_text("utf-8"), tmp_path)
    for command in commands_of(page):
        missing = missing_tool(command)
        if missing:
            pytest.skip(missing)
        hooks.load_output(command, tmp_path)


def test_there_are_commands_to_run() -> None:
    names = {command[1] for page in PAGES for command in commands_of(page) if command[0] == "mlfgen"}
    assert names >= {"build", "compile", "generate", "inspect", "plan", "run", "session", "verify"}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_stand_in_blocks_that_are_looked_at(page: Path) -> None:
    """A command in a block of another kind, or an indented one, would never be run."""
    text = page.read_text("utf-8")
    looked_at = [
        line for block in hooks.blocks_of(text) if block.commands for line in block.text.splitlines()
    ]
    for line in re.findall(r"^(?: {4,}|\$ )(?:mlfgen|generate) .*$", text, re.MULTILINE):
        assert line in looked_at, f"{page.name}: put this into a block of the language console or sh: {line}"


def test_what_blocks_say() -> None:
    page = (
        "<!-- not run: it needs a board -->\n```console\n$ mlfgen flash app\nwritten\n```\n\n"
        "```sh\nmlfgen plan a.csv \\\n  --capacity 8K    # small\ncmake .\n```\n\n"
        "<!-- file: a.csv -->\n```text\nid\n```\n"
    )
    flash, plan, file = hooks.blocks_of(page)
    assert (flash.not_run, flash.commands, flash.line) == (
        "it needs a board",
        (("mlfgen", "flash", "app"),),
        2,
    )
    assert (plan.not_run, plan.commands) == (None, (("mlfgen", "plan", "a.csv", "--capacity", "8K"),))
    assert (file.file, file.text, file.commands) == ("a.csv", "id\n", ())


def test_a_command_that_fails_is_named_with_its_output(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"mlfgen inspect absent.tar exited with 2:\n.*error: absent.tar"):
        hooks.load_output(("mlfgen", "inspect", "absent.tar"), tmp_path)


# ---- links


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_files_of_the_repository(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]*)(?:#([^)]*))?\)", page.read_text("utf-8"))
    for target, anchor in links:
        if "://" in target:
            continue
        path = page.parent / target if target else page
        assert path.exists(), f"{page.name} links to {target}, which does not exist"
        assert not anchor or anchor in anchors_of(path), f"{page.name} links to {target}#{anchor}"


def anchors_of(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


# ---- the site


def test_the_header_reference_has_every_declaration() -> None:
    header = (hooks.HEADERS / "mlf" / "mlf.h").read_text("utf-8")
    page = hooks.header_reference(header)
    headings = set(re.findall(r"`(\w+)`", "\n".join(re.findall(r"^## .*$", page, re.MULTILINE))))
    functions = set(re.findall(r"^\w[\w *]*?\b(mlf_\w+)\(", header, re.MULTILINE))
    assert len(functions) > 10 and functions <= headings
    assert set(re.findall(r"^\} (mlf_\w+);", header, re.MULTILINE)) <= headings
    assert "Nothing here allocates" in page and "\nmlf_run(&mlf_kws);\n" in page


def test_the_option_table_has_every_option() -> None:
    from generator.model.options import OPTIONS

    table = hooks.option_table()
    assert all(f"| `{option.flag}" in table for option in OPTIONS)
    assert "| `--stack-bytes BYTES` | `4096` |" in table


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    if importlib.util.find_spec("mkdocs") is None or importlib.util.find_spec("material") is None:
        pytest.skip("mkdocs and its theme are not installed: pip install '.[docs]'")
    site = tmp_path / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    pages = {path.stem: path.read_text("utf-8") for path in site.glob("*.html")}
    assert {"index", "first-steps", "gallery", "contributing"} <= set(pages)
    assert "mlf_workspace_high_water" in pages["mlf-h"] and "--share-workspace" in pages["options"]
    pictures = re.findall(r'<img[^>]* src="([^"]+\.svg)"', pages["gallery"])
    assert len(pictures) > 2 and all(
        (site / picture).read_text("utf-8").startswith("<svg") for picture in pictures
    )
    for text in pages.values():
        assert "site:" not in re.sub(r"<(pre|code).*?</\1>", "", text, flags=re.DOTALL)
        loaded = re.findall(
            r'<(?:script|img|iframe)\b[^>]*\bsrc="([^"]+)"|<link\b[^>]*\bhref="([^"]+)"', text
        )
        assert not [address for pair in loaded for address in pair if re.match(r"(https?:)?//", address)]
