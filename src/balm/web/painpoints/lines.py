"""A pain point as pages show it: its figures and what people decided, side by side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from balm.communicate import figures, numbers
from balm.communicate.messages import day, known, same, say
from balm.communicate.page.ranking import runs, sureness, tie
from balm.communicate.svg import Plain, svg
from balm.core.types import Change, Finding, Labels, PainPoint, Priority
from balm.prioritize.judged import judged
from balm.prioritize.models import CUSTOMER_IMPACT, VALUE_EFFORT
from balm.web.painpoints import models
from balm.web.painpoints.figures import Snapshot
from balm.web.people.models import Workspace
from balm.web.site.language import current as language
from balm.web.site.language import pick


@dataclass(frozen=True)
class Group:
    """Customers among whom a pain is more common: a finding, in words and as filters of the sentences."""

    finding: Finding

    @property
    def name(self) -> str:
        return " · ".join(f"{k} = {v}" for k, v in self.finding.where.items())

    @property
    def filters(self) -> list[tuple[str, str]]:
        return [(f"by:{k}", v) for k, v in self.finding.where.items()]

    @property
    def times(self) -> str:
        return numbers.value(self.finding.lift, "score", 1)

    @property
    def inside(self) -> str:
        return numbers.interval(self.finding.lift, "score", 1)

    @property
    def had(self) -> int:
        """Customers of the group who have the pain."""
        return round((self.finding.share.value or 0.0) * self.finding.share.n)

    @property
    def q(self) -> str:
        return figures.q_value(self.finding.q).removeprefix("= ")


@dataclass(frozen=True)
class Line:
    """One pain point. `place`: its rank by customer impact among all that hurt; `effort`: by value and effort."""

    row: models.PainPoint
    pain: PainPoint
    place: int
    snapshot: Snapshot
    effort: Priority | None = None

    @property
    def theme_id(self) -> str:
        return self.pain.theme_id

    @property
    def impact(self) -> Priority | None:
        return self.pain.priority.get(CUSTOMER_IMPACT)

    @property
    def name(self) -> str:
        return pick(self.pain.labels)

    @property
    def discovered(self) -> bool:
        return self.pain.origin == "discovered"

    @property
    def kind(self) -> Labels:
        return say("pain.discovered") if self.discovered else known("kind", self.pain.kind)

    @cached_property
    def groups(self) -> list[Group]:
        return [Group(finding) for finding in self.pain.contrast]

    @property
    def strongest(self) -> Group | None:
        """The group that stands out most surely: by the lower end of its interval."""
        found = [g for g in self.groups if g.finding.lift.low is not None]
        return max(found, key=lambda g: g.finding.lift.low or 0.0, default=None)

    @property
    def since(self) -> dt.date | None:
        return self.row.since

    @property
    def since_start(self) -> bool:
        """Whether it was there in the first period already, so that it may be older than the data."""
        series = self.pain.trend.series
        return bool(series and self.row.since and self.row.since <= series[0].start)

    @property
    def since_words(self) -> Labels:
        return day(self.row.since) if self.row.since else same("–")

    @cached_property
    def steps(self) -> tuple[Change, ...]:
        return figures.steps(self.pain.trend)

    @property
    def rose(self) -> Change | None:
        """The newest shift of the whole upwards."""
        up = [c for c in self.steps if c.kind == "shift" and c.after > c.before and not set(c.by) - {"theme"}]
        return up[-1] if up else None

    @property
    def rose_words(self) -> Labels | None:
        return day(self.rose.date) if self.rose else None

    @property
    def direction(self) -> Labels:
        return say(f"trend.{self.pain.trend.direction}")

    @property
    def sign(self) -> str:
        return say(f"trend.sign.{self.pain.trend.direction}")["en"]

    @property
    def spark(self) -> SafeString | str:
        """The share over time, drawn small; hidden from readers of the screen, since the words beside it say it."""
        fig = figures.spark(self.pain)
        if fig is None:
            return ""
        return mark_safe(svg(fig, writer=Plain(language())))  # of numbers and fixed words

    @property
    def unclear(self) -> bool:
        """Whether the severity cannot be told from none."""
        e = self.pain.severity
        return e.value is not None and e.low is not None and e.low <= 0

    @property
    def level(self) -> str:
        """The level that holds: a person's, else the computed one."""
        return self.row.level or (self.impact.level if self.impact else "")

    @property
    def level_words(self) -> Labels:
        return known("level", self.level)

    @property
    def computed_level(self) -> Labels:
        return known("level", self.impact.level if self.impact else "")

    @property
    def ease(self) -> str:
        """Solvability that holds: a person's, else the codebook's; empty where nobody has said."""
        return self.row.effort or self.snapshot.solvability.get(self.theme_id, "")

    @property
    def ease_words(self) -> Labels:
        return known("level", self.ease) if self.ease else same("–")

    @property
    def computed_ease(self) -> Labels | None:
        found = self.snapshot.solvability.get(self.theme_id)
        return known("level", found) if found else None

    def ties(self, model: str = CUSTOMER_IMPACT) -> list[int]:
        """Ranks, in that model, of the pains it cannot be told from."""
        mine = self.pain.priority.get(model)
        pains = self.snapshot.by_theme
        ranks = (pains[t].priority[model].rank for t in (mine.tied_with if mine else ()) if t in pains)
        return sorted(ranks)

    @property
    def tie_words(self) -> Labels | None:
        places = self.ties()
        return tie(places) if places else None

    @property
    def tie_names(self) -> str:
        """The first of them by name, for a sentence."""
        mine = self.impact
        names = [pick(self.snapshot.labels(t)) for t in (mine.tied_with if mine else ())]
        return (", " if language() == "en" else "、").join(names[:5]) + ("…" if len(names) > 5 else "")

    @property
    def sure(self) -> Labels:
        """How often it stays among the first, in words."""
        return sureness(self.impact, len(self.snapshot.painpoints))

    @property
    def effort_sure(self) -> Labels | None:
        """The same for value and effort; None where a person's level came after the resampling."""
        return sureness(self.effort, len(self.snapshot.painpoints)) if self.effort and self.effort.top_k else None


def lines(workspace: Workspace, snapshot: Snapshot) -> list[Line]:
    """Every pain point of the figures with its row, by rank; archived ones too."""
    rows = {r.theme: r for r in models.PainPoint.objects.filter(workspace=workspace).select_related("owner", "team")}
    given: dict[str, Any] = {theme: row.effort for theme, row in rows.items() if row.effort}
    changed = judged(snapshot.painpoints, given) if given else {}
    return [
        Line(
            rows.get(pain.theme_id) or models.PainPoint(workspace=workspace, theme=pain.theme_id),
            pain,
            place,
            snapshot,
            changed.get(pain.theme_id) or pain.priority.get(VALUE_EFFORT),
        )
        for place, pain in enumerate(snapshot.painpoints, 1)
    ]


def digits(found: Sequence[Line]) -> Mapping[str, int]:
    """Decimals of severity and of impact, the same down a column."""
    return figures.digits([line.pain for line in found[:40]])


def ranges(places: Sequence[int]) -> str:
    """2, 3, 4, 7 → 2–4, 7."""
    return runs(list(places))
