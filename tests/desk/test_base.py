"""The desk's database: whole transactions, areas brought up to date once, nobody else's files touched."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from graph_service.desk.base import Area, Desk
from graph_service.messages import LedgerError

NOTES = Area("notes", ("CREATE TABLE notes (text TEXT NOT NULL);",))
MORE = Area("notes", (*NOTES.scripts, "ALTER TABLE notes ADD COLUMN by TEXT;\nCREATE INDEX notes_by ON notes (by);"))


def texts(desk: Desk) -> list[str]:
    with desk.read() as db:
        return [row["text"] for row in db.execute("SELECT text FROM notes ORDER BY text")]


def test_what_is_written_in_one_block_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    desk = Desk.open(tmp_path / "desk.db", [NOTES])
    with pytest.raises(ValueError, match="no"), desk.write() as db:
        db.execute("INSERT INTO notes VALUES ('half')")
        raise ValueError("no")
    with desk.write() as db:
        db.execute("INSERT INTO notes VALUES ('whole')")
    assert texts(desk) == ["whole"]
    desk.close()


def test_a_script_that_came_later_runs_once_and_keeps_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    first = Desk.open(path, [NOTES])
    with first.write() as db:
        db.execute("INSERT INTO notes VALUES ('kept')")
    first.close()
    for _ in range(2):
        desk = Desk.open(path, [MORE])
        assert texts(desk) == ["kept"]
        desk.close()


def test_a_desk_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    Desk.open(tmp_path / "desk.db", [MORE]).close()
    with pytest.raises(LedgerError, match="newer version"):
        Desk.open(tmp_path / "desk.db", [NOTES])


@pytest.mark.parametrize("content", ["table", "text"])
def test_a_file_of_something_else_is_never_touched(tmp_path: Path, content: str) -> None:
    path = tmp_path / "other.db"
    if content == "table":
        other = sqlite3.connect(path)
        other.execute("CREATE TABLE theirs (x)")
        other.close()
    else:
        path.write_text("not a database, but long enough to look like a file with something in it" * 10)
    before = path.read_bytes()
    with pytest.raises(LedgerError, match=r"other\.db"):
        Desk.open(path, [NOTES])
    assert path.read_bytes() == before


@pytest.mark.skipif(os.name != "posix", reason="needs modes of files")
def test_a_desk_is_its_owners_alone_and_keeps_the_mode_that_it_was_given(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    desk = Desk.open(path, [NOTES])
    with desk.write() as db:
        db.execute("INSERT INTO notes VALUES ('x')")
    assert [stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()] == [0o600] * 3
    desk.close()
    path.chmod(0o640)
    Desk.open(path, [NOTES]).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_place_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="nowhere"):
        Desk.open(tmp_path / "nowhere" / "desk.db", [NOTES])


def test_several_threads_write_one_after_another_and_none_is_lost(tmp_path: Path) -> None:
    desk = Desk.open(tmp_path / "desk.db", [NOTES])

    def add(name: int) -> None:
        for number in range(20):
            with desk.write() as db:
                db.execute("INSERT INTO notes VALUES (?)", (f"{name}-{number}",))

    threads = [threading.Thread(target=add, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(texts(desk)) == 80
    desk.close()
