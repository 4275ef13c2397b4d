"""Words of the page as a whole: head, sections, drawer, empty states. Order: 简体中文, 繁體中文 (臺灣), English."""

from __future__ import annotations

PAGE: dict[str, tuple[str, str, str]] = {
    # frame
    "page.title": ("客户之痛 · {files}", "顧客之痛 · {files}", "Customer pain points · {files}"),
    "page.kicker": ("客户反馈报告", "顧客意見報告", "Customer feedback report"),
    "page.skip": ("跳到痛点列表", "跳到痛點列表", "Skip to the pain points"),
    "page.language": ("语言", "語言", "Language"),
    "page.nav": ("本页内容", "本頁內容", "On this page"),
    "page.headline": ("最让客户难受的：{pains}", "最讓顧客困擾的：{pains}", "What hurts customers most: {pains}"),
    "page.proposed": ("“{name}”（新发现）", "「{name}」（新發現）", "“{name}” (newly found)"),
    "page.headline_none": (
        "这些评论里没有找到痛点",
        "這些評論裡沒有找到痛點",
        "No pain points found in these comments",
    ),
    "page.as_of": (
        "数据截至 {day}。Balm {version}，随机种子 {seed}。",
        "資料截至 {day}。Balm {version}，亂數種子 {seed}。",
        "Data up to {day}. Balm {version}, seed {seed}.",
    ),
    "page.as_of_none": (
        "数据没有日期。Balm {version}，随机种子 {seed}。",
        "資料沒有日期。Balm {version}，亂數種子 {seed}。",
        "The data carry no dates. Balm {version}, seed {seed}.",
    ),
    "page.offline": (
        "本页是一个独立文件，不联网，也不向任何地方发送数据。",
        "本頁是單一檔案，不連網，也不會把資料傳送到任何地方。",
        "This page is one file. It makes no network requests and sends nothing anywhere.",
    ),
    "page.no_script": (
        "此浏览器未启用 JavaScript：表格、图和原话都能阅读；切换语言和查看全部句子需要启用它。",
        "此瀏覽器未啟用 JavaScript：表格、圖和原話都能閱讀；切換語言和查看全部句子需要啟用它。",
        "JavaScript is off. Tables, charts and quotes are all here; "
        "switching language and opening all sentences need it.",
    ),
    # numbers
    "number.too_few": ("太少，无法判断", "太少，無法判斷", "too few to say"),
    "number.n": ("n = {n}", "n = {n}", "n = {n}"),
    "number.n_small": ("n = {n}，样本小", "n = {n}，樣本小", "n = {n}, small"),
    "period.week": ("{day}起一周", "{day}起一週", "week of {day}"),
    # what was read
    "read.title": ("读了什么", "讀了什麼", "What was read"),
    "read.comments": ("评论", "評論", "Comments"),
    "read.customers": ("客户", "顧客", "Customers"),
    "read.customers_unknown": (
        "没有客户编号：每条评论算作一位客户",
        "沒有顧客編號：每則評論算作一位顧客",
        "no customer column: each comment counts as one customer",
    ),
    "read.period": ("时间", "期間", "Period"),
    "read.period_none": ("没有日期列", "沒有日期欄位", "no date column"),
    "read.languages": ("语言", "語言", "Languages"),
    "read.mentions": ("提及", "提及", "Mentions"),
    "read.coded": ("{share} 归入主题", "{share} 歸入主題", "{share} assigned to a theme"),
    "read.files": ("文件", "檔案", "Files"),
    "read.rows": ("读入 {n} 行", "讀入 {n} 列", "{n} {n:row|rows} read"),
    "read.duplicates": ("重复 {n} 行，未计入", "重複 {n} 列，未計入", "{n} {n:duplicate|duplicates}, left out"),
    "read.rejected": ("未能读入", "未能讀入", "Rejected"),
    "read.rejected_none": ("没有", "沒有", "none"),
    "read.rejected_where": (
        "逐行原因见 rejected.jsonl",
        "逐列原因見 rejected.jsonl",
        "each row with its reason in rejected.jsonl",
    ),
    "read.redacted": ("已脱敏", "已去識別化", "Redacted"),
    "read.redacted_none": ("没有发现个人标识", "沒有發現個人識別資料", "no identifiers found"),
    "read.columns": ("各列的用途", "各欄位的用途", "How columns were read"),
    "read.codebook": ("编码本", "編碼簿", "Codebook"),
    "read.packs": ("{codebook}，行业包：{packs}", "{codebook}，產業包：{packs}", "{codebook}, with packs: {packs}"),
    "read.codebook_none": ("未使用：主题全部来自发现", "未使用：主題全部來自探索", "none: every theme was discovered"),
    "read.of": ("{label} {n}", "{label} {n}", "{label} {n}"),
    "read.pair": ("{label}：{value}", "{label}：{value}", "{label}: {value}"),
    # how far to trust it
    "trust.title": ("读数之前", "讀數之前", "Before you believe it"),
    "trust.sentiment.scores": (
        "褒贬：从客户自己打的分数学得。",
        "褒貶：從顧客自己打的分數學得。",
        "Sentiment was learnt from the customers’ own scores.",
    ),
    "trust.sentiment.words": (
        "褒贬：依据词语判断，因为数据里没有可用的分数。",
        "褒貶：依據詞語判斷，因為資料裡沒有可用的分數。",
        "Sentiment was read from words, because the data hold no usable scores.",
    ),
    "trust.severity.scores": (
        "严重程度：提到该主题的人少给的分数，已按其他主题调整。这是相关，不等于因果。",
        "嚴重程度：提到該主題的人少給的分數，已依其他主題調整。這是相關，不等於因果。",
        "Severity is the score lost by those who mention a theme, adjusted for the other themes. "
        "It is an association, not proof of a cause.",
    ),
    "trust.severity.words": (
        "严重程度：依据词语的强烈程度，因为数据里没有可用的分数。",
        "嚴重程度：依據用詞的強烈程度，因為資料裡沒有可用的分數。",
        "Severity was read from the strength of the words, because the data hold no usable scores.",
    ),
    "trust.unclear": (
        "排在前面的痛点，多数的严重程度还与零分不开，名次主要看波及面。下一步：导入更多带分数的评论。",
        "排在前面的痛點，多數的嚴重程度還與零分不開，名次主要看波及範圍。下一步：匯入更多附分數的評論。",
        "For most of the first pain points severity cannot be told from 0 yet, so the order mostly follows reach. "
        "Next: import more comments with scores.",
    ),
    "trust.moved": (
        "与上次相比，{share} 的提及换了主题编号。",
        "與上次相比，{share} 的提及換了主題編號。",
        "Since the last run, {share} of earlier mentions changed theme.",
    ),
    # scores
    "scores.title": ("客户打的分", "顧客打的分數", "What customers scored"),
    "scores.none": (
        "数据里没有分数列，因此不显示 NPS、满意度等指标。若有，用 --score 列名 指明。",
        "資料裡沒有分數欄位，因此不顯示 NPS、滿意度等指標。若有，用 --score 欄名 指明。",
        "No score column, so there is no NPS or satisfaction here. If there is one, name it with --score COLUMN.",
    ),
    "scores.range": ("范围 {low} 到 {high}", "範圍 {low} 到 {high}", "scale {low} to {high}"),
    # sections
    "section.pains": ("痛点排序", "痛點排序", "Pain points, ranked"),
    "section.pains_hint.scores": (
        "按影响排序：波及面 × 严重程度，即平均每 100 位客户因它少给的分。"
        "括号内为 95% 区间；n 小于 30 的显示为灰色。点任何带下划线的数字，看它数的句子。",
        "依影響排序：波及範圍 × 嚴重程度，即平均每 100 位顧客因它少給的分。"
        "括號內為 95% 區間；n 小於 30 的以灰色顯示。點任何帶底線的數字，看它數的句子。",
        "Ordered by impact: reach × severity, the score points that go with it per 100 customers. "
        "Brackets: 95% intervals; grey: n under 30. Every underlined count opens its sentences.",
    ),
    "section.pains_hint.words": (
        "按影响排序：波及面 × 严重程度，按每 100 位客户计。严重程度指用词的强烈程度，最高为 1。"
        "括号内为 95% 区间；n 小于 30 的显示为灰色。点任何带下划线的数字，看它数的句子。",
        "依影響排序：波及範圍 × 嚴重程度，以每 100 位顧客計。嚴重程度指用詞的強烈程度，最高為 1。"
        "括號內為 95% 區間；n 小於 30 的以灰色顯示。點任何帶底線的數字，看它數的句子。",
        "Ordered by impact: reach × severity, per 100 customers. Severity is the strength of the words, at most 1. "
        "Brackets: 95% intervals; grey: n under 30. Every underlined count opens its sentences.",
    ),
    "section.short_hint": (
        "从第 {first} 名起的 {n} 个影响较小，只列要点；点数字看句子。",
        "第 {first} 名起的 {n} 個影響較小，只列要點；點數字看句子。",
        "The {n} from rank {first} on weigh little and are listed in short; their counts open the sentences.",
    ),
    "empty.groups": (
        "没有客户属性列，看不出谁更多遇到。下一步：用 --by 列名 指明渠道、地区、门店等列。",
        "沒有顧客屬性欄位，看不出誰更常遇到。下一步：用 --by 欄名 指明通路、地區、門市等欄位。",
        "No attribute columns, so nothing on who has a pain more. "
        "Next: name channel, region or store with --by COLUMN.",
    ),
    "section.more": ("其余 {n} 个痛点", "其餘 {n} 個痛點", "{n} more {n:pain point|pain points}"),
    "section.more_themes": ("其余 {n} 个主题", "其餘 {n} 個主題", "{n} more {n:theme|themes}"),
    "section.details": ("逐个细看", "逐一細看", "One by one"),
    "section.effort": ("先做什么：价值与难度", "先做什麼：價值與難度", "Where to start: value and effort"),
    "section.praise": ("客户喜欢什么", "顧客喜歡什麼", "What customers like"),
    "section.proposals": ("新发现的主题（待确认）", "新發現的主題（待確認）", "Newly found themes, to be confirmed"),
    "section.proposals_hint": (
        "编码本里没有这些主题，它们由未归类的句子聚成。名称是程序拟的，请人确认后再用。",
        "編碼簿裡沒有這些主題，它們由未歸類的句子聚成。名稱由程式擬定，請確認後再用。",
        "The codebook does not know these. They were grouped from sentences that fit no theme; "
        "their names are proposals for a person to accept or change.",
    ),
    "section.themes": ("全部主题", "全部主題", "All themes"),
    "section.about": ("数据与方法", "資料與方法", "Data and methods"),
    # empty states
    "empty.pains": (
        "没有带负面的提及可以排序。下一步：确认文本列对不对（--text 列名），或换一个更贴合行业的编码本（--codebook）。",
        "沒有負面的提及可以排序。下一步：確認文字欄位對不對（--text 欄名），或換一本更貼合產業的編碼簿（--codebook）。",
        "There are no negative mentions to rank. Next: check that the right text column was read (--text COLUMN), "
        "or try a codebook closer to the field (--codebook).",
    ),
    "empty.unsupported": (
        "所有评论的语言都暂不支持，所以没有可解读的内容。下一步：提供简体、繁体或英文评论，或先翻译。",
        "所有評論的語言都暫不支援，所以沒有可解讀的內容。下一步：提供簡體、繁體或英文評論，或先翻譯。",
        "Every comment is in a language that is not supported yet, so nothing was interpreted. "
        "Next: supply comments in Chinese or English, or translate them first.",
    ),
    "empty.one": (
        "只有一条评论：可以读它，但不能据此统计。下一步：导入更多评论，几百条起排序才有意义。",
        "只有一則評論：可以讀它，但不能據此統計。下一步：匯入更多評論，幾百則起排序才有意義。",
        "There is only one comment. It can be read, but nothing can be estimated from it. "
        "Next: import more; a ranking starts to mean something from a few hundred.",
    ),
    "empty.trend": (
        "没有日期，画不出趋势。下一步：用 --time 列名 指明日期列。",
        "沒有日期，畫不出趨勢。下一步：用 --time 欄名 指明日期欄位。",
        "No dates, so no trend. Next: name the date column with --time COLUMN.",
    ),
    "empty.effort": (
        "还没有难度的估计，画不出价值与难度。下一步：为各主题填写解决难度。",
        "還沒有難度的估計，畫不出價值與難度。下一步：為各主題填寫解決難度。",
        "There is no estimate of how hard each pain is to solve. Next: fill in solvability per theme.",
    ),
    "empty.praise": ("没有找到表扬。", "沒有找到稱讚。", "No praise was found."),
    "empty.themes": (
        "没有任何句子归入主题。下一步：换一本编码本（--codebook），或让程序自己发现（--codebook none）。",
        "沒有任何句子歸入主題。下一步：換一本編碼簿（--codebook），或讓程式自行探索（--codebook none）。",
        "No sentence was assigned to a theme. Next: try another codebook (--codebook), "
        "or let themes be discovered (--codebook none).",
    ),
    "empty.quotes": ("没有可引用的原话。", "沒有可引用的原話。", "No quote to show."),
    "empty.contrast": (
        "没有发现哪类客户明显更多地遇到它。",
        "沒有發現哪類顧客明顯更常遇到它。",
        "No group of customers stands out.",
    ),
    # drawer
    "drawer.close": ("关闭", "關閉", "Close"),
    "drawer.filter": ("按词筛选", "依詞篩選", "Filter by word"),
    "drawer.language": ("语言", "語言", "Language"),
    "drawer.score": ("分数", "分數", "Score"),
    "drawer.any": ("全部", "全部", "All"),
    "drawer.previous": ("上一页", "上一頁", "Previous"),
    "drawer.next": ("下一页", "下一頁", "Next"),
    "drawer.page": ("第 {a}–{b} 项，共 {n} 项", "第 {a}–{b} 項，共 {n} 項", "{a}–{b} of {n}"),
    "drawer.all": ("共 {n} 项，全部在此。", "共 {n} 項，全部在此。", "All {n} are here."),
    "drawer.some": (
        "显示 {shown} 项，共 {n} 项（均匀抽取）；全部在 mentions.parquet，{where}。",
        "顯示 {shown} 項，共 {n} 項（均勻抽取）；全部在 mentions.parquet，{where}。",
        "Showing {shown} of {n}, sampled evenly; all of them are in mentions.parquet, {where}.",
    ),
    "drawer.none": ("没有符合筛选的句子。", "沒有符合篩選的句子。", "No sentence passes the filter."),
    "drawer.loading": ("正在打开句子……", "正在開啟句子……", "Opening the sentences…"),
    "drawer.failed": (
        "这个浏览器打不开内嵌的句子。请用近两年的 Chrome、Edge、Firefox 或 Safari，或直接看 mentions.parquet。",
        "這個瀏覽器打不開內嵌的句子。請用近兩年的 Chrome、Edge、Firefox 或 Safari，或直接看 mentions.parquet。",
        "This browser cannot unpack the sentences. Use a recent Chrome, Edge, Firefox or Safari, "
        "or read mentions.parquet.",
    ),
    "drawer.no_score": ("未打分", "未評分", "no score"),
    "drawer.customer": ("客户 {n}", "顧客 {n}", "Customer {n}"),
    "unit.mention": ("负面提及", "負面提及", "negative mentions"),
    "unit.comment": ("条评论", "則評論", "comments"),
    "unit.customer": ("位客户", "位顧客", "customers"),
    "count.negative": ("{n} 处负面提及", "{n} 處負面提及", "{n} negative {n:mention|mentions}"),
    "count.positive": ("{n} 处正面提及", "{n} 處正面提及", "{n} positive {n:mention|mentions}"),
    "count.mentions": ("{n} 处提及", "{n} 處提及", "{n} {n:mention|mentions}"),
    "count.comments": ("{n} 条评论", "{n} 則評論", "{n} {n:comment|comments}"),
    "count.customers": ("{n} 位客户", "{n} 位顧客", "{n} {n:customer|customers}"),
    "count.open": ("{label}：查看 {n} 项", "{label}：查看 {n} 項", "{label}: open {n}"),
    "language.zh-Hans": ("简体中文", "簡體中文", "Simplified Chinese"),
    "language.zh-Hant": ("繁体中文", "繁體中文", "Traditional Chinese"),
    "language.en": ("英文", "英文", "English"),
    "language.mixed": ("中英混合", "中英混合", "mixed"),
    "language.other": ("其他（暂不支持）", "其他（暫不支援）", "other (unsupported)"),
}
