"""A merge names customers that are there."""

from __future__ import annotations

from django.urls import reverse

from balm.web.customers.models import Merge


def test_a_key_that_no_comment_has_is_not_merged(filled, client_of) -> None:
    from balm.web.feedback.selectors import room

    [customer] = room(filled).lake.customers(size=1)[0]
    url = reverse("customers:merge", args=["lamps", customer.key])
    answer = client_of("analyst").post(url, {"other": "nonsense"}, follow=True)
    assert "No comment has the key “nonsense”" in answer.content.decode()
    assert not Merge.objects.exists()
