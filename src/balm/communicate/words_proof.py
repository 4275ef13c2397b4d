"""Verdicts, designs, figures that assumptions name, experiments. Order: 简体中文, 繁體中文 (臺灣), English."""

from __future__ import annotations

from balm.communicate.words_assumptions import ASSUMPTIONS

_EXPERIMENTS: dict[str, tuple[str, str, str]] = {
    "proof.why.sample_ratio.ok": (
        "各组人数符合登记的比例。",
        "各組人數符合登記的比例。",
        "The groups have the sizes that were registered.",
    ),
    "proof.why.sample_ratio.no": (
        "各组人数与登记的比例不符，分组出了问题，结果不可信。",
        "各組人數與登記的比例不符，分組出了問題，結果不可信。",
        "The groups do not have the sizes that were registered: the assignment is broken and no effect can be trusted.",
    ),
    "proof.why.sample_ratio.unknown": (
        "无法核实各组人数的比例。",
        "無法核實各組人數的比例。",
        "The sizes of the groups could not be checked.",
    ),
    "proof.why.exposure_logged.ok": (
        "谁看到了什么，均有记录。",
        "誰看到了什麼，均有紀錄。",
        "Who saw what was recorded.",
    ),
    "proof.why.exposure_logged.no": (
        "没有完整记录谁看到了什么。",
        "沒有完整記錄誰看到了什麼。",
        "Who saw what was not fully recorded.",
    ),
    "proof.why.exposure_logged.unknown": (
        "没有说明谁看到了什么，按分到的组计算。",
        "沒有說明誰看到了什麼，按分到的組計算。",
        "Who saw what is not stated; everybody counts for the group assigned.",
    ),
    "proof.why.looked_at_daily.ok": (
        "随时查看结果不会增加误判。",
        "隨時查看結果不會增加誤判。",
        "Looking at the result at any time does not raise the chance of a false alarm.",
    ),
    "proof.why.looked_at_daily.no": (
        "结果被反复查看，但计算没有考虑这一点，容易误判。",
        "結果被反覆查看，但計算沒有考慮這一點，容易誤判。",
        "The result was looked at again and again, which the calculation does not allow for.",
    ),
    "proof.why.looked_at_daily.unknown": (
        "这个区间只适用于在登记的结束日查看一次。",
        "這個區間只適用於在登記的結束日查看一次。",
        "This interval holds for one look, at the registered end.",
    ),
    "proof.why.guardrail.ok": (
        "护栏指标没有变差。",
        "護欄指標沒有變差。",
        "The guardrail has not become worse.",
    ),
    "proof.why.guardrail.no": (
        "护栏指标明显变差。",
        "護欄指標明顯變差。",
        "The guardrail has become worse.",
    ),
    "proof.why.guardrail.unknown": (
        "数据还不足以判断护栏指标是否变差。",
        "資料還不足以判斷護欄指標是否變差。",
        "There are not yet enough data to say whether the guardrail has become worse.",
    ),
    "proof.why.crossed_over.ok": (
        "几乎没有人同时属于多个组。",
        "幾乎沒有人同時屬於多個組。",
        "Hardly anybody was in more than one group.",
    ),
    "proof.why.crossed_over.no": (
        "有些人先后属于多个组，各组之间的差别因此变得模糊。",
        "有些人先後屬於多個組，各組之間的差別因此變得模糊。",
        "Some were in more than one group, which blurs the difference.",
    ),
    "proof.why.crossed_over.unknown": (
        "无法核实是否有人属于多个组。",
        "無法核實是否有人屬於多個組。",
        "Whether anybody was in more than one group could not be checked.",
    ),
    "proof.why.sealed.ok": (
        "检验在开始后没有改动。",
        "檢驗在開始後沒有更動。",
        "The check was not changed after it started.",
    ),
    "proof.why.sealed.no": (
        "检验在开始后被改动，因此不能再作结论。",
        "檢驗在開始後被更動，因此不能再作結論。",
        "The check was changed after it started, so it can decide nothing any more.",
    ),
    "proof.why.sealed.unknown": (
        "无法核实检验是否被改动。",
        "無法核實檢驗是否被更動。",
        "Whether the check was changed could not be verified.",
    ),
    "proof.why.registered_before.ok": (
        "检验在改进开始前已登记。",
        "檢驗在改善開始前已登記。",
        "The check was registered before the fix started.",
    ),
    "proof.why.registered_before.no": (
        "检验在改进开始之后才登记，可能已看过结果。",
        "檢驗在改善開始之後才登記，可能已看過結果。",
        "The check was registered after the fix had started, when results could be seen already.",
    ),
    "proof.why.registered_before.unknown": (
        "不知道检验是何时登记的。",
        "不知道檢驗是何時登記的。",
        "It is not known when the check was registered.",
    ),
    "proof.why.voice.ok": (
        "再次询问受影响的客户，他们的回答与数据一致。",
        "再次詢問受影響的顧客，他們的回答與資料一致。",
        "The affected customers were asked again and agree with the figures.",
    ),
    "proof.why.voice.no": (
        "再次询问受影响的客户，他们的回答与数据不一致。",
        "再次詢問受影響的顧客，他們的回答與資料不一致。",
        "The affected customers were asked again and do not agree with the figures.",
    ),
    "proof.why.voice.unknown": (
        "尚未询问受影响的客户，或回答太少。",
        "尚未詢問受影響的顧客，或回答太少。",
        "The affected customers have not been asked again, or too few have answered.",
    ),
}

