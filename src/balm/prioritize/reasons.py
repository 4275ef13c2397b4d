"""Why a pain has its priority, in a sentence or two, in each language. Associations only, and said so."""

from __future__ import annotations

from dataclasses import dataclass

from balm.core.types import Estimate, Labels
from balm.prioritize.models import REACH_CUTS, SEVERITY_CUTS, Level, Source, impact_level, worth_level

_LEVEL: dict[str, dict[Level, str]] = {
    "zh-Hans": {"high": "高", "medium": "中", "low": "低"},
    "zh-Hant": {"high": "高", "medium": "中", "low": "低"},
    "en": {"high": "high", "medium": "medium", "low": "low"},
}


@dataclass(frozen=True)
class Facts:
    """What is known of one pain. `shrunk`: severity as a share of `span`, as the levels use it."""

    reach: Estimate
    severity: Estimate
    shrunk: float
    span: float
    source: Source
    reach_level: Level
    severity_level: Level
    solvability: Level | None
    points: tuple[int, int, int]  # reach, severity, solvability
    by_comment: bool  # no customer is known: shares are of comments


def impact_reason(f: Facts) -> Labels:
    """Reach, severity and their product."""
    a, b, _ = f.points
    found = impact_level(a * b)
    return {
        "en": f"{_reach_en(f)} {_severity_en(f)} {a} × {b} = {a * b}: {_LEVEL['en'][found]}. "
        "An association, not proof of a cause.",
        "zh-Hans": f"{_reach_hans(f)}{_severity_hans(f)}{a} × {b} = {a * b}：{_LEVEL['zh-Hans'][found]}。"
        "这是关联，不能证明因果。",
        "zh-Hant": f"{_reach_hant(f)}{_severity_hant(f)}{a} × {b} = {a * b}：{_LEVEL['zh-Hant'][found]}。"
        "這是關聯，不足以證明因果。",
    }


def effort_reason(f: Facts, quick: bool) -> Labels:
    """Value, solvability and their product; says so where solvability is assumed."""
    a, b, c = f.points
    value, total = a * b, a * b * c
    found, ease = worth_level(total), f.solvability or "medium"
    en = f"Value {a} × {b} = {value} (reach × severity); solvability {_LEVEL['en'][ease]}"
    hans = f"价值 {a} × {b} = {value}（波及面 × 严重程度）；可解决程度{_LEVEL['zh-Hans'][ease]}"
    hant = f"價值 {a} × {b} = {value}（波及範圍 × 嚴重程度）；可解決程度{_LEVEL['zh-Hant'][ease]}"
    if f.solvability is None:
        en, hans, hant = en + ", assumed", hans + "（暂按中计）", hant + "（暫以中計）"
    en += f". {value} × {c} = {total}: {_LEVEL['en'][found]}."
    hans += f"。{value} × {c} = {total}：{_LEVEL['zh-Hans'][found]}。"
    hant += f"。{value} × {c} = {total}：{_LEVEL['zh-Hant'][found]}。"
    if quick:
        en += " A quick win: worth the effort and easy to solve."
        hans += "属于速赢项：值得做，也容易解决。"
        hant += "屬於速效項目：值得做，也容易解決。"
    return {"en": en, "zh-Hans": hans, "zh-Hant": hant}


def _percent(x: float) -> str:
    return f"{100 * x:.1f}" if abs(x) >= 0.001 else f"{100 * x:.2f}"


def _range(e: Estimate, sign: str) -> str:
    return "" if e.low is None or e.high is None else f"{_percent(e.low)}–{_percent(e.high)}{sign}"


def _rule(cuts: tuple[float, float], found: Level, language: str, of: str = "") -> str:
    """Where the level begins or ends, as in "from 5% counts as high"."""
    cut, name = f"{100 * cuts[found == 'high']:.0f}", _LEVEL[language][found]
    if language == "en":
        return f"{'under' if found == 'low' else 'from'} {cut}%{of} counts as {name}"
    if language == "zh-Hans":
        return f"{of}{cut}% {'以下' if found == 'low' else '起'}算{name}"
    return f"{of}{cut}% {'以下' if found == 'low' else '以上'}算{name}"


def _reach_en(f: Facts) -> str:
    who, rule = "comments" if f.by_comment else "customers", _rule(REACH_CUTS, f.reach_level, "en")
    return f"Reach {f.reach_level}: {_percent(f.reach.value or 0)}% of {who} ({_range(f.reach, '%')}; {rule})."


