"""The ranked list of pain points: the table an executive reads and prints."""

from __future__ import annotations

from balm.communicate import numbers
from balm.communicate.figure import Figure
from balm.communicate.messages import known, listed, same, say
from balm.communicate.page.writer import Page
from balm.communicate.report import Report
from balm.core.types import Estimate, Finding, Labels, PainPoint, Priority

FIRST = 10
"""Pain points in the first table; the others follow behind a fold."""

_WORDS = ((0.95, "sure.95"), (0.80, "sure.80"), (0.60, "sure.60"), (0.40, "sure.40"))


def section(page: Page, report: Report) -> str:
    """The heading, the first ten, and the rest behind a fold; the next step where there are none."""
    head = f'<div class="h" id="pains">{page.say("section.pains", "h2")}'
    if not report.painpoints:
        return f"{head}</div>{page.say('empty.pains', 'p', 'empty')}"
    first, more = report.painpoints[:FIRST], report.painpoints[FIRST:]
    out = f"{head}{page.say('section.pains_hint', 'p')}</div>{_table(page, report, first, 1)}"
    if more:
        summary = page.say("section.more", "summary", n=len(more))
        out += f'<details class="more">{summary}{_table(page, report, more, FIRST + 1)}</details>'
    return out


def _table(page: Page, report: Report, pains: tuple[PainPoint, ...], start: int) -> str:
    o = report.overview
    hints = {
        "reach": f"col.reach_hint.{'customers' if o.customers_known else 'comments'}",
        "severity": f"col.severity_hint.{o.severity_from}",
        "impact": f"col.impact_hint.{o.severity_from}",
        "trend": "col.trend_hint",
        "counts": "col.counts_hint",
    }
    head = ""
    for name in ("rank", "pain", "reach", "severity", "impact", "trend", "counts"):
        hint = page.say(hints[name], "small") if name in hints else ""
        head += f'<th scope="col" role="columnheader" class="c-{name}">{page.say(f"col.{name}")}{hint}</th>'
    ranks = {p.theme_id: i for i, p in enumerate(report.painpoints, 1)}
    rows = "".join(_rows(page, report, p, i, ranks) for i, p in enumerate(pains, start))
    label = page.label(say("section.pains"))
    head = f'<thead role="rowgroup"><tr role="row">{head}</tr></thead>'
    return f'<table class="ranked" role="table"{label}>{head}{rows}</table>'


def _rows(page: Page, report: Report, p: PainPoint, place: int, ranks: dict[str, int]) -> str:
    digits = report.digits
    impact = page.figure(report.figures[f"impact:{p.theme_id}"]) if p.impact.value is not None else ""
    cells = [
        ("rank", _rank(page, report, p, place, ranks)),
        ("reach", number(page, p.reach, "share", None)),
        ("severity", number(page, p.severity, "score", digits["severity"])),
        ("impact", impact + number(page, p.impact, "score", digits["impact"], sample=False)),
        ("trend", trend(page, report, p)),
        ("counts", counts(page, p)),
    ]
    names = {name: page.say(f"col.{name}", "span", "k") if name != "rank" else "" for name, _ in cells}
    made = {name: f'<td role="cell" class="c-{name}">{names[name]}{html}</td>' for name, html in cells}
    quote = page.quote(p.quotes[0]) if p.quotes else page.say("empty.quotes", "p", "soft")
    title = f'<a href="#p-{place}">{page.t(p.labels)}</a>{tags(page, p)}'
    name = f'<th scope="row" role="rowheader" class="c-pain"><div class="title">{title}</div>{quote}</th>'
    first = made["rank"] + name + "".join(made[n] for n in ("reach", "severity", "impact", "trend", "counts"))
    return (
        f'<tbody role="rowgroup"><tr role="row" class="figures">{first}</tr>'
        f'<tr role="row" class="words"><td role="cell" class="c-rank"></td><td role="cell" colspan="6">'
        f"{_words(page, report, p)}</td></tr></tbody>"
    )


def _rank(page: Page, report: Report, p: PainPoint, place: int, ranks: dict[str, int]) -> str:
    priority = leading(report, p)
    tied = sorted(ranks[t] for t in priority.tied_with if t in ranks) if priority else []
    shown = f'<span class="place">{place}</span>'
    if not tied:
        return shown
    attribute = page.label(say("rank.tied_hint"), "title")
    label = say("rank.tied", ranks=runs(tied))
    return f'{shown}<span class="tie"{attribute}>{page.t(label)}</span>'


