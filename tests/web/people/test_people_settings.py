"""Members, roles, teams, keys and the workspace itself, through the pages."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from balm.web.jobs.models import Job
from balm.web.people import services
from balm.web.people.models import ApiKey, AuditEntry, Membership, Team, User, Workspace

BASE = "/w/lamps/settings/"


def said(answer) -> str:
    return answer.content.decode()


def members(workspace) -> dict[str, str]:
    return dict(Membership.objects.filter(workspace=workspace).values_list("user__email", "role"))


def audited(workspace) -> list[str]:
    return list(AuditEntry.objects.filter(workspace=workspace).order_by("pk").values_list("action", flat=True))


# workspaces


@pytest.mark.parametrize(("name", "slug"), [("Acme Lamps", "acme-lamps"), ("灯具与香氛", None), ("🪔", None)])
def test_a_workspace_gets_a_readable_address(client_of, name: str, slug: str | None) -> None:
    client = client_of("viewer")
    answer = client.post("/workspaces/new", {"name": name})
    made = Workspace.objects.get(name=name)
    assert answer["Location"] == f"/w/{made.slug}/"
    assert made.slug == slug if slug else re.fullmatch(r"w-[0-9a-f]{6}", made.slug)
    assert members(made) == {"viewer@lamps.example": "owner"}


def test_two_workspaces_of_one_name_have_two_addresses(client_of) -> None:
    client = client_of("viewer")
    for _ in range(2):
        client.post("/workspaces/new", {"name": "Lamps"})
    slugs = set(Workspace.objects.filter(name="Lamps").values_list("slug", flat=True))
    assert len(slugs) == 2 and all(re.fullmatch(r"lamps-[0-9a-f]{6}", slug) for slug in slugs)


def test_a_workspace_needs_a_name(client_of) -> None:
    before = Workspace.objects.count()
    client = client_of("viewer")
    assert "errorlist" in said(client.post("/workspaces/new", {"name": " "}))
    assert "errorlist" in said(client.post("/workspaces/new", {"name": "x" * 121}))
    assert Workspace.objects.count() == before


def test_rename_and_other_packs_ask_for_new_figures(client_of, workspace) -> None:
    client = client_of("owner")
    page = said(client.get(f"{BASE}general"))
    assert 'value="travel"' in page and 'value="yes"' in page
    client.post(f"{BASE}general", {"name": "Lamps", "every": "no", "packs": ["travel", "core"]})
    workspace.refresh_from_db()
    assert (workspace.name, workspace.codebook, workspace.slug) == ("Lamps", "core,travel", "lamps")
    assert Job.objects.filter(workspace=workspace, kind="refresh").count() == 1
    client.post(f"{BASE}general", {"name": "Lamps 2", "every": "no", "packs": ["core", "travel"]})
    assert Job.objects.filter(workspace=workspace, kind="refresh").count() == 1
    assert audited(workspace) == ["workspace.rename", "workspace.packs", "workspace.rename"]


@pytest.mark.parametrize(
    "data",
    [
        {"name": "", "every": "yes"},
        {"name": "x", "every": "no"},
        {"name": "x", "every": "no", "packs": ["/etc/passwd"]},
    ],
)
def test_packs_that_are_none_are_refused(client_of, workspace, data) -> None:
    answer = client_of("owner").post(f"{BASE}general", data)
    assert answer.status_code == 400 and "field-error" in said(answer) + said(answer).replace(
        "errorlist", "field-error"
    )
    workspace.refresh_from_db()
    assert workspace.codebook == "starter"


# members


def test_the_last_owner_stays(client_of, member, workspace) -> None:
    client = client_of("owner")
    me = Membership.objects.get(user__email="owner@lamps.example")
    for path, data in (
        (f"{BASE}people/{me.pk}", {"role": "viewer"}),
        (f"{BASE}people/{me.pk}/remove", {}),
        (f"{BASE}people/leave", {}),
    ):
        answer = client.post(path, data, follow=True)
        assert "A workspace needs an owner" in said(answer)
        assert members(workspace) == {"owner@lamps.example": "owner"}
    second = member("viewer")
    client.post(f"{BASE}people/{Membership.objects.get(user=second).pk}", {"role": "owner"})
    client.post(f"{BASE}people/leave")
    assert members(workspace) == {"viewer@lamps.example": "owner"}
    assert client.get(BASE).status_code == 404


def test_an_owner_who_is_switched_off_does_not_count(member, workspace) -> None:
    first, second = member("owner"), member("owner", email="second@lamps.example")
    User.objects.filter(pk=second.pk).update(is_active=False)
    with pytest.raises(services.NotAllowed):
        services.leave(workspace, first)


def test_a_manager_cannot_touch_owners(client_of, member, workspace) -> None:
    member("owner")
    client = client_of("manager")
    owner = Membership.objects.get(role="owner")
    me = Membership.objects.get(role="manager")
    for path, data in (
        (f"{BASE}people/{owner.pk}", {"role": "viewer"}),
        (f"{BASE}people/{owner.pk}/remove", {}),
        (f"{BASE}people/{me.pk}", {"role": "owner"}),
    ):
        assert "Only an owner can" in said(client.post(path, data, follow=True))
    assert sorted(members(workspace).values()) == ["manager", "owner"]
    answer = client.post(f"{BASE}people/invite", {"email": "x@y.example", "role": "owner"})
    assert answer.status_code == 400


def test_roles_and_teams(client_of, member, workspace, other_workspace) -> None:
    client, other = client_of("manager"), member("viewer")
    client.post(f"{BASE}teams/add", {"team-name": "Support"})
    team = Team.objects.get(workspace=workspace)
    row = Membership.objects.get(user=other)
    client.post(f"{BASE}people/{row.pk}", {"role": "analyst", "team": team.pk})
    row.refresh_from_db()
    assert (row.role, row.team) == ("analyst", team)
    foreign = Team.objects.create(workspace=other_workspace, name="Theirs")
    client.post(f"{BASE}people/{row.pk}", {"role": "analyst", "team": foreign.pk})
    row.refresh_from_db()
    assert row.team == team
    assert "already" in said(client.post(f"{BASE}teams/add", {"team-name": "Support"}, follow=True))
    client.post(f"{BASE}teams/{team.pk}", {"name": "Care"})
    client.post(f"{BASE}teams/{team.pk}/remove")
    row.refresh_from_db()
    assert row.team is None
    assert audited(workspace) == ["team.add", "member.role", "member.team", "team.rename", "team.remove"]


def test_who_is_removed_is_out_at_once(client_of, workspace, member) -> None:
    out = client_of("analyst")
    assert out.get(BASE).status_code == 200
    row = Membership.objects.get(user__email="analyst@lamps.example")
    client_of("manager").post(f"{BASE}people/{row.pk}/remove")
    assert out.get(BASE).status_code == 404
    assert User.objects.filter(email="analyst@lamps.example").exists()


def test_ids_of_another_workspace_do_not_exist_here(client_of, member, workspace, other_workspace) -> None:
    theirs = Membership.objects.get(user=member("viewer", other_workspace))
    team = Team.objects.create(workspace=other_workspace, name="Theirs")
    key, _ = services.make_key(other_workspace, "x", scope="read", name="k")
    client = client_of("owner")
    for path, data in (
        (f"people/{theirs.pk}", {"role": "owner"}),
        (f"people/{theirs.pk}/remove", {}),
        (f"people/{theirs.pk}/link", {}),
        (f"teams/{team.pk}", {"name": "x"}),
        (f"teams/{team.pk}", {"name": ""}),
        (f"teams/{team.pk}/remove", {}),
        (f"keys/{key.pk}/revoke", {}),
        ("people/99999999999999999999999", {"role": "owner"}),
    ):
        assert client.post(BASE + path, data).status_code == 404, path
    key.refresh_from_db()
    assert key.revoked is None and Team.objects.filter(pk=team.pk, name="Theirs").exists()


# links that an owner makes


def test_an_owner_makes_a_link_for_a_member(client_of, member, workspace) -> None:
    row = Membership.objects.get(user=member("viewer"))
    page = client_of("owner").post(f"{BASE}people/{row.pk}/link")
    assert "no-store" in page["Cache-Control"]
    address = re.search(r"http://testserver(/sign-in/[\w-]+)", said(page))[1]  # type: ignore[index]
    fresh = Client()
    assert fresh.post(address)["Location"] == "/"
    assert fresh.get(BASE).status_code == 200


def test_a_link_does_not_open_workspaces_that_the_owner_does_not_own(
    client_of, member, workspace, other_workspace
) -> None:
    """Else anybody could make a workspace, get somebody to join, and read that person's other workspaces."""
    user = member("viewer", email="both@x.example")
    Membership.objects.create(user=user, workspace=other_workspace, role="viewer")
    row = Membership.objects.get(user=user, workspace=workspace)
    client = client_of("owner")
    assert client.post(f"{BASE}people/{row.pk}/link").status_code == 403
    assert f"people/{row.pk}/link" not in said(client.get(BASE))
    assert client_of("manager").post(f"{BASE}people/{row.pk}/link").status_code == 403


