"""The head of the page: the finding in one line, what it rests on, and what to know before believing it."""

from __future__ import annotations

from balm.communicate import numbers
from balm.communicate.messages import day, known, listed, same, say, span
from balm.communicate.page.writer import Page
from balm.communicate.report import Report
from balm.core.types import Labels, Overview


def top(page: Page, report: Report) -> str:
    """Headline, empty states, the facts, the scores, and the notes."""
    cls = "top" if report.overview.scores else "top unscored"
    parts = facts(page, report) + scores(page, report) + trust(page, report)
    return f'{page.t(report.headline, "h1")}{_warnings(page, report)}<div class="{cls}">{parts}</div>'


def _warnings(page: Page, report: Report) -> str:
    """The empty states that concern the whole page."""
    o = report.overview
    unsupported = o.languages.get("other", 0)
    if o.comments and unsupported >= o.comments:
        return page.say("empty.unsupported", "p", "empty")
    if o.comments == 1:
        return page.say("empty.one", "p", "empty")
    return ""


def facts(page: Page, report: Report) -> str:
    """What was read, as a list of names and values."""
    o = report.overview
    comments = page.count(o.comments, say("count.comments", n=o.comments), "comment")
    items = [("read.comments", comments, [_rows(page, o)])]
    customers = f'<span class="n">{o.customers:,}</span>' if o.customers_known else "–"
    items.append(("read.customers", customers, [] if o.customers_known else [page.say("read.customers_unknown")]))
    if o.first_day and o.last_day:
        items.append(("read.period", page.t(span(o.first_day, o.last_day)), []))
    else:
        items.append(("read.period", "–", [page.say("read.period_none")]))
    items.append(("read.languages", page.t(_languages(o)), []))
    coded = numbers.percent(o.coded_mentions / o.mentions) if o.mentions else "–"
    mentions = page.count(o.mentions, say("count.mentions", n=o.mentions))
    items.append(("read.mentions", mentions, [page.say("read.coded", share=coded)]))
    if rejected := sum(o.rejected.values()):
        items.append(("read.rejected", f"{rejected:,}", [page.t(_reasons(o))]))
    if o.redactions:
        items.append(("read.redacted", f"{sum(o.redactions.values()):,}", [page.t(_redactions(o))]))
    cells = "".join(
        f"<div>{page.say(key, 'dt')}<dd>{value}{''.join(f' <small>{note}</small>' for note in notes)}</dd></div>"
        for key, value, notes in items
    )
    return f'<dl class="facts"{page.label(say("read.title"))}>{cells}</dl>'


def _rows(page: Page, o: Overview) -> str:
    text = page.say("read.rows", n=o.rows_read)
    return f"{text} · {page.say('read.duplicates', n=o.duplicates)}" if o.duplicates else text


def _languages(o: Overview) -> Labels:
    whole = sum(o.languages.values()) or 1
    order = sorted((k for k, n in o.languages.items() if n), key=lambda k: (-o.languages[k], k))
    order = [k for k in order if o.languages[k] >= 0.005 * whole]
    share = [numbers.percent(o.languages[k] / whole, 0) for k in order]
    return listed(say("read.of", label=known("language", k), n=s) for k, s in zip(order, share, strict=True))


def _reasons(o: Overview) -> Labels:
    order = sorted(o.rejected, key=lambda k: (-o.rejected[k], k))
    return listed(say("read.of", label=known("rejected", k), n=o.rejected[k]) for k in order if o.rejected[k])


def _redactions(o: Overview) -> Labels:
    order = sorted(o.redactions, key=lambda k: (-o.redactions[k], k))
    return listed(
        say("read.of", label=known("redacted", k.lower()), n=o.redactions[k]) for k in order if o.redactions[k]
    )


def scores(page: Page, report: Report) -> str:
    """Each metric as a large number with its interval, n and a scale; the notes say what to do where there is none."""
    o = report.overview
    if not o.scores:
        return ""
    out = []
    for metric, e in o.scores.items():
        figure = report.figures[f"score:{metric}"]
        ends = [same(numbers.estimate_end(v, figure.unit)) for v in (figure.low, figure.high)]
        thin = " thin" if numbers.small(e.n) else ""
        inside = numbers.interval(e, figure.unit, figure.digits)
        inside = f"({inside})" if inside else ""
        out.append(
            f'<div class="score{thin}">{page.t(known("metric", metric), "p", "name")}'
            f'<p class="big">{numbers.value(e, figure.unit, figure.digits)}<span class="ci">{inside}'
            f'</span></p>{page.figure(figure)}<p class="ends"><span>{page.t(ends[0])}</span>'
            f"<span>{page.t(numbers.sample(e.n))}</span><span>{page.t(ends[1])}</span></p></div>"
        )
    return f'<div class="scores"{page.label(say("scores.title"))} role="group">{"".join(out)}</div>'


def trust(page: Page, report: Report) -> str:
    """How sentiment and severity were obtained, and what else must be known first, with the next step."""
    o = report.overview
    notes = [
        *o.notes,
        say(f"trust.sentiment.{o.sentiment_from}"),
        say(f"trust.severity.{o.severity_from}"),
    ]
    if o.moved is not None:
        notes.append(say("trust.moved", share=numbers.estimate(o.moved)))
    if not o.scores:
        notes.append(say("scores.none"))
    if report.unclear:
        notes.append(say("trust.unclear"))
    if report.painpoints and not report.dated:
        notes.append(say("empty.trend"))
    if report.painpoints and not report.grouped:
        notes.append(say("empty.groups"))
    items = "".join(page.t(note, "li") for note in notes)
    return f'<aside class="trust">{page.say("trust.title", "h2")}<ul>{items}</ul></aside>'


def as_of(page: Page, report: Report) -> str:
    """Up to which day the data go, by which version: never today's date."""
    o = report.overview
    if o.last_day:
        return page.say("page.as_of", "p", day=day(o.last_day), version=o.version, seed=str(o.seed))
    return page.say("page.as_of_none", "p", version=o.version, seed=str(o.seed))
