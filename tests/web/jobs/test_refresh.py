"""New figures: what they hold, what they say of it, and that doing it twice is as doing it once."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from balm.lake.feedback import FeedbackStore
from balm.lake.importing import import_files
from balm.redaction import redact_table, redact_texts
from balm.understand.codebook.edits import Merge as MergeThemes
from balm.web.codebook.models import Version
from balm.web.customers.models import Merge
from balm.web.feedback.models import Recode
from balm.web.jobs import claims
from balm.web.jobs.models import Job
from balm.web.jobs.services import HANDLERS, Lost, State
from balm.web.jobs.worker import drain
from balm.web.painpoints.figures import current, of
from balm.web.painpoints.models import Figures, PainPoint
from balm.web.painpoints.services import ask_refresh
from balm.web.painpoints.work import gather
from balm.web.site.paths import workspace_dir

pytestmark = pytest.mark.django_db


@pytest.fixture
def comments(small_csv: Path, tmp_path: Path) -> Callable[[int, int], Path]:
    """`comments(0, 300)`: a file with those rows of the demo company."""
    with small_csv.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)

    def some(first: int, last: int) -> Path:
        path = tmp_path / f"{first}-{last}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *rows[first:last]])
        return path

    return some


def put(workspace, path: Path) -> None:
    with FeedbackStore(workspace_dir(workspace)) as store:
        import_files(path, store, redact=redact_table, redact_text=redact_texts)


def shown(workspace) -> tuple:
    snapshot = current(workspace)
    return (snapshot.overview, snapshot.painpoints, snapshot.themes)


def test_figures_are_those_of_the_lake(workspace, other_workspace, comments) -> None:
    import balm

    put(workspace, comments(0, 400))
    ask_refresh(workspace)
    ask_refresh(workspace)
    assert drain() == 2  # the figures, once, and the look at what is new in them
    snapshot = current(workspace)
    alone = balm.analyze(comments(0, 400))
    assert snapshot.overview.comments == alone.overview.comments == 400
    assert [p.theme_id for p in snapshot.painpoints] == [p.theme_id for p in alone.painpoints]
    assert snapshot.painpoints[0].reach == alone.painpoints[0].reach
    assert snapshot.row.comments == 400
    assert snapshot.row.seconds > 0
    assert set(PainPoint.objects.values_list("theme", flat=True)) == set(snapshot.by_theme)
    assert current(other_workspace) is None
    put(workspace, comments(400, 600))
    ask_refresh(workspace)
    drain()
    assert current(workspace).overview.comments == 600
    assert current(workspace).row.feedback_version > snapshot.row.feedback_version


def test_a_workspace_without_comments_has_no_figures(workspace, comments) -> None:
    ask_refresh(workspace)
    drain()
    assert Job.objects.get().state == State.DONE
    assert current(workspace) is None
    put(workspace, comments(0, 200))
    ask_refresh(workspace)
    drain()
    assert current(workspace)
    with FeedbackStore(workspace_dir(workspace)) as store:
        store.take_back(store.imports[0].key)
    ask_refresh(workspace)
    drain()
    assert current(workspace) is None


def test_figures_hold_what_people_decided(workspace, member, comments) -> None:
    by = member("analyst")
    put(workspace, comments(0, 600))
    ask_refresh(workspace)
    drain()
    before = current(workspace)
    first, second, third = [pain.theme_id for pain in before.painpoints if pain.origin == "codebook"][:3]
    edit = MergeThemes(sources=(second,), into=first)
    old = Version.objects.create(workspace=workspace, number=1, edits=[], by=by, figures_before=before.row)
    Version.objects.create(workspace=workspace, number=2, edits=[edit.to_json()], by=by, figures_before=before.row)
    ask_refresh(workspace)
    drain()
    after = current(workspace)
    assert second not in after.by_theme
    assert after.theme[first].mentions > before.theme[first].mentions
    assert after.row.codebook_version == 2
    assert set(Version.objects.values_list("figures_after", flat=True)) == {after.row.pk}
    assert of(old.figures_before).theme[first].mentions == before.theme[first].mentions
    assert third in after.by_theme


def test_customers_and_codings_of_people_count(workspace, comments) -> None:
    put(workspace, comments(0, 400))
    with FeedbackStore(workspace_dir(workspace)) as store:
        table = next(iter(store.batches()))
        keys = sorted({key for key in table["customer"].to_pylist() if key})[:3]
    ask_refresh(workspace)
    drain()
    before = current(workspace)
    Merge.objects.create(workspace=workspace, into=keys[0], keys=keys)
    undone = Merge.objects.create(workspace=workspace, into="x", keys=["y"], undone="2026-01-01T00:00Z")
    quote = before.painpoints[0].quotes[0]
    Recode.objects.create(workspace=workspace, feedback_id=quote.feedback_id, mention=0, theme="")
    inputs = gather(workspace)
    assert inputs.decisions.customers == {keys[1]: keys[0], keys[2]: keys[0]}
    assert "y" not in inputs.decisions.customers
    assert undone.undone
    ask_refresh(workspace)
    drain()
    after = current(workspace)
    assert after.overview.customers == before.overview.customers - 2
    assert after.row.decisions["recoded"] == 1
    assert after.row.decisions["digest"] != before.row.decisions["digest"]


def test_making_figures_twice_is_making_them_once(workspace, comments) -> None:
    put(workspace, comments(0, 300))
    ask_refresh(workspace)
    drain()
    first = shown(workspace)
    job = Job.objects.get(kind="refresh")
    Job.objects.filter(pk=job.pk).update(state=State.WAITING)  # as after a death between its last write and its end
    drain()
    assert shown(workspace) == first


def test_a_run_that_was_taken_over_shows_nothing(workspace, comments) -> None:
    put(workspace, comments(0, 300))
    ask_refresh(workspace)
    job = claims.claim("slow")
    Job.objects.filter(pk=job.pk).update(beat=None)
    claims.take_over("other")
    with pytest.raises(Lost):
        HANDLERS[job.kind](job, lambda *at: None)
    assert not Figures.objects.exists()
