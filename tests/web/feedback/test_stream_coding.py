"""Coding by hand, undo, and the original behind its right and its log line."""

from __future__ import annotations

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def url(workspace, name: str, *args) -> str:
    return reverse(f"feedback:{name}", args=[workspace.slug, *args])


@pytest.fixture
def late(client_of, filled):
    """Comments with a negative mention of late delivery: (comment, mention) pairs."""
    page = client_of("viewer").get(url(filled, "list") + "?theme=delivery.late&sentiment=negative")
    return [(i["comment"], m) for i in page.context["shown"] for m in i["comment"].mentions if m.matched]


def count(client, workspace, theme: str) -> int:
    return client.get(url(workspace, "list") + f"?theme={theme}").context["counts"].mentions


def test_mentions_coded_by_hand_show_at_once(client_of, filled, late, member) -> None:
    from balm.web.feedback.models import Recode
    from balm.web.feedback.selectors import recodes
    from balm.web.jobs.models import Job
    from balm.web.people.models import AuditEntry

    client = client_of("analyst")
    before = {theme: count(client, filled, theme) for theme in ("delivery.late", "app.crash", "none")}
    picks = [f"{c.feedback_id}|{m.number}" for c, m in late[:3]]
    sent = {"mention": picks, "theme": "App crashes or freezes", "next": url(filled, "list") + "?theme=app.crash"}
    name = client.get(url(filled, "list") + "?theme=app.crash").context["asked"].chips[0].value
    answer = client.post(url(filled, "recode"), sent | {"theme": name.upper()}, follow=True)
    assert "3 mentions are coded by hand" in answer.content.decode()
    assert count(client, filled, "delivery.late") == before["delivery.late"] - 3
    assert count(client, filled, "app.crash") == before["app.crash"] + 3
    rows = list(Recode.objects.all())
    assert [(r.theme, r.was, r.by) for r in rows] == [("app.crash", "delivery.late", member("analyst"))] * 3
    assert [(r.start, r.end) for r in rows] == [m.original for _c, m in late[:3]]
    assert Job.objects.filter(workspace=filled, kind="refresh").count() == 1
    entry = AuditEntry.objects.get(action="feedback.recode")
    assert entry.detail["theme"] == "app.crash" and len(entry.detail["mentions"]) == 3
    # again changes nothing; none at all takes the theme away; the later one holds
    client.post(url(filled, "recode"), sent | {"theme": "app.crash"})
    assert Recode.objects.count() == 3
    client.post(url(filled, "recode"), {"mention": picks[:1], "theme": "No theme"})
    assert count(client, filled, "none") == before["none"] + 1
    assert [r.theme_id for r in recodes(filled)] == ["app.crash"] * 3 + [None]
    page = client.get(url(filled, "one", late[0][0].feedback_id)).content.decode()
    assert "By hand" in page and "read as Late delivery" in page
    # undo: the coding before holds again, then the machine's
    for row in Recode.objects.filter(feedback_id=late[0][0].feedback_id).order_by("-pk"):
        client.post(url(filled, "undo_recode", row.pk))
    assert count(client, filled, "delivery.late") == before["delivery.late"] - 2
    assert count(client, filled, "none") == before["none"]


def test_what_was_coded_last_is_taken_back_at_once(client_of, filled, late) -> None:
    from balm.web.feedback.models import Recode

    client = client_of("analyst")
    before = count(client, filled, "delivery.late")
    picks = [f"{c.feedback_id}|{m.number}" for c, m in late[:4]]
    client.post(url(filled, "recode"), {"mention": picks, "theme": "app.crash"})
    assert "You coded 4 mentions by hand" in client.get(url(filled, "list")).content.decode()
    assert "You coded" not in client_of("manager").get(url(filled, "list")).content.decode()
    client.post(url(filled, "recode"), {"undo": "1"})
    assert count(client, filled, "delivery.late") == before
    assert not Recode.objects.filter(undone=None).exists()
    assert "You coded" not in client.get(url(filled, "list")).content.decode()


