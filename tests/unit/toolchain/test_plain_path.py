import tempfile
from pathlib import Path

import pytest

from generator.errors import BuildError
from generator.toolchain.plain_path import is_plain, plain_alias


@pytest.mark.parametrize("path", ["/home/x/app", "/a/grüße", "/a/b-c_d.e+f"])
def test_plain_paths(path: str) -> None:
    assert is_plain(Path(path))
    assert plain_alias(Path(path), {}) == Path(path)


@pytest.mark.parametrize("path", ["/a b", "/a;b", "/a'b", "/a$b", "/a(b)", "/a#b", "/a\nb"])
def test_paths_that_are_not(path: str) -> None:
    assert not is_plain(Path(path))


def test_the_same_folder_always_gets_the_same_link(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path)}
    one, two = tmp_path / "one app", tmp_path / "two app"
    for folder in (one, two):
        folder.mkdir()
    link = plain_alias(one, env)
    assert is_plain(link)
    assert link.resolve() == one
    assert link.is_relative_to(tmp_path / ".cache")
    assert plain_alias(one, env) == link
    assert plain_alias(two, env).resolve() == two


def test_a_home_that_is_not_plain_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    home = tmp_path / "my home"
    (home / "app").mkdir(parents=True)
    link = plain_alias(home / "app", {"HOME": str(home), "XDG_CACHE_HOME": "relative"})
    assert is_plain(link)
    assert link.is_relative_to(tmp_path / "temporary")


def test_something_else_in_the_links_place_is_refused(tmp_path: Path) -> None:
    env = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    folder = tmp_path / "my app"
    link = plain_alias(folder, env)
    link.unlink()
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BuildError, match="in the way"):
        plain_alias(folder, env)
    link.unlink()
    link.mkdir()
    with pytest.raises(BuildError, match="in the way"):
        plain_alias(folder, env)


def test_no_place_for_links(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(BuildError) as caught:
        plain_alias(tmp_path / "my app", {"XDG_CACHE_HOME": str(tmp_path / "cache")})
    assert "letters and digits" in (caught.value.hint or "")
