"""The stream of comments: what is shown is what was counted."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def address(workspace, **filters) -> str:
    return reverse("feedback:list", args=[workspace.slug]) + "?" + urlencode(filters, doseq=True)


def test_a_number_on_a_page_opens_as_many_sentences(client_of, filled) -> None:
    from balm.web.painpoints.figures import current

    client = client_of("viewer")
    for pain in current(filled).painpoints[:6]:
        answer = client.get(address(filled, theme=pain.theme_id, sentiment="negative"))
        counts = answer.context["counts"]
        assert (counts.comments, counts.mentions, counts.customers) == (pain.comments, pain.mentions, pain.customers)
        for item in answer.context["shown"]:
            met = [m for m in item["comment"].mentions if m.matched]
            assert met and all(m.theme == pain.theme_id and m.sentiment == "negative" for m in met)