_FACTS: dict[str, tuple[str, str, str]] = {
    "proof.fact.missing": ("缺少：{missing}。", "缺少：{missing}。", "Not in the data: {missing}."),
    "proof.fact.nobody": ("没有登记任何实施组。", "沒有登記任何實施組。", "Nobody is registered as exposed."),
    "proof.fact.thin": (
        "{thin}；至少需要 {minimum} 条。",
        "{thin}；至少需要 {minimum} 筆。",
        "{thin}; needed: {minimum}.",
    ),
    "proof.fact.n_minimum": (
        "{n} 条，至少需要 {minimum} 条。",
        "{n} 筆，至少需要 {minimum} 筆。",
        "{n}, needed: {minimum}.",
    ),
    "proof.fact.minimum": ("至少需要 {minimum} 条。", "至少需要 {minimum} 筆。", "The minimum is {minimum}."),
    "proof.fact.gap": (
        "从 {gap_start} 起连续 {gap} 天没有数据。",
        "從 {gap_start} 起連續 {gap} 天沒有資料。",
        "Nothing for {gap} {gap:day|days} from {gap_start}.",
    ),
    "proof.fact.in_unit": ("单元：{unit}。", "單元：{unit}。", "The unit is {unit}."),
    "proof.fact.metrics": ("指标：{metrics}。", "指標：{metrics}。", "Metric: {metrics}."),
    "proof.fact.metric": ("指标：{metric}。", "指標：{metric}。", "Metric: {metric}."),
    "proof.fact.days": (
        "现有 {days} 天，至少需要 {least_days} 天。",
        "現有 {days} 天，至少需要 {least_days} 天。",
        "There are {days} {days:day|days}; at least {least_days} are needed.",
    ),
    "proof.fact.outside": (
        "改进始于 {start}，数据为 {first} 至 {last}。",
        "改善始於 {start}，資料為 {first} 至 {last}。",
        "The fix starts on {start}; the data run from {first} to {last}.",
    ),
    "proof.fact.selected": (
        "挑选实施组所依据的 {selected} 天未计入基线期。",
        "挑選實施組所依據的 {selected} 天未計入基準期。",
        "The {selected} days by which they were chosen are left out of the baseline.",
    ),
    "proof.fact.expected": (
        "仅凭偶然，预计会变化 {expected}。",
        "僅憑偶然，預計會變化 {expected}。",
        "By chance alone, a change of {expected} is to be expected.",
    ),
    "proof.fact.carried": (
        "改进前的差别如果延续下去，估计会带来 {carried} 的变化；把它及其误差考虑进去，就不能确定改进是否有效果。",
        "改善前的差別如果延續下去，估計會帶來 {carried} 的變化；把它及其誤差考慮進去，就不能確定改善是否有效果。",
        "Carried on, the drift apart before the fix would make a change of about {carried}; allowing for that and for "
        "its error, no effect is sure.",
    ),
    "proof.fact.share_of": (
        "{unit} 占 {share}。",
        "{unit} 占 {share}。",
        "{unit} has {share} of it.",
    ),
    "proof.fact.reverses": (
        "去掉 {unit}，变化的方向相反。",
        "去掉 {unit}，變化的方向相反。",
        "Without {unit} the change goes the other way.",
    ),
    "proof.fact.error": ("程序的说明：{message}", "程式的說明：{message}", "The program says: {message}"),
    "proof.fact.p": ("p {p}。", "p {p}。", "p {p}."),
    "proof.fact.rank": ("在 {of} 个中排第 {rank}。", "在 {of} 個中排第 {rank}。", "It ranks {rank} of {of}."),
    "proof.fact.years": ("基线期长 {years} 年。", "基準期長 {years} 年。", "It is {years} years long."),
    "proof.fact.allowed": (
        "区间已为常见幅度的全年季节变化放宽。",
        "區間已為常見幅度的全年季節變化放寬。",
        "The interval allows for a yearly season of a usual size.",
    ),
    "proof.fact.cried": (
        "在没有改进的 {tried} 个时间点作同样的计算，{cried} 次也显示变化。",
        "在沒有改善的 {tried} 個時間點作同樣的計算，{cried} 次也顯示變化。",
        "The same reading at {tried} times when nothing was done found a change {cried} {cried:time|times}.",
    ),
    "proof.fact.both": (
        "实施组 {units} 个，对照组 {comparison_units} 个，至少各需 {least} 个。",
        "實施組 {units} 個，對照組 {comparison_units} 個，至少各需 {least} 個。",
        "Exposed: {units}, comparison: {comparison_units}; of each at least {least} are needed.",
    ),
    "proof.fact.donors": (
        "有 {donors} 个，至少需要 {least} 个。",
        "有 {donors} 個，至少需要 {least} 個。",
        "There are {donors}; at least {least} are needed.",
    ),
    "proof.fact.alone": ("单元：{outside}。", "單元：{outside}。", "Units: {outside}."),
    "proof.fact.no_before": (
        "改进前没有数据：{without_before}。",
        "改善前沒有資料：{without_before}。",
        "Without data before: {without_before}.",
    ),
    "proof.fact.no_after": (
        "改进后没有数据：{without_after}。",
        "改善後沒有資料：{without_after}。",
        "Without data after: {without_after}.",
    ),
    "proof.fact.units": ("单元：{units}。", "單元：{units}。", "Units: {units}."),
    "proof.fact.share": ("占 {share}。", "占 {share}。", "It is {share}."),
    "proof.fact.break": ("日期：{day}。", "日期：{day}。", "It was on {day}."),
    "proof.fact.changed": ("改动时间：{changed}。", "更動時間：{changed}。", "It was changed on {changed}."),
    "proof.fact.answers": (
        "{asked} 人被询问，{answered} 人回答。",
        "{asked} 人被詢問，{answered} 人回答。",
        "{asked} asked, {answered} answered.",
    ),
    "proof.side.exposed_before": ("实施组改进前 {n} 条", "實施組改善前 {n} 筆", "exposed before: {n}"),
    "proof.side.exposed_after": ("实施组改进后 {n} 条", "實施組改善後 {n} 筆", "exposed after: {n}"),
    "proof.side.comparison_before": ("对照组改进前 {n} 条", "對照組改善前 {n} 筆", "comparison before: {n}"),
    "proof.side.comparison_after": ("对照组改进后 {n} 条", "對照組改善後 {n} 筆", "comparison after: {n}"),
}

