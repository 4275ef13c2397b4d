"""Words of a block, for discovering and naming themes: Chinese by rjieba, others by letters; light English stems.

Classifying needs no words (see `features`); discovery does, and a theme is named with them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from balm.understand.block import Block
from balm.understand.features import han_mask, word_mask

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_NEGATORS = """
not no never cannot without nt don doesn didn isn wasn aren weren won wouldn couldn hasn haven hadn ain dont
doesnt didnt isnt wasnt arent cant wont wouldnt couldnt hasnt havent shouldnt 不 没 没有 无法 不能 不会 不是 未
别 不让 不给 不到 不了 无
"""
_EN = """
a about above actually after again ago all almost already also although always am amp an and another any anyone
anything are around as ask at away back be became because been before being best better between big both but by
call called came can com come could day days did do does doing done down each either else enough even ever
every everyone everything far few find first for from gave get gets getting give given gives giving go goes
going gone gonna good got great guy guys had happen has have having he hello help her here hers hey hi him his
hope how however http https i if ill im in into is it its itself ive just keep kind know last least less let
lets like little ll lol long look looking lot lots made make makes making many may maybe me mean might mine
more most much must my myself need needs new next nice nothing now of off oh ok okay on once one only onto or
other others our ours out over own part per please pls possible put quite rather re really right said same saw
say says see seem seen shall she should since so some someone something soon sorry still stuff such sure take
taken takes taking tell than thank thanks that thats the their them then there these they thing things think
this those though through thru time times to today together told tomorrow tonight too took tried try trying two
u under until up upon ur us use used using ve very via want wanted wants was way we week well went were what
when where whether which while who whole whom why will wish with work would wow yeah year years yes yesterday
yet you your youre yours yourself
"""
_ZH = """
的 了 是 我 你 他 她 它 们 我们 你们 他们 您 咱 俺 在 有 和 与 及 或 也 都 就 还 又 很 太 更 最 非常 比较 这 那
这个 那个 这样 那样 这么 那么 这些 那些 这种 那种 这里 那里 这儿 那儿 这次 一个 一 个 些 一些 点 一点 一点儿
有点 有点儿 什么 怎么 怎么样 为什么 为啥 哪 哪里 吗 吧 呢 啊 呀 哦 嗯 哈 哈哈 哈哈哈 啦 嘛 哎 唉 而 但 但是
可是 不过 因为 所以 如果 虽然 就是 还是 只是 而且 并且 或者 以及 对 对于 给 把 被 让 从 到 向 跟 比 用 为 以 于
之 其 自己 大家 人 说 看 想 要 会 能 可以 可能 应该 需要 觉得 感觉 知道 认为 希望 来 去 上 下 里 中 后 前 时
时候 现在 已经 一直 再 才 刚 刚刚 便 则 等 等等 多 少 大 小 好 真 真的 真是 实在 确实 得 地 着 过 出 做 一下
一样 个人 一般 其实 然后 最后 所有 每 每次 各 某 该 此 由 将 使 像 如 同 只 只有 当 非 年 月 日 天 号 次 种 位
件 家 点儿 算 算是 还有 另外 总之 总体 整体 尤其 特别 相当 十分 挺 蛮 超 超级 极 越 越来越 几 两 三 二 四 五 六
十 百 千 万 第一 第二 东西 事 事情 问题 情况 方面 部分 起来 出来 下来 上去 过来 过去 不错 可 却 并 既 无论 不管
只要 只能 甚至 居然 竟然 简直 根本 完全 终于 反正 毕竟 到底 究竟 今天 昨天 明天 以后 以前 之后 之前 后来 当时
目前
"""
_OPINION = """
worst terrible awful horrible horrendous ridiculous sucks suck crap shit damn hell hate bad poor pathetic
disappointed disappointing disappointment unacceptable joke frustrated frustrating annoying annoyed angry
rubbish garbage trash honestly seriously literally totally absolutely definitely 垃圾 差评 好评 差 烂 坑
坑爹 无语 失望 恶心 讨厌 气人 生气 过分 可恶 呵呵 服了 醉了 傻 傻逼 妈的 尼玛 我靠 辣鸡 太差 很差 极差 糟糕 糟 不行
不好 不爽 真心 说真的 说实话 老实说 讲真 强烈 必须 绝对 千万 再也 从来 第一次 一星 五星 星 评论 评价 好几 好几次
两次 三次 几次 三天 两天 几天 这家 一份 然而 整整 可惜 好像 有人 看到 买 换 二次 第二次 结果 全是 直接 不想 plus thought
bought expect status
"""
NEGATORS = frozenset(_NEGATORS.split())
"""Words that turn the next one round: no topic by themselves, but kept in the phrases that name a theme."""
STOP = frozenset(_EN.split()) | frozenset(_ZH.split()) | frozenset(_OPINION.split())
"""Words that say nothing of a topic: those of grammar, and those of anger, which any topic may bring."""

_NOISE = re.compile(
    r"@\w+|(?:https?:|www\.)\S+|&#?\w{1,8};|\[[A-Za-z_ ]{2,24}\]|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}\.\w+"
)
_WORD = re.compile(r"[a-z\u00c0-\u024f\u0370-\u1fff][a-z\u00c0-\u024f\u0370-\u1fff']*")


@dataclass(frozen=True)
class Tokens:
    """The words of n texts. Arrays of one entry a word, in the order of the text: `owner` (0 … n−1), `word` (index into
    `words`), `start` and `end` (code points of the block). `words`: stems, unique; `stop`, `negator`, `han`: flags of
    `words`; `block`: the text with mentions, links and placeholders blanked.
    """

    block: Block
    words: list[str]
    owner: Ints
    word: Ints
    start: Ints
    end: Ints
    stop: Bools
    negator: Bools
    han: Bools

    @classmethod
    def of(cls, block: Block) -> Tokens:
        """Words of a block of normalized (lower-case, Simplified) text."""
        block = block.with_text(_NOISE.sub(lambda m: " " * len(m.group()), block.text))
        texts, start = _latin(block.text)
        han_texts, han_start = _han(block)
        texts += han_texts
        start = np.concatenate([start, han_start])
        length = np.fromiter(map(len, texts), np.int64, len(texts))
        numbers = _Numbers()
        word = np.fromiter(map(numbers.__getitem__, texts), np.int64, len(texts))
        order = np.argsort(start, kind="stable")
        words = list(numbers.stems)
        stop = np.array([w in _STOPPED or (len(w) < 2 and w < "\u2e80") for w in words], np.bool_)
        negator = np.array([w in _NEGATING for w in words], np.bool_)
        han = np.array([w[0] >= "\u2e80" for w in words], np.bool_)
        start = start[order]
        word, end = word[order], start + length[order]
        return cls(block, words, block.owner(start), word, start, end, stop | negator, negator, han)


class _Numbers(dict[str, int]):
    """Word → number of its stem; `stems`: the stems in the order of their numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.stems: dict[str, int] = {}

    def __missing__(self, word: str) -> int:
        number = self[word] = self.stems.setdefault(_stem(word), len(self.stems))
        return number


