"""Register folders: what is taken, what is rejected and why, and what stops a load before it begins."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from graph_service.ingest import load
from graph_service.messages import InputError
from graph_service.model.facts import Record, Subject, SubjectKind, Tie
from graph_service.model.interval import Interval
from graph_service.model.share import Share
from tests.ingest.helpers import TIES, held, ledger, rejected, take, write

ENTERPRISES = "id,name\nE1,甲公司\n"
NUMBER = "360426199101010071"
"""The published example of a resident identity number; it is nobody's."""


def one_reject(folder: Path, header: str, row: str, table: str = "ties") -> tuple[str, str]:
    report, store, rejects = take(write(folder / "register", **{table: f"{header}\n{row}\n"}))
    assert not held(store)
    assert report.total.rejected == len(rejects) == 1
    assert rejects[0]["line"] == "2"
    return rejects[0]["column"], rejects[0]["reason"]


def test_a_register_folder_becomes_facts(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "r",
        enterprises="\ufeffid,name,kind,opened_on,state_owned\n91530000matext01x1,甲公司,1100,2010-05-01,是\n",
        persons=f"id,name,id_type,id_number\nP1,张三,resident_id,{NUMBER}\n",
        ties=f"{TIES}\nT1,shareholder,P1,91530000MATEXT01X1,2020-01-01,?,33.33,\n",
    )
    report, store, rejects = take(folder)
    facts = held(store)
    person = next(fact for fact in facts if isinstance(fact, Subject) and fact.kind is SubjectKind.PERSON)
    assert person.id_hash == store.identity_hash("resident_id", NUMBER)
    assert Tie("T1", "shareholder", "P1", "91530000MATEXT01X1", Interval.parse("2020-01-01", "?"), Share.parse("33.33")) in facts
    assert {table: counts.taken for table, counts in report.tables.items()} == {"enterprises": 1, "persons": 1, "ties": 1}
    assert (report.form, report.rejects, report.notices, rejects) == ("register", None, (), [])


def test_loading_the_same_folder_twice_changes_nothing(tmp_path: Path) -> None:
    rows = "T1,director,P1,E1,,,,\n,shareholder,P2,E1,,,5,\n,shareholder,P2,E1,,,5,\nT1,director,P1,E1,,,,x\nT3,boss,P1,E1,,,,\n"
    folder = write(tmp_path / "r", enterprises=ENTERPRISES, ties=f"{TIES}\n{rows}")
    first, store, rejects = take(folder)
    facts, position = held(store), store.last()
    again, _, rejects_again = take(folder, store)
    assert (first.total.taken, first.total.repeated, first.total.rejected) == (3, 1, 2)
    assert (again.total.taken, again.total.corrected, again.total.unchanged, again.total.repeated) == (0, 0, 3, 1)
    assert rejects == rejects_again
    assert (held(store), store.last()) == (facts, position)


def test_an_id_stated_twice_with_other_content_keeps_the_first_and_names_its_line(tmp_path: Path) -> None:
    folder = write(tmp_path / "r", ties=f"{TIES}\nT1,director,P1,E1,,,,\nT2,director,P2,E1,,,,\nT1,director,P3,E1,,,,\n")
    report, store, rejects = take(folder)
    assert {fact.holder for fact in held(store) if isinstance(fact, Tie)} == {"P1", "P2"}
    assert report.total.rejected == 1
    assert (rejects[0]["line"], rejects[0]["column"]) == ("4", "id")
    assert "line 2 of" in rejects[0]["reason"]


def test_an_id_stated_again_in_a_later_batch_is_found(tmp_path: Path) -> None:
    rows = "".join(f"T{n % 60},director,P{n // 60},E1,,,,\n" for n in range(120))
    folder = write(tmp_path / "r", ties=f"{TIES}\n{rows}")
    report = load([folder], ledger(), batch=7)
    assert (report.total.taken, report.total.rejected) == (60, 60)


