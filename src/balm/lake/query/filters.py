"""Which comments a page asks for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

NO_THEME = "none"
"""Among `Filter.themes`: mentions that no theme codes."""

OF_MENTIONS = ("themes", "sentiment", "language", "emotion", "kind", "target", "intent", "urgency")
"""Fields of `Filter` that ask for mentions: one mention must meet them all."""


@dataclass(frozen=True)
class Filter:
    """All that is given must hold; of several values in one field, any. Empty: everything.

    `themes`: theme ids in use, or `NO_THEME`. `score_min`, `score_max`: inclusive. `first`, `last`: days, inclusive.
    `imports`: import keys. `by`: attribute without `by:` → values. `customer`: the key of a person, with all keys
    merged into it. `text`: see `search.terms`.
    """

    themes: tuple[str, ...] = ()
    sentiment: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    emotion: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    target: tuple[str, ...] = ()
    intent: tuple[str, ...] = ()
    urgency: tuple[str, ...] = ()
    score_min: float | None = None
    score_max: float | None = None
    first: dt.date | None = None
    last: dt.date | None = None
    sources: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    customer: str | None = None
    text: str = ""

    @property
    def asks_mentions(self) -> bool:
        return any(getattr(self, name) for name in OF_MENTIONS)

    @property
    def empty(self) -> bool:
        return self == Filter()

    def __hash__(self) -> int:
        plain = tuple(getattr(self, name) for name in self.__dataclass_fields__ if name != "by")
        return hash((plain, tuple(sorted(self.by.items()))))
