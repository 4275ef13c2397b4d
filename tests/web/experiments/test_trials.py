"""Experiments: arms by lot, logs that count once, the sample ratio first."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from django.test import Client

from balm.proof.assign import assign
from balm.web.experiments import trial_reading, trials, work
from balm.web.experiments.models import Experiment, Exposure, OutcomeRow, Reading
from balm.web.experiments.refusals import Refused
from balm.web.jobs.worker import drain
from balm.web.people.services import make_key

METRICS = [
    {"name": "solved", "kind": "share", "better": "higher", "source": "outcomes", "margin": None},
    {"name": "minutes", "kind": "mean", "better": "lower", "source": "outcomes", "margin": 5.0},
]
ARMS = [{"name": "control", "ratio": 1.0}, {"name": "callback", "ratio": 1.0}]


@pytest.fixture
def trial(workspace, member) -> Experiment:
    made = trials.make(workspace, member("analyst"), key="callback", title="Call back", arms=ARMS, metrics=METRICS)
    Experiment.objects.filter(pk=made.pk).update(salt="pepper")  # chance is the same in every run
    return trials.start(workspace, made.key, member("analyst"))


@pytest.fixture
def call(workspace, member) -> Any:
    """`call("ingest", "post", "exposures", {...})`: as a program with a key of that scope."""

    def ask(scope: str, method: str, path: str, data: Any = None, *, where: Any = None) -> Any:
        _key, secret = make_key(where or workspace, member("owner", where), name=scope, scope=scope)
        client = Client(headers={"authorization": f"Bearer {secret}"})
        address = f"/v1/experiments/callback/{path}"
        given = {"content_type": "application/json"} if method == "post" else {}
        return getattr(client, method)(address, data, **given)

    return ask


def run(trial: Experiment, n: int = 600, *, lift: float = 0.2, keep: float = 1.0) -> None:
    """Customers are assigned, shown their arm and solved or not; of the callback arm a share `keep` is logged."""
    rng = np.random.default_rng(3)
    now = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    exposures, outcomes = [], []
    for number in range(n):
        unit = f"c{number}"
        arm = assign(unit, trials.allocation(trial))
        if arm == "callback" and rng.random() > keep:
            continue
        when = now + dt.timedelta(days=number * 14 // n)
        exposures.append({"unit": unit, "arm": arm, "time": when})
        usual = rng.normal(30, 8)
        rows = {"solved": float(rng.random() < 0.4 + lift * (arm == "callback")), "minutes": usual + rng.normal(0, 3)}
        outcomes += [{"unit": unit, "metric": name, "value": value, "time": when} for name, value in rows.items()]
        old = {"unit": unit, "metric": "minutes", "value": usual, "before": True, "key": "before", "time": when}
        outcomes.append(old)
    trials.expose(trial, exposures)
    trials.outcomes(trial, outcomes)


def test_arms_are_given_by_a_key_and_only_while_it_runs(trial, call, other_workspace) -> None:
    for scope in ("read", "ingest", "admin"):
        one = call(scope, "get", "assignment?unit=c7").json()
        assert one["assignments"] == [{"unit": "c7", "arm": assign("c7", trials.allocation(trial))}]
    many = call("read", "post", "assignment", {"units": [f"c{n}" for n in range(500)]}).json()["assignments"]
    share = np.mean([row["arm"] == "callback" for row in many])
    assert 0.42 < share < 0.58
    assert call("read", "get", "assignment?unit=c7", where=other_workspace).status_code == 404
    assert call("read", "get", "assignment").status_code == 422
    trials.stop(trial.workspace, trial.key, "Enough", trial.made_by)
    assert call("read", "get", "assignment?unit=c7").json()["assignments"][0]["arm"] is None


def test_logs_count_once_and_the_earliest_time_stays(trial, call) -> None:
    rows = [{"unit": "a", "arm": "control", "time": "2026-11-03T10:00:00Z"}, {"unit": "b", "arm": "callback"}]
    assert call("ingest", "post", "exposures", {"rows": rows}).json() == {"new": 2, "known": 0}
    rows[0]["time"] = "2026-11-02T10:00:00"
    assert call("ingest", "post", "exposures", {"rows": [*rows, rows[0]]}).json() == {"new": 0, "known": 2}
    assert Exposure.objects.get(unit="a").first == dt.datetime(2026, 11, 2, 10, tzinfo=dt.UTC)
    sent = {"rows": [{"unit": "a", "metric": "solved", "value": 1}, {"unit": "a", "metric": "solved", "value": 0}]}
    assert call("ingest", "post", "outcomes", sent).json() == {"new": 1, "known": 0}
    assert call("ingest", "post", "outcomes", sent).json() == {"new": 0, "known": 1}
    assert OutcomeRow.objects.get().value == 1.0
    for path, bad in (
        ("exposures", {"rows": [{"unit": "a", "arm": "nobody"}]}),
        ("outcomes", {"rows": [{"unit": "a", "metric": "nothing", "value": 1}]}),
        ("outcomes", {"rows": [{"unit": "a", "metric": "solved", "value": "much"}]}),
        ("exposures", {"rows": []}),
    ):
        assert call("ingest", "post", path, bad).status_code == 422
    assert call("read", "post", "exposures", {"rows": rows}).status_code == 403


def test_an_effect_is_read_with_what_was_known_before(trial, client_of, other_workspace) -> None:
    run(trial)
    trials.ask_reading(trial)
    assert drain() == 1
    data = Reading.objects.get().data
    assert data["sample_ratio"]["ok"]
    effect = data["effects"][0]
    assert (effect["metric"], effect["readable"]) == ("solved", True)
    assert effect["effect"]["low"] > 0
    assert data["guardrails"][0]["ok"]
    assert len(data["looks"]) > 5
    page = client_of("viewer").get("/w/lamps/proof/experiments/callback/")
    html = page.content.decode()
    assert html.index("did the lot work") < html.index("What it shows")
    assert page.context["figure"] is not None
    assert client_of("owner", other_workspace).get("/w/lamps/proof/experiments/callback/").status_code == 404
    assert client_of("owner", other_workspace).get("/w/other/proof/experiments/callback/").status_code == 404


def test_a_broken_ratio_withholds_every_effect(trial, client_of) -> None:
    run(trial, 900, keep=0.7)
    data = trial_reading.read(work.trial_rows(trial))
    assert (data["sample_ratio"]["ok"], data["finding"], data["looks"]) == (False, "sample ratio", [])
    Reading.objects.create(experiment=trial, day=dt.date(2026, 11, 20), data=data)
    page = client_of("viewer").get("/w/lamps/proof/experiments/callback/")
    assert page.context["effects"] == page.context["guards"] == []
    assert page.context["figure"] is None
    assert "guardrail" not in {one.assumption.name for one in page.context["assumptions"]}
    assert "No effect is shown" in page.content.decode()


def test_who_crossed_over_is_left_out(trial) -> None:
    run(trial, 300)
    unit = Exposure.objects.filter(arm="control").first().unit
    now = dt.datetime(2026, 11, 9, tzinfo=dt.UTC)
    trials.expose(trial, [{"unit": unit, "arm": "callback", "time": now}])
    made = trial_reading.trial_of(work.trial_rows(trial))
    assert made.counts["crossed_over"] == 1
    assert len(made.arm) == made.counts["units"] - 1


def test_scores_of_comments_after_the_exposure(filled, member) -> None:
    metrics = [{"name": "score", "kind": "mean", "better": "higher", "source": "score", "margin": None}]
    made = trials.make(filled, member("analyst"), key="scores", title="Scores", arms=ARMS, metrics=metrics)
    made = trials.start(filled, made.key, member("analyst"))
    from balm.web.feedback.selectors import room

    lake = room(filled).lake
    people = [one.key for one in lake.customers(size=300)[0]]
    when = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    arms = trials.assigned(made, people)
    trials.expose(made, [{"unit": u, "arm": a, "time": when} for u, a in zip(people, arms, strict=True)])
    trial = trial_reading.trial_of(work.trial_rows(made))
    values = trial.metrics[0].values
    assert 20 < np.isfinite(values).sum() < len(people)
    known = next(n for n in range(len(values)) if np.isfinite(values[n]))
    from balm.lake.queries import Filter

    unit = list(dict.fromkeys(people))[known]
    theirs = [
        c.score for c in lake.page(Filter(customer=unit, first=when.date()), size=50).comments if c.score is not None
    ]
    assert values[known] == pytest.approx(np.mean(theirs))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"key": "Ünfit key"}, "key"),
        ({"arms": ARMS[:1]}, "2 to 20 arms"),
        ({"metrics": []}, "at least one metric"),
        ({"metrics": METRICS[1:]}, "must not be a guardrail"),
        ({"traffic": 2.0}, "traffic"),
    ],
)
def test_what_cannot_run_is_refused(workspace, member, change: Any, said: str) -> None:
    given = {"key": "fine", "title": "Fine", "arms": ARMS, "metrics": METRICS} | change
    with pytest.raises(Refused, match=said):
        trials.make(workspace, member("analyst"), **given)


def test_what_was_started_is_sealed(trial, client_of) -> None:
    assert trials.seal_holds(trial)
    Experiment.objects.filter(pk=trial.pk).update(metrics=METRICS[:1])
    assert not trials.seal_holds(Experiment.objects.get())
    assert "the seal is broken" in client_of("viewer").get("/w/lamps/proof/experiments/callback/").content.decode()


def test_measurements_by_program(workspace, call, member, other_workspace) -> None:
    from balm.web.experiments.models import Measurement

    _key, secret = make_key(workspace, member("owner"), name="m", scope="ingest")
    client = Client(headers={"authorization": f"Bearer {secret}"})
    body = {"name": "returns", "rows": [{"unit": "A", "day": "2026-01-01", "total": 1, "n": 10}]}
    assert client.post("/v1/measurements", body, content_type="application/json").json() == {"new": 1, "known": 0}
    body["rows"][0]["total"] = 2
    client.post("/v1/measurements", body, content_type="application/json")
    row = Measurement.objects.get()
    assert (row.total, row.series.workspace) == (2.0, workspace)
    body["rows"][0]["total"] = 20
    answer = client.post("/v1/measurements", body, content_type="application/json")
    assert (answer.status_code, "Row 1" in answer.json()["detail"]) == (422, True)
