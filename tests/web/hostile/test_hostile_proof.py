"""Checks, measurements and experiments against those who would break, bend or fool them."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from balm.core.errors import WrongUse
from balm.web.experiments import forms, judging, measuring, reading, services, spec, trials
from balm.web.experiments.models import Check, CheckChange, Experiment, Exposure, Measurement, OutcomeRow
from balm.web.experiments.refusals import Refused
from balm.web.painpoints.models import PainPoint
from balm.web.people.services import make_key

pytestmark = pytest.mark.django_db

START = timezone.localdate() + dt.timedelta(days=5)
END = START + dt.timedelta(days=60)
METRIC = {"name": "solved", "kind": "share", "better": "higher", "source": "outcomes", "margin": None}
ARMS = [{"name": "control", "ratio": 1.0}, {"name": "x", "ratio": 1.0}]


def written(**changes: Any) -> dict[str, Any]:
    return {
        "metric": "measurement", "kind": "share", "least": None, "series": "returns", "by": "", "known": "attribute",
        "how": "By hand", "exposed": {"a": str(START)}, "comparison": ["b", "c"], "excluded": [], "design": "did",
        "better": "lower", "margin": 0.02, "remainder": 0.3, "target": None, "soak": 7, "baseline": 0, "selected": 0,
        "end": str(END), "minimum": 10, "step": 7, "failure": "None", "watch": {"block": 14, "alpha": 0.05}, "seed": 0,
    } | changes  # fmt: skip


@pytest.fixture
def draft(workspace, member):
    """`draft(margin=0)`: a check that is not registered."""
    PainPoint.objects.create(workspace=workspace, theme="delivery.late", state="ongoing")

    def make(**changes: Any) -> Check:
        by = member("analyst")
        return services.draft(workspace, by, title="Late", themes=["delivery.late"], spec=written(**changes))

    return make


@pytest.fixture
def api(workspace, member):
    """`api("/v1/…", '{"raw": …}')`: as a program with every right."""
    _row, secret = make_key(workspace, member("owner"), name="all", scope="admin")
    client = Client(headers={"authorization": f"Bearer {secret}"})

    def post(path: str, body: str | bytes) -> Any:
        return client.post(path, body, content_type="application/json")

    return post


@pytest.fixture
def trial(workspace, member) -> Experiment:
    trials.make(workspace, member("analyst"), key="calls", title="Calls", arms=ARMS, metrics=[METRIC])
    return trials.start(workspace, "calls", member("analyst"))


# what programs send

TEXTS = ['"\\ud800"', '"a\\u0000b"', '"\\u202eabc"', '""', '" "', '"a\\r\\nb"', f'"{"x" * 5000}"', "7", "{}", "[[[1]]]"]
NUMBERS = ["NaN", "Infinity", "1e400", "1e308", "-1e308", "9" * 40, "9" * 400, "9" * 5000, '"x"', "[]", "{}"]
TIMES = ['"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-14:00"', '"2999-01-01"', "-1", "1e20", '"soon"', "[]"]


def refused(answer: Any, what: Any) -> None:
    assert answer.status_code in (400, 422), (what, answer.status_code, answer.content[:200])
    assert answer["Content-Type"] == "application/problem+json"


def body(row: dict[str, str], **top: str) -> str:
    rows = "{" + ",".join(f'"{k}":{v}' for k, v in row.items()) + "}"
    return "{" + ",".join(f'"{k}":{v}' for k, v in {**top, "rows": f"[{rows}]"}.items()) + "}"


CALLS: dict[str, tuple[dict[str, str], dict[str, str], dict[str, list[str]]]] = {
    "/v1/measurements": (
        {"unit": '"u"', "day": '"2026-01-01"', "total": "1", "n": "2"},
        {"name": '"returns"', "kind": '"mean"'},
        {
            "unit": TEXTS,
            "day": TIMES,
            "total": NUMBERS,
            "n": [*NUMBERS, "-1", "0"],
            "squares": [*NUMBERS, "-1", "0.1", "1e31"],
        },
    ),
    "/v1/experiments/calls/exposures": (
        {"unit": '"u"', "arm": '"x"', "time": '"2026-01-01T00:00:00Z"'},
        {},
        {"unit": TEXTS, "arm": [*TEXTS, '"y"'], "time": TIMES},
    ),
    "/v1/experiments/calls/outcomes": (
        {"unit": '"u"', "metric": '"solved"', "value": "1", "key": '"k"', "time": '"2026-01-01T00:00:00Z"'},
        {},
        {"unit": TEXTS, "metric": [*TEXTS, '"y"'], "value": NUMBERS, "time": TIMES, "key": TEXTS[:3]},
    ),
}


@pytest.mark.parametrize("path", CALLS)
def test_every_field_has_bounds(trial, api, path: str) -> None:
    row, top, attacks = CALLS[path]
    assert api(path, body(row, **top)).status_code == 200
    before = (Measurement.objects.count(), Exposure.objects.count(), OutcomeRow.objects.count())
    for name, values in attacks.items():
        for value in values:
            refused(api(path, body({**row, name: value}, **top)), (name, value[:40]))
    for raw in (b"", b"\xff\xfe", b"{", b"[" * 50_000, b'{"rows":' + b"[" * 3000, b"null", b"7", b'{"rows":[]}'):
        refused(api(path, raw), raw[:12])
    assert (Measurement.objects.count(), Exposure.objects.count(), OutcomeRow.objects.count()) == before


def test_arms_are_not_given_to_names_that_are_none(trial, api) -> None:
    path = "/v1/experiments/calls/assignment"
    for text in TEXTS:
        refused(api(path, f'{{"units":["ok",{text}]}}'), text[:20])
    answer = api(path, json.dumps({"units": ["{0.__class__}", "=1+1", '店,"x"', "<script>"]}))
    assert answer.json()["assignments"][0]["unit"] == "{0.__class__}"


def test_outcomes_of_nobody_and_of_a_stranger_count_nowhere(trial, api, other_workspace, member) -> None:
    from balm.web.experiments import trial_reading, work

    row = CALLS["/v1/experiments/calls/outcomes"][0]
    assert api("/v1/experiments/calls/outcomes", body({**row, "unit": '"ghost"'})).json() == {"new": 1, "known": 0}
    assert trial_reading.read(work.trial_rows(trial)) == {}
    _row, secret = make_key(other_workspace, member("owner", other_workspace), name="k", scope="admin")
    stranger = Client(headers={"authorization": f"Bearer {secret}"})
    sent = stranger.post("/v1/experiments/calls/outcomes", body(row), content_type="application/json")
    assert sent.status_code == 404 and OutcomeRow.objects.count() == 1


def test_the_first_outcome_stays_and_a_replay_is_known(trial, api) -> None:
    row = CALLS["/v1/experiments/calls/outcomes"][0]
    for value, made in (("1", 1), ("0", 0), ("1", 0)):
        assert api("/v1/experiments/calls/outcomes", body({**row, "value": value})).json()["new"] == made
    assert OutcomeRow.objects.get().value == 1


# files of measurements

GOOD = "unit,day,total,n\nu,2026-01-01,1,2\n"
BROKEN = {
    "no heading": "u,2026-01-01,1,2\n",
    "a heading twice": "unit,unit,day,total,n\nu,v,2026-01-01,1,2\n",
    "one field of all memory": "unit,day,total,n\n" + "x" * 200_000 + ",2026-01-01,1,2\n",
    "an old Mac": "unit,day,total,n\rx,2026-01-01,1",
    "more than all": GOOD + "u,2026-01-02,3,2\n",
    "without n": GOOD + "u,2026-01-02,1,0\n",
    "negative": GOOD + "u,2026-01-02,1,-1\n",
    "not a number": GOOD + "u,2026-01-02,nan,1\n",
    "infinite": GOOD + "u,2026-01-02,1,1e400\n",
    "year one": GOOD + "u,0001-01-01,1,2\n",
    "the last day": GOOD + "u,9999-12-31,1,2\n",
    "no such day": GOOD + "u,2026-02-30,1,2\n",
    "nobody": GOOD + " ,2026-01-02,1,2\n",
    "nothing": "unit,day,total,n\n",
    "binary": "\0\1\2\3",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_is_kept_whole_or_not_at_all(workspace, client_of, name: str) -> None:
    file = SimpleUploadedFile("a.csv", BROKEN[name].encode())
    asked = {"name": "returns", "kind": "share", "better": "lower", "file": file}
    answer = client_of("analyst").post("/w/lamps/proof/measurements/", asked)
    assert answer.status_code == 400 and "alert" in answer.content.decode()
    assert not Measurement.objects.exists()


def test_a_file_of_too_many_rows_or_bytes_is_refused_before_it_fills_memory(client_of, monkeypatch) -> None:
    with pytest.raises(Refused, match="at most"):
        measuring.rows_of("unit,day,total,n\n" + "u,2026-01-01,1,2\n" * (measuring.MOST_ROWS + 1))
    monkeypatch.setattr("balm.web.experiments.files.LIMIT", 100)
    files = {f"f{n}": SimpleUploadedFile("x.csv", b"y" * 1000) for n in range(5)}
    asked = {"name": "s", "kind": "share", "better": "lower", **files, "file": SimpleUploadedFile("a.csv", b"z" * 101)}
    answer = client_of("analyst").post("/w/lamps/proof/measurements/", asked)
    assert answer.status_code == 400 and "larger than" in answer.content.decode()
    assert list(answer.wsgi_request.FILES) == ["file"]


def test_a_cell_is_shown_and_not_run(workspace, client_of) -> None:
    measuring.keep(workspace, "<script>x</script>{{ 7*7 }}", [{"unit": "u", "day": "2026-01-01", "total": 1, "n": 2}])
    page = client_of("viewer").get("/w/lamps/proof/").content.decode()
    page += client_of("analyst").get("/w/lamps/proof/measurements/").content.decode()
    assert "<script>x" not in page and "&lt;script&gt;x" in page and "{{ 7*7 }}" in page


def test_days_far_apart_and_units_without_end_make_no_panel() -> None:
    """One row of 1970 beside many of today: 2,000 units by 20,000 days would be 320 MB a table."""
    day = dt.date(2026, 1, 1)
    rows = [(f"u{n}", day, 1.0, 2.0, None) for n in range(2000)]
    apart = reading.Source(rows=[*rows, ("u0", dt.date(1970, 1, 1), 1.0, 2.0, None)])
    sides = spec.Sides({"u0": spec.days(day)}, ("u1",))
    with pytest.raises(WrongUse, match="too many"):
        reading.panel_of(apart, {"step": 1}, sides)
    with pytest.raises(WrongUse, match="units"):
        reading.panel_of(reading.Source(rows=[*rows, ("v", day, 1.0, 2.0, None)]), {"step": 1}, sides)


# what is registered


@pytest.mark.parametrize(
    "changes",
    [
        {"exposed": {"a": str(START - dt.timedelta(days=9))}}, {"exposed": {}}, {"comparison": []}, {"margin": 0},
        {"exposed": dict.fromkeys("abc", str(START)), "comparison": []}, {"end": None}, {"soak": 365},
        {"end": str(START)}, {"failure": " "}, {"how": ""}, {"series": ""},
    ],
)  # fmt: skip
def test_what_proves_nothing_is_not_registered(draft, member, changes: dict[str, Any]) -> None:
    check = draft(**changes)
    with pytest.raises(Refused):
        services.register(check.workspace, check.pk, member("analyst"))
    check.refresh_from_db()
    assert check.state == "draft" and not check.seal


FORM = {
    "metric": "measurement", "series": "returns", "theme": "delivery.late", "title": "Late", "how": "h", "soak": "7",
    "start": str(START), "end": str(END), "baseline": "0", "selected": "0", "step": "7", "minimum": "10", "margin": "1",
    "remainder": "20", "failure": "f", "design": "did", "unit-0": "a, \"b\"", "side-0": "exposed", "unit-1": "店",
    "side-1": "comparison",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("start", ["", "0001-01-01", "9999-12-30", "2026-02-30", "soon"]), ("end", ["9999-12-31", "0001-01-01", "\0"]),
        ("soak", ["-1", "366", "1.5", "9" * 30]), ("minimum", ["0", "-5", "9" * 30]),
        ("title", ["", "x" * 201, "a\0b"]),
        ("margin", ["-1", "NaN", "Infinity", "1e308", "x"]), ("remainder", ["101", "-1", "nan"]),
        ("target", ["1e308", "-1e308", "inf"]), ("worth", ["-1", "1e300"]), ("design", ["ab", "", "__class__"]),
        ("step", ["0", "2", "-7"]), ("theme", ["nope", "\0", ""]), ("start-0", ["9999-12-31", "x", "2026-02-30"]),
        ("unit-1", ["a, \"b\""]),
    ],
)  # fmt: skip
def test_a_field_of_the_form(draft, client_of, name: str, values: list[str]) -> None:
    client = client_of("analyst")
    PainPoint.objects.get_or_create(workspace_id=draft().workspace_id, theme="delivery.late")
    there = Check.objects.count()
    for value in values:
        answer = client.post("/w/lamps/proof/register/", FORM | {name: value})
        assert answer.status_code == 400, (value, answer.status_code)
    assert Check.objects.count() == there
    assert client.post("/w/lamps/proof/register/", FORM).status_code == 302


def test_names_of_units_are_kept_as_they_are(draft, client_of) -> None:
    draft()
    names = ['a, "b"', "'; DROP TABLE x", "{{ 7*7 }}", "{0.__class__}", "<script>alert(1)</script>", "\u202eoda", "店 "]
    units = {f"unit-{n}": name for n, name in enumerate(names)} | {"side-1": "comparison"}
    client = client_of("analyst")
    answer = client.post(
        "/w/lamps/proof/register/", {k: v for k, v in FORM.items() if "-" not in k} | units | {"side-0": "exposed"}
    )
    check = Check.objects.order_by("pk").last()
    assert [*check.spec["exposed"], *check.spec["comparison"]] == names
    page = client.get(answer["Location"]).content.decode()
    assert "<script>alert" not in page and "{{ 7*7 }}" in page


def test_a_list_of_customers_that_is_none() -> None:
    for text in ('"' + "x" * 200_000, "a,exposed,9999-12-31", "a,soon", "a\rb,c"):
        with pytest.raises(Refused):
            forms.listed(text, START)
    assert forms.listed("=cmd()\n\0b\n店,comparison\n,,\n", START) == {
        "=cmd()": ["exposed", str(START)], "b": ["exposed", str(START)], "店": ["comparison", ""],
    }  # fmt: skip


# what is sealed


TAMPERED = {
    "a number": '{"margin": 0.9}', "nothing": "{}", "a list": "[]", "null": "null", "a word": '"x"',
}  # fmt: skip


@pytest.mark.parametrize("how", TAMPERED)
def test_a_changed_row_is_found(draft, member, client_of, how: str) -> None:
    check = draft()
    services.register(check.workspace, check.pk, member("analyst"))
    check.refresh_from_db()
    assert services.sealed(check)
    new = {**check.spec, **json.loads(TAMPERED[how])} if how == "a number" else json.loads(TAMPERED[how])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE experiments_check SET spec = %s WHERE id = %s", [json.dumps(new), check.pk])
    check = Check.objects.select_related("workspace").get(pk=check.pk)
    assert services.broken(check) and not services.sealed(check)
    page = client_of("viewer").get(f"/w/lamps/proof/checks/{check.pk}/")
    assert page.status_code == 200 and "The seal is broken" in page.content.decode()
    assert client_of("viewer").get("/w/lamps/proof/").status_code == 200
    with pytest.raises(Refused, match="seal"):
        services.register(check.workspace, check.pk, member("analyst"))
    Check.objects.filter(pk=check.pk).update(state="due")
    found = reading.read(reading.Source(rows=[]), services.usable(check), check.lists)
    row = judging.keep(check, found, {}, interim=False, by=None)
    assert row.outcome == "cannot tell" and "sealed" in row.verdict["because"]
    assert client_of("viewer").get(f"/w/lamps/proof/checks/{check.pk}/").status_code == 200


def test_the_database_itself_keeps_what_was_registered(draft, member) -> None:
    check = draft()
    services.register(check.workspace, check.pk, member("analyst"))
    for statement in (
        "UPDATE experiments_checkchange SET seal = 'x'",
        "DELETE FROM experiments_checkchange",
        "UPDATE experiments_checkchange SET reason = 'better'",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert CheckChange.objects.get().seal


def test_two_tabs_and_a_stale_page(draft, member, client_of, other_workspace) -> None:
    """The second seal, a note on what is over, a stranger's number, a wrong method, a role without the right."""
    check = draft()
    at = f"/w/lamps/proof/checks/{check.pk}/"
    analyst, viewer, stranger = client_of("analyst"), client_of("viewer"), client_of("owner", other_workspace)
    assert viewer.post(f"{at}seal/").status_code == 403 and analyst.get(f"{at}seal/").status_code == 405
    assert stranger.post(f"{at}seal/").status_code == 404
    assert stranger.post(f"/w/other/proof/checks/{check.pk}/seal/").status_code == 404
    seals = [Check.objects.get(pk=check.pk).seal for _ in range(2) if analyst.post(f"{at}seal/").status_code == 302]
    assert seals[0] and seals[0] == seals[1] and CheckChange.objects.count() == 1
    for part in ("look", "ask", "repeat", "note", "close", "withdraw"):
        analyst.post(f"{at}{part}/", {"day": "9999-12-31", "end": "9999-12-31", "unit": "\0", "reason": ""})
    check.refresh_from_db()
    assert (check.state, CheckChange.objects.count()) == ("registered", 1)
    forger = Client(enforce_csrf_checks=True)
    forger.force_login(member("analyst"), backend="django.contrib.auth.backends.ModelBackend")
    for path in (f"{at}withdraw/", "/w/lamps/proof/measurements/", "/w/lamps/proof/register/"):
        assert forger.post(path, {"reason": "forged"}).status_code == 403
    assert analyst.get(f"/w/lamps/proof/checks/{'9' * 30}/").status_code == 404


