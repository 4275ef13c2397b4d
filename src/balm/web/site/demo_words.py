"""What people of the demo wrote, in the language it is shown in: zh-Hans, zh-Hant, en."""

from __future__ import annotations

_WORDS: dict[str, tuple[str, str, str]] = {
    "team.delivery": ("仓储与配送", "倉儲與配送", "Warehouse and delivery"),
    "team.app": ("应用开发", "應用程式開發", "App"),
    "team.care": ("客服中心", "客服中心", "Contact center"),
    "team.analysis": ("日常分析", "日常分析", "Daily analysis"),
    "mei": ("林梅", "林梅", "Mei Lin"),
    "tom": ("陈拓", "陳拓", "Tom Chen"),
    "ana": ("安娜", "安娜", "Ana Silva"),
    "duty.experience": ("让问题不再发生", "讓問題不再發生", "See to it that what hurt does not happen again"),
    "duty.care": ("当天回复每一条低分", "當天回覆每一則低分", "Answer every low score on the same day"),
    "duty.analysis": ("每天早上看什么在变差", "每天早上看什麼在變差", "See every morning what gets worse"),
    "loop": ("配送月度复盘", "配送每月檢討", "Delivery, every month"),
    "loop.goal": ("南方的送货和其他地区一样准时", "南方的送貨和其他地區一樣準時", "Parcels to the South are on time"),
    "loop.reach": ("抱怨送货太慢的客户占比", "抱怨送貨太慢的顧客占比", "Customers who complain of late delivery"),
    "loop.parcels": ("次日发货的包裹，%", "隔日出貨的包裹，%", "Parcels that leave the next day, %"),
    "minutes": (
        "第二仓库已运行四周，南方的包裹次日发货。其他地区没有变化，正好作为对照。",
        "第二倉庫已運作四週，南方的包裹隔日出貨。其他地區沒有變化，正好作為對照。",
        "The second warehouse has run for four weeks; parcels to the South leave the next day. Nothing changed for the "
        "other regions, so they serve as comparison.",
    ),
    "decisions": (
        "登记的检验结束之前不推广到其他地区。",
        "登記的檢驗結束之前不推廣到其他地區。",
        "No roll-out to other regions before the registered check has ended.",
    ),
    "present": ("林梅、陈拓、仓库", "林梅、陳拓、倉庫", "Mei Lin, Tom Chen, the warehouse"),
    "plan": ("南方设第二仓库", "南方設第二倉庫", "A second warehouse in the South"),
    "plan.why": (
        "如果南方的订单从当地仓库发出，晚到会少得多，因为大部分时间花在跨区运输上。",
        "如果南方的訂單從當地倉庫出貨，延遲會少得多，因為大部分時間花在跨區運輸上。",
        "If orders to the South leave from there, far fewer come late, because most of the time is lost on the way "
        "between the regions.",
    ),
    "plan.expected": ("南方的晚到减少八成", "南方的延遲減少八成", "Four of five late parcels in the South less"),
    "task.lease": ("签仓库租约", "簽倉庫租約", "Sign the lease of the warehouse"),
    "task.stock": ("把热销商品调到南方", "把熱銷商品調到南方", "Move what sells best to the South"),
    "task.promise": ("改正送货承诺", "改正送貨承諾", "Correct the promise of delivery"),
    "task.where": ("商品页：配送说明", "商品頁：配送說明", "Product page, delivery"),
    "task.before": ("全国三天送达", "全國三天送達", "Three days to everywhere"),
    "task.after": ("南方两天，其他地区三到五天", "南方兩天，其他地區三到五天", "South two days, elsewhere 3 to 5"),
    "task.known": ("十个订单的实际天数", "十筆訂單的實際天數", "The days that ten orders really took"),
    "check": ("第二仓库之后，南方的晚到", "第二倉庫之後，南方的延遲", "Late delivery in the South, second warehouse"),
    "check.how": (
        "自 5 月 6 日起，南方的订单由第二仓库发出；仓库系统里有记录。",
        "自 5 月 6 日起，南方的訂單由第二倉庫出貨；倉庫系統裡有紀錄。",
        "From 6 May on, orders to the South leave from the second warehouse; its system logs them.",
    ),
    "check.failure": (
        "到六月，南方的晚到投诉没有减少一半。",
        "到六月，南方的延遲抱怨沒有減少一半。",
        "By June, complaints of late parcels in the South have not fallen by half.",
    ),
    "crash": ("修复安卓版闪退", "修復 Android 版閃退", "Mend the crashes on Android"),
    "crash.why": (
        "如果 5.3 版不再一次载入所有图片，闪退会消失，因为崩溃报告大多是内存不足。",
        "如果 5.3 版不再一次載入所有圖片，閃退會消失，因為當機報告大多是記憶體不足。",
        "If version 5.3 no longer loads all pictures at once, crashes end, because most reports are of memory.",
    ),
    "crash.task1": ("看完最近 200 份崩溃报告", "看完最近 200 份當機報告", "Read the last 200 crash reports"),
    "crash.task2": ("图片按需载入", "圖片依需要載入", "Load pictures when they are seen"),
    "crash.task3": ("向 10% 的用户发布", "向 10% 的使用者發布", "Release to one user of ten"),
    "crash.check": ("5.3 版之后，安卓上的闪退", "5.3 版之後，Android 上的閃退", "Crashes on Android after version 5.3"),
    "crash.how": (
        "设备一栏说明是不是安卓；5.3 版当天推送给所有安卓用户。",
        "裝置欄說明是不是 Android；5.3 版當天推送給所有 Android 使用者。",
        "The device says who is on Android; version 5.3 goes to all of them on that day.",
    ),
    "crash.failure": (
        "八周之后，安卓用户的闪退投诉没有减少一半。",
        "八週之後，Android 使用者的閃退抱怨沒有減少一半。",
        "After eight weeks, complaints of crashes on Android have not fallen by half.",
    ),
    "reply": ("一天之内回复消息", "一天之內回覆訊息", "Answer messages within a day"),
    "reply.why": (
        "如果每条消息都有一个负责人，就不会没人回复，因为现在每班都以为别人会回。",
        "如果每則訊息都有一位負責人，就不會沒人回覆，因為現在每班都以為別人會回。",
        "If each message has one owner, none stays unanswered, because now every shift leaves them to the next.",
    ),
    "said.yes": ("最近两次都是第二天就到。", "最近兩次都是隔天就到。", "The last two came on the next day."),
    "said.no": ("上周的又晚了三天。", "上週的又晚了三天。", "Last week's was three days late again."),
    "call": ("已致电道歉，说明了新的日期。", "已致電道歉，說明了新的日期。", "Called, named the new day."),
}  # fmt: skip


def words(name: str, language: str) -> str:
    """`language`: zh-hans or zh-hant; anything else is English."""
    return _WORDS[name][{"zh-hans": 0, "zh-hant": 1}.get(language, 2)]
