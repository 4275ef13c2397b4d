"""One section a pain point: its trend, its priority, who has it, how they feel, and what they say."""

from __future__ import annotations

from balm.communicate import figures, numbers
from balm.communicate.messages import known, same, say
from balm.communicate.page import ranking
from balm.communicate.page.writer import Page
from balm.communicate.report import FULL, Report
from balm.core.types import Labels, PainPoint

_DAYS = {"day": 1, "week": 7, "month": 31}

QUOTES = 3
"""Quotes shown at once; the others follow behind a fold."""


def sections(page: Page, report: Report) -> str:
    """A section for each of the first `FULL` pain points, the first one open."""
    if not report.painpoints:
        return ""
    inside = "".join(_pain(page, report, p, i) for i, p in enumerate(report.painpoints[:FULL], 1))
    return f'<section class="pains"><div class="h">{page.say("section.details", "h2")}</div>{inside}</section>'


def _pain(page: Page, report: Report, p: PainPoint, place: int) -> str:
    digits = report.digits
    summary = page.say(
        "pain.summary" if report.dated else "pain.summary_undated",
        "span",
        "sum",
        reach=numbers.estimate(p.reach),
        impact=numbers.estimate(numbers.impact(p.impact), "score", digits["impact"]),
        trend=say(f"trend.{p.trend.direction}"),
    )
    blocks = [
        _over_time(page, report, p) if report.dated else "",
        _priority(page, report, p),
        _who(page, p) if report.grouped else "",
        _feel(page, report, p),
        _quotes(page, p),
        _sentences(page, p),
    ]
    opened = " open" if place == 1 else ""
    return (
        f'<details class="pain" id="p-{place}"{opened}><summary><span class="place">{place}</span>'
        f"<h3>{page.t(p.labels)}</h3>{ranking.tags(page, p)}{summary}</summary>"
        f'<div class="grid">{"".join(blocks)}</div></details>'
    )


def _block(page: Page, key: str, inside: str, cls: str) -> str:
    return f'<section class="{cls}">{page.say(key, "h4")}{inside}</section>'


def _over_time(page: Page, report: Report, p: PainPoint) -> str:
    figure = report.figures[f"trend:{p.theme_id}"]
    if figure.empty:
        return _block(page, "pain.trend", page.say("empty.trend", "p", "empty"), "wide")
    ratio = ""
    if p.trend.ratio.value is not None:
        ratio = page.say("trend.ratio", ratio=numbers.estimate(p.trend.ratio, "ratio"))
    word = f"<p>{ranking.trend_word(page, p.trend.direction)}{' · ' if ratio else ''}{ratio}</p>"
    changes = "".join(page.t(figures.describe(c), "li") for c in figures.steps(p.trend))
    found = f'<ul class="changes">{changes}</ul>' if changes else page.say("trend.no_change", "p", "soft")
    table = (
        f'<details>{page.say("trend.table", "summary")}<div class="scroll">{_periods(page, report, p)}</div></details>'
    )
    beside = f'<div class="beside">{word}{found}{page.say("figure.band", "p", "soft")}{table}</div>'
    return _block(page, "pain.trend", f'<div class="time">{page.figure(figure)}{beside}</div>', "wide")


def _periods(page: Page, report: Report, p: PainPoint) -> str:
    """The table of the chart, each count opening the comments of its period."""
    figure = report.figures[f"trend:{p.theme_id}"]
    table = figure.table()
    if not figure.series[0].count:
        return page.table(table, cls="plain")
    head = page.heads((("col.period", ""), ("col.share", "num"), ("col.count", "num"), ("col.base", "num")))
    rows = []
    for i, (tick, value, _, n) in enumerate(table.rows):
        first = int(figure.x[i])
        last = int(figure.x[i + 1]) - 1 if i + 1 < len(figure.x) else first + _DAYS[p.trend.period] - 1
        title = (p.labels, tick)
        where = {"theme_id": p.theme_id, "sentiment": "negative", "first": first, "last": last}
        opened = page.count(figure.series[0].count[i] or 0, title, "comment", None, **where)
        thin = ' class="thin"' if numbers.small(figure.series[0].n[i]) else ""
        rows.append(
            f'<tr{thin}><th scope="row">{page.t(tick)}</th><td class="num">{page.t(value)}</td>'
            f'<td class="num">{opened}</td><td class="num">{page.t(n)}</td></tr>'
        )
    return f'<table class="plain"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def _priority(page: Page, report: Report, p: PainPoint) -> str:
    names = {q.theme_id: i for i, q in enumerate(report.painpoints, 1)}
    items = []
    for model in report.models:
        priority = p.priority.get(model)
        if priority is None:
            continue
        tied = sorted(names[t] for t in priority.tied_with if t in names)
        tie = f" · {page.t(ranking.tie(tied))}" if tied and model == report.models[0] else ""
        quick = f" · {page.say('effort.quick', 'span', 'tag found')}" if priority.quick_win else ""
        sure = page.t(ranking.sureness(priority, len(report.painpoints)))
        items.append(
            f"<div><dt>{page.t(known('model', model))}</dt><dd>{page.say('pain.rank_of', 'b', n=priority.rank)} · "
            f"{page.t(known('level', priority.level), 'span', f'level {priority.level}')}{quick}{tie}"
            f'<p>{page.t(priority.reason)}</p><p class="soft">{sure}</p></dd></div>'
        )
    return _block(page, "pain.priority", f'<dl class="models">{"".join(items)}</dl>', "half")


