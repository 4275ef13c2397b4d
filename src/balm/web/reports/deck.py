"""The slides of the monthly meeting. Texts are in the language that is active."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from balm.communicate import figures, numbers
from balm.communicate.figure import Table
from balm.communicate.messages import same
from balm.communicate.slides import Slide
from balm.core.types import Labels
from balm.web.painpoints import home
from balm.web.painpoints.lines import Line
from balm.web.reports import deck_proof
from balm.web.reports.deck_proof import worked
from balm.web.reports.reading import Meeting
from balm.web.site.language import pick

CLOSE = 3
"""Pain points that get a slide of their own."""


def slides(meeting: Meeting) -> list[Slide]:
    """The deck of a month: what hurts, the first pains, whether fixes worked, who does what, what to know before
    believing it. Without figures only the first slide says so."""
    found = [_first(meeting)]
    if meeting.snapshot is None:
        return found
    if meeting.lines:
        found += _ranking(meeting)
        found += [_pain(meeting, line) for line in meeting.lines[:CLOSE]]
    found += deck_proof.slides(meeting, lambda *more: _source(meeting, *more))
    found += _plans(meeting)
    found.append(_agenda(meeting))
    found.append(_trust(meeting))
    return found


def _t(text: Any) -> Labels:
    """A text of the page in the language that is active, for a renderer that picks by language."""
    return same(str(text))


def _source(meeting: Meeting, *more: str) -> tuple[Labels, ...]:
    """Where the numbers come from."""
    assert meeting.snapshot
    row, o = meeting.snapshot.row, meeting.snapshot.overview
    told = _(
        "Source: figures of %(when)s from %(comments)s comments and %(customers)s customers; codebook version "
        "%(book)s; tables %(feedback)s and %(mentions)s. Intervals are 95%%."
    ) % {
        "when": timezone.localtime(row.as_of).strftime("%Y-%m-%d %H:%M"),
        "comments": f"{o.comments:,}",
        "customers": f"{o.customers:,}" if o.customers_known else "–",
        "book": row.codebook_version,
        "feedback": row.feedback_version,
        "mentions": row.mentions_version,
    }
    return tuple(_t(text) for text in (told, *more) if text)


def _first(meeting: Meeting) -> Slide:
    title = _("%(workspace)s: what hurts customers, %(month)s") % {
        "workspace": meeting.workspace.name,
        "month": meeting.month.code.replace("-", "\N{NON-BREAKING HYPHEN}"),
    }
    if meeting.snapshot is None:
        return Slide(_t(title), _t(_("Nothing has been analyzed yet: import comments first.")), kind="title")
    o = meeting.snapshot.overview
    counted = _("%(comments)s comments") % {"comments": f"{o.comments:,}"}
    if o.customers_known:
        counted = _("%(comments)s comments of %(customers)s customers") % {
            "comments": f"{o.comments:,}",
            "customers": f"{o.customers:,}",
        }
    lead = f"{pick(meeting.period)} · {counted}" if meeting.period else counted
    points = tuple(
        _t(
            f"{pick(dial['name'])}: "
            f"{pick(numbers.estimate(dial['e'], dial['unit'], dial['digits']))}, n = {dial['e'].n:,}"
        )
        for dial in meeting.scores
    )
    return Slide(_t(title), _t(lead), points=points, notes=_source(meeting), kind="title")


def impact_name(meeting: Meeting) -> str:
    known = meeting.snapshot is None or meeting.snapshot.overview.customers_known
    return _("Impact per 100 customers") if known else _("Impact per 100 comments")


def _ranking(meeting: Meeting) -> list[Slide]:
    """What hurts as a chart beside its numbers; then what is done about it."""
    columns = (_("Pain point"), impact_name(meeting), "n")
    rows = tuple(
        (
            _t(f"{line.place}. {line.name}"),
            numbers.estimate(meeting.impact(line), "score", meeting.digits["impact"]),
            _t(f"{line.pain.impact.n:,}"),
        )
        for line in meeting.lines
    )
    figure = figures.ranking([line.pain for line in meeting.lines], meeting.digits["impact"])
    what = _("Impact is reach times severity: the mean score lost over everybody who goes with negative mentions.")
    hurts = Slide(
        _t(_("What hurts most")),
        _t(_("Score points that go with each pain, for a hundred, with 95% interval. Associations, not causes.")),
        figure=figure,
        table=Table(tuple(map(_t, columns)), rows, (1, 2)),
        widths=(2.6, 2.3, 0.9),
        notes=_source(meeting, what, gaps(meeting)),
    )
    heads = (_("Pain point"), _("What we do"), _("Owner"), _("Did it work?"))
    done = tuple(
        (
            _t(f"{line.place}. {line.name}"),
            _t(doing(meeting, line)),
            _t(" · ".join(str(x) for x in (line.row.owner, line.row.team) if x) or "–"),
            _t(worked(meeting.proof_of(line.theme_id))),
        )
        for line in meeting.lines
    )
    table = Table(tuple(map(_t, heads)), done)
    title = _t(_("What we do about it"))
    return [hurts, Slide(title, table=table, widths=(3, 5, 2, 1.6), notes=_source(meeting, gaps(meeting)))]


def gaps(meeting: Meeting) -> str:
    """Why ranks are missing, if they are; ""  otherwise."""
    places = [line.place for line in meeting.lines]
    if not places or places == list(range(1, len(places) + 1)):
        return ""
    return _("Ranks that are missing belong to groups of words that nobody has accepted as a theme yet.")


def doing(meeting: Meeting, line: Line) -> str:
    """What is done about a pain, in a cell."""
    found = meeting.plans_of(line.theme_id)
    return "; ".join(f"{plan.title} ({plan.state_words})" for plan in found[:2]) or _("nothing yet")


def _pain(meeting: Meeting, line: Line) -> Slide:
    pain = line.pain
    told = [
        _("Reach: %(reach)s, n = %(n)s") % {"reach": pick(numbers.estimate(pain.reach)), "n": f"{pain.reach.n:,}"},
        _("Severity: %(severity)s points")
        % {"severity": pick(numbers.estimate(pain.severity, "score", meeting.digits["severity"]))},
        _("Trend: %(trend)s") % {"trend": pick(line.direction)},
    ]
    if group := line.strongest:
        told.append(
            _("%(times)s times as common (%(inside)s) where %(who)s")
            % {"times": group.times, "inside": group.inside, "who": group.name}
        )
    told.append(_("What we do: %(what)s") % {"what": doing(meeting, line)})
    if proof := meeting.proof_of(line.theme_id):
        said = pick(proof.sentence)
        word = said if said and not proof.regressed else worked(proof)
        told.append(_("Did it work? %(word)s") % {"word": word})
    trend = figures.trend(pain)
    return Slide(
        _t(f"{line.place}. {line.name}"),
        points=tuple(map(_t, told)),
        quotes=tuple(quote.text for quote in pain.quotes[:3]),
        figure=None if trend.empty else trend,
        notes=_source(
            meeting,
            _("Negative mentions: %(mentions)s in %(comments)s comments.")
            % {"mentions": f"{pain.mentions:,}", "comments": f"{pain.comments:,}"},
            _("Sentences: %(ids)s") % {"ids": ", ".join(quote.feedback_id for quote in pain.quotes[:3])},
        ),
    )


def _plans(meeting: Meeting) -> list[Slide]:
    """Plans that are still to be decided, with who answers for them and how it will be known."""
    if not meeting.open_plans:
        return []
    columns = (_("Plan"), _("Accountable"), _("State"), _("From … to"), _("Check"))
    checks = {proof.plan: proof for proof in reversed(meeting.proofs) if proof.plan is not None}
    rows = tuple(
        tuple(
            _t(cell)
            for cell in (
                f"{plan.number} · {plan.title}",
                plan.owner or _("nobody yet"),
                plan.state_words,
                f"{plan.starts or '–'} … {plan.ends or '–'}",
                worked(checks.get(plan.number)),
            )
        )
        for plan in meeting.open_plans
    )
    table = Table(tuple(map(_t, columns)), rows)
    return [Slide(_t(_("Plans at work")), table=table, widths=(4, 2, 1.7, 2.4, 1.6), notes=_source(meeting))]


def _agenda(meeting: Meeting) -> Slide:
    title = _("Who does what by when, %(month)s") % {"month": meeting.month.code}
    if not meeting.agenda:
        return Slide(_t(title), _t(_("No task is due this month, and none is late.")), notes=_source(meeting))
    columns = (
        pgettext("task", "What"), pgettext("task", "Who"), pgettext("task", "When"), _("State"), _("Plan"),
    )  # fmt: skip
    rows = tuple(
        (_t(line.what), _t(line.who or "–"), _t(line.due or "–"), _t(line.state), _t(line.title))
        for line in meeting.agenda
    )
    table = Table(tuple(map(_t, columns)), rows)
    return Slide(_t(title), table=table, widths=(4, 2, 1.4, 1.6, 3), notes=_source(meeting))


def _trust(meeting: Meeting) -> Slide:
    assert meeting.snapshot
    return Slide(_t(_("Before you believe it")), points=tuple(home.notes(meeting.snapshot)), notes=_source(meeting))
