"""Chinese: the character table and the words that join or part clauses. Written for matching, so in Simplified."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


MARKERS_EXCEPT = frozenset("著乾瞭藉徵夥祇薰撚黏摺捱薯藷喆甯昇鍾稜搾炁妳砲託佔蹟痲穀臺囧")
"""In the table, yet also written by people who write Simplified: no sign of Traditional."""

SIMPLIFIED_EXCEPT = frozenset("着台杰群床峰游線")
"""Right sides of the table that writers of Traditional use too."""

CANTONESE = "嘅喺咗啲嘢冇佢哋嚟噉咁睇攞唔"
"""Characters of written Cantonese; they come with Traditional script."""

CONTRAST = _words("""
    但是 但系 但 不过 可是 然而 虽然 虽说 虽则 虽 尽管 遗憾的是 美中不足 反观 相比之下 与此相反 话虽如此
    话说回来 除此之外 另一方面 谁知 谁知道 点知 讵料 岂料
""")
"""A clause that begins with one of these is set against what stands before it."""

WEAK_CONTRAST = _words("""
    就是 只是 就系 净系 除了 除咗 可惜 只可惜 只不过 奈何 无奈 唯一 唯独 偏偏 不足之处 不足 缺点 优点 坏处 好处
    没想到 想不到 固然
""")
"""The same in the middle of a text only where enough stands on both sides; many have other uses."""

LATE_CONTRAST = _words("却 反而 反倒 倒是")
"""These follow their subject, so they part nothing: they only make the comma right before them a contrast."""

NOT_CONTRAST = _words("""
    不但 非但 不但是 但愿 但凡 但求 不过如此 不过是 不过分 不过瘾 不过关 不过期 不过来 不过去 不过敏 不过脑
    不过一 不过两 受不过 好不过 比不过 说不过 吃不过 打不过 躲不过 逃不过 瞒不过 看不过 气不过 信不过 过不过
    用不过 超不过 胜不过 单不过 了却 冷却 退却 忘却 却步 推却 省却 失却 抛却 这就是 那就是 也就是 不就是 可就是
    简直就是 根本就是 完全就是 真就是 本就是 都就是 算就是 应该就是 可能就是 其实就是 一直就是 就是说 就是这
    就是那 就是为了 就是因为 就是喜欢 就是个 就是一 就是我 就是好 就是快 就是棒 就是赞 要么就是 或者就是
    要不就是 不是就是 的就是 我就是 他就是 她就是 你就是 家就是 东就是 货就是 大就是 一分钱一分货就是 不只是
    并不只是 又不只是 只是为了 只是说 只是一 只是想 我只是 尽管放心 尽管说 尽管来 尽管买 唯一的一次 没缺点
    没有缺点 无缺点 没啥缺点 没什么缺点 的缺点 的优点 的好处 没有好处 的坏处 没好处 没坏处 有好处 有坏处 大好处
    什么好处 任何好处 毫无优点 毫无缺点 不倒是 毫无奈何 好无奈 很无奈 太无奈 真无奈 无奈何 表示无奈 万万没想到
    不足为 不足以 美中不足的是 不倒是 明显不足 略显不足 有所不足 的不足 电量不足 份量不足 分量不足 库存不足
    余额不足 严重不足 动力不足
""")
"""Longer strings that hold one of the above without its meaning."""

CONNECTIVES = _words("""
    首先 其次 再次 另外 此外 总之 总而言之 总的来说 总体来说 整体来说 总体 整体 其实 而且 并且 所以 因此 因为
    由于 于是 然后 接着 还有 最后 反正 说实话 老实说 讲真 说真的 不得不说 个人觉得 我觉得 感觉 例如 比如 比如说
    同时 甚至 结果 再说 另 再者 一是 二是 三是 第一 第二 第三 其一 其二 不管怎样 无论如何 如果 要是 一般来说
    一句话 亲 老板 商家
""")
"""Standing alone before a comma, these belong to the clause that follows."""

CONJUNCTIONS = _words("""
    而且 并且 还有 另外 同时 以及 加上 再加上 外加 甚至 此外 和 与 跟 及 又 也 并 连同 同埋 仲有 还很 还特别
    还非常 还会 更 且
""")
"""Words that may join two themes inside one clause."""

NOT_CONJUNCTIONS = _words("""
    和谐 平和 温和 柔和 祥和 缓和 饱和 和气 和平 和蔼 和善 总和 与其 参与 给与 赠与 与众不同 与否 跟踪 跟着 跟进
    跟上 以及时 及时 来得及 来不及 及格 涉及 普及 顾及 并不 并没 并非 并未 合并 也许 又一次 更新 更换 更改 变更
    更加 更正 而且 并且 况且 尚且 暂且 姑且 且慢
""")


@cache
def to_simplified() -> dict[str, str]:
    """Traditional and variant characters → Simplified, one to one, from `hant_hans.txt`."""
    text = files("balm.understand.languages").joinpath("hant_hans.txt").read_text("utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return {pair[0]: pair[1] for line in lines for pair in line.split()}


@cache
def markers() -> tuple[frozenset[str], frozenset[str]]:
    """Characters that only Simplified has, and those that only Traditional has.

    The table gives the pairs; GB 2312 and the first level of Big5 (its 5,401 characters in daily use) tell which side
    of a pair is ordinary on which side.
    """
    table = to_simplified()
    hans = {c for c in table.values() if _in_gb(c) and not _in_daily_big5(c)} - table.keys() - SIMPLIFIED_EXCEPT
    hant = {c for c in table if not _in_gb(c)} - MARKERS_EXCEPT
    return frozenset(hans), frozenset(hant | set(CANTONESE))


def _in_gb(char: str) -> bool:
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _in_daily_big5(char: str) -> bool:
    try:
        return char.encode("big5")[0] <= 0xC6
    except UnicodeEncodeError:
        return False
