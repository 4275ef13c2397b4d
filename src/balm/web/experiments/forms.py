"""What is written into a check. What can stand in it is checked by the services."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balm.web.experiments import watching
from balm.web.experiments.models import Series
from balm.web.experiments.refusals import Refused

MOST_UNITS = 200

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


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


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
    start = forms.DateField(label=gettext_lazy("First day of the fix"), widget=_day())
    end = forms.DateField(label=gettext_lazy("Last day that counts"), widget=_day())
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
    margin = forms.FloatField(label=gettext_lazy("Smallest change that matters"), min_value=0)
    remainder = forms.FloatField(
        label=gettext_lazy("Gone means: at most so many percent are left of what would have been"),
        min_value=0,
        max_value=100,
    )
    target = forms.FloatField(
        label=gettext_lazy("Level at which there is no pain"),
        required=False,
        help_text=gettext_lazy("Where higher is better, nothing can be called gone without it."),
    )
    worth = forms.FloatField(
        label=gettext_lazy("What one observation less with the pain is worth, in money"),
        required=False,
        min_value=0,
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
    """Sides by unit: `unit-1`, `side-1`, `start-1`. An exposed unit without a day of its own starts with the others."""
    exposed: dict[str, str] = {}
    comparison, excluded = [], []
    for n in range(MOST_UNITS):
        unit = post.get(f"unit-{n}")
        if unit is None:
            continue
        side = post.get(f"side-{n}", "comparison")
        if side == "exposed":
            exposed[unit[:200]] = _date(post.get(f"start-{n}", ""), start).isoformat()
        elif side == "excluded":
            excluded.append(unit[:200])
        else:
            comparison.append(unit[:200])
    return {"exposed": exposed, "comparison": comparison, "excluded": excluded}


def _date(text: str, otherwise: dt.date) -> dt.date:
    text = text.strip()
    if not text:
        return otherwise
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Refused(_("“%(text)s” is not a day; write it as 2026-03-01.") % {"text": text[:40]}) from None


def listed(text: str, start: dt.date) -> dict[str, list[str]]:
    """Customers of a list: one a line, "key", or "key, side, first day"; sides: exposed, comparison, excluded."""
    found: dict[str, list[str]] = {}
    for number, cells in enumerate(csv.reader(io.StringIO(text.replace("\0", ""))), 1):
        row = [cell.strip() for cell in cells]
        if not row or not row[0] or (number == 1 and row[0].casefold() in ("customer", "customer_id", "key")):
            continue
        side, day = "exposed", ""
        for cell in row[1:]:
            if cell.casefold() in ("exposed", "comparison", "excluded"):
                side = cell.casefold()
            elif cell:
                day = _date(cell, start).isoformat()
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
