"""What the documentation site adds to the pages of this folder, and the commands that the pages contain.

The pages read well without it: a comment ``<!-- site: … -->`` marks where the site inserts a table, a reference or a
picture that is made when the site is built.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
HEADERS = ROOT / "templates" / "runtime" / "include"
#: pages of the repository's root -> their names on the site, which differ from all others without regard to case
ROOT_PAGES = {
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "reporting.md",
}
PROGRAMS = ("mlfgen", "generate")
HELP_COLUMNS = 110

_FENCE = re.compile(
    r"^(?P<indent> *)(?P<fence>```+)(?P<language>[^\n`]*)\n(?P<text>.*?)^(?P=indent)(?P=fence)[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
_COMMENT = re.compile(r"<!-- (?P<key>not run|file): (?P<value>[^\n]*?) -->\s*\Z")
_INSERTION = re.compile(r"<!-- site: (?P<what>\w+)(?: (?P<first>\S+))?(?: (?P<rest>[^\n]*?))? -->")


# ---- the commands of a page


@dataclass(frozen=True)
class Block:
    """A fenced block of a page.

    commands: those of mlfgen in it, as words, without a prompt; of languages ``console`` and ``sh`` only.
    not_run:  why nothing can run them without more than the samples, from a comment in front of the block.
    file:     the name of the file that the block shows, from a comment in front of it.
    """

    line: int
    text: str
    commands: tuple[tuple[str, ...], ...]
    not_run: str | None
    file: str | None


def blocks_of(markdown: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    blocks = []
    for match in _FENCE.finditer(markdown):
        comment = _COMMENT.search(markdown, 0, match.start())
        note = {comment["key"]: comment["value"]} if comment else {}
        language = match["language"].strip()
        blocks.append(
            Block(
                markdown.count("\n", 0, match.start()) + 1,
                match["text"],
                _commands(language, match["text"]),
                note.get("not run"),
                note.get("file"),
            )
        )
    return blocks


def _commands(language: str, text: str) -> tuple[tuple[str, ...], ...]:
    if language not in ("console", "sh"):
        return ()
    lines = text.replace("\\\n", " ").splitlines()
    if language == "console":
        lines = [line[2:] for line in lines if line.startswith("$ ")]
    words = (tuple(shlex.split(line, comments=True)) for line in lines)
    return tuple(command for command in words if command and command[0] in PROGRAMS)


def load_files(markdown: str, folder: Path) -> None:
    """Write the files that a page shows to a folder, beside the samples."""
    shutil.copytree(ROOT / "samples", folder / "samples")
    for block in blocks_of(markdown):
        if block.file is not None:
            (folder / block.file).write_text(block.text, "utf-8")


def load_output(command: tuple[str, ...], folder: Path) -> str:
    """Run a command in a folder; RuntimeError with its output when it fails."""
    words = command[1:] if command[0] == "mlfgen" else command
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path, "NO_COLOR": "1", "COLUMNS": str(HELP_COLUMNS)}
    done = subprocess.run(
        [sys.executable, "-m", "generator", *words],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(
            f"{shlex.join(command)} exited with {done.returncode}:\n{done.stdout}{done.stderr}"
        )
    return done.stdout


# ---- what is inserted


def option_table() -> str:
    """The option table as Markdown, one table for each stage."""
    from generator.model.options import OPTIONS, Option

    def row(option: Option) -> str:
        value = option.metavar or ("{" + ",".join(option.choices) + "}" if option.choices else "")
        default = option.default if option.kind in ("str", "int") else None
        shown = "required" if option.required else "" if default is None else f"`{default}`"
        return f"| `{_cell(f'{option.flag} {value}'.strip())}` | {shown} | {_cell(option.help)} |\n"

    parts = []
    for stage in dict.fromkeys(stage for option in OPTIONS for stage in option.stages):
        parts.append(f"## Options of {'sessions' if stage == 'open_transport' else stage}\n\n")
        parts.append("| option | default | description |\n|---|---|---|\n")
        parts.extend(row(option) for option in OPTIONS if stage in option.stages)
        parts.append("\n")
    return "".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def command_help() -> str:
    """What ``--help`` prints, for each command, as Markdown."""
    from generator.cli.main import COMMANDS

    with tempfile.TemporaryDirectory() as folder:
        texts = {name: load_output(("mlfgen", name, "--help"), Path(folder)) for name in COMMANDS}
    return "## Commands\n\n" + "\n".join(
        f"### mlfgen {name}\n\n```text\n{text}```\n" for name, text in texts.items()
    )


def header_reference(header: str) -> str:
    """The declarations of a C header with the comments in front of them, as Markdown.

    header: its text. Declarations are separated by blank lines; the comment at the top is the introduction.
    """
    body = re.sub(
        r"^#(?:if|endif|include)[^\n]*\n(?:extern \"C\" \{\n|\}\n)?", "", header, flags=re.MULTILINE
    )
    body = re.sub(r"^/\* SPDX[^\n]*\n|^#define \w+_H_\n", "", body, flags=re.MULTILINE)
    parts = []
    for chunk in re.split(r"\n{2,}", body.strip()):
        match = re.match(r"/\*(.*?)\*/\n?(.*)\Z", chunk, re.DOTALL)
        comment, code = (match[1], match[2].strip()) if match else ("", chunk)
        if code:
            parts.append("## " + ", ".join(f"`{name}`" for name in _declared(code)))
        if comment:
            parts.append(_prose(comment))
        if code:
            parts.append(f"```c\n{code}\n```")
    return "\n\n".join(parts) + "\n"


def _declared(code: str) -> list[str]:
    """The functions, types and macros that a piece of a header declares."""
    bare = re.sub(r"/\*.*?\*/|\{.*?\}", "", code, flags=re.DOTALL)
    return (
        re.findall(r"\b(\w+)\(", bare) or re.findall(r"#define (\w+)", bare) or re.findall(r"(\w+)\s*;", bare)
    )


def _prose(comment: str) -> str:
    """A comment without its frame; what is indented in it is code, and identifiers are set as such."""
    lines = [re.sub(r"^ ?\* ?", "", line).rstrip() for line in comment.strip().splitlines()]
    parts = []
    for text in "\n".join(lines).strip().split("\n\n"):
        if text.startswith("    "):
            parts.append("```c\n" + "\n".join(line[4:] for line in text.splitlines()) + "\n```")
        else:
            plain = re.sub(r"([*<\[])", r"\\\1", text.replace("`", ""))
            parts.append(re.sub(r"\b((?:mlf|MLF)_\w+(?:\(\))?|\w+_\w+)", r"`\1`", plain))
    return "\n\n".join(parts)


# ---- mkdocs


_pictures: dict[str, str] = {}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the repository's root and the pictures of the gallery."""
    from mkdocs.structure.files import File

    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    for name, page in ROOT_PAGES.items():
        files.append(File.generated(config, page, content=(ROOT / name).read_text("utf-8")))
    for source in files.documentation_pages():
        markdown = source.content_string
        wanted = [match["first"] for match in _INSERTION.finditer(markdown) if match["what"] == "picture"]
        if not wanted:
            continue
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            load_files(markdown, folder)
            for command in (words for block in blocks_of(markdown) for words in block.commands):
                load_output(command, folder)
            for picture in wanted:
                address = "pictures/" + picture.replace("/", "-")
                files.append(File.generated(config, address, content=(folder / picture).read_text("utf-8")))
                _pictures[picture] = address
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Make the insertions, and let links to the repository's root lead to the site's pages."""
    for name, address in ROOT_PAGES.items():
        markdown = markdown.replace(f"](../{name}", f"]({address}").replace(f"]({name}", f"]({address}")
    if page.file.src_uri in ROOT_PAGES.values():
        markdown = markdown.replace("](docs/", "](")
    return _INSERTION.sub(_insert, markdown)


def _insert(match: re.Match[str]) -> str:
    what, first = match["what"], match["first"]
    if what == "options":
        return option_table()
    if what == "commands":
        return command_help()
    if what == "header":
        return header_reference((HEADERS / first).read_text("utf-8"))
    if what == "picture":
        return f"[![{match['rest']}]({_pictures[first]})]({_pictures[first]})"
    raise ValueError(f"a page asks the site for '{what}', which it does not have")
