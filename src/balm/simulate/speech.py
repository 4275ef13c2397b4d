"""Puts topics into words: sentences of a topic, joined as people join them, with slips of the pen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from string import Formatter
from typing import Any

import numpy as np
import yaml

_FINAL = {"zh-Hans": ("。", "！", "", "…"), "zh-Hant": ("。", "！", "", "…"), "en": (".", "!", "", "...")}
_GOOD = ("👍", "😊", "❤️")
_BAD = ("😡", "😭", "🙄")


@dataclass(frozen=True)
class Speech:
    """Sentences by topic and language, as in `sentences.yaml`."""

    book: dict[str, Any]

    @classmethod
    def load(cls) -> Speech:
        text = resources.files("balm.simulate").joinpath("sentences.yaml").read_text("utf-8")
        return cls(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))

    def tone(self, topic: str) -> str:
        return str(self.book["topics"][topic]["tone"])

    def sentence(self, topic: str, language: str, rng: np.random.Generator) -> str:
        """One way to say `topic`, its slots filled."""
        pattern = _pick(self.book["topics"][topic][language], rng)
        slots = {
            name: _pick(self.book["slots"][name][language], rng) for _, name, _, _ in Formatter().parse(pattern) if name
        }
        return pattern.format(**slots)

    def comment(self, topics: Sequence[str], language: str, rng: np.random.Generator) -> str:
        """A comment that raises `topics` in this order; praise and pain are set against each other."""
        text = _pick(self.book["openers"][language], rng)
        before = None
        for topic in topics:
            good = self.tone(topic) == "praise"
            sentence = self.sentence(topic, language, rng)
            if before is None:
                text += _capital(sentence, text) if language == "en" else sentence
            else:
                turn = "contrast" if good != before and self.tone(topic) in ("praise", "pain") else "same"
                join = _pick(self.book["joins"][turn][language], rng)
                text += join + (_capital(sentence, text + join) if language == "en" else sentence)
            before = good
        closer = _pick(self.book["closers"][language], rng)
        text += (_pick(_FINAL[language], rng) or (_FINAL[language][0] if closer else "")) + closer
        return self._slip(text, language, bool(before), rng)

    def _slip(self, text: str, language: str, good: bool, rng: np.random.Generator) -> str:
        """Now and then: all lower case, no punctuation, a doubled letter, an emoji."""
        chance = rng.random(4)
        if language == "en" and chance[0] < 0.25:
            text = text.lower()
        if chance[1] < 0.08:
            text = text.replace("，", " ").replace(",", "").rstrip("。.")
        if language == "en" and chance[2] < 0.06 and len(text) > 12:
            at = int(rng.integers(4, len(text) - 4))
            text = text[:at] + text[at - 1] + text[at:] if text[at - 1].isalpha() else text
        if chance[3] < 0.07:
            text += _pick(_GOOD if good else _BAD, rng)
        return text


def _pick(options: Sequence[str], rng: np.random.Generator) -> str:
    return options[int(rng.integers(len(options)))]


def _capital(sentence: str, before: str) -> str:
    """A capital where a sentence begins."""
    opens = not before or before.rstrip().endswith((".", "!", "?"))
    return sentence[0].upper() + sentence[1:] if opens else sentence
