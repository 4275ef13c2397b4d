"""What is written into a check. What can stand in it is checked by the services."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balm.web.experiments import watching
from balm.web.experiments.models import Series
from balm.web.experiments.refusals import Refused

MOST_UNITS = 200
MOST_LISTED = 200_000
FIRST_DAY, LAST_DAY = dt.date(2000, 1, 1), dt.date(2099, 12, 31)
LARGEST = 1e12

DESIGNS = (
    ("did", gettext_lazy("Difference-in-differences: against units without the fix")),
    ("synthetic", gettext_lazy("Synthetic control: one or few units, against a mix of many others")),
    ("matched", gettext_lazy("Matched before–after: against units that were alike before")),
    ("its", gettext_lazy("Interrupted time series: against its own past, without a comparison")),
)
METRICS = (
    ("mentions", gettext_lazy("Mentions: share of comments with a negative mention")),
    ("score", gettext_lazy("Score: the mean")),
    ("content", gettext_lazy("Score: share of at least so many points")),
    ("measurement", gettext_lazy("A measurement from elsewhere")),
)
STEPS = ((7, gettext_lazy("week")), (1, gettext_lazy("day")), (28, gettext_lazy("four weeks")))


def _day(label: Any) -> forms.DateField:
    bounds = (MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY))
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, validators=bounds)


def a_day(text: str) -> dt.date:
    """A day of this century. Raises Refused."""
    try:
        day = dt.date.fromisoformat(text.strip())
    except ValueError:
        day = None
    if day is None or not FIRST_DAY <= day <= LAST_DAY:
        raise Refused(_("“%(text)s” is not a day; write it as 2026-03-01.") % {"text": printed(text)[:40]})
    return day


def printed(text: str) -> str:
    """One line without what cannot be seen or kept."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


