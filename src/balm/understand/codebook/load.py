"""Codebooks from files: the packs of the package, or a file of one's own."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from balm.core.errors import InputRefused
from balm.understand.codebook.model import PHRASE_FIELDS, Codebook, Pack, Theme
from balm.understand.codebook.reading import Source, read, refused

PACKS = Path(__file__).parent / "packs"
STARTER = "starter"
CORE = "core"


def available() -> list[str]:
    """Names of the packs in the package, core first. A pack may be spread over `name.yaml` and `name-*.yaml`."""
    return sorted(_files(), key=lambda name: (name != CORE, name))


def load(name_or_path: str | Path = STARTER) -> Codebook:
    """The codebook of that name: "starter" (core and every pack), packs by name ("core,travel"), or a YAML file.

    A file may stand alone, or say `extends: starter` to add, change and archive themes of another codebook.
    Raises InputRefused, in one line that names file, line, theme, fault and mend.
    """
    wanted = str(name_or_path)
    if Path(wanted).suffix.lower() in (".yaml", ".yml") or Path(wanted).is_file():
        return _user(Path(wanted))
    return _packaged(wanted)


def _files() -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in sorted(PACKS.glob("*.yaml")):
        found.setdefault(path.stem.split("-")[0], []).append(path)
    return found


def _packaged(wanted: str) -> Codebook:
    files = _files()
    asked = [name.strip() for name in wanted.split(",") if name.strip()]
    names = available() if STARTER in asked else list(dict.fromkeys(asked))
    unknown = [name for name in names if name not in files]
    if unknown or not names:
        known = ", ".join([STARTER, *available()])
        raise InputRefused(f"no codebook is called “{', '.join(unknown) or wanted}”; use {known}, or a .yaml file")
    packs = tuple(_join([_pack(read(path)) for path in files[name]]) for name in names)
    return Codebook(name=",".join(asked), version=max(pack.version for pack in packs), packs=packs)


def _join(parts: Sequence[Pack]) -> Pack:
    """One pack of the files it is spread over; what is said once is taken from the first."""
    first = parts[0]
    if len(parts) == 1:
        return first
    signals = {language: words for part in parts for language, words in part.signals.items()}
    groups = tuple(group for part in parts for group in part.groups)
    return first.model_copy(update={"signals": signals, "groups": groups})


def _pack(source: Source) -> Pack:
    try:
        return Pack.model_validate(source.data)
    except ValidationError as error:
        raise _explain(source, error) from None


def _user(path: Path) -> Codebook:
    source = read(path)
    base_name = source.data.get("extends")
    base = None if base_name is None else _packaged(str(base_name))
    packs = (_pack(source),) if base is None else _extend(base, source)
    for theme in (theme for pack in packs for theme in pack.leaves()):
        if base is None or theme.id not in base or base.theme(theme.id) is not theme:
            _check(source, theme)
    name, version = source.data["codebook"], packs[-1].version
    try:
        return Codebook(name=name, version=version, packs=packs)
    except ValidationError as error:
        raise _explain(source, error) from None


def _check(source: Source, theme: Theme) -> None:
    try:
        theme.check_phrases()
    except ValueError as error:
        raise refused(source.name, _line_of(source, theme.id), f"theme “{theme.id}”, {error}") from None


# --- extends -------------------------------------------------------------------------------------------------------


def _extend(base: Codebook, source: Source) -> tuple[Pack, ...]:
    """The base's packs with the file's changes, then a pack of the file's new themes if it has any."""
    given = dict(source.data)
    given.pop("extends")
    archive = given.pop("archive", ())
    changes, rest = _sort_out(base, source, given.get("themes", ()))
    for theme_id in archive if isinstance(archive, tuple) else (archive,):
        _known(base, source, theme_id, ("archive",))
        changes.setdefault(theme_id, {})["archived"] = "true"
    packs = tuple(_changed(pack, changes, source) for pack in base.packs)
    if rest:
        return (*packs, _pack(Source(source.name, {**given, "themes": tuple(rest)}, source.root)))
    name = given.get("codebook")
    if not isinstance(name, str) or not name:
        raise refused(source.name, 1, "no “codebook:”; give the file's codebook a name")
    return packs


def _sort_out(base: Codebook, source: Source, entries: Any) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """Split the entries into changes to known themes (id → fields) and groups of new themes."""
    changes: dict[str, dict[str, Any]] = {}
    groups: list[dict[str, Any]] = []
    for i, entry in enumerate(entries):
        where: tuple[int | str, ...] = ("themes", i)
        if not isinstance(entry, dict) or "id" not in entry:
            raise refused(source.name, source.line(where), "an entry without an id; begin it with “- id: …”")
        if "themes" not in entry:
            _known(base, source, entry["id"], where)
            changes[entry["id"]] = dict(entry)
            continue
        new = []
        for theme in entry["themes"]:
            if isinstance(theme, dict) and str(theme.get("id")) in base:
                changes[theme["id"]] = dict(theme)
            else:
                new.append(theme)
        if new:
            group = {**entry, "themes": tuple(new)}
            if "labels" not in group and entry["id"] in base.groups():
                group["labels"] = base.labels(entry["id"])
            groups.append(group)
    return changes, groups


