"""The designs by name, plug-ins among them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from balm.core.errors import WrongUse
from balm.core.types import Estimate
from balm.core.verdicts import Design
from balm.proof import designs
from balm.testing import check_check_design


def test_every_design_that_can_be_registered_has_a_place():
    assert set(designs.OURS) == {design.value for design in Design}
    assert set(designs.names()) >= set(designs.OURS)


def test_an_unknown_name_is_refused_with_those_there_are():
    with pytest.raises(WrongUse, match="'guess'; one of did, its, synthetic, matched, ab"):
        designs.find("guess")


FOREIGN = """
class Foreign:
    name = "foreign"

    def needs(self):
        return "Nothing."

    def read(self, panel, registered):
        raise NotImplementedError
"""


@pytest.fixture
def plugins(tmp_path, monkeypatch):
    """Another package, installed beside ours."""
    (tmp_path / "balm_foreign.py").write_text(FOREIGN)
    info = tmp_path / "balm_foreign-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: balm-foreign\nVersion: 1.0\n")
    points = ("foreign = balm_foreign:Foreign", "other = builtins:object", "lost = balm_foreign:Nothing")
    (info / "entry_points.txt").write_text("\n".join([f"[{designs.GROUP}]", *points, ""]))
    monkeypatch.syspath_prepend(tmp_path)
    for cached in (designs.find, designs._plugins):
        cached.cache_clear()
    yield
    for cached in (designs.find, designs._plugins):
        cached.cache_clear()


def test_plugins_are_found_checked_and_named(plugins):
    assert designs.find("foreign").name == "foreign"
    assert set(designs.names()) - set(designs.OURS) >= {"foreign", "other", "lost"}
    with pytest.raises(WrongUse, match="no name, needs and read"):
        designs.find("other")
    with pytest.raises(WrongUse, match="cannot be loaded"):
        designs.find("lost")


@pytest.mark.parametrize("name", [design.value for design in Design])
def test_ours_keep_every_promise_of_the_port(name):
    check_check_design(designs.find(name), seeds=20)


class Copy:
    """Ours, under another name."""

    name = "copy"

    def needs(self):
        return "Nothing but a before and an after."

    def read(self, panel, registered):
        return self.change(designs.find("its").read(panel, registered), panel)

    def change(self, reading, panel):
        return reading


class Unbounded(Copy):
    def change(self, reading, panel):
        return replace(reading, effect=replace(reading.effect, high=None))


class Forgetful(Copy):
    def change(self, reading, panel):
        return replace(reading, n={"exposed_after": 3})


class Fragile(Copy):
    def read(self, panel, registered):
        if not panel.n.any():
            raise ZeroDivisionError("nothing to divide by")
        return super().read(panel, registered)


class Greedy(Copy):
    """Narrow intervals well below 0."""

    def change(self, reading, panel):
        if reading.effect.value is None:
            return reading
        less = Estimate(-0.5, -0.51, -0.49, 900, "guess")
        level = replace(reading.level, value=0.1, low=0.09, high=0.11)
        return replace(reading, effect=less, level=level, without=replace(level, value=0.6, low=0.59, high=0.61))


class Blind(Copy):
    def change(self, reading, panel):
        none = Estimate(None, None, None, 0, "")
        return replace(reading, effect=none, level=none, without=none, remaining=none)


class Partial(Copy):
    """Likes the unit that comes first."""

    def change(self, reading, panel):
        if reading.effect.value is None:
            return reading
        ends = [v + 0.01 * len(panel.units[0]) for v in (reading.effect.value, reading.effect.low, reading.effect.high)]
        moved = [v + 0.01 * len(panel.units[0]) for v in (reading.level.value, reading.level.low, reading.level.high)]
        return replace(reading, effect=Estimate(*ends, 9, "x"), level=Estimate(*moved, 9, "x"))


BROKEN = [
    (Unbounded, "effect has one end only"),
    (Forgetful, "n lacks"),
    (Fragile, "no units: it raised ZeroDivisionError"),
    (Greedy, "called a useless fix a success"),
    (Blind, "firms only it saw a fix"),
    (Partial, "the names of units changes the effect"),
]


@pytest.mark.parametrize(("kind", "reason"), BROKEN)
def test_what_breaks_a_promise_is_named(kind, reason):
    with pytest.raises(AssertionError, match=reason):
        check_check_design(kind(), firms="its", seeds=6)


def test_a_plain_copy_of_ours_passes():
    check_check_design(Copy(), firms="its", seeds=6)
