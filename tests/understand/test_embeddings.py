"""The embedder on the real weights; skipped, loudly, where the optional parts are absent."""

from pathlib import Path

import numpy as np
import pytest

from balm.core.errors import WrongUse
from balm.understand import embeddings

pytestmark = pytest.mark.slow


@pytest.mark.skipif(embeddings.available(), reason="the optional parts are installed")
def test_absent_parts_are_named_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="pip install"):
        embeddings.Embedder(tmp_path)


@pytest.mark.skipif(not embeddings.available(), reason="balm[embeddings] is not installed: `make embeddings`")
def test_like_meanings_are_near(tmp_path: Path) -> None:
    embed = embeddings.Embedder(tmp_path)
    texts = ["I never got my refund", "still waiting for my money back", "the pizza was delicious", ""]
    vectors = embed(texts)
    assert vectors.shape == (4, 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(4), abs=1e-3)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2
    assert np.array_equal(vectors, embed(texts))
    # the second use reads the converted model and does not build it again
    made = list(tmp_path.glob("*.onnx"))
    assert len(made) == 1
    before = made[0].stat().st_mtime_ns
    embeddings.Embedder(tmp_path)
    assert made[0].stat().st_mtime_ns == before
