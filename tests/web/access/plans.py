"""Routes of plans, loops and the office. See test_access.py."""

EVERYBODY = "owner manager analyst front_line viewer"
WORK = "owner manager analyst"
LEAD = "owner manager"
NUMBER = {"number": "$plan"}
DRAFT = {"title": "t", "kind": "process", "themes": "$theme", "currency": "CNY"}


def change(post, roles=WORK, **kwargs):
    """A form of a plan; each workspace has a plan of that number, so another one's is never met."""
    return {"roles": roles, "kwargs": NUMBER | kwargs, "post": post}


ROUTES = {
    "plans:board": {"roles": EVERYBODY, "get": 200},
    "plans:timeline": {"roles": EVERYBODY, "get": 200},
    "plans:new": {"roles": WORK, "get": 200, "post": {"title": ""}},
    "plans:one": {"roles": EVERYBODY, "kwargs": NUMBER, "get": 200},
    "plans:edit": {"roles": WORK, "kwargs": NUMBER, "get": 200, "post": {"title": ""}},
    "plans:move": {"roles": WORK, "post": {"item": "$plan", "step": "up"}, "foreign": 302},
    "plans:step": change({"action": "prepare"}),
    "plans:roles": change({}),
    "plans:note": change({"text": "a note"}),
    "plans:spend": change({"spent": "1"}),
    "plans:task_add": change({"task-title": "x", "task-kind": "task"}),
    "plans:task": {"roles": WORK, "kwargs": NUMBER | {"pk": "$task"}, "get": 200, "post": {"title": ""}},
    "plans:task_move": change({"state": "doing"}, pk="$task"),
    "plans:loops": {"roles": EVERYBODY, "get": 200},
    "plans:loop_new": {"roles": LEAD, "get": 200, "post": {"name": ""}},
    "plans:loop": {"roles": EVERYBODY, "kwargs": {"pk": "$loop"}, "get": 200},
    "plans:loop_edit": {"roles": LEAD, "kwargs": {"pk": "$loop"}, "get": 200, "post": {"name": ""}},
    "plans:loop_rest": {"roles": LEAD, "kwargs": {"pk": "$loop"}, "post": {"active": "0"}},
    "plans:loop_indicator": {"roles": LEAD, "kwargs": {"pk": "$loop"}, "post": {"side": "process", "name": "x"}},
    "plans:review": {"roles": EVERYBODY, "kwargs": {"pk": "$review"}, "get": 200},
    "plans:review_hold": {"roles": WORK, "kwargs": {"pk": "$review"}, "post": {"minutes": "m"}},
    "plans:office": {"roles": WORK, "get": 200},
    "plans:appoint": {"roles": LEAD, "post": {"kind": "task_force"}},
}


def prepare(workspace, people):
    import datetime as dt

    from balm.web.painpoints.models import PainPoint
    from balm.web.plans import services, tasks
    from balm.web.plans.models import Loop, Plan, Review

    theme = PainPoint.objects.filter(workspace=workspace).earliest("pk").theme
    # another number in each workspace, so that one of another workspace is not there
    services.create(workspace, services.Draft("a plan", "process", (theme,)), people["analyst"])
    Plan.objects.filter(workspace=workspace).update(number=100 + workspace.pk)
    task = tasks.add(workspace, 100 + workspace.pk, tasks.TaskDraft("a task"), people["analyst"])
    loop = Loop.objects.create(workspace=workspace, name="a loop", anchor=dt.date(2026, 1, 5))
    review = Review.objects.create(loop=loop, due=dt.date(2026, 1, 5))
    return {"plan": 100 + workspace.pk, "task": task.pk, "loop": loop.pk, "review": review.pk, "theme": theme}
