"""CSV as it comes: a fault on one line costs that line and no other."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_service.ingest import lines as reader
from graph_service.ingest.lines import read_header, read_rows
from graph_service.messages import BadValue
from tests.ingest.helpers import TIES, held, lines, take, write


def rows_of(path: Path, data: bytes) -> list[tuple[int, list[str] | str]]:
    path.write_bytes(b"a,b,c\n" + data)
    names, start = read_header(path, "x.csv")
    found = [row for rows, _ in read_rows(path, start, len(names)) for row in rows]
    return [(line, cells.code if isinstance(cells, BadValue) else cells) for line, cells, _ in found]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_every_kind_of_line_end_is_read(tmp_path: Path, end: bytes) -> None:
    assert rows_of(tmp_path / "x.csv", end.join([b"1,2,3", b"", b'4,"5, x",6', b"7,8,9"])) == [
        (2, ["1", "2", "3"]),
        (4, ["4", "5, x", "6"]),
        (5, ["7", "8", "9"]),
    ]


def test_a_quotation_mark_that_is_never_closed_costs_its_line_only(tmp_path: Path) -> None:
    found = rows_of(tmp_path / "x.csv", b'1,"2,3\n4,5,6\n7,"8",9\n10,11,12\n')
    assert found == [(2, "row_quotes"), (3, ["4", "5", "6"]), (4, ["7", "8", "9"]), (5, ["10", "11", "12"])]


def test_two_broken_quotation_marks_do_not_swallow_the_rows_between_them(tmp_path: Path) -> None:
    found = rows_of(tmp_path / "x.csv", b'1,"2,3\n4,5,6\n7,8",9\n')
    assert found == [(2, "row_quotes"), (3, ["4", "5", "6"]), (4, ["7", '8"', "9"])]


def test_an_unclosed_quotation_mark_on_the_last_line_is_one_fault(tmp_path: Path) -> None:
    assert rows_of(tmp_path / "x.csv", b'1,2,3\n4,5,"6') == [(2, ["1", "2", "3"]), (3, "row_quotes")]


def test_a_quoted_cell_may_run_over_several_lines(tmp_path: Path) -> None:
    found = rows_of(tmp_path / "x.csv", b'1,"first\r\n\r\nthird ""line""",3\r\n4,5,6\r\n')
    assert found == [(2, ["1", 'first\r\n\r\nthird "line"', "3"]), (5, ["4", "5", "6"])]


def test_text_after_a_closing_quotation_mark_is_a_fault(tmp_path: Path) -> None:
    assert rows_of(tmp_path / "x.csv", b'1,"2"x,3\n4,5,6\n') == [(2, "row_quotes"), (3, ["4", "5", "6"])]


def test_a_quotation_mark_inside_a_plain_cell_is_text(tmp_path: Path) -> None:
    assert rows_of(tmp_path / "x.csv", b'1,5" disc,3\n') == [(2, ["1", '5" disc', "3"])]


def test_too_many_and_too_few_cells_are_faults(tmp_path: Path) -> None:
    assert rows_of(tmp_path / "x.csv", b"1,2\n1,2,3,4\n1,2,3\n") == [(2, "row_cells"), (3, "row_cells"), (4, ["1", "2", "3"])]


def test_a_line_that_is_not_utf8_costs_itself_only(tmp_path: Path) -> None:
    data = "1,名,3\n".encode() + "1,名称,3\n".encode("gb18030") + "4,名,6\n".encode()
    assert rows_of(tmp_path / "x.csv", data) == [(2, ["1", "名", "3"]), (3, "row_not_utf8"), (4, ["4", "名", "6"])]


def test_a_cell_that_is_open_where_a_block_ends_is_read_on(tmp_path: Path) -> None:
    filler = b"0,0,0\n" * (reader.BLOCK // 6)
    found = rows_of(tmp_path / "x.csv", filler + b'1,"two\nlines",3\n' + filler)
    assert ["1", "two\nlines", "3"] in [cells for _, cells in found]
    assert len(found) == 2 * (reader.BLOCK // 6) + 1
    assert found[-1][0] == len(found) + 2


def test_a_quoted_cell_that_runs_on_for_too_long_is_a_fault(tmp_path: Path) -> None:
    found = rows_of(tmp_path / "x.csv", b'1,"2\n' + b"x\n" * reader.CELL_LINES + b'end",3\n4,5,6\n')
    assert found[0] == (2, "row_quotes")
    assert found[-1] == (reader.CELL_LINES + 4, ["4", "5", "6"])


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8"), max_size=8), min_size=3, max_size=3), max_size=6), st.data())
def test_whatever_a_csv_writer_writes_without_line_breaks_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], data: st.DataObject
) -> None:
    clean = [[cell.replace("\r", "").replace("\n", "") for cell in row] for row in rows]
    clean = [row for row in clean if "".join(row).strip(", \t")]
    out = io.StringIO()
    end = data.draw(st.sampled_from(["\n", "\r\n"]))
    minimal, every = csv.writer(out, lineterminator=end), csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator=end)
    data.draw(st.sampled_from([minimal, every])).writerows(clean)
    found = rows_of(tmp_path_factory.mktemp("csv") / "x.csv", out.getvalue().encode())
    assert [cells for _, cells in found] == clean


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_no_bytes_make_the_reader_fail_or_lose_the_good_rows_around_them(
    tmp_path_factory: pytest.TempPathFactory, before: bytes, after: bytes
) -> None:
    data = b"x,first,1\n" + before.replace(b'"', b"") + b"\nx,second,2\n" + after + b"\n"
    found = [cells for _, cells in rows_of(tmp_path_factory.mktemp("csv") / "x.csv", data)]
    assert found[0] == ["x", "first", "1"]
    assert ["x", "second", "2"] in found


def test_a_line_of_a_hundred_megabytes_is_rejected_with_its_length(tmp_path: Path) -> None:
    folder = write(tmp_path / "register")
    good = "director,P1,E1,,,,\n"
    with (folder / "ties.csv").open("w") as file:
        file.write(f"{TIES}\nT1,{good}T2,director,P1,")
        for _ in range(100):
            file.write("x" * 1_000_000)
        file.write(f",,,,\nT3,{good}")
    report, _, rejects = take(folder)
    assert (report.total.taken, report.total.rejected) == (2, 1)
    assert lines(rejects) == [3]
    assert "100000019 bytes" in rejects[0]["reason"]
    assert rejects[0]["row"].startswith("T2,director")
    assert len(rejects[0]["row"]) < 2000


def test_a_control_character_is_rejected_with_its_column(tmp_path: Path) -> None:
    _, _, rejects = take(write(tmp_path / "r", ties=f"{TIES}\nT1,director,P1,E1,,,,a\0b\nT2,director,P1,E1,,,,a\n"))
    assert [(row["line"], row["column"]) for row in rejects] == [("2", "title")]


def test_lines_of_nothing_but_separators_are_no_rows(tmp_path: Path) -> None:
    report, store, rejects = take(write(tmp_path / "r", ties=f"{TIES}\n\n,,,,,,,\nT1,director,P1,E1,,,,\n   \n,,\n"))
    assert not rejects
    assert report.total.taken == len(held(store)) == 1
