"""The house rules that a machine can check: floors, who may do what, what a template may say."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from generator.render.filters import FILTERS

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "generator"
MAX_LINES = 500

#: room -> floor; a module belongs to the room that its name below ``generator`` starts with
FLOORS = {
    "": 0,
    "resources": 0,
    "errors": 0,
    "c_stdout": 0,
    "wording": 0,
    "model": 0,
    "readers": 1,
    "planner": 1,
    "session": 1,
    "emit": 1,
    "liveness": 2,
    "compiler": 2,
    "toolchain": 2,
    "virtual": 2,
    "compose": 3,
    "advice": 4,
    "render": 4,
    "pipeline": 5,
    "projectapi": 6,
    "cli": 7,
    "__main__": 8,
}
FACES = {"cli", "projectapi"}
WORKERS = {"emit", "toolchain", "virtual"} | FACES

MODULES = sorted(PACKAGE.rglob("*.py"))
BOARDS = sorted(path.stem for path in (ROOT / "boards").glob("*.yaml"))
#: of the archives and models that the project is tried with
MODELS = ("sine", "kws", "vgg", "branchy", "resnet")
TEMPLATES = sorted(
    path
    for tree in ("zephyr", "freertos", "none", "library", "tests", "shared")
    for path in (ROOT / "templates" / tree).rglob("*")
    if path.is_file() and path.name != "cookiecutter.json" and "/templates/" not in f"{path.parent}/"[-12:]
)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def room_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return "" if parts == ("__init__.py",) else parts[0].removesuffix(".py")


def room_named(module: str) -> str:
    """The room of ``generator.x.y``."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """(line, absolute module name) of everything a module imports from the package, wherever it does."""
    package = ["generator", *path.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = (
                package[: len(package) - node.level + 1] + ([node.module] if node.module else [])
                if node.level
                else [node.module or ""]
            )
            if base == ["generator"]:
                # ``from generator import x`` names a room, or something of the package itself.
                for alias in node.names:
                    known = alias.name in FLOORS
                    yield node.lineno, f"generator.{alias.name}" if known else "generator"
            else:
                yield node.lineno, ".".join(base)
        elif isinstance(node, ast.Call) and called(node) in ("import_module", "__import__"):
            yield node.lineno, literal_start(node.args[0]) if node.args else ""


def called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def literal_start(node: ast.expr) -> str:
    """The constant text that an expression starts with."""
    if isinstance(node, ast.JoinedStr) and node.values:
        node = node.values[0] if isinstance(node.values[0], ast.expr) else node
    return str(node.value) if isinstance(node, ast.Constant) else ""


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_downward_and_never_into_a_neighbouring_room(path: Path) -> None:
    room = room_of(path)
    assert room in FLOORS, f"{name_of(path)} is in no room that docs/architecture.md draws"
    for line, module in imports_of(path):
        if module.split(".")[0] != "generator":
            continue
        other = room_named(module)
        assert other in FLOORS, f"{name_of(path)}:{line} imports {module}, which is in no room"
        downward = FLOORS[other] < FLOORS[room]
        ground = FLOORS[other] == FLOORS[room] == 0
        assert other == room or downward or ground, (
            f"{name_of(path)}:{line}: {room or 'generator'} -> {other}"
        )


def circle(arrows: dict[str, set[str]]) -> list[str]:
    """The first circle in a graph, as the names along it; empty when there is none."""
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        for other in sorted(arrows.get(name, ())):
            if found := walk(other, [*path, name]):
                return found
        done.add(name)
        return []

    for name in sorted(arrows):
        if found := walk(name, []):
            return found
    return []


def module_named(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def named_imports_of(path: Path) -> Iterator[str]:
    """The modules of the package that a module takes something from, for its types alone as well."""
    here = ["generator", *path.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            yield origin
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def test_no_modules_import_each_other_in_a_circle() -> None:
    modules = {module_named(path) for path in MODULES}
    arrows = {
        module_named(path): {name for name in named_imports_of(path) if name in modules}
        - {module_named(path)}
        for path in MODULES
    }
    # a package's face names the files behind it, which import each other by their own names
    faces = {module_named(path) for path in MODULES if path.name == "__init__.py"}
    arrows = {name: found - faces for name, found in arrows.items()}
    assert circle(arrows) == []


def test_no_c_files_of_the_runtime_call_each_other_in_a_circle() -> None:
    sources = {
        path.name: re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
        for path in (ROOT / "templates/runtime/src").glob("*.c")
    }
    function = re.compile(r"^(?!.*static)[A-Za-z_][\w \t*]*?\b(\w+)\([^;{]*\)\n\{", re.MULTILINE)
    home = {name: file for file, text in sources.items() for name in function.findall(text)}
    assert len(home) > 50
    arrows = {
        file: {home[word] for word in set(re.findall(r"\w+", text)) if home.get(word, file) != file}
        for file, text in sources.items()
    }
    assert circle(arrows) == []


@pytest.mark.parametrize("path", [p for p in MODULES if room_of(p) == "model"], ids=name_of)
def test_the_ground_floor_knows_nothing_of_the_world(path: Path) -> None:
    for line, module in imports_of(path):
        if module.startswith("generator"):
            assert room_named(module) == "model", f"{name_of(path)}:{line} imports {module}"


_WORLD = {"subprocess", "time", "datetime", "socket", "tempfile", "shutil"}
_FILE_CALLS = {
    *("open", "read_text", "read_bytes", "write_text", "write_bytes", "iterdir", "glob", "rglob"),
    *("mkdir", "unlink", "rename", "touch", "rmdir", "symlink_to", "chmod"),
}


def functions(tree: ast.Module) -> Iterator[tuple[tuple[str, ...], ast.AST]]:
    """Every node with the names of the functions around it, outermost first."""

    def walk(node: ast.AST, names: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], ast.AST]]:
        for child in ast.iter_child_nodes(node):
            inside = names
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                inside = (*names, child.name)
            yield inside, child
            yield from walk(child, inside)

    yield from walk(tree, ())


def loaders(tree: ast.Module) -> set[str]:
    """The ``load_*`` functions of a module, and private ones that nothing but those calls."""
    found = list(functions(tree))
    names = {node.name for _, node in found if isinstance(node, ast.FunctionDef)}
    allowed = {name for name in names if name.startswith(("load_", "_load"))}
    users: dict[str, set[str]] = {name: set() for name in names}
    for around, node in found:
        if isinstance(node, ast.Name) and node.id in names:
            users[node.id].add(around[0] if around else "")
    while True:
        more = {
            name
            for name in names - allowed
            if name.startswith("_") and users[name] and users[name] - {name} <= allowed
        }
        if not more:
            return allowed
        allowed |= more


@pytest.mark.parametrize("path", [p for p in MODULES if room_of(p) not in WORKERS], ids=name_of)
def test_files_processes_environment_and_clock_are_left_to_those_who_may(path: Path) -> None:
    """Elsewhere only ``load_*`` functions touch files, and nothing touches the rest."""
    if room_of(path) in ("resources", "c_stdout", "__main__"):
        return
    tree = tree_of(path)
    allowed = loaders(tree)
    for names, node in functions(tree):
        at = f"{name_of(path)}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Import):
            assert not _WORLD & {alias.name.split(".")[0] for alias in node.names}, at
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] not in _WORLD, at
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv"):
            raise AssertionError(f"{at} reads the environment")
        if isinstance(node, ast.Call) and called(node) in _FILE_CALLS and not allowed & set(names):
            raise AssertionError(f"{at}: {called(node)}() outside a load_* function")


@pytest.mark.parametrize("path", [p for p in MODULES if FLOORS[room_of(p)] < 6], ids=name_of)
def test_only_faces_print(path: Path) -> None:
    for _, node in functions(tree_of(path)):
        at = f"{name_of(path)}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Call):
            assert called(node) != "print" or isinstance(node.func, ast.Attribute), at
        if room_of(path) == "c_stdout":
            continue
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "sys":
            assert node.attr not in ("stdout", "stderr", "exit"), at


@pytest.mark.parametrize("path", [p for p in MODULES if room_of(p) not in FACES], ids=name_of)
def test_only_faces_know_parsed_arguments(path: Path) -> None:
    for node in ast.walk(tree_of(path)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert "argparse" not in names, name_of(path)


def texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """String constants that are no docstring and no help text (an ``…_EPILOG`` constant)."""
    documented = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            documented.add(id(node.value))
        if isinstance(node, ast.Assign) and all(
            isinstance(target, ast.Name) and target.id.endswith("_EPILOG") for target in node.targets
        ):
            documented |= {id(child) for child in ast.walk(node.value)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            yield node.lineno, node.value


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_board_and_no_model_is_named_in_logic(path: Path) -> None:
    """Boards are data: code asks what one can do. Identifiers count too."""
    forbidden = re.compile(rf"(?<![a-z0-9])({'|'.join((*BOARDS, *MODELS))})(?![a-z0-9])", re.IGNORECASE)
    tree = tree_of(path)
    for line, text in texts(tree):
        assert not forbidden.search(text), f"{name_of(path)}:{line} names {text!r}"
    for node in ast.walk(tree):
        for field in ("id", "attr", "name", "arg"):
            value = getattr(node, field, None)
            if isinstance(value, str):
                at = f"{name_of(path)}:{getattr(node, 'lineno', 0)}"
                assert not forbidden.fullmatch(value.strip("_")), f"{at} names {value!r}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_stay_small(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MAX_LINES


# ---- the page that describes all this

_PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")


def test_the_architecture_page_draws_the_rooms_that_imports_are_checked_against() -> None:
    rows = re.findall(r"^\| (\d) \| `generator/([a-z_]+)(?:/|\.py)` \| .+ \|$", _PAGE, re.MULTILINE)
    assert {name: int(floor) for floor, name in rows} == {name: at for name, at in FLOORS.items() if name}
    assert [int(floor) for floor, _ in rows] == sorted(int(floor) for floor, _ in rows)


def test_every_path_on_the_architecture_page_exists() -> None:
    named = set(re.findall(r"`((?:generator|templates|tests|boards|samples|benchmarks)/[^` ]*)`", _PAGE))
    assert len(named) > 50
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


# ---- templates

_TAG = re.compile(r"\{%-?\s*(.*?)\s*-?%\}", re.DOTALL)
_PRINT = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
_DOTTED = r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*"
_ALLOWED_TAG = re.compile(
    rf"for [a-z_]+ in {_DOTTED}|if {_DOTTED}|include \"[A-Za-z0-9_./]+\"|else|endif|endfor"
)
_ALLOWED_PRINT = re.compile(rf"{_DOTTED} \| ([a-z_]+)")


def test_there_are_templates_to_check() -> None:
    assert len(TEMPLATES) > 30


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_templates_print_tables_and_hold_no_logic(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "{#" not in text, "a template explains itself in the language it prints"
    for tag in _TAG.findall(text):
        assert _ALLOWED_TAG.fullmatch(tag), f"{{% {tag} %}}"
    for printed in _PRINT.findall(text):
        match = _ALLOWED_PRINT.fullmatch(printed)
        assert match and match[2] in FILTERS, f"{{{{ {printed} }}}} ends in no filter that escapes"


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_templates_name_no_board_and_no_model(path: Path) -> None:
    text = path.read_text("utf-8")
    for name in (*BOARDS, *MODELS):
        assert not re.search(rf"\b{re.escape(name)}\b", text), name


def test_every_include_of_a_template_exists() -> None:
    for path in TEMPLATES:
        for tag in _TAG.findall(path.read_text("utf-8")):
            if tag.startswith("include "):
                assert (ROOT / "templates" / "shared" / tag.split('"')[1]).is_file(), f"{path}: {tag}"


def test_every_filter_is_used_or_gone() -> None:
    printed = (text for path in TEMPLATES for text in _PRINT.findall(path.read_text("utf-8")))
    assert {text.rsplit("| ", 1)[-1] for text in printed} == set(FILTERS)


def test_boards_name_templates_only_through_data() -> None:
    """A board file holds no path of this repository, so that a user's own is as good as ours."""
    for name in BOARDS:
        text = (ROOT / "boards" / f"{name}.yaml").read_text("utf-8")
        assert yaml.safe_load(text)["name"] == name
        assert "generator/" not in text and "templates/" not in text


# ---- the repository


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file() or path.is_symlink()]


def test_no_text_file_holds_a_path_of_somebodys_machine() -> None:
    machine = re.compile(
        rb"(?<![\w.{$/])/((home|Users)/(?!(x|me|you|user|dev)/)|(root|work|tmp|var/folders|mnt)/)[\w.-]"
    )
    found = []
    for path in tracked():
        data = path.read_bytes()
        if b"\0" in data:
            continue
        for number, line in enumerate(data.splitlines(), 1):
            if machine.search(line):
                found.append(f"{name_of(path)}:{number}: {line.strip()[:100].decode(errors='replace')}")
    assert not found, "\n".join(found)


def test_the_repository_holds_no_symbolic_links() -> None:
    """Git for Windows writes text files in their place."""
    assert [name_of(path) for path in tracked() if path.is_symlink()] == []


def test_no_two_test_files_of_plain_folders_share_a_name() -> None:
    # pytest imports them by their bare names; folders with an __init__.py are packages and keep theirs apart.
    names = [
        path.name
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if path.name != "conftest.py" and "golden" not in path.parts
        if not (path.parent / "__init__.py").exists()
    ]
    assert sorted(names) == sorted(set(names))
