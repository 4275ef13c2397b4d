"""Pages of samples that people code blind, and of how far they agree with the machine and with each other."""

from __future__ import annotations

import csv
import secrets
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from balm.measure import agreement as measured
from balm.web.codebook import forms, samples, selectors, words
from balm.web.codebook.models import Sample, SampleItem
from balm.web.feedback.export import cell
from balm.web.people.doors import MemberRequest, door
from balm.web.site.language import pick

NEWEST = 20
"""Samples that the first page shows results of."""
NONE = "-"
"""How addresses name "no theme"."""

WHY: dict[str, Any] = {
    measured.TOO_FEW: gettext_lazy("Too few: fewer than 20 items coded by both."),
    measured.ONE_CODE: gettext_lazy("One of the two used a single code only."),
    measured.RARE: gettext_lazy("Too rare: one of the two used it fewer than 5 times."),
}


def _sample(request: MemberRequest, pk: int) -> Sample:
    mine = Sample.objects.filter(workspace=request.workspace).select_related("workspace", "version", "by")
    return get_object_or_404(mine, pk=pk)


@door("codebook", "read")
@require_safe
def index(request: MemberRequest) -> HttpResponse:
    """All samples with their results, and how much text nothing codes, version by version."""
    return _index(request)


def _index(request: MemberRequest, form: Any = None, status: int = 200) -> HttpResponse:
    workspace = request.workspace
    rows = list(Sample.objects.filter(workspace=workspace).select_related("workspace", "version", "by")[:NEWEST])
    tables = [samples.table(sample) for sample in rows]
    first = {"name": _("Sample %(n)s") % {"n": len(rows) + 1}, "size": 200, "seed": secrets.randbelow(10**6)}
    context = {
        "results": [(table, _against_machine(table), _mine(request, table)) for table in tables],
        "uncoded": samples.uncoded(workspace),
        "form": form or forms.NewSample(initial=first),
        "number": selectors.number(workspace),
    }
    return render(request, "codebook/agreement.html", context, status=status)


def _against_machine(table: samples.Table) -> list[dict[str, Any]]:
    """One row for each person: agreement with the machine as it was and as it is."""
    people = [coder for coder in table.coders if coder.key.startswith("u")]
    return [
        {"coder": coder, "then": table.compare(coder.key, "then"), "now": table.compare(coder.key, "now")}
        for coder in people
    ]


def _mine(request: MemberRequest, table: samples.Table) -> dict[str, Any]:
    coder = table.coder(f"u{request.user.pk}")
    done = coder.n if coder else 0
    return {"done": done, "all": len(table.items), "left": len(table.items) - done}


@door("codebook", "change")
@require_POST
def draw(request: MemberRequest) -> HttpResponse:
    """Draw a new sample."""
    form = forms.NewSample(request.POST)
    if not form.is_valid():
        return _index(request, form, 400)
    data = form.cleaned_data
    try:
        sample = samples.draw(request.workspace, request.user, data["name"], data["size"], data["seed"])
    except samples.NotPossible as error:
        form.add_error(None, str(error))
        return _index(request, form, 400)
    messages.success(request, _("The sample is drawn. Whoever codes it does not see what the machine said."))
    return redirect("codebook:sample", request.workspace.slug, sample.pk)


@door("codebook", "change")
@require_POST
def close(request: MemberRequest, pk: int) -> HttpResponse:
    samples.close(_sample(request, pk), request.user)
    return redirect("codebook:sample", request.workspace.slug, pk)


@door("codebook", "hand_code")
@require_http_methods(["GET", "POST"])
def code(request: MemberRequest, pk: int) -> HttpResponse:
    """One item at a time. The page knows nothing of what the machine or others said."""
    sample = _sample(request, pk)
    if request.method == "POST":
        return _coded(request, sample)
    wanted = request.GET.get("item", "")
    item = None
    if wanted.isdecimal() and len(wanted) < 7:
        item = SampleItem.objects.filter(sample=sample, place=int(wanted)).first()
    item = item or samples.next_item(sample, request.user)
    if item is None or sample.closed:
        text = _("This sample is closed.") if sample.closed else _("All items of this sample are coded by you.")
        messages.info(request, text)
        return redirect("codebook:sample", request.workspace.slug, pk)
    return _item(request, sample, item)


