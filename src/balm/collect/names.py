"""Column names as people write them, in English and Chinese, and the part each name suggests."""

from __future__ import annotations

import re
from functools import lru_cache

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_TOKEN = re.compile(r"[a-z]+|\d+")

# role → (words of Latin names, parts of Chinese names), each list from the surest to the least sure
_STRONG: dict[str, tuple[str, str]] = {
    "text": (
        "text content comment comments review feedback verbatim message body reviewbody reviewtext opinion "
        "sentence utterance transcript tweet complaint remarks narrative",
        "评论 評論 内容 內容 反馈 反饋 回饋 意见 意見 留言 正文 文本 评语 評語 原文 原声 原聲 建议 建議 "
        "投诉内容 投訴內容",
    ),
    "score": (
        "score rating stars star nps csat ces satisfaction sat likelihood recommend",
        "评分 評分 分数 分數 打分 得分 星级 星級 星数 星數 满意度 滿意度 推荐度 推薦度 推荐意愿 推薦意願",
    ),
    "time": (
        "time date datetime timestamp created submitted posted received recorded published at",
        "时间 時間 日期 时刻 時刻 年月日",
    ),
    "customer": (
        "customer customerid user userid member memberid client clientid clientnum consumer subscriber respondent "
        "reviewer account openid unionid uid author username buyer guest passenger",
        "客户 客戶 顾客 顧客 用户 用戶 会员 會員 买家 買家 消费者 消費者 旅客 乘客",
    ),
    "id": (
        "id key uuid guid index no number rowid feedbackid reviewid commentid recordid ticketid responseid",
        "编号 編號 序号 序號 单号 單號 流水号 流水號 主键 主鍵",
    ),
}
_WEAK: dict[str, tuple[str, str]] = {
    "text": (
        "description note notes reason remark answer question query open details summary response reply words "
        "title subject",
        "描述 评价 評價 说明 說明 备注 備註 回答 问题 問題 原因 标题 標題 吐槽 诉求 訴求",
    ),
    "score": (
        "sentiment polarity label grade verdict mark points value rate evaluation level class",
        "情感 极性 極性 标签 標籤 好评 好評 满意 滿意 评价 評價 等级 等級 推荐 推薦 分值",
    ),
    "time": ("day when month start started end completed updated finished", "日 时 時 月份"),
    "customer": ("handle phone mobile email cust mid name nickname", "手机 手機 电话 電話 昵称 暱稱 姓名 邮箱 郵箱"),
    "id": ("ref code seq sequence num", "号 號 码 碼"),
}
# words that say a column is not what another word of its name suggests
_NOT: dict[str, tuple[str, str]] = {
    "text": (
        "count length len id url link type category language lang date time rating score sentiment label num "
        "number by "
        "user author title status topic source emotion polarity gold",
        "数量 數量 类型 類型 类别 類別 链接 連結 时间 時間 日期 评分 評分 编号 編號 语言 語言 长度 長度 分类 分類",
    ),
    "score": (
        "confidence price amount phone mobile lat latitude long longitude count age zip postal fee cost "
        "revenue income "
        "balance quantity qty duration seconds minutes id index no probability prob weight churn cltv tenure "
        "overall_count",
        "价格 價格 金额 金額 电话 電話 手机 手機 经度 經度 纬度 緯度 数量 數量 次数 次數 时长 時長 费用 費用 "
        "年龄 年齡 "
        "邮编 郵編 编号 編號 欠费 流量 星级标识 星級標識",
    ),
    "time": (
        "zone timezone duration seconds minutes hours length count interval response wait talk handling convenient "
        "spent times delay late since category",
        "时长 時長 时区 時區 次数 次數 耗时 耗時 间隔 間隔 时段 時段 满意 滿意",
    ),
    "customer": (
        "type timezone zone location segment level tier status age gender country city region service satisfaction "
        "count agent rating score group value since tenure language lang category class",
        "类型 類型 等级 等級 描述 满意 滿意 分层 分層 年龄 年齡 性别 性別 城市 地区 地區 级别 級別 来源 來源 "
        "评 評 数 數",
    ),
    "id": (
        "app product item store shop order agent channel type phone zip of dependents referrals count parent "
        "customer user member client category amount device",
        "类型 類型 数量 數量 客户 客戶 用户 用戶 会员 會員 门店 門店 电话 電話 产品 產品 商品",
    ),
}
_ATTRIBUTE = (
    "app channel region product store shop brand airline segment city country province state platform device "
    "version "
    "plan tier type category cat class gender agegroup department team branch route hotel restaurant service "
    "language "
    "source market model domain line business group vip new member touchpoint stage queue area district",
    "渠道 地区 地區 区域 區域 省 城市 门店 門店 店铺 店鋪 产品 產品 商品 品牌 品类 品類 类别 類別 类型 類型 "
    "类目 版本 平台 "
    "性别 性別 会员等级 會員等級 套餐 部门 部門 业务 業務 来源 來源 机型 機型 设备 設備 是否 客群 航线 航線",
)


@lru_cache(4096)
def tokens(name: str) -> tuple[str, ...]:
    """The Latin words and numbers of a name in lower case: `tweetCreated_at2` → tweet, created, at, 2."""
    return tuple(_TOKEN.findall(_CAMEL.sub(" ", name).lower()))


def _hits(name: str, words: tuple[str, str]) -> int:
    """How many words of the Latin list stand in the name, plus one for any of the Chinese ones."""
    latin = set(words[0].split())
    found = sum(token in latin for token in set(tokens(name)))
    joined = "".join(tokens(name))
    return found + (joined in latin and not found) + any(part in name for part in words[1].split())


def name_weight(name: str, role: str) -> float:
    """How strongly a name suggests a role: 0 not at all, 1 weakly, 2 strongly, 3 when it says nothing else; −1 when
    it says the column is something else."""
    if _hits(name, _NOT[role]):
        return -1.0 if not (role == "text" and _hits(name, _STRONG[role]) > _hits(name, _NOT[role])) else 0.5
    if _hits(name, _STRONG[role]):
        said = tokens(name) or (name,)
        return 3.0 if len(said) == 1 else 2.0
    return 1.0 if _hits(name, _WEAK[role]) else 0.0


def is_attribute(name: str) -> bool:
    """Whether a name ends like those that attributes of customers and contacts go by."""
    said = tokens(name)
    if said[:1] in (("is",), ("has",)) or any(part in name for part in _ATTRIBUTE[1].split()):
        return True
    last = said[-2:-1] if said[-1:] in (("id",), ("code",), ("name",)) else said[-1:]
    return bool(last) and last[0] in _ATTRIBUTE[0].split()


def first_place(name: str, role: str) -> int:
    """Place of the first word of the role's list that the name has; a tie between columns goes to the lower one."""
    latin, chinese = _STRONG[role]
    said, joined = set(tokens(name)), "".join(tokens(name))
    for place, word in enumerate(latin.split()):
        if word in said or word == joined:
            return place
    return next((place for place, part in enumerate(chinese.split()) if part in name), 99)
