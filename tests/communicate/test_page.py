"""The page as bytes: what must be in it, and what must not."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
import time
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from balm.communicate import build_report, render_html, write_html
from balm.communicate.messages import pick
from balm.communicate.page.writer import marked
from balm.core.types import LANGUAGES, Estimate, Trend

VOID = {"meta", "input", "br", "img", "link", "hr"}


class Reader(HTMLParser):
    """Checks that tags nest, and collects elements and text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("script", "style"):
            self.text.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert not reader.open
    return reader


@pytest.fixture(scope="module")
def page(report):
    return render_html(report, "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_tags_nest_and_the_language_is_said(report, language):
    reader = read(render_html(report, language))
    assert dict(reader.elements)["html"]["lang"] == language
    assert pick(report.painpoints[0].labels, language) in reader.text
    idents = [attrs["id"] for _, attrs in reader.elements if "id" in attrs]
    assert len(idents) == len(set(idents))


def test_all_three_languages_are_in_the_page(page, report):
    words = json.loads(re.search(r'id="words">(.*?)</script>', page, re.S).group(1))
    assert words["languages"] == list(LANGUAGES)
    assert all(len(texts) == 3 and all(texts) for texts in words["texts"])
    for p in report.painpoints:
        assert [p.labels[code] for code in LANGUAGES] in words["texts"]
    numbers = [int(n) for n in re.findall(r'data-i="(\d+)"', page)]
    assert max(numbers) < len(words["texts"])


def test_the_policy_allows_our_script_and_style_only(page):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page).group(1)
    assert "default-src 'none'" in policy
    for tag, name in (("script", "script-src"), ("style", "style-src")):
        body = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.S).group(1)
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{name} 'sha256-{digest}'" in policy
    assert "unsafe" not in policy


