from pathlib import Path

from generator.toolchain.registry import registered_packages


def test_existing_packages_in_order_and_once(tmp_path: Path) -> None:
    registry = tmp_path / ".cmake" / "packages" / "Thing"
    registry.mkdir(parents=True)
    for folder in ("one/cmake", "two/cmake"):
        (tmp_path / folder).mkdir(parents=True)
    (registry / "b").write_text(f"{tmp_path}/one/cmake\n")
    (registry / "a").write_text(f"{tmp_path}/two/cmake")
    (registry / "c").write_text(f"{tmp_path}/one/cmake")
    (registry / "d").write_text(f"{tmp_path}/gone/cmake")
    (registry / "e").write_text("")
    env = {"HOME": str(tmp_path)}
    assert registered_packages(env, "Thing", depth=1) == (tmp_path / "two", tmp_path / "one")
    assert registered_packages(env, "Other", depth=1) == ()
    assert registered_packages({}, "Thing", depth=1) == ()
