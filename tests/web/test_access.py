"""Who may open what: every route × every role × the own and another workspace, by real requests.

Each app lists its routes in `access/<app>.py`; a route that is not listed, or is listed and gone, fails here.

- `ROUTES`: name → a dict. Inside a workspace (its view stands behind a door):
  `roles`: who may, as the door's right says; `get`: the status for them (left out: no GET); `post`: what is sent (left
  out: no POST) and `done`: the statuses for them, by default 200 or 302; `kwargs`: parts of the address, where "$name"
  is taken from `prepare`; `foreign`: the status for ids of another workspace, by default 404 (None: there are none).
- Outside: `get` and `post` as (anonymous, somebody signed in), "login" for the way to the sign-in page; `data` is sent.
- `prepare(workspace, people)`: makes rows for the routes and returns them by name; `people`: role → user. What
  everybody has of their own is a dict by role.
"""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from balm.web.people.doors import RIGHTS
from balm.web.people.models import Membership, Role, User, Workspace

HERE = Path(__file__).parent
APPS = {path.stem: runpy.run_path(str(path)) for path in sorted((HERE / "access").glob("*.py"))}
LISTED: dict[str, dict[str, Any]] = {name: entry for app in APPS.values() for name, entry in app["ROUTES"].items()}
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "TRUNCATE")
HARMLESS = ("django_session", "people_apikey")


def routes(resolver: Any = None, space: str = "", start: str = "") -> Iterator[tuple[str, str, URLPattern]]:
    """Name, address and pattern of every route of the application."""
    for pattern in (resolver or get_resolver()).url_patterns:
        address = start + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern, f"{space}{pattern.namespace}:" if pattern.namespace else space, address)
        else:
            yield f"{space}{pattern.name}", address, pattern


def test_every_route_is_listed_and_no_other() -> None:
    there = [name for name, _, _ in routes()]
    assert len(there) == len(set(there)), "two routes have one name"
    new, gone = sorted(set(there) - set(LISTED)), sorted(set(LISTED) - set(there))
    assert not new, "list them in tests/web/access/<app>.py"
    assert not gone, "take them out of tests/web/access/<app>.py"
    assert len(LISTED) == sum(len(app["ROUTES"]) for app in APPS.values()), "listed twice"


def test_the_table_says_what_the_doors_say() -> None:
    wrong = []
    for name, address, pattern in routes():
        door = getattr(pattern.callback, "door", None)
        roles = LISTED.get(name, {}).get("roles")
        if (door is None) == address.startswith("w/"):
            wrong.append(f"{name}: a view of a workspace stands behind a door, and no other does")
        elif door and (roles is None or frozenset(roles.split()) != RIGHTS[door]):
            wrong.append(f"{name}: the door {door} lets in {' '.join(sorted(RIGHTS[door]))}")
    assert not wrong


@dataclass
class World:
    """Two analyzed workspaces with a member of every role each."""

    people: dict[str, dict[str, User]] = field(default_factory=dict)
    things: dict[str, dict[str, Any]] = field(default_factory=dict)
    clients: dict[int, tuple[Client, str]] = field(default_factory=dict)

    def client(self, user: User | None) -> Client:
        """As fresh: signed in, and nothing else remembered. One a person: a new one loads every middleware anew."""
        key = user.pk if user else 0
        if key not in self.clients:
            client = Client(raise_request_exception=False)
            if user:
                client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            self.clients[key] = client, client.cookies.output(header="").strip()
        client, cookies = self.clients[key]
        client.cookies.clear()
        client.cookies.load(cookies.split(";")[0])
        return client

    def address(self, name: str, slug: str | None, things: dict[str, Any], role: str = "analyst") -> str:
        kwargs = {key: things[v[1:]] if v[:1] == "$" else v for key, v in LISTED[name].get("kwargs", {}).items()}
        kwargs = {key: v.get(role) if isinstance(v, dict) else v for key, v in kwargs.items()}
        return reverse(name, kwargs=kwargs | ({"slug": slug} if slug else {}))


@pytest.fixture
def world(db: None, small_analysis: Any, data_folder: Path, request: pytest.FixtureRequest) -> World:
    fill = runpy.run_path(str(HERE / "conftest.py"))["fill"]
    made = World()
    for slug in ("lamps", "other"):
        workspace = Workspace.objects.create(name=slug.title(), slug=slug)
        people = made.people[slug] = {}
        for role in Role.values:
            people[role] = User.objects.create_user(f"{role}@{slug}.example", name=role)
            Membership.objects.create(workspace=workspace, user=people[role], role=role)
        fill(workspace, small_analysis)
        prepare = APPS[request.node.callspec.params["app"]].get("prepare")
        made.things[slug] = prepare(workspace, people) if prepare else {}
    for users in made.people.values():
        for user in users.values():
            made.client(user)
    return made


