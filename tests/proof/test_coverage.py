"""Every design against firms whose truth is known: its intervals cover it, and a useless fix is not called a success.

A small run of what `python -m benchmarks proof` does with 2,000 firms per design. Bounds are binomial: a design that
just meets 93 to 97 % or 5 % falls outside once in 40 draws of the seeds, and the seeds are fixed.
"""

from __future__ import annotations

from functools import cache

import pytest
from scipy.stats import binom

from balm.core.verdicts import Outcome, Verdict
from balm.proof.verdict import judge
from balm.simulate.firms import Firm, firm

FIRMS = 180
SUCCESS = {Outcome.GONE, Outcome.REDUCED}
DESIGNS = ("did", "its", "synthetic", "matched")


@cache
def judged(design: str) -> list[tuple[Firm, Verdict]]:
    """Firms of seeds no benchmark uses, in which the comparison got no part of the fix."""
    made = (firm(design, 100_000 + seed, interference=0.0) for seed in range(FIRMS))
    return [(one, judge(one.panel, one.registered)) for one in made]


@pytest.mark.slow
@pytest.mark.parametrize("design", DESIGNS)
def test_intervals_cover_the_truth(design: str) -> None:
    inside = []
    for one, verdict in judged(design):
        broken = any(a.fatal and a.ok is False for a in verdict.assumptions)
        if verdict.reading is not None and verdict.reading.effect.low is not None and not broken:
            inside.append(verdict.reading.effect.low <= one.truth <= verdict.reading.effect.high)
    assert len(inside) > 0.6 * FIRMS
    assert binom.ppf(0.025, len(inside), 0.93) <= sum(inside) <= binom.ppf(0.975, len(inside), 0.97)


@pytest.mark.slow
@pytest.mark.parametrize("design", DESIGNS)
def test_a_useless_fix_is_no_success(design: str) -> None:
    useless = [verdict.outcome in SUCCESS for one, verdict in judged(design) if one.notes["effect"] == 0]
    assert len(useless) > 60
    assert sum(useless) <= binom.ppf(0.975, len(useless), 0.05)


@pytest.mark.slow
@pytest.mark.parametrize("design", DESIGNS)
def test_a_fix_that_takes_most_of_the_pain_away_is_found(design: str) -> None:
    found = [verdict.outcome in SUCCESS for one, verdict in judged(design) if one.notes["effect"] <= -0.7]
    assert len(found) > 15
    assert sum(found) >= 0.6 * len(found)


@pytest.mark.slow
@pytest.mark.parametrize("design", DESIGNS)
def test_no_success_against_the_truth(design: str) -> None:
    """Among real fixes, none is called worse but by chance."""
    real = [verdict.outcome == Outcome.WORSE for one, verdict in judged(design) if one.notes["effect"] < 0]
    assert sum(real) <= 2


@pytest.mark.slow
@pytest.mark.parametrize("design", ["did", "matched"])
def test_a_comparison_that_got_the_fix_too_is_noticed_more_often_than_a_clean_one(design: str) -> None:
    def flagged(interference: float) -> int:
        made = (firm(design, 200_000 + s, effect=-0.7, interference=interference, touched=0.5) for s in range(60))
        verdicts = (judge(one.panel, one.registered) for one in made)
        return sum(a.ok is False for v in verdicts for a in v.assumptions if a.name == "comparison_clean")

    clean, touched = flagged(0.0), flagged(0.9)
    assert clean <= 6
    assert touched > clean + 5
