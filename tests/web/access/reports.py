"""Routes of reports. See test_access.py."""

EVERYBODY = "owner manager analyst front_line viewer"
LEAD = "owner manager"

ROUTES = {
    "reports:list": {"roles": EVERYBODY, "get": 200},
    "reports:deck": {"roles": EVERYBODY, "get": 200},
    "reports:sheets": {"roles": EVERYBODY, "get": 200},
    "reports:table": {"roles": EVERYBODY, "get": 200},
    "reports:executive": {"roles": EVERYBODY, "get": 200},
    "reports:month": {"roles": EVERYBODY, "get": 200},
    "reports:story": {"roles": EVERYBODY, "kwargs": {"theme": "$theme"}, "get": 200, "foreign": 200},
    "reports:said": {"roles": EVERYBODY, "get": 200},
    "reports:said_page": {"roles": LEAD, "post": {"open": "0"}},
    "reports:said_write": {"roles": LEAD, "kwargs": {"check": "$check"}, "get": 200, "post": {"said-en": "x"}},
    "reports:said_publish": {"roles": LEAD, "kwargs": {"pk": "$said"}, "post": {"on": "0"}, "foreign": 302},
    "said:page": {"kwargs": {"slug": "$nobody"}, "get": (404, 404)},
}


def prepare(workspace, people):
    from balm.web.experiments.models import Check
    from balm.web.painpoints.models import PainPoint
    from balm.web.reports.models import Said

    theme = PainPoint.objects.filter(workspace=workspace).earliest("pk").theme
    check = Check.objects.create(workspace=workspace, title="a check", themes=[theme], state="judged", outcome="gone")
    said = Said.objects.create(workspace=workspace, check_of=check, texts={"en": {"said": "a", "did": "b"}})
    return {"theme": theme, "check": check.pk, "said": said.pk, "nobody": "no-such-firm"}
