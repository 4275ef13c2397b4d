"""Why an edit of the codebook is refused, said in each of `LANGUAGES`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from balm.core.errors import WrongUse
from balm.core.types import LANGUAGES

_Three = tuple[str, str, str]

_TEXTS: dict[str, _Three] = {
    # the form of an edit
    "not_object": (
        "修改不是一个对象；请写成 {{\"edit\": \"rename\", …}}",
        "修改不是一個物件；請寫成 {{\"edit\": \"rename\", …}}",
        "an edit is no object; write {{\"edit\": \"rename\", …}}",
    ),
    "unknown_kind": (
        "没有“{value}”这种修改{like}；可用：{known}",
        "沒有「{value}」這種修改{like}；可用：{known}",
        "“{value}” is no kind of edit{like}; use {known}",
    ),
    "unknown_field": (
        "不认识字段“{field}”{like}；请删除或改正拼写",
        "不認得欄位「{field}」{like}；請刪除或改正拼字",
        "field “{field}” is unknown{like}; remove it or correct its spelling",
    ),
    "missing_field": (
        "缺少字段“{field}”；请补上",
        "缺少欄位「{field}」；請補上",
        "field “{field}” is missing; write it",
    ),
    "wrong_type": (
        "字段“{field}”应为{wanted_hans}",
        "欄位「{field}」應為{wanted_hant}",
        "field “{field}” must be {wanted}",
    ),
    "bad_id": (
        "“{value}”不能作编号；请用小写字母、数字、“_”和点",
        "「{value}」不能作編號；請用小寫字母、數字、「_」和點",
        "“{value}” is no id; use lower-case letters, digits, “_” and dots",
    ),
    "empty_text": (
        "字段“{field}”是空的；请填写，或整项不填",
        "欄位「{field}」是空的；請填寫，或整項不填",
        "field “{field}” is empty; write something or leave it out",
    ),
    "long_text": (
        "字段“{field}”太长；最多 {most} 个字符",
        "欄位「{field}」太長；最多 {most} 個字元",
        "field “{field}” is too long; at most {most} characters",
    ),
    "too_many": (
        "字段“{field}”项数太多；最多 {most} 项，请分几次修改",
        "欄位「{field}」項數太多；最多 {most} 項，請分幾次修改",
        "field “{field}” has too many entries; at most {most}, make several edits of it",
    ),
    "no_label": (
        "没有名称；请至少用一种语言填写（{known}）",
        "沒有名稱；請至少用一種語言填寫（{known}）",
        "no label; write it in at least one of {known}",
    ),
    "unknown_language": (
        "字段“{field}”中不认识语言“{value}”；可用：{known}",
        "欄位「{field}」中不認得語言「{value}」；可用：{known}",
        "field “{field}”: unknown language “{value}”; use {known}",
    ),
    "unknown_choice": (
        "字段“{field}”的值“{value}”不认识；可用：{known}",
        "欄位「{field}」的值「{value}」不認得；可用：{known}",
        "field “{field}”: “{value}” is unknown; use {known}",
    ),
    "nothing_given": (
        "字段“{field}”里什么也没有；请至少写一项",
        "欄位「{field}」裡什麼也沒有；請至少寫一項",
        "field “{field}” holds nothing; write at least one entry",
    ),
    "given_twice": (
        "“{value}”在字段“{field}”中出现了两次；请保留一个",
        "「{value}」在欄位「{field}」中出現了兩次；請保留一個",
        "“{value}” stands twice in field “{field}”; keep one",
    ),
    "into_itself": (
        "主题“{theme}”不能并入自己；请另选一个主题",
        "主題「{theme}」不能併入自己；請另選一個主題",
        "theme “{theme}” cannot be merged into itself; choose another",
    ),
    "under_itself": (
        "“{theme}”不能移到自己下面；请选一个分组",
        "「{theme}」不能移到自己底下；請選一個分組",
        "“{theme}” cannot be moved under itself; choose a group",
    ),
    # phrases
    "bad_phrase": (
        "词语“{phrase}”写法有误：{fault}",
        "詞語「{phrase}」寫法有誤：{fault}",
        "phrase “{phrase}”: {fault}",
    ),
    "unmatchable": (
        "词语“{phrase}”永远匹配不到：句子会在“{term}”里断开，或其中没有可比对的字；请改用“ + ”连接两个部分",
        "詞語「{phrase}」永遠比對不到：句子會在「{term}」裡斷開，或其中沒有可比對的字；請改用「 + 」連接兩個部分",
        "phrase “{phrase}” can never match: a sentence is cut inside “{term}”, or it holds no word; "
        "join its pieces with “ + ”",
    ),
    "known_phrase": (
        "主题“{theme}”已有这些词语；请写新的",
        "主題「{theme}」已有這些詞語；請寫新的",
        "theme “{theme}” has these phrases already; write others",
    ),
    "no_such_phrase": (
        "主题“{theme}”没有词语“{phrase}”{like}",
        "主題「{theme}」沒有詞語「{phrase}」{like}",
        "theme “{theme}” has no phrase “{phrase}”{like}; take one of its own",
    ),
    "last_phrase": (
        "删除后主题“{theme}”就没有任何词语了；请保留一个，或将主题归档",
        "刪除後主題「{theme}」就沒有任何詞語了；請保留一個，或將主題封存",
        "theme “{theme}” would be left without phrases; keep one, or archive the theme",
    ),
    "no_phrases": (
        "主题“{theme}”还没有词语；请先添加词语",
        "主題「{theme}」還沒有詞語；請先加入詞語",
        "theme “{theme}” has no phrases yet; add some that code it first",
    ),
    "no_language": (
        "“{theme}”的词语所用语言（{language}）在“{old}”中没有词语；请先为“{old}”添加",
        "「{theme}」的詞語所用語言（{language}）在「{old}」中沒有詞語；請先為「{old}」加入",
        "“{theme}” has phrases in a language ({language}) in which “{old}” has none; add some to “{old}” first",
    ),
    "many_phrases": (
        "主题“{theme}”的词语会超过 {most} 条；请少写一些",
        "主題「{theme}」的詞語會超過 {most} 條；請少寫一些",
        "theme “{theme}” would have more than {most} phrases; give fewer",
    ),
    # what the codebook holds
    "unknown_theme": (
        "编码本里没有主题“{theme}”{like}；请选用现有的主题",
        "編碼簿裡沒有主題「{theme}」{like}；請選用現有的主題",
        "theme “{theme}” is not in the codebook{like}; take one that is",
    ),
    "unknown_group": (
        "编码本里没有分组“{group}”{like}；请先新建分组，或选用现有的",
        "編碼簿裡沒有分組「{group}」{like}；請先新增分組，或選用現有的",
        "group “{group}” is not in the codebook{like}; add it first, or take one that is",
    ),
    "is_theme": (
        "“{group}”是主题，不是分组；编码本只有两级，请选一个分组",
        "「{group}」是主題，不是分組；編碼簿只有兩級，請選一個分組",
        "“{group}” is a theme, not a group; the codebook has two levels, choose a group",
    ),
    "is_group": (
        "“{theme}”是分组；这项修改只用于主题",
        "「{theme}」是分組；這項修改只用於主題",
        "“{theme}” is a group; this edit is for themes",
    ),
    "merged": (
        "主题“{theme}”已并入“{into}”；请修改“{into}”，或先撤销合并",
        "主題「{theme}」已併入「{into}」；請修改「{into}」，或先復原合併",
        "theme “{theme}” was merged into “{into}”; edit “{into}”, or undo the merge first",
    ),
    "archived": (
        "主题“{theme}”已归档；请先恢复",
        "主題「{theme}」已封存；請先還原",
        "theme “{theme}” is archived; restore it first",
    ),
    "not_archived": (
        "主题“{theme}”没有归档，无需恢复",
        "主題「{theme}」沒有封存，無需還原",
        "theme “{theme}” is not archived; there is nothing to restore",
    ),
    "is_proposal": (
        "“{theme}”还只是建议；请先采纳",
        "「{theme}」還只是建議；請先採納",
        "“{theme}” is only proposed; accept it first",
    ),
    "no_proposal": (
        "现在没有建议“{theme}”{like}；请刷新页面，从列表中选择",
        "現在沒有建議「{theme}」{like}；請重新整理頁面，從清單中選擇",
        "“{theme}” is no proposal now{like}; choose one from the list",
    ),
    "accepted": (
        "建议“{theme}”已采纳；若不再需要，请将主题归档",
        "建議「{theme}」已採納；若不再需要，請將主題封存",
        "“{theme}” was accepted already; archive the theme if it is no longer wanted",
    ),
    "dismissed": (
        "建议“{theme}”已被忽略；请先恢复",
        "建議「{theme}」已被忽略；請先還原",
        "“{theme}” was dismissed; restore it first",
    ),
    "id_taken": (
        "编号“{theme}”已被使用；请另取一个",
        "編號「{theme}」已被使用；請另取一個",
        "the id “{theme}” is taken; make another",
    ),
    "id_alone": (
        "编号“{theme}”应由前缀、点和名字组成，前缀不能是主题，如“own.{theme}”",
        "編號「{theme}」應由字首、點和名字組成，字首不能是主題，如「own.{theme}」",
        "the id “{theme}” must be a prefix that is no theme, a dot and a name, as “own.{theme}”",
    ),
    "same_label": (
        "“{label}”已是同一分组中“{other}”的名称；请换一个名称，或将两者合并",
        "「{label}」已是同一分組中「{other}」的名稱；請換一個名稱，或將兩者合併",
        "“{label}” is already the label of “{other}” in the same group; choose another, or merge the two",
    ),
    "same_place": (
        "主题“{theme}”已经在那里",
        "主題「{theme}」已經在那裡",
        "theme “{theme}” is there already; choose another group",
    ),
    "same_text": (
        "与现在的文字相同；没有可改之处",
        "與現在的文字相同；沒有可改之處",
        "the text is the same as now; there is nothing to change",
    ),
    # undo
    "depended_on": (
        "不能撤销第 {number} 项修改：第 {later} 项修改依赖它（{why}）；请先撤销第 {later} 项",
        "不能復原第 {number} 項修改：第 {later} 項修改依賴它（{why}）；請先復原第 {later} 項",
        "edit {number} cannot be undone: edit {later} depends on it ({why}); undo edit {later} first",
    ),
    "no_such_edit": (
        "没有第 {number} 项修改；共有 {n} 项",
        "沒有第 {number} 項修改；共有 {n} 項",
        "there is no edit {number}; there are {n}",
    ),
}  # fmt: skip

_PLACE: _Three = ("第 {number} 项修改：", "第 {number} 項修改：", "edit {number}: ")
_LIKE: _Three = ("（是不是“{near}”？）", "（是不是「{near}」？）", " (did you mean “{near}”?)")

_PLACED = ("depended_on", "no_such_edit")
"""These name the edit's place themselves."""


