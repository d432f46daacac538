"""The run of a whole register: what it writes, however it is computed, and what it does to the run that was there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings

from graph_service.analysis.run import run
from graph_service.analysis.run_files import ROW_GROUP, Form, read_table, write_table
from graph_service.analysis.run_folder import READY, STAGE, file_digest, last_run, recover, run_folder
from graph_service.analysis.run_tables import ROWS, WORDED, frame
from graph_service.engine.rows import CaughtRow, ConsequenceRow
from graph_service.engine.trace import trace
from graph_service.ledger.memory import MemoryLedger
from graph_service.messages import InputError
from graph_service.model.facts import Event, Listing, Record, Subject, SubjectKind, Tie
from graph_service.model.interval import ALWAYS
from graph_service.policy.loader import shipped_packs
from graph_service.questions.opening import read_register
from graph_service.sample import generate, write
from graph_service.snapshot.held import HeldColumns
from graph_service.snapshot.view import View
from tests.analysis.run_helpers import (
    AT,
    FACTS,
    YUNNAN,
    asked,
    contents,
    joined,
    ledger_of,
    manifest,
    record,
    results,
    rows,
    traced,
)
from tests.engine.test_follow import History, histories, histories_of_groups


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> MemoryLedger:
    folder = tmp_path_factory.mktemp("sample")
    write(folder, generate(120, seed=5))
    ledger = read_register(folder).ledger
    assert isinstance(ledger, MemoryLedger)
    return ledger


def no_columns(*_: object) -> HeldColumns:
    raise RuntimeError("no columns")


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_joins_and_traces_write_the_same_bytes(sample: MemoryLedger, tmp_path: Path, form: Form) -> None:
    question = asked(sample, packs=tuple(shipped_packs().values()), form=form)
    joined(sample, tmp_path / "joins", question)
    traced(sample, tmp_path / "traces", question)
    assert contents(tmp_path / "joins") == contents(tmp_path / "traces")
    assert manifest(tmp_path / "joins")["counts"]["consequences"]["total"] > 200


def test_the_rows_are_those_of_the_traces_with_their_words(sample: MemoryLedger, tmp_path: Path) -> None:
    joined(sample, tmp_path, asked(sample))
    with sample.read() as reader:
        view = View(reader)
        subjects = sorted({one.fact.subject for one in reader.scan(Record) if isinstance(one.fact, Record)})
        answers = [trace(view, subject, YUNNAN, AT) for subject in subjects]
    told = {row["id"]: row for row in rows(tmp_path, "consequences")}
    meant = {one.id: (answer, one) for answer in answers for one in answer.consequences}
    assert told.keys() == meant.keys()
    for key, (answer, one) in meant.items():
        row = told[key]
        assert (row["status"], row["cause"] or "", row["proof"]) == (
            one.standing.status.word,
            one.standing.cause,
            sorted(one.proof),
        )
        assert (row["instrument"], row["article"]) == (one.basis.instrument.en, one.basis.article.en)
        assert row["implementer"] == (one.implementer.en if one.implementer else None)
        assert row["name"] == answer.names[one.subject]
        assert row["title"] == YUNNAN[0].names[one.code].en if one.code in YUNNAN[0].names else one.code


def test_the_same_question_on_the_same_ledger_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        joined(ledger_of(), tmp_path / name, asked(ledger_of()))
    one, other = (results(tmp_path / name) for name in ("one", "other"))
    assert one == other
    assert manifest(tmp_path / "one")["run_id"] == manifest(tmp_path / "other")["run_id"]


def test_a_run_is_followed_along_to_the_bytes_that_computing_it_anew_gives(sample: MemoryLedger, tmp_path: Path) -> None:
    ledger = MemoryLedger.of(change.fact for change in sample.since(0))
    packs = tuple(shipped_packs().values())
    for form in ("parquet", "csv"):
        out = tmp_path / form
        joined(ledger, out, asked(ledger, packs=packs, form=form))
        with ledger.read() as reader:
            some = sorted(one.fact.id for one in reader.scan(Record) if isinstance(one.fact, Record))[:3]
            named = sorted(one.fact.id for one in reader.scan(Subject) if isinstance(one.fact, Subject))[:40]
        ledger.append(
            [
                Event(some[0], "annulled", AT - 10),
                Event(some[1], "objection_lodged", AT - 9),
                Subject(named[0], SubjectKind.ENTERPRISE, name=f"another name {form}"),
                record(f"NEW-{form}", named[1]),
            ]
        )
        # The columns cannot be had, so it can only have been followed.
        run(ledger, out, asked(ledger, packs=packs, form=form), columns=no_columns)
        traced(ledger, tmp_path / f"anew-{form}", asked(ledger, packs=packs, form=form))
        assert results(out) == results(tmp_path / f"anew-{form}")
        assert manifest(out)["counts"]["changes"]["total"] > 0


@pytest.mark.parametrize("kind", ["any", "groups"])
def test_any_history_followed_from_run_to_run_gives_the_bytes_of_a_run_anew(kind: str) -> None:
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(histories() if kind == "any" else histories_of_groups())
    def hold(history: History) -> None:
        ledger = MemoryLedger()
        with TemporaryDirectory() as place:
            followed, anew = Path(place) / "followed", Path(place) / "anew"
            for facts, _ in history.steps:
                ledger.append(facts)
                question = asked(ledger, history.at, history.packs)
                traced(ledger, followed, question)
                shutil.rmtree(anew, ignore_errors=True)
                traced(ledger, anew, question)
                assert results(followed) == results(anew)

    hold()


def test_another_question_or_another_ledger_is_not_followed(tmp_path: Path) -> None:
    ledger = ledger_of()
    joined(ledger, tmp_path)
    other = ledger_of(reversed(FACTS))
    for asking, question in ((ledger, asked(ledger, at=AT + 1)), (ledger, asked(ledger, lang="zh")), (other, asked(other))):
        with pytest.raises(RuntimeError, match="no columns"):
            run(asking, tmp_path, question, columns=no_columns)
    ledger.append([Event("R1", "repaired", AT)])
    run(ledger, tmp_path, asked(ledger), columns=no_columns)


def test_a_first_run_says_that_there_was_none_before(tmp_path: Path) -> None:
    found = joined(ledger_of(), tmp_path)
    assert found["last"] is None
    assert rows(tmp_path, "changes") == []
    assert any("no run here before" in text for text in found["notices"])


def test_the_manifest_says_what_was_asked_and_counts_what_was_found(tmp_path: Path) -> None:
    ledger = ledger_of([*FACTS, Tie("T9", "director", "P-unknown", "E1"), Record("LEAD", "E3")])
    joined(ledger, tmp_path)
    found = manifest(tmp_path)
    assert (found["at"], found["position"]) == ("2019-12-31", ledger.last().number)
    assert [one["id"] for one in found["packs"]] == ["cn-yunnan-2016"]
    assert found["packs"][0]["digest"] == YUNNAN[0].digest
    consequences = rows(tmp_path, "consequences")
    assert found["counts"]["consequences"]["total"] == len(consequences)
    assert sum(found["counts"]["consequences"]["status"].values()) == len(consequences)
    assert found["complete"] is True
    faults = {one["code"]: one for one in found["data_faults"]}
    assert {"undescribed", "lead"} <= faults.keys()
    assert faults["lead"]["examples"][0]["about"] == "LEAD"
    for file in found["files"]:
        assert file["digest"] == file_digest(tmp_path / file["file"])


def test_a_load_that_is_not_over_leaves_a_run_incomplete(tmp_path: Path) -> None:
    ledger = ledger_of()
    ledger.begin_load("a folder")
    found = joined(ledger, tmp_path)
    assert found["complete"] is False
    assert found["left_out"][0]["code"] == "unfinished_load"


def test_rows_are_sorted_and_caught_subjects_are_told(tmp_path: Path) -> None:
    packs = [shipped_packs()[key] for key in ("cn-yunnan-2016", "us-ofac")]
    ledger = ledger_of([*FACTS, Listing("E3", "us-ofac", ALWAYS)])
    joined(ledger, tmp_path, asked(ledger, packs=packs))
    consequences = rows(tmp_path, "consequences")
    keys = [(row["record"], row["id"]) for row in consequences]
    assert keys == sorted(keys)
    assert {row["subject"] for row in consequences if row["record"] == "E3"} == {"E1", "E2"}
    caught = rows(tmp_path, "caught")
    assert [(row["subject"], row["verdict"], row["owners"], row["shares"]) for row in caught] == [
        ("E1", "certain", ["E3"], ["60"]),
        ("E2", "certain", ["E3"], ["60"]),
    ]


# The folder.


def test_what_is_no_runs_is_left_alone_and_the_other_form_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    joined(ledger_of(), tmp_path, asked(ledger_of(), form="csv"))
    joined(ledger_of(), tmp_path, asked(ledger_of(), form="parquet"))
    names = set(contents(tmp_path))
    assert "notes.txt" in names
    assert {name for name in names if name.endswith(".csv")} == set()


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "out"
    place.write_text("a file")
    with pytest.raises(InputError, match="is a file"):
        joined(ledger_of(), place)
    assert place.read_text() == "a file"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("manifest.json", "{", "cannot be read as the manifest"),
        ("manifest.json", '{"kind": "something else"}', "is not the manifest of a run"),
        ("manifest.json", '{"kind": "graph-service run", "format": 1}', "cannot be read as the manifest"),
        ("manifest.json", '{"kind": "graph-service run", "format": 99}', "knows formats up to"),
        ("consequences.csv", "id", "no manifest.json"),
    ],
)
def test_a_folder_that_holds_something_else_is_refused_and_left_as_it_was(
    tmp_path: Path, name: str, text: str, told: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=told):
        joined(ledger_of(), tmp_path)
    assert contents(tmp_path) == {name: text.encode()}
    assert not (tmp_path / STAGE).exists()


def test_a_run_of_which_a_file_is_gone_is_not_compared_with(tmp_path: Path) -> None:
    joined(ledger_of(), tmp_path)
    (tmp_path / "verdicts.parquet").unlink()
    with pytest.raises(InputError, match="not whole"):
        joined(ledger_of(), tmp_path)


def test_an_error_on_the_way_leaves_the_last_run_and_no_new_folder(tmp_path: Path) -> None:
    joined(ledger_of(), tmp_path / "out")
    before = contents(tmp_path / "out")

    for place in ("out", "new"):
        with pytest.raises(RuntimeError, match="no columns"):
            run(ledger_of(), tmp_path / place, asked(ledger_of(), at=AT + 1), columns=no_columns)
    assert contents(tmp_path / "out") == before
    assert not (tmp_path / "new").exists()


def test_two_runs_at_once_in_one_folder_are_refused(tmp_path: Path) -> None:
    with run_folder(tmp_path), pytest.raises(InputError, match="another run"):
        joined(ledger_of(), tmp_path)


@pytest.mark.parametrize("moved", range(9))
def test_a_run_cut_off_while_its_files_take_their_places_is_finished(tmp_path: Path, moved: int) -> None:
    out, new = tmp_path / "out", tmp_path / "new"
    joined(ledger_of(), out, asked(ledger_of(), form="csv"))
    ledger = ledger_of([*FACTS, record("R3", "E3")])
    joined(ledger, new, asked(ledger))
    shutil.copytree(new, out / STAGE, ignore=shutil.ignore_patterns(".*"))
    (out / STAGE / READY).touch()
    files = sorted(one.name for one in (out / STAGE).iterdir() if one.name not in (READY, "manifest.json"))
    for name in [*files, "manifest.json"][:moved]:
        (out / STAGE / name).replace(out / name)
    recover(out)
    assert last_run(out) == last_run(new)
    assert {name for name in contents(out) if not name.endswith(".csv")} == set(contents(new))
    assert not (out / STAGE).exists()


def test_a_run_cut_off_before_it_was_whole_is_dropped(tmp_path: Path) -> None:
    joined(ledger_of(), tmp_path)
    before = contents(tmp_path)
    (tmp_path / STAGE).mkdir()
    (tmp_path / STAGE / "consequences.parquet").write_bytes(b"half")
    recover(tmp_path)
    assert contents(tmp_path) == before
    assert not (tmp_path / STAGE).exists()


# The files.


def test_row_groups_hang_on_the_rows_and_not_on_the_pieces(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    whole = pl.DataFrame({name: [f"{name} {number}" for number in range(ROW_GROUP + 50)] for name in ROWS["left_out"]})
    for name, size in (("one", 7_001), ("other", 60_000)):
        assert write_table(tmp_path / name, "parquet", ROWS["left_out"], whole.iter_slices(size)) == whole.height
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    groups = pq.ParquetFile(tmp_path / "one").metadata
    assert [groups.row_group(number).num_rows for number in range(groups.num_row_groups)] == [ROW_GROUP, 50]


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_what_is_written_is_read_back_whatever_the_texts_hold(tmp_path: Path, form: Form) -> None:
    nasty = ["", " ", 'a"b', "a,b", "a\nb", "甲;乙", "null", "'", "=1+1", "\t"]
    consequence = ConsequenceRow("id", "s", "flag", "c", None, "?", "ended", None, "n", "r", "p", "u", "1", False, "x", None, [])
    tables = {
        "consequences": frame(
            "consequences",
            [
                consequence._replace(
                    id=f"{number}",
                    subject=text,
                    record=text,
                    proof=["tie-1", "record-2"][: number % 3],
                    via=text or None,
                    legal_effect=bool(number % 2),
                )
                for number, text in enumerate(nasty)
            ],
        ),
        "caught": frame(
            "caught",
            [
                CaughtRow("p", "c", "1", text, "certain", nasty[:number], nasty[number:], [text])
                for number, text in enumerate(nasty)
            ],
        ),
    }
    for table, held in tables.items():
        place = tmp_path / f"{table}.{form}"
        write_table(place, form, ROWS[table], held.iter_slices(3))
        assert pl.concat(read_table(place, form, ROWS[table])).equals(held)


def test_an_error_while_pieces_are_made_comes_out_as_it_is(tmp_path: Path) -> None:
    def pieces() -> Iterator[pl.DataFrame]:
        yield frame("left_out", [("a", "b", "c", "d", "")])
        raise InputError("run_no_run", folder="somewhere")

    for form in ("parquet", "csv"):
        with pytest.raises(InputError, match="somewhere"):
            write_table(tmp_path / form, form, ROWS["left_out"], pieces())


def test_every_column_of_a_table_is_written(tmp_path: Path) -> None:
    joined(ledger_of(), tmp_path)
    for table, schema in WORDED.items():
        assert pl.read_parquet_schema(tmp_path / f"{table}.parquet") == dict(schema)
