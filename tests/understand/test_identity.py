"""Themes keep their ids."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from balm.core import archive
from balm.understand.discovery import DiscoveredTheme, discover
from balm.understand.identity import Frozen, match_themes, moved_share
from balm.understand.space import Space

TALES = {
    "battery": ("battery drains fast", "charge lasts an hour", "battery swollen", "charger gets hot"),
    "courier": ("courier left parcel outside", "parcel lost by courier", "courier never rang", "parcel crushed"),
    "refund": ("refund still pending", "money back refused", "refund request ignored", "waiting for my money back"),
    "login": ("fingerprint login fails", "verification code never sent", "password reset loops", "login code expired"),
}


def texts(names: list[str], n: int, seed: int) -> tuple[list[str], list[str]]:
    rng = np.random.default_rng(seed)
    told = [str(rng.choice(names)) for _ in range(n)]
    return [" and ".join(rng.choice(TALES[name], 2).tolist()) for name in told], told


def test_january_keeps_its_ids_and_february_may_add() -> None:
    january, _ = texts(["battery", "courier", "refund"], 400, 1)
    found = discover(january, k=3)
    frozen = Frozen.of(found, january)
    assert frozen is not None
    more, told = texts(list(TALES), 400, 2)
    seen = np.arange(800) < 400
    both, grown = frozen.extend(january + more, seen=seen)
    before = [found.themes[i].id for i in found.labels]
    after = [both.themes[i].id for i in both.labels[:400]]
    assert moved_share(before, after).value == 0
    assert [t.id for t in both.themes[:3]] == [t.id for t in found.themes]
    new = {t.id for t in both.themes[3:]}
    assert new
    ids = np.array([both.themes[i].id if i >= 0 else "" for i in both.labels[400:]])
    is_login = np.array(told) == "login"
    assert np.isin(ids[is_login], list(new)).mean() > 0.8
    assert np.isin(ids[~is_login], list(new)).mean() < 0.02
    again, _ = grown.assign(january)
    assert (again == found.labels).mean() > 0.99


def test_nothing_new_adds_nothing() -> None:
    january, _ = texts(["battery", "courier", "refund"], 400, 1)
    more, _ = texts(["battery", "courier", "refund"], 400, 2)
    frozen = Frozen.of(discover(january, k=3), january)
    assert frozen is not None
    both, grown = frozen.extend(january + more, seen=np.arange(800) < 400)
    assert len(both.themes) == 3
    assert grown == frozen


def test_state_survives_a_file(tmp_path: Path) -> None:
    january, _ = texts(["battery", "courier", "refund"], 300, 1)
    frozen = Frozen.of(discover(january, k=3), january)
    assert frozen is not None
    _, frozen = frozen.extend(january + texts(list(TALES), 300, 2)[0], seen=np.arange(600) < 300)
    archive.save(tmp_path / "state.npz", frozen)
    back = archive.load(tmp_path / "state.npz", (Frozen, Space, DiscoveredTheme))
    unseen, _ = texts(list(TALES), 200, 3)
    for one, two in zip(frozen.assign(unseen), back.assign(unseen), strict=True):
        assert one.tobytes() == two.tobytes()
    assert [t.id for t in back.themes] == [t.id for t in frozen.themes]


def test_what_is_left_over_stays_so() -> None:
    rng = np.random.default_rng(0)
    words = [a + b + c + d for a in "bdgkl" for b in "aeiou" for c in "mtn" for d in ("us", "or", "in", "al")]
    noise = [" ".join(rng.choice(words, 10)) for _ in range(250)]
    mixed = texts(list(TALES), 500, 1)[0] + noise
    found = discover(mixed)
    assert len(found.leftover) > 0
    assert (found.labels[500:] < 0).mean() > 0.7
    assert (found.labels[:500] < 0).mean() < 0.1
    frozen = Frozen.of(found, mixed)
    assert frozen is not None
    assert len(frozen.themes) == len(found.themes)
    assert frozen.assign(mixed)[0].tolist() == found.labels.tolist()
    grown = frozen.extend(mixed + ["battery drains"] * 10, seen=np.arange(760) < 750)[1]
    assert grown == frozen


def test_nothing_found_freezes_nothing() -> None:
    assert Frozen.of(discover([]), []) is None
    assert Frozen.of(discover(["😡"]), ["😡"]) is None


def test_unknown_words_have_no_theme() -> None:
    january, _ = texts(["battery", "courier"], 200, 1)
    frozen = Frozen.of(discover(january, k=2), january)
    assert frozen is not None
    labels, sure = frozen.assign(["zzz", "", "courier lost it"])
    assert labels[:2].tolist() == [-1, -1]
    assert labels[2] >= 0
    assert sure[:2].tolist() == [0, 0]


def test_themes_match_by_members() -> None:
    old = np.array([0, 0, 0, 1, 1, 2, 2, 2, -1])
    new = np.array([1, 1, 1, 0, 0, 3, 3, 2, 0])
    assert match_themes(old, new) == {0: 1, 1: 0, 3: 2}
    assert match_themes(old[:0], new[:0]) == {}
    centroids = np.eye(3, dtype=np.float32)
    assert match_themes(np.array([0, 1, 2]), np.array([2, 1, 0]), centroids, centroids[::-1]) == {2: 0, 1: 1, 0: 2}


@pytest.mark.parametrize(
    ("moved", "n", "low", "high"),
    # Wilson's interval, worked by hand from the formula for 3 of 10; for 0 of 20 the rule z²/(n + z²)
    [(3, 10, 0.10779, 0.60322), (0, 20, 0.0, 0.16113)],
)
def test_moved_share(moved: int, n: int, low: float, high: float) -> None:
    old: list[str | None] = ["a"] * n + [None]
    new: list[str | None] = ["b"] * moved + ["a"] * (n - moved) + ["c"]
    share = moved_share(old, new)
    assert share.n == n
    assert share.value == moved / n
    assert share.low == pytest.approx(low, abs=1e-4)
    assert share.high == pytest.approx(high, abs=1e-4)
    assert moved_share([], []).value is None
