"""The health page, and what every page says about how fresh its figures are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from balm.web.jobs import claims
from balm.web.jobs.models import Job, Worker
from balm.web.jobs.services import Reason, State, enqueue
from balm.web.painpoints.figures import current
from balm.web.people.models import Role

pytestmark = pytest.mark.django_db

HEALTH = "/w/lamps/settings/health"
PROGRESS = "/w/lamps/progress"
MAY = {Role.OWNER, Role.MANAGER, Role.ANALYST}


def text(answer) -> str:
    return answer.content.decode()


@pytest.mark.parametrize("role", Role.values)
def test_who_may_see_how_the_installation_is(client_of: Callable[..., Client], workspace, role: str) -> None:
    assert client_of(role).get(HEALTH).status_code == (200 if role in MAY else 403)
    assert client_of(role).get(PROGRESS).status_code == 200


def test_strangers_find_nothing(client_of, workspace, other_workspace) -> None:
    stranger = client_of("owner", other_workspace)
    job = enqueue(workspace, "refresh")
    assert stranger.get(HEALTH).status_code == 404
    assert stranger.get(PROGRESS).status_code == 404
    for verb in ("retry", "cancel"):
        assert stranger.post(f"{HEALTH}/{job.pk}/{verb}").status_code == 404
        assert stranger.post(f"/w/other/settings/health/{job.pk}/{verb}").status_code == 404
    assert Job.objects.get().state == State.WAITING
    assert Client().get(HEALTH).status_code == 302


def test_only_who_imports_may_stop_and_try_again(client_of, workspace) -> None:
    job = enqueue(workspace, "refresh")
    assert client_of("viewer").post(f"{HEALTH}/{job.pk}/cancel").status_code == 403
    assert client_of("analyst").get(f"{HEALTH}/{job.pk}/cancel").status_code == 405
    analyst = client_of("analyst")
    page = analyst.post(f"{HEALTH}/{job.pk}/cancel", follow=True)
    assert "It is being stopped." in text(page)
    assert Job.objects.get().state == State.CANCELED
    assert "It had ended already." in text(analyst.post(f"{HEALTH}/{job.pk}/cancel", follow=True))
    assert "It is tried again." in text(analyst.post(f"{HEALTH}/{job.pk}/retry", follow=True))
    assert Job.objects.get().state == State.WAITING


def test_the_queue_is_that_of_the_workspace(client_of, workspace, other_workspace) -> None:
    enqueue(workspace, "refresh")
    claims.failed(claims.claim("w"), Reason.REFUSED, "a.csv: <b>no text</b>")
    enqueue(other_workspace, "refresh")
    claims.failed(claims.claim("w"), Reason.REFUSED, "somebody else's file")
    enqueue(workspace, "import", {"import": 1})
    running = claims.claim("w")
    Job.objects.filter(pk=running.pk).update(stage="read", done=30, total=120)
    enqueue(workspace, "refresh", key="refresh")
    page = text(client_of("analyst").get(HEALTH))
    assert "1 running, 1 waiting, 1 failed" in page
    assert "a.csv: &lt;b&gt;no text&lt;/b&gt;" in page
    assert "somebody else" not in page
    assert '<progress max="120" value="30"' in page
    assert "Import of a file" in page


def test_a_failure_without_a_text_says_where_to_look(client_of, workspace) -> None:
    enqueue(workspace, "refresh")
    claims.failed(claims.claim("w"), Reason.UNEXPECTED)
    page = text(client_of("analyst").get(HEALTH))
    assert "the log of the server says what" in page
    assert "Tried again:" in page


def test_workers_that_live_are_told_from_silent_ones(client_of, workspace) -> None:
    page = client_of("manager").get(HEALTH)
    assert "No worker is running." in text(page)
    now = timezone.now()
    Worker.objects.create(name="a", host="left", pid=1, started=now, beat=now - dt.timedelta(minutes=5))
    assert "No worker is running." in text(client_of("manager").get(HEALTH))
    Worker.objects.create(name="b", host="there", pid=2, started=now, beat=now)
    page = text(client_of("manager").get(HEALTH))
    assert "No worker is running." not in page
    assert "silent" in page and "alive" in page


def test_what_the_installation_is(client_of, filled) -> None:
    from django.db import connection

    page = text(client_of("owner").get(HEALTH))
    assert ("PostgreSQL 1" if connection.vendor == "postgresql" else "SQLite 3.") in page
    assert "1,500 comments in 0.0 s" in page
    assert "Free on the disk" in page
    assert "none yet" in page


def test_an_unchanged_page_is_not_sent_again(client_of, filled) -> None:
    client = client_of("owner")
    for url in (HEALTH, PROGRESS):
        first = client.get(url, headers={"HX-Request": "true"})
        assert first.status_code == 200
        assert "<html" not in text(first)
        for tag in (first.headers["ETag"], "W/" + first.headers["ETag"]):
            again = client.get(url, headers={"HX-Request": "true", "If-None-Match": tag})
            assert (again.status_code, again.content) == (304, b"")
    enqueue(filled, "refresh")
    for url in (HEALTH, PROGRESS):
        assert client.get(url, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_looking_costs_little(client_of, filled, django_assert_max_num_queries) -> None:
    client = client_of("viewer")
    tag = client.get(PROGRESS).headers["ETag"]
    with django_assert_max_num_queries(7):  # session, user, membership, and four of our own
        assert client.get(PROGRESS, headers={"If-None-Match": tag}).status_code == 304


def test_a_page_says_as_of_when(client_of, filled) -> None:
    page = text(client_of("viewer").get(PROGRESS))
    assert "Figures as of" in page
    assert current(filled).as_of.isoformat() in page
    assert "data-fresh" not in page
    assert "every 10s" in page


def test_a_page_says_what_is_being_done(client_of, filled) -> None:
    viewer = client_of("viewer")
    Job.objects.all().delete()  # the look at new comments, which every refresh asks for
    enqueue(filled, "refresh")
    assert "New figures are asked for" in text(viewer.get(PROGRESS))
    job = claims.claim("w")
    Job.objects.filter(pk=job.pk).update(stage="understand", done=1, total=4)
    page = text(viewer.get(PROGRESS))
    assert "New figures are being computed: reading what the comments say…" in page
    assert 'value="25"' in page
    assert "every 2s" in page


def test_a_page_with_older_figures_is_told_so(client_of, filled, small_analysis) -> None:
    from balm.web.painpoints.models import Figures

    viewer = client_of("viewer")
    old = current(filled).row.pk
    new = Figures.objects.get(pk=old)
    new.pk, new._state.adding = None, True
    new.save()
    page = text(viewer.get(PROGRESS, {"figures": old}))
    assert "data-fresh" in page and "There are new figures." in page
    assert f"figures={old}" in page  # it goes on asking about those that the page shows
    assert "data-fresh" not in text(viewer.get(PROGRESS, {"figures": new.pk}))
    Figures.objects.all().delete()
    assert "not valid any more" in text(viewer.get(PROGRESS, {"figures": old}))
    assert "data-fresh" not in text(viewer.get(PROGRESS, {"figures": 0}))


@pytest.mark.parametrize("value", ["x", "-1", "1" * 400, "٣"])
def test_a_nonsense_number_of_figures_is_none(client_of, filled, value: str) -> None:
    assert client_of("viewer").get(PROGRESS, {"figures": value}).status_code == 200


def test_a_failed_computation_is_said_until_there_are_figures(client_of, workspace) -> None:
    enqueue(workspace, "refresh")
    claims.failed(claims.claim("w"), Reason.REFUSED, "no")
    assert "See why" in text(client_of("analyst").get(PROGRESS))
    page = text(client_of("viewer").get(PROGRESS))
    assert "The last computation failed" in page
    assert "See why" not in page
    enqueue(workspace, "refresh")
    claims.done(claims.claim("w"))
    assert "failed" not in text(client_of("viewer").get(PROGRESS))


def test_a_preview_is_not_announced_as_new_figures(client_of, filled) -> None:
    enqueue(filled, "preview", {"draft": 1})
    page = text(client_of("viewer").get(PROGRESS))
    assert "New figures" not in page
    assert "Preview of an edit of the codebook" in text(client_of("analyst").get(HEALTH))
