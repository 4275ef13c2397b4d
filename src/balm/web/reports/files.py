"""Reports as files: slides, a workbook, a table of comma-separated values."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from balm.communicate.numbers import impact
from balm.communicate.sheets import Sheet, workbook
from balm.communicate.slides import render
from balm.core.types import Estimate
from balm.web.experiments.selectors import ledger
from balm.web.reports import deck
from balm.web.reports.deck_proof import worked
from balm.web.reports.reading import Meeting
from balm.web.site.cells import inert
from balm.web.site.language import pick

DJANGO = {"zh-Hans": "zh-hans", "zh-Hant": "zh-hant", "en": "en"}

PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def presentation(meeting: Meeting, language: str) -> bytes:
    """The slides of the meeting, in one of `core.types.LANGUAGES`."""
    with override(DJANGO[language]):
        return render(deck.slides(meeting), language)


def book(meeting: Meeting, language: str) -> bytes:
    """Pain points, checks, and who does what, a sheet each."""
    with override(DJANGO[language]):
        return workbook(_sheets(meeting))


def table(meeting: Meeting, language: str) -> bytes:
    """The pain points as CSV that spreadsheets open as UTF-8 and never run."""
    with override(DJANGO[language]):
        sheet = _sheets(meeting)[0]
    out = io.StringIO()
    writer = csv.writer(out)
    spread = [any(isinstance(row[c], Estimate) for row in sheet.rows) for c in range(len(sheet.columns))]
    heads: list[str] = []
    for column, four in zip(sheet.columns, spread, strict=True):
        heads += [column, *(f"{column}: {part}" for part in sheet.parts)] if four else [column]
    writer.writerow([inert(head) for head in heads])
    for row in sheet.rows:
        cells: list[Any] = []
        for cell, four in zip(row, spread, strict=True):
            if isinstance(cell, Estimate):
                cells += [_plain(cell.value), _plain(cell.low), _plain(cell.high), cell.n]
            else:
                cells += [cell if isinstance(cell, (int, float)) else inert(cell), *([""] * 3 if four else [])]
        writer.writerow(cells)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def _plain(value: float | None) -> float | str:
    return "" if value is None else round(value, 6)


def _sheets(meeting: Meeting) -> list[Sheet]:
    parts = (_("low"), _("high"), "n")
    return [_pains(meeting, parts), _checks(meeting, parts), _ledger(meeting, parts), _plans(meeting), _tasks(meeting)]


def _pains(meeting: Meeting, parts: tuple[str, str, str]) -> Sheet:
    columns = (
        _("Rank"), _("Pain point"), _("Kind"), deck.impact_name(meeting), _("Reach"), _("Severity"),
        _("Negative mentions"), _("Comments"), _("Customers"), _("State"), _("Owner"), _("What we do"),
        _("Did it work?"),
    )  # fmt: skip
    rows = tuple(
        (
            line.place, line.name, pick(line.kind), impact(line.pain.impact), line.pain.reach, line.pain.severity,
            line.pain.mentions, line.pain.comments, line.pain.customers, str(line.row.get_state_display()),
            " · ".join(str(x) for x in (line.row.owner, line.row.team) if x), deck.doing(meeting, line),
            worked(meeting.proof_of(line.theme_id)),
        )
        for line in meeting.lines
    )  # fmt: skip
    return Sheet(_("Pain points"), columns, rows, parts)


def _checks(meeting: Meeting, parts: tuple[str, str, str]) -> Sheet:
    columns = (_("Check"), _("Registered"), _("Verdict"), _("Effect"), _("Unit"))
    rows = tuple(
        (
            proof.title, proof.registered, worked(proof), proof.effect,
            _("share") if proof.kind == "share" else _("score points"),
        )
        for proof in meeting.proofs
    )  # fmt: skip
    return Sheet(_("Checks"), columns, rows, parts)


def _ledger(meeting: Meeting, parts: tuple[str, str, str]) -> Sheet:
    page = ledger(meeting.workspace)
    columns = (_("Check"), _("Plan"), _("Verdict"), _("Effect"), _("Brought"), _("Unit"), _("Cost"), _("Currency"))
    rows = tuple(
        (
            row.proof.title, row.plan.title if row.plan else "", worked(row.proof), row.proof.effect,
            row.line.gain if row.line.counted else None,
            _("observations without the pain") if row.share else _("score points"), row.line.cost,
            page.currency if row.line.cost is not None else "",
        )
        for row in page.rows
    )  # fmt: skip
    return Sheet(_("Ledger"), columns, rows, parts)


def _plans(meeting: Meeting) -> Sheet:
    columns = (_("Number"), _("Plan"), _("Kind"), _("State"), _("Accountable"), _("Starts"), _("Ends"))
    rows = tuple(
        (plan.number, plan.title, str(plan.kind_words), str(plan.state_words), plan.owner, plan.starts, plan.ends)
        for plan in meeting.open_plans
    )
    return Sheet(_("Plans at work"), columns, rows)


def _tasks(meeting: Meeting) -> Sheet:
    columns = (
        pgettext("task", "What"), pgettext("task", "Who"), pgettext("task", "When"), _("Done"), _("State"), _("Plan"),
    )  # fmt: skip
    rows = tuple((t.what, t.who, t.due, t.done, str(t.state), t.title) for t in meeting.agenda)
    return Sheet(_("Who does what"), columns, rows)
