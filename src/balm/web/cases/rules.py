"""The rules that open and route cases, and the macros: what changes them, and trying them out."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from balm.core.errors import InputRefused
from balm.core.types import LANGUAGES
from balm.lake.queries import Comment, Filter
from balm.mitigate import routing
from balm.web.cases.looking import Looker, Verdict
from balm.web.cases.models import Case, Look, Macro, Policy, Rule
from balm.web.cases.opening import Route, as_library, route, rules_of
from balm.web.cases.refusals import Refused, line_of, text_of
from balm.web.people.audit import record
from balm.web.people.models import Team, User, Workspace

MOST_RULES = 100
MOST_MACROS = 200
TRIED = 500
"""Newest comments that rules are tried on."""

PLACES = ("number", "theme", "name", "company")
"""What a macro may leave open: {number}, {theme}, {name} (who writes), {company}."""

_PLACE = re.compile(r"\{(" + "|".join(PLACES) + r")\}")


@transaction.atomic
def save_rule(workspace: Workspace, by: User, said: dict[str, Any], pk: int | None = None) -> Rule:
    """Make a rule, last in the order, or change one. `said`: name, when and then as `routing`, opens, active."""
    try:
        library = routing.from_json([{"name": said["name"], "when": said["when"], "then": said["then"]}])
    except InputRefused as wrong:
        raise Refused(_("This rule cannot be read: %(why)s") % {"why": wrong.facts.get("problem", wrong)}) from None
    _known(workspace, library[0].then)
    row = _held(workspace, pk) if pk else None
    if row is None:
        if Rule.objects.filter(workspace=workspace).count() >= MOST_RULES:
            raise Refused(_("A workspace has at most %(n)s rules.") % {"n": MOST_RULES})
        last = Rule.objects.filter(workspace=workspace).aggregate(last=Max("place"))["last"]
        row = Rule(workspace=workspace, place=0 if last is None else last + 1)
    kept = routing.to_json(library)[0]
    row.name = line_of(said["name"], 120, needed=_("Give the rule a name."))
    row.when, row.then, row.opens, row.active = kept["when"], kept["then"], said["opens"], said["active"]
    row.save()
    record(workspace, by, "case.rule", row.pk, name=row.name, when=row.when, then=row.then, opens=row.opens)
    return row


def _known(workspace: Workspace, then: routing.Then) -> None:
    """Raises Refused where a rule names what is not of this workspace."""
    for model, value in ((Team, then.team), (Policy, then.policy), (Macro, then.macro)):
        if value and not model.objects.filter(workspace=workspace, pk=value).exists():  # type: ignore[attr-defined]
            raise Refused(_("The rule names something that is not in this workspace. Load the page again."))
    if then.owner and not User.objects.filter(pk=then.owner, memberships__workspace=workspace).exists():
        raise Refused(_("This person does not work on cases in this workspace."))


def _held(workspace: Workspace, pk: int) -> Rule:
    row = Rule.objects.select_for_update().filter(workspace=workspace, pk=pk).first()
    if row is None:
        raise Refused(_("This rule is not there any more. Load the page again."))
    return row


@transaction.atomic
def move_rule(workspace: Workspace, by: User, pk: int, up: bool) -> None:
    """One place earlier or later: of two rules that fit, the earlier decides."""
    rows = list(Rule.objects.select_for_update().filter(workspace=workspace))
    at = next((i for i, row in enumerate(rows) if row.pk == pk), None)
    if at is None:
        raise Refused(_("This rule is not there any more. Load the page again."))
    to = at - 1 if up else at + 1
    if 0 <= to < len(rows):
        rows[at], rows[to] = rows[to], rows[at]
        for place, row in enumerate(rows):
            row.place = place
        Rule.objects.bulk_update(rows, ["place"])
        record(workspace, by, "case.rule_move", pk, place=to + 1)


@transaction.atomic
def remove_rule(workspace: Workspace, by: User, pk: int) -> None:
    """Cases it opened stay."""
    row = _held(workspace, pk)
    record(workspace, by, "case.rule_remove", pk, name=row.name)
    row.delete()


@transaction.atomic
def look_again(workspace: Workspace, by: User) -> None:
    """Look at all comments of the last days anew: what a rule or the limit left out before may open a case now. No
    comment opens one twice."""
    from balm.web.jobs.services import enqueue

    Look.objects.filter(workspace=workspace).delete()
    enqueue(workspace, "open_cases", {}, key="open_cases", asked_by=by)
    record(workspace, by, "case.look_again", "")


@dataclass(frozen=True)
class Tried:
    """One comment under the rules. `opens`: what opens a case; `route`: whose it would be."""

    comment: Comment
    opens: Verdict
    source: str
    route: Route
    words: str


@dataclass(frozen=True)
class Trial:
    """The newest comments under the rules as they are: how many would open a case, why, and the first of them."""

    looked: int
    opened: int
    by_rule: list[tuple[str, int]]
    lines: list[Tried]


def try_out(workspace: Workspace, shown: int = 40) -> Trial:
    """What the newest comments would have opened, however old they are; nothing is opened."""
    looker = Looker.of(workspace)
    comments = looker.room.lake.page(Filter(), size=TRIED).comments
    sources = dict(Case.Source.choices)
    counted: Counter[str] = Counter()
    lines = []
    for comment in comments:
        verdict = looker.judge(comment)
        if not verdict.source:
            continue
        name = verdict.rule.name if verdict.rule else str(sources[verdict.source])
        counted[name] += 1
        if len(lines) < shown:
            where = route(workspace, looker.facts(comment))
            quote = looker.said(comment)["quote"]
            lines.append(Tried(comment, verdict, str(sources[verdict.source]), where, quote[:300]))
    return Trial(len(comments), sum(counted.values()), counted.most_common(), lines)


def unreachable(workspace: Workspace) -> set[int]:
    """Rules that never decide whose a case is, because an earlier one fits whenever they do."""
    rows = rules_of(workspace)
    return {rows[number - 1].pk for number in routing.unreachable(as_library(rows))}


@transaction.atomic
def save_macro(workspace: Workspace, by: User, name: str, texts: dict[str, str], pk: int | None = None) -> Macro:
    """Make or change a text that is sent often; in one language at least. Places it cannot fill are refused."""
    row = Macro.objects.select_for_update().filter(workspace=workspace, pk=pk).first() if pk else None
    if pk and row is None:
        raise Refused(_("This macro is not there any more. Load the page again."))
    if row is None and Macro.objects.filter(workspace=workspace).count() >= MOST_MACROS:
        raise Refused(_("A workspace has at most %(n)s macros.") % {"n": MOST_MACROS})
    kept = {language: text for language in LANGUAGES if (text := text_of(texts.get(language, "")))}
    if not kept:
        raise Refused(_("Write the text in one language at least."))
    for text in kept.values():
        if unknown := next((found for found in re.findall(r"\{(\w+)\}", text) if found not in PLACES), None):
            facts = {"what": f"{{{unknown}}}", "places": " ".join(f"{{{place}}}" for place in PLACES)}
            raise Refused(_("Nothing can be filled in for %(what)s. There is: %(places)s") % facts)
    row = row or Macro(workspace=workspace)
    row.name, row.texts = line_of(name, 120, needed=_("Give the macro a name.")), kept
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Refused(_("There is a macro of this name already.")) from None
    record(workspace, by, "case.macro", row.pk, name=row.name, languages=sorted(kept))
    return row


@transaction.atomic
def remove_macro(workspace: Workspace, by: User, pk: int) -> None:
    """Mail that was sent with it stays."""
    row = Macro.objects.select_for_update().filter(workspace=workspace, pk=pk).first()
    if row is None:
        raise Refused(_("This macro is not there any more. Load the page again."))
    record(workspace, by, "case.macro_remove", pk, name=row.name)
    row.delete()


def filled(macro: Macro, case: Case, language: str, writer: User) -> str:
    """A macro with its places filled: plain replacing, so that no text can reach anything else."""
    from balm.web.cases.notices import about

    order = (language, *(("zh-Hans", "zh-Hant", "en") if language.startswith("zh") else ("en", *LANGUAGES)))
    spoken = next((name for name in order if macro.texts.get(name)), "")
    facts = {
        "number": str(case.number),
        "theme": about(case).get(spoken, ""),
        "name": writer.name or case.workspace.name,
        "company": case.workspace.name,
    }
    return _PLACE.sub(lambda found: facts[found[1]], macro.texts.get(spoken, ""))
