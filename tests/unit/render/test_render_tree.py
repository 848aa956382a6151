"""Rendering: the same as stock cookiecutter, strict about variables, and clear about whose fault it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader
from stock_cookiecutter import cookiecutter

from generator import resources
from generator.errors import TemplateError
from generator.model.project import Project
from generator.render.context import project_context
from generator.render.tree import FOLDER, load_tree, render_tree
from generator.toolchain.template_source import load_template

TEMPLATES = resources.folder("templates")
ZEPHYR = TEMPLATES / "zephyr"


def template(root: Path, files: dict[str, str | bytes]) -> Path:
    """A template of one's own, in a folder."""
    (root / FOLDER).mkdir(parents=True)
    (root / "cookiecutter.json").write_text('{"project_slug": "x"}', "utf-8")
    for path, content in files.items():
        place = root / FOLDER / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


@pytest.mark.parametrize(
    ("name", "board", "rtos"),
    [
        ("kws-aot-c-pool", "stm32f746g_disco", "zephyr"),
        ("kws-graph", "mps2_an385", "zephyr"),
        ("branchy-aot-c-io", "mps2_an500", "zephyr"),
        ("sine-aot-packed-nousmp", "native_sim", "zephyr"),
        ("kws-cmsisnn-pool", "nucleo_f746zg", "zephyr"),
        ("two-models-sine-kws", "stm32f746g_disco", "zephyr"),
        ("sine-float-graph", "stm32f746g_disco", "zephyr"),
        ("sine-graph", "stm32f746g_disco", "freertos"),
        ("kws-cmsisnn-pool", "mps2_an500", "freertos"),
        ("two-models-sine-kws", "nucleo_f746zg", "freertos"),
    ],
)
def test_stock_cookiecutter_writes_the_same_bytes(
    name: str, board: str, rtos: str, make_project: Callable[..., Project], tmp_path: Path
) -> None:
    """Files that render to nothing are the one exception, for cookiecutter can't leave a file out."""
    context = project_context(make_project(name, board=board, rtos=rtos))
    ours = render_tree(TEMPLATES / rtos, context)
    assert cookiecutter(TEMPLATES / rtos, context, tmp_path) == ours
    assert len(ours) > 10


def test_the_context_is_plain_json(make_project: Callable[..., Project]) -> None:
    for rtos in ("zephyr", "freertos"):
        context = project_context(make_project("kws-graph", rtos=rtos))
        assert json.loads(json.dumps(context)) == context


def test_a_cache_of_compiled_templates_changes_no_byte(
    make_project: Callable[..., Project], tmp_path: Path
) -> None:
    context = project_context(make_project("sine-graph"))
    plain = render_tree(ZEPHYR, context)
    assert render_tree(ZEPHYR, context, tmp_path) == plain
    assert any(tmp_path.iterdir())
    assert render_tree(ZEPHYR, context, tmp_path) == plain