def test_a_person_whose_id_is_an_enterprise_of_the_ledger_is_rejected(tmp_path: Path) -> None:
    _, store, _ = take(write(tmp_path / "r", enterprises=ENTERPRISES))
    report, _, rejects = take(write(tmp_path / "s", persons="id,name\nE1,李四\nP2,王五\n"), store)
    assert (report.total.taken, report.total.rejected) == (1, 1)
    assert (rejects[0]["line"], rejects[0]["row"]) == ("2", "E1,李四")


def test_a_changed_row_corrects_the_fact(tmp_path: Path) -> None:
    _, store, _ = take(write(tmp_path / "r", ties=f"{TIES}\nT1,shareholder,P1,E1,,,5,\n"))
    report, _, _ = take(write(tmp_path / "r", ties=f"{TIES}\nT1,shareholder,P1,E1,,,6,\n"), store)
    assert report.total.corrected == 1
    assert [str(fact.share) for fact in held(store) if isinstance(fact, Tie)] == ["6"]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("T1,director,P1,E1,2024-13-45,,,", "valid_from", "2024-03-01"),
        ("T1,director,P1,E1,2024-05-01,2024-05-01,,", "valid_to", "first day after"),
        ("T1,shareholder,P1,E1,,,101,", "share", "from 0 to 100"),
        ("T1,shareholder,P1,E1,,,abc,", "share", "from 0 to 100"),
        ("T1,director,,E1,,,,", "holder", "required"),
        ("T1,director,P1,91530000MATEXT01X2,,,,", "enterprise", "expected 1"),
        ("T1,boss,P1,E1,,,,", "kind", "legal_representative"),
    ],
)
def test_a_row_that_cannot_be_taken_says_which_column_and_what_would_be_right(
    tmp_path: Path, row: str, column: str, reason: str
) -> None:
    found = one_reject(tmp_path, TIES, row)
    assert found[0] == column
    assert reason in found[1]


def test_the_whole_row_stands_in_the_rejects_file_for_its_owner_only(tmp_path: Path) -> None:
    report, _, rejects = take(write(tmp_path / "r", ties=f'{TIES}\nT1,boss,P1,E1,,,,"a ""b"", c"\n'))
    assert rejects[0]["row"] == 'T1,boss,P1,E1,,,,"a ""b"", c"'
    assert rejects[0]["file"].endswith("ties.csv")
    assert report.rejects is not None
    assert stat.S_IMODE(report.rejects.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "row",
    [
        f"P1,张三,resident_id,{NUMBER[:-1]}2,",  # its check fails
        f"P1,张三,resident_id,{NUMBER},1991-13-01",  # another column is wrong
        f"P1,张三,,,{NUMBER}",  # the cells have slipped
        f"P1,张三,{NUMBER}",  # cells are missing
        f'P1,"张三,resident_id,{NUMBER},',  # quotation marks are broken
        f",张三,passport,{NUMBER[:9]},",
    ],
)
def test_no_identity_number_is_in_the_rejects_file(tmp_path: Path, row: str) -> None:
    report, _, _ = take(write(tmp_path / "r", persons=f"id,name,id_type,id_number,born_on\n{row}\n"))
    assert report.total.rejected == 1
    assert report.rejects is not None
    text = report.rejects.read_text("utf-8")
    assert NUMBER[:9] not in text
    assert "***" in text
    assert "张三" in text


def test_rejects_of_an_earlier_load_do_not_outlive_it(tmp_path: Path) -> None:
    report, _, _ = take(write(tmp_path / "r", ties=f"{TIES}\nT1,boss,P1,E1,,,,\n"))
    assert report.rejects is not None
    again, _, _ = take(write(tmp_path / "r", ties=f"{TIES}\nT1,director,P1,E1,,,,\n"))
    assert again.rejects is None
    assert not report.rejects.exists()
    assert [entry.name for entry in tmp_path.iterdir()] == ["r"]


