"""Below the pain points: where to start, praise, proposals, all themes, and how the numbers were made."""

from __future__ import annotations

import re

from balm.communicate import numbers
from balm.communicate.messages import WORDS, known, listed, same, say
from balm.communicate.page.writer import Page
from balm.communicate.report import FULL, Report
from balm.core.types import Labels, Quote, Theme

_RANGE = re.compile(r"its values run from (\S+) to (\S+)")

PRAISED = 8
"""Praised themes shown."""

PRAISE_LENGTH = (6, 160)
"""Code points of a mention that is shown as praise where the theme has no example."""

THEMES = 30
"""Themes in sight; the others follow behind a fold."""


def _section(page: Page, key: str, inside: str, hint: Labels | None = None, name: str = "") -> str:
    note = page.t(hint, "p") if hint else ""
    ident = f' id="{name}"' if name else ""
    return f'<section class="rest"{ident}><div class="h">{page.say(key, "h2")}{note}</div>{inside}</section>'


def effort(page: Page, report: Report) -> str:
    """The value–effort picture with its table; left out where there are no pains."""
    if not report.painpoints:
        return ""
    figure = report.figures.get("effort")
    if figure is None:
        return _section(page, "section.effort", page.say("empty.effort", "p", "empty"))
    levels = {1.0: "low", 2.0: "medium", 3.0: "high"}
    place = {p.theme_id: i for i, p in enumerate(report.painpoints, 1)}
    rows = []
    for i, p in enumerate(report.to_start):
        title = (p.labels, say("count.customers", n=p.customers))
        opened = page.count(p.customers, title, "customer", None, theme_id=p.theme_id, sentiment="negative")
        impact = page.t(numbers.estimate(figure.series[0].at(i), "score", figure.digits))
        level = page.t(known("level", levels[figure.x[i]]))
        if any(priority.quick_win for priority in p.priority.values()):
            level += f" {page.say('effort.quick', 'span', 'tag found')}"
        name = page.t(p.labels)
        if place[p.theme_id] <= FULL:
            name = f'<a href="#p-{place[p.theme_id]}">{name}</a>'
        rows.append(
            f'<tr><td>{i + 1}</td><th scope="row">{name}</th><td class="num">{impact}</td><td>{level}</td>'
            f'<td class="num">{opened}</td></tr>'
        )
    columns = (
        ("col.order", ""),
        ("col.pain", ""),
        ("col.impact", "num"),
        ("col.solvability", ""),
        ("col.customers", "num"),
    )
    table = f'<table class="plain"><thead><tr>{page.heads(columns)}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
    inside = f'<div class="two"><div>{page.figure(figure)}</div><div class="scroll">{table}</div></div>'
    return _section(page, "section.effort", inside, say("effort.guess", n=len(rows)))


