"""Parquet files and Excel workbooks: the same facts as from CSV, exactly."""

from __future__ import annotations

import csv
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_service.ingest import load
from graph_service.ingest import sheets as typed
from graph_service.messages import InputError
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Subject, SubjectKind, Tie
from graph_service.model.interval import OPEN_END, OPEN_START, UNKNOWN, Bound, Interval
from graph_service.model.rows import to_row
from graph_service.model.share import UNKNOWN_SHARE
from graph_service.model.words import EVENTS, FAMILIES, FINDINGS, HOLDINGS, OFFICES, SEVERITIES
from tests.ingest.helpers import held, ledger, rejected, take, write
from tests.ledger.fact_strategies import DAYS, bounds, intervals, shares

Row = dict[str, Any]


def to_csv(folder: Path, tables: dict[str, list[Row]]) -> Path:
    folder.mkdir()
    for table, rows in tables.items():
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return folder


def to_parquet(folder: Path, tables: dict[str, list[Row]]) -> Path:
    folder.mkdir()
    for table, rows in tables.items():
        pl.DataFrame(rows, infer_schema_length=None).write_parquet(folder / f"{table}.parquet")
    return folder


def to_excel(path: Path, tables: dict[str, list[Row]]) -> Path:
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for table, rows in tables.items():
            sheet = book.add_worksheet(table)
            sheet.write_row(0, 0, list(rows[0]))
            for line, row in enumerate(rows, 1):
                for column, cell in enumerate(row.values()):
                    if isinstance(cell, date | datetime):
                        sheet.write_datetime(line, column, cell, day)
                    elif isinstance(cell, str):
                        sheet.write_string(line, column, cell)
                    elif cell is not None:
                        sheet.write(line, column, cell)
    return path


keys = st.sampled_from(("A", "甲公司", "0012", "key with spaces?", 'o\'clock "%", x', "=1+1", "1e5", "a\nb"))
texts = st.sampled_from(("", "x", "局；a,b", "'", "line\nbreak", "007", "true", "2024-03-01"))
intervals_ = intervals()
acts = intervals_.filter(lambda act: act.start != act.end and (act.start, act.end) != (OPEN_START, OPEN_END))
ties = st.builds(
    Tie,
    id=keys,
    kind=st.sampled_from(HOLDINGS),
    holder=keys,
    enterprise=keys,
    valid=intervals_,
    share=shares().map(lambda share: share if len(str(share)) <= 60 else UNKNOWN_SHARE),
    title=texts,
    credential=texts,
    source=texts,
)
enterprises = st.builds(
    Subject,
    id=keys,
    kind=st.just(SubjectKind.ENTERPRISE),
    name=texts,
    form=texts,
    status=texts,
    region=texts,
    industry=texts,
    opened_on=bounds(OPEN_START),
    closed_on=bounds(OPEN_END),
    state_owned=st.booleans(),
)
persons = st.builds(
    Subject,
    id=keys.map("P-{}".format),
    kind=st.just(SubjectKind.PERSON),
    name=texts,
    id_type=texts,
    opened_on=bounds(OPEN_START),
    closed_on=bounds(OPEN_END),
)
records = st.builds(
    Record,
    id=keys,
    subject=keys,
    family=st.sampled_from(("", *FAMILIES)),
    behaviour=texts,
    severity=st.sampled_from(("", *SEVERITIES)),
    act=acts,
    # an open decision date has no text of its own
    decided_on=bounds(UNKNOWN).filter(lambda bound: bound == UNKNOWN or bound not in (OPEN_START, OPEN_END)),
    authority=texts,
    instrument_no=texts,
    region=texts,
    amount=texts,
    outcome=texts,
)
findings = st.builds(
    Finding, record=keys, person=keys, finding=st.sampled_from(FINDINGS), instrument_no=texts, found_on=st.none() | DAYS
)
events = st.builds(Event, record=keys, kind=st.sampled_from(EVENTS), on=DAYS, person=st.just("") | keys, instrument_no=texts)
listings = st.builds(Listing, subject=keys, regime=st.sampled_from(("us-ofac", "eu")), listed=intervals_, instrument_no=texts)
offices = st.builds(Tie, id=keys, kind=st.sampled_from(OFFICES), holder=keys, enterprise=keys, valid=intervals_, title=texts)
facts: st.SearchStrategy[Fact] = st.one_of(enterprises, persons, ties, offices, records, findings, events, listings)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(facts, min_size=1, max_size=12, unique_by=lambda fact: fact.key))
def test_facts_that_are_written_are_loaded_again_from_every_kind_of_file(
    tmp_path_factory: pytest.TempPathFactory, written: list[Fact]
) -> None:
    tables: dict[str, list[Row]] = {}
    for fact in written:
        table, row = to_row(fact)
        tables.setdefault(table, []).append(row)
    folder = tmp_path_factory.mktemp("round")
    for path in (
        to_csv(folder / "csv", tables),
        to_parquet(folder / "parquet", tables),
        to_excel(folder / "book.xlsx", tables),
    ):
        report, store, rejects = take(path)
        assert not rejects
        assert held(store) == set(written)
        assert report.total.taken == len(written)


