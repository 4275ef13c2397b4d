"""Forms that make edits. What can stand in the codebook is checked by the edits themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from balm.core.types import LANGUAGES, Labels
from balm.understand.codebook import edits as made
from balm.understand.codebook.entries import FOUND, Edited
from balm.web.codebook import words

KEYS = dict(zip(LANGUAGES, ("hans", "hant", "en"), strict=True))
PARTS = 3
"""Parts that one split may take out."""


def area(rows: int, **attrs: Any) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, **attrs})


class Dressed(forms.Form):
    """With the classes that the style sheet knows. `book`: the codebook, `names`: id → name."""

    def __init__(self, *args: Any, book: Edited | None = None, names: dict[str, str] | None = None, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.book, self.names = book, names or {}
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
            if name.endswith(("_hans", "_hant", "_en")) and (tag := _tag(name)):
                field.widget.attrs["lang"] = tag
        self.prepare()

    def prepare(self) -> None:
        """Choices of this codebook."""

    def texts(self, name: str) -> Labels:
        """What was written in each language; empty fields fall out."""
        found = {language: self.cleaned_data.get(f"{name}_{key}", "") for language, key in KEYS.items()}
        return {language: text for language, text in found.items() if text.strip()}

    def phrases(self, name: str = "phrases") -> dict[Any, tuple[str, ...]]:
        """One a line, by language."""
        return {at: tuple(some) for at in ("zh", "en") if (some := lines(self.cleaned_data.get(f"{name}_{at}", "")))}

    def groups(self) -> list[tuple[str, str]]:
        assert self.book is not None
        found = [(id_, self.names.get(id_, id_)) for id_ in self.book.headings]
        return [("", str(_("No group"))), *sorted(found, key=lambda pair: pair[1].casefold())]


def _tag(name: str) -> str:
    return next((language for language, key in KEYS.items() if name.endswith(f"_{key}")), "")


def lines(text: str) -> list[str]:
    """What stands in each line, without empty ones."""
    return [line.strip() for line in text.splitlines() if line.strip()]


class Labelled(Dressed):
    """A name in three languages, at least one of them."""

    label_hans = forms.CharField(label="简体中文", required=False, max_length=200)
    label_hant = forms.CharField(label="繁體中文", required=False, max_length=200)
    label_en = forms.CharField(label="English", required=False, max_length=200)

    @property
    def label_fields(self) -> list[forms.BoundField]:
        return [self[f"label_{key}"] for key in KEYS.values()]

    @property
    def other_fields(self) -> list[forms.BoundField]:
        return [field for field in self if not field.name.startswith("label_")]


class Rename(Labelled):
    def edit(self, theme: str) -> made.Edit:
        return made.Rename(theme, self.texts("label"))


class Define(Dressed):
    definition_hans = forms.CharField(label="简体中文", required=False, widget=area(2))
    definition_hant = forms.CharField(label="繁體中文", required=False, widget=area(2))
    definition_en = forms.CharField(label="English", required=False, widget=area(2))

    def edit(self, theme: str) -> made.Edit:
        return made.Define(theme, self.texts("definition"))


class Move(Dressed):
    parent = forms.ChoiceField(label=_("Group"), required=False)

    def prepare(self) -> None:
        self.fields["parent"].choices = self.groups()  # type: ignore[attr-defined]

    def edit(self, theme: str) -> made.Edit:
        return made.Move(theme, self.cleaned_data["parent"] or None)


class Placed(Labelled):
    """A name, a group and a kind."""

    parent = forms.ChoiceField(label=_("Group"), required=False)
    kind = forms.ChoiceField(label=_("Kind of pain"), choices=list(words.KINDS.items()))

    def prepare(self) -> None:
        self.fields["parent"].choices = self.groups()  # type: ignore[attr-defined]


class Accept(Placed):
    def edit(self, theme: str) -> made.Edit:
        data = self.cleaned_data
        return made.Accept(theme, self.texts("label"), data["parent"] or None, data["kind"])


class NewTheme(Placed):
    target = forms.ChoiceField(label=_("What it is about"), choices=list(words.TARGETS.items()), initial="process")
    phrases_zh = forms.CharField(label=_("Chinese phrases, one a line"), required=False, widget=area(4, lang="zh-Hans"))
    phrases_en = forms.CharField(label=_("English phrases, one a line"), required=False, widget=area(4, lang="en"))

    def edit_with(self, taken: Iterable[str]) -> made.Edit:
        data, labels = self.cleaned_data, self.texts("label")
        parent = data["parent"] or None
        theme = made.new_id(labels, parent, taken)
        return made.AddTheme(theme, labels, parent, data["kind"], self.phrases(), target=data["target"])


class NewGroup(Labelled):
    def edit_with(self, taken: Iterable[str]) -> made.Edit:
        labels = self.texts("label")
        return made.AddGroup(made.new_id(labels, "", taken), labels)


class Phrases(Dressed):
    """Phrases to be added."""

    role = forms.ChoiceField(label=_("They are"), choices=list(words.ROLES.items()))
    phrases_zh = forms.CharField(label=_("Chinese phrases, one a line"), required=False, widget=area(3, lang="zh-Hans"))
    phrases_en = forms.CharField(label=_("English phrases, one a line"), required=False, widget=area(3, lang="en"))

    def edit(self, theme: str) -> made.Edit:
        return made.AddPhrases(theme, self.phrases(), self.cleaned_data["role"])


class Examples(Dressed):
    include = forms.CharField(label=_("Sentences that belong to it, one a line"), required=False, widget=area(3))
    exclude = forms.CharField(label=_("Near misses that do not, one a line"), required=False, widget=area(3))

    def edit(self, theme: str) -> made.Edit:
        data = self.cleaned_data
        return made.AddExamples(theme, tuple(lines(data["include"])), tuple(lines(data["exclude"])))


class Merge(Dressed):
    """`chosen`: themes that were ticked before; without any, one is chosen here."""

    sources = forms.MultipleChoiceField(
        label=_("Themes to merge"), required=False, widget=forms.CheckboxSelectMultiple()
    )
    more = forms.ChoiceField(label=_("And this one"), required=False)
    into = forms.ChoiceField(label=_("Merge into"))

    def __init__(self, *args: Any, chosen: Iterable[str] = (), **options: Any) -> None:
        self.chosen = [id_ for id_ in dict.fromkeys(chosen) if id_]
        super().__init__(*args, **options)

    def prepare(self) -> None:
        assert self.book is not None
        open_ = [id_ for id_ in self.names if id_.startswith(f"{FOUND}.") and id_ not in self.book.entries]
        own = grouped(self.book, self.names)
        proposed = sorted(((id_, self.names[id_]) for id_ in open_), key=lambda pair: pair[1])
        more: list[Any] = [("", "–"), *own, *([(str(_("Proposals")), proposed)] if proposed else [])]
        ticked = [(id_, self.names.get(id_, id_)) for id_ in self.chosen]
        self.fields["sources"].choices = ticked  # type: ignore[attr-defined]
        self.fields["sources"].widget.attrs["class"] = "form-check-input"
        self.fields["more"].choices = more  # type: ignore[attr-defined]
        self.fields["into"].choices = [("", str(_("Choose a theme"))), *own]  # type: ignore[attr-defined]
        if not ticked:
            del self.fields["sources"]
            self.fields["more"].label = _("Theme to merge")

    def edit(self) -> made.Edit:
        data = self.cleaned_data
        sources = dict.fromkeys([*data.get("sources", []), data["more"]])
        return made.Merge(tuple(id_ for id_ in sources if id_), data["into"])


def grouped(book: Edited, names: dict[str, str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Themes in use under the names of their groups, for a list to choose from."""
    found: dict[str, list[tuple[str, str]]] = {}
    for entry in book.in_use():
        heading = names.get(entry.parent, entry.parent) if entry.parent else str(_("No group"))
        found.setdefault(heading, []).append((entry.id, names.get(entry.id, entry.id)))
    return sorted((name, sorted(some, key=lambda pair: pair[1].casefold())) for name, some in found.items())


