"""One slide as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from balm.communicate.figure import Figure, Table
from balm.core.types import Labels


@dataclass(frozen=True, slots=True)
class Slide:
    """What stands on one slide, from top to bottom.

    `lead`: a sentence under the title. `quotes`: customers' words, in their own language, set apart. `table`: continued
    on further slides where it is longer than one takes. `widths`: shares of its columns, equal by default. `notes`: for
    the speaker: where each number comes from. `kind`: "title" is the first slide: title, lead and points alone.
    """

    title: Labels
    lead: Labels | None = None
    points: tuple[Labels, ...] = ()
    quotes: tuple[str, ...] = ()
    figure: Figure | None = None
    table: Table | None = None
    widths: tuple[float, ...] = ()
    notes: tuple[Labels, ...] = field(default=())
    kind: Literal["title", "body"] = "body"