def _reach_hans(f: Facts) -> str:
    who, rule = "评论" if f.by_comment else "客户", _rule(REACH_CUTS, f.reach_level, "zh-Hans")
    share, found = _percent(f.reach.value or 0), _LEVEL["zh-Hans"][f.reach_level]
    return f"波及面{found}：{share}% 的{who}有此负面提及（{_range(f.reach, '%')}；{rule}）。"


def _reach_hant(f: Facts) -> str:
    who, rule = "評論" if f.by_comment else "顧客", _rule(REACH_CUTS, f.reach_level, "zh-Hant")
    share, found = _percent(f.reach.value or 0), _LEVEL["zh-Hant"][f.reach_level]
    return f"波及範圍{found}：{share}% 的{who}有此負面提及（{_range(f.reach, '%')}；{rule}）。"


def _loss(f: Facts) -> tuple[str, str, bool] | None:
    """Severity without its sign, its interval, and whether it is a gain; None where it is not known."""
    e = f.severity
    if e.value is None or e.low is None or e.high is None:
        return None
    low, high = (-e.high, -e.low) if e.value < 0 else (e.low, e.high)
    return f"{abs(e.value):.2f}", f"{low:.2f}–{high:.2f}" if low >= 0 else f"{low:.2f} … {high:.2f}", e.value < 0


def _severity_en(f: Facts) -> str:
    found, n = f.severity_level, f.severity.n
    if (loss := _loss(f)) is None:
        things = "negative mentions" if f.source == "words" else "scored comments"
        return f"Severity {found}: {n} {things} are too few to tell; taken as usual for the other themes."
    if f.source == "words":
        rule = _rule(SEVERITY_CUTS["words"], found, "en")
        return f"Severity {found}: the negative words weigh {loss[0]} of 1 ({loss[1]}; {rule}).{_drawn_en(f)}"
    rule = _rule(SEVERITY_CUTS["scores"], found, "en", " of the scale")
    side = "higher" if loss[2] else "lower"
    return (
        f"Severity {found}: who mentions it scores {loss[0]} {side}, other themes adjusted for "
        f"({loss[1]}; {rule}).{_drawn_en(f)}"
    )


def _severity_hans(f: Facts) -> str:
    found, n = _LEVEL["zh-Hans"][f.severity_level], f.severity.n
    if (loss := _loss(f)) is None:
        return f"严重程度{found}：只有 {n} 条，太少而无法估计，按其他主题的通常水平计。"
    if f.source == "words":
        rule = _rule(SEVERITY_CUTS["words"], f.severity_level, "zh-Hans")
        return f"严重程度{found}：负面词语的强度为 {loss[0]}，满值 1（{loss[1]}；{rule}）。{_drawn_hans(f)}"
    rule = _rule(SEVERITY_CUTS["scores"], f.severity_level, "zh-Hans", "量表长度的 ")
    side = "高" if loss[2] else "低"
    return f"严重程度{found}：有此提及的打分{side} {loss[0]}，已按其他主题调整（{loss[1]}；{rule}）。{_drawn_hans(f)}"


def _severity_hant(f: Facts) -> str:
    found, n = _LEVEL["zh-Hant"][f.severity_level], f.severity.n
    if (loss := _loss(f)) is None:
        return f"嚴重程度{found}：僅 {n} 則，太少而無從估計，以其他主題的一般水準計。"
    if f.source == "words":
        rule = _rule(SEVERITY_CUTS["words"], f.severity_level, "zh-Hant")
        return f"嚴重程度{found}：負面用詞的強度為 {loss[0]}，滿值 1（{loss[1]}；{rule}）。{_drawn_hant(f)}"
    rule = _rule(SEVERITY_CUTS["scores"], f.severity_level, "zh-Hant", "量表長度的 ")
    side = "高" if loss[2] else "低"
    return f"嚴重程度{found}：有此提及者給分{side} {loss[0]}，已依其他主題調整（{loss[1]}；{rule}）。{_drawn_hant(f)}"


def _drawn(f: Facts) -> str | None:
    """The drawn severity in percent, where it lies at least two points away from the measured one."""
    if f.severity.value is None or abs(f.severity.value / f.span - f.shrunk) < 0.02:
        return None
    return _percent(f.shrunk)


def _drawn_en(f: Facts) -> str:
    p = _drawn(f)
    return f" As few comments tell it, the level takes it nearer to the other themes, at {p}%." if p else ""


def _drawn_hans(f: Facts) -> str:
    p = _drawn(f)
    return f"评论不多，定级时向其他主题的平均水平靠拢，按 {p}% 计。" if p else ""


def _drawn_hant(f: Facts) -> str:
    p = _drawn(f)
    return f"評論不多，分級時向其他主題的平均靠攏，以 {p}% 計。" if p else ""