def _known(base: Codebook, source: Source, theme_id: Any, where: tuple[int | str, ...]) -> None:
    if theme_id not in base:
        what = f"theme “{theme_id}” is not in the codebook it extends{_like(str(theme_id), _ids(base))}"
        raise refused(source.name, source.line(where), f"{what}; put a new theme under the “themes:” of its group")


def _changed(pack: Pack, changes: dict[str, dict[str, Any]], source: Source) -> Pack:
    if not any(theme.id in changes for theme in pack.leaves()):
        return pack
    groups = tuple(
        group.model_copy(
            update={"themes": tuple(_merge(t, changes[t.id], source) if t.id in changes else t for t in group.themes)}
        )
        for group in pack.groups
    )
    return pack.model_copy(update={"groups": groups})


def _merge(theme: Theme, change: dict[str, Any], source: Source) -> Theme:
    """The theme with the fields given in place of its own; phrases under `add` are put behind its own."""
    fields = theme.model_dump(by_alias=True, exclude_defaults=True)
    change = dict(change)
    added = change.pop("add", {})
    fields.update(change)
    try:
        for name, phrases in added.items():
            if name not in PHRASE_FIELDS:
                raise ValueError(f"cannot add to “{name}”; add to {', '.join(PHRASE_FIELDS)}")
            own = dict(fields.get(name, {}))
            for language, more in phrases.items():
                own[language] = (*own.get(language, ()), *more)
            fields[name] = own
        merged = Theme.model_validate(fields)
    except ValidationError as error:
        raise _explain(source, error, theme.id) from None
    except (ValueError, AttributeError, TypeError) as error:
        what = error if isinstance(error, ValueError) else "add: is no list of phrases by language"
        raise refused(source.name, _line_of(source, theme.id), f"theme “{theme.id}”: {what}") from None
    return merged


# --- errors --------------------------------------------------------------------------------------------------------


def _ids(codebook: Codebook) -> list[str]:
    return [theme.id for pack in codebook.packs for theme in pack.leaves()]


def _like(word: str, words: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(words), 1, 0.75)
    return f" (did you mean “{near[0]}”?)" if near else ""


def _entries(source: Source) -> Iterable[tuple[tuple[int | str, ...], Any]]:
    for i, entry in enumerate(source.data.get("themes", ())):
        yield ("themes", i), entry
        if isinstance(entry, dict):
            for j, theme in enumerate(entry.get("themes", ())):
                yield ("themes", i, "themes", j), theme


def _line_of(source: Source, theme_id: str) -> int:
    for where, entry in _entries(source):
        if isinstance(entry, dict) and entry.get("id") == theme_id:
            return source.line(where)
    return 1


def _explain(source: Source, error: ValidationError, theme_id: str | None = None) -> InputRefused:
    """The first fault that pydantic found, as one line a person can act on."""
    fault = error.errors(include_url=False)[0]
    where = tuple(fault["loc"])
    path: tuple[int | str, ...] = where
    if theme_id is not None:
        path = (*next((w for w, e in _entries(source) if isinstance(e, dict) and e.get("id") == theme_id), ()), *where)
    owner = theme_id or _owner(source.data, where)
    field = ".".join(str(step) for step in where if not isinstance(step, int) and step not in ("themes", "[key]"))
    words = [f"theme “{owner}”" if owner else "", f"field “{field}”" if field else ""]
    place = ", ".join(word for word in words if word)
    what = _what(fault, str(where[-1]) if where else "")
    return refused(source.name, source.line(path), f"{place}: {what}" if place else what)


def _owner(data: Any, where: tuple[int | str, ...]) -> str | None:
    owner = None
    for step in where:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            break
        if isinstance(data, dict) and isinstance(data.get("id"), str):
            owner = data["id"]
    return owner


_KEYS = {
    *("codebook", "version", "labels", "signals", "themes", "id", "topic", "definition", "kind", "target"),
    *("solvability", *PHRASE_FIELDS, "examples", "archived", "for", "against", "zh", "en", "extends", "archive", "add"),
}


_FAULTS = {
    "missing": "missing; write it",
    "extra_forbidden": "unknown{like}; remove it or correct its spelling",
    "literal_error": "“{input}” is unknown; use {expected}",
    "string_pattern_mismatch": "“{input}” is no id; use lower-case letters, digits, “_” and dots",
    "string_too_short": "empty; write something or leave the field out",
    "too_short": "empty; write something or leave the field out",
    "string_too_long": "too long; at most {max_length} characters",
    "too_long": "too long; at most {max_length} entries",
    "tuple_type": "no list; write [one, two] or lines that begin with “- ”",
    "dict_type": "not of the form “name: value”; see the reference of the codebook",
    "model_type": "not of the form “name: value”; see the reference of the codebook",
    "string_type": "not a text; write one text here",
    "int_parsing": "“{input}” is no whole number; write 1, 2, …",
    "bool_parsing": "“{input}” is neither true nor false",
}
"""Kind of fault, in pydantic's words, → what is wrong; and how to mend it."""


def _what(fault: Any, key: str) -> str:
    form = _FAULTS.get(fault["type"])
    if form is None:
        return str(fault["msg"]).removeprefix("Value error, ")
    context = {name: str(value).replace("'", "") for name, value in fault.get("ctx", {}).items()}
    return form.format_map({**context, "input": fault["input"], "like": _like(key, sorted(_KEYS))})
