"""The codebook: themes that a person can read and edit, and the phrases that code them.

A codebook is made of packs (`core`, and one for each trade); a pack holds groups (level 1), a group holds themes
(level 2, the leaves). Text is stated in `core.types.LANGUAGES`; phrases in "zh" (Simplified; Traditional input is
normalized before it is matched) and "en".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, StringConstraints, model_validator

from balm.core.types import LANGUAGES, Labels
from balm.understand.languages.zh import to_simplified

PhraseLanguage = Literal["zh", "en"]
PHRASE_LANGUAGES: tuple[PhraseLanguage, ...] = ("zh", "en")
PHRASE_FIELDS = ("phrases", "not", "topic_words", "praise")
"""Names, in the file, of the fields that hold phrases."""

MAX_RULE = 2_000
"""Characters of one rule, at most."""


class Term(NamedTuple):
    """One literal, in lower case. `prefix`: any ending may follow (English only)."""

    text: str
    prefix: bool
    language: PhraseLanguage


@dataclass(frozen=True, slots=True)
class Rule:
    """Holds in a clause where every part has at least one of its terms, in any order. `source`: as written."""

    parts: tuple[tuple[Term, ...], ...]
    source: str = ""

    @property
    def language(self) -> PhraseLanguage:
        return "zh" if any(term.language == "zh" for part in self.parts for term in part) else "en"


def parse_rule(text: str, language: PhraseLanguage) -> Rule:
    """Read one phrase: ` + ` joins parts, `|` separates alternatives, `*` ends an English term with any ending.

    Chinese terms match anywhere; English ones at word boundaries, where a space stands for spaces or a hyphen; so do
    terms of Latin letters in a Chinese phrase (app, bug), which are "en" terms. A term
    with "n't" also stands for its other spellings (didn't, didnt, did not). Raises ValueError saying what to mend.
    """
    if len(text) > MAX_RULE:
        raise ValueError(f"a phrase of {len(text)} characters; split it into phrases of at most {MAX_RULE}")
    lowered = text.lower().replace("’", "'")
    if language == "zh":
        lowered = lowered.translate(_simplify())
    parts = tuple(
        tuple(term for word in part.split("|") for term in _terms(word.strip(), language, text))
        for part in lowered.split(" + ")
    )
    return Rule(parts, text)


@cache
def _simplify() -> dict[int, str]:
    """As clauses are normalized, so must terms be: some characters of Simplified text are mapped too (黏 to 粘)."""
    return {ord(old): new for old, new in to_simplified().items()}


def _terms(word: str, language: PhraseLanguage, rule: str) -> Iterable[Term]:
    prefix = word.endswith("*")
    word = word[:-1].rstrip() if prefix else word
    if not word:
        raise ValueError(f"an empty term in “{rule[:60]}”; write a word on both sides of each “|” and “ + ”")
    if "*" in word or (prefix and language == "zh"):
        raise ValueError(f"a “*” out of place in “{word}”; it may only end an English term")
    if "+" in word and word not in ("+", "c++"):
        raise ValueError(f"a “+” without a space on each side in “{word}”; write “ + ”")
    if language == "en":
        word = " ".join(word.replace("-", " ").split())
        if "n't" in word:
            return tuple(Term(spelling, prefix, language) for spelling in _negations(word))
    return (Term(word, prefix, "en" if word.isascii() else language),)


def _negations(word: str) -> list[str]:
    """A term with "n't" as people write it: didn't, didnt, did not."""
    full = word.replace("can't", "cannot").replace("won't", "will not").replace("n't", " not")
    return list(dict.fromkeys([word, word.replace("n't", "nt"), full, full.replace("cannot", "can not")]))


def _three(labels: Any) -> Any:
    if isinstance(labels, Mapping):
        missing = [language for language in LANGUAGES if not labels.get(language)]
        extra = [key for key in labels if key not in LANGUAGES]
        if missing or extra:
            what = f"no text for {', '.join(missing)}" if missing else f"unknown language “{extra[0]}”"
            raise ValueError(f"{what}; write exactly {', '.join(LANGUAGES)}")
    return labels


def _sentences(value: Any) -> Any:
    """Examples may be plain sentences or `{zh: sentence}`; either way they become sentences."""
    if isinstance(value, (tuple, list)):
        return tuple(next(iter(v.values()), "") if isinstance(v, Mapping) and len(v) == 1 else v for v in value)
    return value


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$", max_length=80)]
ThreeLabels = Annotated[dict[str, Text], BeforeValidator(_three)]
Phrases = dict[PhraseLanguage, Annotated[tuple[Text, ...], Field(max_length=2_000)]]
Sentences = Annotated[tuple[Text, ...], BeforeValidator(_sentences)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, validate_by_name=True, validate_by_alias=True)


class Examples(_Entry):
    """Sentences that a theme must code, and near misses that it must not."""

    of: Sentences = Field(default=(), alias="for")
    against: Sentences = ()


class Theme(_Entry):
    """A leaf of the codebook: one pain, named as a manager would name it."""

    id: Id
    labels: ThreeLabels
    topic: ThreeLabels | None = None
    definition: ThreeLabels | None = None
    kind: Literal["process", "product", "communication", "relationship", "emotion"]
    target: Literal["person", "process", "policy", "product", "promise"] = "process"
    solvability: Literal["high", "medium", "low"] = "medium"
    phrases: Phrases
    against: Phrases = Field(default={}, alias="not")
    topic_words: Phrases = {}
    praise: Phrases = {}
    examples: Examples = Examples()
    archived: Annotated[bool, Field(strict=False)] = False

    @model_validator(mode="after")
    def _has_phrases(self) -> Self:
        if not any(self.phrases.values()):
            raise ValueError("no phrases; write at least one under phrases: zh or phrases: en")
        return self

    def check_phrases(self) -> None:
        """Parse every phrase. Raises ValueError naming the field; done for files that people edit."""
        for name in PHRASE_FIELDS:
            try:
                _parse(self.phrases_of(name))
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None

    def phrases_of(self, name: str) -> Phrases:
        """The phrases under a field, by its name in the file (one of `PHRASE_FIELDS`)."""
        found: Phrases = getattr(self, "against" if name == "not" else name)
        return found

    @property
    def topic_labels(self) -> Labels:
        """The neutral name, shown for praise; the label where none is given."""
        return dict(self.topic or self.labels)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """What codes the theme."""
        return _parse(self.phrases)

    @cached_property
    def not_rules(self) -> tuple[Rule, ...]:
        """Where one of these holds in the clause, the theme is not coded."""
        return _parse(self.against)

    @cached_property
    def topic_rules(self) -> tuple[Rule, ...]:
        """Words that make this the subject of a clause whatever is said of it: weak evidence."""
        return _parse(self.topic_words)

    @cached_property
    def praise_rules(self) -> tuple[Rule, ...]:
        """The same subject, spoken well of."""
        return _parse(self.praise)


def _parse(phrases: Phrases) -> tuple[Rule, ...]:
    return tuple(parse_rule(text, language) for language in PHRASE_LANGUAGES for text in phrases.get(language, ()))


class Group(_Entry):
    """Level 1: a heading over themes. The id of each of its themes begins with the group's own id and a dot."""

    id: Id
    labels: ThreeLabels
    themes: Annotated[tuple[Theme, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _nested(self) -> Self:
        for theme in self.themes:
            if not theme.id.startswith(f"{self.id}."):
                raise ValueError(f"theme “{theme.id}” stands in group “{self.id}”; name it “{self.id}.…”")
        return self


class Pack(_Entry):
    """The themes of one trade. `signals`: phrases that show that a company is of this trade; core has none."""

    codebook: Id
    version: Annotated[int, Field(strict=False, ge=1)]
    labels: ThreeLabels
    signals: Phrases = {}
    groups: Annotated[tuple[Group, ...], Field(alias="themes", min_length=1)]

    @property
    def name(self) -> str:
        return self.codebook

    @cached_property
    def signal_rules(self) -> tuple[Rule, ...]:
        return _parse(self.signals)

    def leaves(self) -> tuple[Theme, ...]:
        """All themes of the pack, archived ones too, in the order of the file."""
        return tuple(theme for group in self.groups for theme in group.themes)


class Codebook(_Entry):
    """Packs put together. A group id may stand in several packs; a theme id stands in one. Order is the files' order.

    `headings`: labels of groups that edits added or renamed; `parents`: group (None: no group) of themes that edits
    put elsewhere than where they stand in their pack. Raises ValueError (a pydantic ValidationError) where a theme id
    stands twice or is also the id of a group.
    """

    name: str
    version: int
    packs: tuple[Pack, ...]
    headings: dict[Id, ThreeLabels] = {}
    parents: dict[Id, Id | None] = {}

    _themes: dict[str, Theme] = PrivateAttr(default_factory=dict)
    _groups: dict[str, Labels] = PrivateAttr(default_factory=dict)
    _parents: dict[str, str | None] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _index(self) -> Self:
        for pack in self.packs:
            for group in pack.groups:
                self._groups.setdefault(group.id, dict(group.labels))
                for theme in group.themes:
                    if theme.id in self._themes:
                        raise ValueError(f"theme “{theme.id}” stands twice; rename one")
                    self._themes[theme.id] = theme
                    self._parents[theme.id] = group.id
        self._groups.update({id_: dict(labels) for id_, labels in self.headings.items()})
        self._parents.update({id_: parent for id_, parent in self.parents.items() if id_ in self._themes})
        both = [id_ for id_ in self._themes if id_ in self._groups]
        if both:
            raise ValueError(f"“{both[0]}” is both a theme and a group; rename one")
        return self

    def leaves(self) -> tuple[Theme, ...]:
        """Themes in use, in the order of the packs and of their files."""
        return tuple(theme for theme in self._themes.values() if not theme.archived)

    def __contains__(self, theme_id: str) -> bool:
        return theme_id in self._themes

    def theme(self, theme_id: str) -> Theme:
        """The theme of that id, archived or not. Raises KeyError."""
        return self._themes[theme_id]

    def labels(self, id_: str) -> Labels:
        """Labels of a theme or a group, in each of `LANGUAGES`. Raises KeyError."""
        theme = self._themes.get(id_)
        return dict(theme.labels) if theme else dict(self._groups[id_])

    def parent(self, id_: str) -> str | None:
        """The group of a theme; None for a group, and for a theme without one. Raises KeyError."""
        if id_ in self._groups:
            return None
        return self._parents[id_]

    def groups(self) -> tuple[str, ...]:
        """Ids of the groups that have a theme in use, in order."""
        used = {self._parents[theme.id] for theme in self.leaves()}
        return tuple(id_ for id_ in self._groups if id_ in used)

    def pack_of(self, theme_id: str) -> str:
        """Name of the pack a theme stands in. Raises KeyError."""
        for pack in self.packs:
            if any(theme.id == theme_id for theme in pack.leaves()):
                return pack.name
        raise KeyError(theme_id)

    def only(self, packs: Iterable[str]) -> Codebook:
        """The same codebook with these packs alone; names that it does not hold are passed over."""
        wanted = set(packs)
        return Codebook(
            name=self.name,
            version=self.version,
            packs=tuple(pack for pack in self.packs if pack.name in wanted),
            headings=self.headings,
            parents=self.parents,
        )