def leading(report: Report, p: PainPoint) -> Priority | None:
    """The priority under the model that ranks the list."""
    return p.priority.get(report.models[0]) if report.models else None


def runs(places: list[int]) -> str:
    """2, 3, 4, 7 → 2–4, 7."""
    out: list[list[int]] = []
    for n in places:
        if out and n == out[-1][-1] + 1:
            out[-1].append(n)
        else:
            out.append([n])
    return ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}–{r[-1]}" for r in out)


def tags(page: Page, p: PainPoint) -> str:
    found = page.say("pain.discovered", "span", "tag found") if p.origin == "discovered" else ""
    return f'<span class="tags">{page.t(known("kind", p.kind), "span", "tag")}{found}</span>'


def number(page: Page, e: Estimate, unit: numbers.Unit, digits: int | None, sample: bool = True) -> str:
    """Value, interval and n, one under the other; grey where n is small."""
    if e.value is None:
        return f'<span class="est thin">{page.say("number.too_few")}<small>{page.t(numbers.sample(e.n))}</small></span>'
    inside = numbers.interval(e, unit, digits)
    thin = " thin" if numbers.small(e.n) else ""
    n = f"<small>{page.t(numbers.sample(e.n))}</small>" if sample or thin else ""
    ci = f"<small>({inside})</small>" if inside else ""
    return f'<span class="est{thin}"><b>{numbers.value(e, unit, digits)}</b>{ci}{n}</span>'


def trend(page: Page, report: Report, p: PainPoint) -> str:
    """Sparkline, sign and word."""
    figure = report.figures[f"trend:{p.theme_id}"]
    picture = page.figure(spark(figure)) if not figure.empty else ""
    return picture + trend_word(page, p.trend.direction)


def trend_word(page: Page, direction: str) -> str:
    """Arrow and word."""
    return f'<span class="dir {direction}">{_sign(direction)} {page.say(f"trend.{direction}")}</span>'


def spark(figure: Figure) -> Figure:
    """The same series, drawn small."""
    return Figure("spark", figure.title, figure.x, figure.ticks, figure.series, unit=figure.unit)


def _sign(direction: str) -> str:
    return f'<span aria-hidden="true">{say(f"trend.sign.{direction}")["en"]}</span>'


def counts(page: Page, p: PainPoint) -> str:
    """Negative mentions, comments and customers, each opening its sentences."""
    where = {"theme_id": p.theme_id, "sentiment": "negative"}
    out = []
    for unit, n, key in (
        ("mention", p.mentions, "count.negative"),
        ("comment", p.comments, "count.comments"),
        ("customer", p.customers, "count.customers"),
    ):
        title = say("pain.title", theme=p.labels, what=say(key, n=n))
        out.append(f"<li>{page.count(n, title, unit, say(key, n=n), **where)}</li>")
    return f'<ul class="counts">{"".join(out)}</ul>'


def _words(page: Page, report: Report, p: PainPoint) -> str:
    sure = page.t(sureness(leading(report, p), len(report.painpoints)))
    who = (
        page.t(listed(more_than(f) for f in p.contrast[:2]))
        if p.contrast
        else page.say("empty.contrast", "span", "soft")
    )
    return (
        f'<dl class="aside"><div>{page.say("col.sure", "dt")}<dd>{sure}</dd></div>'
        f"<div>{page.say('col.who', 'dt')}<dd>{who}</dd></div></dl>"
    )


def place_of(where: dict[str, str]) -> Labels:
    """channel = app · city = Taipei: names as they stand in the data."""
    return same(" · ".join(f"{k} = {v}" for k, v in where.items()))


def more_than(finding: Finding) -> Labels:
    return say("pain.more_than", where=place_of(finding.where), lift=numbers.value(finding.lift, "score", 1))


def sureness(priority: Priority | None, pains: int) -> Labels:
    """In words how often it stays in the first k of `pains` under resampling: the smallest k that its rank allows.

    A k that takes in every pain point says nothing and is not used.
    """
    told = {} if priority is None else {k: share for k, share in priority.top_k.items() if k < pains}
    if priority is None or not told:
        return say("sure.unknown")
    k = min((k for k in told if k >= priority.rank), default=max(told))
    share = told[k]
    word = next((key for limit, key in _WORDS if share >= limit), "sure.0")
    key = "sure.top1" if k == 1 else "sure.top"
    return say(key, word=say(word), k=k, share=_share(share))


def _share(share: float) -> str:
    """A share of resamples; never rounded up to all or down to none."""
    if 0.995 <= share < 1:
        return "> 99%"
    return "< 1%" if 0 < share < 0.005 else numbers.percent(share, 0)
