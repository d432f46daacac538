"""A register read into columns gives what the ordinary load gives: facts, positions, counts, reasons, notices, refusals."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from graph_service.ingest.report import LoadReport
from graph_service.messages import InputError
from graph_service.model.facts import fact_id
from graph_service.model.identifiers import is_uscc, subject_key
from graph_service.model.rows import TABLES
from graph_service.register import register_ledger
from graph_service.sample import generate, write
from graph_service.snapshot import intake, intake_keys, intake_piles, intake_rows
from graph_service.snapshot.build import columns_of
from graph_service.snapshot.held import COLD, HeldColumns
from graph_service.snapshot.intake_cells import Cells, read_columns
from graph_service.snapshot.intake_numbers import UNKNOWN, Numbering

CODE = "91530000MATEXT01X1"
WRONG = "91530000MATEXT01X2"
RESIDENT = "360426199101010071"


def equal_to_ordinary(*paths: Path) -> tuple[HeldColumns, LoadReport]:
    """Reads some paths both ways; the columns and the report, which were the same."""
    ledger, wanted = register_ledger(paths, None)
    columns, report = intake.register_columns(paths)
    assert report == wanted
    with ledger.read() as reader:
        built = columns_of(reader)
    assert columns.position == built.position
    for name, frame in built.frames.items():
        assert_frame_equal(columns.frames[name], frame)
    for name in COLD:
        rows = built.frames[name].with_row_index("row").filter(pl.col("position") >= 0)["row"]
        assert columns.facts(name, rows.to_list()) == built.facts(name, rows.to_list())
    return columns, report


@pytest.fixture
def straight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may go through the ordinary load."""

    def never(*_: object) -> None:
        raise AssertionError("it went through the ordinary load")

    monkeypatch.setattr(intake, "_ordinary", never)