class Part(Labelled):
    """One part of a split."""

    phrases_zh = forms.CharField(
        label=_("Further Chinese phrases, one a line"), required=False, widget=area(2, lang="zh-Hans")
    )
    phrases_en = forms.CharField(
        label=_("Further English phrases, one a line"), required=False, widget=area(2, lang="en")
    )

    def part(self, taken: set[str], parent: str | None, chosen: dict[str, list[str]]) -> made.Part | None:
        """None where nothing was written."""
        labels = self.texts("label")
        more = self.phrases()
        phrases = {at: tuple(dict.fromkeys((*chosen.get(at, ()), *more.get(at, ())))) for at in ("zh", "en")}
        phrases = {at: some for at, some in phrases.items() if some}
        if not labels and not phrases:
            return None
        theme = made.new_id(labels, parent, taken)
        taken.add(theme)
        return made.Part(theme, labels, phrases)  # type: ignore[arg-type]


class Teach(Dressed):
    """Sentences to learn phrases from."""

    include = forms.CharField(label=_("Sentences that belong to it, one a line"), required=False, widget=area(5))
    exclude = forms.CharField(label=_("Near misses that do not, one a line"), required=False, widget=area(3))


class NewSample(Dressed):
    """How many mentions people are to code."""

    name = forms.CharField(label=_("Name"), max_length=120)
    size = forms.IntegerField(label=_("How many mentions"), min_value=20, max_value=1_000, initial=200)
    seed = forms.IntegerField(label=_("Seed: the same one draws the same mentions"), min_value=0, max_value=2**31 - 1)


def initial(labels: Labels, name: str = "label") -> dict[str, str]:
    """Texts in three languages as fields of a form."""
    return {f"{name}_{key}": labels.get(language, "") for language, key in KEYS.items()}