def _item(
    request: MemberRequest, sample: Sample, item: SampleItem, *, typed: str = "", error: str = "", status: int = 200
) -> HttpResponse:
    book = selectors.shown(request.workspace)
    names = words.names_in(book.names)
    said = item.codes.filter(user=request.user).first()
    last = sample.items.filter(codes__user=request.user, place__lt=item.place).last()
    context = {
        "sample": sample,
        "item": item,
        "around": samples.context_of(request.workspace, item),
        "groups": [(name, [book.entries[id_] for id_, _n in some]) for name, some in forms.grouped(book, names)],
        "names": sorted({names[entry.id] for entry in book.in_use()}),
        "done": len(samples.answered(sample, request.user)),
        "all": sample.items.count(),
        "said": names.get(said.theme, said.theme) if said and said.theme else "",
        "was_none": said is not None and not said.theme,
        "last": last,
        "typed": typed,
        "error": error,
    }
    answer = render(request, "codebook/code.html", context, status=status)
    answer["Cache-Control"] = "no-store, private"
    return answer


def _coded(request: MemberRequest, sample: Sample) -> HttpResponse:
    place, typed = request.POST.get("place", ""), request.POST.get("name", "").strip()[:200]
    item = None
    if place.isdecimal() and len(place) < 7:
        item = SampleItem.objects.filter(sample=sample, place=int(place)).first()
    if item is None:
        messages.error(request, _("There is no such item in this sample."))
        return redirect("codebook:code", request.workspace.slug, sample.pk)
    theme, error = _theme(request, typed)
    if theme is None:
        return _item(request, sample, item, typed=typed, error=error, status=400)
    try:
        samples.code(sample, request.user, item.place, theme)
    except samples.NotPossible as refused:
        messages.error(request, str(refused))
        return redirect("codebook:sample", request.workspace.slug, sample.pk)
    return redirect("codebook:code", request.workspace.slug, sample.pk)


def _theme(request: MemberRequest, typed: str) -> tuple[str | None, str]:
    """The theme that was chosen by its button, or that what was typed names; "" for none."""
    if "theme" in request.POST:
        return request.POST["theme"], ""
    if typed == "0" or request.POST.get("none"):
        return "", ""
    if not typed:
        return None, _("Choose a theme, or say that none applies.")
    book, wanted = selectors.shown(request.workspace), typed.casefold()
    told = [(entry.id, [pick(entry.labels), *entry.labels.values()]) for entry in book.in_use()]
    exact = [id_ for id_, labels in told if wanted in (id_, *(label.casefold() for label in labels))]
    found = exact or [id_ for id_, labels in told if any(wanted in label.casefold() for label in labels)]
    if len(found) == 1:
        return found[0], ""
    if not found:
        return None, _("No theme is called “%(name)s”.") % {"name": typed}
    some = ", ".join(pick(book.labels(id_)) for id_ in found[:6])
    return None, _("Several themes fit: %(names)s. Write a little more.") % {"names": some}


@door("codebook", "read")
@require_safe
def results(request: MemberRequest, pk: int) -> HttpResponse:
    """How far the coders of a sample agree: overall, by theme, and where they differ."""
    sample = _sample(request, pk)
    table = samples.table(sample)
    keys = [coder.key for coder in table.coders]
    people = [key for key in keys if key.startswith("u")]
    a = request.GET.get("a", "") if request.GET.get("a", "") in keys else (people[0] if people else "then")
    b = request.GET.get("b", "") if request.GET.get("b", "") in keys else "then"
    found = table.compare(a, b)
    names = words.names_in(selectors.names(request.workspace))
    context = {
        "sample": sample,
        "table": table,
        "a": table.coder(a),
        "b": table.coder(b),
        "found": found if people else None,
        "why": WHY,
        "themes": _themes(found, names),
        "confusion": _confusion(found, names),
        "pairs": [(x, y, table.compare(x.key, y.key)) for x, y in _pairs(table)],
        "mine": _mine(request, table),
        "uncoded_now": sum(theme is None for theme in table.codes["now"].values()),
        **_items(request, table, a, b, names),
    }
    return render(request, "codebook/sample.html", context)


