"""Item 7: what becomes of theme ids when 10 % more comments come, beside peers that are fitted anew."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

import balm
from benchmarks import peers, sets
from benchmarks.scoring import Labels, ari, kept_after_matching
from benchmarks.section import Section, table

FIRST = 0.9
SEED = 5


@dataclass(frozen=True)
class Row:
    """`kept`: share whose label is the same by name; `matched`: where labels are first paired as well as can be."""

    method: str
    n: int
    kept: float
    matched: float
    ari: float

    @classmethod
    def of(cls, method: str, before: Labels, after: Labels) -> Row:
        kept = sum(a == b for a, b in zip(before, after, strict=True)) / len(before)
        return cls(method, len(before), kept, kept_after_matching(before, after), ari(before, after))

    def cells(self) -> tuple[str, ...]:
        return (self.method, f"{self.kept:.3f}", f"{self.matched:.3f}", f"{self.ari:.3f}", f"{self.n:,}")


def airline() -> tuple[sets.Labeled, NDArray[np.bool_]]:
    """The complaints, and which of them are the earlier 90 %."""
    data = sets.airline()
    when = [r["tweet_created"] for r in sets.rows(sets.AIRLINE) if r["negativereason"] not in ("", "Can't Tell")]
    order = np.argsort(np.array(when), kind="stable")
    return data, _first(order)


def shops() -> tuple[sets.Labeled, NDArray[np.bool_]]:
    """The reviews, and 90 % of them drawn at random: they have no date."""
    data = sets.shops()
    return data, _first(np.random.default_rng(SEED).permutation(len(data.texts)))


def _first(order: NDArray[np.int64]) -> NDArray[np.bool_]:
    first = np.zeros(len(order), np.bool_)
    first[order[: int(FIRST * len(order))]] = True
    return first


def ours(data: sets.Labeled, first: NDArray[np.bool_], codebook: str) -> list[Row]:
    """Mentions of the comments that both runs see, with what was kept from the first run and without."""
    themes = {"themes": data.k} if codebook == "none" else {}
    with tempfile.TemporaryDirectory(dir=peers.WORK) as name:
        folder = Path(name)
        some, every = folder / "some.csv", folder / "every.csv"
        _write(some, data, np.flatnonzero(first))
        _write(every, data, np.arange(len(first)))

        def analyze(path: Path, out: str) -> dict[tuple[str, int], str | None]:
            balm.analyze(path, id="id", text="text", out=folder / out, codebook=codebook, **themes)
            read = pq.read_table(folder / out / "mentions.parquet", columns=["feedback_id", "start", "theme_id"])
            ids, starts, found = (read.column(i).to_pylist() for i in range(3))
            return dict(zip(zip(ids, starts, strict=True), found, strict=True))

        before = analyze(some, "kept")
        kept, anew = analyze(every, "kept"), analyze(every, "anew")
    what = "starter codebook" if codebook == "starter" else "discovery alone"
    return [_shared(f"**Balm**, {what}, same folder", before, kept), _shared(f"Balm, {what}, anew", before, anew)]


def _write(path: Path, data: sets.Labeled, places: NDArray[np.int64]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["id", "text"])
        out.writerows([f"C{i}", data.texts[i]] for i in places.tolist())


def _shared(name: str, before: dict[tuple[str, int], str | None], after: dict[tuple[str, int], str | None]) -> Row:
    """Every mention of the first run; one that is not there any more counts as moved."""
    return Row.of(name, list(before.values()), [after.get(key, "gone") for key in before])


def peer(name: str, method: str, data: sets.Labeled, first: NDArray[np.bool_]) -> Row:
    some = [data.texts[i] for i in np.flatnonzero(first).tolist()]
    before, after = (peers.ask(method, texts, language=data.language, k=data.k) for texts in (some, data.texts))
    row = Row.of(name, before.values, np.array(after.values)[first].tolist())
    print(f"  {data.name}: {name} {row.matched:.3f} {row.ari:.3f}", flush=True)
    return row


PEERS = {
    "bertopic": "BERTopic, default",
    "svd_kmeans": "TF-IDF + SVD + k-means",
    "nmf": "NMF",
}
LOADERS: tuple[Callable[[], tuple[sets.Labeled, NDArray[np.bool_]]], ...] = (airline, shops)


def run(quick: bool = False) -> Section:
    """`quick`: without BERTopic."""
    parts, said = [], []
    for load in LOADERS:
        data, first = load()
        rows = ours(data, first, "starter") + ours(data, first, "none")
        found = [peer(name, m, data, first) for m, name in PEERS.items() if not (quick and "bertopic" in m)]
        best = max(found, key=lambda row: row.matched)
        mine = rows[2]  # discovery alone: the same task as the peers'
        met = "met" if rows[0].kept > best.matched and mine.kept > best.matched else "**missed**"
        beside = "; ".join(f"{row.method} {row.matched:.1%}" for row in found)
        said.append(
            f"{data.name}: {met}, {rows[0].kept:.1%} of the mentions keep their id with the starter codebook, "
            f"{mine.kept:.1%} with discovery alone. Peers, of the comments, matched as well as can be: {beside}."
        )
        how = "the earlier" if load is airline else "a random"
        parts += [
            f"**{data.name}**: {how} {FIRST:.0%}, then all {len(first):,}",
            table(
                ("method", "same id", "same id, best matching", "ARI", "n"), [row.cells() for row in [*rows, *found]]
            ),
        ]
    parts.append(
        "Shared comments alone are compared; ours by mention (clause), the peers by comment. *Same folder*: the second "
        "run finds what the first one learnt, as a user's second month does; *anew*: it does not. A peer's ids are "
        "topic numbers, so only the columns that match first are fair to it. Having no theme, or being an outlier, "
        "counts as an id."
    )
    return Section(
        "7. Stability of theme ids", "Target: ids hold better than BERTopic's. " + " ".join(said), "\n\n".join(parts)
    )
