"""Routes of cases. See test_access.py."""

import dataclasses

MEET = "owner manager analyst front_line"
LEAD = "owner manager"

RULE = {"name": "Parcels", "opens": "on", "active": "on", "theme": "delivery.late", "priority": "high"}
HOURS = {"zone": "Asia/Shanghai", "mon": "09:00-18:00", "holidays": "CN"}
DESK = {"open_urgent": "on", "days": "14", "most": "200", "give": "least", "close_after": "2"}
POLICY = {"name": "New times", "at_risk": "80", "normal_first": "4", "normal_solve": "16"}


def of(name, data, roles=MEET, **more):
    """A button of one thing."""
    key = "number" if name == "number" else "pk"
    return {"roles": roles, "kwargs": {key: f"${name}"}, "post": data, "done": (302,), **more}


ROUTES = {
    "cases:queue": {"roles": MEET, "get": 200},
    "cases:mine": {"roles": MEET, "get": 200},
    "cases:take": {"roles": MEET, "post": {}, "done": (302,)},
    "cases:give": {"roles": LEAD, "post": {"case": "1", "owner": "1"}, "done": (302,)},
    "cases:new": {"roles": MEET, "get": 404, "post": {}, "done": (404,)},
    "cases:report": {"roles": MEET, "get": 200},
    "cases:low_scores": {"roles": MEET, "get": 200},
    "cases:low_score_read": {"roles": MEET, "post": {"row": "1", "decided": "nothing"}, "done": (302,)},
    "cases:rules": {"roles": LEAD, "get": 200},
    "cases:trial": {"roles": LEAD, "get": 200},
    "cases:look_again": {"roles": LEAD, "post": {}, "done": (302,)},
    "cases:rule_new": {"roles": LEAD, "get": 200, "post": RULE, "done": (302,)},
    "cases:rule": of("rule", RULE, LEAD, get=200),
    "cases:rule_move": of("rule", {"to": "up"}, LEAD),
    "cases:macros": {"roles": LEAD, "get": 200, "post": {"name": "Thanks", "en": "Thank you"}, "done": (302,)},
    "cases:macro": of("macro", {"name": "Thanks", "en": "Thank you"}, LEAD, get=200),
    "cases:times": {"roles": LEAD, "get": 200, "post": HOURS, "done": (302,)},
    "cases:desk": {"roles": LEAD, "post": DESK, "done": (302,)},
    "cases:policy_new": {"roles": LEAD, "get": 200, "post": POLICY, "done": (302,)},
    "cases:policy": of("policy", POLICY, LEAD, get=200),
    "cases:one": {"roles": MEET, "kwargs": {"number": "$number"}, "get": 200},
    "cases:act": of("number", {"action": "note", "text": "Called the shop"}),
    "cases:reply": of("number", {"subject": "Your parcel", "text": "It is on its way", "token": "t"}),
}


def prepare(workspace, people):
    from balm.web.cases import desk, rules, services

    by = people["manager"]
    lead = people["owner"]
    number = 0
    for _ in range(1 if workspace.slug == "lamps" else 2):  # numbers of the two workspaces differ
        case = services.open_case(workspace, source="hand", customer=f"c{number}", themes=["delivery.late"], by=by)
        services.assign(workspace, case.number, people["front_line"].pk, lead)
        number = case.number
    rule = rules.save_rule(
        workspace, by, {"name": "Late", "when": {}, "then": {"priority": "low"}, "opens": False, "active": True}
    )
    macro = rules.save_macro(workspace, by, "Sorry", {"en": "Sorry, {name}"})
    policy = desk.save_policy(workspace, dataclasses.replace(desk.USUAL, name="Ours"), by, usual=True)
    return {"number": number, "rule": rule.pk, "macro": macro.pk, "policy": policy.pk}
