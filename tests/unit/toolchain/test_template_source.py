"""Templates from folders and repositories, and what is said when there is none."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from generator.errors import TemplateError
from generator.toolchain.template_source import load_template


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    folder = tmp_path / "origin"
    (folder / "{{cookiecutter.project_slug}}").mkdir(parents=True)
    (folder / "cookiecutter.json").write_text("{}")
    (folder / "{{cookiecutter.project_slug}}" / "README.md").write_text("mine")
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for command in (("init", "-q"), ("add", "-A"), (*identity, "commit", "-q", "-m", "first")):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def test_a_folder_is_taken_where_it_lies(tmp_path: Path) -> None:
    assert load_template(str(tmp_path)) == tmp_path


def test_a_repository_is_cloned(repository: Path) -> None:
    found = load_template(f"git+{repository.as_uri()}")
    assert found != repository
    assert (found / "{{cookiecutter.project_slug}}" / "README.md").read_text() == "mine"


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("{folder}/nowhere.git", "'{folder}/nowhere.git' does not appear to be a git repository"),
        ("{folder}/nowhere", "there is no such folder"),
        ("file://{folder}/origin", "for git, write git\\+ADDRESS"),
    ],
)
def test_what_can_not_be_had_says_why_in_one_message(
    source: str, why: str, repository: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    address, words = (text.format(folder=repository.parent) for text in (source, why))
    if address.endswith(".git"):
        address = f"file://{address}"
    with pytest.raises(TemplateError, match=f"can't be fetched: .*{words}") as told:
        load_template(address)
    assert "gh:owner/repository" in str(told.value)
    assert capfd.readouterr() == ("", "")


def test_a_repository_without_a_template_is_refused(repository: Path) -> None:
    subprocess.run(["git", "mv", "cookiecutter.json", "other.json"], cwd=repository, check=True)
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(["git", *identity, "commit", "-q", "-m", "second"], cwd=repository, check=True)
    with pytest.raises(TemplateError, match=r"it has no cookiecutter\.json"):
        load_template(f"git+{repository.as_uri()}")


def test_no_hook_of_a_cloned_template_is_run(repository: Path, tmp_path: Path) -> None:
    (repository / "hooks").mkdir()
    marker = tmp_path / "it was run"
    for name in ("pre_prompt", "pre_gen_project", "post_gen_project"):
        (repository / "hooks" / f"{name}.py").write_text(f"open({str(marker)!r}, 'w')\n")
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for command in (("add", "-A"), (*identity, "commit", "-q", "-m", "second")):
        subprocess.run(["git", *command], cwd=repository, check=True)
    found = load_template(f"git+{repository.as_uri()}")
    assert (found / "hooks" / "pre_prompt.py").is_file() and not marker.exists()
