"""What changes imports: a file comes in, its reading is chosen, it is started, taken back or thrown away."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from balm.collect.columns import ColumnMap
from balm.collect.files import File
from balm.core.errors import InputRefused, WrongUse
from balm.web.feedback import upload
from balm.web.feedback.imports_look import look, to_map
from balm.web.feedback.models import Import
from balm.web.jobs.apart import ChildBroke, ChildDied, run_apart
from balm.web.jobs.models import Job
from balm.web.jobs.services import enqueue
from balm.web.people.audit import record
from balm.web.people.models import User, Workspace

log = logging.getLogger(__name__)

State = Import.State
ACTIVE = (State.WAITING, State.RUNNING, State.DONE, State.TAKING_BACK)
"""States in which the rows of an import are in the lake, or on their way into or out of it."""

OPEN = (State.CHECKING, State.FAILED)
"""States in which its mapping can be chosen."""

IMPORT, TAKE_BACK, CLEAR = "import", "take_back", "import.clear"
"""Kinds of jobs."""

_LOOK = "look.json"


class Refused(Exception):
    """A file, or what was asked for it, cannot be used. `code`, `facts`: see `imports_words`; `name`: of the file."""

    def __init__(self, code: str, name: str = "", message: str = "", **facts: Any) -> None:
        super().__init__(message or code)
        self.code, self.name, self.message, self.facts = code, name, message, facts


def receive(workspace: Workspace, user: User | None, name: str, chunks: Iterable[bytes]) -> Import:
    """Take in a file; it is looked at, and imported when `start` is called.

    The same bytes once more are the import that they are already, unless the file has several sheets. Raises Refused
    for a file that cannot be used ("too_large" beyond `settings.BALM_UPLOAD_BYTES`); nothing is kept of it.
    """
    shown = upload.clean_name(name)
    try:
        landed = upload.land(chunks)
    except upload.TooLarge as error:
        raise Refused("too_large", shown, limit=error.limit) from None
    return keep(workspace, user, shown, landed)


def keep(workspace: Workspace, user: User | None, name: str, landed: upload.Landed) -> Import:
    """As `receive`, for a file that is on the disk already."""
    name = upload.clean_name(name)
    try:
        if landed.size > settings.BALM_UPLOAD_BYTES:
            raise Refused("too_large", name, limit=settings.BALM_UPLOAD_BYTES)
        seen = _look(File(landed.path, name))
        item = _keep(workspace, user, name, landed, seen)
    except BaseException:
        landed.drop()
        raise
    if item.path != landed.token:
        landed.drop()
    return item


@transaction.atomic
def _keep(workspace: Workspace, user: User | None, name: str, landed: upload.Landed, seen: dict[str, Any]) -> Import:
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)  # the same file twice at once is one
    same = Import.objects.filter(workspace=workspace, digest=landed.digest)
    there = same.filter(state__in=(*ACTIVE, *OPEN)).first()
    if there is not None and (there.state in OPEN or len(seen["sheets"]) < 2):
        return there
    _note(landed.token, seen)
    item = Import.objects.create(
        workspace=workspace,
        name=name,
        path=landed.token,
        size=landed.size,
        digest=landed.digest,
        columns=_guessed(seen, landed.digest),
        by=user,
    )
    record(workspace, user, "import.add", item.pk, name=name, size=landed.size, sha256=landed.digest)
    return item


def look_again(item: Import, sheet: str | None = None, heading: int | None = None) -> dict[str, Any]:
    """Look at an upload as another sheet or heading shows it. Raises Refused, and keeps what was seen before."""
    if item.state not in OPEN:
        raise Refused("not_open", item.name)
    seen = _look(File(upload.place(item.path), item.name, sheet, heading))
    seen["asked"] = {"sheet": sheet, "heading": heading}
    _note(item.path, seen)
    with transaction.atomic():
        item.columns = _guessed(seen, item.columns["bytes"])
        Import.objects.filter(pk=item.pk, state__in=OPEN).update(columns=item.columns)
    return seen


def _guessed(seen: dict[str, Any], digest: str) -> dict[str, Any]:
    """What an import keeps of its columns before it starts. `bytes`: the digest of the whole file."""
    return (seen["guess"] or {}) | {"bytes": digest}


def seen(item: Import) -> dict[str, Any]:
    """What was seen in an upload; it is looked at again where that is not there. Raises Refused."""
    try:
        return dict(json.loads((upload.folder_of(item.path) / _LOOK).read_text("utf-8", "surrogatepass")))
    except (OSError, ValueError):
        found = _look(File(upload.place(item.path), item.name))
        _note(item.path, found)
        return found


def _look(file: File) -> dict[str, Any]:
    try:
        return dict(run_apart(look, file))
    except InputRefused as error:
        raise Refused(error.code or "unreadable", file.name, str(error), **error.facts) from None
    except WrongUse as error:
        raise Refused("no_sheet", file.name, str(error)) from None
    except ChildDied:
        raise Refused("too_much", file.name) from None
    except ChildBroke as error:  # a file of a kind that nobody thought of
        log.error("an upload cannot be looked at:\n%s", error)
        raise Refused("unreadable", file.name) from None


def _note(token: str, seen: dict[str, Any]) -> None:
    path = upload.folder_of(token) / _LOOK
    scratch = path.with_suffix(".tmp")
    scratch.touch(0o600)
    scratch.write_text(json.dumps(seen, ensure_ascii=False), "utf-8", "surrogatepass")
    scratch.replace(path)


def start(item: Import, columns: ColumnMap | Mapping[str, Any] | None, user: User | None) -> Job:
    """Import a file that was received, its columns read as `columns` says (None: as guessed).

    An import that was started already gives its job. Raises Refused where the columns are not there, or no column
    holds the comments; `facts["field"]` names what is wrong.
    """
    with transaction.atomic():
        held = Import.objects.select_for_update().get(pk=item.pk)
        if held.state in ACTIVE and held.job is not None:
            item.state, item.job = held.state, held.job
            return held.job
        if held.state not in OPEN:
            raise Refused("not_open", held.name)
        found = seen(held)
        chosen = _chosen(columns, found)
        before, held.digest = held.digest, _key(held.columns["bytes"], found)
        other = Import.objects.filter(workspace=held.workspace, digest=held.digest, state__in=ACTIVE).first()
        if other is not None:
            raise Refused("sheet_again", held.name, field="sheet", other=other.pk)
        # what a failed reading of another sheet left in the lake goes; before that, the key was nobody's or another's
        tried = held.state == State.FAILED and before != held.digest
        payload = {"import": held.pk, "drop": before if tried else ""}
        job = enqueue(held.workspace, IMPORT, payload, key=f"{IMPORT} {held.pk}", asked_by=user)
        held.columns = chosen.to_json() | {
            "bytes": held.columns["bytes"],
            "sheet": found["sheet"],
            "heading": found.get("asked", {}).get("heading"),
            "reasons": _reasons(chosen.to_json(), found),
        }
        held.state, held.job, held.problem, held.finished = State.WAITING, job, {}, None
        held.rows = held.kept = held.duplicates = 0
        held.rejected, held.unread_cells = {}, {}
        held.save()
        record(held.workspace, user, "import.start", held.pk, name=held.name, columns=held.columns)
    item.refresh_from_db()
    return job


def _chosen(columns: ColumnMap | Mapping[str, Any] | None, found: dict[str, Any]) -> ColumnMap:
    if columns is None:
        columns = found["guess"] or {}
    if not isinstance(columns, ColumnMap):
        if not columns.get("text"):
            raise Refused("no_text", field="text")
        try:
            columns = to_map(dict(columns))
        except ValueError:
            raise Refused("no_scale", field="scale") from None
    missing = [name for name in columns.used if name not in found["names"]]
    if missing:
        raise Refused("no_column", field="text", column=missing[0])
    return columns


def _key(digest: str, found: dict[str, Any]) -> str:
    """What the lake knows an import by: the digest of its bytes, and of the sheet where that was chosen."""
    if found["sheet"] in (None, found["default_sheet"]):
        return digest
    return sha256(f"{digest} {found['sheet']}".encode()).hexdigest()


def _reasons(chosen: dict[str, Any], found: dict[str, Any]) -> dict[str, str]:
    """Why a column was taken, for the roles that were left as guessed."""
    guess = found["guess"] or {}
    return {role: why for role, why in found["reasons"].items() if role in guess and guess[role] == chosen[role]}


def file_of(item: Import) -> File:
    """The upload of an import, to be read as it was chosen."""
    asked = item.columns
    return File(upload.place(item.path), item.name, asked.get("sheet"), asked.get("heading"), item.digest)


@transaction.atomic
def take_back(item: Import, user: User | None) -> Job:
    """Take an import back: its comments, their mentions and its rejected rows go, and the figures follow.

    Raises Refused for one that is not done, failed or being taken back.
    """
    held = Import.objects.select_for_update().get(pk=item.pk)
    if held.state == State.TAKING_BACK and held.job is not None:
        return held.job
    if held.state not in (State.DONE, State.FAILED):
        raise Refused("not_done", held.name)
    job = enqueue(held.workspace, TAKE_BACK, {"import": held.pk}, key=f"{TAKE_BACK} {held.pk}", asked_by=user)
    held.state, held.job, held.problem = State.TAKING_BACK, job, {}
    held.save(update_fields=["state", "job", "problem"])
    record(held.workspace, user, "import.take_back", held.pk, name=held.name, comments=held.kept)
    item.refresh_from_db()
    return job


def discard(item: Import, user: User | None) -> None:
    """Throw away an upload that was never imported. Raises Refused for any other."""
    with transaction.atomic():
        held = Import.objects.select_for_update().get(pk=item.pk)
        if held.state != State.CHECKING:
            raise Refused("not_open", held.name)
        record(held.workspace, user, "import.discard", held.pk, name=held.name)
        held.delete()
    upload.remove(held.path)


def begun(item: Import) -> None:
    """The worker has begun, inside its transaction."""
    item.state = State.RUNNING
    item.save(update_fields=["state"])


def done(item: Import, counts: dict[str, Any]) -> None:
    """The rows are in the lake, inside the worker's transaction: the counts, the audit row, and new figures."""
    from balm.web.painpoints.services import ask_refresh

    for name, value in counts.items():
        setattr(item, name, value)
    item.state, item.problem, item.finished = State.DONE, {}, timezone.now()
    item.save()
    rejected = sum(item.rejected.values())
    record(
        item.workspace, item.by, "import.done", item.pk,
        name=item.name, rows=item.rows, kept=item.kept, duplicates=item.duplicates, rejected=rejected,
    )  # fmt: skip
    ask_refresh(item.workspace, item.by)


