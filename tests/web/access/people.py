"""Routes of people and settings. See test_access.py."""

EVERYBODY = "owner manager analyst front_line viewer"
LEAD = "owner manager"

ROUTES = {
    "people:me": {"get": ("login", 200), "post": ("login", 302), "data": {"name": "N", "language": ""}},
    "people:language": {"post": (302, 302), "data": {"language": "en"}},
    "people:new_workspace": {"get": ("login", 200), "post": ("login", 302), "data": {"name": "Mine"}},
    "people:sign_in_link": {"kwargs": {"token": "$link"}, "get": (200, 200), "post": (302, 302)},
    "people:invitation": {
        "kwargs": {"token": "$invited"},
        "get": (200, 403),  # bound to another address
        "post": (302, 403),
        "data": {"name": "New", "password": "a much better one 7"},
    },
    "people:settings": {"roles": EVERYBODY, "get": 200},
    "people:invite": {"roles": LEAD, "post": {"email": "a@x.example", "role": "viewer"}, "done": 200},
    "people:leave": {"roles": EVERYBODY, "post": {}},
    "people:member": {"roles": LEAD, "kwargs": {"pk": "$member"}, "post": {"role": "analyst"}},
    "people:remove": {"roles": LEAD, "kwargs": {"pk": "$member"}, "post": {}},
    "people:link": {"roles": "owner", "kwargs": {"pk": "$member"}, "post": {}, "done": 200},
    "people:withdraw": {"roles": LEAD, "kwargs": {"pk": "$invitation"}, "post": {}},
    "people:team_add": {"roles": LEAD, "post": {"team-name": "Another"}},
    "people:team_rename": {"roles": LEAD, "kwargs": {"pk": "$team"}, "post": {"name": "Renamed"}},
    "people:team_remove": {"roles": LEAD, "kwargs": {"pk": "$team"}, "post": {}},
    "people:general": {"roles": "owner", "get": 200, "post": {"name": "Lamps", "every": "yes"}},
    "people:keys": {"roles": LEAD, "get": 200, "post": {"name": "K", "scope": "read"}, "done": 200},
    "people:key_revoke": {"roles": LEAD, "kwargs": {"pk": "$key"}, "post": {}},
    "people:audit": {"roles": LEAD, "get": 200},
    "people:audit_csv": {"roles": LEAD, "get": 200},
}


def prepare(workspace, people):
    from balm.web.people import services

    owner = people["owner"]
    invitation, path = services.invite(workspace, owner, f"new@{workspace.slug}-guest.example", "viewer")
    return {
        "link": services.sign_in_link(people["analyst"]).rsplit("/", 1)[1],
        "invited": path.rsplit("/", 1)[1],
        "invitation": invitation.pk,
        "member": workspace.memberships.get(user=people["viewer"]).pk,
        "team": services.add_team(workspace, owner, "Support").pk,
        "key": services.make_key(workspace, owner, scope="read", name="K")[0].pk,
    }
