"""Known remedies by kind of pain: what to try, what to do first, what to watch, and how it is usually checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from balm.core.types import LANGUAGES, Labels
from balm.core.verdicts import Design


@dataclass(frozen=True, slots=True)
class Playbook:
    """One remedy. `kind`: of the plan it makes; `pains`: kinds of pain it is for; `design`, `soak` (days): how its
    check is usually set up. Texts in every language."""

    key: str
    kind: str
    pains: tuple[str, ...]
    title: Labels
    hypothesis: Labels
    tasks: tuple[Labels, ...]
    watch: Labels
    design: Design
    soak: int


@cache
def playbooks() -> tuple[Playbook, ...]:
    """All of them, in the order they are written down."""
    import yaml

    text = resources.files("balm.mitigate").joinpath("playbooks.yaml").read_text("utf-8")
    found: list[dict[str, Any]] = yaml.safe_load(text)["playbooks"]
    return tuple(
        Playbook(
            one["key"],
            one["kind"],
            tuple(one["pains"]),
            _labels(one["title"]),
            _labels(one["hypothesis"]),
            tuple(_labels(task) for task in one["tasks"]),
            _labels(one["watch"]),
            Design(one["check"]["design"]),
            int(one["check"]["soak"]),
        )
        for one in found
    )


def of_kind(pain: str) -> tuple[Playbook, ...]:
    """Those for a kind of pain, the ones made for it first; all of them where the kind is not known."""
    known = [book for book in playbooks() if pain in book.pains]
    return tuple(sorted(known, key=lambda book: book.pains.index(pain))) or playbooks()


def named(key: str) -> Playbook | None:
    """The playbook of this key, None where there is none."""
    return next((book for book in playbooks() if book.key == key), None)


def _labels(texts: Sequence[str]) -> Labels:
    return dict(zip(LANGUAGES, texts, strict=True))
