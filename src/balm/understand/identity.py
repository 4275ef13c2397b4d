"""Themes keep their names: a theme found in January is the same theme in February.

A refit of any method moves themes. So discovery keeps its first space and centroids (`Frozen`): later texts are placed
in them, what was placed stays, and only new texts that fit no old theme may found new ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from threadpoolctl import threadpool_limits

from balm.core.types import Estimate
from balm.understand.block import Block
from balm.understand.discovery import DiscoveredTheme, Discovery, discover, sureness
from balm.understand.kmeans import Labels, Rows, assign
from balm.understand.space import Space
from balm.understand.tokens import Tokens, documents

FEWEST_NEW = 30
"""New texts that fit no old theme, below which no new theme is sought."""
REACH = 0.1
"""Share of a theme's founding texts that may lie outside its reach."""


@dataclass(frozen=True)
class Frozen:
    """What a later run needs to give old themes their old ids. `balm.core.archive` keeps it.

    `own`: the themes found together in `space`; `proposed`, shape (k,): which of them are themes, the others only keep
    texts away; `reach`, shape (k,): the least likeness (cosine) to its centroid of a text that surely belongs to the
    theme. `later`: themes found afterwards in a space of their own, so that they may have words this one lacks; they
    are asked about texts outside the reach of the own ones, and no others.
    """

    space: Space
    own: tuple[DiscoveredTheme, ...]
    proposed: NDArray[np.bool_]
    reach: NDArray[np.float32]
    later: Frozen | None = None

    @classmethod
    def of(cls, found: Discovery, texts: Block | Sequence[str]) -> Frozen | None:
        """The state after `discover(texts)`; None where it found nothing."""
        if found.space is None or not found.themes:
            return None
        rows = found.space.rows(found.space.count(Tokens.of(documents(texts))))
        near = _likeness(rows, found.labels.astype(np.int64), found.centroids)
        members = [near[found.labels == i] for i in range(len(found.themes))]
        reach = [float(np.quantile(m, REACH)) if len(m) else 1.0 for m in members] + [1.0] * len(found.leftover)
        other = tuple(DiscoveredTheme("", {}, (), 0, 0.0, (), centroid) for centroid in found.leftover)
        proposed = np.arange(len(reach)) < len(found.themes)
        return cls(found.space, found.themes + other, proposed, np.array(reach, np.float32))

    @property
    def themes(self) -> tuple[DiscoveredTheme, ...]:
        """All themes, oldest first; labels are places in this."""
        mine = tuple(theme for theme, shown in zip(self.own, self.proposed, strict=True) if shown)
        return mine + (self.later.themes if self.later else ())

    def assign(self, texts: Block | Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Theme (place in `themes`, −1 for none) and sureness of each text, in the spaces as they were."""
        labels, sure, _ = self._assign(documents(texts))
        return labels, sure

    def _assign(self, block: Block) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.bool_]]:
        """Also: which texts lie outside the reach of every theme."""
        with threadpool_limits(1):
            return self._nearest(block)

    def _nearest(self, block: Block) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.bool_]]:
        centroids = np.array([theme.centroid for theme in self.own], np.float32)
        counts = self.space.count(Tokens.of(block))
        rows = self.space.rows(counts)
        nearest = assign(rows, centroids)
        nearest[np.diff(counts.indptr) == 0] = -1
        sure = sureness(rows, nearest, centroids)
        outside = (nearest < 0) | (_likeness(rows, nearest, centroids) < self.reach[nearest])
        number = np.append(np.where(self.proposed, np.cumsum(self.proposed) - 1, -1), -1).astype(np.int32)
        labels = number[nearest]
        far = np.flatnonzero(outside)
        if self.later and len(far):
            sub, sub_sure, sub_outside = self.later._assign(block.take(far))
            taken = (sub >= 0) & ~sub_outside
            labels[far[taken]] = sub[taken] + np.int32(self.proposed.sum())
            sure[far[taken]] = sub_sure[taken]
            outside[far[taken]] = False
        return labels, sure, outside

    def extend(
        self,
        texts: Block | Sequence[str],
        *,
        seen: NDArray[np.bool_] | None = None,
        most: int = 5,
        seed: int = 0,
        written: Block | None = None,
    ) -> tuple[Discovery, Frozen]:
        """Code `texts` by the themes there are; let new texts that fit none found at most `most` new ones.

        `seen`, shape (n,): texts that an earlier run coded; they keep their theme. Give them: without (None) a group
        that was always there looks new. New themes are candidates for a person: groups of texts outside the reach of
        every theme whose share among new texts is at least twice that among the seen ones, those that rose most
        first, unless an old theme has their words. Old themes keep id, phrases and centroid; labels count on from
        theirs. `written`: see `discover`.
        """
        block = documents(texts)
        labels, sure, outside = self._assign(block)
        new = np.ones(len(block), np.bool_) if seen is None else ~seen
        far = np.flatnonzero(outside)
        grown = self
        if np.count_nonzero(new[far]) >= FEWEST_NEW:
            apart = block.take(far)
            fresh = discover(apart, seed=seed, written=None if written is None else written.take(far))
            child = Frozen.of(fresh, apart)
            chosen = self._founded(fresh, new[far], new, most)
            if child is not None and chosen.any():
                proposed = np.append(chosen, np.zeros(len(child.own) - len(chosen), np.bool_))
                grown = self._with(replace(child, proposed=proposed))
                moved, moved_sure, _ = grown._assign(block)
                labels[new], sure[new] = moved[new], moved_sure[new]
        themes = grown.themes
        count = np.bincount(labels[labels >= 0], minlength=len(themes))
        shown = tuple(
            replace(t, texts=int(n), weight=float(n / max(len(block), 1)), examples=())
            for t, n in zip(themes, count, strict=True)
        )
        return Discovery(labels, sure, shown, self.space), grown

    def _with(self, child: Frozen) -> Frozen:
        return replace(self, later=self.later._with(child) if self.later else child)

    def _founded(
        self, fresh: Discovery, is_new: NDArray[np.bool_], new: NDArray[np.bool_], most: int
    ) -> NDArray[np.bool_]:
        """Which groups of `fresh` are new themes."""
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
        chosen = np.zeros(len(fresh.themes), np.bool_)
        chosen[[i for _, i in sorted(rises)[:most]]] = True
        return chosen


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
