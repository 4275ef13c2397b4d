"""What people decide: each change with its audit row and activity, all or nothing, and refused in plain words."""

from __future__ import annotations

import pytest
from django.urls import reverse

from balm.web.painpoints import models, services
from balm.web.people.models import AuditEntry, Team, Workspace

pytestmark = pytest.mark.django_db

FIRST, SECOND = "delivery.late", "app.crash"


@pytest.fixture
def row(filled):
    return models.PainPoint.objects.get(workspace=filled, theme=FIRST)


def told(row) -> list[str]:
    return list(row.activities.values_list("kind", flat=True))


def audited(workspace) -> list[str]:
    return list(AuditEntry.objects.filter(workspace=workspace).order_by("pk").values_list("action", flat=True))


def test_an_owner_and_a_team(filled, row, member) -> None:
    team = Team.objects.create(workspace=filled, name="Logistics")
    by, owner = member("analyst"), member("front_line")
    assert services.assign(filled, [FIRST, SECOND], by, owner=owner.pk, team=team.pk) == 2
    assert services.assign(filled, [FIRST], by, owner=owner.pk, team=team.pk) == 0
    row.refresh_from_db()
    assert (row.owner, row.team) == (owner, team)
    assert told(row) == ["owner"] and audited(filled) == ["painpoint.owner"] * 2
    assert row.activities.get().detail["to"] == f"{owner} · Logistics"


def test_only_members_and_teams_of_the_workspace_own(filled, row, member, other_workspace) -> None:
    stranger = member("owner", other_workspace)
    theirs = Team.objects.create(workspace=other_workspace, name="Theirs")
    for given in ({"owner": stranger.pk}, {"team": theirs.pk}, {"owner": 10**11}):
        with pytest.raises(services.Refused, match="does not belong"):
            services.assign(filled, [FIRST], member("analyst"), **given)
    assert not AuditEntry.objects.exists()


def test_archiving_and_restoring_with_a_reason(filled, row, member) -> None:
    by, was = member("analyst"), row.state
    with pytest.raises(services.Refused, match="reason"):
        services.archive(filled, [FIRST], "  \n ", by)
    assert services.archive(filled, [FIRST], "Sold the van\0 business", by) == 1
    row.refresh_from_db()
    assert row.state == "archived" and row.activities.first().text == "Sold the van business"
    with pytest.raises(services.Refused, match="not archived"):
        services.restore(filled, SECOND, "x", by)
    services.restore(filled, FIRST, "Bought it back", by)
    row.refresh_from_db()
    assert row.state == was
    assert audited(filled) == ["painpoint.state"] * 2


def test_all_or_nothing(filled, row, member, monkeypatch) -> None:
    def fail(*_given, **_named):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(services, "record", fail)
    with pytest.raises(RuntimeError):
        services.archive(filled, [FIRST], "x", member("analyst"))
    with pytest.raises(RuntimeError):
        services.place(filled, FIRST, "must", None, member("analyst"))
    with pytest.raises(RuntimeError):
        services.vote(filled, FIRST, 3, member("analyst"))
    row.refresh_from_db()
    assert row.state != "archived" and row.moscow == ""
    assert not row.activities.exists() and not models.Vote.objects.exists()


def test_one_unknown_pain_point_stops_the_whole_list(filled, row, member) -> None:
    with pytest.raises(services.Refused, match="not there any more"):
        services.archive(filled, [FIRST, "no.such"], "x", member("analyst"))
    row.refresh_from_db()
    assert row.state != "archived"
    with pytest.raises(services.Refused, match="at most"):
        services.archive(filled, [f"t{i}" for i in range(501)], "x", member("analyst"))


def test_notes_are_changed_by_who_wrote_them(filled, row, member, other_workspace) -> None:
    mine = services.add_note(filled, FIRST, " Called the courier \r\n today ", member("analyst"))
    assert mine.text == "Called the courier \n today"
    for who in (member("owner"), member("owner", other_workspace)):
        with pytest.raises(services.Refused, match="Only who wrote"):
            services.change_note(filled, FIRST, mine.pk, "mine now", who)
        with pytest.raises(services.Refused, match="Only who wrote"):
            services.change_note(filled, FIRST, mine.pk, None, who)
    services.change_note(filled, FIRST, mine.pk, "Called twice", member("analyst"))
    mine.refresh_from_db()
    assert mine.text == "Called twice" and mine.detail["edited"]
    services.change_note(filled, FIRST, mine.pk, None, member("analyst"))
    assert not row.activities.exists()
    assert audited(filled) == ["painpoint.note", "painpoint.note_changed", "painpoint.note_deleted"]
    assert "courier" not in str(list(AuditEntry.objects.values()))
    for text in ("", " \n", "x" * 4001):
        with pytest.raises(services.Refused):
            services.add_note(filled, FIRST, text, member("analyst"))


def test_a_change_of_state_is_not_a_note(filled, row, member) -> None:
    services.archive(filled, [FIRST], "x", member("analyst"))
    state = row.activities.get()
    with pytest.raises(services.Refused):
        services.change_note(filled, FIRST, state.pk, "never happened", member("analyst"))


