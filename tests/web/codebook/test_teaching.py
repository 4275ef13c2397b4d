"""Teach a theme by example."""

from __future__ import annotations

import pytest
from django.urls import reverse

from balm.web.codebook import selectors
from balm.web.codebook.models import Draft, Version

pytestmark = pytest.mark.django_db


def test_sentences_become_phrases_after_a_preview(filled, client_of) -> None:
    client = client_of("analyst")
    page = reverse("codebook:teach", args=["lamps", "delivery.late"])
    assert client.get(page).status_code == 200
    sentences = "等了两个礼拜像蜗牛一样\n快递像蜗牛爬\n物流像蜗牛"
    answer = client.post(page, {"include": sentences, "exclude": "盒子像蜗牛壳", "do": "propose"})
    offers = answer.context["offers"]
    assert "蜗牛" in offers[0].found.phrase
    html = answer.content.decode()
    assert f'value="{offers[0].value}"' in html
    assert f"of {offers[0].found.background_of:,} looked at" in html
    assert not Version.objects.exists()
    chosen = {"include": sentences, "exclude": "", "do": "add", "phrase": [offers[0].value], "keep": "1"}
    answer = client.post(page, chosen, follow=True)
    assert not Version.objects.exists()
    draft = Draft.objects.get()
    assert draft.edit["edit"] == "add_phrases"
    client.post(reverse("codebook:apply", args=["lamps", draft.pk]))
    book = selectors.shown(filled)
    assert offers[0].found.phrase in book.phrases("delivery.late")["zh"]
    assert set(sentences.split("\n")) <= set(book.entries["delivery.late"].include)
    assert Version.objects.count() == 2


def test_sentences_that_no_theme_takes_can_be_picked(filled, client_of) -> None:
    client = client_of("analyst")
    page = reverse("codebook:teach", args=["lamps", "delivery.late"])
    answer = client.post(page, {"q": "灯", "do": "search", "include": "typed before"})
    assert "typed before" in answer.content.decode()
    found = answer.context["found"]
    assert found
    assert all("灯" in text or "燈" in text for text in found)
    picked = client.post(page, {"q": "灯", "do": "search", "pick": found[:2]})
    assert picked.content.decode().count(" checked>") == 2
    assert not set(found[:2]) & set(picked.context["found"])
    none = client.post(page, {"include": "", "do": "propose"})
    assert "at least one sentence" in none.content.decode()
    nothing = client.post(page, {"include": "x", "do": "add"})
    assert nothing.status_code == 400
