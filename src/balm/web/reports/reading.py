"""What the reports are made of: the figures shown, plans, and verdicts of one span of time."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from balm.communicate import figures, numbers
from balm.core.types import Estimate, Labels
from balm.web.experiments.models import Check, VerdictRow
from balm.web.experiments.selectors import all_lines, newest
from balm.web.experiments.told import ProofLine
from balm.web.painpoints import home
from balm.web.painpoints.figures import Snapshot, current
from balm.web.painpoints.lines import Line, lines
from balm.web.painpoints.models import PainPoint
from balm.web.people.models import Workspace
from balm.web.plans import selectors as plans

FIRST = 10
"""Pain points of a report."""

MENTIONED = 5
"""Negative mentions that a newly found group needs to be shown."""


@dataclass(frozen=True)
class Month:
    """A calendar month."""

    first: dt.date

    @classmethod
    def read(cls, said: str, today: dt.date) -> Month:
        """From "2026-06"; this month where it cannot be read."""
        try:
            year, month = said.split("-")
            return cls(dt.date(int(year), int(month), 1))
        except (ValueError, OverflowError):
            return cls(today.replace(day=1))

    @property
    def last(self) -> dt.date:
        return self.first.replace(day=calendar.monthrange(self.first.year, self.first.month)[1])

    @property
    def code(self) -> str:
        return f"{self.first:%Y-%m}"

    def __contains__(self, day: object) -> bool:
        return isinstance(day, dt.date) and self.first <= day <= self.last

    def around(self, before: int = 5, after: int = 1) -> list[Month]:
        """Months to choose from, newest first."""
        index = self.first.year * 12 + self.first.month - 1
        found = []
        for i in range(index + after, index - before - 1, -1):
            if 12 <= i < 9999 * 12:
                found.append(Month(dt.date(i // 12, i % 12 + 1, 1)))
        return found


@dataclass(frozen=True)
class Meeting:
    """Everything a report of one month shows."""

    workspace: Workspace
    month: Month
    snapshot: Snapshot | None

    @classmethod
    def of(cls, workspace: Workspace, month: Month) -> Meeting:
        return cls(workspace, month, current(workspace))

    @cached_property
    def lines(self) -> list[Line]:
        """Pain points that are not archived, by impact."""
        if self.snapshot is None:
            return []
        open_ = [line for line in lines(self.workspace, self.snapshot) if line.row.state != PainPoint.State.ARCHIVED]
        return home.split(open_)[0][:FIRST]

    @cached_property
    def digits(self) -> Any:
        return figures.digits([line.pain for line in self.lines])

    @cached_property
    def proofs(self) -> list[ProofLine]:
        """Checks, those with a verdict first."""
        return all_lines(self.workspace)

    @cached_property
    def verdicts(self) -> list[ProofLine]:
        """Checks with a verdict, those of this month first."""
        judged = [proof for proof in self.proofs if proof.outcome]
        return sorted(judged, key=lambda proof: proof.judged not in self.month)

    @cached_property
    def rows(self) -> dict[int, VerdictRow]:
        """Check → the verdict that its line tells."""
        return newest(Check.objects.filter(workspace=self.workspace, pk__in=[proof.pk for proof in self.verdicts]))

    def proof_of(self, theme: str) -> ProofLine | None:
        return next((proof for proof in self.proofs if theme in proof.themes), None)

    @cached_property
    def _plans(self) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = plans.of_pains(self.workspace)
        return found

    def plans_of(self, theme: str) -> list[Any]:
        """Plans that are about a pain point."""
        return self._plans.get(theme, [])

    @cached_property
    def open_plans(self) -> list[plans.PlanLine]:
        """Plans that are still to be decided."""
        return plans.open_plans(self.workspace)

    @cached_property
    def agenda(self) -> list[Any]:
        """Who does what by when, in this month and late."""
        found: list[Any] = plans.agenda(self.workspace, self.month.first, self.month.last)
        return found

    @cached_property
    def scores(self) -> list[dict[str, Any]]:
        return home.dials(self.snapshot) if self.snapshot else []

    @property
    def period(self) -> Labels | None:
        return home.period(self.snapshot) if self.snapshot else None

    def impact(self, line: Line) -> Estimate:
        """As pages write it: per hundred."""
        return numbers.impact(line.pain.impact)
