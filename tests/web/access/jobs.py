"""Routes of work in the background. See test_access.py."""

EVERYBODY = "owner manager analyst front_line viewer"
WORK = "owner manager analyst"

ROUTES = {
    "jobs:health": {"roles": WORK, "get": 200},
    "jobs:retry": {"roles": WORK, "kwargs": {"pk": "$job"}, "post": {}},
    "jobs:cancel": {"roles": WORK, "kwargs": {"pk": "$job"}, "post": {}},
    "jobs:progress": {"roles": EVERYBODY, "get": 200},
}


def prepare(workspace, people):
    from balm.web.jobs.services import enqueue

    return {"job": enqueue(workspace, "refresh").pk}
