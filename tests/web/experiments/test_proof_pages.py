"""The pages of proof: a member writes a check down and reads it; a stranger sees nothing."""

from __future__ import annotations

import datetime as dt
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from balm.web.experiments import judging, selectors, services
from balm.web.experiments.models import Check, VerdictRow
from balm.web.jobs.worker import drain

FIRM = runpy.run_path(str(Path(__file__).with_name("conftest.py")))
START, END = FIRM["START"], FIRM["END"]
TERMS = {
    "metric": "mentions",
    "by": "region",
    "theme": "delivery.late",
    "title": "Parcels by another courier",
    "how": "The South changes courier, says the contract",
    "start": "2026-06-01",
    "end": "2026-08-30",
    "soak": "7",
    "baseline": "0",
    "selected": "0",
    "step": "7",
    "minimum": "50",
    "margin": "1.5",
    "remainder": "35",
    "failure": "Less than a point and a half",
    "design": "did",
    "unit-0": "South",
    "side-0": "exposed",
    "unit-1": "North",
    "side-1": "comparison",
    "unit-2": "Taiwan",
    "side-2": "excluded",
}


def test_from_a_pain_point_to_a_sealed_check(filled, client_of, other_workspace, clock) -> None:
    clock(dt.date(2026, 5, 20))
    client = client_of("analyst")
    first = client.get("/w/lamps/proof/register/", {"theme": "delivery.late", "by": "region"})
    units = [row.name for row in first.context["units"]]
    assert {"South", "North", "Taiwan"} <= set(units)
    assert first.context["terms"].initial["title"]
    answer = client.post("/w/lamps/proof/register/", TERMS)
    check = Check.objects.get()
    assert answer["Location"] == f"/w/lamps/proof/checks/{check.pk}/"
    assert check.spec["exposed"] == {"South": "2026-06-01"}
    assert (check.spec["comparison"], check.spec["excluded"]) == (["North"], ["Taiwan"])
    assert check.spec["margin"] == 0.015
    page = client.get(answer["Location"])
    tried = {one.design: one for one in page.context["advice"].tried}
    assert set(tried) == {"did", "its", "synthetic", "matched"}
    html = page.content.decode()
    assert "Smallest effect found four times of five" in html
    assert client.post(f"/w/lamps/proof/checks/{check.pk}/seal/").status_code == 302
    check.refresh_from_db()
    assert check.state == "registered"
    html = client_of("viewer").get(f"/w/lamps/proof/checks/{check.pk}/").content.decode()
    assert check.seal in html
    assert "Register and seal" not in html
    stranger = client_of("owner", other_workspace)
    for address in (f"checks/{check.pk}/", f"checks/{check.pk}/change/", "", "ledger/", "register/"):
        assert stranger.get(f"/w/lamps/proof/{address}").status_code == 404
    assert stranger.get(f"/w/other/proof/checks/{check.pk}/").status_code == 404
    shown = client.get(f"/w/lamps/proof/checks/{check.pk}/change/")
    assert shown.context["terms"].initial["margin"] == 1.5


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"end": "2026-05-01"}, "The last day lies before the first."),
        ({"end": "soon"}, "Enter a valid date"),
        ({"title": ""}, "required"),
        ({"margin": "-1"}, "greater than or equal to 0"),
        ({"start-0": "01.06.2026"}, "is not a day"),
        ({"theme": "no.such"}, "Choose the pain point"),
    ],
)
def test_what_cannot_be_used_is_named_and_nothing_typed_is_lost(filled, client_of, change: Any, said: str) -> None:
    answer = client_of("analyst").post("/w/lamps/proof/register/", TERMS | change)
    html = answer.content.decode()
    assert answer.status_code == 400
    assert said in html
    assert TERMS["how"] in html
    assert re.search(r'name="side-0".*?<option value="exposed" selected', html, re.S)
    assert not Check.objects.exists()


