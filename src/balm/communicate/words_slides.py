"""Words of the slides: key → Simplified Chinese, Traditional Chinese, English."""

from __future__ import annotations

SLIDES: dict[str, tuple[str, str, str]] = {
    "slide.low": ("{name}（区间下限）", "{name}（區間下限）", "{name} (lower end)"),
    "slide.high": ("{name}（区间上限）", "{name}（區間上限）", "{name} (upper end)"),
    "slide.continued": ("{title}（续）", "{title}（續）", "{title} (continued)"),
    "figure.ranking": ("影响最大的痛点", "影響最大的痛點", "Pain points by impact"),
}