# experiments

LAB = {
    "key": "other", "title": "Other", "unit": "customer", "arms": "control 1\nx 1", "traffic": "100", "planned": "1000",
    "metric-0-name": "solved",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("arms", ["control 1", "a 0\nb 1", "a -1\nb 1", "a 1e308\nb 1", "a nan\nb 1", "a inf\nb 1", "a 1\na 1", "\0",
                  "\n".join(f"a{n} 1" for n in range(1000))]),
        ("key", ["", "new", "a b", "../x", "x" * 61, "calls", "CALLS", "\0", "é" * 5]),
        ("traffic", ["-1", "101", "nan", "1e308"]), ("planned", ["1", "9" * 12, "9" * 30, "x"]),
        ("metric-0-name", ["", "\0", " "]), ("metric-0-margin", ["nan", "-1", "0", "1e400", "x", "5"]),
        ("metric-1-name", ["solved"]),
    ],
)  # fmt: skip
def test_an_experiment_that_cannot_be(trial, client_of, name: str, values: list[str]) -> None:
    client = client_of("analyst")
    for value in values:
        answer = client.post("/w/lamps/proof/experiments/new/", LAB | {name: value})
        assert answer.status_code == 400, value[:40]
    assert Experiment.objects.count() == 1
    assert client.post("/w/lamps/proof/experiments/new/", LAB).status_code == 302


def test_an_experiment_is_started_once_and_changed_by_nobody(trial, workspace, member, client_of) -> None:
    client = client_of("analyst")
    client.post("/w/lamps/proof/experiments/calls/start/")
    assert Experiment.objects.get().seal == trial.seal and trials.seal_holds(trial)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE experiments_experiment SET planned = 7")
    assert not trials.seal_holds(Experiment.objects.get())
    assert "alert" in client.get("/w/lamps/proof/experiments/calls/").content.decode()
    assert client_of("viewer").post("/w/lamps/proof/experiments/calls/stop/").status_code == 403
    assert Experiment.objects.get().state == "running"
