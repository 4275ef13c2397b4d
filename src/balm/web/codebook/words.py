"""What things of the codebook are called, and what a refusal says."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from balm.core.types import LANGUAGES, Kind, Labels, Target
from balm.understand.codebook.describe import describe
from balm.understand.codebook.edits import Edit, edit_from_json
from balm.understand.codebook.model import PHRASE_FIELDS
from balm.understand.codebook.refusal import EditRefused
from balm.web.codebook import selectors
from balm.web.codebook.models import Version
from balm.web.people.models import Workspace
from balm.web.site.language import current, pick

KINDS: dict[str, Any] = {
    Kind.PROCESS.value: pgettext_lazy("pain", "Process"),
    Kind.PRODUCT.value: pgettext_lazy("pain", "Product"),
    Kind.COMMUNICATION.value: pgettext_lazy("pain", "Communication"),
    Kind.RELATIONSHIP.value: pgettext_lazy("pain", "Relationship"),
    Kind.EMOTION.value: pgettext_lazy("pain", "Emotion"),
}
TARGETS: dict[str, Any] = {
    Target.PERSON.value: pgettext_lazy("target", "A person"),
    Target.PROCESS.value: pgettext_lazy("target", "A process"),
    Target.POLICY.value: pgettext_lazy("target", "A policy"),
    Target.PRODUCT.value: pgettext_lazy("target", "A product"),
    Target.PROMISE.value: pgettext_lazy("target", "A promise"),
}
ROLES: dict[str, Any] = {
    "phrases": _("Phrases that code it"),
    "not": _("Phrases against it"),
    "topic_words": _("Topic words"),
    "praise": _("Phrases of praise"),
}
ROLE_HELP: dict[str, Any] = {
    "phrases": _("A sentence with one of these is coded with this theme."),
    "not": _("Where one of these stands in the same clause, the theme is not coded."),
    "topic_words": _("Words that make this the subject, whatever is said of it: weak evidence."),
    "praise": _("The same subject, spoken well of."),
}
PHRASES_IN: dict[str, Any] = {"zh": _("Chinese"), "en": _("English")}
STATES: dict[str, Any] = {
    "merged": _("Merged"),
    "archived": _("Archived"),
    "dismissed": _("Dismissed"),
}
ORIGINS: dict[str, Any] = {
    "codebook": _("From the packs"),
    "added": _("Added here"),
    "discovered": _("Found by discovery, then accepted"),
}
LANGUAGE_NAMES = dict(zip(LANGUAGES, ("简体中文", "繁體中文", "English"), strict=True))

assert tuple(ROLES) == PHRASE_FIELDS

FIELDS: dict[str, Any] = {
    "labels": _("Name"),
    "definition": _("Definition"),
    "phrases": _("Phrases"),
    "parts": _("Parts"),
    "include": _("Examples"),
    "exclude": _("Examples"),
    "from": _("Themes to merge"),
    "into": _("Merge into"),
    "theme": _("Theme"),
    "parent": _("Group"),
}
"""Fields of edits, as a refusal calls them."""


def names_in(names: dict[str, Labels]) -> dict[str, str]:
    """Ids with their names in the reader's language."""
    return {id_: pick(labels) or id_ for id_, labels in names.items()}


def refusal(error: EditRefused, workspace: Workspace) -> str:
    """Why an edit cannot stand, in the reader's language, with names instead of ids."""
    told = names_in(selectors.names(workspace))
    values = {key: _named(key, value, told) for key, value in error.values.items()}
    near = told.get(error.near, error.near)
    why = error.why
    if why is not None:
        why = EditRefused(why.code, near=near, **{k: _named(k, v, told) for k, v in why.values.items()})
    number = error.number if error.code in ("depended_on", "no_such_edit") else None
    text = EditRefused(error.code, number=number, why=why, near=near, **values).say(current())
    return text[:1].upper() + text[1:]


def _named(key: str, value: object, told: dict[str, str]) -> object:
    if key == "field":
        return str(FIELDS.get(str(value), value))
    return told.get(value, value) if isinstance(value, str) and key != "label" else value


def done(version: Version, book: Any) -> str:
    """What a version did, in one sentence; `book`: the codebook as it was before."""
    [(verb, edit)] = version.change.items() if version.change else [("do", None)]
    if edit is None:
        return ""
    sentence = sentence_of(edit_from_json(edit), book.names)
    return str(_("Undone: %(what)s") % {"what": sentence}) if verb == "undo" else sentence


def sentence_of(edit: Edit, names: dict[str, Labels]) -> str:
    """What an edit does, in the reader's language."""
    return describe(edit, current(), names)
