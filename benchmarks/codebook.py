"""Item 2: one class for each text by the starter codebook, without a label, beside peers given the same keywords."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from balm.understand.codebook.load import load
from balm.understand.codebook.model import Codebook
from benchmarks import peers, sets
from benchmarks.scoring import macro_f1, nmi
from benchmarks.section import Section, table

AIRLINE: Mapping[str, str] = {
    "flight.late": "Late Flight",
    "flight.cancelled": "Cancelled Flight",
    "flight.queue": "longlines",
    "waiting.queue": "longlines",
    "flight.crew": "Flight Attendant Complaints",
    "flight.seat": "Bad Flight",
    "flight.amenities": "Bad Flight",
    "flight.aboard": "Bad Flight",
    "flight.booking": "Flight Booking Problems",
    "flight.rebooking": "Flight Booking Problems",
    "baggage.lost": "Lost Luggage",
    "baggage.damaged": "Damaged Luggage",
    "support": "Customer Service Issue",
    "staff": "Customer Service Issue",
    "competence": "Customer Service Issue",
    "resolution": "Customer Service Issue",
    "communication": "Customer Service Issue",
    "trust": "Customer Service Issue",
}
"""Theme or group of the starter codebook → reason of the tweets. A theme that is not here codes none."""

CAR: Mapping[str, str] = {
    "car.power": "动力",
    "car.transmission": "动力",
    "car.consumption": "油耗",
    "car.handling": "操控",
    "car.comfort": "舒适性",
    "car.equipment": "配置",
    "car.safety": "安全性",
    "car.interior": "内饰",
    "car.exterior": "外观",
    "car.space": "空间",
    "car.price": "价格",
    "price": "价格",
}
"""The same for the subjects of the car forum."""

TASKS: tuple[tuple[Callable[[], sets.Labeled], str, Mapping[str, str]], ...] = (
    (sets.airline, "core,travel", AIRLINE),
    (sets.car, "core,automotive", CAR),
)
WRITTEN = {
    "airline complaints": """
Late Flight: late, delay, delayed, delays, waiting, tarmac, runway, hours late, on time, missed connection
Cancelled Flight: cancelled, canceled, cancel, cancellation, cancelled flight, flight cancelled
Lost Luggage: lost bag, lost luggage, missing bag, luggage, baggage, bags, suitcase, find my bag, baggage claim
Damaged Luggage: damaged, broken, broke, damaged bag, damaged luggage, ruined, wheel, handle, ripped, cracked
Customer Service Issue: customer service, hold, on hold, phone, call, rep, agent, help, response, hung up, answer
Flight Attendant Complaints: flight attendant, attendant, crew, steward, stewardess, rude, staff, gate agent, pilot
Flight Booking Problems: booking, book, website, site, online, reservation, app, ticket, check in, error, password
Bad Flight: seat, seats, wifi, food, drink, entertainment, legroom, dirty, cabin, broken seat, movie
longlines: line, lines, long line, queue, check in line, security line, counter, waiting in line
""",
    "car comments 中文": """
动力: 动力, 发动机, 加速, 提速, 变速箱, 马力, 涡轮, 换挡, 起步, 超车, 排量
价格: 价格, 便宜, 优惠, 降价, 多少钱, 落地, 裸车, 性价比, 万, 贵, 指导价
油耗: 油耗, 省油, 费油, 百公里, 耗油, 加油, 个油, 油钱
操控: 操控, 方向盘, 转向, 底盘, 刹车, 过弯, 驾驶, 手感, 指向
舒适性: 舒适, 舒服, 噪音, 隔音, 座椅, 减震, 颠簸, 胎噪, 异响, 悬挂
配置: 配置, 导航, 倒车影像, 天窗, 音响, 大灯, 雷达, 定速巡航, 中控屏, 蓝牙
安全性: 安全, 气囊, 碰撞, 追尾, 车祸, 安全性, 防撞, 撞, 事故
内饰: 内饰, 做工, 塑料, 用料, 中控, 异味, 真皮, 味道, 仪表盘
外观: 外观, 外形, 好看, 漂亮, 车漆, 颜值, 前脸, 造型, 颜色, 丑
空间: 空间, 后备箱, 后排, 宽敞, 轴距, 腿部, 拥挤, 座位, 头部
""",
}
"""Keywords written once from the names of the classes, for peers and for us alike."""

USUAL, SHORT = 12, 6
"""Keywords of a class, from the codebook."""
STRENGTHS = (4, 50)
"""Of CorEx's anchors: as its authors advise, and what did best here."""


def written(name: str) -> dict[str, list[str]]:
    lines = (line.split(":") for line in WRITTEN[name].strip().splitlines())
    return {label: [word.strip() for word in words.split(",")] for label, words in sorted(lines)}