class Dressed(forms.Form):
    """With the classes that the style sheet knows."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            kind = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
            field.widget.attrs["class"] = kind


class Terms(Dressed):
    """All that is registered but for who is on which side."""

    title = forms.CharField(label=gettext_lazy("Name of the check"), max_length=200)
    how = forms.CharField(
        label=gettext_lazy("How do we know who got the fix?"),
        max_length=1000,
        help_text=gettext_lazy("For example: rolled out store by store, the log of operations says when."),
    )
    start = _day(gettext_lazy("First day of the fix"))
    end = _day(gettext_lazy("Last day that counts"))
    soak = forms.IntegerField(
        label=gettext_lazy("Soak: days after the start that count for neither side"), min_value=0, max_value=365
    )
    baseline = forms.IntegerField(
        label=gettext_lazy("Baseline: days before the start (0: all there are)"), min_value=0, max_value=3650
    )
    selected = forms.IntegerField(
        label=gettext_lazy("Days before the start in which the units were chosen for being worst"),
        min_value=0,
        max_value=3650,
        help_text=gettext_lazy("They are left out: a bad month tends to be followed by a better one by itself."),
    )
    step = forms.TypedChoiceField(label=gettext_lazy("Length of a period"), choices=STEPS, coerce=int)
    minimum = forms.IntegerField(
        label=gettext_lazy("Minimum n on each side, before and after"), min_value=1, max_value=10**9
    )
    margin = forms.FloatField(label=gettext_lazy("Smallest change that matters"), min_value=0, max_value=LARGEST)
    remainder = forms.FloatField(
        label=gettext_lazy("Gone means: at most so many percent are left of what would have been"),
        min_value=0,
        max_value=100,
    )
    target = forms.FloatField(
        label=gettext_lazy("Level at which there is no pain"),
        required=False,
        min_value=-LARGEST,
        max_value=LARGEST,
        help_text=gettext_lazy("Where higher is better, nothing can be called gone without it."),
    )
    worth = forms.FloatField(
        label=gettext_lazy("What one observation less with the pain is worth, in money"),
        required=False,
        min_value=0,
        max_value=LARGEST,
        help_text=gettext_lazy("For the ledger; written down before, so that nobody finds a price afterwards."),
    )
    failure = forms.CharField(
        label=gettext_lazy("What would count as failure?"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Before the fix it is easy to say; afterwards nobody wants to have said it."),
    )
    design = forms.ChoiceField(label=gettext_lazy("Design"), choices=DESIGNS)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("start"), data.get("end")
        if start and end and end <= start:
            raise ValidationError(_("The last day lies before the first."))
        return data


def initial(spec: Mapping[str, Any], title: str) -> dict[str, Any]:
    """What the form shows of a check that was written before."""
    shares = spec.get("kind", "share") == "share"
    return {
        **{name: spec.get(name) for name in ("how", "soak", "baseline", "selected", "step", "minimum", "failure")},
        "title": title,
        "design": spec.get("design"),
        "end": spec.get("end"),
        "start": spec.get("start") or min(spec.get("exposed", {}).values(), default=None),
        "margin": _plain((spec.get("margin") or 0) * (100 if shares else 1)),
        "remainder": _plain((spec.get("remainder") or 0) * 100),
        "target": spec.get("target"),
        "worth": spec.get("worth"),
    }


def _plain(value: float) -> float:
    return round(value, 6)


def spec_of(terms: Terms, chosen: Mapping[str, Any], sides: Mapping[str, Any]) -> dict[str, Any]:
    """JSON of what is registered. `chosen`: metric, kind, least, series, by, known, better of a series; `sides`:
    exposed, comparison, excluded."""
    data = terms.cleaned_data
    shares = chosen["kind"] == "share"
    better = "higher" if chosen["metric"] in ("score", "content") else chosen.get("better", "lower")
    return {
        **chosen,
        **sides,
        "better": better,
        "how": data["how"],
        "start": data["start"].isoformat(),
        "end": data["end"].isoformat(),
        "soak": data["soak"],
        "baseline": data["baseline"],
        "selected": data["selected"],
        "step": data["step"],
        "minimum": data["minimum"],
        "margin": _plain(data["margin"] / (100 if shares else 1)),
        "remainder": _plain(data["remainder"] / 100),
        "target": data["target"],
        "worth": data["worth"],
        "failure": data["failure"],
        "design": data["design"],
        "watch": {"block": watching.BLOCK, "alpha": watching.ALPHA},
        "seed": 0,
    }


def sides_of(post: Mapping[str, str], start: dt.date) -> dict[str, Any]:
    """Sides by unit: `unit-1`, `side-1`, `start-1`. An exposed unit without a day of its own starts with the others.
    Raises Refused for a day that is none, and for a unit that stands there twice."""
    exposed: dict[str, str] = {}
    sides: dict[str, list[str]] = {"comparison": [], "excluded": []}
    seen: set[str] = set()
    for n in range(MOST_UNITS):
        unit = post.get(f"unit-{n}", "").replace("\0", " ")[:200]
        if not unit.strip():
            continue
        if unit in seen:
            raise Refused(_("“%(unit)s” stands there twice: put each unit on one side.") % {"unit": unit})
        seen.add(unit)
        side = post.get(f"side-{n}", "comparison")
        if side == "exposed":
            own = post.get(f"start-{n}", "")
            exposed[unit] = (a_day(own) if own.strip() else start).isoformat()
        else:
            sides["excluded" if side == "excluded" else "comparison"].append(unit)
    return {"exposed": exposed, **sides}


def listed(text: str, start: dt.date) -> dict[str, list[str]]:
    """Customers of a list: one a line, "key", or "key, side, first day"; sides: exposed, comparison, excluded. Raises
    Refused."""
    found: dict[str, list[str]] = {}
    reader = csv.reader(io.StringIO(text.replace("\0", ""), newline=""))
    try:
        rows = list(itertools.islice(reader, MOST_LISTED + 2))
    except csv.Error:
        raise Refused(_("The rows of this file break off. Save it as CSV again.")) from None
    if len(rows) > MOST_LISTED + 1:
        raise Refused(_("A list holds at most %(n)s customers.") % {"n": MOST_LISTED})
    for number, cells in enumerate(rows, 1):
        row = [cell.strip() for cell in cells]
        if not row or not row[0] or (number == 1 and row[0].casefold() in ("customer", "customer_id", "key")):
            continue
        side, day = "exposed", ""
        for cell in row[1:]:
            if cell.casefold() in ("exposed", "comparison", "excluded"):
                side = cell.casefold()
            elif cell:
                day = a_day(cell).isoformat()
        found[row[0][:200]] = [side, day or start.isoformat()] if side == "exposed" else [side, ""]
    return found


class SeriesForm(Dressed):
    """A file of measurements."""

    name = forms.CharField(label=gettext_lazy("Name of the measurement"), max_length=80)
    kind = forms.ChoiceField(label=gettext_lazy("Type"), choices=Series.Kind.choices)
    better = forms.ChoiceField(label=gettext_lazy("Direction"), choices=Series.Better.choices)
    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        help_text=gettext_lazy("Columns: unit, day, total, n; optionally squares (the sum of squares)."),
    )