_VERDICTS: dict[str, tuple[str, str, str]] = {
    "proof.outcome.gone": ("已消除", "已消除", "gone"),
    "proof.outcome.reduced": ("已减轻", "已減輕", "reduced"),
    "proof.outcome.unchanged": ("无变化", "無變化", "unchanged"),
    "proof.outcome.worse": ("变差", "變差", "worse"),
    "proof.outcome.cannot tell": ("无法判断", "無法判斷", "cannot tell"),
    "proof.design.ab": ("随机对照实验", "隨機對照實驗", "randomized experiment"),
    "proof.design.did": ("双重差分", "雙重差分", "difference-in-differences"),
    "proof.design.its": ("中断时间序列", "中斷時間序列", "interrupted time series"),
    "proof.design.synthetic": ("合成控制", "合成控制", "synthetic control"),
    "proof.design.matched": ("匹配前后比较", "配對前後比較", "matched before–after"),
    "proof.compares.ab": (
        "随机分到改进的人，与随机分到未改进的人相比。",
        "隨機分到改善的人，與隨機分到未改善的人相比。",
        "Those drawn by lot to have the fix are compared with those drawn not to.",
    ),
    "proof.compares.did": (
        "实施组前后的变化，与同一时间对照组的变化相比。",
        "實施組前後的變化，與同一時間對照組的變化相比。",
        "How the exposed changed is compared with how the others changed over the same time.",
    ),
    "proof.compares.its": (
        "实施组改进后的水平，与按改进前的走势推算的水平相比；没有对照组。",
        "實施組改善後的水準，與按改善前的走勢推算的水準相比；沒有對照組。",
        "The level after the fix is compared with what the time before leads one to expect; no group is compared.",
    ),
    "proof.compares.synthetic": (
        "实施组与其他单元的加权组合相比，该组合在改进前与实施组走势相同。",
        "實施組與其他單元的加權組合相比，該組合在改善前與實施組走勢相同。",
        "The exposed are compared with a mix of other units that moved like them before the fix.",
    ),
    "proof.compares.matched": (
        "实施组的前后变化，与改进前相近的单元的变化相比。",
        "實施組的前後變化，與改善前相近的單元的變化相比。",
        "How the exposed changed is compared with how units that were alike before changed.",
    ),
    "proof.what.share_of": ("{metric} 的占比", "{metric} 的占比", "the share with {metric}"),
    "proof.what.mean_of": ("{metric} 的平均值", "{metric} 的平均值", "the mean of {metric}"),
    "proof.what.share": ("出现此问题的占比", "出現此問題的占比", "the share that has it"),
    "proof.what.mean": ("平均值", "平均值", "the mean"),
    "proof.what.rate": ("平均次数", "平均次數", "the rate"),
    "proof.level": (
        "改进后，{what}为 {level}；若未改进，应为 {without}。差异：{effect}。",
        "改善後，{what}為 {level}；若未改善，應為 {without}。差異：{effect}。",
        "After the fix, {what} is {level} instead of {without} without it; difference: {effect}.",
    ),
    "proof.level.its": (
        "改进后，{what}为 {level}；按改进前的走势，本应为 {without}。差异：{effect}。"
        "没有对照组，因此只能说变化与改进同时出现。",
        "改善後，{what}為 {level}；按改善前的走勢，本應為 {without}。差異：{effect}。"
        "沒有對照組，因此只能說變化與改善同時出現。",
        "After the fix, {what} is {level}; the time before would have led to {without}. Difference: {effect}. "
        "Nothing was compared, so the change is only known to have come with the fix.",
    ),
    "proof.points": ("{value} 个百分点", "{value} 個百分點", "{value} points"),
    "proof.left": (
        "剩余部分最多为 {left}，不超过登记的 {remainder}。",
        "剩餘部分最多為 {left}，不超過登記的 {remainder}。",
        "At most {left} of it is left; registered as gone: {remainder}.",
    ),
    "proof.rule.gone": ("已消除。", "已消除。", "Gone."),
    "proof.rule.reduced": ("已减轻，但没有消除。", "已減輕，但沒有消除。", "Reduced, but not gone."),
    "proof.rule.no_target": (
        "好转。没有登记目标值，因此不能说问题已消除。",
        "好轉。沒有登記目標值，因此不能說問題已消除。",
        "Better. No target was registered, so it cannot be called gone.",
    ),
    "proof.rule.worse": ("变差。", "變差。", "Worse."),
    "proof.rule.within_margin": (
        "无变化：差异在登记的 ±{margin} 以内。",
        "無變化：差異在登記的 ±{margin} 以內。",
        "Unchanged: the difference lies within the ±{margin} registered as too small to matter.",
    ),
    "proof.rule.smaller_than_margin": (
        "无重要变化：差异虽不是偶然，但小于登记的 ±{margin}。",
        "無重要變化：差異雖不是偶然，但小於登記的 ±{margin}。",
        "Unchanged: there is a difference, but it is smaller than the ±{margin} registered as one that matters.",
    ),
    "proof.rule.too_wide": (
        "差异的区间太宽：既可能有改善，也可能没有。",
        "差異的區間太寬：既可能有改善，也可能沒有。",
        "The interval of the difference is too wide: it holds both an improvement and none.",
    ),
    "proof.cannot_tell": (
        "无法判断，原因：{why}",
        "無法判斷，原因：{why}",
        "Cannot tell, because of this: {why}",
    ),
    "proof.figure.title": ("观测值与若未改进", "觀測值與若未改善", "Observed, and without the fix"),
    "proof.figure.of": (
        "{what}：观测值与若未改进",
        "{what}：觀測值與若未改善",
        "{what}: observed, and without the fix",
    ),
    "proof.figure.observed": ("观测值", "觀測值", "observed"),
    "proof.figure.without": ("若未改进", "若未改善", "without the fix"),
    "proof.figure.start": ("改进始于 {day}", "改善始於 {day}", "Fix from {day}"),
    "proof.figure.soak": (
        "改进始于 {day}，沉淀期 {soak} 天",
        "改善始於 {day}，沉澱期 {soak} 天",
        "Fix from {day}, soak {soak} {soak:day|days}",
    ),
    "proof.row.level": ("改进后", "改善後", "with the fix"),
    "proof.row.without": ("若未改进", "若未改善", "without the fix"),
    "proof.row.effect": ("差异", "差異", "difference"),
    "proof.row.estimate": ("估计（95% 区间）", "估計（95% 區間）", "estimate (95 % interval)"),
    "proof.row.check": ("前提", "前提", "rests on"),
    "proof.row.why": ("说明", "說明", "why"),
    "proof.holds.note": ("须注意", "須注意", "to note"),
    "proof.holds.ok": ("成立", "成立", "holds"),
    "proof.holds.no": ("不成立", "不成立", "does not hold"),
    "proof.holds.unknown": ("未能确定", "未能確定", "not sure"),
}  # fmt: skip