def test_rejects_stand_beside_the_input_if_nobody_says_where(tmp_path: Path) -> None:
    report = load([write(tmp_path / "r", ties=f"{TIES}\nT1,boss,P1,E1,,,,\n")], ledger())
    assert report.rejects == tmp_path / "r.rejects.csv"
    assert len(rejected(report)) == 1


@pytest.mark.parametrize("place", ["no such folder/rejects.csv", "a file/rejects.csv", "r", "notes.txt", "r/ties.csv"])
def test_rejects_that_cannot_be_written_stop_the_load_before_it_begins(tmp_path: Path, place: str) -> None:
    folder = write(tmp_path / "r", ties=f"{TIES}\nT1,director,P1,E1,,,,\n")
    (tmp_path / "a file").write_text("x")
    (tmp_path / "notes.txt").write_text("mine\n")
    store = ledger()
    with pytest.raises(InputError) as caught:
        load([folder], store, rejects=tmp_path / place)
    assert caught.value.code in ("rejects_unwritable", "rejects_not_ours", "rejects_is_input")
    assert store.last().number == 0
    assert (tmp_path / "notes.txt").read_text() == "mine\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_no_place_for_rejects(tmp_path: Path) -> None:
    folder = write(tmp_path / "r", ties=f"{TIES}\n")
    folder.chmod(0o500)
    with pytest.raises(InputError, match="cannot be written"):
        load([folder], ledger(), rejects=folder / "x.csv")


def fault(tmp_path: Path, **tables: str | bytes) -> InputError:
    """The error of a folder that has a fault as a whole, besides a good table."""
    folder = write(tmp_path / "r", enterprises=ENTERPRISES, **tables)
    store = ledger()
    with pytest.raises(InputError) as caught:
        load([folder], store)
    assert store.last().number == 0
    assert [entry.name for entry in tmp_path.iterdir()] == ["r"]
    assert "ties" in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "file_empty"),
        (b"\xef\xbb\xbf\n", "file_empty"),
        (b"kind,holder\ndirector,P1\n", "header_missing"),
        (b"director,P1,E1\n", "header_missing"),
        (b"kind,holder,enterprise,holder\n", "header_twice"),
        (b"kind;holder;enterprise\n", "header_separator"),
        (b"kind\tholder\tenterprise\n", "header_separator"),
        (b'kind,"holder,enterprise\n', "header_unreadable"),
        ("kind,holder,enterprise,持股".encode("gb18030"), "header_not_utf8"),
        ("kind,holder,enterprise".encode("utf-16"), "header_not_utf8"),
    ],
)
def test_a_file_that_is_wrong_as_a_whole_stops_the_load_before_it_begins(tmp_path: Path, text: bytes, code: str) -> None:
    assert fault(tmp_path, ties=text).code == code


def test_a_column_that_is_almost_right_is_named_with_the_likely_one(tmp_path: Path) -> None:
    error = fault(tmp_path, ties="kind,holder,enterprise,valid_form\n")
    assert (error.values["column"], error.values["likely"]) == ("valid_form", "valid_from")


def test_a_column_that_is_not_read_is_a_notice(tmp_path: Path) -> None:
    report, _, _ = take(write(tmp_path / "r", ties=f"{TIES},remark\nT1,director,P1,E1,,,,,good\n"))
    assert report.total.taken == 1
    assert "remark" in report.notices[0].text("en")


def test_a_table_of_nothing_but_its_header_is_fine(tmp_path: Path) -> None:
    report, _, _ = take(write(tmp_path / "r", ties=f"{TIES}\n"))
    assert (report.total.taken, report.rejects) == (0, None)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere: there is no such file"):
        load([tmp_path / "nowhere"], ledger())


def test_an_empty_folder_is_told_what_should_be_in_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="enterprises, persons, ties"):
        load([tmp_path], ledger())


