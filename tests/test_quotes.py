"""Which sentences are shown."""

from __future__ import annotations

import datetime as dt

from balm.core.types import Quote
from balm.quotes import choose, merit


def quote(text: str, k: int = 0, mark: str = "", language: str = "zh-Hans", day: int | None = None) -> Quote:
    at = text.find(mark) if mark else -1
    marks = ((at, at + len(mark)),) if at >= 0 else ()
    when = None if day is None else dt.datetime(2026, 1, 1) + dt.timedelta(days=day)
    return Quote(f"r{k}", 0, text, 0, len(text), language, "negative", when, 1.0, marks)


def test_a_whole_clear_sentence_comes_before_fragments_and_noise():
    good = quote("打开登录页面后几秒就闪退，试了三次", 1, "就闪退")
    poor = [
        quote("闪退", 2, "闪退"),
        quote("闪退闪退闪退闪退闪退闪退闪退闪退", 3, "闪退"),
        quote("请加官方群[ACCOUNT]反馈这个闪退问题", 4, "闪退"),
        quote("但是打开登录页面后几秒就闪退的", 5, "就闪退"),
        quote("打开登录页面后几秒就闪退" * 12, 6, "就闪退"),
    ]
    assert all(merit(good, 0.92) > merit(q, 0.92) for q in poor)
    assert merit(good, 0.92) > merit(good, 0.7), "a phrase that surely means the theme"
    assert merit(quote("the hold time was over two hours", 7, "hold time", "en"), 0.9) > merit(
        quote("which was to", 8, "", "en"), 0.9
    )


def test_no_two_quotes_are_alike_and_each_is_of_another_comment():
    found = [(quote("客服排了半个小时没有人接电话！", k, "没有人接"), 0.9) for k in range(5)]
    found += [
        (quote("等了两个小时都没有人回复消息", 9, "没有人回"), 0.9),
        (quote("快递在路上走了九天才送到我家", 9), 0.9),
    ]
    texts = [q.text for q in choose(found, 5)]
    assert len(texts) == 2 and len(set(texts)) == 2
    fillers = [
        (quote(f"{word}外面箱子湿透了还缺一角", k), 0.9) for k, word in enumerate(["", "唉，", "讲真，", "说实话"])
    ]
    assert len(choose(fillers, 5)) == 1


def test_the_best_comes_first_and_the_others_lie_apart_in_time():
    found = [(quote(f"第{k}次打开软件都要等很久才进得去第{k}页的账单", k, "等很久", day=k), 0.9) for k in range(15)]
    best = (quote("每次打开软件都要等上好几分钟才进得去", 99, "等上好几分钟", day=3), 1.0)
    shown = choose([*found, best], 5)
    assert shown[0] == best[0]
    days = [q.time.day for q in shown[1:] if q.time]
    assert max(days) - min(days) >= 8
    assert choose([*found, best], 5) == choose([best, *found[::-1]], 5), "order of reading does not matter"


def test_words_of_a_discovered_theme_count():
    with_words, without = quote("香薰胶囊卡在仓里拔不出来了", 1), quote("香薰放在桌上拔不出来也不行", 2)
    assert merit(with_words, 0.3, ["胶囊", "拔不出来"]) > merit(without, 0.3, ["胶囊", "拔不出来"])
