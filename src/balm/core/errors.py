"""Errors that a person can act on: each names the place and the mend."""

from __future__ import annotations

from typing import Any


class BalmError(Exception):
    """Base of all errors Balm raises on purpose; its message is one line fit for a terminal."""


class InputRefused(BalmError):
    """The input as a whole cannot be used. The command line exits with 3.

    `code`: what is wrong, in one word, for programs that say it in other languages; `facts`: the figures it names.
    """

    def __init__(self, message: str = "", *, code: str = "", **facts: Any) -> None:
        super().__init__(message)
        self.code, self.facts = code, facts


class WrongUse(BalmError):
    """The call contradicts itself or names what does not exist. The command line exits with 2."""
