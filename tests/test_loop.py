"""`balm.analyze` from file to files: what lies in the folder, that numbers agree, that places are true."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pyarrow import csv

import balm
from balm.analysis import Analysis
from balm.core.tables import MENTIONS
from balm.simulate import Simulation

SAID = [
    ("13912345678 打了三次电话没人接，退款两周了还没到账", 1),
    ("delivery was late, but the lamp is lovely. Write me at jo@example.com or call 13912345678!", 2),
    ("包裝壓壞了，請退款到 4111111111111111，謝謝", 1),
    ("我的身份证 11010519491231002X，客服态度很差！！", 1),
    ("The app crashes   all the time 😡 and nobody answers.", 2),
    ("物流很快,質感很好", 5),
    ("  spaces before and after, no refund yet  ", 2),
    ("ＡＰＰ　閃退，　更新後一直當掉", 1),
    ("line one: late\nline two: rude staff\n\nline three: great price", 3),
    ("ok", 4),
]


@pytest.fixture(scope="module")
def original() -> dict[str, str]:
    """Comment as the customer wrote it, by id."""
    return {f"K{i}": f"{SAID[i % 10][0]}" for i in range(120)}


@pytest.fixture(scope="module")
def redacted(original: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """An analysis of comments that hold identifiers."""
    folder = tmp_path_factory.mktemp("redacted")
    rows = [{"id": k, "comment": text, "stars": SAID[int(k[1:]) % 10][1]} for k, text in original.items()]
    (folder / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return balm.analyze(folder / "in.jsonl", out=folder / "out")


def read_json(analysis: Analysis, name: str) -> Any:
    assert analysis.folder is not None
    return json.loads((analysis.folder / name).read_text("utf-8"))


def test_the_folder_holds_what_the_reference_names(small_analysis: Analysis) -> None:
    assert small_analysis.folder is not None
    there = {path.name for path in small_analysis.folder.iterdir()}
    assert {"report.html", "painpoints.json", "themes.json", "mentions.parquet", "rejected.jsonl"} <= there
    assert "scratch" not in there and not any(name.endswith(".tmp") for name in there)


def test_pain_points_have_the_fixed_keys(small_analysis: Analysis) -> None:
    points = read_json(small_analysis, "painpoints.json")
    assert isinstance(points, list) and len(points) >= 10
    keys = {"theme_id", "labels", "kind", "mentions", "comments", "customers", "reach", "severity", "impact", "trend",
            "priority", "quotes"}  # fmt: skip
    for point in points:
        assert keys <= set(point)
        assert set(point["labels"]) == {"zh-Hans", "zh-Hant", "en"} and all(point["labels"].values())
        for name in ("reach", "severity", "impact"):
            assert set(point[name]) >= {"value", "low", "high", "n", "method"}
            if point[name]["value"] is not None:
                assert point[name]["low"] <= point[name]["value"] <= point[name]["high"]
        assert len(point["priority"]) == 2
        for priority in point["priority"].values():
            assert {"level", "rank", "reason", "top_k"} <= set(priority)
        assert point["comments"] <= point["mentions"]
        assert point["customers"] <= point["comments"]
        assert point["quotes"], "every count opens its sentences"


def test_pain_points_are_ranked_by_customer_impact(small_analysis: Analysis) -> None:
    for points in (read_json(small_analysis, "painpoints.json"), small_analysis.painpoints.to_json()):
        ranks = [point["priority"]["customer_impact"]["rank"] for point in points]
        assert ranks == sorted(ranks) and ranks[0] == 1


def test_mentions_have_the_columns_of_the_reference(small_analysis: Analysis) -> None:
    table = small_analysis.mentions
    assert table.schema.equals(MENTIONS)
    named = ("feedback_id mention start end text language theme_id theme sentiment emotion kind target intent urgency "
             "confidence")  # fmt: skip
    assert set(named.split()) <= set(table.column_names)
    assert small_analysis.folder is not None
    assert pq.read_table(small_analysis.folder / "mentions.parquet").equals(table)


def test_counts_are_the_rows_of_the_mentions(small_analysis: Analysis, small_company: Simulation) -> None:
    table = small_analysis.mentions
    customer = dict(zip(small_company.feedback["feedback_id"].to_pylist(),
                        small_company.feedback["customer_id"].to_pylist(), strict=True))  # fmt: skip
    for point in small_analysis.painpoints:
        mine = pc.and_(pc.equal(table["theme_id"], point.theme_id), pc.equal(table["sentiment"], "negative"))
        rows = table.filter(mine)
        comments = set(rows["feedback_id"].to_pylist())
        assert point.mentions == rows.num_rows
        assert point.comments == len(comments)
        assert point.customers == len({customer[c] for c in comments})
        assert {quote.feedback_id for quote in point.quotes} <= comments
    everybody = Counter(table["theme_id"].to_pylist())
    for theme in small_analysis.themes:
        assert theme.mentions == everybody.get(theme.id, 0)
    blamed = {t for t, s in zip(table["theme_id"].to_pylist(), table["sentiment"].to_pylist(), strict=True)
              if t and s == "negative"}  # fmt: skip
    assert blamed == {point.theme_id for point in small_analysis.painpoints}


def test_reach_is_customers_with_the_pain_among_all(small_analysis: Analysis) -> None:
    overview = small_analysis.overview
    assert overview.customers_known
    for point in small_analysis.painpoints:
        assert point.reach.n == overview.customers
        assert point.reach.value == pytest.approx(point.customers / overview.customers)


def test_overview_counts_agree(small_analysis: Analysis) -> None:
    overview, table = small_analysis.overview, small_analysis.mentions
    assert overview.rows_read == overview.comments == 1500
    assert overview.mentions == table.num_rows
    assert overview.coded_mentions == table.num_rows - table["theme_id"].null_count
    assert sum(overview.languages.values()) == 1500
    assert read_json(small_analysis, "themes.json")["overview"]["comments"] == 1500


@pytest.mark.parametrize("which", ["small_analysis", "redacted"])
def test_mentions_are_numbered_within_their_comment(which: str, request: pytest.FixtureRequest) -> None:
    table = request.getfixturevalue(which).mentions
    seen: Counter[str] = Counter()
    before = None
    for comment, number in zip(table["feedback_id"].to_pylist(), table["mention"].to_pylist(), strict=True):
        assert number == seen[comment]
        assert number == 0 or comment == before, "mentions of a comment stand together"
        seen[comment] += 1
        before = comment


@pytest.mark.parametrize("which", ["small_analysis", "redacted"])
def test_marks_lie_inside_the_text(which: str, request: pytest.FixtureRequest) -> None:
    marked = 0
    for row in request.getfixturevalue(which).mentions.to_pylist():
        assert (row["mark_start"] is None) == (row["mark_end"] is None)
        if row["mark_start"] is not None:
            assert 0 <= row["mark_start"] < row["mark_end"] <= len(row["text"])
            marked += 1
        if row["origin"] == "phrase":
            assert row["mark_start"] is not None, row
    assert marked > 20


def test_offsets_point_into_the_original(small_analysis: Analysis, small_company: Simulation) -> None:
    feedback = small_company.feedback
    written = dict(zip(feedback["feedback_id"].to_pylist(), feedback["comment"].to_pylist(), strict=True))
    for row in small_analysis.mentions.to_pylist():
        assert written[row["feedback_id"]][row["start"] : row["end"]] == row["text"]


def test_offsets_point_into_the_original_where_identifiers_were_replaced(
    redacted: Analysis, original: dict[str, str]
) -> None:
    rows = redacted.mentions.to_pylist()
    assert {row["feedback_id"] for row in rows} == set(original)
    replaced = 0
    for row in rows:
        place = original[row["feedback_id"]][row["start"] : row["end"]]
        parts = balm.redaction.redact_texts([place])[0] if "[" in row["text"] else place
        assert parts == row["text"]
        replaced += "[" in row["text"]
    assert replaced >= 48


def test_no_identifier_is_left_anywhere_in_the_folder(redacted: Analysis) -> None:
    assert redacted.folder is not None
    secrets = ("13912345678", "jo@example.com", "4111111111111111", "11010519491231002X")
    texts = pa.concat_tables(list(redacted.feedback()))["text"].to_pylist() + redacted.mentions["text"].to_pylist()
    assert not [t for t in texts for secret in secrets if secret in t]
    for path in redacted.folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not [secret for secret in secrets if secret.encode() in data], path
    assert redacted.overview.redactions == {"PHONE": 24, "ID": 12, "CARD": 12, "EMAIL": 12}


def test_quotes_are_mentions(small_analysis: Analysis) -> None:
    rows = {(r["feedback_id"], r["mention"]): r for r in small_analysis.mentions.to_pylist()}
    for point in small_analysis.painpoints:
        for quote in point.quotes:
            row = rows[quote.feedback_id, quote.mention]
            assert (row["text"], row["start"], row["end"]) == (quote.text, quote.start, quote.end)
            assert row["theme_id"] == point.theme_id and row["sentiment"] == "negative"


def test_results_become_pandas(small_analysis: Analysis) -> None:
    frame = small_analysis.painpoints.to_pandas()
    assert len(frame) == len(small_analysis.painpoints)
    assert {"theme_id", "label_en", "reach", "reach_low", "severity", "trend", "customer_impact_rank"} <= set(frame)
    assert small_analysis.painpoints[:3].to_pandas()["theme_id"].tolist() == frame["theme_id"].tolist()[:3]


def test_the_report_can_be_written_later_in_another_language(small_analysis: Analysis, tmp_path: Path) -> None:
    path = small_analysis.report(tmp_path / "later.html", language="zh-Hant")
    page = path.read_text("utf-8")
    assert '<html lang="zh-Hant"' in page
    with pytest.raises(balm.WrongUse, match="language"):
        small_analysis.report(tmp_path / "x.html", language="fr")


# what may be given


def shape(analysis: Analysis) -> list[tuple[str, int, int]]:
    return [(point.theme_id, point.mentions, point.customers) for point in analysis.painpoints]


@pytest.fixture(scope="module")
def some(small_company: Simulation) -> pa.Table:
    return small_company.feedback.slice(0, 400)


@pytest.fixture(scope="module")
def of_arrow(some: pa.Table) -> Analysis:
    return balm.analyze(some)


@pytest.mark.parametrize("kind", ["pandas", "polars", "dicts", "columns", "chunks"])
def test_tables_of_every_kind_give_the_same(kind: str, some: pa.Table, of_arrow: Analysis) -> None:
    import polars

    data = {
        "pandas": some.to_pandas,
        "polars": lambda: polars.from_arrow(some),
        "dicts": some.to_pylist,
        "columns": some.to_pydict,
        "chunks": lambda: pa.concat_tables([some.slice(0, 100), some.slice(100)]),
    }[kind]()
    assert shape(balm.analyze(data)) == shape(of_arrow)


@pytest.mark.parametrize("kind", ["csv", "tsv", "xlsx", "jsonl", "parquet", "csv.gz", "csv.zst"])
def test_files_of_every_kind_give_the_same(kind: str, some: pa.Table, of_arrow: Analysis, tmp_path: Path) -> None:
    path = tmp_path / f"in.{kind}"
    if kind == "xlsx":
        some.to_pandas().to_excel(path, index=False)
    elif kind == "jsonl":
        some.to_pandas().to_json(path, orient="records", lines=True, date_format="iso", force_ascii=False)
    elif kind == "parquet":
        pq.write_table(some, path)
    else:
        packing = {"gz": "gzip", "zst": "zstd"}.get(kind.rpartition(".")[2])
        with pa.output_stream(path, compression=packing) as sink:
            csv.write_csv(some, sink, csv.WriteOptions(delimiter="\t" if kind == "tsv" else ","))
    assert shape(balm.analyze(path)) == shape(of_arrow)


def test_several_files_are_one_analysis(some: pa.Table, of_arrow: Analysis, tmp_path: Path) -> None:
    csv.write_csv(some.slice(0, 150), tmp_path / "a.csv")
    pq.write_table(some.slice(150), tmp_path / "b.parquet")
    both = balm.analyze([tmp_path / "a.csv", tmp_path / "b.parquet"])
    assert shape(both) == shape(of_arrow)
    assert both.overview.files == ("a.csv", "b.parquet") and both.overview.rows_read == 400


def test_without_a_codebook_all_is_discovered(some: pa.Table) -> None:
    result = balm.analyze(some, codebook="none")
    assert {theme.origin for theme in result.themes} == {"discovered"}
    assert len(result.painpoints) >= 3 and result.overview.packs == ()


def test_discovery_proposes_as_many_themes_as_asked(some: pa.Table) -> None:
    assert len(balm.analyze(some, codebook="none", themes=5).themes) == 5


def test_packs_may_be_named(some: pa.Table) -> None:
    result = balm.analyze(some, codebook="core,travel")
    ids = {theme.id for theme in result.themes}
    assert result.overview.packs == ("core", "travel")
    assert "flight.late" in ids and "delivery.late" in ids and "meal.late" not in ids


OWN = """\
codebook: own
version: 1
labels: {en: Ours, zh-Hans: 自有, zh-Hant: 自有}
themes:
  - id: ship
    labels: {en: Shipping, zh-Hans: 物流, zh-Hant: 物流}
    themes:
      - id: ship.slow
        labels: {en: Slow boat, zh-Hans: 慢船, zh-Hant: 慢船}
        topic: {en: Speed, zh-Hans: 速度, zh-Hant: 速度}
        definition: {en: It comes late., zh-Hans: 来得晚。, zh-Hant: 來得晚。}
        kind: process
        target: process
        solvability: medium
        phrases:
          zh: [物流慢, 送货太慢]
          en: [late, slow delivery]