def test_a_cache_of_another_template_is_not_used(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    root = template(tmp_path / "t", {"a.txt": "one\n"})
    assert render_tree(root, {}, cache) == {"a.txt": b"one\n"}
    (root / FOLDER / "a.txt").write_text("two\n", "utf-8")
    assert render_tree(root, {}, cache) == {"a.txt": b"two\n"}


def test_a_file_that_renders_to_nothing_is_left_out(tmp_path: Path) -> None:
    root = template(
        tmp_path / "t",
        {"no.txt": "{% if cookiecutter.no %}\ntext\n{% endif %}\n", "yes.txt": "x", "empty.txt": ""},
    )
    assert render_tree(root, {"no": False}) == {"yes.txt": b"x"}


def test_names_of_files_are_templates_too(tmp_path: Path) -> None:
    root = template(tmp_path / "t", {"boards/{{cookiecutter.board}}.conf": "x\n"})
    assert render_tree(root, {"board": "my_board"}) == {"boards/my_board.conf": b"x\n"}


def test_text_is_utf_8_whatever_the_locale(tmp_path: Path) -> None:
    root = template(tmp_path / "t", {"a.txt": "größer 😀\n"})
    assert render_tree(root, {}) == {"a.txt": "größer 😀\n".encode()}


@pytest.mark.parametrize(
    ("content", "what", "where"),
    [
        ("a\n{{ cookiecutter.missing }}\n", "a variable is missing: .*missing", "a.c"),
        ("{{ cookiecutter.project.nothing | c_ident }}", "a variable is missing: .*nothing", "a.c"),
        ("{% if cookiecutter.missing %}x{% endif %}", "a variable is missing", "a.c"),
        ("a\nb\n{% for %}\n", "syntax error", "a.c:3"),
        ("{{ 1 | no_such_filter }}", "syntax error: No filter named 'no_such_filter'", "a.c:1"),
        ('{% include "gone.c" %}', "'gone.c' is included but does not exist", "a.c"),
        ("{{ cookiecutter.name | c_ident }}", "'a b' is not a C identifier", "a.c"),
        (b"\xff\xfe\x00", "is not UTF-8 text", "a.c"),
        (
            "{{ cycler.__init__.__globals__ }}",
            "uses something that templates may not use: access to attr",
            "a.c",
        ),
        (
            "{{ ''.__class__.__mro__ }}",
            "uses something that templates may not use: access to attr",
            "a.c",
        ),
        (
            "{{ '{0.__class__.__mro__}'.format(1) }}",
            "uses something that templates may not use: access to",
            "a.c",
        ),
        ("{{ cookiecutter.project.update(x=1) }}", "uses something that templates may not use", "a.c"),
        (
            "{{ lipsum['__glo' ~ 'bals__'] }}",
            "uses something that templates may not use: access to attr",
            "a.c",
        ),
        ("{{ 1 / 0 }}", "can't be rendered: ZeroDivisionError", "a.c"),
        ("{{ none + 1 }}", "can't be rendered: TypeError", "a.c"),
        ("{% for x in 5 %}{% endfor %}", "can't be rendered: TypeError", "a.c"),
        ('{% include "a.c" %}', "can't be rendered: RecursionError", "a.c"),
        ("{{ " + "(" * 3000, "can't be rendered: RecursionError", "a.c"),
    ],
)
def test_a_faulty_template_is_named(content: str | bytes, what: str, where: str, tmp_path: Path) -> None:
    root = template(tmp_path / "t", {"a.c": content})
    with pytest.raises(TemplateError, match=what) as caught:
        render_tree(root, {"project": {}, "name": "a b"})
    assert caught.value.where == where


def test_a_folder_that_is_not_a_template_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(TemplateError, match="is not a project template") as caught:
            load_tree(folder)
        assert "cookiecutter.json" in str(caught.value.hint)


def test_the_built_in_trees_are_what_cookiecutter_takes_for_templates() -> None:
    for rtos in ("zephyr", "freertos"):
        settings = json.loads((TEMPLATES / rtos / "cookiecutter.json").read_text("utf-8"))
        assert settings["_extensions"] == ["generator.render.filters.Filters"]


@pytest.mark.parametrize(
    "board", ["stm32f746g_disco", "mps2_an500", "mps2_an385", "nucleo_f746zg", "native_sim"]
)
def test_west_reads_the_manifest(board: str, make_project: Callable[..., Project]) -> None:
    """Also where no module is needed: an empty allow-list is none to west."""
    from west.manifest import ImportFlag, Manifest

    for name, modules in (("sine-graph", set()), ("kws-cmsisnn-pool", {"cmsis-nn"})):
        project = make_project(name, board=board)
        text = render_tree(ZEPHYR, project_context(project))["west.yml"].decode()
        manifest = Manifest.from_data(text, import_flags=ImportFlag.IGNORE)
        assert [each.name for each in manifest.projects] == ["manifest", "zephyr"]
        tree = yaml.safe_load(text)["manifest"]["projects"][0]
        zephyr = project.board.zephyr
        assert zephyr is not None
        assert set(tree.get("import", {}).get("name-allowlist", ())) == {*zephyr.modules, *modules}


@pytest.mark.parametrize("board", ["stm32f746g_disco", "native_sim"])
def test_the_yaml_for_twister_is_yaml(board: str, make_project: Callable[..., Project]) -> None:
    project = make_project("two-models-sine-kws", board=board)
    tree = yaml.safe_load(render_tree(ZEPHYR, project_context(project))["sample.yaml"])
    (test,) = tree["tests"].values()
    assert project.board.zephyr is not None
    assert test["platform_allow"] == [project.board.zephyr.target]
    assert tree["common"]["harness_config"]["regex"] == ["mlf: end, 0 failures"]


def test_what_python_compiled_beside_a_script_is_not_part_of_the_template(tmp_path: Path) -> None:
    root = template(tmp_path / "t", {"a.py": "x = 1\n", "__pycache__/a.cpython-311.pyc": b"\xa7\r\r\n"})
    assert load_tree(root) == ("a.py",)


# ---- a stranger's template


@pytest.mark.parametrize("link", ["file", "folder", "shared", "top", "json"])
def test_a_link_in_a_template_is_refused(link: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("{}")
    root = template(tmp_path / "t", {"a.c": '{% include "s/key" %}'})
    where = {
        "file": root / FOLDER / "copied",
        "folder": root / FOLDER / "deep",
        "shared": root / "templates",
        "top": root / FOLDER,
        "json": root / "cookiecutter.json",
    }[link]
    if link == "top":
        (root / FOLDER).rename(tmp_path / "elsewhere")
        where.symlink_to(tmp_path / "elsewhere")
    else:
        where.unlink(missing_ok=True)
        where.symlink_to(secret / "key" if link in ("file", "json") else secret)
    with pytest.raises(TemplateError, match="is a symbolic link") as caught:
        render_tree(root, {})
    assert caught.value.where == where.relative_to(root).as_posix() and caught.value.hint


def test_a_template_may_include_the_shared_parts_and_have_its_own_in_their_place(tmp_path: Path) -> None:
    root = template(tmp_path / "t", {"a.txt": '{% include "gitignore" %}'})
    assert render_tree(root, {})["a.txt"] == (TEMPLATES / "shared" / "gitignore").read_bytes()
    (root / "templates").mkdir()
    (root / "templates" / "gitignore").write_text("mine", "utf-8")
    assert render_tree(root, {}) == {"a.txt": b"mine"}


@pytest.mark.parametrize("path", ["../../../etc/hostname", "/etc/hostname"])
def test_an_include_does_not_leave_the_template(path: str, tmp_path: Path) -> None:
    root = template(tmp_path / "t", {"a.c": '{% include "' + path + '" %}'})
    with pytest.raises(TemplateError, match="is included but does not exist"):
        render_tree(root, {})


def test_what_an_earlier_version_compiled_outside_of_the_sandbox_is_not_run(tmp_path: Path) -> None:
    root = template(tmp_path / "t", {"a.c": "{{ cycler.__init__.__globals__['__name__'] }}"})
    cache = tmp_path / "cache"
    cache.mkdir()
    former = Environment(
        loader=FileSystemLoader([root / FOLDER]), bytecode_cache=FileSystemBytecodeCache(str(cache))
    )
    assert former.get_template("a.c").render()
    assert list(cache.iterdir())
    with pytest.raises(TemplateError, match="uses something that templates may not use"):
        render_tree(root, {}, cache)


def test_hooks_and_extensions_of_a_template_are_not_run(tmp_path: Path) -> None:
    root = template(tmp_path / "t", {"a.c": "x"})
    marker = tmp_path / "it was run"
    (root / "hooks").mkdir()
    for name in ("pre_prompt", "pre_gen_project", "post_gen_project"):
        (root / "hooks" / f"{name}.sh").write_text(f"#!/bin/sh\ntouch '{marker}'\n")
        (root / "hooks" / f"{name}.sh").chmod(0o755)
        (root / "hooks" / f"{name}.py").write_text(f"open({str(marker)!r}, 'w')\n")
    (root / "local_extensions.py").write_text(f"open({str(marker)!r}, 'w')\n")
    (root / "cookiecutter.json").write_text(
        '{"project_slug": "x", "_extensions": ["local_extensions.E"], "_jinja2_env_vars": {"optimized": 1}}'
    )
    assert render_tree(load_template(str(root)), {}) == {"a.c": b"x"}
    assert not marker.exists()
