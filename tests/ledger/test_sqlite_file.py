"""The SQLite file: what is opened, what is refused and how that is said, what several processes see."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from graph_service.ledger.open import open_ledger
from graph_service.ledger.sqlite import SqliteLedger
from graph_service.messages import LedgerError, catalogue
from graph_service.model.facts import Tie

DIRECTOR = Tie("T1", "director", "P1", "E1")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a folder" / "led ger?#%.db"


@pytest.fixture(autouse=True)
def _folder(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.parent.mkdir()
    monkeypatch.delenv("GRAPH_SERVICE_IDENTITY_KEY", raising=False)


def make(path: Path) -> None:
    ledger = SqliteLedger.open(path)
    ledger.append([DIRECTOR])
    ledger.close()


def names(path: Path) -> list[str]:
    return sorted(one.name for one in path.parent.iterdir())


def why_not_opened(path: Path, *, create: bool = True, read_only: bool = False) -> str:
    with pytest.raises(LedgerError) as raised:
        SqliteLedger.open(path, create=create, read_only=read_only).close()
    assert "\n" not in str(raised.value)
    assert raised.value.text("zh")
    return raised.value.code


# What is refused


def test_a_missing_ledger_is_made_only_where_that_is_asked(path: Path) -> None:
    assert why_not_opened(path, create=False) == "ledger_missing"
    assert why_not_opened(path, read_only=True) == "ledger_missing"
    assert names(path) == []
    make(path)
    assert names(path) == [path.name]


def test_a_missing_folder_is_told_and_not_made(path: Path) -> None:
    assert why_not_opened(path.parent / "none" / "x.db") == "ledger_no_folder"
    assert why_not_opened(path.parent / "none" / "x.db", create=False) == "ledger_no_folder"
    assert names(path) == []


def test_a_folder_is_no_ledger(path: Path) -> None:
    assert why_not_opened(path.parent) == "ledger_is_folder"


def test_a_file_as_the_folder_is_told(path: Path) -> None:
    path.write_text("x")
    assert why_not_opened(path / "x.db") == "ledger_no_folder"


def test_a_path_with_a_nul_is_told(path: Path) -> None:
    assert why_not_opened(Path(f"{path}\0")) == "ledger_no_folder" or why_not_opened(Path(f"{path}\0")) == "ledger_no_access"


@pytest.mark.parametrize("content", [b"x", b"id,name\n1,2\n", b"\0" * 4096, os.urandom(9000)])
def test_a_file_that_is_no_database_is_refused_and_left_as_it_was(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert why_not_opened(path) == "ledger_not_database"
    assert path.read_bytes() == content
    assert names(path) == [path.name]


def test_the_database_of_another_program_is_refused_and_left_as_it_was(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    content = path.read_bytes()
    assert why_not_opened(path) == "ledger_foreign"
    assert path.read_bytes() == content
    assert names(path) == [path.name]


def test_an_empty_file_becomes_a_ledger_only_where_that_is_asked(path: Path) -> None:
    path.touch()
    assert why_not_opened(path, create=False) == "ledger_empty"
    make(path)
    assert count(path) == 1


def test_a_ledger_of_a_newer_version_is_refused(path: Path) -> None:
    make(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 2")
    assert why_not_opened(path) == "ledger_newer"


def test_a_truncated_ledger_is_told_damaged(path: Path) -> None:
    make(path)
    os.truncate(path, 4096 * 2)
    assert why_not_opened(path) == "ledger_corrupt"


def test_a_damaged_page_is_told_when_it_is_read(path: Path) -> None:
    ledger = SqliteLedger.open(path)
    ledger.append([Tie(f"T{number}", "director", "P1", f"E{number}") for number in range(5000)])
    ledger.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096 * 30)
        file.write(b"\xa5" * (size - 4096 * 30))
    ledger = SqliteLedger.open(path)
    try:
        with pytest.raises(LedgerError) as raised:
            list(ledger.since(0))
        assert raised.value.code == "ledger_corrupt"
        with pytest.raises(LedgerError):
            ledger.append([Tie(f"U{number}", "director", "P1", f"F{number}") for number in range(500)])
    finally:
        ledger.close()


# Writing that fails


def test_a_writer_that_waits_too_long_says_so_and_changes_nothing(path: Path) -> None:
    make(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        ledger = SqliteLedger.open(path, busy_seconds=0.1)
        try:
            with pytest.raises(LedgerError, match=r"another process has been writing for more than 0\.1 s"):
                ledger.append([Tie("T2", "director", "P1", "E1")])
            assert ledger.last().number == 1  # reading goes on meanwhile
            other.execute("ROLLBACK")
            assert ledger.append([Tie("T2", "director", "P1", "E1")]).position == 2
        finally:
            ledger.close()


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from graph_service.ledger.sqlite import SqliteLedger
from graph_service.messages import LedgerError
from graph_service.model.facts import Tie
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
ledger = SqliteLedger.open(Path(sys.argv[1]))
ledger.append([Tie(f"T{i}", "director", "P1", f"E{i}") for i in range(100)])
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
acknowledged = 0
try:
    for batch in range(1, 100):
        ledger.append([Tie(f"T{batch}-{i}", "director", "P1", f"E{batch}-{i}") for i in range(1000)])
        acknowledged = batch
except LedgerError as error:
    print(error.code, acknowledged, ledger.last().number)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(ledger.append([Tie("last", "director", "P1", "E1")]).position)
ledger.close()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on the size of files")
def test_a_disk_that_fills_up_fails_one_append_and_leaves_the_rest(path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL_DISK, path], capture_output=True, text=True, check=True)
    code, batches, position, after = done.stdout.split()
    assert code in ("ledger_full", "ledger_io")
    assert int(position) == 100 + 1000 * int(batches)
    assert int(after) == int(position) + 1
    assert intact(path)
    assert count(path) == int(after)


def test_a_ledger_opened_to_be_read_refuses_to_write(path: Path) -> None:
    make(path)
    ledger = SqliteLedger.open(path, read_only=True)
    try:
        with pytest.raises(LedgerError, match="can only be read here"):
            ledger.append([Tie("T2", "director", "P1", "E1")])
        assert ledger.last().number == 1
    finally:
        ledger.close()


PROTECTED = """
import os, sys
from pathlib import Path
from graph_service.ledger.sqlite import SqliteLedger
from graph_service.messages import LedgerError
from graph_service.model.facts import Tie
import graph_service.messages
graph_service.messages.catalogue()
import encodings.idna
path = Path(sys.argv[1])
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    ledger = SqliteLedger.open(path)
except LedgerError as error:
    print(error.code)
    sys.exit()