def refused(item: Import, code: str, message: str, facts: dict[str, Any]) -> None:
    """Why the file cannot be imported, and what was counted before that showed; the state follows with the job's."""
    for name in ("rows", "kept", "duplicates", "rejected", "unread_cells"):
        if name in facts:
            setattr(item, name, facts.pop(name))
    item.problem = {"code": code or "unreadable", "message": message, "facts": facts}
    item.save()


def gave_up(item: Import, job: Job) -> None:
    """Its job failed for good or was canceled, inside that transaction. What it left in the lake is cleared away."""
    if item.state not in (State.WAITING, State.RUNNING):
        return
    if not item.problem:
        item.problem = {"code": str(job.reason), "message": job.error, "facts": {}}
    item.state, item.finished = State.FAILED, timezone.now()
    item.save()
    record(item.workspace, item.by, "import.failed", item.pk, name=item.name, reason=item.problem["code"])
    if item.problem["code"] != "none_usable":  # then there are only rejected rows, which a person wants to see
        enqueue(item.workspace, CLEAR, {"import": item.pk}, key=f"{CLEAR} {item.pk}", asked_by=item.by)


def taken_back(item: Import) -> None:
    """The rows have left the lake, inside the worker's transaction."""
    from balm.web.painpoints.services import ask_refresh

    item.state, item.finished = State.TAKEN_BACK, timezone.now()
    item.save(update_fields=["state", "finished"])
    record(item.workspace, item.by, "import.taken_back", item.pk, name=item.name)
    ask_refresh(item.workspace, item.by)


def kept_after_all(item: Import, job: Job) -> None:
    """Taking back failed for good, inside that transaction: the import stands."""
    if item.state == State.TAKING_BACK:
        item.state = State.DONE if item.kept or item.duplicates else State.FAILED
        item.problem = {"code": "not_taken_back", "message": job.error, "facts": {}}
        item.save(update_fields=["state", "problem"])
