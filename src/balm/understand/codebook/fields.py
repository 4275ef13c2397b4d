"""What may stand in the fields of an edit: each function checks a value and gives it back in its one form.

All raise EditRefused naming the field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from balm.core.types import LANGUAGES, Kind, Labels, Target
from balm.understand.codebook.model import PHRASE_FIELDS, PHRASE_LANGUAGES, PhraseLanguage
from balm.understand.codebook.refusal import EditRefused

MOST_LABEL, MOST_TEXT = 200, 2_000
"""Characters of a label, and of a definition, phrase or sentence, at most."""
MOST_PHRASES, MOST_SENTENCES, MOST_THEMES, MOST_PARTS = 200, 200, 100, 20
"""Entries in one edit, at most."""

_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
_WANTED = {
    "text": ("一段文字", "一段文字", "a text"),
    "list": ("一个列表", "一個清單", "a list"),
    "mapping": ("“名称: 值”的形式", "「名稱: 值」的形式", "of the form {name: value}"),
}


def _wrong(field: str, what: str) -> EditRefused:
    hans, hant, en = _WANTED[what]
    return EditRefused("wrong_type", field=field, wanted=en, wanted_hans=hans, wanted_hant=hant)


def mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise EditRefused("not_object")
    return value


def entries(value: Any, field: str, most: int | None) -> tuple[Any, ...]:
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        raise _wrong(field, "list")
    found = tuple(value)
    if not found and most is not None:
        raise EditRefused("nothing_given", field=field)
    if most is not None and len(found) > most:
        raise EditRefused("too_many", field=field, most=most)
    return found


def once(values: Iterable[str], field: str) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise EditRefused("given_twice", value=value, field=field)
        seen.add(value)


def text(value: Any, field: str, most: int = MOST_TEXT) -> str:
    if not isinstance(value, str):
        raise _wrong(field, "text")
    found = " ".join(value.replace("\0", " ").split())
    if not found:
        raise EditRefused("empty_text", field=field)
    if len(found) > most:
        raise EditRefused("long_text", field=field, most=most)
    return found


def identifier(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise _wrong(field, "text")
    if not _ID.fullmatch(value) or len(value) > 80:
        raise EditRefused("bad_id", value=value[:80])
    return value


def optional_identifier(value: Any, field: str) -> str | None:
    return None if value is None else identifier(value, field)


def identifiers(value: Any, field: str) -> tuple[str, ...]:
    given = (value,) if isinstance(value, str) else value
    found = tuple(identifier(one, field) for one in entries(given, field, MOST_THEMES))
    once(found, field)
    return found


def _by_language(value: Any, field: str, most: int) -> Labels:
    if not isinstance(value, Mapping):
        raise _wrong(field, "mapping")
    for language in value:
        if language not in LANGUAGES:
            raise EditRefused("unknown_language", field=field, value=language, known=", ".join(LANGUAGES))
    return {language: text(value[language], field, most) for language in LANGUAGES if language in value}


def labels(value: Any, field: str) -> Labels:
    """In one language or more."""
    found = _by_language(value, field, MOST_LABEL)
    if not found:
        raise EditRefused("no_label", known=", ".join(LANGUAGES))
    return found


def optional_definition(value: Any, field: str) -> Labels:
    return _by_language(value, field, MOST_TEXT)


def definition(value: Any, field: str) -> Labels:
    found = optional_definition(value, field)
    if not found:
        raise EditRefused("nothing_given", field=field)
    return found


def optional_phrases(value: Any, field: str) -> dict[PhraseLanguage, tuple[str, ...]]:
    """Each phrase once, in the order given; languages without one fall out."""
    if not isinstance(value, Mapping):
        raise _wrong(field, "mapping")
    found: dict[PhraseLanguage, tuple[str, ...]] = {}
    for language in value:
        if language not in PHRASE_LANGUAGES:
            raise EditRefused("unknown_language", field=field, value=language, known=", ".join(PHRASE_LANGUAGES))
    for language in PHRASE_LANGUAGES:
        given = value.get(language, ())
        if isinstance(given, (list, tuple)) and not given:
            continue
        some = entries(given, field, MOST_PHRASES)
        found[language] = tuple(dict.fromkeys(_phrase(one, field) for one in some))
    return found


_WIDE = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_HALF = {c: p for c, p in _WIDE.items() if p.isalnum() or p in "+|*'-"}
"""Letters, digits and signs of full width, as Chinese keyboards write them, in the form that phrases have."""


def _phrase(value: Any, field: str) -> str:
    found = text(value, field)
    return text(found.translate(_HALF), field)


def phrases(value: Any, field: str) -> dict[PhraseLanguage, tuple[str, ...]]:
    """At least one."""
    found = optional_phrases(value, field)
    if not found:
        raise EditRefused("nothing_given", field=field)
    return found


def sentences(value: Any, field: str) -> tuple[str, ...]:
    """Each once; none is allowed."""
    if isinstance(value, (list, tuple)) and not value:
        return ()
    return tuple(dict.fromkeys(text(one, field) for one in entries(value, field, MOST_SENTENCES)))


def _choice(value: Any, field: str, known: Iterable[str]) -> str:
    if value not in known:
        raise EditRefused("unknown_choice", field=field, value=value, known=", ".join(known))
    return str(value)


def kind(value: Any, field: str) -> str:
    return _choice(value, field, [kind.value for kind in Kind])


def target(value: Any, field: str) -> str:
    return _choice(value, field, [target.value for target in Target])


def role(value: Any, field: str) -> str:
    return _choice(value, field, PHRASE_FIELDS)
