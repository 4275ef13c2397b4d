"""What each assumption of a check says: held, not held, not known. Order: 简体中文, 繁體中文 (臺灣), English.

`proof.why.NAME.ok|no|unknown` are whole sentences without figures; `proof.fact.NAME…` name the figures and follow them.
"""

from __future__ import annotations

ASSUMPTIONS: dict[str, tuple[str, str, str]] = {
    # every design
    "proof.why.exposed_known.ok": (
        "登记的实施组都在数据中。",
        "登記的實施組都在資料中。",
        "Everybody registered as having the fix is in the data.",
    ),
    "proof.why.exposed_known.no": (
        "数据中找不到登记的实施组，或不完整，因此不知道谁已改进。",
        "資料中找不到登記的實施組，或不完整，因此不知道誰已改善。",
        "The exposed group is empty or not fully in the data, so it is not known who has the fix.",
    ),
    "proof.why.exposed_known.unknown": (
        "无法核实谁属于实施组。",
        "無法核實誰屬於實施組。",
        "Who has the fix could not be checked.",
    ),
    "proof.why.enough_data.ok": (
        "每一方的记录都达到登记的最低数量。",
        "每一方的紀錄都達到登記的最低數量。",
        "Every side has at least the registered minimum of observations.",
    ),
    "proof.why.enough_data.no": (
        "至少有一方的记录少于登记的最低数量。",
        "至少有一方的紀錄少於登記的最低數量。",
        "At least one side has fewer observations than the registered minimum.",
    ),
    "proof.why.enough_data.unknown": (
        "无法核实记录是否足够。",
        "無法核實紀錄是否足夠。",
        "Whether there are enough observations could not be checked.",
    ),
    "proof.why.metric_complete.ok": (
        "指标没有明显缺口。",
        "指標沒有明顯缺口。",
        "The metric has no gap to speak of.",
    ),
    "proof.why.metric_complete.no": (
        "指标在部分时间没有数据，前后比较的可能不是同样的内容。",
        "指標在部分時間沒有資料，前後比較的可能不是同樣的內容。",
        "The metric is missing for part of the time, so unlike may be compared with unlike.",
    ),
    "proof.why.metric_complete.unknown": (
        "无法核实指标是否完整。",
        "無法核實指標是否完整。",
        "Whether the metric is complete could not be checked.",
    ),
    "proof.why.baseline_long_enough.ok": (
        "改进前的基线期足够长。",
        "改善前的基準期足夠長。",
        "The baseline before the fix is long enough.",
    ),
    "proof.why.baseline_long_enough.no": (
        "改进前的数据太短，看不出平时的水平和波动。",
        "改善前的資料太短，看不出平時的水準和波動。",
        "There is too little time before the fix to know the usual level and how it varies.",
    ),
    "proof.why.baseline_long_enough.unknown": (
        "无法核实基线期是否足够长。",
        "無法核實基準期是否足夠長。",
        "Whether the baseline is long enough could not be checked.",
    ),
    "proof.why.after_long_enough.ok": (
        "改进后的观察时间足够长。",
        "改善後的觀察時間足夠長。",
        "The time after the fix is long enough.",
    ),
    "proof.why.after_long_enough.no": (
        "改进并经过沉淀期之后的数据太短。",
        "改善並經過沉澱期之後的資料太短。",
        "There is too little time after the fix and its soak.",
    ),
    "proof.why.after_long_enough.unknown": (
        "无法核实改进后的时间是否足够长。",
        "無法核實改善後的時間是否足夠長。",
        "Whether the time after the fix is long enough could not be checked.",
    ),
    "proof.why.chosen_for_worst.ok": (
        "没有把偶然的回落当成改进效果。",
        "沒有把偶然的回落當成改善效果。",
        "A bad spell that would have passed by itself is not taken for an effect.",
    ),
    "proof.why.chosen_for_worst.no": (
        "实施组在改进前表现得特别差，即使不改进，其中一部分也会自行回落。",
        "實施組在改善前表現得特別差，即使不改善，其中一部分也會自行回落。",
        "The exposed stood out as bad before the fix; part of that would have gone away by itself.",
    ),
    "proof.why.chosen_for_worst.unknown": (
        "无法核实实施组是否因一时最差而被选中，部分变化可能只是回归常态。",
        "無法核實實施組是否因一時最差而被選中，部分變化可能只是回歸常態。",
        "Whether the exposed were chosen in a bad spell could not be checked; part of the change may be chance.",
    ),
    "proof.why.one_unit_does_not_rule.ok": (
        "结果不取决于某一个单元。",
        "結果不取決於某一個單元。",
        "The result does not hang on a single unit.",
    ),
    "proof.why.one_unit_does_not_rule.no": (
        "结果主要取决于一个单元。",
        "結果主要取決於一個單元。",
        "The result hangs on a single unit.",
    ),
    "proof.why.one_unit_does_not_rule.unknown": (
        "单元太少，无法看出结果是否取决于其中一个。",
        "單元太少，無法看出結果是否取決於其中一個。",
        "There are too few units to see whether the result hangs on one of them.",
    ),
    "proof.why.could_not_be_computed.ok": ("计算顺利完成。", "計算順利完成。", "The calculation went through."),
    "proof.why.could_not_be_computed.no": (
        "用这些数据无法完成计算。",
        "用這些資料無法完成計算。",
        "With these data the calculation could not be completed.",
    ),
    "proof.why.could_not_be_computed.unknown": (
        "计算没有得出结果。",
        "計算沒有得出結果。",
        "The calculation gave no result.",
    ),
    # difference-in-differences
    "proof.why.parallel_before.ok": (
        "改进前，实施组与对照组的走势一致。",
        "改善前，實施組與對照組的走勢一致。",
        "Before the fix, the exposed and the comparison moved alike.",
    ),
    "proof.why.parallel_before.no": (
        "改进前，两组的走势已经不同，或者不能排除足以改变结论的差别，因此对照组不能说明若未改进会怎样。",
        "改善前，兩組的走勢已經不同，或者不能排除足以改變結論的差別，因此對照組不能說明若未改善會怎樣。",
        "The two groups moved apart before the fix already, or may have by enough to overturn the result, so the "
        "comparison does not show what would have been.",
    ),
    "proof.why.parallel_before.unknown": (
        "改进前两组的走势没有明显不同，但不能排除有重要差别。",
        "改善前兩組的走勢沒有明顯不同，但不能排除有重要差別。",
        "Nothing shows that the groups moved apart before the fix, but a difference that matters cannot be ruled out.",
    ),
    "proof.why.comparison_clean.ok": (
        "对照组没有受到改进的影响。",
        "對照組沒有受到改善的影響。",
        "The comparison shows no sign of having got the fix.",
    ),
    "proof.why.comparison_clean.no": (
        "对照组也受到了改进或其他变化的影响，不能再作比较。",
        "對照組也受到了改善或其他變化的影響，不能再作比較。",
        "The comparison got the fix, or something else, too: it is no longer a comparison.",
    ),
    "proof.why.comparison_clean.unknown": (
        "没有迹象表明对照组受到影响，但不能排除。",
        "沒有跡象表明對照組受到影響，但不能排除。",
        "Nothing shows that the comparison got some of the fix, but it cannot be ruled out.",
    ),
    "proof.why.enough_units.ok": (
        "两组的单元数量足够。",
        "兩組的單元數量足夠。",
        "Both groups have enough units.",
    ),
    "proof.why.enough_units.no": (
        "单元太少，无法区分改进效果与单元自身的波动。",
        "單元太少，無法區分改善效果與單元自身的波動。",
        "There are too few units to tell an effect from what single units do anyway.",
    ),
    "proof.why.enough_units.unknown": (
        "无法核实单元数量是否足够。",
        "無法核實單元數量是否足夠。",
        "Whether there are enough units could not be checked.",
    ),
    "proof.why.starts_known.ok": (
        "每个单元的改进日期都已知。",
        "每個單元的改善日期都已知。",
        "The start of the fix is known for every unit.",
    ),
    "proof.why.starts_known.no": (
        "有些单元的改进日期不明，或不在数据的时间范围内。",
        "有些單元的改善日期不明，或不在資料的時間範圍內。",
        "For some units the start of the fix is not known or lies outside the data.",
    ),
    "proof.why.starts_known.unknown": (
        "无法核实各单元的改进日期。",
        "無法核實各單元的改善日期。",
        "The starts of the fix could not be checked.",
    ),
    # interrupted time series
    "proof.why.season_covered.ok": (
        "基线期覆盖了完整的季节周期。",
        "基準期涵蓋了完整的季節週期。",
        "The baseline covers whole seasons.",
    ),
    "proof.why.season_covered.no": (
        "基线期不足以看出季节变化，变化可能只是季节所致。",
        "基準期不足以看出季節變化，變化可能只是季節所致。",
        "The baseline is too short to know the season; the change may be seasonal.",
    ),
    "proof.why.season_covered.unknown": (
        "没有登记季节周期，而基线期不足两年，看不出全年的季节变化。",
        "沒有登記季節週期，而基準期不足兩年，看不出全年的季節變化。",
        "No season was registered, and a baseline of less than two years cannot show one of the year.",
    ),
    "proof.why.autocorrelation.ok": (
        "已考虑相邻时段之间的相关性。",
        "已考慮相鄰時段之間的相關性。",
        "That neighboring periods resemble each other is allowed for.",
    ),
    "proof.why.autocorrelation.no": (
        "相邻时段之间的相关性很强，区间可能偏窄。",
        "相鄰時段之間的相關性很強，區間可能偏窄。",
        "Neighboring periods resemble each other more than is allowed for; the interval may be too narrow.",
    ),
    "proof.why.autocorrelation.unknown": (
        "无法核实相邻时段之间的相关性。",
        "無法核實相鄰時段之間的相關性。",
        "How much neighboring periods resemble each other could not be checked.",
    ),
    "proof.why.no_other_break.ok": (
        "改进前后没有发现其他突变。",
        "改善前後沒有發現其他突變。",
        "No other sudden change was found around the fix.",
    ),
    "proof.why.no_other_break.no": (
        "在其他时间也出现突变，变化未必来自这次改进。",
        "在其他時間也出現突變，變化未必來自這次改善。",
        "There was a sudden change at another time as well, so something else may be at work.",
    ),
    "proof.why.no_other_break.unknown": (
        "无法核实是否有其他突变。",
        "無法核實是否有其他突變。",
        "Whether there was another sudden change could not be checked.",
    ),
    "proof.why.no_comparison.ok": (
        "没有对照组：同一时间发生的其他事情也可能造成变化。",
        "沒有對照組：同一時間發生的其他事情也可能造成變化。",
        "Nothing was compared: whatever else happened at the same time may be behind the change.",
    ),
    "proof.why.no_comparison.no": (
        "没有对照组：同一时间发生的其他事情也可能造成变化。",
        "沒有對照組：同一時間發生的其他事情也可能造成變化。",
        "Nothing was compared: whatever else happened at the same time may be behind the change.",
    ),
    "proof.why.no_comparison.unknown": (
        "没有对照组：同一时间发生的其他事情也可能造成变化。",
        "沒有對照組：同一時間發生的其他事情也可能造成變化。",
        "Nothing was compared: whatever else happened at the same time may be behind the change.",
    ),
    # synthetic control
    "proof.why.fit_before.ok": (
        "改进前，合成的对照与实施组吻合。",
        "改善前，合成的對照與實施組吻合。",
        "Before the fix, the mix of others follows the exposed closely.",
    ),
    "proof.why.fit_before.no": (
        "改进前，合成的对照与实施组不吻合，之后的差距说明不了什么。",
        "改善前，合成的對照與實施組不吻合，之後的差距說明不了什麼。",
        "Before the fix, no mix of others follows the exposed, so a gap afterwards says little.",
    ),
    "proof.why.fit_before.unknown": (
        "无法核实合成的对照在改进前是否吻合。",
        "無法核實合成的對照在改善前是否吻合。",
        "How well the mix of others fits before the fix could not be checked.",
    ),
    "proof.why.donors_enough.ok": (
        "可用于合成对照的单元足够。",
        "可用於合成對照的單元足夠。",
        "There are enough other units to mix from.",
    ),
    "proof.why.donors_enough.no": (
        "可用于合成对照的单元太少。",
        "可用於合成對照的單元太少。",
        "There are too few other units to mix from.",
    ),
    "proof.why.donors_enough.unknown": (
        "无法核实可用于合成对照的单元是否足够。",
        "無法核實可用於合成對照的單元是否足夠。",
        "Whether there are enough other units to mix from could not be checked.",
    ),
    "proof.why.placebo.ok": (
        "对未改进的单元作同样的计算，没有出现相近的差距。",
        "對未改善的單元作同樣的計算，沒有出現相近的差距。",
        "The same calculation on units without the fix gives no gap as large.",
    ),
    "proof.why.placebo.no": (
        "对未改进的单元作同样的计算，也出现了相近的差距。",
        "對未改善的單元作同樣的計算，也出現了相近的差距。",
        "The same calculation on units without the fix gives gaps as large.",
    ),
    "proof.why.placebo.unknown": (
        "单元太少，无法用未改进的单元作检验。",
        "單元太少，無法用未改善的單元作檢驗。",
        "There are too few units to try the same calculation on others.",
    ),
    # matched before and after
    "proof.why.balance.ok": (
        "匹配后的两组在改进前相近。",
        "配對後的兩組在改善前相近。",
        "The matched groups were alike before the fix.",
    ),
    "proof.why.balance.no": (
        "匹配后的两组在改进前仍有差别。",
        "配對後的兩組在改善前仍有差別。",
        "The matched groups still differed before the fix.",
    ),
    "proof.why.balance.unknown": (
        "无法核实两组在改进前是否相近。",
        "無法核實兩組在改善前是否相近。",
        "Whether the groups were alike before the fix could not be checked.",
    ),
    "proof.why.overlap.ok": (
        "实施组都找到了相近的单元。",
        "實施組都找到了相近的單元。",
        "Every exposed unit has others like it.",
    ),
    "proof.why.overlap.no": (
        "有些实施组单元找不到相近的单元。",
        "有些實施組單元找不到相近的單元。",
        "Some exposed units have none like them.",
    ),
    "proof.why.overlap.unknown": (
        "无法核实是否有足够相近的单元。",
        "無法核實是否有足夠相近的單元。",
        "Whether there are units alike could not be checked.",
    ),
}
