"""Measurements from elsewhere: kept by series, unit and day. What is sent again replaces what was there."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import math
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from balm.web.experiments.models import Measurement, Series
from balm.web.experiments.refusals import Refused
from balm.web.people.audit import record
from balm.web.people.models import User, Workspace

MOST_ROWS = 200_000
EARLIEST = dt.date(1970, 1, 1)
AHEAD = dt.timedelta(days=366)
LARGEST = 1e15
"""No total and no n is larger: sums of such numbers are still exact enough, and their squares are finite."""
_NEEDED = ("unit", "day", "total", "n")


@transaction.atomic
def keep(
    workspace: Workspace,
    name: str,
    rows: Iterable[Mapping[str, Any]],
    *,
    kind: str = "",
    better: str = "",
    by: User | str | None = None,
) -> tuple[Series, int]:
    """Keep rows of a series (`unit`, `day`, `total`, `n`, `squares`), which is made where it is new. All or nothing.

    `kind` and `better` belong to the series: given later, they must be what they were. Raises Refused, naming the row.
    """
    name = " ".join(name.replace("\0", " ").split())[:80]
    if not name:
        raise Refused(_("Give the measurement a name."))
    series = Series.objects.select_for_update().filter(workspace=workspace, name=name).first()
    if series is None:
        series = Series(workspace=workspace, name=name, kind=kind or "share", better=better or "lower")
        if series.kind not in Series.Kind.values or series.better not in Series.Better.values:
            raise Refused(_("A measurement is a share, a mean or a rate, and lower or higher is better."))
        series.save()
    elif (kind and kind != series.kind) or (better and better != series.better):
        raise Refused(_("“%(name)s” was kept as another kind of measurement: give it another name.") % {"name": name})
    found = [_row(series, n, row) for n, row in enumerate(rows, 1)]
    if not found:
        raise Refused(_("There are no rows."))
    if len(found) > MOST_ROWS:
        raise Refused(_("Send at most %(n)s rows at once.") % {"n": f"{MOST_ROWS:,}"})
    last = {(row.unit, row.day): row for row in found}
    Measurement.objects.bulk_create(
        last.values(),
        update_conflicts=True,
        unique_fields=("series", "unit", "day"),
        update_fields=("total", "n", "squares", "received"),
        batch_size=1000,
    )
    record(workspace, by, "check.measure", series.name, rows=len(last))
    return series, len(last)


def _row(series: Series, number: int, row: Mapping[str, Any]) -> Measurement:
    where = {"row": number}
    unit = " ".join(str(row.get("unit") or "").replace("\0", " ").split())[:120]
    if not unit:
        raise Refused(_("Row %(row)s has no unit.") % where)
    try:
        day = row["day"] if isinstance(row["day"], dt.date) else dt.date.fromisoformat(str(row["day"]).strip())
    except (KeyError, ValueError):
        raise Refused(_("Row %(row)s: the day must be written as 2026-03-01.") % where) from None
    if not EARLIEST <= day <= timezone.localdate() + AHEAD:
        raise Refused(_("Row %(row)s: the day must lie between 1970 and a year from now.") % where)
    total, n = _number(row.get("total")), _number(row.get("n"))
    if total is None or n is None or n < 0:
        raise Refused(_("Row %(row)s: total and n must be numbers, n not below 0.") % where)
    if (series.kind == "share" and not 0 <= total <= n) or (n == 0 and total):
        raise Refused(_("Row %(row)s: of a share, total lies between 0 and n.") % where)
    squares = _squares(row.get("squares"), total, n, where)
    return Measurement(series=series, unit=unit, day=day, total=total, n=n, squares=squares)


def _squares(given: Any, total: float, n: float, where: dict[str, int]) -> float | None:
    """The sum of squares of n values whose sum is `total`: it cannot be less than total² ÷ n."""
    if given is None or given == "":
        return None
    found = _number(given, LARGEST**2)
    if found is None or found * n < total**2 * (1 - 1e-9):
        raise Refused(_("Row %(row)s: the sum of squares does not fit total and n.") % where)
    return found


def _number(value: Any, largest: float = LARGEST) -> float | None:
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if math.isfinite(found) and abs(found) <= largest else None


def rows_of(text: str) -> list[dict[str, str]]:
    """Rows of a CSV with the columns unit, day, total, n and perhaps squares. Raises Refused."""
    reader = csv.DictReader(io.StringIO(text.replace("\0", ""), newline=""))
    try:
        head = [name.strip().casefold() for name in reader.fieldnames or ()]
        lacking = [name for name in _NEEDED if head.count(name) != 1]
        if lacking:
            raise Refused(_("The file lacks the columns: %(names)s.") % {"names": ", ".join(lacking)})
        rows = list(itertools.islice(reader, MOST_ROWS + 1))
    except csv.Error:
        raise Refused(_("The rows of this file break off. Save it as CSV again.")) from None
    if len(rows) > MOST_ROWS:
        raise Refused(_("Send at most %(n)s rows at once.") % {"n": f"{MOST_ROWS:,}"})
    return [{key.strip().casefold(): value or "" for key, value in row.items() if key} for row in rows]
