"""Columns kept beside a ledger: the same as from the ledger, never stale, never of another ledger, never half there."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_service.ledger.memory import MemoryLedger
from graph_service.ledger.protocol import Ledger, Position
from graph_service.ledger.sqlite import SqliteLedger
from graph_service.messages import LedgerError
from graph_service.model.facts import Fact, Record, Subject, SubjectKind, Tie
from graph_service.snapshot import cache, files
from graph_service.snapshot.build import columns_of
from graph_service.snapshot.cache import open_columns
from graph_service.snapshot.files import folder_of, load
from graph_service.snapshot.held import HeldColumns
from tests.snapshot.same import assert_same
from tests.snapshot.test_forward import Step, apply, steps

FACTS: list[Fact] = [
    *(Subject(f"E{number}", SubjectKind.ENTERPRISE, f"公司{number}") for number in range(20)),
    *(Tie(f"T{number}", "director", f"P{number}", f"E{number % 20}", title="主任") for number in range(40)),
    Record("R1", "E1", "health_safety"),
]


def anew(ledger: Ledger, position: Position | None = None) -> HeldColumns:
    with ledger.read(position) as reader:
        return columns_of(reader)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(database: Path) -> Iterator[SqliteLedger]:
    with closing(SqliteLedger.open(database)) as opened:
        opened.append(FACTS)
        yield opened


def kept_folder(database: Path) -> Path:
    """The folder of the generation that counts."""
    base = folder_of(database)
    return base / str(json.loads((base / "manifest.json").read_text("utf-8"))["folder"])


def test_columns_are_kept_and_opened_again_as_they_were(ledger: SqliteLedger, database: Path) -> None:
    assert load(database) is None
    assert_same(open_columns(ledger), anew(ledger))
    found = load(database)
    assert found is not None
    assert_same(found.columns, anew(ledger))
    assert_same(open_columns(ledger), anew(ledger))


@given(st.lists(steps, min_size=1, max_size=6), st.data())
@settings(max_examples=60)
def test_columns_are_of_the_position_asked_whatever_is_kept(history: list[Step], data: st.DataObject) -> None:
    with (
        TemporaryDirectory() as folder,
        closing(SqliteLedger.open(Path(folder) / "ledger.db")) as ledger,
        pytest.MonkeyPatch.context() as patch,
    ):
        # Small registers stand for large ones: changes are followed and kept from few on, or from many.
        patch.setattr(cache, "_FEW", 0)
        patch.setattr(cache, "KEEP_AFTER", data.draw(st.sampled_from([0, 10, 1000])))
        patch.setattr(files, "COLD_ROWS", data.draw(st.sampled_from([2, 1000])))
        reference = MemoryLedger()
        for number, step in enumerate(history):
            moment = datetime(2024, 1, 1 + number, tzinfo=UTC)
            retract = [change.fact_id for change in reference.since(0)]
            ids = [retract[one % len(retract)] for one in step.retracted] if retract else []
            for store in (ledger, reference):
                store.append(step.added, ids, recorded_at=moment)
            if data.draw(st.booleans()):
                assert_same(open_columns(ledger), anew(reference))
            at = Position(data.draw(st.integers(0, reference.last().number)), "")
            assert_same(open_columns(ledger, at), anew(reference, at))
        assert_same(open_columns(ledger), anew(reference))


def test_changes_are_applied_and_kept_when_there_are_many(
    ledger: SqliteLedger, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_columns(ledger)
    first = kept_folder(database)
    ledger.append([Tie("new", "director", "A", "E1")])
    assert_same(open_columns(ledger), anew(ledger))
    assert kept_folder(database) == first
    monkeypatch.setattr(cache, "KEEP_AFTER", 2)
    ledger.append([Tie("newer", "director", "A", "E2")])
    columns = open_columns(ledger)
    assert kept_folder(database) != first
    found = load(database)
    assert found is not None
    assert found.columns.position == ledger.last()
    assert_same(found.columns, anew(ledger))
    assert_same(columns, anew(ledger))


def test_what_no_change_touched_is_not_written_again(
    ledger: SqliteLedger, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "KEEP_AFTER", 0)
    open_columns(ledger)
    first = {path.name: path.stat().st_ino for path in kept_folder(database).iterdir()}
    ledger.append([Record("R2", "E2", "health_safety")])
    assert_same(open_columns(ledger), anew(ledger))
    then = {path.name: path.stat().st_ino for path in kept_folder(database).iterdir()}
    for name in ("ties", "holdings", "subjects", "ranks", "listings", "ties-0", "records", "records-0"):
        file = f"{name}.parquet" if name.endswith("-0") else f"{name}.arrow"
        if name != "records" and file in first:
            assert then[file] == first[file], name
    assert then["records.arrow"] != first["records.arrow"]
    found = load(database)
    assert found is not None
    assert_same(found.columns, anew(ledger))


def test_a_reader_keeps_its_files_while_others_replace_them(
    ledger: SqliteLedger, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "KEEP_AFTER", 0)
    open_columns(ledger)
    early = open_columns(ledger)
    its_folder, expected = kept_folder(database), anew(ledger)
    for number in range(3):
        ledger.append([Tie(f"more{number}", "director", "A", "E1")])
        open_columns(ledger)
    assert_same(early, expected)
    assert its_folder.is_dir()
    del early
    for number in range(2):  # what is followed is read while the next is written, and goes with the one after that
        ledger.append([Tie(f"last{number}", "director", "A", "E1")])
        open_columns(ledger)
    assert not its_folder.exists()
    assert len(list(folder_of(database).glob("g*"))) <= 2


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def overwrite(path: Path) -> None:
    """Other bytes of the same length."""
    path.write_bytes(b"x" * path.stat().st_size)


def another_sum(path: Path) -> None:
    """A sound file with another value, as if of another ledger, at the recorded size."""
    manifest = path.parent.parent / "manifest.json"
    told = json.loads(manifest.read_text("utf-8"))
    frame = pl.read_ipc(path, memory_map=False)
    frame.with_columns(pl.nth(-1) + 1).write_ipc(path)
    told["hot"][path.stem][1] = path.stat().st_size
    manifest.write_text(json.dumps(told), "utf-8")


@pytest.mark.parametrize("harm", [truncate, empty, overwrite, Path.unlink, another_sum])
@pytest.mark.parametrize("name", ["ties.arrow", "subjects.arrow", "ranks.arrow"])
def test_broken_hot_files_are_made_anew(ledger: SqliteLedger, database: Path, harm: Callable[[Path], None], name: str) -> None:
    open_columns(ledger)
    harm(kept_folder(database) / name)
    assert load(database) is None
    assert_same(open_columns(ledger), anew(ledger))
    assert load(database) is not None


@pytest.mark.parametrize("harm", [truncate, empty, Path.unlink])
def test_missing_or_shorter_cold_files_are_made_anew(ledger: SqliteLedger, database: Path, harm: Callable[[Path], None]) -> None:
    open_columns(ledger)
    harm(kept_folder(database) / "ties-0.parquet")
    assert_same(open_columns(ledger), anew(ledger))


def test_an_altered_cold_file_is_told_instead_of_read(ledger: SqliteLedger, database: Path) -> None:
    open_columns(ledger)
    overwrite(kept_folder(database) / "ties-0.parquet")
    columns = open_columns(ledger)
    with pytest.raises(LedgerError, match="altered"):
        columns.facts("ties", [0])


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": 1}', '{"format": 1, "folder": "../.."}', "null", "\x00"])
def test_a_broken_manifest_is_no_manifest(ledger: SqliteLedger, database: Path, text: str) -> None:
    open_columns(ledger)
    (folder_of(database) / "manifest.json").write_text(text, "utf-8")
    assert load(database) is None
    assert_same(open_columns(ledger), anew(ledger))
    assert load(database) is not None


def test_another_format_is_not_read(ledger: SqliteLedger, database: Path) -> None:
    open_columns(ledger)
    manifest = folder_of(database) / "manifest.json"
    told = json.loads(manifest.read_text("utf-8"))
    manifest.write_text(json.dumps(told | {"format": files.FORMAT + 1}), "utf-8")
    assert load(database) is None
    assert_same(open_columns(ledger), anew(ledger))


def test_a_ledger_put_in_place_of_another_is_noticed(tmp_path: Path) -> None:
    """Also one of the same facts but one, recorded at other moments."""
    database, other = tmp_path / "ledger.db", tmp_path / "other.db"
    for path, facts in ((database, FACTS), (other, [*FACTS[:-1], Record("R1", "E2", "health_safety"), FACTS[0]])):
        with closing(SqliteLedger.open(path)) as ledger:
            ledger.append(facts)
            open_columns(ledger)
    shutil.move(other, database)
    with closing(SqliteLedger.open(database)) as ledger:
        assert_same(open_columns(ledger), anew(ledger))
        assert open_columns(ledger).frames["subjects"]["key"].to_list() == anew(ledger).frames["subjects"]["key"].to_list()


def test_an_older_copy_of_the_ledger_is_noticed(database: Path, tmp_path: Path) -> None:
    with closing(SqliteLedger.open(database)) as ledger:
        ledger.append(FACTS[:30])
    shutil.copy(database, tmp_path / "copy.db")
    with closing(SqliteLedger.open(database)) as ledger:
        ledger.append(FACTS[30:])
        open_columns(ledger)
    shutil.move(tmp_path / "copy.db", database)
    with closing(SqliteLedger.open(database)) as ledger:
        assert_same(open_columns(ledger), anew(ledger))
        ledger.append(FACTS[31:])
        assert_same(open_columns(ledger), anew(ledger))


def test_files_are_as_private_as_the_database(database: Path) -> None:
    with closing(SqliteLedger.open(database)) as ledger:
        ledger.append(FACTS)
        for mode, folder_mode in ((0o600, 0o700), (0o640, 0o750)):
            shutil.rmtree(folder_of(database), ignore_errors=True)
            database.chmod(mode)
            open_columns(ledger)
            base = folder_of(database)
            for path in (base, *base.rglob("*")):
                wanted = folder_mode if path.is_dir() else mode
                assert stat.S_IMODE(path.stat().st_mode) == wanted, path.name


def test_columns_come_from_the_ledger_where_nothing_can_be_kept(ledger: SqliteLedger, database: Path) -> None:
    folder_of(database).write_text("a file where the folder would be")
    assert_same(open_columns(ledger), anew(ledger))
    with closing(SqliteLedger.open(database, read_only=True)) as reader:
        assert_same(open_columns(reader), anew(reader))
    assert folder_of(database).is_file()


def test_what_a_killed_writer_left_goes_with_the_next_writing(ledger: SqliteLedger, database: Path) -> None:
    left = folder_of(database) / "gleft"
    left.mkdir(parents=True)
    (left / "lock").touch()
    (left / "ties.parquet").write_text("half")
    open_columns(ledger)
    assert not left.exists()


def test_a_ledger_in_memory_has_columns_of_any_position() -> None:
    ledger = MemoryLedger.of(FACTS)
    apply(ledger, Step([Record("R2", "E3")], [3, 4]))
    assert_same(open_columns(ledger), anew(ledger))
    assert_same(open_columns(ledger, Position(5, "")), anew(ledger, Position(5, "")))


def test_processes_that_open_and_write_at_once_get_whole_columns(ledger: SqliteLedger, database: Path) -> None:
    code = (
        "import sys; from graph_service.ledger.sqlite import SqliteLedger; from graph_service.snapshot import cache\n"
        "from graph_service.model.facts import Tie\n"
        "cache.KEEP_AFTER = 0\n"
        "ledger = SqliteLedger.open(sys.argv[1])\n"
        "for number in range(6):\n"
        "    ledger.append([Tie(f'{sys.argv[2]}-{number}', 'director', 'P1', 'E1')])\n"
        "    columns = cache.open_columns(ledger)\n"
        "    found = columns.facts('ties', range(columns.frames['ties'].height))\n"
        "    assert sum(one.fact.id.startswith(sys.argv[2] + '-') for one in found) == number + 1\n"
        "ledger.close()\n"
    )
    command = [sys.executable, "-W", "error", "-c", code, str(database)]
    running = [subprocess.Popen([*command, name], env=os.environ, cwd=Path(__file__).parents[2]) for name in ("a", "b", "c")]
    assert [process.wait(timeout=300) for process in running] == [0, 0, 0]
    assert_same(open_columns(ledger), anew(ledger))
