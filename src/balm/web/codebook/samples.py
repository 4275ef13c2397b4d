"""Samples that people code blind: drawing them, coding them, and how far people and the machine agree."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from balm.core.errors import WrongUse
from balm.core.stats import proportion
from balm.core.types import Estimate
from balm.lake import tables
from balm.lake.queries import Comment, Lake, Mention
from balm.measure.agreement import Agreement, agreement
from balm.understand.codebook.entries import Edited
from balm.web.codebook import selectors
from balm.web.codebook.models import HandCode, Sample, SampleItem
from balm.web.feedback.selectors import room
from balm.web.painpoints.figures import current
from balm.web.painpoints.models import Figures
from balm.web.people.audit import record
from balm.web.people.models import User, Workspace
from balm.web.site.paths import workspace_dir

FIELDS = ("feedback_id", "mention", "start", "end", "text", "theme_id")
MACHINE = "machine"


class NotPossible(WrongUse):
    """What was asked for cannot be done; the message says why, in the reader's language."""


# drawing


@transaction.atomic
def draw(workspace: Workspace, user: User, name: str, size: int, seed: int) -> Sample:
    """Mentions drawn by chance from all of the figures that are shown, coded or not, with what the machine said.

    Raises NotPossible where there are none.
    """
    snapshot = current(workspace)
    folder = os.fspath(workspace_dir(workspace))
    pinned = snapshot.row.mentions_version if snapshot else None
    files = _files(folder, pinned)
    rows, there = _drawn(files, size, seed)
    if not rows:
        raise NotPossible(_("There are no mentions to draw from yet: import comments first."))
    newest, book = selectors.newest(workspace), selectors.shown(workspace)
    sample = Sample.objects.create(workspace=workspace, name=name, seed=seed, version=newest, drawn_from=there, by=user)
    SampleItem.objects.bulk_create(
        SampleItem(
            sample=sample,
            place=place,
            feedback_id=row["feedback_id"],
            mention=row["mention"],
            start=row["start"],
            end=row["end"],
            text=row["text"],
            machine=(book.resolve(row["theme_id"]) if row["theme_id"] else None) or "",
        )
        for place, row in enumerate(rows, 1)
    )
    record(workspace, user, "codebook.sample", name, size=len(rows), seed=seed, drawn_from=there)
    return sample


def _files(folder: str, version: int | None) -> list[str]:
    if version is not None and version >= 0:
        try:
            found = tables.files(folder, "mentions", version)
            if all(map(os.path.exists, found)):
                return found
        except WrongUse:
            pass  # that version was tidied away
    return tables.files(folder, "mentions")


def _drawn(files: Sequence[str], size: int, seed: int) -> tuple[list[dict[str, Any]], int]:
    """`size` mentions in an order drawn by chance, and how many there are. The same seed draws the same ones."""
    import pyarrow.parquet as pq

    files = sorted(files)
    ends = np.cumsum([pq.read_metadata(path).num_rows for path in files], dtype=np.int64)
    there = int(ends[-1]) if len(ends) else 0
    chance = np.random.default_rng(seed)
    chosen = np.sort(chance.choice(there, min(size, there), replace=False)) if there else np.zeros(0, np.int64)
    rows: list[dict[str, Any]] = []
    for path, low, high in zip(files, np.concatenate([[0], ends])[:-1].tolist(), ends.tolist(), strict=True):
        at = chosen[(chosen >= low) & (chosen < high)] - low
        if len(at):
            rows += pq.read_table(path, columns=list(FIELDS)).take(at).to_pylist()
    return [rows[i] for i in chance.permutation(len(rows)).tolist()], there


# coding


@transaction.atomic
def code(sample: Sample, user: User, place: int, theme: str) -> HandCode:
    """Say what one item is about; `theme` empty: nothing in the codebook. A second answer takes the place of the first.

    Raises NotPossible for a closed sample, a place or a theme that is not there.
    """
    if sample.closed:
        raise NotPossible(_("This sample is closed; nothing can be coded in it any more."))
    item = SampleItem.objects.filter(sample=sample, place=place).first()
    if item is None:
        raise NotPossible(_("There is no such item in this sample."))
    entry = selectors.shown(sample.workspace).entries.get(theme)
    if theme and (entry is None or entry.state != "in use"):
        raise NotPossible(_("There is no such theme in use."))
    found, _made = HandCode.objects.update_or_create(item=item, user=user, defaults={"theme": theme})
    record(sample.workspace, user, "codebook.hand_code", f"sample {sample.pk}, item {place}", theme=theme)
    return found


@transaction.atomic
def close(sample: Sample, user: User) -> None:
    """No more coding: from now on everybody sees what everybody said."""
    held = Sample.objects.select_for_update().get(pk=sample.pk)
    if held.closed is None:
        held.closed = timezone.now()
        held.save(update_fields=["closed"])
        record(sample.workspace, user, "codebook.sample_closed", sample.name)