def test_a_list_of_customers(filled, client_of, clock) -> None:
    from balm.web.feedback.selectors import room

    clock(dt.date(2026, 5, 20))
    people = [one.customer for one in room(filled).lake.raisers(("delivery.late",))][:60]
    text = "customer,side,first day\n" + "\n".join(
        f"{key},exposed,2026-06-0{1 + n % 3}" for n, key in enumerate(people)
    )
    sent = {k: v for k, v in TERMS.items() if not k.startswith(("unit", "side"))} | {"by": "list", "customers": text}
    client = client_of("analyst")
    assert client.post("/w/lamps/proof/register/", sent).status_code == 302
    check = Check.objects.get()
    assert len(check.lists) == len(people) > 40
    assert check.starts == dt.date(2026, 6, 1)
    client.post(f"/w/lamps/proof/checks/{check.pk}/seal/")
    check.refresh_from_db()
    assert services.sealed(check)
    Check.objects.filter(pk=check.pk).update(lists={**check.lists, "someone": ["exposed", "2026-06-01"]})
    assert services.broken(Check.objects.get())
    html = client.get(f"/w/lamps/proof/checks/{check.pk}/").content.decode()
    assert "customers of a list" in html
    assert "The seal is broken" in html


def test_a_verdict_through_the_queue_with_its_picture_and_reasons(check, measured, clock, client_of) -> None:
    from django.utils import timezone

    measured(FIRM["rows"](START - dt.timedelta(days=10), END, FIRM["worked"]))
    clock(START)
    judging.turn(timezone.now())
    clock(END + dt.timedelta(days=1))
    judging.turn(timezone.now())
    judging.turn(timezone.now())
    assert drain() == 1
    row = VerdictRow.objects.get()
    assert row.outcome == "gone"
    page = client_of("viewer").get(f"/w/lamps/proof/checks/{check.pk}/")
    html = page.content.decode()
    assert 'class="verdict is-gone"' in html
    assert page.context["figure"].series[0].values
    assert "data-chart" in html
    names = {one.assumption.name for one in page.context["assumptions"]}
    assert {"sealed", "registered_before", "exposed_known", "parallel_before"} <= names
    assert "The check was not changed after it started." in html
    assert re.search(r"difference-in-differences", html)
    one = client_of("viewer").get(f"/w/lamps/proof/checks/{check.pk}/looks/{row.pk}/")
    assert one.status_code == 200
    line = selectors.of_pains(check.workspace)["support.no_reply"]
    assert (line.outcome, line.registered) == ("gone", START - dt.timedelta(days=10))
    assert line.effect.high < -0.1
    assert line.sentence["en"] in client_of("viewer").get("/w/lamps/proof/").content.decode().replace("&#x27;", "'")


def test_measurements_come_by_file_and_are_refused_by_row(workspace, client_of, other_workspace) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    def send(text: str, **more: str) -> Any:
        file = SimpleUploadedFile("m.csv", text.encode())
        given = {"name": "parcels sent back", "kind": "share", "better": "lower", "file": file} | more
        return client_of("analyst").post("/w/lamps/proof/measurements/", given)

    assert send("unit,day,total,n\nA,2026-01-01,1,10\nA,2026-01-01,2,10\nB,2026-01-01,0,9\n").status_code == 302
    for text, said in (
        ("unit,day,n\nA,2026-01-01,3\n", "lacks the columns: total"),
        ("unit,day,total,n\nA,1.1.2026,1,10\n", "Row 1: the day"),
        ("unit,day,total,n\nA,2026-01-01,11,10\n", "Row 1: of a share"),
        ("unit,day,total,n\n,2026-01-01,1,10\n", "Row 1 has no unit"),
    ):
        answer = send(text)
        assert (answer.status_code, said in answer.content.decode()) == (400, True), said
    assert "another kind" in send("unit,day,total,n\nA,2026-01-01,1,10\n", kind="mean").content.decode()
    html = client_of("analyst").get("/w/lamps/proof/measurements/").content.decode()
    assert "parcels sent back" in html
    assert (
        "parcels sent back"
        not in client_of("owner", other_workspace).get("/w/other/proof/measurements/").content.decode()
    )