"""


def test_a_codebook_of_ones_own_is_read_and_edited(some: pa.Table, tmp_path: Path) -> None:
    book, out = tmp_path / "own.yaml", tmp_path / "out"
    book.write_text(OWN, "utf-8")
    first = balm.analyze(some, codebook=book, out=out)
    mine = {theme.id: theme for theme in first.themes if theme.origin == "codebook"}
    assert set(mine) == {"ship.slow"} and mine["ship.slow"].mentions > 0
    book.write_text(OWN.replace("[物流慢, 送货太慢]", "[天方夜谭]"), "utf-8")
    edited = balm.analyze(some, codebook=book, out=out)
    assert next(t for t in edited.themes if t.id == "ship.slow").mentions < mine["ship.slow"].mentions
    assert edited.overview.moved is not None and (edited.overview.moved.value or 0) > 0


@pytest.mark.parametrize("name", ["nonsense", "core,nonsense", "missing.yaml"])
def test_an_unknown_codebook_is_refused_in_one_line(some: pa.Table, name: str) -> None:
    with pytest.raises(balm.InputRefused) as error:
        balm.analyze(some.slice(0, 50), codebook=name)
    assert "\n" not in str(error.value)


def test_arguments_that_cannot_be_are_wrong_use(some: pa.Table, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    wrong: list[dict[str, Any]] = [
        {"language": "fr"}, {"seed": -1}, {"themes": 0}, {"jobs": 0}, {"scale": "nonsense"}, {"score": "nonsense"},
        {"by": ["nonsense"]}, {"text": "none"}, {"out": tmp_path / "file"}, {"out": tmp_path / "file" / "below"},
    ]  # fmt: skip
    for arguments in wrong:
        with pytest.raises(balm.WrongUse) as error:
            balm.analyze(some, **arguments)
        assert "\n" not in str(error.value)


def test_roles_can_be_switched_off(some: pa.Table) -> None:
    result = balm.analyze(some, score="none", id="none", time="none", customer="none", by=["none"])
    overview = result.overview
    assert set(overview.columns) == {"text"}
    assert not overview.customers_known and overview.first_day is None and overview.scores == {}
    assert overview.sentiment_from == overview.severity_from == "words"


def test_scores_on_different_scales_are_not_put_together(tmp_path: Path) -> None:
    for name, top in (("stars.csv", 5), ("nps.csv", 10)):
        rows = "".join(f'"the delivery number {i} was late",{i % (top + 1 if top > 5 else 5) + (top == 5)}\n'
                       for i in range(60))  # fmt: skip
        (tmp_path / name).write_text(f"comment,score\n{rows}", "utf-8")
    files = [tmp_path / "stars.csv", tmp_path / "nps.csv"]
    with pytest.raises(balm.WrongUse, match="different scales"):
        balm.analyze(files)
    assert balm.analyze(files, score="none").overview.scale is None
