"""Peers that estimate what a fix did, on firms that our simulator makes from seeds. Imported by run.py alone.

A job: {"design", "seeds"}. The answer: for each seed [effect, low, high] of the 95 % interval, or None where the peer
gives none. The peers are told the exposed units, the start, the soak (its periods are left out) and the season; what
they make of it is their default.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

Job = dict[str, Any]
Interval = list[float] | None


def statsmodels(job: Job) -> list[Interval]:
    """Ordinary least squares by the usual formula of the design, default covariance."""
    return _each(job, {"did": _ols_did, "its": _ols_segmented, "synthetic": _ols_did, "matched": _ols_ancova})


def components(job: Job) -> list[Interval]:
    """statsmodels' UnobservedComponents, local linear trend and season, fitted before and simulated on."""
    return _each(job, {"its": _unobserved})


def causalpy(job: Job) -> list[Interval]:
    """CausalPy's experiments with its scikit-learn models."""
    return _each(job, {"did": _causal_did, "its": _causal_its, "synthetic": _causal_synthetic})


def causalpy_pymc(job: Job) -> list[Interval]:
    """CausalPy's experiments with their default models, sampled by PyMC."""
    options = {"progressbar": False, "cores": 1, "chains": 4}
    return _each(
        job,
        {
            "did": _causal_did,
            "its": _causal_its,
            "synthetic": _causal_synthetic,
            "matched": _causal_matched,
        },
        lambda seed: {**options, "random_seed": seed},
    )


def _each(
    job: Job, by: dict[str, Callable[..., Interval]], options: Callable[[int], dict[str, Any]] | None = None
) -> list[Interval]:
    import logging

    from balm.simulate.firms import firm

    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    answers = []
    for seed in job["seeds"]:
        made = firm(job["design"], seed)
        try:
            answers.append(by[job["design"]](made, *([options(seed)] if options else [])))
        except (ValueError, ArithmeticError) as error:  # a singular design: no answer
            print(seed, error)
            answers.append(None)
    return answers


def _cells(made: Any) -> Any:
    """A row for each unit and period with observations, without the soak of the unit."""
    import numpy as np
    import pandas as pd

    panel, registered = made.panel, made.registered
    units, periods = panel.n.shape
    start = np.array([registered.exposed.get(u, registered.start) for u in panel.units])[:, None]
    group = np.repeat(np.array([u in registered.exposed for u in panel.units], int)[:, None], periods, 1)
    after = panel.days >= start + registered.soak
    kept = (after | (panel.days + panel.step <= start)) & (panel.n > 0)
    frame = {
        "unit": np.repeat(np.arange(units), periods).reshape(units, periods),
        "t": np.repeat(np.arange(periods)[None, :], units, 0),
        "group": group,
        "post_treatment": after.astype(int),
        "y": panel.value,
    }
    return pd.DataFrame({name: values[kept] for name, values in frame.items()}).assign(
        treated=lambda f: f["group"] * f["post_treatment"]
    )


def _series(made: Any) -> tuple[Any, str]:
    """The exposed together, a row a period, without the soak; and the terms of the season in a formula."""
    import numpy as np
    import pandas as pd

    panel, registered = made.panel, made.registered
    rows = [panel.row(u) for u in registered.exposed]
    n = panel.n[rows].sum(0)
    y = panel.total[rows].sum(0) / np.where(n > 0, n, np.nan)
    post = (panel.days >= registered.start + registered.soak).astype(int)
    t = np.arange(panel.days.size)
    year = 2 * np.pi * panel.days / 365.25
    frame = pd.DataFrame(
        {
            "t": t,
            "y": y,
            "post": post,
            "since": (t - t[post == 1].min()) * post,
            "weekday": panel.days % 7,
            **{f"{f.__name__}{k}": f(k * year) for f in (np.sin, np.cos) for k in (1, 2)},
        }
    )
    kept = (post == 1) | (panel.days + panel.step <= registered.start)
    season = {7: " + C(weekday)", 52: " + sin1 + cos1 + sin2 + cos2"}.get(registered.period, "")
    return frame[kept].dropna(), season


def _term(fit: Any, name: str) -> Interval:
    low, high = fit.conf_int().loc[name]
    return [float(fit.params[name]), float(low), float(high)]


def _ols_did(made: Any) -> Interval:
    """Group by time; with fixed effects of units and periods where the starts are staggered."""
    import statsmodels.formula.api as smf

    frame = _cells(made)
    if len(set(made.registered.exposed.values())) == 1:
        return _term(smf.ols("y ~ group * post_treatment", frame).fit(), "group:post_treatment")
    return _term(smf.ols("y ~ treated + C(unit) + C(t)", frame).fit(method="qr"), "treated")


