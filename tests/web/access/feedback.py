"""Routes of feedback and imports. See test_access.py."""

EVERYBODY = "owner manager analyst front_line viewer"
LEAD = "owner manager"
WORK = "owner manager analyst"
COMMENT = {"feedback_id": "$comment"}  # the same ids in both workspaces: they hold the same file


def one(post=None, get=None, **more):
    """A page or a form of one import."""
    entry = {"roles": WORK, "kwargs": {"pk": "$import"}} | more
    return entry | ({"get": get} if get else {}) | ({"post": post} if post is not None else {})


ROUTES = {
    "feedback:list": {"roles": EVERYBODY, "get": 200},
    "feedback:facets": {"roles": EVERYBODY, "get": 200},
    "feedback:export": {"roles": EVERYBODY, "get": 200},
    "feedback:recode": {"roles": WORK, "post": {"mention": "no such mention", "theme": "x"}},
    "feedback:undo_recode": {"roles": WORK, "kwargs": {"pk": "$recode"}, "post": {}, "foreign": 302},
    "feedback:save_view": {"roles": EVERYBODY, "post": {"name": "Mine", "query": "q=x"}},
    "feedback:delete_view": {"roles": EVERYBODY, "kwargs": {"pk": "$feedback_view"}, "post": {}, "foreign": 302},
    "feedback:one": {"roles": EVERYBODY, "kwargs": COMMENT, "get": 200, "foreign": None},
    "feedback:original": {"roles": LEAD, "kwargs": COMMENT, "post": {}, "foreign": None},
    "feedback:imports": {"roles": WORK, "get": 200},
    "feedback:import_new": {"roles": WORK, "get": 200, "post": {}, "done": 400},  # without a file
    "feedback:import_one": one(get=200),
    "feedback:import_effect": one({}),
    "feedback:import_look": one({}),
    "feedback:import_start": one({}),
    "feedback:import_progress": one(get=200),
    "feedback:import_rejected": one(get=200),
    "feedback:import_rejected_file": one(get=200, kwargs={"pk": "$import", "ending": "csv"}),
    "feedback:import_take_back": one({}, get=200),
    "feedback:import_discard": one({}),
}


def prepare(workspace, people):
    from balm.web.feedback.models import Import, Recode
    from balm.web.painpoints.figures import current
    from balm.web.painpoints.models import SavedView

    quote = next(quote for pain in current(workspace).painpoints for quote in pain.quotes)
    done = Import.objects.create(
        workspace=workspace, name="a.csv", path="0" * 32, digest=workspace.slug, state=Import.State.DONE
    )
    recode = Recode.objects.create(workspace=workspace, feedback_id=quote.feedback_id, mention=quote.mention)
    view = SavedView.objects.create(workspace=workspace, owner=people["analyst"], page="feedback", name="View")
    return {
        "comment": quote.feedback_id,
        "import": done.pk,
        "recode": recode.pk,
        "feedback_view": view.pk,
    }
