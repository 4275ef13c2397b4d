"""What a trial's verdict says, in three languages."""

from __future__ import annotations

import math
from collections.abc import Sequence

from balm.core.types import LANGUAGES, Estimate, Labels
from balm.proof.trial import Effect, Guard, Kind, SampleRatio

_SAY: dict[str, tuple[str, str, str]] = {  # in the order of LANGUAGES
    "ratio": (
        "样本比例与计划不符（{p}；{observed}）：查明原因之前，不得解读任何效果。",
        "樣本比例與計畫不符（{p}；{observed}）：查明原因之前，不得解讀任何效果。",
        "The sample ratio is broken ({p}; {observed}): no effect may be read before the cause is found.",
    ),
    "too few": (
        "{arm} 中有 {metric} 数值的对象只有 {n} 个，少于 {least} 个：样本太少，无法判断效果。",
        "{arm} 中有 {metric} 數值的對象只有 {n} 個，少於 {least} 個：樣本太少，無法判斷效果。",
        "Only {n} units of {arm} have a value of {metric}, fewer than {least}: n is too small to read an effect.",
    ),
    "flat": (
        "{metric} 的所有数值都相同：没有可比较的内容。",
        "{metric} 的所有數值都相同：沒有可比較的內容。",
        "{metric} has the same value throughout: there is nothing to compare.",
    ),
    "harmed": (
        "护栏指标 {metric} 在 {arm} 中变差：{effect}（容许幅度 {margin}）。因此不下有利结论。",
        "護欄指標 {metric} 在 {arm} 中變差：{effect}（容許幅度 {margin}）。因此不下有利結論。",
        "The guardrail {metric} got worse in {arm}: {effect} (margin {margin}). This blocks the verdict.",
    ),
    "open": (
        "尚不能证明护栏指标 {metric} 在 {arm} 中变差的幅度小于 {margin}：{effect}。因此不下有利结论。",
        "尚不能證明護欄指標 {metric} 在 {arm} 中變差的幅度小於 {margin}：{effect}。因此不下有利結論。",
        "It is not shown that the guardrail {metric} got worse by less than {margin} in {arm}: {effect}. "
        "This blocks the verdict.",
    ),
    "higher": (
        "{arm} 的 {metric} 高于对照组{judged}：{effect}，{q}。",
        "{arm} 的 {metric} 高於對照組{judged}：{effect}，{q}。",
        "{metric} is higher in {arm} than in the control{judged}: {effect}, {q}.",
    ),
    "lower": (
        "{arm} 的 {metric} 低于对照组{judged}：{effect}，{q}。",
        "{arm} 的 {metric} 低於對照組{judged}：{effect}，{q}。",
        "{metric} is lower in {arm} than in the control{judged}: {effect}, {q}.",
    ),
    "interaction": (
        "{metric}：两个因素相互影响（{arm}）：{effect}，{q}。",
        "{metric}：兩個因素相互影響（{arm}）：{effect}，{q}。",
        "{metric}: the two factors act on each other ({arm}): {effect}, {q}.",
    ),
    "none": (
        "在 {metrics} 上没有发现偶然之外的差异。",
        "在 {metrics} 上沒有發現偶然之外的差異。",
        "No difference that chance could not explain was found in {metrics}.",
    ),
    "missing": (
        "各组中缺少 {metric} 数值的对象比例不同（{p}）：结果可能有偏差。",
        "各組中缺少 {metric} 數值的對象比例不同（{p}）：結果可能有偏差。",
        "The arms differ in how many units have no value of {metric} ({p}): the figures may be biased.",
    ),
    "crossed": (
        "有 {n} 个对象（{share}）出现在不止一组中，已排除：结果可能有偏差。",
        "有 {n} 個對象（{share}）出現在不止一組中，已排除：結果可能有偏差。",
        "{n} units ({share}) were seen in more than one arm and left out: the figures may be biased.",
    ),
}
_POINTS = ("个百分点", "個百分點", " points")
_BETWEEN = ("[{low}，{high}]", "[{low}，{high}]", "[{low}, {high}]")
_AND = ("、", "、", ", ")
_JUDGED = {"better": ("（更好）", "（更好）", " (better)"), "worse": ("（更差）", "（更差）", " (worse)")}
_MOST = 6


