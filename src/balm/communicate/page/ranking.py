"""The ranked list of pain points: the table an executive reads and prints."""

from __future__ import annotations

from balm.communicate import numbers
from balm.communicate.figure import Figure
from balm.communicate.messages import known, listed, same, say, span
from balm.communicate.page.writer import Page
from balm.communicate.report import FULL, Report
from balm.core.types import Estimate, Finding, Labels, PainPoint, Priority

FIRST = 10
"""Pain points in the first table; the others follow behind a fold."""

_WORDS = ((0.95, "sure.95"), (0.80, "sure.80"), (0.60, "sure.60"), (0.40, "sure.40"))


def section(page: Page, report: Report) -> str:
    """The heading, the first ten, and the rest behind a fold; the next step where there are none."""
    head = f'<div class="h" id="pains">{page.say("section.pains", "h2")}'
    if not report.painpoints:
        return f"{head}</div>{page.say('empty.pains', 'p', 'empty')}"
    first, more, short = (report.painpoints[a:b] for a, b in ((0, FIRST), (FIRST, FULL), (FULL, None)))
    hint = page.say(f"section.pains_hint.{report.overview.severity_from}", "p")
    out = f"{head}{hint}</div>{_table(page, report, first, 1)}"
    if more:
        summary = page.say("section.more", "summary", n=len(more) + len(short))
        rest = _short(page, report, short) if short else ""
        out += f'<details class="more">{summary}{_table(page, report, more, FIRST + 1)}{rest}</details>'
    return out


def _short(page: Page, report: Report, pains: tuple[PainPoint, ...]) -> str:
    """One line a pain point: what has little weight still opens its sentences."""
    keys = ("rank", "pain", "reach", "severity", "negative_n", "comments")
    head = page.heads((f"col.{k}", "" if k in ("rank", "pain") else "num") for k in keys)
    rows = []
    for place, p in enumerate(pains, FULL + 1):
        where = {"theme_id": p.theme_id, "sentiment": "negative"}
        cells = ""
        for unit, n, key in (("mention", p.mentions, "count.negative"), ("comment", p.comments, "count.comments")):
            title = (p.labels, say(key, n=n))
            cells += f'<td class="num">{page.count(n, title, unit, None, **where)}</td>'
        severity = page.t(numbers.estimate(p.severity, "score", report.digits["severity"]))
        thin = " thin" if numbers.small(p.severity.n) else ""
        rows.append(
            f'<tr><td>{place}</td><th scope="row">{page.t(p.labels)}{found(page, p)}</th><td class="num">'
            f'{page.t(numbers.estimate(p.reach))}</td><td class="num{thin}">{severity}</td>{cells}</tr>'
        )
    hint = page.say("section.short_hint", "p", "soft", n=len(pains), first=FULL + 1)
    table = f'<table class="plain short"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    return f'{hint}<div class="scroll">{table}</div>'


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
    for name in ("rank", "pain", *_columns(report)):
        hint = page.say(hints[name], "small") if name in hints else ""
        if name == "trend" and o.first_day and o.last_day:
            hint += page.t(span(o.first_day, o.last_day), "small")
        head += f'<th scope="col" role="columnheader" class="c-{name}">{page.say(f"col.{name}")}{hint}</th>'
    ranks = {p.theme_id: i for i, p in enumerate(report.painpoints, 1)}
    rows = "".join(_rows(page, report, p, i, ranks) for i, p in enumerate(pains, start))
    label = page.label(say("section.pains"))
    head = f'<thead role="rowgroup"><tr role="row">{head}</tr></thead>'
    return f'<table class="ranked" role="table"{label}>{head}{rows}</table>'


def _rows(page: Page, report: Report, p: PainPoint, place: int, ranks: dict[str, int]) -> str:
    digits = report.digits
    impact = page.figure(report.figures[f"impact:{p.theme_id}"]) if p.impact.value is not None else ""
    severity = number(page, p.severity, "score", digits["severity"])
    if p.severity.low is not None and p.severity.high is not None and p.severity.low <= 0 <= p.severity.high:
        severity += page.say("severity.unclear", "small", "thin")
    cells = [
        ("rank", _rank(page, report, p, place, ranks)),
        ("reach", number(page, p.reach, "share", None)),
        ("severity", severity),
        ("impact", impact + number(page, numbers.impact(p.impact), "score", digits["impact"], sample=False)),
        ("trend", trend(page, report, p) if report.dated else ""),
        ("counts", counts(page, p)),
    ]
    names = {name: page.say(f"col.{name}", "span", "k") if name != "rank" else "" for name, _ in cells}
    made = {name: f'<td role="cell" class="c-{name}">{names[name]}{html}</td>' for name, html in cells}
    quote = page.quote(p.quotes[0]) if p.quotes else page.say("empty.quotes", "p", "soft")
    title = f'<a href="#p-{place}">{page.t(p.labels)}</a>{tags(page, p)}'
    name = f'<th scope="row" role="rowheader" class="c-pain"><div class="title">{title}</div>{quote}</th>'
    columns = _columns(report)
    first = made["rank"] + name + "".join(made[n] for n in columns)
    wide = f'<td role="cell" colspan="{1 + len(columns)}">'
    return (
        f'<tbody role="rowgroup"><tr role="row" class="figures">{first}</tr>'
        f'<tr role="row" class="words"><td role="cell" class="c-rank"></td>{wide}'
        f"{_words(page, report, p)}</td></tr></tbody>"
    )


