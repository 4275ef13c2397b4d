"""Item 1: themes found without a codebook, given their true number, against human labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from benchmarks import peers, sets
from benchmarks.scoring import ari, nmi
from benchmarks.section import Section, table

SEEDS = (0, 1, 2)
"""Of ours and of the peers that take seconds; the slow ones run once."""
FEW = 5_000
"""Texts below which the slow ones take three seeds too."""
NAMES = {
    "svd_kmeans": "TF-IDF + SVD + k-means",
    "nmf": "NMF",
    "lda": "LDA",
    "minilm_kmeans": "MiniLM + k-means",
    "bertopic": "BERTopic, default",
    "bertopic_kmeans": "BERTopic with k-means",
}
QUICK = ("svd_kmeans", "nmf", "lda")
BERTOPIC = ("bertopic", "bertopic_kmeans")
NEURAL = ("minilm_kmeans", *BERTOPIC)


@dataclass(frozen=True)
class Row:
    """One method on one set. `seconds` of processor time for one run; `note` beside the figures."""

    data: str
    method: str
    nmi: float
    ari: float
    seconds: float
    megabytes: float
    note: str = ""

    def cells(self) -> tuple[str, ...]:
        figures = (f"{self.nmi:.3f}", f"{self.ari:.3f}", f"{self.seconds:.1f}", f"{self.megabytes:,.0f}")
        return (self.method, *figures, self.note)


def ours(data: sets.Labeled, embeddings: bool = False) -> Row:
    found = [
        peers.ours("discover", data.texts, language=data.language, embeddings=embeddings, k=data.k, seed=seed)
        for seed in SEEDS
    ]
    return _row(data, "**Balm, with embeddings**" if embeddings else "**Balm**", found)


def peer(data: sets.Labeled, method: str) -> Row:
    seeds = SEEDS if method in QUICK or len(data.texts) < FEW else SEEDS[:1]
    found = [peers.ask(method, data.texts, language=data.language, k=data.k, seed=seed) for seed in seeds]
    row = _row(data, NAMES[method], found)
    if method != "bertopic":
        return row
    labels = np.array(found[0].values)
    return replace(row, note=f"{labels.max() + 1} topics, {(labels < 0).mean():.0%} outliers")


def _row(data: sets.Labeled, method: str, found: list[peers.Answer]) -> Row:
    agreed = np.mean([(nmi(data.labels, a.values), ari(data.labels, a.values)) for a in found], axis=0)
    seconds = float(np.mean([a.seconds for a in found]))
    note = f"mean of {len(found)} seeds" if len(found) > 1 else "one seed"
    return Row(data.name, method, *agreed.tolist(), seconds, max(a.megabytes for a in found), note)


def measure(loaders: Iterable[Callable[[], sets.Labeled]], quick: bool) -> list[tuple[sets.Labeled, list[Row]]]:
    found = []
    for load in loaders:
        data = load()
        rows = [ours(data)]
        if data.language == "en" and not quick:
            rows.append(ours(data, True))
        for method in QUICK if quick else NAMES:
            rows.append(peer(data, method))
            print(f"  {data.name}: {rows[-1].method} {rows[-1].nmi:.3f}", flush=True)
        found.append((data, rows))
    return found


def run(quick: bool = False) -> Section:
    """`quick`: no peer that needs a neural network."""
    found = measure((sets.airline, sets.banking, sets.car, sets.shops), quick)
    parts = []
    for data, rows in found:
        best = sorted(rows, key=lambda row: -row.nmi)
        head = ("method", "NMI", "ARI", "processor s", "MB", "")
        parts += [f"**{data.name}**, n = {len(data.texts):,}, {data.k} labels", table(head, [r.cells() for r in best])]
    parts.append(
        "Every method but BERTopic's default is given the true number. Texts that a method leaves out count as a group "
        "of their own. MiniLM is all-MiniLM-L6-v2, an English model; no multilingual one was at hand, and with one "
        "the rows of BERTopic and MiniLM on Chinese would be better."
    )
    return Section("1. Discovery without a codebook", verdict(found), "\n\n".join(parts))


def verdict(found: list[tuple[sets.Labeled, list[Row]]]) -> str:
    """Met or not, set by set."""
    said = []
    for data, rows in found:
        by = {row.method: row.nmi for row in rows}
        plain = by["**Balm**"]
        rivals = {NAMES[m]: by[NAMES[m]] for m in NAMES if NAMES[m] in by and (data.language == "zh" or m in QUICK)}
        said.append(_against(data.name, "Balm", plain, rivals))
        if "**Balm, with embeddings**" in by:
            rivals = {NAMES[m]: by[NAMES[m]] for m in BERTOPIC}
            said.append(_against(data.name, "with embeddings", by["**Balm, with embeddings**"], rivals))
    return (
        "Target: NMI above every peer without a neural network in English, above every peer in Chinese; with the extra "
        f"`balm[embeddings]`, above BERTopic in English. {' '.join(said)}"
    )


def _against(data: str, who: str, mine: float, rivals: dict[str, float]) -> str:
    name, best = max(rivals.items(), key=lambda item: item[1])
    said = "met" if mine > best else "**missed**"
    return f"{data}, {who}: {said}, {mine:.3f} against {best:.3f} ({name})."