with ledger.read() as reader:
    print(len(reader.ties_into(["E1"])))
try:
    ledger.append([Tie("T2", "director", "P1", "E1")])
except LedgerError as error:
    print(error.code)
ledger.close()
"""


@pytest.fixture
def protected(path: Path) -> Path:
    """A ledger in a folder that everybody may look at, to be protected by the test."""
    make(path)
    for folder in path.parents:
        if folder.stat().st_uid == os.getuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    return path


def opened_by_another(path: Path) -> list[str]:
    done = subprocess.run([sys.executable, "-c", PROTECTED, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX permissions")
def test_a_ledger_in_a_protected_folder_can_be_read(protected: Path) -> None:
    protected.chmod(0o444)
    protected.parent.chmod(0o555)
    try:
        assert opened_by_another(protected) == ["1", "ledger_read_only"]
        assert names(protected) == [protected.name]
    finally:
        protected.parent.chmod(0o755)


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX permissions")
def test_changes_that_a_protected_folder_hides_are_told_and_not_left_out(protected: Path) -> None:
    aside = protected.with_name("aside.db")
    ledger = SqliteLedger.open(protected)
    ledger.append([Tie("T2", "director", "P1", "E1")])
    shutil.copy(protected, aside)
    shutil.copy(f"{protected}-wal", f"{aside}-wal")
    ledger.close()
    aside.chmod(0o444)
    aside.parent.chmod(0o555)
    try:
        assert opened_by_another(aside) == ["ledger_unmerged"]
    finally:
        aside.parent.chmod(0o755)
    assert count(aside) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX permissions")
def test_a_ledger_that_may_not_be_read_is_told(protected: Path) -> None:
    protected.chmod(0o600 if os.getuid() == 0 else 0)
    assert opened_by_another(protected) == ["ledger_no_access"]


def test_a_closed_ledger_says_so(path: Path) -> None:
    ledger = SqliteLedger.open(path)
    ledger.close()
    ledger.close()
    with pytest.raises(LedgerError, match="was closed"):
        ledger.last()
    with pytest.raises(LedgerError, match="was closed"):
        ledger.append([DIRECTOR])


# Several at once


def test_processes_that_make_one_ledger_at_once_and_write_take_turns(path: Path) -> None:
    script = """
