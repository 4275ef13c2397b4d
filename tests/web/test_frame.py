"""The frame of the application: it starts, and says clearly what is not there."""

import pytest
from django.test import Client


@pytest.mark.django_db
def test_the_process_says_that_it_is_alive() -> None:
    assert Client().get("/healthz").json() == {"ok": True}


@pytest.mark.django_db
def test_a_page_that_is_not_there_is_a_page() -> None:
    answer = Client().get("/nothing/here")
    assert answer.status_code == 404
    assert b"There is nothing at this address" in answer.content