def number(value: float, digits: int) -> str:
    """With a sign and a true minus."""
    text = f"{value:+,.{digits}f}".replace("-", "\u2212")
    return text if text.strip("+\u22120.,") else text[1:]


def chance(p: float | None) -> str:
    """A p or q for reading."""
    return "–" if p is None else "< 0.0001" if p < 0.0001 else f"{p:.2g}"


def tested(name: str, p: float | None) -> str:
    """`p = 0.0086`, `q < 0.0001`."""
    said = chance(p)
    return f"{name} {said}" if said.startswith("<") else f"{name} = {said}"


def size(value: float, kind: Kind, language: str) -> str:
    """A difference in points for a share, in the metric's own unit else; without a sign where it is a margin."""
    if kind == "share":
        return number(100 * value, 2) + _POINTS[LANGUAGES.index(language)]
    return number(value, _digits(value))


def effect(e: Estimate, kind: Kind, language: str) -> str:
    """`−0.82 points [−1.33, −0.31]`."""
    if e.value is None:
        return "–"
    times = 100.0 if kind == "share" else 1.0
    digits = 2 if kind == "share" else _digits(e.value)
    said = size(e.value, kind, language)
    if e.low is None or e.high is None:
        return said
    between = _BETWEEN[LANGUAGES.index(language)]
    return f"{said} {between.format(low=number(times * e.low, digits), high=number(times * e.high, digits))}"


def ratio(found: SampleRatio) -> Labels:
    return _say(
        "ratio", p=tested("p", found.p), observed=" / ".join(f"{arm} {n:,}" for arm, n in found.observed.items())
    )


def too_few(metric: str, arm: str, n: int, least: int) -> Labels:
    return _say("too few", metric=metric, arm=arm, n=n, least=least)


def flat(metric: str) -> Labels:
    return _say("flat", metric=metric)


def missing(metric: str, p: float) -> Labels:
    return _say("missing", metric=metric, p=tested("p", p))


def crossed(units: int, share: float) -> Labels:
    return _say("crossed", n=f"{units:,}", share=f"{share:.1%}")


def guard(found: Guard) -> Labels:
    said = {}
    for language in LANGUAGES:
        margin = size(found.margin, found.kind, language).lstrip("+")
        facts = {"metric": found.metric, "arm": found.arm, "margin": margin}
        said[language] = _one(
            "harmed" if found.harmed else "open", language, effect=effect(found.effect, found.kind, language), **facts
        )
    return said


def difference(found: Effect) -> Labels:
    up = (found.effect.value or 0) > 0
    key = "interaction" if " × " in found.arm else "higher" if up else "lower"
    # which way is better is known where it was named
    judged = ("", "", "") if found.better == "higher" else _JUDGED["worse" if up else "better"]
    return {
        language: _one(
            key, language, metric=found.metric, arm=found.arm, judged=judged[i], q=tested("q", found.q),
            effect=effect(found.effect, found.kind, language),
        )
        for i, language in enumerate(LANGUAGES)
    }  # fmt: skip


def none(metrics: Sequence[str]) -> Labels:
    return {language: _one("none", language, metrics=_listed(metrics, language)) for language in LANGUAGES}


def together(parts: Sequence[Labels]) -> Labels:
    """Sentences one after the other, the first few of them."""
    shown = parts[:_MOST]
    return {
        language: ("" if language != "en" else " ").join(part[language] for part in shown) for language in LANGUAGES
    }


def _listed(names: Sequence[str], language: str) -> str:
    return _AND[LANGUAGES.index(language)].join(names[:_MOST]) + ("…" if len(names) > _MOST else "")


def _say(key: str, **facts: object) -> Labels:
    return {language: _one(key, language, **facts) for language in LANGUAGES}


def _one(key: str, language: str, **facts: object) -> str:
    return _SAY[key][LANGUAGES.index(language)].format(**facts)


def _digits(value: float) -> int:
    return 2 if value == 0 or abs(value) >= 0.1 else min(1 - math.floor(math.log10(abs(value))), 8)
