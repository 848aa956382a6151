import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.emit.fileset import FileSet
from generator.errors import TemplateError
from generator.model.output import OutputFile, path_fault


def made_by(origin: str) -> OutputFile:
    return OutputFile(b"x", "generated", origin)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", "empty"),
        ("/etc/passwd", "absolute"),
        ("../x", "'..'"),
        ("model/../../x", "'..'"),
        ("model//x", "empty or '.'"),
        ("model/", "empty or '.'"),
        ("./x", "empty or '.'"),
        ("a\\b", "backslash"),
        ("C:x", "colon"),
        ("c:/x", "colon"),
        ("a\nb", "control"),
        ("a\x00b", "control"),
        ("a\x7fb", "control"),
        ("a\udc80b", "surrogate"),
        ("model/x.", "Windows"),
        ("model /x", "Windows"),
    ],
)
def test_bad_paths_are_refused_with_the_reason(path: str, reason: str) -> None:
    fault = path_fault(path)
    assert fault is not None and reason in fault
    with pytest.raises(TemplateError) as caught:
        FileSet().add(path, made_by("lists.jinja"))
    assert caught.value.where == "lists.jinja"


@pytest.mark.parametrize("path", ["prj.conf", "boards/x y.overlay", "größe/ä.c", ".gitignore", "a/...b/c"])
def test_good_paths(path: str) -> None:
    assert path_fault(path) is None
    files = FileSet({path: made_by("t")})
    assert list(files) == [path]


@given(st.text(max_size=12))
def test_an_accepted_path_never_leaves_its_folder(path: str) -> None:
    if path_fault(path) is None:
        depth = 0
        for component in path.split("/"):
            assert component not in ("", ".", "..")
            depth += 1
        assert depth >= 1
        path.encode("utf-8")


def test_a_double_write_names_both_origins() -> None:
    files = FileSet({"prj.conf": made_by("kconfig stage")})
    with pytest.raises(TemplateError) as caught:
        files.add("prj.conf", made_by("prj.conf.jinja"))
    assert "kconfig stage" in str(caught.value)
    assert "prj.conf.jinja" in str(caught.value)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("src/Main.c", "src/main.c"),
        ("Src/a.c", "src/b.c"),
        ("Src/x/a.c", "src/y/b.c"),
        ("straße.c", "STRASSE.c"),
        ("a\u0308.c", "\u00e4.c"),
        ("model", "model/a.c"),
        ("model/a.c", "model"),
        ("MODEL", "model/a.c"),
        ("model/a.c", "MODEL"),
        ("model/a/b/c", "model/a"),
    ],
)
def test_paths_that_can_not_stand_side_by_side(first: str, second: str) -> None:
    files = FileSet({first: made_by("one")})
    with pytest.raises(TemplateError) as caught:
        files.add(second, made_by("two"))
    assert caught.value.where == "two"


@pytest.mark.parametrize("path", ["project.json", "Project.JSON", "project.json/x"])
def test_the_ledgers_place_is_reserved(path: str) -> None:
    with pytest.raises(TemplateError):
        FileSet().add(path, made_by("t"))


def test_order_of_writing_does_not_show() -> None:
    one, two = made_by("1"), made_by("2")
    assert list(FileSet({"b": one, "a": two}).items()) == list(FileSet({"a": two, "b": one}).items())
