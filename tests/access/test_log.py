"""The log: chained, append-only, whole after any number of writers; every change of it is found, and where."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from graph_service.access.log import LOG, START, Head, Log, canonical, chained, entries, head, looked_at, verify
from graph_service.desk.base import Area, Desk

NOTES = Area("notes", ("CREATE TABLE notes (text TEXT PRIMARY KEY);",))
Spoil = Callable[[sqlite3.Connection], object]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk.open(tmp_path / "desk.db", [LOG, NOTES])
    yield made
    made.close()


def fill(desk: Desk, count: int = 10) -> None:
    log = Log(desk)
    for number in range(count):
        log.append({"question": f"q{number}"}, [f"P{number % 3}"])
    log.close()


def spoil(desk: Desk, how: Spoil) -> None:
    """What somebody does who can write the file: first away with the triggers."""
    with closing(sqlite3.connect(desk.path)) as db:
        for name in ("log_never_changes", "log_never_shrinks"):
            db.execute(f"DROP TRIGGER {name}")
        how(db)
        db.commit()


def test_each_hash_is_over_the_hash_before_and_the_canonical_entry(desk: Desk) -> None:
    fill(desk, 3)
    before = START
    for seq, said, digest in entries(desk):
        before = sha256(f"{before}\n{canonical(said)}".encode()).hexdigest()
        assert (said["seq"], digest) == (seq, before)
    assert head(desk) == Head(3, before)
    assert verify(desk).fault is None


def test_an_empty_log_is_whole(desk: Desk) -> None:
    assert verify(desk) == verify(desk, Head(0, START))
    assert verify(desk).head == Head(0, START)


@pytest.mark.parametrize("sql", ["UPDATE log SET entry = '{}' WHERE seq = 3", "DELETE FROM log WHERE seq = 3"])
def test_the_desk_itself_refuses_to_change_the_log(desk: Desk, sql: str) -> None:
    fill(desk, 3)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"), desk.write() as db:
        db.execute(sql)
    assert verify(desk).fault is None


def edited(db: sqlite3.Connection) -> None:
    (entry,) = db.execute("SELECT entry FROM log WHERE seq = 4").fetchone()
    db.execute("UPDATE log SET entry = ? WHERE seq = 4", (entry.replace("q3", "q9"),))


def edited_with_its_hash(db: sqlite3.Connection) -> None:
    edited(db)
    (before,) = db.execute("SELECT hash FROM log WHERE seq = 3").fetchone()
    (entry,) = db.execute("SELECT entry FROM log WHERE seq = 4").fetchone()
    db.execute("UPDATE log SET hash = ? WHERE seq = 4", (chained(before, entry),))


def swapped(db: sqlite3.Connection) -> None:
    db.execute("UPDATE log SET seq = -4 WHERE seq = 4")
    db.execute("UPDATE log SET seq = 4 WHERE seq = 5")
    db.execute("UPDATE log SET seq = 5 WHERE seq = -4")


def renumbered(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM log WHERE seq = 4")
    db.execute("UPDATE log SET seq = seq - 1 WHERE seq > 4")


@pytest.mark.parametrize(
    "how,fault,seq",
    [
        (edited, "changed", 4),
        (edited_with_its_hash, "changed", 5),
        (swapped, "changed", 4),
        (renumbered, "changed", 4),
        (lambda db: db.execute("DELETE FROM log WHERE seq = 4"), "missing", 4),
        (lambda db: db.execute("DELETE FROM log WHERE seq = 1"), "missing", 1),
        (lambda db: db.execute("DELETE FROM log WHERE seq > 7"), "tail", 8),
        (lambda db: db.execute("DELETE FROM log"), "tail", 1),
        (lambda db: db.execute("INSERT INTO log VALUES (11, '{}', 'x')"), "changed", 11),
    ],
)
def test_every_change_is_found_where_it_begins(desk: Desk, how: Spoil, fault: str, seq: int) -> None:
    fill(desk)
    spoil(desk, how)
    found = verify(desk)
    assert (found.fault, found.seq) == (fault, seq)
    assert found.entries == seq - 1 if fault != "tail" else True


def test_a_tail_cut_off_together_with_the_head_is_found_only_with_a_head_kept_elsewhere(desk: Desk) -> None:
    fill(desk)
    kept = head(desk)

    def cut(db: sqlite3.Connection) -> None:
        db.execute("DELETE FROM log WHERE seq > 7")
        db.execute("UPDATE log_head SET seq = 7, hash = (SELECT hash FROM log WHERE seq = 7)")

    spoil(desk, cut)
    assert verify(desk).fault is None
    assert (verify(desk, kept).fault, verify(desk, kept).seq) == ("head", 10)


def test_a_chain_worked_out_anew_is_found_only_with_a_head_kept_elsewhere(desk: Desk) -> None:
    fill(desk)
    kept = head(desk)

    def anew(db: sqlite3.Connection) -> None:
        before = START
        for seq, entry in db.execute("SELECT seq, entry FROM log ORDER BY seq").fetchall():
            changed = entry.replace("q3", "q9")
            before = chained(before, changed)
            db.execute("UPDATE log SET entry = ?, hash = ? WHERE seq = ?", (changed, before, seq))
        db.execute("UPDATE log_head SET hash = ?", (before,))

    spoil(desk, anew)
    assert verify(desk).fault is None
    assert verify(desk, kept).fault == "head"


def test_a_log_that_went_on_still_holds_a_head_that_was_kept(desk: Desk) -> None:
    fill(desk)
    kept = head(desk)
    fill(desk)
    assert verify(desk, kept).fault is None


def test_many_threads_and_two_writers_make_one_chain_without_holes(desk: Desk) -> None:
    logs = [Log(desk), Log(Desk.open(desk.path, [LOG]))]
    numbers: list[int] = []

    def work(log: Log, name: int) -> None:
        for number in range(25):
            numbers.append(log.append({"by": f"{name}-{number}"}))

    threads = [threading.Thread(target=work, args=(logs[name % 2], name)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for log in logs:
        log.close()
    logs[1]._desk.close()
    assert sorted(numbers) == list(range(1, 201))
    assert verify(desk).fault is None
    assert len({json.dumps(one.said["by"]) for one in entries(desk, limit=500)}) == 200


def test_what_is_written_with_an_entry_is_there_with_it_or_neither(desk: Desk) -> None:
    log = Log(desk)

    def note(db: sqlite3.Connection) -> None:
        db.execute("INSERT INTO notes VALUES ('once')")

    log.append({"question": "first"}, also=note)
    with pytest.raises(sqlite3.IntegrityError):
        log.append({"question": "second"}, also=note)
    log.append({"question": "third"})
    assert log.alive
    log.close()
    assert [one.said["question"] for one in entries(desk)] == ["first", "third"]
    assert verify(desk).fault is None


def test_one_bad_entry_of_a_batch_does_not_take_the_others_with_it(desk: Desk) -> None:
    log = Log(desk)
    good: list[int] = []
    bad: list[BaseException] = []

    def work(number: int) -> None:
        def fail(_: sqlite3.Connection) -> None:
            raise ValueError("no")

        try:
            good.append(log.append({"n": number}, also=fail if number % 5 == 0 else None))
        except ValueError as error:
            bad.append(error)

    with desk.write():  # while this is held, everybody waits and becomes one batch
        threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()
    log.close()
    assert (len(good), len(bad)) == (16, 4)
    assert verify(desk).entries == 16


def test_a_person_can_be_told_who_looked(desk: Desk) -> None:
    fill(desk)
    assert [one.said["question"] for one in looked_at(desk, "P1")] == ["q1", "q4", "q7"]
    assert [one.seq for one in looked_at(desk, "P1", after=2, limit=1)] == [5]
    assert looked_at(desk, "nobody") == []
