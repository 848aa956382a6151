"""Lines between markers: put in where they count, and taken out again to the byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import UsageError
from generator.model.surroundings import Hook
from generator.render.hook_text import has_lines, text_diff, with_hooks, without_hooks

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


def test_another_librarys_lines_stay() -> None:
    text = with_hooks("a\n", [END], "mlf")
    assert without_hooks(text, "other") == text
    assert without_hooks(with_hooks(text, [END], "mlf2"), "mlf2") == text


def test_lines_come_before_the_first_call_that_is_no_comment() -> None:
    text = "# find_package(Zephyr)\nset(A 1)\n find_package( Zephyr)\nfind_package(Zephyr)\n"
    changed = with_hooks(text, [ZEPHYR], "mlf")
    head, _, tail = changed.partition("# >>> mlfgen: mlf\nlist(APPEND X mlf)\n# <<< mlfgen: mlf\n")
    assert head == "# find_package(Zephyr)\nset(A 1)\n" and tail.startswith(" find_package( Zephyr)")
    with pytest.raises(UsageError, match=r"does not call find_package\(Zephyr\)"):
        with_hooks("project(x)\n", [ZEPHYR], "mlf")


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
    with pytest.raises(UsageError, match="lib_deps of its own"):
        with_hooks("[env]\nlib_deps = a\n", [ENV], "nets/mlf")


def test_a_diff_names_the_file() -> None:
    diff = text_diff("a/b.txt", "1\n", "1\n2\n").splitlines()
    assert diff[:2] == ["--- a/a/b.txt", "+++ b/a/b.txt"] and "+2" in diff
