"""A check is sealed before the start, leaves a trace when it is changed, and says "cannot tell" where it cannot."""

from __future__ import annotations

import datetime as dt
import runpy
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from balm.web.experiments import guard, judging, selectors, services
from balm.web.experiments.models import Check, CheckChange, VerdictRow
from balm.web.experiments.refusals import Refused
from balm.web.people.models import AuditEntry

FIRM = runpy.run_path(str(Path(__file__).with_name("conftest.py")))
START, END, FIRST, EXPOSED, OTHERS = (FIRM[name] for name in ("START", "END", "FIRST", "EXPOSED", "OTHERS"))
DAY = dt.timedelta(days=1)


def test_registering_seals_and_the_fingerprint_is_kept_where_nobody_can_change_it(check: Check) -> None:
    assert check.state == "registered"
    assert len(check.seal) == 64
    assert services.sealed(check)
    kept = CheckChange.objects.get(check_of=check)
    assert (kept.kind, kept.seal, kept.after["spec"]) == ("registered", check.seal, check.spec)
    assert AuditEntry.objects.get(action="check.register").detail["seal"] == check.seal


@pytest.mark.parametrize("day", [START, START + DAY])
def test_it_is_refused_from_the_day_of_the_start_on(workspace, member, pain, clock, day: dt.date) -> None:
    made = services.draft(workspace, member("analyst"), title="Late", themes=[pain.theme], spec=FIRM["spec"]())
    clock(day)
    with pytest.raises(Refused, match="starts on"):
        services.register(workspace, made.pk, member("analyst"))
    made.refresh_from_db()
    assert made.state == "draft"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"exposed": {}}, "Nobody gets the fix"),
        ({"end": ""}, "last day"),
        ({"end": (START + DAY).isoformat()}, "settled"),
        ({"margin": 0.0}, "smallest change"),
        ({"failure": " "}, "failure"),
        ({"how": ""}, "who got the fix"),
        ({"comparison": []}, "compares with units"),
        ({"series": ""}, "measurement"),
    ],
)
@pytest.mark.usefixtures("clock")
def test_what_a_verdict_needs_must_be_written_down(workspace, member, pain, change: Any, said: str) -> None:
    by = member("analyst")
    made = services.draft(workspace, by, title="Half", themes=[pain.theme], spec=FIRM["spec"](**change))
    with pytest.raises(Refused, match=said):
        services.register(workspace, made.pk, by)


def change(check: Check, by: Any, reason: str = "The board wishes it", **changes: Any) -> Check:
    return services.update(
        check.workspace,
        check.pk,
        by,
        title=check.title,
        themes=check.themes,
        spec=FIRM["spec"](**changes),
        reason=reason,
    )


def test_before_the_start_a_change_is_registered_anew(check: Check, member) -> None:
    was = check.seal
    check = change(check, member("analyst"), margin=0.03)
    assert check.seal != was
    assert services.sealed(check)
    kept = CheckChange.objects.filter(check_of=check, kind="resealed").get()
    assert (kept.before["spec"]["margin"], kept.after["spec"]["margin"]) == (0.02, 0.03)
    with pytest.raises(Refused, match="reason"):
        change(check, member("analyst"), reason=" ", margin=0.04)
    with pytest.raises(Refused, match="Nothing was changed"):
        change(check, member("analyst"), margin=0.03)


def test_changed_after_the_start_it_cannot_tell(check: Check, member, judged) -> None:
    Check.objects.filter(pk=check.pk).update(state="running")
    change(check, member("analyst"), margin=0.001)
    assert not services.sealed(Check.objects.get(pk=check.pk))
    row = judged()
    assert row.outcome == "cannot tell"
    assert "sealed" in row.verdict["because"]
    kept = CheckChange.objects.get(check_of=check, kind="changed")
    assert kept.reason == "The board wishes it"
    assert kept.by_name == "analyst@lamps.example"


def test_a_row_altered_behind_our_back_is_found(check: Check, judged) -> None:
    spec = {**check.spec, "margin": 0.0001, "remainder": 0.9}
    Check.objects.filter(pk=check.pk).update(spec=spec)
    row = judged()
    assert (row.outcome, row.verdict["because"][0]) == ("cannot tell", "sealed")


def test_a_seal_that_was_forged_too_is_found(check: Check, judged) -> None:
    from balm.web.experiments import spec as specs

    spec = {**check.spec, "margin": 0.0001}
    forged = specs.seal(spec, check.lists, check.registered, check.registered_by)
    Check.objects.filter(pk=check.pk).update(spec=spec, seal=forged)
    assert judged().outcome == "cannot tell"


