"""Balm's side by the same harness as the peers', so that time and memory compare. Imported by run.py alone."""

from __future__ import annotations

from typing import Any

Job = dict[str, Any]


def discover(job: Job) -> list[int]:
    """Theme numbers of the texts."""
    from balm.understand.discovery import discover as find
    from balm.understand.embeddings import Embedder

    vectors = Embedder()(job["texts"]) if job["embeddings"] else None
    return find(job["texts"], k=job["k"], seed=job["seed"], embeddings=vectors).labels.tolist()


def code(job: Job) -> list[str | None]:
    """A class for each text, by the starter codebook and what is learnt from its phrases."""
    from balm.understand.codebook.load import load
    from balm.understand.documents import code_documents

    return code_documents(job["texts"], load(job["packs"]), classes=job["classes"])


def rules(job: Job) -> list[str | None]:
    """A class for each text by the codebook's phrases alone: the class with most strength in its clauses."""
    import numpy as np

    from balm.understand.block import Block
    from balm.understand.codebook.load import load
    from balm.understand.matching import Matcher
    from balm.understand.normalize import normalize
    from balm.understand.split import split

    classes = job["classes"]
    matcher = Matcher(load(job["packs"]))
    named = [classes.get(theme, classes.get(theme.split(".", maxsplit=1)[0])) for theme in matcher.themes]
    names = sorted({name for name in named if name is not None})
    column = np.array([names.index(name) if name is not None else -1 for name in named])
    block = normalize(Block.of(job["texts"]))
    clauses = split(block, block)
    hits = matcher.match(Block.of(clauses.texts(block)))
    use = column[hits.theme] >= 0
    votes = np.zeros((len(block), len(names)))
    np.add.at(votes, (clauses.owner[hits.clause[use]], column[hits.theme[use]]), hits.strength[use])
    return [names[best] if most > 0 else None for best, most in zip(votes.argmax(1), votes.max(1), strict=True)]


def keyed(job: Job) -> list[str | None]:
    """As `code`, with a codebook made of the keywords that the peers are given."""
    from balm.core.types import LANGUAGES
    from balm.understand.codebook.model import Codebook, Group, Pack, Theme
    from balm.understand.documents import code_documents

    labels = dict.fromkeys(LANGUAGES, "class")
    names = {f"k.c{i}": name for i, name in enumerate(job["keywords"])}
    themes = tuple(
        Theme(id=id_, labels=labels, kind="process", phrases={job["language"]: tuple(job["keywords"][name])})
        for id_, name in names.items()
    )
    group = Group(id="k", labels=labels, themes=themes)
    pack = Pack(codebook="keywords", version=1, labels=labels, themes=(group,))
    return code_documents(job["texts"], Codebook(name="keywords", version=1, packs=(pack,)), classes=names)