def _pairs(table: samples.Table) -> list[tuple[samples.Coder, samples.Coder]]:
    """Each person with the machine, then with each other."""
    people = [coder for coder in table.coders if coder.key.startswith("u")]
    machine = [coder for coder in table.coders if not coder.key.startswith("u")]
    with_machine = [(person, one) for person in people for one in machine]
    return with_machine + [(x, y) for i, x in enumerate(people) for y in people[i + 1 :]]


def _themes(found: Any, names: dict[str, str]) -> list[dict[str, Any]]:
    rows = []
    for i, theme in enumerate(found.labels):
        if theme is not None:
            uses = int(found.table[i].sum()), int(found.table[:, i].sum()), int(found.table[i, i])
            rows.append({"name": names.get(theme, theme), "uses": uses, "kappa": found.themes[theme]})
    return sorted(rows, key=lambda row: (-max(row["uses"]), row["name"]))


def _confusion(found: Any, names: dict[str, str]) -> dict[str, Any]:
    """The table of both codings; `at`: how addresses name a code."""
    told = [(NONE if t is None else t, _("no theme") if t is None else names.get(t, t)) for t in found.labels]
    rows = [
        (at, name, [(told[j][0], int(n), i == j) for j, n in enumerate(found.table[i].tolist())])
        for i, (at, name) in enumerate(told)
    ]
    return {"heads": [name for _at, name in told], "rows": rows}


def _items(request: MemberRequest, table: samples.Table, a: str, b: str, names: dict[str, str]) -> dict[str, Any]:
    """The items of one cell, as far as this person may see them."""
    x, y = request.GET.get("x", ""), request.GET.get("y", "")
    if not x or not y:
        return {"items": None}
    may = samples.visible(table.sample, request.user, coder=request.can["codebook"]["hand_code"])
    wanted = (None if x == NONE else x, None if y == NONE else y)
    there = [pk for pk in table.both(a, b) if (table.codes[a][pk], table.codes[b][pk]) == wanted]
    shown = {pk for pk in there if may is None or pk in may}
    told = [_("no theme") if t is None else names.get(t, t) for t in wanted]
    items = [item for item in table.items if item.pk in shown]
    return {"items": items, "kept_back": len(there) - len(shown), "cell": told}


@door("codebook", "change")
@require_safe
def export(request: MemberRequest, pk: int) -> HttpResponse:
    """A CSV file of a sample with all codings; of items that one has still to code, only one's own column."""
    sample = _sample(request, pk)
    table = samples.table(sample)
    may = samples.visible(sample, request.user, coder=request.can["codebook"]["hand_code"])
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="sample-{sample.pk}.csv"'
    answer.write("\ufeff")
    writer = csv.writer(answer)
    head = [_("Item"), _("Comment"), _("Mention"), _("Text"), *(coder.name for coder in table.coders)]
    writer.writerow([cell(text) for text in head])
    for item in table.items:
        writer.writerow([cell(value) for value in _line(table, item, may)])
    return answer


def _line(table: samples.Table, item: SampleItem, may: set[int] | None) -> Iterable[Any]:
    yield from (item.place, item.feedback_id, item.mention, item.text)
    for coder in table.coders:
        known = item.pk in table.codes[coder.key] and (may is None or item.pk in may)
        yield (table.codes[coder.key][item.pk] or NONE) if known else None
