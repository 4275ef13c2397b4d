"""What importing says in the reader's language: why a file cannot be used, what rows were rejected for."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balm.core.types import Scale

ROLES = {
    "text": gettext_lazy("Comment"),
    "score": gettext_lazy("Score"),
    "scale": gettext_lazy("Scale"),
    "time": gettext_lazy("Date"),
    "customer": gettext_lazy("Customer"),
    "id": gettext_lazy("Number of the comment"),
    "by": gettext_lazy("Attributes"),
}
PURPOSES = {
    "text": gettext_lazy("The customers' own words. They are what is analyzed."),
    "score": gettext_lazy("How content the customer was: tells how much a pain costs."),
    "time": gettext_lazy("When it was said: gives trends."),
    "customer": gettext_lazy("Tells customers apart, so that people are counted, not comments. Kept as a pseudonym."),
    "id": gettext_lazy("Finds the comment again in your own system."),
    "by": gettext_lazy("Channel, product, region …: shows who has a pain more often than others."),
}
SCALES = {
    Scale.NPS.value: gettext_lazy("0 to 10, likely to recommend (NPS)"),
    Scale.CSAT.value: gettext_lazy("1 to 5, satisfied (CSAT)"),
    Scale.STARS.value: gettext_lazy("1 to 5 stars"),
    Scale.CES.value: gettext_lazy("1 to 7, high is easy (CES)"),
    Scale.BINARY.value: gettext_lazy("0 or 1"),
    Scale.LABEL.value: gettext_lazy("a verdict in words, such as 好评 or negative"),
}
REJECTED = {
    "empty_text": gettext_lazy("there is no text"),
    "cell_too_large": gettext_lazy("a cell or a line is too long"),
    "nul_byte": gettext_lazy("it holds a NUL character, which no text has"),
    "undecodable": gettext_lazy("it holds characters that are broken or in another encoding than the file"),
    "wrong_field_count": gettext_lazy("it has more or fewer cells than the heading"),
    "unclosed_quote": gettext_lazy("a quotation mark opens here and does not close"),
    "malformed": gettext_lazy("quotation marks inside a cell are not doubled"),
    "not_json": gettext_lazy("the line is not a JSON object"),
    "formula": gettext_lazy("the text is a spreadsheet formula"),
    "truncated": gettext_lazy("the file breaks off here"),
    "bad_score": gettext_lazy("the score cannot be read on this scale"),
    "bad_time": gettext_lazy("the date cannot be read"),
}
_GUESSED = {
    "by its name and its words": gettext_lazy("guessed by its name and its words"),
    "the longest and most varied words": gettext_lazy("guessed: it has the longest and most varied words"),
    "by its name and content": gettext_lazy("guessed by its name and its content"),
    "by its content": gettext_lazy("guessed by its content"),
    "few different values": gettext_lazy("guessed: few different values that come again"),
}
STAGES = {
    "": gettext_lazy("Starting"),
    "read": gettext_lazy("Reading the file, taking personal data out"),
    "learn": gettext_lazy("Learning the words"),
    "understand": gettext_lazy("Finding what each comment is about"),
    "measure": gettext_lazy("Measuring"),
}


class Words(NamedTuple):
    """What is wrong, and what to do."""

    what: str
    mend: str


def explain(code: str, facts: dict[str, Any] | None = None, message: str = "") -> Words:
    """Why a file or a request cannot be used; an unknown code falls back to `message`."""
    told = _of_files(facts or {}).get(code) or _of_requests(facts or {}).get(code)
    return told or Words(message or _("The file cannot be used."), _("Save it as CSV or Excel and try again."))


def _of_files(facts: dict[str, Any]) -> dict[str, Words]:
    other = _("Export it as CSV, TSV, Excel, JSON lines or Parquet.")
    damaged = _("Open it in the program it comes from, save it anew, and import that file.")
    bomb = _("It holds %(n)s MB and more when unpacked, far more than its size allows.") % {
        "n": facts.get("megabytes", 256)
    }
    sparse = _("It has a sheet of %(rows)s rows and %(columns)s columns, nearly all of them empty.") % {
        "rows": f"{facts.get('rows', 0):,}",
        "columns": f"{facts.get('columns', 0):,}",
    }
    limit = _("It is larger than %(limit)s, the most that can be imported in the browser.") % {
        "limit": filesizeformat(facts.get("limit", 0))
    }
    return {
        "empty": Words(_("It is empty."), _("Check that the export ran to its end, and import its file.")),
        "no_rows": Words(_("It has a heading, but no rows."), _("Check the filters of the export.")),
        "unknown_format": Words(_("It is no table: its content is of an unknown format, whatever its name."), other),
        "markup": Words(_("It is XML or HTML, whatever its name."), other),
        "archive": Words(_("It is an archive, not a workbook."), _("Unpack it, and import the file inside.")),
        "packed_twice": Words(_("It holds another packed file."), _("Unpack it once, and import the file inside.")),
        "encrypted": Words(_("It is protected by a password."), _("Save it without a password, and import that copy.")),
        "damaged_workbook": Words(_("It is a damaged workbook."), damaged),
        "damaged_parquet": Words(_("It is a damaged Parquet file."), damaged),
        "damaged_packed": Words(_("Its packed data is damaged."), _("Copy or download it again: it was cut off.")),
        "bomb": Words(bomb, _("Unpack it yourself and see what is inside before you import it.")),
        "sparse": Words(sparse, _("Delete the cells that stand far from the data, or save the sheet as CSV.")),
        "too_much": Words(
            _("It takes more memory or time to open than one file may."),
            _("Save the sheet as CSV, or split it into several files."),
        ),
        "no_space": Words(
            _("The server has no room for it: its disk is full or cannot be written to."),
            _("Whoever runs this installation makes room; then send the file again."),
        ),
        "twins": Words(
            _("Two of its columns have the same name."), _("Give each column a name of its own, and save it anew.")
        ),
        "too_large": Words(limit, _("Split it into several files, or compress it with gzip or zstd.")),
        "encoding": Words(
            _("Its encoding is not recognized. UTF-8, UTF-16, GB18030 and Big5 are read."), _("Save it as UTF-8.")
        ),
        "json_object": Words(
            _("It is one JSON object over many lines."), _("Write a list of objects, or one object a line.")
        ),
        "none_usable": Words(
            _("None of its rows can be used."),
            _("See the rejected rows below, correct the columns, and import it again."),
        ),
        "no_heading_row": Words(_("This row cannot name the columns."), _("Choose another row.")),
        "no_sheet": Words(_("There is no such sheet with rows in it."), _("Choose another sheet.")),
    }


def _of_requests(facts: dict[str, Any]) -> dict[str, Words]:
    again = _("Try again; the file is still here.")
    return {
        "no_text": Words(_("No column is chosen for the comments."), _("Choose the column of the customers' words.")),
        "no_column": Words(_("A column that was chosen is not in the file."), _("Choose the columns again.")),
        "no_scale": Words(_("There is no such scale."), _("Choose a scale from the list.")),
        "sheet_again": Words(
            _("This sheet was imported before."), _("Choose another sheet, or take that import back.")
        ),
        "not_open": Words(_("This import has gone on since the page was loaded."), _("Load the page again.")),
        "not_done": Words(_("Only an import that is done can be taken back."), _("Load the page again.")),
        "not_taken_back": Words(_("Taking it back failed; nothing was removed."), _("Try again.")),
        "died": Words(
            _("The work ended early again and again; most often memory ran out."),
            _("Free memory on the server or split the file, and start again; the file is still here."),
        ),
        "unexpected": Words(_("Something unexpected happened; the log of the server says what."), again),
        "canceled": Words(_("Somebody canceled it."), again),
        "no_file": Words(_("No file was chosen."), _("Choose a file, or drop one here.")),
    }


def reason(why: str) -> str:
    """Why a column was guessed."""
    if why in _GUESSED:
        return str(_GUESSED[why])
    if found := re.fullmatch(r"its values run from (\S+) to (\S+)", why):
        return _("its values run from %(low)s to %(high)s") % {"low": found[1], "high": found[2]}
    return ""


def unused(facts: dict[str, Any]) -> str:
    """Why a column that is named like a score is not one. `facts`: what was seen in it."""
    if not facts["filled"]:
        return _("it is empty")
    if facts["scored"] < 0.9:
        return _("only %(n)s %% of its cells can be read as a score") % {"n": round(100 * facts["scored"])}
    if facts["low"] is not None and facts["low"] < facts["high"]:
        return _("its values run from %(low)s to %(high)s, which is no scale that is known here") % {
            "low": f"{facts['low']:g}",
            "high": f"{facts['high']:g}",
        }
    return _("its values are on no scale that is known here")
