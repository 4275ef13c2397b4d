"""Requests that no page sends: forged, stale, absurd, far too large."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from balm.web.people.models import ApiKey
from balm.web.site.cells import inert

pytestmark = pytest.mark.django_db


def test_a_form_without_its_token_gets_a_page_that_says_what_to_do(member) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(member("owner"), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post("/w/lamps/settings/keys", {"name": "forged", "scope": "admin"})
    page = answer.content.decode()
    assert answer.status_code == 403 and "This form is too old" in page and "DEBUG" not in page
    assert not ApiKey.objects.exists()


def test_nothing_stays_in_the_browser(client_of) -> None:
    for path in ("/w/lamps/feedback/", "/w/lamps/", "/w/lamps/settings/audit.csv", "/me/"):
        assert "no-store" in client_of("owner").get(path)["Cache-Control"], path


def test_a_file_that_nobody_asked_for_is_not_kept(client_of, data_folder) -> None:
    stray = SimpleUploadedFile("a.bin", b"x" * 3_000_000)
    answer = client_of("owner").post("/w/lamps/settings/keys", {"name": "K", "scope": "read", "file": stray})
    assert answer.status_code == 200 and ApiKey.objects.get().name == "K"
    assert not answer.wsgi_request.FILES


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "99999-01-01", "-1", "\0"])
def test_the_last_and_the_first_day_there_are(client_of, day: str) -> None:
    for name in ("since", "until"):
        assert client_of("owner").get("/w/lamps/settings/audit", {name: day}).status_code == 200


HIDDEN = ["\u200b", "\ufeff", "\u202e", "\u00a0", "\u3000 ", "\0", " \u2060"]


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
@pytest.mark.parametrize("before", ["", *HIDDEN])
def test_a_formula_is_found_behind_what_cannot_be_seen(before: str, first: str) -> None:
    assert inert(before + first + "1+1").startswith("'")
    assert not inert("a" + before + first).startswith("'")


def test_a_nul_is_kept_nowhere(client_of) -> None:
    """PostgreSQL refuses it, which would be a broken page."""
    from balm.web.customers.models import Merge
    from balm.web.customers.services import MergeRefused, merge
    from balm.web.painpoints.models import SavedView

    client = client_of("owner")
    client.post("/w/lamps/feedback/views/", {"name": "a\0b", "query": "q=\0"})
    view = SavedView.objects.get()
    assert view.name == "a b" and "\0" not in view.query
    with pytest.raises(MergeRefused):
        merge(view.workspace, view.owner, "a", ["b\0"])
    assert "\0" not in merge(view.workspace, view.owner, "a", ["b"], "why\0").reason
    assert Merge.objects.count() == 1


def test_what_a_plan_cost_is_a_number(workspace, member, client_of) -> None:
    from decimal import Decimal

    from balm.web.plans.models import Plan

    plan = Plan.objects.create(workspace=workspace, number=1, title="P", kind="process")
    for spent in ("1e308", "-1", "NaN", "sNaN", "Infinity", "9" * 40, "", "\0", "x", "12.345"):
        answer = client_of("analyst").post("/w/lamps/plans/1/spend/", {"spent": spent})
        assert answer.status_code == 302, spent
    plan.refresh_from_db()
    assert plan.spent in (Decimal("12.34"), Decimal("12.35"))
