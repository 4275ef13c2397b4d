"""Every number opens the sentences it counts: the links of these pages, followed."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.urls import reverse

from balm.web.painpoints.figures import current

pytestmark = pytest.mark.django_db

LINK = re.compile(r'<a class="evidence"[^>]*href="([^"]+)"[^>]*>([\d,]+)<')


def pairs(page) -> list[tuple[str, int]]:
    """Address and number of each link, in order."""
    found = LINK.findall(page.content.decode())
    return [(unescape(href), int(number.replace(",", ""))) for href, number in found]


def links(page) -> dict[str, int]:
    """Address → the number that is written on its first link."""
    return dict(reversed(pairs(page)))


def mentions(client, href: str) -> int:
    return client.get(href).context["counts"].mentions


def test_counts_of_the_first_page_and_the_list_open_as_many_sentences(filled, client_of) -> None:
    client = client_of("viewer")
    found = links(client.get(reverse("painpoints:home", args=["lamps"])))
    for page in (1, 2, 3):
        found |= links(client.get(reverse("painpoints:list", args=["lamps"]), {"page": page}))
    assert len(found) >= 50
    for href, number in list(found.items())[::5]:
        assert mentions(client, href) == number, href


def test_counts_of_one_pain_point_open_as_many_sentences(filled, client_of) -> None:
    client = client_of("viewer")
    for pain in current(filled).painpoints[:2]:
        found = links(client.get(reverse("painpoints:one", args=["lamps", pain.theme_id])))
        assert len(found) >= 3  # negative, all, what it is about
        for href, number in found.items():
            assert mentions(client, href) == number, href


def test_comments_and_customers_of_one_pain_point_open_the_same_sentences(filled, client_of) -> None:
    client = client_of("viewer")
    page = client.get(reverse("painpoints:one", args=["lamps", current(filled).painpoints[0].theme_id]))
    href = pairs(page)[0][0]
    counts = client.get(href).context["counts"]
    said = [number for other, number in pairs(page) if other == href]
    assert said[:3] == [counts.mentions, counts.comments, counts.customers]


def test_rows_of_the_table_below_a_chart_open_what_its_points_open(filled, client_of) -> None:
    client, pain = client_of("viewer"), current(filled).painpoints[0]
    page = client.get(reverse("painpoints:one", args=["lamps", pain.theme_id]))
    text = unescape(page.content.decode())
    assert page.context["trend_links"]
    for href in page.context["trend_links"]:
        assert f'<th scope="row"><a class="evidence" href="{href}"' in text


def test_points_of_the_trend_open_the_comments_of_their_period(filled, client_of) -> None:
    client, pain = client_of("viewer"), current(filled).painpoints[0]
    page = client.get(reverse("painpoints:one", args=["lamps", pain.theme_id]))
    for href, point in list(zip(page.context["trend_links"], pain.trend.series, strict=True))[:6]:
        assert client.get(href).context["counts"].comments == point.count


def test_a_quote_opens_its_comment(filled, client_of) -> None:
    client, pain = client_of("viewer"), current(filled).painpoints[0]
    page = client.get(reverse("painpoints:one", args=["lamps", pain.theme_id])).content.decode()
    href = unescape(re.search(r'href="([^"]*/feedback/of/[^"]*)"', page)[1])
    assert client.get(href).status_code == 200