@pytest.fixture
def ask(world: World) -> Any:
    """`ask(user, "post", address, data)`: the answer, and whether anything was written; then all is as before."""

    def request(user: User | None, method: str, address: str, data: Any = None) -> tuple[HttpResponseBase, bool]:
        written: list[str] = []

        def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if sql.lstrip().upper().startswith(WRITES) and not any(table in sql for table in HARMLESS):
                written.append(sql)
            return execute(sql, params, many, context)

        cache.clear()
        client = world.client(user)
        with transaction.atomic(), connection.execute_wrapper(watch):
            answer = getattr(client, method)(address, data)
            if answer.streaming:
                for _ in answer:  # what fails while it is sent fails here
                    pass
            transaction.set_rollback(True)
        return answer, bool(written)

    return request


def to_login(answer: HttpResponseBase) -> bool:
    return answer.status_code == 302 and answer["Location"].startswith("/account/login/")


def methods(entry: dict[str, Any]) -> Iterator[tuple[str, Any, tuple[int, ...]]]:
    """Method, what is sent, and what those who may are to get; 405 where the route has no such method."""
    get = entry.get("get")
    yield "get", None, (get,) if get else (405,)
    done = entry.get("done", (200, 302))
    yield "post", entry.get("post"), (done if isinstance(done, tuple) else (done,)) if "post" in entry else (405,)


def names(app: str, *, inside: bool) -> list[str]:
    return [name for name, entry in APPS[app]["ROUTES"].items() if ("roles" in entry) is inside]


@dataclass
class Checker:
    """Asks, compares, and notes what is wrong."""

    ask: Any
    wrong: list[str] = field(default_factory=list)

    def __call__(self, who: str, user: User | None, request: tuple[str, str, Any], wanted: tuple[Any, ...]) -> None:
        method, address, sent = request
        answer, wrote = self.ask(user, method, address, sent)
        status = "login" if to_login(answer) and "login" in wanted else answer.status_code
        if status not in wanted:
            self.wrong.append(f"{who} {method} {address}: {status}, not {wanted}")
        if wrote and "refused" in who:
            self.wrong.append(f"{who} {method} {address}: something was written")


@pytest.mark.parametrize("app", [app for app in APPS if names(app, inside=True)])
def test_inside_a_workspace(app: str, world: World, ask: Any) -> None:
    check = Checker(ask)
    for name in names(app, inside=True):
        entry = LISTED[name]
        roles = entry["roles"].split()
        own, other = world.things["lamps"], world.things["other"]
        address = world.address(name, "lamps", own)
        foreign = world.address(name, "lamps", own | other)
        for method, sent, done in methods(entry):
            refuse = (405,) if done == (405,) else ()
            asked = (method, address, sent)
            check("refused anonymous", None, asked, ("login", *refuse))
            for role, user in world.people["lamps"].items():
                may = role in roles
                asked = (method, world.address(name, "lamps", own, role), sent)
                check(role if may else f"refused {role}", user, asked, done if may else (403, *refuse))
            for role, user in world.people["other"].items():
                check(f"refused stranger {role}", user, asked, (404, *refuse))
            if foreign != address and entry.get("foreign", 404):
                user = world.people["lamps"][roles[0]]
                check("refused foreign id", user, (method, foreign, sent), (entry.get("foreign", 404), *refuse))
    assert not check.wrong, "\n".join(check.wrong)


@pytest.mark.parametrize("app", [app for app in APPS if names(app, inside=False)])
def test_outside(app: str, world: World, ask: Any) -> None:
    check = Checker(ask)
    for name in names(app, inside=False):
        entry = LISTED[name]
        address = world.address(name, None, world.things["lamps"])
        for method in ("get", "post"):
            asked = (method, address, entry.get("data") if method == "post" else None)
            anonymous, signed_in = entry.get(method, (405, 405))
            check("anonymous", None, asked, (anonymous,))
            check("signed in", world.people["lamps"]["viewer"], asked, (signed_in,))
    assert not check.wrong, "\n".join(check.wrong)