class EditRefused(WrongUse):
    """An edit that cannot stand. `code`: which rule it breaks; `number`: its place in the list, from 1, where known.

    The message is in English; `say` gives it in another language.
    """

    def __init__(
        self, code: str, *, number: int | None = None, why: EditRefused | None = None, near: str = "", **values: object
    ) -> None:
        self.code, self.number, self.why, self.near, self.values = code, number, why, near, values
        super().__init__(self.say("en"))

    def say(self, language: str) -> str:
        """The message in one of `LANGUAGES`."""
        at = LANGUAGES.index(language)
        values: dict[str, object] = {"like": _LIKE[at].format(near=self.near) if self.near else "", **self.values}
        if self.why is not None:
            values["why"] = self.why.say(language)
        place = _PLACE[at].format(number=self.number) if self.number is not None and self.code not in _PLACED else ""
        return place + _TEXTS[self.code][at].format(number=self.number, **values)

    def at(self, number: int) -> EditRefused:
        """The same, of the edit with that place in the list (from 1)."""
        return EditRefused(self.code, number=number, why=self.why, near=self.near, **self.values)


def near(word: str, words: Iterable[str]) -> str:
    """The word that was probably meant; empty where none is like it."""
    found = difflib.get_close_matches(word, list(words), 1, 0.75)
    return found[0] if found else ""
