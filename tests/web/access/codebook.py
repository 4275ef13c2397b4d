"""Routes of the codebook. See test_access.py."""

EVERYBODY = "owner manager analyst front_line viewer"
WORK = "owner manager analyst"
MEET = "owner manager analyst front_line"
THEME = {"theme": "$book_theme"}  # ids of the packs mean the same thing in every workspace
DRAFT = {"pk": "$draft"}
SAMPLE = {"pk": "$sample"}
NUMBER = {"number": "$version"}


def form(data, done=(200, 302), kwargs=THEME, **more):
    """A page with a form; ids of themes mean the same thing in every workspace."""
    return {"roles": WORK, "kwargs": kwargs, "get": 200, "post": data, "done": done, "foreign": None, **more}


ROUTES = {
    "codebook:tree": {"roles": EVERYBODY, "get": 200},
    "codebook:new_theme": form({"label_en": "Wobbly lamps", "kind": "product", "target": "product"}, kwargs={}),
    "codebook:new_group": form({"label_en": "Lamps"}, kwargs={}),
    "codebook:merge": form({"sources": ["delivery.lost"], "into": "delivery.late"}, (302,), kwargs={}),
    "codebook:split": {"roles": WORK, "get": 302, "post": {"from": "delivery.late"}, "done": 400},
    "codebook:rename_group": form({"label_en": "Shipping"}, kwargs={"group": "delivery"}),
    "codebook:accept": form({"label_en": "Found", "kind": "process"}, kwargs={"theme": "$proposal"}),
    "codebook:dismiss": {"roles": WORK, "kwargs": {"theme": "$proposal"}, "post": {}, "foreign": None},
    "codebook:theme": {"roles": EVERYBODY, "kwargs": THEME, "get": 200, "foreign": None},
    "codebook:rename": form({"label_en": "Parcels late"}),
    "codebook:define": form({"definition_en": "What comes late."}),
    "codebook:move": form({"parent": "product"}),
    "codebook:phrases": form({"phrases_en": "snail mail", "role": "phrases"}, (302,)),
    "codebook:remove_phrases": {"roles": WORK, "kwargs": THEME, "post": {}, "foreign": None},
    "codebook:teach": form({"include": "", "do": "search"}),
    "codebook:examples": form({"include": "It came late"}),
    "codebook:archive": {"roles": WORK, "kwargs": THEME, "post": {}, "foreign": None},
    "codebook:restore": {"roles": WORK, "kwargs": THEME, "post": {}, "foreign": None},
    "codebook:preview": {"roles": WORK, "kwargs": DRAFT, "get": 200},
    "codebook:progress": {"roles": WORK, "kwargs": DRAFT, "get": 200},
    "codebook:apply": {"roles": WORK, "kwargs": DRAFT, "post": {}},
    "codebook:again": {"roles": WORK, "kwargs": DRAFT, "post": {}},
    "codebook:discard": {"roles": WORK, "kwargs": DRAFT, "post": {}},
    "codebook:versions": {"roles": EVERYBODY, "get": 200},
    "codebook:version": {"roles": EVERYBODY, "kwargs": NUMBER, "get": 200},
    "codebook:restated": {"roles": EVERYBODY, "kwargs": NUMBER, "get": 200},
    "codebook:undo": {"roles": WORK, "kwargs": NUMBER, "post": {}},
    "codebook:agreement": {"roles": EVERYBODY, "get": 200},
    "codebook:draw": {"roles": WORK, "post": {"name": "Drawn", "size": "20", "seed": "1"}},
    "codebook:sample": {"roles": EVERYBODY, "kwargs": SAMPLE, "get": 200},
    "codebook:code": {"roles": MEET, "kwargs": SAMPLE, "get": 200, "post": {"place": "1", "none": "1"}},
    "codebook:close": {"roles": WORK, "kwargs": SAMPLE, "post": {}},
    "codebook:export": {"roles": WORK, "kwargs": SAMPLE, "get": 200},
}


def prepare(workspace, people):
    from balm.understand.codebook.edits import AddExamples, Archive
    from balm.web.codebook import drafts, samples, selectors, services

    first = 1
    if workspace.slug == "other":  # numbers of versions are a workspace's own: one more, so that none is shared
        first = 2
    for n in range(first):
        edit = AddExamples("delivery.late", include=(f"It came late {n}",))
        services.change(workspace, people["analyst"], edit, seen=n)
    draft = drafts.begin(workspace, people["analyst"], Archive("delivery.late"))
    sample = samples.draw(workspace, people["analyst"], "Sample", 20, 1)
    proposal = selectors.proposals(workspace)[0].id
    things = {"book_theme": "delivery.late", "draft": draft.pk, "sample": sample.pk}
    return things | {"proposal": proposal, "version": first}
