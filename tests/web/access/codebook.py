"""Routes of the codebook. See test_access.py."""

EVERYBODY = "owner manager analyst front_line viewer"
WORK = "owner manager analyst"
THEME = {"theme": "$coded"}  # the same ids in both workspaces: they have the same packs
DRAFT = {"pk": "$draft"}  # everybody's own
VERSION = {"number": "$version"}


def form(**more):
    """A page with a form; an empty one comes back."""
    return {"roles": WORK, "get": 200, "post": {}, "done": 400, "foreign": None} | more


def read(**more):
    return {"roles": EVERYBODY, "get": 200, "foreign": None} | more


def button(**more):
    return {"roles": WORK, "post": {}, "foreign": None} | more


ROUTES = {
    "codebook:tree": read(),
    "codebook:theme": read(kwargs=THEME),
    "codebook:versions": read(),
    "codebook:version": read(kwargs=VERSION),
    "codebook:restated": read(kwargs=VERSION),
    "codebook:new_theme": form(),
    "codebook:new_group": form(),
    "codebook:merge": form(),
    "codebook:split": form(get=302, done=(302, 400)),
    "codebook:rename_group": form(kwargs={"group": "$group"}),
    "codebook:rename": form(kwargs=THEME),
    "codebook:define": form(kwargs=THEME),
    "codebook:move": form(kwargs=THEME, done=(302, 400)),
    "codebook:phrases": form(kwargs=THEME),
    "codebook:examples": form(kwargs=THEME),
    "codebook:accept": form(kwargs={"theme": "$proposal"}, done=(302, 400)),
    "codebook:dismiss": button(kwargs={"theme": "$proposal"}),
    "codebook:archive": button(kwargs=THEME),
    "codebook:restore": button(kwargs=THEME),
    "codebook:remove_phrases": button(kwargs=THEME),
    "codebook:preview": {"roles": WORK, "kwargs": DRAFT, "get": 200},
    "codebook:progress": {"roles": WORK, "kwargs": DRAFT, "get": 200},
    "codebook:apply": {"roles": WORK, "kwargs": DRAFT, "post": {}},
    "codebook:again": {"roles": WORK, "kwargs": DRAFT, "post": {}},
    "codebook:discard": {"roles": WORK, "kwargs": DRAFT, "post": {}},
    "codebook:undo": button(kwargs=VERSION),
}


def prepare(workspace, people):
    from balm.understand.codebook.edits import Archive, Rename
    from balm.web.codebook import drafts, services
    from balm.web.painpoints.figures import current

    themes = current(workspace).themes
    coded, other = [theme.id for theme in themes if theme.origin == "codebook"][:2]
    proposal = next(theme.id for theme in themes if theme.origin == "discovered")
    made = services.change(workspace, people["analyst"], Rename(theme=other, labels={"en": "Renamed"}), seen=0)
    return {
        "coded": coded,
        "group": coded.split(".")[0],
        "proposal": proposal,
        "version": made.number,
        "draft": {role: drafts.begin(workspace, user, Archive(theme=coded)).pk for role, user in people.items()},
    }
