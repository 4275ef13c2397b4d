"""What is saved comes back, and nothing but what is allowed."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from balm.core import archive


@dataclass(frozen=True)
class Leaf:
    values: np.ndarray
    name: str


@dataclass(frozen=True)
class Tree:
    leaves: tuple[Leaf, ...]
    extra: dict[str, object]


def test_a_tree_comes_back(tmp_path: Path) -> None:
    tree = Tree(
        (Leaf(np.arange(3, dtype=np.float32), "物流"), Leaf(np.zeros((0, 2)), "")), {"k": None, "l": [1, 2.5, True]}
    )
    archive.save(tmp_path / "x", tree)
    back = archive.load(tmp_path / "x", [Leaf, Tree])
    assert back.extra == tree.extra
    assert [leaf.name for leaf in back.leaves] == ["物流", ""]
    assert np.array_equal(back.leaves[0].values, tree.leaves[0].values)
    assert back.leaves[0].values.dtype == np.float32
    assert back.leaves[1].values.shape == (0, 2)


def test_same_value_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        archive.save(tmp_path / name, {"x": np.ones(4), "y": (1, "z")})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_type_that_is_not_allowed_is_refused(tmp_path: Path) -> None:
    archive.save(tmp_path / "x", Leaf(np.ones(1), "a"))
    with pytest.raises(ValueError, match="may not hold Leaf"):
        archive.load(tmp_path / "x", [Tree])


def test_what_cannot_be_kept_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="set"):
        archive.save(tmp_path / "x", {"a": {1, 2}})
    with pytest.raises(TypeError):
        archive.save(tmp_path / "x", np.array([object()], dtype=object).tolist())
    assert not (tmp_path / "x").exists()
