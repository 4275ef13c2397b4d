"""Files of contacts: kept sealed until their columns are chosen, then read. Bad rows are kept with reasons."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from balm.collect.delimited import guess_dialect
from balm.collect.encoding import bom, guess_encoding
from balm.core.errors import InputRefused
from balm.web.deliveries import sealed
from balm.web.deliveries.contact_services import BadContact, Entry, merged
from balm.web.deliveries.models import Consent, Contact, ContactFile, RefusedRow
from balm.web.people.audit import record
from balm.web.people.models import User, Workspace

LIMIT = 5_000_000
"""Bytes of a file."""

MOST = 50_000
"""Rows of a file."""

MOST_COLUMNS = 200

_CHUNK = 500
_CHANGED = (
    "address",
    "digest",
    "shown",
    "source",
    "language",
    "consent",
    "consent_source",
    "consent_time",
    "changed",
)

FIELDS = ("customer", "email", "language", "consent")
_HINTS = {
    "customer": r"customer|client|user|member|客户|顾客|客戶|顧客|会员|會員|用户|用戶|\bid\b",
    "email": r"e-?mail|邮箱|邮件|信箱|郵件|郵箱|電郵",
    "language": r"lang|语言|語言|locale",
    "consent": r"consent|agree|opt|permission|subscri|同意|订阅|訂閱|许可|許可",
}
_LANGUAGES = {
    "zh-Hans": r"zh[-_]?(hans|cn|sg)?([-_]cn|[-_]sg)?|chs|简体.*|簡體.*|中文|simplified.*|chinese",
    "zh-Hant": r"zh[-_]?(hant|tw|hk|mo)([-_](tw|hk|mo))?|cht|繁.*|traditional.*",
    "en": r"en([-_].*)?|english|英文|英语|英語",
}
_CONSENTS = {
    Consent.GIVEN: r"y|yes|true|1|given|agreed|granted|opt(ed)?[- ]?in|subscribed|是|有|同意|已同意|订阅|訂閱",
    Consent.REFUSED: r"n|no|false|0|refused|denied|opt(ed)?[- ]?out|unsubscribed|否|无|無|不同意|拒绝|拒絕|退订|退訂",
    Consent.UNKNOWN: r"|unknown|\?|-|n/?a|未知|不明",
}


class BadFile(ValueError):
    """A file that cannot be read at all; the text is a code of `forms.PROBLEMS`."""


@dataclass(frozen=True)
class Sheet:
    """The names of the columns, and the rows with their line numbers."""

    names: list[str]
    rows: list[tuple[int, list[str]]]


def parsed(data: bytes) -> Sheet:
    """The rows of a file of commas, semicolons or tabs, in any encoding Balm reads. Raises BadFile."""
    if data[:2] == b"PK" or data[:4] == b"\xd0\xcf\x11\xe0":
        raise BadFile("file_workbook")
    marked = bom(data)
    try:
        encoding = guess_encoding(data[:1_000_000])
        text = data[marked[1] if marked else 0 :].decode(encoding)
    except (InputRefused, UnicodeDecodeError):
        raise BadFile("file_encoding") from None
    if "\0" in text:
        raise BadFile("file_encoding")
    lines = list(io.StringIO(text, newline=""))
    reader = guess_dialect(lines[:200]).reader(iter(lines), strict=False)
    try:
        rows = [(reader.line_num, row[: MOST_COLUMNS + 1]) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error:
        raise BadFile("file_broken") from None
    if len(rows) < 2:
        raise BadFile("file_empty")
    if len(rows) - 1 > MOST:
        raise BadFile("file_rows")
    if len(rows[0][1]) > MOST_COLUMNS:
        raise BadFile("file_columns")
    names = [cell.strip()[:100] or f"#{number}" for number, cell in enumerate(rows[0][1], 1)]
    return Sheet(names, rows[1:])


def guessed(names: list[str]) -> dict[str, int | None]:
    """Which column is which, by its name."""
    found: dict[str, int | None] = {}
    for name in ("email", "consent", "language", "customer"):
        taken = set(found.values())
        fits = (i for i, each in enumerate(names) if i not in taken and re.search(_HINTS[name], each, re.IGNORECASE))
        found[name] = next(fits, None)
    return {name: found[name] for name in FIELDS}


@transaction.atomic
def keep(workspace: Workspace, by: User, name: str, data: bytes) -> ContactFile:
    """Take a file in; nothing of it counts until its columns are chosen. Raises BadFile."""
    sheet = parsed(data)
    return ContactFile.objects.create(
        workspace=workspace,
        name=name[:120],
        content=sealed.sealer(workspace).seal([data.hex()])[0],
        columns=sheet.names,
        mapping=guessed(sheet.names),
        rows=len(sheet.rows),
        by=by,
    )


def sheet_of(file: ContactFile) -> Sheet:
    """The rows of a file whose columns are still to be chosen. Raises BadFile."""
    if not file.content:
        raise BadFile("file_gone")
    try:
        return parsed(bytes.fromhex(sealed.open_text(file.workspace, file.content)))
    except sealed.Unreadable:
        raise BadFile("file_gone") from None


@transaction.atomic
def read(file: ContactFile, by: User, mapping: Mapping[str, int | None]) -> ContactFile:
    """Add and change contacts as the file says, and forget the file. Raises BadFile."""
    file = ContactFile.objects.select_for_update().get(pk=file.pk)
    if file.state != ContactFile.State.OPEN:
        return file
    workspace, sheet = file.workspace, sheet_of(file)
    reading = _Reading(file, mapping)
    for start in range(0, len(sheet.rows), _CHUNK):
        reading.take(sheet.rows[start : start + _CHUNK])
    done, refused = reading.done, reading.refused
    RefusedRow.objects.bulk_create(refused, batch_size=500)
    file.state, file.content, file.mapping = ContactFile.State.DONE, None, dict(mapping)
    file.added, file.changed, file.same = done["added"], done["changed"], done["same"]
    file.refused = dict(Counter(row.reason for row in refused))
    file.save()
    facts = {"added": file.added, "changed": file.changed, "same": file.same, "refused": len(refused)}
    record(workspace, by, "contact.import", file.name, **facts)
    return file


class _Reading:
    """Rows on their way into contacts."""

    def __init__(self, file: ContactFile, mapping: Mapping[str, int | None]) -> None:
        self.file, self.mapping, self.workspace = file, mapping, file.workspace
        self.done: Counter[str] = Counter()
        self.refused: list[RefusedRow] = []
        self.seen: set[str] = set()

    def take(self, rows: list[tuple[int, list[str]]]) -> None:
        at = self.mapping.get("customer")
        keys = {cells[at].strip()[:200] for _line, cells in rows if at is not None and at < len(cells)}
        there = Contact.objects.select_for_update().filter(workspace=self.workspace, customer__in=keys - {""})
        held = {row.customer: row for row in there}
        new, changed = [], []
        for line, cells in rows:
            try:
                entry = _entry(self.file, cells, self.mapping)
                if entry.customer in self.seen:
                    raise BadContact("twice")
                row, what = merged(self.workspace, held.get(entry.customer), entry)
            except BadContact as error:
                kept = sealed.seal(self.workspace, json.dumps(cells[:20], ensure_ascii=False))
                self.refused.append(RefusedRow(file=self.file, line=line, reason=str(error), cells=kept))
                continue
            self.seen.add(entry.customer)
            self.done[what] += 1
            if what != "same":
                (new if what == "added" else changed).append(row)
        Contact.objects.bulk_create(new)
        Contact.objects.bulk_update(changed, _CHANGED)


def _entry(file: ContactFile, cells: list[str], mapping: Mapping[str, int | None]) -> Entry:
    said = {}
    for name in FIELDS:
        at = mapping.get(name)
        said[name] = cells[at].strip() if at is not None and at < len(cells) else ""
    return Entry(
        said["customer"],
        said["email"],
        _word(said["language"], _LANGUAGES, "bad_language") if said["language"] else "",
        _word(said["consent"], _CONSENTS, "bad_consent"),
        file.name,
    )


def _word(said: str, known: Mapping[Any, str], otherwise: str) -> str:
    for value, pattern in known.items():
        if re.fullmatch(pattern, said, re.IGNORECASE):
            return str(value)
    raise BadContact(otherwise)


def opened(file: ContactFile, rows: Iterable[RefusedRow]) -> Iterator[tuple[int, str, list[str]]]:
    """Line, reason and cells of rows that could not be read; no cells where they cannot be opened."""
    for row in rows:
        try:
            cells = json.loads(sealed.open_text(file.workspace, row.cells))
        except sealed.Unreadable:
            cells = []
        yield row.line, row.reason, cells