def praise(page: Page, report: Report) -> str:
    """What customers like: themes by positive mentions, with words."""
    found = report.praised
    named = [(t, n) for t, n in found if t.origin != "discovered"]
    # a found theme has the name of a proposal only, which says little as praise
    found = (named if len(named) >= PRAISED // 2 else found)[:PRAISED]
    if not found:
        return _section(page, "section.praise", page.say("empty.praise", "p", "soft"))
    top = found[0][1]
    items = []
    for theme, n in found:
        name = report.topics.get(theme.id, theme.labels)
        title = (name, say("count.positive", n=n))
        opened = page.count(n, title, "mention", say("count.positive", n=n), theme_id=theme.id, sentiment="positive")
        quote = next((q for q in theme.examples if q.sentiment == "positive"), None) or _praise_quote(report, theme)
        bar = page.bar(n / top, "good")
        words = page.quote(quote) if quote else ""
        items.append(f"<li><h3>{page.t(name)}</h3>{bar}<p>{opened}</p>{words}</li>")
    return _section(page, "section.praise", f'<ul class="praise">{"".join(items)}</ul>')


def _praise_quote(report: Report, theme: Theme) -> Quote | None:
    """The first carried positive mention of a readable length."""
    import pyarrow.compute as pc

    table = report.sentences.table
    if table is None:
        return None
    mine = table.filter(pc.and_(pc.equal(table["theme_id"], theme.id), pc.equal(table["sentiment"], "positive")))
    for row in mine.slice(0, 50).to_pylist():
        if PRAISE_LENGTH[0] <= len(row["text"]) <= PRAISE_LENGTH[1]:
            return Quote(row["feedback_id"], 0, row["text"], 0, len(row["text"]), row["language"], "positive")
    return None


def proposals(page: Page, report: Report) -> str:
    """Discovered themes, labelled as proposals, with the phrases that set them apart."""
    found = report.proposals
    if not found:
        return ""
    items = []
    for theme in found:
        title = (theme.labels, say("count.mentions", n=theme.mentions))
        opened = page.count(
            theme.mentions, title, "mention", say("count.mentions", n=theme.mentions), theme_id=theme.id
        )
        phrases = "".join(f"<li>{page.t(same(p))}</li>" for p in theme.distinctive[:8])
        examples = sorted(theme.examples, key=lambda q: q.sentiment == "positive")
        quotes = "".join(page.quote(q) for q in examples[:2])
        items.append(
            f"<li><h3>{page.t(theme.labels)}</h3><p>{page.say('origin.discovered', 'span', 'tag found')} {opened}</p>"
            f'<ul class="phrases"{page.label(say("col.phrases"))}>{phrases}</ul>{quotes}</li>'
        )
    inside = f'<ul class="proposals">{"".join(items)}</ul>'
    return _section(page, "section.proposals", inside, say("section.proposals_hint"))


def themes(page: Page, report: Report) -> str:
    """Every theme with mentions: counts, and shares with intervals."""
    shown = sorted((t for t in report.themes if t.mentions), key=lambda t: (-t.comments, t.id))
    if not shown:
        return _section(page, "section.themes", page.say("empty.themes", "p", "empty"))
    keys = ["theme", "kind", "n", "comments", "share_comments", "share_customers", "negative"]
    if not report.overview.customers_known:
        keys.remove("share_customers")
    head = page.heads((f"col.{k}", "" if k in ("theme", "kind") else "num") for k in keys)
    inside = ""
    for part in (shown[:THEMES], shown[THEMES:]):
        if not part:
            continue
        rows = "".join(_theme(page, t, keys) for t in part)
        table = f'<table class="plain themes"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
        table = f'<div class="scroll">{table}</div>'
        fold = page.say("section.more_themes", "summary", n=len(part))
        inside += f'<details class="more">{fold}{table}</details>' if inside else table
    return _section(page, "section.themes", inside)


def _theme(page: Page, t: Theme, keys: list[str]) -> str:
    found = f" {page.say('pain.discovered', 'span', 'tag found')}" if t.origin == "discovered" else ""
    mentions = (t.labels, say("count.mentions", n=t.mentions))
    comments = (t.labels, say("count.comments", n=t.comments))
    cells = {
        "kind": f"<td>{page.t(known('kind', t.kind)) if not found else '–'}</td>",
        "n": f'<td class="num">{page.count(t.mentions, mentions, theme_id=t.id)}</td>',
        "comments": f'<td class="num">{page.count(t.comments, comments, "comment", theme_id=t.id)}</td>',
    }
    for key, e in (
        ("share_comments", t.share_of_comments),
        ("share_customers", t.share_of_customers),
        ("negative", t.negative_share),
    ):
        thin = " thin" if e is not None and numbers.small(e.n) else ""
        cells[key] = f'<td class="num{thin}">{page.t(numbers.estimate(e))}</td>'
    return f'<tr><th scope="row">{page.t(t.labels)}{found}</th>{"".join(cells[k] for k in keys if k != "theme")}</tr>'


def _guess(text: str) -> Labels:
    """`NAME (reason)` with a reason the catalogue knows put into every language."""
    name, _, reason = text.removesuffix(")").rpartition(" (")
    found = _RANGE.fullmatch(reason)
    if found:
        why = say("why.range", low=found[1], high=found[2])
    elif f"why.{reason}" in WORDS:
        why = say(f"why.{reason}")
    else:
        return same(text)
    return say("why", name=name, why=why)


def about(page: Page, report: Report) -> str:
    """Files, columns, codebook, rejected rows, and how each number was made."""
    o = report.overview
    book: Labels = same(o.codebook) if o.codebook and o.codebook != "none" else say("read.codebook_none")
    if o.packs:
        book = say("read.packs", codebook=book, packs=", ".join(o.packs))
    items = [("read.files", page.t(listed(same(f) for f in o.files)))]
    columns = "".join(
        page.say("read.pair", "li", label=known("role", role), value=_guess(text))
        for role, text in o.columns.items()
        if text
    )
    if columns:
        items.append(("read.columns", f"<ul>{columns}</ul>"))
    items.append(("read.codebook", page.t(book)))
    if rejected := sum(o.rejected.values()):
        reasons = "".join(
            page.say("read.pair", "li", label=known("rejected", k), value=n) for k, n in sorted(o.rejected.items()) if n
        )
        items.append(("read.rejected", f"{rejected:,} · {page.say('read.rejected_where')}<ul>{reasons}</ul>"))
    redacted = "".join(
        page.say("read.pair", "li", label=known("redacted", k.lower()), value=n)
        for k, n in sorted(o.redactions.items())
        if n
    )
    items.append(("read.redacted", f"<ul>{redacted}</ul>" if redacted else page.say("read.redacted_none")))
    how = "".join(page.say(f"about.{key}", "li") for key in ("reach", "impact", "rank", "change", "sentences"))
    methods = sorted({e.method for p in report.painpoints[:FULL] for e in (p.reach, p.severity, p.impact) if e.method})
    if methods:
        how += page.say("about.methods", "li", methods=listed(known("method", m) for m in methods))
    items.append(("about.how", f"<ul>{how}</ul>"))
    cells = "".join(f"<div>{page.say(key, 'dt')}<dd>{html}</dd></div>" for key, html in items)
    return _section(page, "section.about", f'<dl class="about">{cells}</dl>', name="about")
