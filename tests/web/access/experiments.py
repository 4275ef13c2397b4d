"""Routes of checks and experiments. See test_access.py."""

import datetime as dt

EVERYBODY = "owner manager analyst front_line viewer"
WORK = "owner manager analyst"
LEAD = "owner manager"


def act(name, data, roles=WORK, **more):
    """A button of one check."""
    return {"roles": roles, "kwargs": {"pk": f"${name}"}, "post": data, "done": (302,), **more}


TERMS = {
    "metric": "mentions", "by": "region", "theme": "delivery.late", "title": "Parcels", "how": "The log of operations",
    "start": "2098-01-01", "end": "2098-04-01", "soak": "7", "baseline": "0", "selected": "0", "step": "7",
    "minimum": "50", "margin": "1", "remainder": "35", "failure": "No change", "design": "did",
    "unit-0": "South", "side-0": "exposed", "unit-1": "North", "side-1": "comparison",
}  # fmt: skip

ROUTES = {
    "experiments:list": {"roles": EVERYBODY, "get": 200},
    "experiments:ledger": {"roles": EVERYBODY, "get": 200},
    "experiments:register": {"roles": WORK, "get": 200, "post": TERMS, "done": (302,)},
    "experiments:check": {"roles": EVERYBODY, "kwargs": {"pk": "$draft"}, "get": 200},
    "experiments:change": {"roles": WORK, "kwargs": {"pk": "$draft"}, "get": 200, "post": TERMS, "done": (302,)},
    "experiments:verdict": {"roles": EVERYBODY, "kwargs": {"pk": "$judged", "row": "$look"}, "get": 200},
    "experiments:seal": act("draft", {}),
    "experiments:look": act("running", {}),
    "experiments:ask": act("running", {}),
    "experiments:close": act("judged", {"reason": "Heard by phone"}, LEAD),
    "experiments:note": act("running", {"unit": "North", "day": "2999-02-01", "reason": "Seen there"}),
    "experiments:repeat": act("judged", {"end": "2999-08-01", "reason": "Too few"}),
    "experiments:withdraw": act("draft", {"reason": "Another one is better"}),
    "experiments:measurements": {"roles": WORK, "get": 200, "post": {}, "done": (400,)},
    "experiments:new_experiment": {
        "roles": WORK,
        "get": 200,
        "post": {
            "key": "fresh", "title": "Fresh", "unit": "customer", "arms": "a 1\nb 1", "traffic": "100",
            "planned": "1000", "metric-0-name": "solved", "metric-0-kind": "share",
        },
        "done": (302,),
    },
    "experiments:experiment": {"roles": EVERYBODY, "kwargs": {"key": "$key"}, "get": 200},
    "experiments:start_experiment": {"roles": WORK, "kwargs": {"key": "$key"}, "post": {}, "done": (302,)},
    "experiments:stop_experiment": {
        "roles": WORK, "kwargs": {"key": "$key"}, "post": {"reason": "Enough"}, "done": (302,),
    },
}  # fmt: skip


def prepare(workspace, people):
    from balm.web.experiments import judging, reading, services, trials
    from balm.web.experiments.models import Check, VerdictRow

    by = people["analyst"]
    tomorrow = services.today() + dt.timedelta(days=1)
    spec = {
        "metric": "mentions", "kind": "share", "least": None, "series": "", "by": "region",
        "known": "attribute", "how": "The log",
        "exposed": {"South": str(tomorrow)}, "comparison": ["North", "Taiwan"], "excluded": [], "design": "did",
        "better": "lower", "margin": 0.01, "remainder": 0.35, "target": None, "soak": 7, "baseline": 0, "selected": 0,
        "end": str(tomorrow + dt.timedelta(days=60)), "minimum": 50, "step": 7, "failure": "No change", "seed": 0,
    }  # fmt: skip
    made = {}
    for name in ("draft", "running", "judged"):
        check = services.draft(workspace, by, title=name, themes=["delivery.late"], spec=spec)
        if name != "draft":
            services.register(workspace, check.pk, by)
            state = Check.State.RUNNING if name == "running" else Check.State.DUE
            Check.objects.filter(pk=check.pk).update(state=state)
        if name == "judged":
            check.refresh_from_db()
            found = reading.read(judging.source_of(workspace, check.spec), check.spec, check.lists)
            judging.keep(check, found, {}, interim=False, by=by)
        made[name] = check.pk
    made["look"] = VerdictRow.objects.get(check_of=made["judged"]).pk
    made["key"] = f"trial-{workspace.slug}"
    trials.make(
        workspace,
        by,
        key=made["key"],
        arms=[{"name": "a", "ratio": 1}, {"name": "b", "ratio": 1}],
        metrics=[{"name": "solved", "kind": "share", "better": "higher", "source": "outcomes", "margin": None}],
    )
    return made