def test_what_was_registered_and_found_cannot_be_changed(check: Check, judged) -> None:
    judged()
    for table in guard.TABLES:
        for sql in (f"UPDATE {table} SET by_name = 'nobody'", f"DELETE FROM {table}"):
            with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic():
                connection.cursor().execute(sql)
    with pytest.raises(DatabaseError), transaction.atomic():
        VerdictRow.objects.first().delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        CheckChange.objects.update(reason="other")


def test_they_outlive_the_workspace(check: Check, judged, workspace) -> None:
    judged()
    number = workspace.pk
    workspace.delete()
    assert not Check.objects.exists()
    assert VerdictRow.objects.filter(workspace_id=number).count() == 1


BAD = {
    "none of the exposed": "exposed_known",
    "ten days": "baseline_long_enough",
    "a month is missing": "metric_complete",
}


@pytest.mark.parametrize("bad", BAD)
def test_bad_data_cannot_tell(workspace, member, pain, measured, client_of, clock, bad: str) -> None:  # noqa: PLR0917
    by = member("analyst")
    first = START - 10 * DAY if bad == "ten days" else FIRST
    found = FIRM["rows"](first, END, FIRM["worked"])
    if bad == "none of the exposed":
        found = [row for row in found if row["unit"] not in EXPOSED]
    if bad == "a month is missing":
        gap = (START - 70 * DAY, START - 35 * DAY)
        found = [row for row in found if not gap[0] <= row["day"] < gap[1]]
    made = services.draft(workspace, by, title="Bad", themes=[pain.theme], spec=FIRM["spec"]())
    check = services.register(workspace, made.pk, by)
    measured(found)
    Check.objects.filter(pk=check.pk).update(state="due")
    row = FIRM["read"](check)
    assert row.outcome == "cannot tell"
    assert BAD[bad] in row.verdict["because"]
    page = client_of("viewer").get(f"/w/lamps/proof/checks/{check.pk}/")
    reason = next(one for one in page.context["assumptions"] if one.assumption.name == BAD[bad])
    assert reason.decided
    assert reason.why["en"] in page.content.decode().replace("&#x27;", "'")


def test_a_comparison_that_got_the_fix_cannot_tell(check: Check, member, judged) -> None:
    by = member("analyst")
    with pytest.raises(Refused, match="not one of the units"):
        services.note_contamination(check.workspace, check.pk, by, unit="store 01", day=START, reason="Seen")
    services.note_contamination(check.workspace, check.pk, by, unit="store 08", day=START + 9 * DAY, reason="Seen")
    row = judged()
    assert (row.outcome, row.verdict["because"]) == ("cannot tell", ["comparison_clean"])
    assert services.sealed(Check.objects.get(pk=check.pk))


def test_the_clock_begins_and_ends_it_and_waits_for_the_data(check: Check, measured, clock) -> None:
    from django.utils import timezone

    from balm.web.jobs.models import Job

    clock(START)
    assert judging.turn(timezone.now()) == 1
    assert judging.turn(timezone.now()) == 0
    check.refresh_from_db()
    assert check.state == "running"
    clock(END + DAY)
    assert judging.turn(timezone.now()) == 1
    check.refresh_from_db()
    assert check.state == "due"
    assert not Job.objects.filter(kind="judge").exists()  # the data end before
    measured(FIRM["rows"](START - 10 * DAY, END, FIRM["worked"]))
    assert judging.turn(timezone.now()) == 1
    assert judging.turn(timezone.now()) == 0
    assert Job.objects.filter(kind="judge").count() == 1


def test_an_interim_look_is_kept_and_decides_nothing(check: Check, measured, clock) -> None:
    Check.objects.filter(pk=check.pk).update(state="running")
    measured(FIRM["rows"](START - 10 * DAY, END - 20 * DAY, FIRM["worked"]))
    row = FIRM["read"](check, interim=True)
    check.refresh_from_db()
    assert row.interim
    assert (check.state, check.outcome) == ("running", "")
    assert selectors.of_pains(check.workspace)["support.no_reply"].outcome == ""


def test_it_runs_again_once(check: Check, member, judged, clock) -> None:
    judged(FIRM["before"])
    by = member("analyst")
    with pytest.raises(Refused, match="future"):
        services.repeat(check.workspace, check.pk, "Too few", END, by)
    services.repeat(check.workspace, check.pk, "Too few", END + 60 * DAY, by)
    check.refresh_from_db()
    assert (check.state, services.sealed(check)) == ("running", True)
    Check.objects.filter(pk=check.pk).update(state="judged")
    with pytest.raises(Refused, match="once"):
        services.repeat(check.workspace, check.pk, "Still too few", END + 90 * DAY, by)