def folder_of(place: Path, **tables: str | bytes) -> Path:
    place.mkdir(exist_ok=True)
    for table, text in tables.items():
        (place / f"{table}.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return place


@pytest.mark.usefixtures("straight")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_dirty_sample_gives_the_same_facts_and_rejects(tmp_path: Path, seed: int) -> None:
    _, report = equal_to_ordinary(write(tmp_path, generate(120, seed)))
    assert report.total.rejected


@pytest.mark.usefixtures("straight")
@pytest.mark.parametrize("at_once", [intake_keys.SORTED_AT_ONCE, 7])
def test_a_folder_given_twice_repeats_every_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(intake_keys, "SORTED_AT_ONCE", at_once)
    one, two = write(tmp_path / "one", generate(30, 1)), write(tmp_path / "two", generate(30, 1))
    _, report = equal_to_ordinary(one, two)
    assert report.total.repeated == report.total.taken


@pytest.mark.usefixtures("straight")
def test_a_key_stated_again_with_other_content_is_rejected_and_names_the_first(tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path / "register",
        enterprises="id,name\nA,a\nB,b\nA,other\nA,a\n",
        persons="id,name\nB,not an enterprise\nC,c\n",
        ties="id,kind,holder,enterprise\nT,director,C,A\nT,director,C,B\nT,director,C,A\n",
        findings=f"record,person,finding,found_on\nR,C,knew,\nR,C,knew,{date(2024, 1, 1)}\nR,C,organised,\n",
        events="record,kind,on,person\nR,repaired,2024-01-01,\nR,repaired,2024-01-01,C\nR,repaired,2024-01-01,\n",
        listings="subject,regime,listed_from,listed_to\nA,eu,2020,\nA,eu,2020,2021\nA,eu,2021,\n",
    )
    columns, report = equal_to_ordinary(folder)
    assert report.total.rejected == 5
    assert columns.position.number == report.total.taken == 10


@pytest.mark.usefixtures("straight")
def test_ties_without_an_id_get_the_one_that_is_made_of_their_content(tmp_path: Path) -> None:
    rows = [
        "director,P,E,2020-01-01,?,,,,",
        "shareholder,P,E,2020,2021-02,33.33,,,a",
        "shareholder,P,E,,,,董事,C-1,b",
        "shareholder,P,E,,,1/3,,,",
        f"shareholder,P,E,,,1/{'3' * 60},,,",
        "director,P,E,..2020-01-01,2021-01-01..,12,,,",
        "director,P,E,2020-01-01,?,,,,",
        "director,P,E,,, ,,,",
    ]
    text = "kind,holder,enterprise,valid_from,valid_to,share,title,credential,source\n" + "\n".join(rows) + "\n"
    columns, report = equal_to_ordinary(folder_of(tmp_path / "register", ties=text))
    assert report.total.taken == 7
    for stored in columns.facts("ties", range(7)):
        assert stored.fact.key.startswith("tie:~")
        assert stored.id == fact_id(stored.fact)


@pytest.mark.usefixtures("straight")
def test_what_was_decided_is_taken_or_rejected_cell_by_cell_as_rows_are(tmp_path: Path) -> None:
    days = [
        "",
        " ",
        "?",
        "2020-01-31",
        " 2020-01-31",
        "2020-01-31 ",
        "2020-02",
        "2019",
        "2020-02-30",
        "2019..2021",
        "..2020-01-31",
    ]
    days += ["9999-12-31", "9999", "0001-01-01", "x", "2020-01-31..", "\u00a0"]
    words = ["health_safety", " health_safety", "", " ", "safety", "serious"]
    keys = ["E", " E", "", CODE, WRONG, CODE.lower(), "\u200b", "a\x07", "x" * 5000]
    acts = [f"A{n},E,,,,{first},{after},{first}" for n, (first, after) in enumerate((one, two) for one in days for two in days)]
    records = ["id,subject,family,behaviour,severity,act_from,act_to,decided_on,authority,amount", *(f"{row},," for row in acts)]
    records += [f"{key},{key},{word}, b,{word},,,,a ,{key}" for key in keys for word in words]
    pairs = [(word, day) for word in ("knew", " knew", "", "know", "organised") for day in days]
    findings = ["record,person,finding,found_on,instrument_no", *(f"A1,P{n},{w},{d},n" for n, (w, d) in enumerate(pairs))]
    findings += [f"{key},{key},knew,,{key}" for key in keys]
    steps = [(word, day) for word in ("repaired", " repaired", "", "mended", "annulled") for day in days]
    events = ["record,kind,on,person,instrument_no", *(f"A{n},{w},{d},,n" for n, (w, d) in enumerate(steps))]
    events += [f"{one},repaired,2020-01-01,{other},{one}" for one in keys for other in keys]
    listings = ["subject,regime,listed_from,listed_to,instrument_no"]
    listings += [f"S{n},eu,{first},{after}," for n, (first, after) in enumerate((one, two) for one in days for two in days)]
    listings += [f"{one},{other},2020,,{one}" for one in keys for other in keys]
    tables = {"records": records, "findings": findings, "events": events, "listings": listings}
    texts: dict[str, str | bytes] = {table: "\n".join(rows) for table, rows in tables.items()}
    columns, report = equal_to_ordinary(folder_of(tmp_path / "register", **texts))
    for table in tables:
        assert report.tables[table].rejected
        assert columns.frames[table].height


@pytest.mark.usefixtures("straight")
def test_identity_numbers_are_hashed_or_rejected_and_are_in_no_reason(tmp_path: Path) -> None:
    text = (
        f"id,name,id_type,id_number,born_on\nP1,a,,{RESIDENT},\nP2,b,居民身份证,{RESIDENT[:-1]}2,\nP3,c,passport,x1,\n"
        f"{RESIDENT},d,,,\nP4,e, ,{RESIDENT.lower()} ,\nP5,f,passport,X1,19910101007\n"
    )
    columns, report = equal_to_ordinary(folder_of(tmp_path / "register", persons=text))
    assert report.total.rejected == 3
    assert not any("1991010100" in reason["reason"] for reason in report.reasons)
    hashes = {stored.fact.id_hash for stored in columns.facts("subjects", range(3))}  # type: ignore[union-attr]
    assert len(hashes) == 2


@pytest.mark.usefixtures("straight")
def test_typed_cells_of_parquet_are_read_as_the_texts_they_stand_for(tmp_path: Path) -> None:
    pl.DataFrame(
        {
            "id": [1, 2, 3, 4],
            "name": pl.Series(["甲", None, "甲", "乙"], dtype=pl.Categorical),
            "opened_on": [date(2020, 1, 1), None, date(1, 1, 1), date(2024, 2, 29)],
            "closed_on": pl.Series(["2020-06-01T00:00:00", None, "2024-01-01T12:00:00", None]).str.to_datetime(),
            "state_owned": [True, False, None, True],
            "more": [[1], [], None, [2]],
        }
    ).write_parquet(tmp_path / "enterprises.parquet")
    pl.DataFrame(
        {
            "kind": ["shareholder"] * 6,
            "holder": [2, 3, 4, 2, 3, 9],
            "enterprise": [1, 1, 1, 2, 2, 2],
            "share": [33.33, 50.0, None, 1e-7, 101.0, 33.33],
        }
    ).write_parquet(tmp_path / "ties.parquet")
    _, report = equal_to_ordinary(tmp_path)
    assert report.tables["ties"].rejected == 1
    assert report.tables["enterprises"].rejected == 1  # the one that closed at noon


@pytest.mark.usefixtures("straight")
def test_long_parquet_files_are_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, value in ((intake_rows, "PARQUET_ROWS", 7), (intake_piles, "SETTLED_ROWS", 11), (intake_piles, "_LONG", 0)):
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(intake_piles, "_OFTEN", 1)
    for table, rows in generate(20, 1).items():
        if rows:
            pl.DataFrame(rows).write_parquet(tmp_path / f"{table}.parquet")
    equal_to_ordinary(tmp_path)


@pytest.mark.usefixtures("straight")
def test_a_sheet_is_read_like_any_other_table(tmp_path: Path) -> None:
    pl.DataFrame({"id": ["A", "B", "A"], "name": ["a", "b", "c"]}).write_excel(tmp_path / "book.xlsx", "enterprises")
    folder_of(tmp_path, ties="id,kind,holder,enterprise\nT,director,C,A\n")
    _, report = equal_to_ordinary(tmp_path)
    assert report.total.rejected == 1


@pytest.mark.usefixtures("straight")
def test_reasons_come_in_the_order_of_an_ordinary_load(tmp_path: Path) -> None:
    # Repeated keys are judged at the end of their batch of ten thousand rows, bad rows when they are read.
    lines = ["id,name,opened_on"]
    for number in range(25_000):
        lines.append(f"E{number},x,{'no date' if number % 1000 == 7 else '2020-01-01'}")
        if number % 1500 == 3:
            lines.append(f"E{number // 2},again,")
    text = "\n".join(lines)
    folder = folder_of(tmp_path / "register", enterprises=text, persons="id,name,born_on\nE1,p,\nQ,q,x\nE2,r,\n")
    _, report = equal_to_ordinary(folder)
    assert len(report.reasons) == report.total.rejected == 45


def test_a_load_whose_batches_are_cut_by_their_text_is_judged_the_ordinary_way(tmp_path: Path) -> None:
    long = "x" * 4000
    lines = [f"E{number},{long},{long}" for number in range(4000)]
    text = "id,name,status\n" + "\n".join([*lines, "E1,,", "E2,,"])
    equal_to_ordinary(folder_of(tmp_path / "register", enterprises=text, persons="id,name\nE3,p\n"))


def test_a_declaration_of_owners_is_read_as_the_ordinary_load_reads_it(tmp_path: Path) -> None:
    statement = {"statementId": "x" * 32, "recordType": "entity", "recordId": "E", "recordStatus": "new", "recordDetails": {}}
    file = tmp_path / "owners.json"
    file.write_text(json.dumps([statement]))
    equal_to_ordinary(file)


def _damaged(place: Path) -> Path:
    file = place / "enterprises.parquet"
    pl.DataFrame({"id": [str(number) * 9 for number in range(5000)]}).write_parquet(file, compression="uncompressed")
    content = bytearray(file.read_bytes())
    content[4:400] = b"\xff" * 396
    file.write_bytes(content)
    return place


@pytest.mark.parametrize(
    "make",
    [
        lambda place: place / "nowhere",
        lambda place: folder_of(place / "register", enterprises="name\na\n"),
        lambda place: folder_of(place / "register", enterprises=""),
        _damaged,
    ],
    ids=["no such folder", "no id", "an empty file", "a Parquet file that breaks off"],
)
def test_what_is_wrong_with_a_whole_file_is_said_in_the_same_words(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path)
    with pytest.raises(InputError) as wanted:
        register_ledger([path], None)
    with pytest.raises(InputError) as found:
        intake.register_columns([path])
    assert str(found.value) == str(wanted.value)


# Cells that are good, bad, or nearly good: every way to be odd.
KEYS = (
    "A",
    "B",
    "P1",
    " A",
    "A ",
    "甲",
    "",
    CODE,
    CODE.lower(),
    WRONG,
    f" {CODE}",
    RESIDENT,
    "12345678901234567x",
    "key of 18 letters!",
    "a\tb",
    "91990000MATEXT01X1",
    "\x7f",
    "\u3000",
    "A\u00a0",
    "\ufeffA",
    "x" * 4097,
    'say "A"',
    "a,b",
    "a\nb",
    "é" * 9,
    "549300TRUWO2CD2G56",
)
DAYS = (
    "",
    "",
    "?",
    "2020-01-01",
    "2021-01-01",
    "2020",
    "2020-02",
    "2020-01-01..",
    "..2019-01-01",
    "2020-13-01",
    " 2020-01-01",
    "１",
    "x",
    "9999-12-31",
    "0001-01-01",
)
TEXTS = ("", "", "名", " x", "x\u2028", "a\x00", "\x85", "ok", "a\r\nb", "=1+1", "\u200b", "x" * 4096)
CELLS = {
    "id": KEYS,
    "holder": KEYS,
    "enterprise": KEYS,
    "subject": KEYS,
    "person": (*KEYS, ""),
    "record": ("R1", "R2", "", " R1"),
    "finding": ("knew", "organised", "guilty", ""),
    "severity": ("", "serious", "bad"),
    "regime": ("eu", ""),
    "family": ("", "market_order", "x"),
    "on": DAYS,
    "found_on": DAYS,
    "id_number": ("", "", "", RESIDENT, WRONG, "ab1"),
    "id_type": ("", "", "passport", "resident_id", "身份证 "),
    "state_owned": ("", "true", "是", "No", "maybe", " 1"),
    "share": ("", "", " ", "50", "33.33", "25-50", "<5", "101", "?", "1/3", "50%", "5 0", f"1/{'7' * 61}"),
}
for _day in (
    "opened_on",
    "closed_on",
    "born_on",
    "died_on",
    "valid_from",
    "valid_to",
    "act_from",
    "act_to",
    "decided_on",
    "listed_from",
    "listed_to",
):
    CELLS[_day] = DAYS
KINDS = {"ties": ("director", "shareholder", "shareholder", "voting_rights", "boss", ""), "events": ("repaired", "no", "")}
RAW = (b"\n", b"\r\n", b",,,\n", b'"\n', b'"open,\n', b"a,b\n", b"\xff\xfe,x\n", b'x"y",z\n', b'"a"b,c\n', b" \n", b'""\n')


@st.composite
def messy_tables(draw: st.DrawFn) -> dict[str, bytes]:
    """Tables of CSV whose rows are mostly of the right width."""
    made: dict[str, bytes] = {}
    for table in draw(st.lists(st.sampled_from(list(TABLES)), min_size=1, max_size=3, unique=True)):
        spec = TABLES[table]
        columns = [name for name in spec.columns if name in spec.required or draw(st.integers(0, 3))]
        columns = draw(st.permutations([*columns, *draw(st.sampled_from([[], ["note"], [""]]))]))
        end = draw(st.sampled_from(["\n", "\n", "\r\n"]))
        text = (",".join(columns) + end).encode()
        for _ in range(draw(st.integers(0, 8))):
            if draw(st.integers(0, 7)) == 0:
                text += draw(st.sampled_from(RAW))
                continue
            cells = [
                draw(st.sampled_from(KINDS.get(table, TEXTS) if name == "kind" else CELLS.get(name, TEXTS))) for name in columns
            ]
            line = io.StringIO()
            csv.writer(line, lineterminator=end, quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))).writerow(
                cells
            )
            text += line.getvalue().encode()
        made[table] = text
    return made


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables=messy_tables(), block=st.sampled_from([1 << 25, 700]))
def test_any_messy_table_gives_the_same(tables: dict[str, bytes], block: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = folder_of(tmp_path_factory.mktemp("register"), **tables)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intake_rows, "CSV_BYTES", block)
        equal_to_ordinary(folder)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            *(st.sampled_from(CELLS[name]) for name in ("id", "share", "valid_from")),
            st.sampled_from(["director", "shareholder"]),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_any_messy_tie_gives_the_same(rows: list[tuple[str, str, str, str]], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Few columns wrong at a time, so that most of what is taken is taken by columns."""
    folder = tmp_path_factory.mktemp("register")
    cells = {name: [row[at] for row in rows] for at, name in enumerate(("holder", "share", "valid_from", "kind"))}
    pl.DataFrame(cells).with_columns(enterprise=pl.lit(CODE)).write_parquet(folder / "ties.parquet")
    equal_to_ordinary(folder)


@settings(max_examples=100, deadline=None)
@given(code=st.from_regex(r"\A[19ANY][1-9](53|99|11)0[0-9]{3}[0-9A-HJ-NP-RTUW-Y]{9}\Z"), check=st.sampled_from("0123456789ABCXY"))
def test_a_key_that_is_taken_at_once_is_one_that_stays_as_it_is(code: str, check: str) -> None:
    text = code + check
    numbering = Numbering()
    make = Cells(lambda *_: "", numbering).makers["enterprises"]
    facts, odd = read_columns("enterprises", pl.DataFrame({intake_rows.LINE: [2], "id": [text]}), make)
    assert facts.height + odd.height == 1
    if facts.height:
        assert subject_key(text) == text
        assert numbering.keys.to_list() == [text]
    else:
        assert not is_uscc(text)


def test_keys_have_one_number_each_however_many_come_and_in_whatever_parts() -> None:
    numbering, numbers = Numbering(), dict[str, int]()
    for part in range(12):
        texts = [f"key {number * 7919 % (500 << part)}" for number in range(100 << (part // 2))] + [""]
        found = numbering.number(pl.Series(texts)).to_list()
        assert found.pop() == -1
        for text, number in zip(texts, found, strict=False):
            assert numbers.setdefault(text, number) == number
    assert sorted(numbers.values()) == list(range(len(numbers)))
    assert [numbers[key] for key in numbering.keys.to_list()] == list(range(len(numbers)))
    assert numbering.find(pl.Series(["no key", "key 0", ""])).to_list() == [UNKNOWN, numbers["key 0"], -1]


def test_keys_of_one_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    real = pl.Series.hash
    # Under the first seeds every key has a hash of few bits, so that many have the same.
    monkeypatch.setattr(pl.Series, "hash", lambda keys, seed: real(keys, seed) & (15 if seed < 2 else (1 << 64) - 1))
    numbering = Numbering()
    keys = [f"k{number}" for number in range(40)]
    for key in keys:
        numbering.number(pl.Series([key]))
    assert numbering.keys.to_list() == keys
    assert numbering.find(pl.Series(keys)).to_list() == list(range(40))