def test_nothing_is_fetched_and_nothing_runs_inline(page):
    reader = read(page)
    for tag, attrs in reader.elements:
        assert not [a for a in attrs if a.startswith("on")], (tag, attrs)
        assert "style" not in attrs and "src" not in attrs
        assert not (attrs.get("href") or "#").strip("#") or (attrs["href"] or "").startswith("#")
    assert not re.search(r"https?://|//[a-z]+\.[a-z]+/", page.replace("http-equiv", ""))
    script = re.search(r"<script>(.*?)</script>", page, re.S).group(1)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|fetch\(", script)


def test_hostile_words_stay_words(shop):
    bad = '</script><script>window.hacked=1</script><img src=x onerror="x()">\u202e\x00'
    p = shop["painpoints"][0]
    quote = replace(p.quotes[0], text=bad, marks=((0, 5), (3, 9), (200, 300)))
    p = replace(p, labels=dict.fromkeys(LANGUAGES, bad), quotes=(quote,))
    overview = replace(shop["overview"], files=(bad,), columns={"text": bad}, notes=(dict.fromkeys(LANGUAGES, bad),))
    page = render_html(build_report(**shop | {"overview": overview, "painpoints": [p]}))
    reader = read(page)
    assert "img" not in [tag for tag, _ in reader.elements]
    assert len([1 for tag, _ in reader.elements if tag == "script"]) == 3
    assert "\x00" not in page
    assert "=HYPERLINK" not in page, "sentences travel packed"


def test_the_same_report_gives_the_same_bytes(shop, page, tmp_path):
    again = render_html(build_report(**shop), "en")
    assert again == page
    path = write_html(build_report(**shop), tmp_path / "report.html")
    assert path.read_bytes() == page.encode()


def test_every_count_of_a_pain_point_is_a_button_with_its_query(page, report):
    made = [
        (json.loads(attrs["data-q"]), int(attrs["data-n"]))
        for tag, attrs in read(page).elements
        if tag == "button" and "data-q" in attrs
    ]
    for p in report.painpoints:
        for unit, n in (("mention", p.mentions), ("comment", p.comments), ("customer", p.customers)):
            assert ({"unit": unit, "theme_id": p.theme_id, "sentiment": "negative"}, n) in made
    assert any("first" in query for query, _ in made), "counts of a period open"
    assert any("by:channel" in query for query, _ in made), "counts of a group open"


def test_customers_open_only_where_their_keys_are_known(shop):
    bare = [t.drop_columns(["customer", "time", "score", "by:channel"]) for t in shop["mentions"]]
    page = render_html(build_report(**shop | {"mentions": bare}))
    queries = [json.loads(a["data-q"]) for _, a in read(page).elements if "data-q" in a]
    assert queries
    assert not [q for q in queries if q["unit"] == "customer" or "first" in q]


def test_ties_proposals_and_doubt_are_said(report, page):
    text = " ".join(read(page).text)
    assert "tied with 2" in text
    assert "newly found" in text and "locker code" in text
    assert "of resamples" in text
    assert "not proof of a cause" in text
    assert "small" in text, "small samples are named, not only grey"
    assert "an association" in text
    assert "quick win" in text


def test_one_third_of_a_rank_is_never_rounded_to_certainty(report):
    from balm.communicate.page.ranking import _share, runs

    assert [_share(s) for s in (1.0, 0.9999, 0.5, 0.0001, 0.0)] == ["100%", "> 99%", "50%", "< 1%", "0%"]
    assert runs([2, 3, 4, 7]) == "2–4, 7"


NOTHING = Estimate(None, None, None, 0, "none")


@pytest.mark.parametrize("language", LANGUAGES)
def test_empty_states_name_the_next_step(shop, language):
    def shown(**change) -> str:
        return " ".join(read(render_html(build_report(**shop | change), language)).text)

    o = shop["overview"]
    assert "--text" in shown(painpoints=[])
    assert "--score" in shown(overview=replace(o, scores={}, scale=None, sentiment_from="words", severity_from="words"))
    timeless = [replace(p, trend=Trend("unknown", NOTHING, "day")) for p in shop["painpoints"]]
    assert "--time" in shown(painpoints=timeless, overview=replace(o, first_day=None, last_day=None))
    assert "--codebook" in shown(themes=[], painpoints=[])
    one = shown(overview=replace(o, comments=1, languages={"en": 1}), painpoints=[], themes=[], mentions=[])
    assert {"zh-Hans": "只有一条", "zh-Hant": "只有一則", "en": "only one comment"}[language] in one
    strange = replace(o, comments=9, languages={"other": 9})
    expected = {"zh-Hans": "暂不支持", "zh-Hant": "暫不支援", "en": "not supported yet"}
    assert expected[language] in shown(overview=strange, painpoints=[], themes=[], mentions=[])
    assert shown(solvability={})


def test_an_estimate_of_too_few_is_shown_and_grey(shop):
    p = replace(shop["painpoints"][0], severity=Estimate(None, None, None, 4, "x"), impact=NOTHING)
    page = render_html(build_report(**shop | {"painpoints": [p]}))
    assert "too few to say" in page


def test_unknown_customers_are_said(shop):
    o = replace(shop["overview"], customers_known=False)
    text = " ".join(read(render_html(build_report(**shop | {"overview": o}))).text)
    assert "each comment counts as one customer" in text
    assert "of comments" in text


def test_praise_is_shown_under_a_neutral_name(shop):
    topics = {"delivery.late": {"en": "Delivery time", "zh-Hans": "配送时效", "zh-Hant": "配送時效"}}
    assert "Delivery time" in render_html(build_report(**shop, topics=topics))


def test_many_pain_points_fold(shop):
    pains = [replace(p, theme_id=f"{p.theme_id}.{k}") for k in range(8) for p in shop["painpoints"]]
    page = render_html(build_report(**shop | {"painpoints": pains}))
    read(page)
    assert "70 more pain points" in page
    assert 'id="p-40"' in page and 'id="p-41"' not in page


def test_a_large_report_is_light_and_quick(large):
    render_html(large)  # what is cached once a process
    begun = time.process_time()
    page = render_html(large)
    took = time.process_time() - begun
    assert 9_000 < large.overview.comments < 11_000 and len(large.painpoints) == 180
    assert len(page.encode()) < 2_500_000
    assert took < 0.7, "0.25 s on a quiet machine"


def test_pains_of_little_weight_are_lines_that_open_their_sentences(large):
    page = render_html(large)
    reader = read(page)
    links = [a["href"] for tag, a in reader.elements if tag == "a"]
    idents = {f"#{a['id']}" for _, a in reader.elements if "id" in a}
    assert set(links) <= idents, "no link leads nowhere"
    opened = [json.loads(a["data-q"]).get("theme_id") for _, a in reader.elements if "data-q" in a]
    assert {p.theme_id for p in large.painpoints} <= set(opened)


def test_long_lists_of_ties_are_told_in_short(large):
    text = " ".join(read(render_html(large)).text)
    assert "tied with 9, 12–28" in text
    assert not re.search(r"tied with \d+[–, ]+\d+[–, ]+\d+[–, ]+\d+", text)


def test_the_order_is_explained_as_it_is_made(report):
    text = " ".join(read(render_html(report)).text)
    assert "Ordered by impact: reach × severity" in text
    assert "customer impact orders by impact (reach × severity)" in text
    assert "Value and effort orders by the levels" in text
    p = report.painpoints[0]
    assert f"{100 * p.impact.value:.1f}" in text, "impact is written per hundred"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_data_cannot_tell_is_said_once(shop, language):
    o = replace(shop["overview"], first_day=None, last_day=None, columns={"text": "t"}, customers_known=False)
    bare = [replace(p, trend=Trend("unknown", NOTHING, "day"), contrast=()) for p in shop["painpoints"]]
    text = " ".join(read(render_html(build_report(**shop | {"overview": o, "painpoints": bare}), language)).text)
    assert text.count("--time") == 1 and text.count("--by") == 1
    unknown = {"zh-Hans": "看不出", "zh-Hant": "看不出", "en": "unknown"}[language]
    assert text.count(unknown) <= 2, "no column of unknowns"


def test_marks_are_clipped_to_the_text():
    assert marked("a<b>c", ((1, 3), (2, 99))) == "a<mark>&lt;b</mark><mark>&gt;c</mark>"


def test_an_unknown_language_is_refused(report):
    with pytest.raises(ValueError, match="zh-Hans"):
        render_html(report, "de")


def test_the_room_loads_light():
    code = (
        "import sys, time, numpy, pyarrow; t = time.process_time(); import balm.communicate; "
        "assert 'rich' not in sys.modules and 'scipy' not in sys.modules and 'yaml' not in sys.modules; "
        "print(time.process_time() - t)"
    )
    took = float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    assert took < 0.25, "0.06 s on a quiet machine"
