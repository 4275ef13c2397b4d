"""The designs by name, plug-ins among them."""

from __future__ import annotations

import pytest

from balm.core.errors import WrongUse
from balm.core.verdicts import Design
from balm.proof import designs


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
