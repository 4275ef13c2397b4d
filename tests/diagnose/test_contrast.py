"""Contrast: planted segments found, nothing in noise, exact tests exact."""

import numpy as np
import pytest
from scipy import stats

from balm.core.coded import Attribute, CodedFeedback
from balm.core.types import LANGUAGES
from balm.diagnose.contrast import VERDICTS, contrast, contrasts, upper_tail, verdict


def company(rng: np.random.Generator, n: int, plant: str = "", pains: int = 1) -> CodedFeedback:
    """n comments of ⅔ n customers, four attributes; each pain has 8 %, more where planted."""
    c = 2 * n // 3
    who = np.concatenate([np.arange(c), rng.integers(0, c, n - c)]).astype(np.int32)
    columns = {
        "region": rng.integers(0, 6, c)[who],
        "tier": rng.integers(0, 3, c)[who],
        "channel": rng.integers(0, 4, n),
        "product": rng.integers(0, 10, n),
    }
    share = np.broadcast_to(rng.beta(1.6, 18.4, c)[who][:, None], (n, pains)).copy()
    if plant == "value":
        share[columns["region"] == 2, 0] = 0.2
    if plant == "pair":
        share[(columns["channel"] == 1) & (columns["product"] == 3), 0] = 0.35
    if plant == "both":
        share[:, 0] = 0.08 + 0.12 * (columns["region"] == 2) + 0.12 * (columns["tier"] == 1)
    comment, theme = (a.astype(np.int32) for a in np.nonzero(rng.random((n, pains)) < share))
    bad = np.ones(len(comment), bool)
    by = {k: Attribute(v.astype(np.int32), [f"{k[0]}{i}" for i in range(v.max() + 1)]) for k, v in columns.items()}
    names = [f"p{i}" for i in range(pains)]
    return CodedFeedback(names, comment, theme, bad, ~bad, who, np.full(n, np.nan), np.zeros(n, np.int32), by)


def test_exact_tail_is_fishers() -> None:
    rng = np.random.default_rng(0)
    n, t = rng.integers(10, 500, 200), rng.integers(1, 800, 200)
    k = np.minimum(rng.hypergeometric(t, 2000 - t, n) + rng.integers(0, 9, 200), np.minimum(n, t))
    over = k > n * t / 2000
    expected = stats.hypergeom.sf(k - 1, 2000, t, n)
    assert upper_tail(k, n, t, 2000)[over] == pytest.approx(expected[over], rel=1e-9)
    assert upper_tail(k, n, t, 2000)[~over] == pytest.approx(1.0)


def test_large_tables_take_the_normal_tail_closely() -> None:
    rng = np.random.default_rng(1)
    n, t = rng.integers(20_000, 300_000, 100), rng.integers(20_000, 300_000, 100)
    k = (n * t / 1e6 * (1 + rng.uniform(0, 0.02, 100))).astype(int)
    expected = stats.hypergeom.sf(k - 1, 1_000_000, t, n)
    over = (k > n * t / 1e6) & (expected > 1e-8)
    assert np.log(upper_tail(k, n, t, 1_000_000)[over]) == pytest.approx(np.log(expected[over]), rel=0.03, abs=0.01)


@pytest.mark.parametrize(
    ("plant", "where"), [("value", {"region": "r2"}), ("pair", {"channel": "c1", "product": "p3"})]
)
def test_planted_segments_are_found_and_nothing_else(plant: str, where: dict[str, str]) -> None:
    rng = np.random.default_rng(2)
    found = [[f.where for f in contrast(company(rng, 6000, plant), "p0")] for _ in range(40)]
    assert all(f and f[0] == where for f in found)
    assert sum(len(f) > 1 for f in found) <= 4


def test_two_values_that_add_up_are_no_pair() -> None:
    rng = np.random.default_rng(3)
    found = [f.where for _ in range(20) for f in contrast(company(rng, 9000, "both"), "p0")]
    assert found.count({"region": "r2"}) >= 18
    assert found.count({"tier": "t1"}) >= 18
    assert sum(len(w) == 2 for w in found) <= 3


def test_noise_claims_nothing_more_often_than_stated() -> None:
    rng = np.random.default_rng(4)
    assert np.mean([bool(contrast(company(rng, 3000), "p0")) for _ in range(150)]) <= 0.06
    assert np.mean([any(contrasts(company(rng, 3000, pains=10))) for _ in range(40)]) <= 0.1


def test_share_and_lift_by_hand() -> None:
    n = 1000
    region = np.repeat([0, 1], [200, 800]).astype(np.int32)
    pain = np.zeros(n, bool)
    pain[:60] = True  # 60 of 200
    pain[200:280] = True  # 80 of 800
    empty = np.zeros(0, np.int32)
    none = np.zeros(0, bool)
    by = {"region": Attribute(region, ["north", "south"])}
    who = np.arange(n, dtype=np.int32)
    coded = CodedFeedback([], empty, empty, none, none, who, np.full(n, np.nan), np.zeros(n, np.int32), by)
    (found,) = contrast(coded, pain)
    assert found.where == {"region": "north"}
    assert (found.share.value, found.share.n) == (0.3, 200)
    assert found.lift.value == pytest.approx(3.0)
    assert 2 < found.lift.low < 3 < found.lift.high < 4.2
    assert found.q == pytest.approx(2 * stats.hypergeom.sf(59, n, 140, 200), rel=1e-6)
    assert contrast(coded, pain, {}) == []


def test_a_shouting_customer_makes_no_segment() -> None:
    rng = np.random.default_rng(5)
    coded = company(rng, 3000)
    who = np.concatenate([coded.customer, np.full(300, coded.n_customers)]).astype(np.int32)
    product = np.concatenate([coded.by["product"].codes, np.full(300, 4)]).astype(np.int32)
    pain = np.zeros(3300, bool)
    pain[coded.comment] = True
    pain[3000:] = True
    empty, none = np.zeros(0, np.int32), np.zeros(0, bool)
    by = {"product": Attribute(product, coded.by["product"].values)}
    loud = CodedFeedback([], empty, empty, none, none, who, np.full(3300, np.nan), np.zeros(3300, np.int32), by)
    assert contrast(loud, pain) == []


def test_unknown_values_small_segments_and_nothing() -> None:
    rng = np.random.default_rng(6)
    coded = company(rng, 500)
    codes = np.full(500, -1, np.int32)
    codes[:9] = 0
    codes[9:15] = 1
    pain = np.zeros(500, bool)
    pain[:9] = True
    assert contrast(coded, pain, {"rare": Attribute(codes, ["a", "b"])}) == []
    assert contrast(coded, np.zeros(500, bool)) == []
    assert contrast(coded, np.ones(500, bool)) == []
    assert contrast(coded, "p0", {"one": Attribute(np.zeros(500, np.int32), ["only"])}) == []
    with pytest.raises(ValueError, match="no theme"):
        contrast(coded, "nowhere")


def test_verdict_has_words_in_every_language() -> None:
    assert verdict([]) == "nothing"
    for words in VERDICTS.values():
        assert set(words) == set(LANGUAGES)
    assert VERDICTS["nothing"]["zh-Hans"] != VERDICTS["nothing"]["zh-Hant"]