def _ols_segmented(made: Any) -> Interval:
    """Level and slope change at the start; the effect is their average over the periods after it."""
    import statsmodels.formula.api as smf

    frame, season = _series(made)
    fit = smf.ols(f"y ~ t + post + since{season}", frame).fit()
    mean = frame.loc[frame["post"] == 1, "since"].mean()
    test = fit.t_test(f"post + {mean} * since = 0")
    low, high = test.conf_int()[0]
    return [float(test.effect[0]), float(low), float(high)]


def _ols_ancova(made: Any) -> Interval:
    """A row a unit: its mean after, by its mean before and the group."""
    import statsmodels.formula.api as smf

    return _term(smf.ols("post ~ group + pre", _pairs(made)).fit(), "group")


def _pairs(made: Any) -> Any:
    frame = _cells(made).groupby(["unit", "group", "post_treatment"])["y"].mean().unstack()
    return frame.dropna().rename(columns={0: "pre", 1: "post"}).reset_index()


def _unobserved(made: Any) -> Interval:
    import numpy as np
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    panel, registered = made.panel, made.registered
    rows = [panel.row(u) for u in registered.exposed]
    n = panel.n[rows].sum(0)
    y = panel.total[rows].sum(0) / np.where(n > 0, n, np.nan)
    before = panel.days + panel.step <= registered.start
    after = panel.days >= registered.start + registered.soak
    season = {7: {"seasonal": 7}, 52: {"freq_seasonal": [{"period": 365.25 / 7, "harmonics": 2}]}}
    model = UnobservedComponents(y[before], "local linear trend", **season.get(registered.period, {}))
    fit = model.fit(disp=False, maxiter=200)
    drawn = fit.simulate(
        y.size - before.sum(), anchor="end", repetitions=1000, rng=np.random.default_rng(registered.seed)
    )
    level = np.asarray(drawn).reshape(y.size - int(before.sum()), -1)[after[~before]].mean(0)
    effects = np.nanmean(y[after]) - level
    return [float(effects.mean()), *(float(q) for q in np.percentile(effects, [2.5, 97.5]))]


def _model(options: dict[str, Any] | None, name: str) -> Any:
    """The scikit-learn model, or the default one of PyMC with its default number of draws."""
    import causalpy as cp
    from sklearn.linear_model import LinearRegression

    if options is not None:
        return getattr(cp.pymc_models, name)(sample_kwargs=options)
    return cp.skl_models.WeightedProportion() if name == "WeightedSumFitter" else LinearRegression()


def _average(result: Any) -> Interval:
    row = result.effect_summary(alpha=0.05, direction="two-sided").table.iloc[0]
    low, high = ("hdi_lower", "hdi_upper") if "hdi_lower" in row.index else ("ci_lower", "ci_upper")
    return [float(row["mean"]), float(row[low]), float(row[high])]


def _causal_did(made: Any, options: dict[str, Any] | None = None) -> Interval:
    import causalpy as cp

    if len(set(made.registered.exposed.values())) > 1:
        return None  # its staggered experiment gives no interval of the average effect
    return _average(
        cp.DifferenceInDifferences(
            _cells(made),
            formula="y ~ 1 + group * post_treatment",
            time_variable_name="t",
            group_variable_name="group",
            model=_model(options, "LinearRegression"),
        )
    )


def _causal_its(made: Any, options: dict[str, Any] | None = None) -> Interval:
    import causalpy as cp

    frame, season = _series(made)
    start = int(frame.loc[frame["post"] == 1, "t"].min())
    frame = frame.set_index(frame["t"].to_numpy())
    return _average(
        cp.InterruptedTimeSeries(
            frame, treatment_time=start, formula=f"y ~ 1 + t{season}", model=_model(options, "LinearRegression")
        )
    )


def _causal_synthetic(made: Any, options: dict[str, Any] | None = None) -> Interval:
    import causalpy as cp

    frame = _cells(made)
    wide = frame.pivot(index="t", columns="unit", values="y").interpolate(limit_direction="both")
    wide.columns = [f"u{u}" for u in wide.columns]
    (treated,) = {f"u{u}" for u in frame.loc[frame["group"] == 1, "unit"]}
    return _average(
        cp.SyntheticControl(
            wide,
            treatment_time=int(frame.loc[frame["post_treatment"] == 1, "t"].min()),
            control_units=[c for c in wide.columns if c != treated],
            treated_units=[treated],
            model=_model(options, "WeightedSumFitter"),
        )
    )


def _causal_matched(made: Any, options: dict[str, Any]) -> Interval:
    import causalpy as cp

    frame = _pairs(made)
    return _average(
        cp.PrePostNEGD(
            frame,
            formula="post ~ 1 + C(group) + pre",
            group_variable_name="group",
            pretreatment_variable_name="pre",
            model=_model(options, "LinearRegression"),
        )
    )