def keywords(codebook: Codebook, classes: Mapping[str, str], language: str, most: int) -> dict[str, list[str]]:
    """Keywords of each class from the codebook's own terms in `language`, at most `most`.

    Each theme in turn gives its next: topic words, then phrases of one part, then parts of others. A term that serves
    another class in as many phrases is left out. A "*" at the end stands for any ending.
    """
    lists: dict[str, list[list[str]]] = {}
    uses: dict[str, Counter[str]] = {}
    for theme in codebook.leaves():
        name = classes.get(theme.id, classes.get(theme.id.split(".", maxsplit=1)[0]))
        if name is None:
            continue
        rules = [rule for rule in (*theme.topic_rules, *theme.rules) if rule.language == language]
        terms = [[term.text + "*" * term.prefix for part in rule.parts for term in part] for rule in rules]
        uses.setdefault(name, Counter()).update(term for rule in terms for term in rule)
        simple = [term for rule, of in zip(rules, terms, strict=True) if len(rule.parts) == 1 for term in of]
        lists.setdefault(name, []).append(list(dict.fromkeys(simple + [term for of in terms for term in of])))
    chosen = {}
    for name, sources in sorted(lists.items()):
        others = [count for other, count in uses.items() if other != name]
        own = [[t for t in source if all(o[t] < uses[name][t] for o in others)] for source in sources]
        turns = [source[i] for i in range(most) for source in own if i < len(source)]
        chosen[name] = list(dict.fromkeys(turns))[:most]
    return chosen


@dataclass(frozen=True)
class Row:
    """One method on one set."""

    method: str
    f1: float
    nmi: float
    seconds: float
    megabytes: float
    setting: str

    def cells(self) -> tuple[str, ...]:
        figures = (f"{self.f1:.3f}", f"{self.nmi:.3f}", f"{self.seconds:.1f}", f"{self.megabytes:,.0f}")
        return (self.method, *figures, self.setting)


OURS = 3
"""The first rows."""


def _ours(data: sets.Labeled, packs: str, classes: Mapping[str, str]) -> list[Row]:
    rows = []
    for name, method, setting in (
        ("**Balm**", "code", "starter codebook: its phrases, and what is learnt from them"),
        ("**Balm**", "keyed", "the written keywords instead of the codebook"),
        ("phrases as plain rules", "rules", "starter codebook, nothing learnt"),
    ):
        job = {"packs": packs, "classes": dict(classes), "keywords": written(data.name)}
        answer = peers.ours(method, data.texts, language=data.language, **job)
        rows.append(_row(name, data, answer, answer.values, setting))
    return rows


def _peer(
    name: str, method: str, data: sets.Labeled, groups: dict[str, dict[str, list[str]]], **more: float
) -> list[Row]:
    rows = []
    for setting, given in groups.items():
        answer = peers.ask(method, data.texts, language=data.language, keywords=list(given.values()), **more)
        classes = list(given)
        rows.append(_row(name, data, answer, [classes[i] for i in answer.values], setting))
        print(f"  {data.name}: {name}, {setting}: {rows[-1].f1:.3f}", flush=True)
    return rows


def _row(name: str, data: sets.Labeled, answer: peers.Answer, given: list[str | None], setting: str) -> Row:
    return Row(name, macro_f1(data.labels, given), nmi(data.labels, given), answer.seconds, answer.megabytes, setting)


def measure(data: sets.Labeled, packs: str, classes: Mapping[str, str], quick: bool) -> list[Row]:
    """Rows of ours first, then of the peers, every setting."""
    book = load(packs)
    given = {
        f"codebook's {USUAL} first keywords a class": keywords(book, classes, data.language, USUAL),
        f"codebook's {SHORT} first keywords a class": keywords(book, classes, data.language, SHORT),
        "the written keywords": written(data.name),
    }
    rows = _ours(data, packs, classes)
    for strength in STRENGTHS:
        rows += _peer(f"CorEx, anchored × {strength}", "corex", data, given, strength=strength)
    if not quick:
        if data.language == "en":  # where its model is of use, one more setting
            given |= {"names of the classes": {name: [name] for name in written(data.name)}}
        rows += _peer("BERTopic, zero-shot", "bertopic_zeroshot", data, given)
    return rows


def run(quick: bool = False) -> Section:
    """`quick`: without BERTopic."""
    parts, said = [], []
    for loader, packs, classes in TASKS:
        data = loader()
        rows = measure(data, packs, classes, quick)
        best = max(rows[OURS:], key=lambda row: row.f1)
        for row in rows[:2]:
            met = "met" if row.f1 > best.f1 else "**missed**"
            said.append(f"{data.name}, {row.setting.split(':')[0]}: {met}, {row.f1:.3f} against {best.f1:.3f}.")
        head = ("method", "macro-F1", "NMI", "processor s", "MB", "setting")
        parts += [
            f"**{data.name}**, n = {len(data.texts):,}, {data.k} classes, packs {packs}",
            table(head, [row.cells() for row in rows]),
        ]
    parts.append(
        "No method sees a label. Themes are joined into the sets' classes by a fixed list in `benchmarks/codebook.py`. "
        "The keywords are the codebook's own, or some ten a class written once from the names of the classes; the best "
        "of a peer's settings, by this very figure, is what the codebook is held against. BERTopic embeds with an "
        "English model: in Chinese its rows say little about the method."
    )
    verdict = "Target: macro-F1 above BERTopic zero-shot and anchored CorEx given the same keywords. " + " ".join(said)
    return Section("2. Starter codebook without labels", verdict, "\n\n".join(parts))
