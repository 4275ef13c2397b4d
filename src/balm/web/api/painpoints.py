"""Reading the current figures."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from ninja import Path, Query, Router, Schema

from balm.core.types import PainPoint, to_json
from balm.web.api.keys import Key, KeyRequest
from balm.web.api.problems import Problem
from balm.web.painpoints import figures
from balm.web.painpoints.models import PainPoint as Row

router = Router(tags=["pain points"], auth=Key("read"))


class AsOf(Schema):
    """Of when the figures are. `as_of` is null before the first analysis."""

    as_of: dt.datetime | None
    comments: int
    customers: int
    codebook_version: int


class PainPoints(AsOf):
    """Ranked by customer impact, the worst first. An item is that of painpoints.json, with `state` and `rank`."""

    total: int
    pain_points: list[dict[str, Any]]


class OnePainPoint(AsOf):
    pain_point: dict[str, Any]


@router.get("/pain-points", response=PainPoints, summary="The ranked list, with estimates")
def pain_points(
    request: KeyRequest,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> dict[str, Any]:
    """Every number that is inferred is `{"value", "low", "high", "n", "method"}`, with the 95 % interval."""
    shown = figures.current(request.auth.workspace)
    pains = shown.painpoints if shown else ()
    states = _states(request)
    items = [_item(rank, pain, states) for rank, pain in enumerate(pains, 1)]
    return _as_of(shown) | {"total": len(items), "pain_points": items[offset : offset + limit]}


@router.get("/pain-points/{theme_id}", response=OnePainPoint, summary="One pain point, by the id of its theme")
def pain_point(request: KeyRequest, theme_id: Annotated[str, Path(max_length=120)]) -> dict[str, Any]:
    """404 where no pain point has this id."""
    shown = figures.current(request.auth.workspace)
    pains = shown.painpoints if shown else ()
    states = _states(request)
    for rank, pain in enumerate(pains, 1):
        if pain.theme_id == theme_id:
            return _as_of(shown) | {"pain_point": _item(rank, pain, states)}
    raise Problem(404, "No pain point has this id.", theme_id=theme_id)


def _states(request: KeyRequest) -> dict[str, str]:
    return dict(Row.objects.filter(workspace=request.auth.workspace).values_list("theme", "state"))


def _item(rank: int, pain: PainPoint, states: dict[str, str]) -> dict[str, Any]:
    return {"rank": rank, "state": states.get(pain.theme_id), **to_json(pain)}


def _as_of(shown: figures.Snapshot | None) -> dict[str, Any]:
    if shown is None:
        return {"as_of": None, "comments": 0, "customers": 0, "codebook_version": 0}
    row = shown.row
    return {
        "as_of": row.as_of,
        "comments": row.comments,
        "customers": row.customers,
        "codebook_version": row.codebook_version,
    }
