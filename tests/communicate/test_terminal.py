"""The report and the other results as text."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.cells import cell_len

from balm.communicate import build_report, render_table, render_text
from balm.communicate.table import render_figure
from balm.core.types import LANGUAGES, Estimate


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_ranked_list_reads_in_every_language(report, language):
    text = render_text(report, language)
    lines = text.splitlines()
    assert lines[0] == report.headline[language]
    assert "\x1b" not in text
    for i, p in enumerate(report.painpoints, 1):
        row = next(line for line in lines if line.split() and line.split()[0].rstrip("=") == str(i))
        assert p.labels[language] in row
        assert f"{100 * p.reach.value:.1f}%" in row


def test_plain_columns_line_up_also_in_chinese():
    text = render_table(["主题", "n"], [["送货慢", 12], ["App", 1234]])
    assert {cell_len(line) for line in text.splitlines()} == {13}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [80, 100, 120])
def test_a_pipe_gets_rows_within_its_width_and_a_quote_under_each(large, language, width):
    text = render_text(large, language, width=width)
    table = text.split("\n\n")[1].splitlines()
    assert max(map(cell_len, table)) <= width
    rows = table[1:21]
    assert [row.strip()[0] == "“" for row in rows] == [False, True] * 10
    reach = [cell_len(row[: row.index(")")]) for row in rows[::2]]
    assert len(set(reach)) == 1, "columns line up"
    assert table[21].startswith("="), "what the mark of a tie means is said"


def test_a_terminal_gets_lines_within_its_width(report):
    text = render_text(report, "zh-Hant", terminal=True, width=80)
    table = text.split("\n\n")[1]
    assert "─" in table and "\x1b[" in table
    import re

    assert max(cell_len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in table.splitlines()) <= 80


def test_estimates_carry_their_interval_and_n():
    cells = [[{"channel": "app"}["channel"], Estimate(12.0, 8.04, 16.0, 400, "wilson"), None, 0.25]]
    text = render_table(["channel", "nps", "q", "share"], cells, title="NPS")
    assert text.splitlines()[0] == "NPS"
    assert "12.00 (8.04–16.00)  n = 400" in text
    assert "–" in text and "0.25" in text


def test_a_customers_words_cannot_drive_the_terminal(shop):
    p = shop["painpoints"][0]
    quote = replace(p.quotes[0], text="\x1b[2Jgone\r\n\x07[red]x[/red]")
    report = build_report(**shop | {"painpoints": [replace(p, quotes=(quote,))]})
    assert "\x1b" not in render_text(report)
    drawn = render_text(report, terminal=True, width=200)
    assert "\x1b[2J" not in drawn and "\x07" not in drawn
    assert "[red]x[/red]" in drawn, "markup stays text"


def test_the_empty_report_says_the_next_step(shop):
    report = build_report(**shop | {"painpoints": [], "themes": [], "mentions": []})
    assert "--text COLUMN" in render_text(report)


def test_a_long_list_says_what_it_leaves_out(report):
    assert "7 more pain points" in render_text(report, most=3)


def test_the_table_of_a_figure_is_text_too(report):
    p = report.painpoints[0]
    text = render_figure(report.figures[f"trend:{p.theme_id}"].table(), title="t", language="zh-Hans")
    assert len(text.splitlines()) == 2 + len(p.trend.series)


def test_an_unknown_language_is_refused(report):
    with pytest.raises(ValueError, match="language"):
        render_text(report, "xx")
