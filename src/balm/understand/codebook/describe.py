"""What an edit does, in one sentence, for lists of what was done."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from balm.core.types import LANGUAGES, Labels
from balm.understand.codebook.edits import (
    Accept,
    AddExamples,
    AddGroup,
    AddPhrases,
    AddTheme,
    Dismiss,
    Edit,
    Merge,
    Move,
    RemovePhrases,
    Rename,
    Split,
)

_SHOWN = 3
"""Phrases that are named, at most."""

_TEXTS: dict[str, tuple[str, str, str]] = {
    "rename": ("将“{a}”改名为“{b}”", "將「{a}」改名為「{b}」", "Renamed “{a}” to “{b}”"),
    "named": ("命名为“{b}”", "命名為「{b}」", "Gave the name “{b}”"),
    "define": ("改写了“{a}”的定义", "改寫了「{a}」的定義", "Defined “{a}”"),
    "merge": ("将{many}并入“{b}”", "將{many}併入「{b}」", "Merged {many} into “{b}”"),
    "split": ("从“{a}”中拆出{many}", "從「{a}」中拆出{many}", "Split {many} off “{a}”"),
    "move": ("将“{a}”移到“{b}”下", "將「{a}」移到「{b}」底下", "Moved “{a}” under “{b}”"),
    "move_out": ("将“{a}”移出分组", "將「{a}」移出分組", "Moved “{a}” out of its group"),
    "archive": ("将“{a}”归档", "將「{a}」封存", "Archived “{a}”"),
    "restore": ("恢复了“{a}”", "還原了「{a}」", "Restored “{a}”"),
    "accept": ("采纳建议“{a}”，命名为“{b}”", "採納建議「{a}」，命名為「{b}」", "Accepted the proposal “{a}” as “{b}”"),
    "accept_as": ("采纳建议“{b}”", "採納建議「{b}」", "Accepted the proposal “{b}”"),
    "dismiss": ("忽略建议“{a}”", "忽略建議「{a}」", "Dismissed the proposal “{a}”"),
    "add_theme": ("新建主题“{b}”", "新增主題「{b}」", "Added the theme “{b}”"),
    "add_group": ("新建分组“{b}”", "新增分組「{b}」", "Added the group “{b}”"),
    "add_phrases": (
        "为“{a}”添加 {n} 条{role}：{many}",
        "為「{a}」加入 {n} 條{role}：{many}",
        "Added {role} to “{a}”: {many}",
    ),
    "remove_phrases": (
        "从“{a}”删除 {n} 条{role}：{many}",
        "從「{a}」刪除 {n} 條{role}：{many}",
        "Removed {role} from “{a}”: {many}",
    ),
    "add_examples": (
        "为“{a}”添加 {n} 条正例、{m} 条反例",
        "為「{a}」加入 {n} 條正例、{m} 條反例",
        "Added examples to “{a}”: {n} for, {m} against",
    ),
}  # fmt: skip

_ROLES: dict[str, tuple[str, str, str]] = {
    "phrases": ("词语", "詞語", "phrases"),
    "not": ("排除词语", "排除詞語", "phrases against"),
    "topic_words": ("话题词", "話題詞", "topic words"),
    "praise": ("表扬词语", "稱讚詞語", "phrases of praise"),
}

_QUOTED = ("“{}”", "「{}」", "“{}”")
_BETWEEN = ("、", "、", ", ")
_MORE = (" 等", " 等", " …")


def describe(edit: Edit, language: str, names: Mapping[str, Labels]) -> str:
    """What `edit` does, in one of `LANGUAGES`, without a full stop.

    `names`: labels by id of themes, groups and proposals, best as they were before; what has none is called by its id.
    """
    at = LANGUAGES.index(language)

    def name(id_: str) -> str:
        return names[id_][language] if names.get(id_) else id_

    key, values, many = _told(edit, name, language)
    listed = _BETWEEN[at].join(_QUOTED[at].format(one) for one in many[:_SHOWN])
    values["many"] = listed + (_MORE[at] if len(many) > _SHOWN else "")
    return _TEXTS[key][at].format(**values)


def _told(edit: Edit, name: Callable[[str], str], language: str) -> tuple[str, dict[str, str], list[str]]:
    """The form of the sentence, what goes into it, and the names or phrases it lists."""
    key, values, many = edit.kind_of_edit, {}, []
    if not isinstance(edit, AddTheme | AddGroup | Merge):
        values["a"] = name(edit.proposal if isinstance(edit, Accept | Dismiss) else edit.theme)
    match edit:
        case Rename() | Accept() | AddTheme() | AddGroup():
            values["b"] = _in(edit.labels, language)
            if isinstance(edit, Rename) and values["a"] == values["b"]:
                key = "named"
            elif isinstance(edit, Accept) and values["a"] in (values["b"], edit.proposal):
                key = "accept_as"
        case Merge():
            values["b"], many = name(edit.into), list(map(name, edit.sources))
        case Split():
            many = [_in(part.labels, language) for part in edit.parts]
        case Move(parent=None):
            key = "move_out"
        case Move(parent=str(parent)):
            values["b"] = name(parent)
        case AddPhrases() | RemovePhrases():
            many = [phrase for some in edit.phrases.values() for phrase in some]
            values |= {"n": str(len(many)), "role": _ROLES[edit.role][LANGUAGES.index(language)]}
        case AddExamples():
            values |= {"n": str(len(edit.include)), "m": str(len(edit.exclude))}
    return key, values, many


def _in(labels: Labels, language: str) -> str:
    """The label in a language, or the one that stands in for it."""
    return filled(labels)[language]


FALLBACK = {"zh-Hans": ("zh-Hant", "en"), "zh-Hant": ("zh-Hans", "en"), "en": ("zh-Hans", "zh-Hant")}
"""Where a text is not given in a language, the first of these that is given stands in."""


def filled(given: Labels) -> Labels:
    """A text in each of `LANGUAGES`, the missing ones from the others; empty where none is given."""
    if not given:
        return {}
    found = {}
    for language in LANGUAGES:
        spoken = next(one for one in (language, *FALLBACK[language]) if one in given)
        found[language] = given[spoken]
    return found
