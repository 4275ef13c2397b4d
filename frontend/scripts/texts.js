// The few words the scripts say themselves; everything else comes from the pages.
const TEXTS = {
  en: {
    close: "Close",
    back: "Back",
    loading: "Loading …",
    failed: "This could not be loaded.",
    open: "Open as a page",
    cancel: "Cancel",
    ok: "Continue",
    copied: "Copied",
    copyByHand: "Press Ctrl+C to copy",
    sending: "Sending {name}: {percent}%",
    checking: "{name} has arrived and is being read …",
    lost: "The connection was lost while sending. Your file is unchanged; send it again.",
    tooLarge: "The server refused this file as too large.",
    moved: "{name} is now in {column}, place {place} of {all}.",
    lifted: "{name} lifted. Arrow keys move it, Space puts it down, Escape puts it back.",
    putBack: "{name} is back in its place.",
    notSaved: "The move could not be saved; {name} is back in its place.",
    points: "{n} points. Arrow keys walk through them, Enter opens the sentences.",
  },
  "zh-Hans": {
    close: "关闭",
    back: "返回",
    loading: "正在载入……",
    failed: "无法载入。",
    open: "在页面中打开",
    cancel: "取消",
    ok: "继续",
    copied: "已复制",
    copyByHand: "请按 Ctrl+C 复制",
    sending: "正在发送 {name}：{percent}%",
    checking: "{name} 已送达，正在读取……",
    lost: "发送途中连接中断。您的文件没有改变，请重新发送。",
    tooLarge: "文件过大，服务器拒绝接收。",
    moved: "{name} 现在位于“{column}”，第 {place} 位，共 {all} 项。",
    lifted: "已拿起 {name}。方向键移动，空格键放下，Esc 键放回原处。",
    putBack: "{name} 已放回原处。",
    notSaved: "移动未能保存，{name} 已放回原处。",
    points: "{n} 个点。方向键逐个查看，回车键打开句子。",
  },
  "zh-Hant": {
    close: "關閉",
    back: "返回",
    loading: "載入中……",
    failed: "無法載入。",
    open: "以頁面開啟",
    cancel: "取消",
    ok: "繼續",
    copied: "已複製",
    copyByHand: "請按 Ctrl+C 複製",
    sending: "正在傳送 {name}：{percent}%",
    checking: "{name} 已送達，正在讀取……",
    lost: "傳送途中連線中斷。您的檔案沒有變動，請重新傳送。",
    tooLarge: "檔案過大，伺服器拒絕接收。",
    moved: "{name} 現在位於「{column}」，第 {place} 位，共 {all} 項。",
    lifted: "已拿起 {name}。方向鍵移動，空白鍵放下，Esc 鍵放回原處。",
    putBack: "{name} 已放回原處。",
    notSaved: "移動未能儲存，{name} 已放回原處。",
    points: "{n} 個點。方向鍵逐一檢視，Enter 鍵開啟句子。",
  },
};

export function language() {
  const code = (document.documentElement.lang || "en").toLowerCase();
  if (!code.startsWith("zh")) return "en";
  return /hant|tw|hk|mo/.test(code) ? "zh-Hant" : "zh-Hans";
}

/** The text `key` in the page's language, `{name}` filled in. */
export function say(key, values = {}) {
  return TEXTS[language()][key].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}