def test_what_cannot_be_coded_is_refused(client_of, filled, late, other_workspace) -> None:
    from balm.web.feedback.models import Recode

    client, (comment, mention) = client_of("manager"), late[0]
    pick = f"{comment.feedback_id}|{mention.number}"
    for sent in (
        {"mention": pick, "theme": "no such theme"},
        {"mention": pick},
        {"theme": "app.crash"},
        {"mention": f"{comment.feedback_id}|99", "theme": "app.crash"},
        {"mention": "nobody|0", "theme": "app.crash"},
        {"mention": ["|", "x", "a|b", "a|-1"], "theme": "app.crash"},
        {"mention": [f"x|{i}" for i in range(600)], "theme": "app.crash"},
    ):
        assert client.post(url(filled, "recode"), sent).status_code == 302
    assert not Recode.objects.exists()
    for role in ("viewer", "front_line"):
        assert client_of(role).post(url(filled, "recode"), {"mention": pick, "theme": "app.crash"}).status_code == 403
    stranger = client_of("owner", other_workspace)
    assert stranger.post(url(filled, "recode"), {"mention": pick, "theme": "app.crash"}).status_code == 404
    stranger.post(url(other_workspace, "recode"), {"mention": pick, "theme": "app.crash"})
    assert not Recode.objects.exists()
    assert client.get(url(filled, "recode")).status_code == 405


def test_someone_elses_coding_cannot_be_undone(client_of, filled, late, other_workspace) -> None:
    from balm.web.feedback import services
    from balm.web.feedback.models import Recode

    comment, mention = late[0]
    client_of("analyst").post(
        url(filled, "recode"), {"mention": f"{comment.feedback_id}|{mention.number}", "theme": ""}
    )
    row = Recode.objects.get()
    client_of("owner", other_workspace).post(url(other_workspace, "undo_recode", row.pk))
    row.refresh_from_db()
    assert row.undone is None
    client_of("analyst").post(url(filled, "undo_recode", row.pk))
    with pytest.raises(services.NotPossible):
        services.undo_recode(filled, row.by, row.pk)


@pytest.fixture
def sealed(workspace):
    """A comment whose identifiers were cut out and sealed."""
    from balm.lake.feedback import FeedbackStore
    from balm.lake.importing import import_files
    from balm.redaction import redact_table, redact_texts
    from balm.web.feedback.sealing import sealer
    from balm.web.site.paths import workspace_dir

    rows = [{"id": "F1", "text": "Call 13800138000, now!"}, {"id": "F2", "text": "Nothing here"}]
    with FeedbackStore(workspace_dir(workspace)) as store:
        seal = sealer(workspace).seal
        named = {"id": "id", "text": "text"}
        import_files(rows, store, named=named, redact=redact_table, redact_text=redact_texts, seal=seal)
    return workspace


def test_the_original_is_shown_once_and_written_down(client_of, sealed, other_workspace) -> None:
    from balm.web.people.models import AuditEntry

    client = client_of("manager")
    page = client.get(url(sealed, "one", "F1")).content.decode()
    assert "[PHONE]" in page and "13800138000" not in page and "Show the original" in page
    answer = client.post(url(sealed, "original", "F1"))
    assert "Call 13800138000, now!" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert AuditEntry.objects.get(action="feedback.original").target == "F1"
    assert "13800138000" not in client.get(url(sealed, "one", "F1")).content.decode()
    assert client.get(url(sealed, "original", "F1")).status_code == 405
    assert client.post(url(sealed, "original", "F9")).status_code == 404
    for role in ("analyst", "front_line", "viewer"):
        assert client_of(role).post(url(sealed, "original", "F1")).status_code == 403
        assert "Show the original" not in client_of(role).get(url(sealed, "one", "F1")).content.decode()
    assert client_of("owner", other_workspace).post(url(sealed, "original", "F1")).status_code == 404
    assert AuditEntry.objects.filter(action="feedback.original").count() == 1


def test_that_somebody_looked_stays_written_down_when_the_key_is_gone(client_of, sealed, data_folder) -> None:
    from balm.web.people.models import AuditEntry

    (data_folder / "originals.key").write_bytes(b"00" * 32)
    answer = client_of("owner").post(url(sealed, "original", "F1"), follow=True)
    assert "sealed with another key" in answer.content.decode()
    assert AuditEntry.objects.filter(action="feedback.original").count() == 1