TYPED: dict[str, list[Row]] = {
    "enterprises": [{"id": 12345, "name": "甲公司", "opened_on": date(2010, 5, 1), "state_owned": True}],
    "ties": [
        {"id": "T1", "kind": "shareholder", "holder": "P1", "enterprise": 12345, "valid_from": date(2020, 1, 1), "share": 33.33},
        {"id": "T2", "kind": "shareholder", "holder": "P2", "enterprise": 12345, "valid_from": None, "share": 75.0},
        {"id": "T3", "kind": "shareholder", "holder": "P3", "enterprise": 12345, "valid_from": None, "share": 12.345678901234},
        {"id": "T4", "kind": "shareholder", "holder": "P4", "enterprise": 12345, "valid_from": None, "share": None},
    ],
}


@pytest.mark.parametrize("kind", ["parquet", "excel"])
def test_typed_cells_mean_what_they_show(tmp_path: Path, kind: str) -> None:
    path = to_parquet(tmp_path / "r", TYPED) if kind == "parquet" else to_excel(tmp_path / "r.xlsx", TYPED)
    _, store, rejects = take(path)
    assert not rejects
    ties_ = sorted((fact for fact in held(store) if isinstance(fact, Tie)), key=lambda tie: tie.id)
    assert [str(tie.share) for tie in ties_] == ["33.33", "75", "12.345678901234", ""]
    assert ties_[0].valid == Interval.parse("2020-01-01", "")
    (company,) = (fact for fact in held(store) if isinstance(fact, Subject))
    assert (company.id, company.state_owned, company.opened_on) == ("12345", True, Bound.parse("2010-05-01", "start"))


def test_shares_in_a_column_of_numbers_and_texts_keep_all_their_digits(tmp_path: Path) -> None:
    rows = [{**TYPED["ties"][0], "id": f"T{n}", "share": share} for n, share in enumerate([100 / 3, "25-50", 0.07, "<5", 20])]
    _, store, rejects = take(to_excel(tmp_path / "r.xlsx", {"ties": rows}))
    assert not rejects
    shown = {fact.id: str(fact.share) for fact in held(store) if isinstance(fact, Tie)}
    assert shown == {"T0": "33.33333333333334", "T1": "25-50", "T2": "0.07", "T3": "<5", "T4": "20"}


@pytest.mark.parametrize("kind", [pl.Float32, pl.Float64, pl.Decimal(6, 4), pl.String])
def test_a_share_of_any_type_is_the_number_that_it_shows(tmp_path: Path, kind: pl.DataType) -> None:
    (tmp_path / "r").mkdir()
    share = pl.Series([Decimal("33.33")]).cast(pl.String).cast(kind) if kind == pl.String else pl.Series([33.33]).cast(kind)
    frame = pl.DataFrame({"id": ["T1"], "kind": ["shareholder"], "holder": ["P1"], "enterprise": ["E1"], "share": share})
    frame.write_parquet(tmp_path / "r" / "ties.parquet")
    _, store, _ = take(tmp_path / "r")
    assert [str(fact.share) for fact in held(store) if isinstance(fact, Tie)] == ["33.33"]


