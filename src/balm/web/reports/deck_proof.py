"""Slides on whether fixes worked: verdicts, their pictures, and what they cost and brought. Every cell is said by the
words of the pages of proof."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from balm.communicate.figure import Table
from balm.communicate.messages import same
from balm.communicate.slides import Slide
from balm.core.types import Labels
from balm.web.experiments.ledgers import Page, Row
from balm.web.experiments.selectors import ledger
from balm.web.experiments.templatetags.proof import gain_words, money, money_range, pain_name
from balm.web.experiments.told import ProofLine, picture
from balm.web.reports.reading import Meeting
from balm.web.site.language import pick

PICTURES = 4
"""Verdicts whose picture is shown."""

Sources = Callable[..., tuple[Labels, ...]]


def worked(proof: ProofLine | None) -> str:
    """What is known of a fix, in a cell."""
    if proof is None:
        return _("no check")
    if proof.regressed:
        return _("came back")
    return str(proof.word) if proof.outcome or proof.state == "void" else _("no verdict yet")


def effect(proof: ProofLine) -> str:
    """The effect as its page has it: of a share in percentage points, of a score in its own."""
    return pick(proof.change) if proof.change else "–"


def slides(meeting: Meeting, source: Sources) -> list[Slide]:
    """The verdicts in a table, the newest as pictures, the ledger. `source`: the speaker's notes."""
    if not meeting.proofs:
        nothing = _("No check is registered. Without one, nobody can say that a fix worked.")
        return [Slide(same(_("Did it work?")), same(nothing), notes=source())]
    columns = (_("Check"), _("Registered"), _("Verdict"), _("Effect (95% interval)"), "n")
    rows = tuple(
        (
            proof.title,
            proof.registered or "–",
            worked(proof),
            effect(proof),
            f"{proof.effect.n:,}" if proof.effect else "–",
        )
        for proof in meeting.proofs
    )
    lead = _("A fix counts as proved only by a check that was registered before it started.")
    found = [
        Slide(same(_("Did it work?")), same(lead), table=_table(columns, rows, (3, 4)), widths=(4, 1.4, 1.6, 3, 1),
              notes=source())
    ]  # fmt: skip
    for proof in meeting.verdicts[:PICTURES]:
        row = meeting.rows.get(proof.pk)
        if row is not None:
            found.append(_picture(proof, row, source))
    page: Page = ledger(meeting.workspace)
    return [*found, _ledger(meeting, page, source)] if page.rows else found


def _table(columns: tuple[str, ...], rows: Any, numeric: tuple[int, ...] = ()) -> Table:
    return Table(tuple(map(same, columns)), tuple(tuple(same(str(cell)) for cell in row) for row in rows), numeric)


def _picture(proof: ProofLine, row: Any, source: Sources) -> Slide:
    figure = picture(row)
    told = _("Registered %(when)s, under seal. Data up to %(last)s.") % {
        "when": proof.registered or "–",
        "last": row.last_day or "–",
    }
    return Slide(
        same(f"{proof.title}: {worked(proof)}"),
        proof.sentence,
        figure=None if figure is None or figure.empty else figure,
        notes=source(told),
    )


def brought(row: Row) -> str:
    """What a check's effect comes to, or why it does not count."""
    if row.line.counted:
        return gain_words(row.line.gain, row.kind)
    if row.line.left_out == "cannot tell":
        return _("not counted: the check cannot tell")
    if row.line.left_out == "all counted before":
        return _("not counted: it counts for an earlier check")
    return _("not counted: nothing was measured")


def totals(meeting: Meeting, page: Page) -> list[str]:
    """The sums of the ledger, a sentence each."""
    found = []
    if len(page.currencies) < 2 and page.currency:
        found.append(_("Cost of the plans: %(cost)s") % {"cost": money(page.sums.cost, page.currency)})
    for pain, gain, kind in page.gains:
        facts = {"pain": pain_name(pain, meeting.snapshot), "gain": gain_words(gain, kind)}
        found.append(_("Brought, %(pain)s: %(gain)s") % facts)
    if page.sums.benefit.value is not None:
        found.append(_("Benefit in money: %(money)s") % {"money": money_range(page.sums.benefit, page.currency)})
    if page.sums.net.value is not None:
        found.append(_("Benefit less cost: %(money)s") % {"money": money_range(page.sums.net, page.currency)})
    return found


def _ledger(meeting: Meeting, page: Page, source: Sources) -> Slide:
    columns = (_("Check"), _("Verdict"), _("Effect (95% interval)"), _("Brought"), _("Cost"))
    rows = tuple(
        (
            row.proof.title,
            worked(row.proof),
            effect(row.proof),
            brought(row),
            "–" if row.line.cost is None else money(row.line.cost, page.currency),
        )
        for row in page.rows
    )
    once = _("An effect counts once: one pain, in one unit, on one day, for the check that was registered first.")
    return Slide(
        same(_("What fixes cost and brought")),
        same(once),
        points=tuple(same(text) for text in totals(meeting, page)),
        table=_table(columns, rows, (4,)),
        widths=(3.2, 1.3, 2.6, 3.2, 1.4),
        notes=source(),
    )
