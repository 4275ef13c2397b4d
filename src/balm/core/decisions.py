"""What people decided on top of what was read: applied whenever figures are made, never written into what was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Recode:
    """One mention coded by hand. `mention`: its number within the comment; `theme_id`: None takes the theme away.

    `start`, `end`: where it stood in the comment, code points. Other phrases cut a comment otherwise; by its place a
    mention is found again. None: by its number alone.
    """

    feedback_id: str
    mention: int
    theme_id: str | None
    start: int | None = None
    end: int | None = None

    def among(self, starts: Sequence[int], ends: Sequence[int]) -> int | None:
        """The number of the mention it speaks of, among those of its comment as it is cut now; None: there is none."""
        n = len(starts)
        if self.start is None or self.end is None:
            return self.mention if self.mention < n else None
        if self.mention < n and (starts[self.mention], ends[self.mention]) == (self.start, self.end):
            return self.mention
        shared = [min(ends[i], self.end) - max(starts[i], self.start) for i in range(n)]
        best = max(range(n), key=lambda i: (shared[i], -abs(i - self.mention)), default=None)
        return best if best is not None and shared[best] > 0 else None


@dataclass(frozen=True)
class Decisions:
    """`themes`: retired theme → the one that took it over, None where it was archived. `customers`: customer key → the
    key it was merged into. `recodes`: hand coding; of two of one mention, the later one holds.

    A theme or customer that was taken over by one that was itself taken over follows to the last. A recode to a
    retired theme follows likewise.
    """

    themes: Mapping[str, str | None] = field(default_factory=dict)
    customers: Mapping[str, str] = field(default_factory=dict)
    recodes: Sequence[Recode] = ()

    def after(self, lineage: Mapping[str, str | None]) -> Decisions:
        """With what the edits of a codebook say of retired themes, where these decisions say nothing."""
        return replace(self, themes={**lineage, **self.themes})

    def theme(self, theme_id: str | None) -> str | None:
        """The theme in use that stands for `theme_id`, None for none."""
        seen: set[str] = set()
        while theme_id is not None and theme_id in self.themes and theme_id not in seen:
            seen.add(theme_id)
            theme_id = self.themes[theme_id]
        return theme_id

    def customer(self, key: str) -> str:
        """The customer `key` was merged into, or itself."""
        seen: set[str] = set()
        while key in self.customers and key not in seen:
            seen.add(key)
            key = self.customers[key]
        return key