# keys


def test_a_key_is_shown_once(client_of, workspace) -> None:
    client = client_of("manager")
    page = client.post(f"{BASE}keys", {"name": "Shop", "scope": "ingest"})
    whole = re.search(r"balm_[0-9a-f]{8}_[\w-]{43}", said(page))[0]  # type: ignore[index]
    assert "no-store" in page["Cache-Control"]
    assert whole not in said(client.get(f"{BASE}keys"))
    key = ApiKey.objects.get()
    assert key.prefix in said(client.get(f"{BASE}keys"))
    client.post(f"{BASE}keys/{key.pk}/revoke")
    key.refresh_from_db()
    assert key.revoked
    assert audited(workspace) == ["key.make", "key.revoke"]
    assert client.post(f"{BASE}keys", {"name": "", "scope": "boss"}).status_code == 400


# one's own account


def test_name_and_language_are_kept(client_of) -> None:
    client = client_of("viewer")
    client.post("/me/", {"name": "Wei", "language": "zh-hant"})
    assert User.objects.get(email="viewer@lamps.example").name == "Wei"
    page = client.get("/me/", headers={"Accept-Language": "en"})
    assert 'lang="zh-Hant"' in said(page) and page["Content-Language"] == "zh-hant"
    assert "errorlist" in said(client.post("/me/", {"name": "x" * 121, "language": "xx"}))


def test_first_owner_does_nothing_twice(db) -> None:
    user, where = services.first_owner("Owner@localhost", name="Owner", workspace="Demo", slug="demo")
    again = services.first_owner("owner@localhost", workspace="Demo", slug="demo")
    assert again == (user, where)
    assert members(where) == {"owner@localhost": "owner"}
    assert not user.has_usable_password()
