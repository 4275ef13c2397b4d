"""A report as one HTML file: three languages, no network, readable without a script."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from importlib import resources
from pathlib import Path

from balm.communicate.messages import WORDS, listed, same, say
from balm.communicate.page import head, pain, ranking, rest
from balm.communicate.page.writer import Page
from balm.communicate.report import Report
from balm.communicate.sentences import pack
from balm.core.types import LANGUAGES, Labels

_NAMES = {"zh-Hans": "简体中文", "zh-Hant": "繁體中文", "en": "English"}


def render_html(report: Report, language: str = "en") -> str:
    """The whole page. `language`: the one it opens in, and the only one without JavaScript.

    ValueError for an unknown language. The same report gives the same bytes.
    """
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, not {language!r}")
    page = Page(language, report.sentences, report.overview)
    title = say("page.title", files=listed(same(name) for name in report.overview.files[:3]))
    body = "".join(
        [
            page.say("page.skip", "a", "skip").replace("<a ", '<a href="#pains" ', 1),
            _bar(page),
            "<main>",
            '<section class="summary">',
            head.top(page, report),
            ranking.section(page, report),
            "</section>",
            pain.sections(page, report),
            rest.effort(page, report),
            rest.praise(page, report),
            rest.proposals(page, report),
            rest.themes(page, report),
            rest.about(page, report),
            "</main>",
            _foot(page, report),
            _drawer(page),
        ]
    )
    return _document(page, title, body, pack(report.sentences))


def write_html(report: Report, path: str | Path, language: str = "en") -> Path:
    """Write the page as UTF-8 and return where it is."""
    target = Path(path)
    target.write_text(render_html(report, language), encoding="utf-8", newline="\n")
    return target


@cache
def _asset(name: str) -> str:
    return (resources.files("balm.communicate") / "assets" / name).read_text("utf-8").strip()


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def _json(value: object) -> str:
    """JSON that cannot end the script element it stands in."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c").replace("&", "\\u0026")


def _document(page: Page, title: Labels, body: str, sentences: str) -> str:
    style, script = _asset("figure.css") + "\n" + _asset("page.css"), _asset("page.js")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    ui = {key: WORDS[key] for key in WORDS if key.startswith(("drawer.", "language."))}
    attributes, shown = page.put(title)
    words = _json({"languages": LANGUAGES, "texts": list(page.texts), "ui": ui})
    return (
        f'<!doctype html>\n<html lang="{page.language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="generator" content="Balm">\n'
        f"<title{attributes}>{shown}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}\n"
        f'<script type="application/json" id="words">{words}</script>\n'
        f'<script type="application/octet-stream" id="sentences">{sentences}</script>\n'
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def _bar(page: Page) -> str:
    buttons = "".join(
        f'<button type="button" lang="{code}" data-language="{code}" '
        f'aria-pressed="{str(code == page.language).lower()}">{_NAMES[code]}</button>'
        for code in LANGUAGES
    )
    switch = f'<div class="switch" role="group"{page.label(say("page.language"))}>{buttons}</div>'
    return f'<header class="bar"><p class="brand">Balm</p>{page.say("page.kicker", "p", "kicker")}{switch}</header>'


def _foot(page: Page, report: Report) -> str:
    no_script = f"<noscript>{page.say('page.no_script', 'p')}</noscript>"
    return f"<footer>{head.as_of(page, report)}{page.say('page.offline', 'p')}{no_script}</footer>"


def _drawer(page: Page) -> str:
    """The panel of sentences, empty until a count is opened."""
    words = page.say
    filters = (
        f'<label>{words("drawer.filter")}<input type="search" id="d-word" autocomplete="off"></label>'
        f'<label>{words("drawer.language")}<select id="d-language"></select></label>'
        f'<label>{words("drawer.score")}<select id="d-score"></select></label>'
    )
    return (
        '<dialog id="drawer" aria-labelledby="d-title"><div class="d-head"><h2 id="d-title" tabindex="-1"></h2>'
        f"{words('drawer.close', 'button').replace('<button', '<button type=button id=d-close', 1)}</div>"
        f'<p id="d-note" role="status"></p><div class="d-filters">{filters}</div>'
        f'<ol id="d-list" tabindex="0"{page.label(say("pain.sentences"))}></ol><div class="d-pages">'
        f"{words('drawer.previous', 'button').replace('<button', '<button type=button id=d-previous', 1)}"
        '<span id="d-page" role="status"></span>'
        f"{words('drawer.next', 'button').replace('<button', '<button type=button id=d-next', 1)}</div></dialog>"
    )


__all__ = ["render_html", "write_html"]