def _latin(text: str) -> tuple[list[str], Ints]:
    found = [(m.group(), m.start()) for m in _WORD.finditer(text)]
    return [t for t, _ in found], np.array([s for _, s in found], np.int64)


def _han(block: Block) -> tuple[list[str], Ints]:
    """Words of the runs of Han characters; the segmenter sees those alone, so that other text costs nothing."""
    from rjieba import cut

    codes = block.codes
    han = han_mask(codes)
    if not han.any():
        return [], np.zeros(0, np.int64)
    shown = np.where(han, codes, np.uint32(10))
    kept = np.flatnonzero(han | np.append(han[1:], False))  # one line break before each run
    pieces = cut(shown[kept].tobytes().decode("utf-32-le"))
    length = np.fromiter(map(len, pieces), np.int64, len(pieces))
    at = np.cumsum(length) - length
    place = kept[at]
    spoken = han[place]
    return list(compress(pieces, spoken.tolist())), place[spoken]


_ENDINGS = (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", "e"), ("s", ""))


def stem(word: str) -> str:
    """A light stem: possessive and the common endings off, a final e off; Chinese stays as it is."""
    if word[0] >= "\u2e80":
        return word
    head, _, tail = word.partition("'")
    if tail == "t":
        return head.removesuffix("n") + "nt"
    word = head or word
    if len(word) > 4:
        for ending, instead in _ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith(("ss", "us", "is", "eed")):
                word = word[: -len(ending)] + instead
                doubled = len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsez"
                word = word[:-1] if doubled else word
                break
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


_stem = lru_cache(1 << 15)(stem)  # the words of one batch are nearly those of the one before

_STOPPED = frozenset(stem(w) for w in STOP) | STOP
_NEGATING = frozenset(stem(w) for w in NEGATORS) | NEGATORS


def gaps(tokens: Tokens) -> Ints:
    """Marks (neither word nor space) before each character of the block, cumulated; for phrases within one sentence."""
    codes = tokens.block.codes
    mark = ~(han_mask(codes) | word_mask(codes) | (codes == 32))
    return np.concatenate([[0], np.cumsum(mark)])


def documents(texts: Block | Sequence[str]) -> Block:
    """A block as it is; texts in lower case, joined."""
    return (
        texts if isinstance(texts, Block) else Block.of([t.lower() if len(t.lower()) == len(t) else t for t in texts])
    )
