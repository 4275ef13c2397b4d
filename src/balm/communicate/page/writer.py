"""Writes text that can change language: a text that differs by language is numbered, and the page carries all three."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from balm.communicate.escape import escape
from balm.communicate.figure import Figure, Table
from balm.communicate.messages import pick, say
from balm.communicate.sentences import Sentences
from balm.communicate.svg import svg
from balm.core.types import LANGUAGES, Labels, Overview, Quote

_LANGUAGE_TAGS = {"zh-Hans", "zh-Hant", "en"}


REFERENCE = 14
"""Code points of an identifier that is shown whole."""


Title = Labels | tuple[Labels, Labels]


class Page:
    """Collects the numbered texts of one page whose first language is `language`."""

    def __init__(self, language: str, sentences: Sentences, overview: Overview) -> None:
        self.language = language
        self.texts: dict[tuple[str, ...], int] = {}
        self.sentences = sentences
        self.columns = sentences.columns
        self.customers_known = overview.customers_known

    def _number(self, labels: Labels) -> int | None:
        """The number of a text, None where all languages say the same."""
        key = tuple(pick(labels, language) for language in LANGUAGES)
        if key[0] == key[1] == key[2]:
            return None
        return self.texts.setdefault(key, len(self.texts))

    def _text(self, labels: Labels) -> int:
        """The number of a text, also of one that all languages share."""
        return self.texts.setdefault(tuple(pick(labels, language) for language in LANGUAGES), len(self.texts))

    def put(self, labels: Labels) -> tuple[str, str]:
        """Attributes and content for an element that holds only this text."""
        number = self._number(labels)
        return ("" if number is None else f' data-i="{number}"'), escape(pick(labels, self.language))

    def t(self, labels: Labels, tag: str = "span", cls: str = "") -> str:
        """An element that holds this text; bare text where neither class nor translation needs one."""
        attributes, content = self.put(labels)
        if tag == "span" and not attributes and not cls:
            return content
        return f"<{tag}{_class(cls)}{attributes}>{content}</{tag}>"

    def say(self, key: str, tag: str = "span", cls: str = "", **values: object) -> str:
        """A message of the catalogue as an element."""
        return self.t(say(key, **values), tag, cls)

    def label(self, labels: Labels, name: str = "aria-label") -> str:
        """An attribute in the page's language: ` aria-label="…"`, changed with the page."""
        number = self._number(labels)
        mark = "" if number is None else f' data-a="{name}:{number}"'
        return f' {name}="{escape(pick(labels, self.language))}"{mark}'

    def figure(self, figure: Figure) -> str:
        return svg(figure, self.language, self)

    def count(self, n: int, title: Title, unit: str = "mention", text: Labels | None = None, **where: Any) -> str:
        """A number as a button that opens the sentences it counts; plain where the page cannot open them.

        `title`: what is opened, or two parts of it, which the page joins: texts are carried once, not in each
        combination. `where`: column → value; `first`, `last`: days since 1970-01-01, both included.
        """
        shown = self.t(text) if text else f"{n:,}"
        if n <= 0 or not self._can_open(unit, where):
            return f'<span class="n">{shown}</span>'
        query = json.dumps({"unit": unit, **where}, ensure_ascii=False, separators=(",", ":"))
        # in single quotes, so that the many quotes of JSON need no escape
        asked = escape(query).replace("&quot;", '"')
        parts = title if isinstance(title, tuple) else (title,)
        numbered = " ".join(str(self._text(part)) for part in parts)
        hint = "" if len(parts) > 1 else self.label(say("count.open", label=title, n=text or n))
        attributes = f'class="n"{hint} data-n="{n}" data-t="{numbered}" data-q=\'{asked}\''
        return f'<button type="button" {attributes}>{shown}</button>'

    def _can_open(self, unit: str, where: dict[str, Any]) -> bool:
        if not self.sentences.kept or (unit == "customer" and self.customers_known and "customer" not in self.columns):
            return False
        return all(("time" if name in ("first", "last") else name) in self.columns for name in where)

    def quote(self, quote: Quote, cls: str = "") -> str:
        """A customer's words with the marked ones set off, in their own language."""
        language = quote.language if quote.language in _LANGUAGE_TAGS else ""
        lang = f' lang="{language}"' if language else ""
        about = [_reference(quote.feedback_id)]
        if quote.time is not None:
            about.append(f"<time>{quote.time.date().isoformat()}</time>")
        if quote.score is not None:
            about.append(self.say("quote.score", score=f"{quote.score:g}".replace("-", "\u2212")))
        words = marked(quote.text, quote.marks)
        return (
            f'<figure class="quote{" " + cls if cls else ""}"><blockquote dir="auto"{lang}>{words}</blockquote>'
            f"<figcaption>{' · '.join(about)}</figcaption></figure>"
        )

    def table(self, table: Table, caption: Labels | None = None, cls: str = "") -> str:
        """A plain table with a head row; the first column names the row."""
        numeric = set(table.numeric)
        head = "".join(self._cell(c, "th", i in numeric, ' scope="col"') for i, c in enumerate(table.columns))
        rows = []
        for row in table.rows:
            cells = [self._cell(row[0], "th", False, ' scope="row"')]
            cells += [self._cell(c, "td", i in numeric, "") for i, c in enumerate(row[1:], 1)]
            rows.append(f"<tr>{''.join(cells)}</tr>")
        named = self.t(caption, "caption") if caption else ""
        return f"<table{_class(cls)}>{named}<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"

    def bar(self, share: float, cls: str = "") -> str:
        """A horizontal bar, `share` (0–1) of its cell; the number stands beside it."""
        return (
            f'<svg class="fig hbar{" " + cls if cls else ""}" viewBox="0 0 100 6" preserveAspectRatio="none" '
            f'aria-hidden="true"><rect class="bar" width="{100 * share:.1f}" height="6"/></svg>'
        )

    def heads(self, columns: Iterable[tuple[str, str]]) -> str:
        """Column heads: message key and class of each."""
        made = ((*self.put(say(key)), _class(cls)) for key, cls in columns)
        return "".join(f'<th scope="col"{cls}{attributes}>{content}</th>' for attributes, content, cls in made)

    def _cell(self, labels: Labels, tag: str, numeric: bool, more: str) -> str:
        attributes, content = self.put(labels)
        return f"<{tag}{more}{_class('num' if numeric else '')}{attributes}>{content}</{tag}>"


def _reference(feedback_id: str) -> str:
    """The comment's identifier; a long one in short, whole where it is pointed at."""
    if len(feedback_id) <= REFERENCE:
        return f"<span>{escape(feedback_id)}</span>"
    short = escape(feedback_id[: REFERENCE - 4] + "…")
    return f'<span title="{escape(feedback_id)}">{short}</span>'


def marked(text: str, marks: tuple[tuple[int, int], ...]) -> str:
    """Escaped text with `<mark>` around the spans; spans that overlap or leave the text are clipped."""
    out, at = [], 0
    for start, end in sorted(marks):
        start, end = max(start, at), min(end, len(text))  # noqa: PLW2901
        if start < end:
            out.append(f"{escape(text[at:start])}<mark>{escape(text[start:end])}</mark>")
            at = end
    return "".join([*out, escape(text[at:])])


def _class(cls: str) -> str:
    return f' class="{cls}"' if cls else ""
