"""Every kind of pain has remedies, and every kind of plan a playbook, in three languages."""

from __future__ import annotations

import re

from balm.core.types import LANGUAGES, Kind
from balm.mitigate.playbooks import named, of_kind, playbooks

PLANS = {"process", "product", "support", "emotional", "communication", "self_service", "training", "policy"}


def test_every_kind_of_pain_and_of_plan_has_one() -> None:
    assert {book.kind for book in playbooks()} == PLANS
    for kind in Kind:
        assert len(of_kind(kind)) >= 2
        assert of_kind(kind)[0].pains[0] == kind
    assert of_kind("discovered") == playbooks()
    assert len({book.key for book in playbooks()}) == len(playbooks())
    assert named("no such") is None


def test_every_text_is_there_in_its_own_script() -> None:
    simplified, traditional = (
        re.compile("[们这个为时对说来还给让从与请级]"),
        re.compile("[們這個為時對說來還給讓從與請級]"),
    )
    for book in playbooks():
        for labels in (book.title, book.hypothesis, *book.tasks, book.watch):
            assert set(labels) == set(LANGUAGES) and all(labels.values())
            assert not traditional.search(labels["zh-Hans"]), labels
            assert not simplified.search(labels["zh-Hant"]), labels
            assert labels["en"].isascii() or "’" in labels["en"]
        assert len(book.tasks) >= 3
