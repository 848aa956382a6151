"""Lines between markers: put in where they count, and taken out again to the byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.model.surroundings import Hook
from generator.render.hook_text import (
    as_entry,
    has_lines,
    left_lines,
    obstacle,
    text_diff,
    with_hooks,
    without_hooks,
)

END = Hook("CMakeLists.txt", "there", ("add_subdirectory(mlf)", "link(x)"))
ZEPHYR = Hook("CMakeLists.txt", "there", ("list(APPEND X mlf)",), "before_zephyr")
ENV = Hook("platformio.ini", "there", ("lib_deps = symlink://nets/mlf",), "env_section")

lines = st.lists(
    st.text(st.characters(blacklist_characters="\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"), max_size=20)
)
texts = st.builds(
    lambda parts, newline, last: newline.join(parts) + last,
    lines,
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "\n"]),
)


@given(texts, st.lists(st.sampled_from([END, Hook("f", "", ("y",))]), max_size=2))
def test_what_is_put_in_comes_out_again_to_the_byte(text: str, hooks: list[Hook]) -> None:
    changed = with_hooks(text, hooks, "mlf")
    assert without_hooks(changed, "mlf") == text
    assert with_hooks(changed, hooks, "mlf") == changed
    assert all(has_lines(changed, hook) for hook in hooks)


@given(texts, texts)
def test_also_before_the_package_of_zephyr(before: str, after: str) -> None:
    text = f"{before}\n  find_package(Zephyr REQUIRED)\n{after}"
    changed = with_hooks(text, [ZEPHYR], "mlf")
    assert without_hooks(changed, "mlf") == text


@pytest.mark.parametrize("path", ["CMakeLists.txt", "firmware.ld"])
def test_what_is_appended_later_starts_its_own_line_and_stays(path: str) -> None:
    hook = Hook(path, "there", ("x",))
    changed = with_hooks("a", [hook], "mlf")
    style = "/* {} */" if path.endswith(".ld") else "# {}"
    assert changed.splitlines() == [
        "a",
        style.format(">>> mlfgen: mlf"),
        "x",
        style.format("<<< mlfgen: mlf (no newline before)"),
    ]
    assert changed.endswith("\n")
    assert without_hooks(changed, "mlf") == without_hooks(changed.rstrip("\n"), "mlf") == "a"
    assert without_hooks(changed + "b\n", "mlf") == "a\nb\n"
    assert with_hooks(changed + "b\n", [hook], "mlf").count("x\n") == 1
    # an editor has taken the last line end away
    assert without_hooks(with_hooks("a\n", [hook], "mlf").rstrip("\n"), "mlf") == "a\n"


def test_a_block_whose_end_was_deleted_stays_and_does_not_reach_to_another() -> None:
    text = with_hooks("a\n", [END], "mlf").replace("# <<< mlfgen: mlf\n", "") + "mine\n"
    assert without_hooks(text, "mlf") == text
    both = text + with_hooks("", [END], "mlf")
    assert without_hooks(both, "mlf") == text
    assert left_lines(text, (), "mlf") == ("# >>> mlfgen: mlf",)
    assert left_lines(text, (), "ml") == left_lines(text, (), "mlf2") == ()
    assert left_lines(text, [END], "mlf") == ("# >>> mlfgen: mlf", "add_subdirectory(mlf)", "link(x)")
    assert left_lines("/* <<< mlfgen: mlf */\n", (), "mlf") == ("/* <<< mlfgen: mlf */",)


def test_another_librarys_lines_stay() -> None:
    text = with_hooks("a\n", [END], "mlf")
    assert without_hooks(text, "other") == text
    assert without_hooks(with_hooks(text, [END], "mlf2"), "mlf2") == text


def test_lines_come_before_the_first_call_that_is_no_comment() -> None:
    text = "# find_package(Zephyr)\nset(A 1)\n find_package( Zephyr)\nfind_package(Zephyr)\n"
    changed = with_hooks(text, [ZEPHYR], "mlf")
    head, _, tail = changed.partition("# >>> mlfgen: mlf\nlist(APPEND X mlf)\n# <<< mlfgen: mlf\n")
    assert head == "# find_package(Zephyr)\nset(A 1)\n" and tail.startswith(" find_package( Zephyr)")
    assert obstacle(text, ZEPHYR, "mlf") is None and obstacle("# find_package(Zephyr)\n", ZEPHYR, "mlf")
    assert with_hooks("project(x)\n", [ZEPHYR, END], "mlf") == with_hooks("project(x)\n", [END], "mlf")


def test_the_section_of_all_environments_is_made_or_taken() -> None:
    assert with_hooks("[env:a]\n", [ENV], "nets/mlf").splitlines()[1:4] == [
        "# >>> mlfgen: nets/mlf",
        "[env]",
        "lib_deps = symlink://nets/mlf",
    ]
    text = "[env]\nframework = x\n[env:a]\n"
    changed = with_hooks(text, [ENV], "nets/mlf")
    assert changed.splitlines()[:3] == ["[env]", "# >>> mlfgen: nets/mlf", "lib_deps = symlink://nets/mlf"]
    assert without_hooks(changed, "nets/mlf") == text


@pytest.mark.parametrize(
    "text", ["[env]\nlib_deps = a\n", "[env:disco]\nlib_deps=\n  a\n", "[common]\r\nlib_deps : a\r\n"]
)
def test_lists_of_dependencies_are_left_to_the_user(text: str) -> None:
    assert obstacle(text, ENV, "mlf") and obstacle(text.replace("lib_deps", "; lib_deps"), ENV, "mlf") is None
    assert with_hooks(text, [ENV], "nets/mlf") == text
    assert as_entry(ENV).lines == ("symlink://nets/mlf",) and as_entry(END) == END


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("[env]\nlib_deps =\n  foo/bar\n  symlink://nets/mlf\n", True),
        ("[env]\nlib_deps=symlink://nets/mlf, foo/bar\n", True),
        ("[env]\nlib_deps = nets=symlink://nets/mlf ; ours\n", True),
        ("[env]\nlib_deps = symlink://nets/mlf2\n", False),
        ("[env]\nlib_deps =\n  a\n  ; symlink://nets/mlf\n", False),
        ("[env]\nlib_deps = a ; symlink://nets/mlf\n", False),
    ],
)
def test_an_entry_counts_in_any_list_of_dependencies(text: str, there: bool) -> None:
    assert has_lines(text, ENV) == has_lines(text, as_entry(ENV)) == there


def test_a_diff_names_the_file() -> None:
    diff = text_diff("a/b.txt", "1\n", "1\n2\n").splitlines()
    assert diff[:2] == ["--- a/a/b.txt", "+++ b/a/b.txt"] and "+2" in diff
