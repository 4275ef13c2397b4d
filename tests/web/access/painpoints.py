"""Routes of pain points and priorities. See test_access.py."""

EVERYBODY = "owner manager analyst front_line viewer"
WORK = "owner manager analyst"
MEET = "owner manager analyst front_line"
ONE = {"theme": "$theme"}


def of(roles, post, **kwargs):
    """A form of one pain point; ids of themes mean the same thing in every workspace."""
    return {"roles": roles, "kwargs": ONE | kwargs, "post": post}


ROUTES = {
    "painpoints:home": {"roles": EVERYBODY, "get": 200},
    "painpoints:list": {"roles": EVERYBODY, "get": 200},
    "painpoints:bulk": {"roles": WORK, "post": {}},
    "painpoints:save_view": {"roles": EVERYBODY, "post": {"name": "Mine"}},
    "painpoints:delete_view": {"roles": EVERYBODY, "kwargs": {"pk": "$view"}, "post": {}, "foreign": 302},
    "painpoints:one": {"roles": EVERYBODY, "kwargs": ONE, "get": 200},
    "painpoints:judge": {"roles": EVERYBODY, "kwargs": ONE, "get": 200},
    "painpoints:judge_save": of(WORK, {"level": "low", "reason": "because"}, what="level"),
    "painpoints:assign": of(WORK, {}),
    "painpoints:archive": of(WORK, {"reason": "because"}),
    "painpoints:restore": of(WORK, {"reason": "because"}),
    "painpoints:note": of(WORK, {"text": "a note"}),
    "painpoints:change_note": of(WORK, {"text": "another"}, pk="$note") | {"foreign": 302},
    "painpoints:moscow": of(WORK, {"column": "must"}),
    "painpoints:vote": of(MEET, {"weight": "3"}),
    "painpoints:priorities": {"roles": EVERYBODY, "get": 200},
    "painpoints:move": {"roles": WORK, "post": {"item": "x", "column": "must"}},
}


def prepare(workspace, people):
    from balm.web.painpoints.models import Activity, PainPoint, SavedView

    pain = PainPoint.objects.filter(workspace=workspace).earliest("pk")
    note = Activity.objects.create(painpoint=pain, kind="note", text="a note", by=people["analyst"])
    view = SavedView.objects.create(workspace=workspace, owner=people["analyst"], page="painpoints", name="View")
    return {"theme": pain.theme, "note": note.pk, "view": view.pk}
