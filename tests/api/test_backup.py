"""Backup and restore: one moment of both stores, checked before anything is put back."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from graph_service.access.log import verify
from graph_service.access.masking import Masks
from graph_service.access.sealing import service_key
from graph_service.api.app import AREAS
from graph_service.api.backup import back_up, restore
from graph_service.desk.base import Desk
from graph_service.ledger.sqlite import SqliteLedger
from graph_service.messages import BadValue, InputError
from graph_service.model.facts import Tie
from tests.api.world import A, Town


def test_a_backup_gives_the_same_answers_and_pseudonyms_and_a_whole_log(own_town: Town, tmp_path: Path) -> None:
    before = own_town.get("analyst", f"/v1/enterprises/{A}/liable-persons").json()
    made = back_up(own_town.service.settings.store, None, tmp_path / "saved")
    assert (tmp_path / "saved").stat().st_mode & 0o077 == 0
    own_town.service.ledger.append([Tie("LATER", "director", "PERSON-LONE", A)])
    store = f"sqlite:///{tmp_path / 'new' / 'facts.db'}"
    assert restore(tmp_path / "saved", store, None) == made
    ledger = SqliteLedger.open(tmp_path / "new" / "facts.db")
    assert ledger.last().number == made["position"] == before["position"]
    ledger.close()
    desk = Desk.open(tmp_path / "new" / "facts.desk.db", AREAS)
    assert verify(desk).entries == made["entries"] == 1
    assert str(verify(desk).head) == made["head"]
    masks = Masks(service_key(desk.path))
    assert masks.key_of(before["persons"][0]["person"])
    desk.close()


def test_a_backup_under_load_is_of_one_moment(own_town: Town, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            event = {"kind": "repaired", "on": f"20{number % 70 + 20}-0{number % 9 + 1}-01", "person": f"P{number}"}
            assert own_town.post("admin", "/v1/records/REC-A/events", event).status_code in (200, 201)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        made = [back_up(own_town.service.settings.store, None, tmp_path / f"saved{turn}") for turn in range(3)]
    finally:
        stop.set()
        thread.join()
    assert made[0]["entries"] < made[2]["entries"]
    for turn, manifest in enumerate(made):
        desk = Desk.open(tmp_path / f"saved{turn}" / "desk.db", AREAS)
        ledger = SqliteLedger.open(tmp_path / f"saved{turn}" / "ledger.db")
        with desk.read() as db:
            rows = db.execute("SELECT entry FROM log ORDER BY seq").fetchall()
        done = [said["answer"]["position"] for row in rows if "position" in (said := json.loads(row[0]))["answer"]]
        # Every acknowledged write is there, and at most the one that was under way beside it.
        assert max(done, default=0) <= ledger.last().number == manifest["position"] <= max([*done, 0]) + 1 or not done
        desk.close()
        ledger.close()


def test_nothing_that_is_there_is_overwritten(own_town: Town, tmp_path: Path) -> None:
    store = own_town.service.settings.store
    back_up(store, None, tmp_path / "saved")
    with pytest.raises(BadValue, match="there already"):
        back_up(store, None, tmp_path / "saved")
    with pytest.raises(BadValue, match="there already"):
        restore(tmp_path / "saved", store, None)


@pytest.mark.parametrize("name", ["ledger.db", "desk.db", "desk.db.key", "manifest.json"])
def test_a_backup_that_is_not_whole_puts_nothing_back(own_town: Town, tmp_path: Path, name: str) -> None:
    back_up(own_town.service.settings.store, None, tmp_path / "saved")
    place = tmp_path / "saved" / name
    content = bytearray(place.read_bytes())
    content[len(content) // 2] ^= 1
    place.write_bytes(content)
    with pytest.raises(InputError, match="not whole"):
        restore(tmp_path / "saved", f"sqlite:///{tmp_path / 'new.db'}", None)
    assert list(tmp_path.glob("new*")) == []
    place.unlink()
    with pytest.raises(InputError, match="not whole"):
        restore(tmp_path / "saved", f"sqlite:///{tmp_path / 'new.db'}", None)


def test_neo4j_is_told_of_its_own_tool(tmp_path: Path) -> None:
    (tmp_path / "desk.db").touch()
    with pytest.raises(BadValue, match="neo4j-admin"):
        back_up("neo4j://127.0.0.1:7687", tmp_path / "desk.db", tmp_path / "saved")
