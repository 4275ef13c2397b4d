"""Themes keep their names: a theme found in January is the same theme in February.

A refit of any method moves themes. So discovery keeps its first space and centroids (`Frozen`): later texts are placed
in them, what was placed stays, and only new texts that fit no old theme may found new ones.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from balm.core.types import Estimate
from balm.understand.block import Block
from balm.understand.discovery import DiscoveredTheme, Discovery, discover, place
from balm.understand.kmeans import Labels, Rows
from balm.understand.space import Space
from balm.understand.tokens import documents

FORMAT = 1
FEWEST_NEW = 30
"""Texts that fit no old theme, below which no new theme is sought."""


@dataclass(frozen=True)
class Frozen:
    """What a later run needs to give old themes their old ids.

    `themes` as they were found; `reach`, shape (k,): the least likeness to its centroid of a text that counts as one of
    the theme's own (the 5th percentile of those it was founded on); `shares`, shape (k,): of the founding texts.
    """

    space: Space
    themes: tuple[DiscoveredTheme, ...]
    reach: NDArray[np.float32]
    shares: NDArray[np.float32]

    @classmethod
    def of(cls, found: Discovery, texts: Block | Sequence[str]) -> Frozen | None:
        """The state after `discover(texts)`; None where it found nothing."""
        if found.space is None or not found.themes:
            return None
        rows = found.space.rows(_count(found.space, documents(texts)))
        near = _likeness(rows, found.labels.astype(np.int64), found.centroids)
        k = len(found.themes)
        members = [near[found.labels == i] for i in range(k)]
        reach = np.array([np.quantile(m, 0.05) if len(m) else 1 for m in members], np.float32)
        shares = np.bincount(found.labels[found.labels >= 0], minlength=k) / max(len(found.labels), 1)
        return cls(found.space, found.themes, reach, shares.astype(np.float32))

    def assign(self, texts: Block | Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Theme (index, −1 for none) and sureness of each text, in the space as it was."""
        labels, sure = place(documents(texts), self.space, np.array([t.centroid for t in self.themes], np.float32))
        return labels.astype(np.int32), sure

    def extend(
        self,
        texts: Block | Sequence[str],
        *,
        seen: NDArray[np.bool_] | None = None,
        most: int = 5,
        seed: int = 0,
    ) -> tuple[Discovery, Frozen]:
        """Code `texts` by the old themes; let new texts that fit none found at most `most` new ones.

        `seen`, shape (n,): texts that an earlier run coded; they never move (None: all are new). New themes are
        candidates for a person: groups of texts outside the reach of every old theme whose share among new texts is
        at least twice that among the seen ones, those that rose most first, unless an old theme has their words. Old
        themes keep id, phrases and centroid; labels count on from theirs.
        """
        block = documents(texts)
        labels, sure = self.assign(block)
        new = np.ones(len(block), np.bool_) if seen is None else ~seen
        near = _likeness(self.space.rows(_count(self.space, block)), labels.astype(np.int64), self._centroids)
        far = np.flatnonzero((labels < 0) | (near < self.reach[np.maximum(labels, 0)]))
        themes = list(self.themes)
        if np.count_nonzero(new[far]) >= FEWEST_NEW:
            fresh = discover(Block.of([block[i] for i in far.tolist()]), seed=seed)
            for i in self._founded(fresh, new[far], new, most):
                mine = far[(fresh.labels == i) & new[far]]
                labels[mine] = len(themes)
                sure[mine] = fresh.confidence[(fresh.labels == i) & new[far]]
                themes.append(self._placed(fresh.themes[i]))
        count = np.bincount(labels[labels >= 0], minlength=len(themes))
        shown = tuple(
            replace(t, texts=int(n), weight=float(n / max(len(block), 1))) for t, n in zip(themes, count, strict=True)
        )
        return Discovery(labels, sure, shown, self.space), self._grown(themes, labels)

    def _founded(self, fresh: Discovery, is_new: NDArray[np.bool_], new: NDArray[np.bool_], most: int) -> list[int]:
        """Groups of `fresh` that are new themes, the share that rose most first."""
        old_ids = {theme.id for theme in self.themes}
        old_words = [set(theme.anchors[:4]) for theme in self.themes]
        n_new, n_seen = max(int(new.sum()), 1), max(int((~new).sum()), 1)
        rises: list[tuple[float, int]] = []
        for i, theme in enumerate(fresh.themes):
            words = set(theme.anchors[:4])
            mine = fresh.labels == i
            now, before = np.count_nonzero(mine & is_new), np.count_nonzero(mine & ~is_new) / n_seen
            known = theme.id in old_ids or any(len(words & old) >= 2 for old in old_words)
            if words and not known and now >= max(FEWEST_NEW // 2, n_new // 500) and now / n_new >= 2 * before:
                rises.append((before - now / n_new, i))
        return [i for _, i in sorted(rises)[:most]]

    def _placed(self, theme: DiscoveredTheme) -> DiscoveredTheme:
        """A new theme with a centroid in the old space, made of its words."""
        center = self.space.rows(_count(self.space, Block.of([" ".join(theme.anchors)])))[0]
        return replace(theme, centroid=center.astype(np.float32), examples=())

    def _grown(self, themes: list[DiscoveredTheme], labels: NDArray[np.int32]) -> Frozen:
        added = len(themes) - len(self.themes)
        count = np.bincount(labels[labels >= 0], minlength=len(themes))[len(self.themes) :]
        reach = np.concatenate([self.reach, np.full(added, float(np.median(self.reach)), np.float32)])
        shares = np.concatenate([self.shares, (count / max(len(labels), 1)).astype(np.float32)])
        return Frozen(self.space, tuple(themes), reach.astype(np.float32), shares.astype(np.float32))

    @property
    def _centroids(self) -> Rows:
        return np.array([theme.centroid for theme in self.themes], np.float32)

    def save(self, folder: Path) -> None:
        """Write `themes.npz` (numbers) and `themes.state.json` (words) into a folder; nothing in them is executable."""
        folder.mkdir(parents=True, exist_ok=True)
        views = {f"view{i}": view for i, view in enumerate(self.space.views)}
        centers = {f"center{i}": center for i, center in enumerate(self.space.centers)}
        np.savez(
            folder / "themes.npz",
            allow_pickle=False,
            weights=self.space.weights,
            reach=self.reach,
            shares=self.shares,
            centroids=self._centroids,
            **views,
            **centers,
        )
        state = {
            "format": FORMAT,
            "words": self.space.words,
            "themes": [
                {"id": t.id, "phrases": t.phrases, "anchors": t.anchors, "texts": t.texts, "weight": t.weight}
                for t in self.themes
            ],
        }
        text = json.dumps(state, ensure_ascii=False, sort_keys=True)
        (folder / "themes.state.json").write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Frozen | None:
        """The state in a folder; None where there is none, or one of another format."""
        words, numbers = folder / "themes.state.json", folder / "themes.npz"
        if not (words.is_file() and numbers.is_file()):
            return None
        state: dict[str, Any] = json.loads(words.read_text(encoding="utf-8"))
        if state.get("format") != FORMAT:
            return None
        with np.load(numbers, allow_pickle=False) as stored:
            data = dict(stored)
        views = tuple(data[f"view{i}"] for i in range(sum(name.startswith("view") for name in data)))
        centers = tuple(data[f"center{i}"] for i in range(len(views)))
        themes = tuple(
            DiscoveredTheme(
                id=t["id"],
                phrases={language: tuple(shown) for language, shown in t["phrases"].items()},
                anchors=tuple(t["anchors"]),
                texts=t["texts"],
                weight=t["weight"],
                examples=(),
                centroid=centroid,
            )
            for t, centroid in zip(state["themes"], data["centroids"], strict=True)
        )
        space = Space(tuple(state["words"]), views, centers, data["weights"])
        return cls(space, themes, data["reach"], data["shares"])


def _count(space: Space, block: Block) -> Any:
    from balm.understand.tokens import Tokens

    return space.count(Tokens.of(block))


def _likeness(rows: Rows, labels: Labels, centroids: Rows) -> NDArray[np.float32]:
    """Cosine of each row and the centroid of its label; 0 without a label."""
    unit = centroids / np.maximum(np.linalg.norm(centroids, axis=1, keepdims=True), 1e-9)
    near = np.einsum("nd,nd->n", rows, unit[np.maximum(labels, 0)])
    return np.where(labels >= 0, near, 0).astype(np.float32)


def match_themes(
    old: NDArray[np.integer],
    new: NDArray[np.integer],
    old_centroids: Rows | None = None,
    new_centroids: Rows | None = None,
) -> dict[int, int]:
    """For themes fitted anew, new index → old index, by the members they share.

    `old`, `new`, shape (n,): theme of the same texts in both fits, −1 for none. Shared members count as the Jaccard
    index; where centroids of one space are given, their cosine counts a quarter beside. Pairs are chosen for the
    greatest sum (Hungarian method); one that shares less than a tenth is no match.
    """
    from scipy.optimize import linear_sum_assignment  # half a second to import, and seldom needed

    both = (old >= 0) & (new >= 0)
    rows, columns = int(old.max(initial=-1)) + 1, int(new.max(initial=-1)) + 1
    if not rows or not columns:
        return {}
    shared = np.zeros((rows, columns))
    np.add.at(shared, (old[both], new[both]), 1)
    size = np.bincount(old[old >= 0], minlength=rows)[:, None] + np.bincount(new[new >= 0], minlength=columns)
    likeness = shared / np.maximum(size - shared, 1)
    value = likeness.copy()
    if old_centroids is not None and new_centroids is not None:
        a, b = (c / np.maximum(np.linalg.norm(c, axis=1, keepdims=True), 1e-9) for c in (old_centroids, new_centroids))
        value += 0.25 * (a @ b.T)
    pairs = zip(*linear_sum_assignment(-value), strict=True)
    return {int(j): int(i) for i, j in pairs if likeness[i, j] >= 0.1}


def moved_share(old: Sequence[str | None], new: Sequence[str | None]) -> Estimate:
    """Share of mentions coded before whose theme id is now another one, or none (Wilson's 95 % interval)."""
    pairs = [(a, b) for a, b in zip(old, new, strict=True) if a is not None]
    n = len(pairs)
    if not n:
        return Estimate(None, None, None, 0, "wilson")
    moved = sum(a != b for a, b in pairs)
    p, z = moved / n, float(ndtri(0.975))
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * float(np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)))
    return Estimate(p, max(0.0, middle - half), min(1.0, middle + half), n, "wilson")