import sys
from graph_service.ledger.sqlite import SqliteLedger
from graph_service.model.facts import Tie
ledger = SqliteLedger.open(sys.argv[1])
for batch in range(20):
    ledger.append([Tie(f"{sys.argv[2]}-{batch}-{i}", "director", f"P{i}", sys.argv[2]) for i in range(10)])
    ledger.identity_hash("passport", "SAMPLE01")
print(ledger.identity_hash("passport", "SAMPLE01"))
ledger.close()
"""
    writers = [
        subprocess.Popen([sys.executable, "-c", script, path, f"E{number}"], stdout=subprocess.PIPE, text=True)
        for number in range(3)
    ]
    hashes = {writer.communicate()[0] for writer in writers}
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert len(hashes) == 1
    ledger = SqliteLedger.open(path)
    try:
        changes = list(ledger.since(0))
        assert [change.position for change in changes] == list(range(1, 601))
        assert [change.recorded_at for change in changes] == sorted(change.recorded_at for change in changes)
        batches = [{change.fact.id.rpartition("-")[0] for change in changes[at : at + 10]} for at in range(0, 600, 10)]  # type: ignore[union-attr]
        assert all(len(batch) == 1 for batch in batches)
    finally:
        ledger.close()


def test_readers_see_whole_batches_while_another_writes(path: Path) -> None:
    make(path)
    ledger = SqliteLedger.open(path)
    wrong: list[str] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            with ledger.read() as reader:
                first = len(reader.ties_into([f"E{number}" for number in range(50)]))
                if first % 50 != 1 or first != reader.position.number or first != sum(1 for _ in reader.scan(Tie)):
                    wrong.append(f"{first} of {reader.position.number}")

    readers = [threading.Thread(target=look) for _ in range(3)]
    try:
        for reader in readers:
            reader.start()
        for batch in range(40):
            ledger.append([Tie(f"U{batch}-{number}", "director", "P1", f"E{number}") for number in range(50)])
    finally:
        stop.set()
        for reader in readers:
            reader.join()
        ledger.close()
    assert wrong == []


def test_a_reader_that_outlives_the_ledger_ends_in_peace(path: Path) -> None:
    make(path)
    ledger = SqliteLedger.open(path)
    with ledger.read() as reader:
        ledger.close()
        assert len(reader.ties_into(["E1"])) == 1
    assert names(path) == [path.name]


# The identity key


def test_the_key_file_is_made_on_first_use_for_its_owner_alone(path: Path) -> None:
    make(path)
    key = path.with_name(f"{path.name}.key")
    assert not key.exists()
    ledger = SqliteLedger.open(path)
    one = ledger.identity_hash("passport", "SAMPLE01")
    ledger.close()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(bytes.fromhex(key.read_text().strip())) == 32
    assert names(path) == sorted([path.name, key.name])
    ledger = SqliteLedger.open(path)
    assert ledger.identity_hash("passport", "SAMPLE01") == one
    ledger.close()


def test_reading_never_makes_a_key(path: Path) -> None:
    make(path)
    ledger = SqliteLedger.open(path, read_only=True)
    try:
        with pytest.raises(LedgerError) as raised:
            ledger.identity_hash("passport", "SAMPLE01")
        assert raised.value.code == "identity_key_missing"
    finally:
        ledger.close()
    assert f"{path.name}.key" not in names(path)


def key_error(path: Path) -> str:
    ledger = SqliteLedger.open(path)
    try:
        with pytest.raises(LedgerError) as raised:
            ledger.identity_hash("passport", "SAMPLE01")
        assert "SAMPLE01" not in str(raised.value)
        return raised.value.code
    finally:
        ledger.close()


def test_another_key_than_the_first_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(path)
    key = path.with_name(f"{path.name}.key")
    ledger = SqliteLedger.open(path)
    ledger.identity_hash("passport", "SAMPLE01")
    ledger.close()
    first = key.read_text()
    key.write_text("0" * 64)
    assert key_error(path) == "identity_key_differs"
    key.write_text("")
    assert key_error(path) == "identity_key_broken"
    key.unlink()
    assert key_error(path) == "identity_key_missing"
    assert not key.exists()
    monkeypatch.setenv("GRAPH_SERVICE_IDENTITY_KEY", "another key, long enough")
    assert key_error(path) == "identity_key_differs"
    monkeypatch.setenv("GRAPH_SERVICE_IDENTITY_KEY", first.strip())
    ledger = SqliteLedger.open(path)
    assert ledger.identity_hash("passport", "SAMPLE01")
    ledger.close()


def test_neither_key_nor_number_is_in_the_database(path: Path) -> None:
    ledger = SqliteLedger.open(path)
    ledger.identity_hash("passport", "SAMPLE01")
    ledger.close()
    secret = path.with_name(f"{path.name}.key").read_bytes().strip()
    assert secret not in path.read_bytes()
    assert b"SAMPLE01" not in path.read_bytes()


# Addresses


def test_addresses_name_relative_and_absolute_files_and_memory(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    open_ledger("sqlite:///relative.db", create=True).close()
    open_ledger(f"sqlite:///{path}", create=True).close()
    open_ledger("memory:", create=False).close()
    assert names(path) == sorted(["relative.db", path.name])


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("sqlite:///", "ledger_url_unknown"),
        ("sqlite://", "ledger_url_unknown"),
        ("sqlite:///:memory:", "ledger_url_unknown"),
        ("graph.db", "ledger_url_unknown"),
        ("", "ledger_url_unknown"),
        ("postgresql://host/db", "ledger_url_unknown"),
        ("http://[bad", "ledger_url_unknown"),
        ("neo4j://", "ledger_url_unknown"),
        ("neo4j+x://host", "ledger_url_unknown"),
        ("bolt://host:99999999", "ledger_url_unknown"),
        ("neo4j://user:sesame@host:7687", "ledger_url_credentials"),
        ("sqlite://user:sesame@host/x.db", "ledger_url_credentials"),
    ],
)
def test_other_addresses_are_refused_and_never_repeated(url: str, code: str) -> None:
    with pytest.raises(LedgerError) as raised:
        open_ledger(url, create=True)
    assert raised.value.code == code
    assert "sesame" not in str(raised.value)


def test_every_message_of_the_ledger_is_there_in_both_languages() -> None:
    for code, texts in catalogue().items():
        if code.startswith(("ledger_", "identity_key_")):
            assert set(texts) == {"en", "zh"}


def intact(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("PRAGMA integrity_check")] == ["ok"]


def count(path: Path) -> int:
    ledger = SqliteLedger.open(path, create=False)
    try:
        with ledger.read() as reader:
            return sum(1 for _ in reader.scan(Tie))
    finally:
        ledger.close()