def test_rejects_of_typed_files_carry_the_row_number_and_the_row(tmp_path: Path) -> None:
    rows = [{**TYPED["ties"][0], "id": f"T{n}", "share": share} for n, share in enumerate([5.0, 101.0])]
    for path, line in ((to_parquet(tmp_path / "p", {"ties": rows}), "2"), (to_excel(tmp_path / "b.xlsx", {"ties": rows}), "3")):
        report, _, rejects = take(path)
        assert report.total.taken == 1
        assert [(row["line"], row["column"]) for row in rejects] == [(line, "share")]
        assert rejects[0]["row"] == "T1,shareholder,P1,12345,2020-01-01,101"


def test_a_date_with_a_time_of_day_is_no_date(tmp_path: Path) -> None:
    rows = [{**TYPED["ties"][0], "valid_from": datetime(2020, 1, 1, 13, 5)}]
    _, _, rejects = take(to_parquet(tmp_path / "r", {"ties": rows}))
    assert [row["column"] for row in rejects] == ["valid_from"]


def test_a_parquet_file_is_read_in_slices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typed, "SLICE", 7)
    rows = [{**TYPED["ties"][0], "id": f"T{n}", "share": 5.0 if n != 40 else 101.0} for n in range(50)]
    report, _, rejects = take(to_parquet(tmp_path / "r", {"ties": rows}))
    assert (report.total.taken, [row["line"] for row in rejects]) == (49, ["41"])


def test_blank_rows_of_a_sheet_are_no_rows_and_do_not_shift_the_numbers(tmp_path: Path) -> None:
    blank = dict.fromkeys(TYPED["ties"][0])
    rows = [TYPED["ties"][0], blank, {**TYPED["ties"][1], "share": 101.0}, blank]
    report, _, rejects = take(to_excel(tmp_path / "r.xlsx", {"ties": rows}))
    assert (report.total.taken, [row["line"] for row in rejects]) == (1, ["4"])
    assert rejects[0]["file"].endswith("r.xlsx#ties")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("ties.parquet", b"id,kind\n", "not_parquet"),
        ("ties.parquet", b"", "file_empty"),
        ("book.xlsx", b"id,kind\n", "not_excel"),
        ("book.xlsx", b"", "file_empty"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_stops_the_load(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    folder = write(tmp_path / "r", enterprises="id\nE1\n")
    (folder / name).write_bytes(content)
    store = ledger()
    with pytest.raises(InputError) as caught:
        load([folder], store)
    assert caught.value.code == code
    assert store.last().number == 0


def test_a_table_in_two_forms_stops_the_load(tmp_path: Path) -> None:
    folder = to_parquet(tmp_path / "r", TYPED)
    write(folder, ties="kind,holder,enterprise\n")
    with pytest.raises(InputError, match="keep one of the two"):
        load([folder], ledger())


def test_a_workbook_without_a_table_is_told_the_names(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="enterprises, persons"):
        load([to_excel(tmp_path / "b.xlsx", {"Sheet1": [{"a": 1}]})], ledger())


def test_a_column_of_lists_stops_the_load(tmp_path: Path) -> None:
    rows = [{**TYPED["ties"][0], "title": ["a", "b"]}]
    with pytest.raises(InputError, match="title"):
        load([to_parquet(tmp_path / "r", {"ties": rows})], ledger())


def test_no_identity_number_of_a_sheet_is_in_the_rejects(tmp_path: Path) -> None:
    number = "360426199101010071"
    rows = [{"id": "P1", "name": "张三", "id_type": "resident_id", "id_number": number, "born_on": "1991-13-01"}]
    report, _, rejects = take(to_excel(tmp_path / "b.xlsx", {"persons": rows}))
    assert rejects[0]["row"] == "P1,张三,resident_id,***,1991-13-01"
    assert report.total.rejected == len(rejected(report)) == 1