def _columns(report: Report) -> tuple[str, ...]:
    """Columns of numbers: no trend where nothing has a date."""
    return tuple(n for n in ("reach", "severity", "impact", "trend", "counts") if n != "trend" or report.dated)


def _rank(page: Page, report: Report, p: PainPoint, place: int, ranks: dict[str, int]) -> str:
    priority = leading(report, p)
    tied = sorted(ranks[t] for t in priority.tied_with if t in ranks) if priority else []
    shown = f'<span class="place">{place}</span>'
    if not tied:
        return shown
    attribute = page.label(say("rank.tied_hint"), "title")
    return f'{shown}<span class="tie"{attribute}>{page.t(tie(tied))}</span>'


def tie(places: list[int]) -> Labels:
    """With which places a rank is shared: named while they are few, else how many and between which."""
    named = runs(places)
    if named.count(",") < 2:
        # word joiners: a range is not broken at its dash
        return say("rank.tied", ranks=named.replace("–", "\u2060–\u2060").replace(", ", ",\u00a0"))
    return say("rank.tied_many", n=len(places), first=places[0], last=places[-1])


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
    """The kind, or that the theme was found: nobody has said yet of what kind that is."""
    tag = found(page, p).strip() or page.t(known("kind", p.kind), "span", "tag")
    return f'<span class="tags">{tag}</span>'


def found(page: Page, p: PainPoint) -> str:
    return f" {page.say('pain.discovered', 'span', 'tag found')}" if p.origin == "discovered" else ""


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
    """Negative mentions, comments and, where they are known, customers, each opening its sentences."""
    where = {"theme_id": p.theme_id, "sentiment": "negative"}
    out = []
    for unit, n, key in (
        ("mention", p.mentions, "count.negative"),
        ("comment", p.comments, "count.comments"),
        ("customer", p.customers, "count.customers"),
    )[: 3 if page.customers_known else 2]:
        title = (p.labels, say(key, n=n))
        out.append(f"<li>{page.count(n, title, unit, say(key, n=n), **where)}</li>")
    return f'<ul class="counts">{"".join(out)}</ul>'


def _words(page: Page, report: Report, p: PainPoint) -> str:
    sure = page.t(sureness(leading(report, p), len(report.painpoints)))
    who = ""
    if p.contrast:
        groups = page.t(listed(more_than(f) for f in p.contrast[:2]))
        who = f"<div>{page.say('col.who', 'dt')}<dd>{groups}</dd></div>"
    return f'<dl class="aside"><div>{page.say("col.sure", "dt")}<dd>{sure}</dd></div>{who}</dl>'


def place_of(where: dict[str, str]) -> Labels:
    """channel = app · city = Taipei: names as they stand in the data."""
    return same(" · ".join(f"{k} = {v}" for k, v in where.items()))


def more_than(finding: Finding) -> Labels:
    return say("pain.more_than", where=place_of(finding.where), lift=numbers.value(finding.lift, "score", 1))


def sureness(priority: Priority | None, pains: int, short: bool = False) -> Labels:
    """In words how often it stays in the first k of `pains` under resampling: the smallest k that its rank allows.

    A k that takes in every pain point says nothing and is not used. `short`: for a narrow column, without the word.
    """
    told = {} if priority is None else {k: share for k, share in priority.top_k.items() if k < pains}
    if priority is None or not told:
        return say("sure.unknown")
    k = min((k for k in told if k >= priority.rank), default=max(told))
    share = told[k]
    if short:
        return say("sure.short", k=k, share=_share(share))
    word = next((key for limit, key in _WORDS if share >= limit), "sure.0")
    key = "sure.top1" if k == 1 else "sure.top"
    return say(key, word=say(word), k=k, share=_share(share))


def _share(share: float) -> str:
    """A share of resamples; never rounded up to all or down to none."""
    if 0.995 <= share < 1:
        return "> 99%"
    return "< 1%" if 0 < share < 0.005 else numbers.percent(share, 0)