def test_a_table_whose_file_is_almost_named_right_is_not_passed_over(tmp_path: Path) -> None:
    folder = write(tmp_path / "r", enterprises=ENTERPRISES, tie=f"{TIES}\n")
    with pytest.raises(InputError, match=r"did you mean .ties\.csv"):
        load([folder], ledger())


def test_a_file_of_another_name_is_passed_over_with_a_notice(tmp_path: Path) -> None:
    report, _, _ = take(write(tmp_path / "r", enterprises=ENTERPRISES, budget="a,b\n"))
    assert [notice.code for notice in report.notices] == ["notice_file"]


def test_one_file_may_be_loaded_alone(tmp_path: Path) -> None:
    folder = write(tmp_path / "r", ties=f"{TIES}\nT1,director,P1,E1,,,,\n", enterprises="")
    report = load([folder / "ties.csv"], ledger())
    assert report.total.taken == 1


def test_a_text_in_gb18030_under_a_header_of_ascii_is_rejected_line_by_line(tmp_path: Path) -> None:
    rows = "E1,云南甲有限公司\nE2,plain\n".encode("gb18030")
    report, _, rejects = take(write(tmp_path / "r", enterprises=b"id,name\n" + rows))
    assert (report.total.taken, report.total.rejected) == (1, 1)
    assert "save the file as UTF-8" in rejects[0]["reason"]


def test_subjects_that_nothing_describes_are_counted(tmp_path: Path) -> None:
    folder = write(tmp_path / "r", enterprises=ENTERPRISES, ties=f"{TIES}\nT1,director,P1,E1,,,,\nT2,director,P1,E2,,,,\n")
    report, _, _ = take(folder)
    assert [notice.text("en") for notice in report.notices] == [
        "subjects that are mentioned and that nothing in this load describes: 2"
    ]


def test_reasons_are_written_in_the_language_that_is_asked_for(tmp_path: Path) -> None:
    report = load([write(tmp_path / "r", ties=f"{TIES}\nT1,boss,P1,E1,,,,\n")], ledger(), lang="zh")
    assert "不在允许的取值中" in rejected(report)[0]["reason"]


def test_shares_of_a_published_series_stay_exact(tmp_path: Path) -> None:
    rows = [("36.00", "36"), ("11.48", "11.48"), ("0.07", "0.07"), ("4.999999", "4.999999"), ("50", "50")]
    text = "".join(f"T{n},shareholder,P{n},E1,2022-03-31,2022-04-01,{share},\n" for n, (share, _) in enumerate(rows))
    _, store, rejects = take(write(tmp_path / "r", ties=f"{TIES}\n{text}"))
    assert not rejects
    ties = sorted((fact for fact in held(store) if isinstance(fact, Tie)), key=lambda tie: tie.id)
    assert [str(tie.share) for tie in ties] == [shown for _, shown in rows]


def test_progress_is_told_every_byte_of_a_file(tmp_path: Path) -> None:
    folder = write(tmp_path / "r", ties=f"{TIES}\nT1,director,P1,E1,,,,\n")

    class Watch:
        total = done = 0

        def begin(self, what: str, total: int) -> None:
            self.total += total

        def advance(self, amount: int) -> None:
            self.done += amount

        def end(self) -> None:
            self.ended = True

    watch = Watch()
    load([folder], ledger(), progress=watch)
    assert watch.total == watch.done == (folder / "ties.csv").stat().st_size - len(TIES) - 1
    assert watch.ended


def test_an_act_on_a_day_of_which_only_the_first_is_known_is_taken(tmp_path: Path) -> None:
    folder = write(tmp_path / "r", records="id,subject,act_from,act_to\nR1,E1,2020-01-01..,2020-01-01..\nR2,E1,2020,2020\n")
    report, store, _ = take(folder)
    assert report.total.taken == 2
    acts = {fact.id: str(fact.act) for fact in held(store) if isinstance(fact, Record)}
    assert acts["R1"] == "[2020-01-01.., 2020-01-02..)"