def _who(page: Page, p: PainPoint) -> str:
    if not p.contrast:
        return _block(page, "pain.who", page.say("empty.contrast", "p", "soft"), "half")
    head = page.heads((("col.where", ""), ("col.lift", "num"), ("col.segment_share", "num"), ("col.q", "num")))
    rows = []
    for f in p.contrast:
        thin = ' class="thin"' if numbers.small(f.share.n) else ""
        where = {f"by:{k}": v for k, v in f.where.items()}
        had = round((f.share.value or 0.0) * f.share.n)
        opened = page.count(
            had,
            (p.labels, ranking.place_of(f.where)),
            "comment",
            numbers.estimate(f.share),
            theme_id=p.theme_id,
            sentiment="negative",
            **where,
        )
        rows.append(
            f'<tr{thin}><th scope="row">{page.t(ranking.place_of(f.where))}</th>'
            f'<td class="num">{page.t(numbers.estimate(f.lift, "ratio"))}</td>'
            f'<td class="num">{opened} <small>{page.t(numbers.sample(f.share.n))}</small></td>'
            f'<td class="num">{figures.q_value(f.q).removeprefix("= ")}</td></tr>'
        )
    table = f'<table class="plain"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    return _block(
        page, "pain.who", f'{page.say("pain.who_hint", "p", "soft")}<div class="scroll">{table}</div>', "half"
    )


def _feel(page: Page, report: Report, p: PainPoint) -> str:
    if not p.mentions:
        return ""
    out = ""
    for name, column, prefix, counts in (
        ("emotions", "emotion", "emotion", p.emotions),
        ("targets", "target", "target", p.targets),
    ):
        figure = report.figures.get(f"{name}:{p.theme_id}")
        if figure is None:
            continue
        top = max(counts.values())
        rows = []
        for key, n in sorted(counts.items(), key=lambda i: (i[0] == "none", -i[1], i[0])):
            if n:
                title = (p.labels, known(prefix, key))
                opened = page.count(
                    n, title, "mention", None, theme_id=p.theme_id, sentiment="negative", **{column: key}
                )
                shown, bar = page.t(known(prefix, key)), page.bar(n / top)
                cells = f'<td class="num">{opened}</td><td class="barcell">{bar}</td>'
                rows.append(f'<tr><th scope="row">{shown}</th>{cells}</tr>')
        told = sum(n for key, n in counts.items() if key != "none")
        caption = page.say(f"pain.{name}_of", "caption", n=told, all=p.mentions)
        out += f'<table class="hbars">{caption}<tbody>{"".join(rows)}</tbody></table>'
    if p.urgent:
        title = (p.labels, say("pain.urgent", n=p.urgent))
        where = {"theme_id": p.theme_id, "sentiment": "negative", "urgency": "urgent"}
        out += (
            f'<p class="urgent">{page.count(p.urgent, title, "mention", say("pain.urgent", n=p.urgent), **where)}</p>'
        )
    return _block(page, "pain.feel", f'<div class="pair">{out}</div>', "half") if out else ""


def _quotes(page: Page, p: PainPoint) -> str:
    if not p.quotes:
        return _block(page, "pain.quotes", page.say("empty.quotes", "p", "soft"), "half")
    first, more = p.quotes[:QUOTES], p.quotes[QUOTES:]
    out = "".join(page.quote(q) for q in first)
    if more:
        rest = "".join(page.quote(q) for q in more)
        out += f"<details>{page.say('pain.more_quotes', 'summary', n=len(more))}{rest}</details>"
    return _block(page, "pain.quotes", out, "half")


def _sentences(page: Page, p: PainPoint) -> str:
    phrases: Labels | None = same(" · ".join(p.distinctive)) if p.distinctive else None
    extra = f'<p class="soft">{page.say("col.phrases")}: {page.t(phrases)}</p>' if phrases else ""
    return _block(page, "pain.sentences", ranking.counts(page, p) + extra, "wide all")