def next_item(sample: Sample, user: User) -> SampleItem | None:
    """The first that this person has not coded, None when all are."""
    return sample.items.exclude(codes__user=user).first()


def answered(sample: Sample, user: User) -> set[int]:
    """Items that this person has coded."""
    return set(HandCode.objects.filter(item__sample=sample, user=user).values_list("item_id", flat=True))


def visible(sample: Sample, user: User, *, coder: bool) -> set[int] | None:
    """Items of which this person may see what others and the machine said: of a sample one may still code, those one
    has coded. None: all."""
    if sample.closed or not coder:
        return None
    mine = answered(sample, user)
    return None if len(mine) == sample.items.count() else mine


def context_of(workspace: Workspace, item: SampleItem) -> tuple[str, str, str] | None:
    """The comment around an item: before, the item itself, after; None where it is not there any more."""
    comment = room(workspace).lake.comment(item.feedback_id)
    found = _of(comment, item) if comment else None
    if comment is None or found is None or found.text != item.text:
        return None
    return comment.text[: found.start], comment.text[found.start : found.end], comment.text[found.end :]


def _of(comment: Comment, item: SampleItem) -> Mention | None:
    """The mention that stands where the item stood: the one that shares most characters with it, of several on one
    clause that of the same number."""

    def shared(mention: Mention) -> int:
        start, end = mention.original
        return min(end, item.end) - max(start, item.start)

    best = max(comment.mentions, key=lambda m: (shared(m), m.number == item.mention), default=None)
    return best if best is not None and shared(best) > 0 else None


# results


@dataclass(frozen=True)
class Coder:
    """Somebody who coded a sample. `key`: as addresses name it."""

    key: str
    name: str
    n: int


@dataclass(frozen=True)
class Table:
    """A sample with all its codings, under the codebook as it is now. `codes`: coder → item → theme, None for none."""

    sample: Sample
    items: tuple[SampleItem, ...]
    coders: tuple[Coder, ...]
    codes: dict[str, dict[int, str | None]]

    def compare(self, a: str, b: str) -> Agreement:
        """Of the items that both coded."""
        both = self.both(a, b)
        return agreement([self.codes[a][pk] for pk in both], [self.codes[b][pk] for pk in both])

    def both(self, a: str, b: str) -> list[int]:
        return [item.pk for item in self.items if item.pk in self.codes[a] and item.pk in self.codes[b]]

    def coder(self, key: str) -> Coder | None:
        return next((one for one in self.coders if one.key == key), None)


def table(sample: Sample) -> Table:
    """All that people and the machine said of a sample, themes that were merged since under the one that took over."""
    workspace = sample.workspace
    book = selectors.shown(workspace)
    items = tuple(sample.items.all())
    codes: dict[str, dict[int, str | None]] = {
        "then": {item.pk: counted(book, item.machine) for item in items},
        "now": {pk: counted(book, theme) for pk, theme in machine_now(workspace, items).items()},
    }
    coders = [Coder("then", _("Machine, when drawn"), len(items)), Coder("now", _("Machine, now"), len(codes["now"]))]
    given = HandCode.objects.filter(item__sample=sample).select_related("user").order_by("user_id", "item__place")
    for one in given:
        key = f"u{one.user_id}"
        codes.setdefault(key, {})[one.item_id] = counted(book, one.theme)
    people = {f"u{one.user_id}": str(one.user) for one in given}
    coders += [Coder(key, name, len(codes[key])) for key, name in people.items()]
    return Table(sample, items, tuple(coders), codes)


def counted(book: Edited, theme: str | None) -> str | None:
    """What a code counts for with the codebook as it is now. A proposal is no theme of the codebook yet."""
    found = book.resolve(theme) if theme else None
    entry = book.entries.get(found) if found else None
    return found if entry is not None and entry.state == "in use" else None


def machine_now(workspace: Workspace, items: Sequence[SampleItem]) -> dict[int, str | None]:
    """What the machine says of the items in the figures that are shown; items whose comment is gone are left out."""
    lake: Lake = room(workspace).lake
    comments = {c.feedback_id: c for c in lake.comments(list({item.feedback_id for item in items}))}
    found: dict[int, str | None] = {}
    for item in items:
        comment = comments.get(item.feedback_id)
        mention = _of(comment, item) if comment else None
        if mention is not None:
            found[item.pk] = mention.machine_theme
    return found


def uncoded(workspace: Workspace) -> list[tuple[Figures, Estimate]]:
    """For each version of the codebook that there are figures of: the newest of them, and the share of mentions that
    nothing codes. Newest first."""
    found: dict[int, Figures] = {}
    for figures in Figures.objects.filter(workspace=workspace).order_by("-created", "-pk"):
        found.setdefault(figures.codebook_version, figures)
    told = []
    for version in sorted(found, reverse=True):
        overview = found[version].overview
        n = overview["mentions"]
        told.append((found[version], proportion(n - overview["coded_mentions"], n)))
    return told