_NAMES: dict[str, tuple[str, str, str]] = {
    "proof.name.exposed_known": ("实施组已知", "實施組已知", "Exposed group known"),
    "proof.name.enough_data": ("数据足够", "資料足夠", "Enough data"),
    "proof.name.metric_complete": ("指标完整", "指標完整", "Metric complete"),
    "proof.name.baseline_long_enough": ("基线期足够长", "基準期足夠長", "Baseline long enough"),
    "proof.name.after_long_enough": ("改进后时间足够长", "改善後時間足夠長", "Time after long enough"),
    "proof.name.chosen_for_worst": ("非偶然回落", "非偶然回落", "No return from a bad spell"),
    "proof.name.one_unit_does_not_rule": ("不由单一单元决定", "不由單一單元決定", "No single unit rules"),
    "proof.name.could_not_be_computed": ("计算完成", "計算完成", "Calculation"),
    "proof.name.parallel_before": ("改进前走势一致", "改善前走勢一致", "Alike before"),
    "proof.name.comparison_clean": ("对照组未受影响", "對照組未受影響", "Comparison clean"),
    "proof.name.enough_units": ("单元足够", "單元足夠", "Enough units"),
    "proof.name.starts_known": ("改进日期已知", "改善日期已知", "Starts known"),
    "proof.name.season_covered": ("季节已覆盖", "季節已涵蓋", "Season covered"),
    "proof.name.autocorrelation": ("时段相关性", "時段相關性", "Autocorrelation"),
    "proof.name.no_other_break": ("没有其他突变", "沒有其他突變", "No other break"),
    "proof.name.no_comparison": ("没有对照组", "沒有對照組", "No comparison"),
    "proof.name.fit_before": ("改进前吻合", "改善前吻合", "Fit before"),
    "proof.name.donors_enough": ("可用单元足够", "可用單元足夠", "Enough donors"),
    "proof.name.placebo": ("安慰剂检验", "安慰劑檢驗", "Placebo"),
    "proof.name.balance": ("两组相近", "兩組相近", "Balance"),
    "proof.name.overlap": ("有相近单元", "有相近單元", "Overlap"),
    "proof.name.sample_ratio": ("样本比例", "樣本比例", "Sample ratio"),
    "proof.name.exposure_logged": ("有曝光记录", "有曝光紀錄", "Exposure logged"),
    "proof.name.looked_at_daily": ("随时查看", "隨時查看", "Looked at daily"),
    "proof.name.guardrail": ("护栏指标", "護欄指標", "Guardrail"),
    "proof.name.crossed_over": ("没有跨组", "沒有跨組", "Nobody crossed over"),
    "proof.name.sealed": ("已封存", "已封存", "Sealed"),
    "proof.name.registered_before": ("事先登记", "事先登記", "Registered before"),
    "proof.name.voice": ("客户的回答", "顧客的回答", "Customers' answers"),
}

PROOF: dict[str, tuple[str, str, str]] = {**ASSUMPTIONS, **_EXPERIMENTS, **_FACTS, **_VERDICTS, **_NAMES}