def test_a_judgement_needs_a_reason_and_can_be_taken_back(filled, row, member) -> None:
    by = member("manager")
    for what, level, reason in (("effort", "high", ""), ("effort", "huge", "x"), ("owner", "low", "x")):
        with pytest.raises(services.Refused):
            services.judge(filled, FIRST, what, level=level, reason=reason, by=by)
    services.judge(filled, FIRST, "effort", level="high", reason="One line of the contract", by=by)
    services.judge(filled, FIRST, "level", level="low", reason="Seasonal", by=by)
    row.refresh_from_db()
    assert (row.effort, row.effort_reason, row.level) == ("high", "One line of the contract", "low")
    services.judge(filled, FIRST, "effort", level="", reason="", by=by)
    row.refresh_from_db()
    assert (row.effort, row.effort_reason) == ("", "")
    assert sorted(told(row)) == ["effort", "effort", "level"]
    assert audited(filled) == ["painpoint.effort", "painpoint.level", "painpoint.effort"]


def order(workspace, column: str) -> list[str]:
    rows = models.PainPoint.objects.filter(workspace=workspace, moscow=column).order_by("moscow_place")
    return list(rows.values_list("theme", flat=True))


def test_the_board_keeps_its_order(filled, row, member) -> None:
    by, third = member("analyst"), "support.no_reply"
    for theme in (FIRST, SECOND, third):
        services.place(filled, theme, "must", None, by)
    assert order(filled, "must") == [FIRST, SECOND, third]
    services.place(filled, third, "must", FIRST, by)
    assert order(filled, "must") == [third, FIRST, SECOND]
    services.place(filled, FIRST, "could", None, by)
    assert order(filled, "must") == [third, SECOND] and order(filled, "could") == [FIRST]
    services.place(filled, FIRST, "", None, by)
    assert order(filled, "could") == []
    row.refresh_from_db()
    assert told(row) == ["moscow"] * 3  # decided, decided otherwise, taken back: not each step within a column
    assert audited(filled).count("painpoint.order") == 1
    with pytest.raises(services.Refused, match="column"):
        services.place(filled, FIRST, "never", None, by)


def test_a_vote_counts_once_and_never_in_the_figures(filled, row, member) -> None:
    before = list(models.PainFigures.objects.order_by("pk").values("theme", "rank", "data"))
    services.vote(filled, FIRST, 5, member("analyst"))
    services.vote(filled, FIRST, 2, member("analyst"))
    services.vote(filled, FIRST, 4, member("front_line"))
    assert sorted(models.Vote.objects.values_list("weight", flat=True)) == [2, 4]
    for weight in (0, 6, -1):
        with pytest.raises(services.Refused):
            services.vote(filled, FIRST, weight, member("analyst"))
    services.vote(filled, FIRST, None, member("analyst"))
    assert list(models.Vote.objects.values_list("weight", flat=True)) == [4]
    assert list(models.PainFigures.objects.order_by("pk").values("theme", "rank", "data")) == before


def test_views_are_ones_own_or_shared(filled, client_of, member) -> None:
    save = reverse("painpoints:save_view", args=["lamps"])
    client_of("viewer").post(save, {"name": " My  view ", "level": "high", "page": "7", "evil": "x"})
    view = models.SavedView.objects.get()
    assert (view.name, view.query, view.shared) == ("My view", "level=high", False)
    assert client_of("viewer").post(save, {"name": "All", "shared": "1"}).status_code == 403
    client_of("analyst").post(save, {"name": "All", "shared": "1", "state": "all", "q": "慢"})
    listed = client_of("viewer").get(reverse("painpoints:list", args=["lamps"])).context["views"]
    assert [v.name for v in listed] == ["All", "My view"]
    assert [v.name for v in client_of("owner").get(reverse("painpoints:list", args=["lamps"])).context["views"]] == [
        "All"
    ]
    delete = reverse("painpoints:delete_view", args=["lamps", view.pk])
    client_of("owner").post(delete)
    assert models.SavedView.objects.filter(pk=view.pk).exists()
    client_of("viewer").post(delete)
    assert not models.SavedView.objects.filter(pk=view.pk).exists()
    with pytest.raises(services.Refused):
        services.save_view(filled, "", "", member("viewer"))


def test_forms_say_what_was_done_and_what_was_not(filled, client_of) -> None:
    url = reverse("painpoints:archive", args=["lamps", FIRST])
    page = client_of("analyst").post(url, {"reason": ""}, follow=True)
    assert "Give a reason" in page.content.decode()
    page = client_of("analyst").post(url, {"reason": "Not ours"}, follow=True)
    assert "Archived." in page.content.decode() and page.redirect_chain[0][0].endswith(f"/of/{FIRST}/")
    page = client_of("analyst").post(url, {"reason": "x", "next": "https://evil.example/"}, follow=True)
    assert page.redirect_chain[0][0].endswith(f"/of/{FIRST}/")
    bulk = reverse("painpoints:bulk", args=["lamps"])
    assert "Tick the pain points first" in client_of("analyst").post(bulk, {}, follow=True).content.decode()
    page = client_of("analyst").post(bulk, {"item": [SECOND], "do": "archive", "reason": "x"}, follow=True)
    assert "1 pain point archived." in page.content.decode()


def test_another_workspace_is_never_touched(filled, member, other_workspace) -> None:
    theirs = models.PainPoint.objects.create(workspace=other_workspace, theme=FIRST)
    services.archive(filled, [FIRST], "x", member("analyst"))
    services.place(filled, FIRST, "must", None, member("analyst"))
    theirs.refresh_from_db()
    assert theirs.state == "new" and theirs.moscow == "" and not theirs.activities.exists()
    assert Workspace.objects.count() == 2
