"""Changing the phrases that a theme is read with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from balm.understand.codebook.describe import filled
from balm.understand.codebook.edits import Part
from balm.understand.codebook.entries import Entry
from balm.understand.codebook.model import (
    MAX_RULE,
    PHRASE_LANGUAGES,
    PhraseLanguage,
    Phrases,
    Rule,
    Term,
    Theme,
    parse_rule,
)
from balm.understand.codebook.refusal import EditRefused, near

MOST = 2_000
"""Phrases of a theme in one language and role, at most."""

_SPLIT_ROLES = ("phrases", "praise", "topic_words")


def check(phrases: Phrases) -> None:
    """Raises EditRefused for a phrase that is ill-formed, or that no sentence can match."""
    rules = []
    for language, some in phrases.items():
        for phrase in some:
            try:
                rules.append((phrase, parse_rule(phrase, language)))
            except ValueError as error:
                raise EditRefused("bad_phrase", phrase=phrase[:60], fault=str(error)) from None
    met = _met(sorted({term for _, rule in rules for part in rule.parts for term in part}))
    for phrase, rule in rules:
        for part in rule.parts:
            if met.isdisjoint(part):
                raise EditRefused("unmatchable", phrase=phrase[:60], term=part[0].text)


def _met(terms: list[Term]) -> set[Term]:
    """Those that a comment which consists of the term alone holds, once it is cut and normalized."""
    from balm.understand.phrases import Phrases as Search
    from balm.understand.prepare import prepare

    looked = prepare([term.text for term in terms])
    found = Search([Rule(((term,),)) for term in terms]).find(looked.norm)
    own = looked.owner[found.clause] == found.rule
    return {terms[i] for i in found.rule[own].tolist()}


def first(entry: Entry, phrases: Phrases) -> Theme:
    """A theme that nothing has coded so far, read with its first phrases."""
    return Theme.model_validate(
        {
            "id": entry.id,
            "labels": filled(entry.given),
            "kind": entry.kind,
            "target": entry.target,
            "solvability": entry.solvability,
            "phrases": phrases,
        }
    )


def _with(theme: Theme, **roles: Phrases) -> Theme:
    """The theme with other phrases under some roles."""
    fields = theme.model_dump(by_alias=True, exclude_defaults=True)
    for name, phrases in roles.items():
        for some in phrases.values():
            if len(some) > MOST:
                raise EditRefused("many_phrases", theme=theme.id, most=MOST)
        fields[name] = {language: some for language, some in phrases.items() if some}
    return Theme.model_validate(fields)


@lru_cache(20_000)
def _parts(phrase: str, language: PhraseLanguage) -> tuple[tuple[Term, ...], ...]:
    """What a phrase says, however it is written."""
    return parse_rule(phrase, language).parts


def added(theme: Theme, role: str, phrases: Phrases) -> Theme:
    """With more phrases; those it has already are passed over. Raises EditRefused where none is new."""
    own = dict(theme.phrases_of(role))
    new = False
    for language, some in phrases.items():
        held = {_parts(phrase, language) for phrase in own.get(language, ())}
        fresh = [phrase for phrase in some if _parts(phrase, language) not in held]
        own[language] = (*own.get(language, ()), *fresh)
        new |= bool(fresh)
    if not new:
        raise EditRefused("known_phrase", theme=theme.id)
    return _with(theme, **{role: own})


def removed(family: Sequence[Entry], role: str, phrases: Phrases) -> dict[str, Theme | None]:
    """Themes of the family that are left with fewer phrases, by id; None where a theme is left with none. The first is
    the theme in use, the others were merged into it.
    """
    left = {entry.id: dict(entry.phrases(role)) for entry in family}
    for language, some in phrases.items():
        for phrase in some:
            _take(left, family[0].id, language, phrase)
    changed: dict[str, Theme | None] = {}
    for entry in family:
        if entry.reading is None or left[entry.id] == entry.phrases(role):
            continue
        if role == "phrases" and not any(left[entry.id].values()):
            changed[entry.id] = None
        else:
            changed[entry.id] = _with(entry.reading, **{role: left[entry.id]})
    if changed and role == "phrases" and not any(any(some.values()) for some in left.values()):
        raise EditRefused("last_phrase", theme=family[0].id)
    return changed


def _take(left: dict[str, Phrases], theme: str, language: PhraseLanguage, phrase: str) -> None:
    """Take a phrase from each theme that has it."""
    try:
        wanted = _parts(phrase, language)
    except ValueError:
        wanted = ()
    there = False
    for phrases in left.values():
        kept = tuple(one for one in phrases.get(language, ()) if _parts(one, language) != wanted)
        there |= len(kept) < len(phrases.get(language, ()))
        if language in phrases:
            phrases[language] = kept
    if not there:
        known = [one for phrases in left.values() for one in phrases.get(language, ())]
        raise EditRefused("no_such_phrase", theme=theme, phrase=phrase[:60], near=near(phrase, known))


def carved(family: Sequence[Entry], part: Part) -> tuple[Theme | None, dict[str, Theme]]:
    """What reads a part of a theme; and the family (the theme, and those merged into it), which give way to it.

    The part's rules are those of the theme, each with the part's words too; the theme has them as `not`. So together
    they code what the theme did before. Of a theme that no phrase codes, the part has its own phrases.
    """
    old = [entry for entry in family if entry.reading is not None and not entry.reading.archived]
    if not old:
        return None, {}
    roles = {role: _joined(old, role, part.phrases) for role in _SPLIT_ROLES}
    for language in part.phrases:
        if not roles["phrases"].get(language):
            raise EditRefused("no_language", theme=part.theme, old=family[0].id, language=language)
    fields: dict[str, object] = {"kind": family[0].kind, "target": family[0].target, "id": part.theme}
    fields |= {name: some for name, some in {**roles, "not": _shared_not(old)}.items() if any(some.values())}
    made = Theme.model_validate({**fields, "solvability": family[0].solvability, "labels": filled(part.labels)})
    given_way: dict[str, Theme] = {}
    for entry in old:
        assert entry.reading is not None
        veto = dict(entry.reading.against)
        for role in _SPLIT_ROLES:
            for language, some in roles[role].items():
                veto[language] = tuple(dict.fromkeys((*veto.get(language, ()), *some)))
        given_way[entry.id] = _with(entry.reading, **{"not": veto})
    return _with(made, phrases=made.phrases), given_way


def _joined(old: Iterable[Entry], role: str, wanted: Phrases) -> Phrases:
    """Each phrase of the theme with each of the part's in the same language; a phrase that both have stays as it is."""
    found: Phrases = {}
    for language in PHRASE_LANGUAGES:
        own = tuple(dict.fromkeys(phrase for entry in old for phrase in entry.phrases(role).get(language, ())))
        known = {_parts(phrase, language) for phrase in own}
        some: list[str] = []
        for phrase in wanted.get(language, ()):
            if _parts(phrase, language) in known:
                some.append(phrase)
            else:
                some.extend(_and(one, phrase) for one in own)
        if some:
            found[language] = tuple(dict.fromkeys(some))
    return found


def _and(one: str, other: str) -> str:
    if len(one) + len(other) + 3 > MAX_RULE:
        raise EditRefused("long_text", field="phrases", most=MAX_RULE - 3 - len(one))
    return f"{one} + {other}"


def _shared_not(old: Sequence[Entry]) -> Phrases:
    """What keeps each of the family from being coded."""
    readings = [entry.reading for entry in old if entry.reading is not None]
    found: Phrases = {}
    for language in PHRASE_LANGUAGES:
        lists = [reading.against.get(language, ()) for reading in readings]
        some = tuple(phrase for phrase in lists[0] if all(phrase in other for other in lists[1:]))
        if some:
            found[language] = some
    return found
