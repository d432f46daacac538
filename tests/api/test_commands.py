"""The commands around the service: keys shown once, a log that can be checked, and a refusal to be reached without a key."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from graph_service.cli.app import main
from graph_service.ledger.sqlite import SqliteLedger
from tests.api.world import A, Town, facts

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def store(tmp_path: Path) -> str:
    ledger = SqliteLedger.open(tmp_path / "facts.db")
    ledger.append(facts())
    ledger.close()
    return f"sqlite:///{tmp_path / 'facts.db'}"


@pytest.fixture
def run(store: str, capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([*arguments, "--store", store])
        out, err = capsys.readouterr()
        return code, out, err

    return command


def test_a_key_is_printed_once_listed_without_its_secret_and_revoked(run: Run) -> None:
    code, out, err = run("keys", "add", "Ann", "--role", "officer", "--region", "530000", "--days", "10")
    assert code == 0
    secret = out.strip()
    assert secret.startswith("gs_")
    assert "shown this once" in err
    code, out, _ = run("keys", "list", "--json")
    (key,) = json.loads(out)
    assert (key["name"], key["role"], key["regions"], key["revoked_at"]) == ("Ann", "officer", ["530000"], None)
    assert secret.split("_", 2)[2] not in out
    assert run("keys", "revoke", key["id"])[0] == 0
    assert json.loads(run("keys", "list", "--json")[1])[0]["revoked_at"]
    assert run("keys", "revoke", "nobody")[0] == 2


@pytest.mark.parametrize("arguments", [("keys", "list"), ("audit", "verify"), ("backup", "out"), ("webhooks", "list")])
def test_without_a_desk_nothing_is_made(run: Run, store: str, arguments: tuple[str, ...]) -> None:
    code, _, err = run(*arguments)
    assert code == 2
    assert "no desk" in err
    assert not list(Path(store.removeprefix("sqlite:///")).parent.glob("*desk*"))


def test_without_any_key_the_service_listens_on_this_machine_only(run: Run) -> None:
    code, _, err = run("serve", "--host", "0.0.0.0", "--port", "0")
    assert code == 2
    assert "keys add" in err
    assert run("serve", "--port", "70000")[0] == 2


def test_the_log_is_verified_and_the_first_broken_entry_printed(own_town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    store = own_town.service.settings.store
    for _ in range(3):
        own_town.get("officer-a", "/v1/persons/PERSON-ALPHA/credit-record", purpose="case 7")
    own_town.get("analyst", f"/v1/enterprises/{A}/related")
    assert main(["audit", "verify", "--store", store]) == 0
    assert main(["audit", "head", "--store", store]) == 0
    head = capsys.readouterr().out.splitlines()[-1]
    assert head.startswith("4:")
    assert main(["audit", "verify", "--head", head, "--store", store]) == 0
    assert main(["audit", "verify", "--head", "nonsense", "--store", store]) == 2
    capsys.readouterr()
    assert main(["audit", "looked-at", "PERSON-ALPHA", "--json", "--store", store]) == 0
    looked = json.loads(capsys.readouterr().out)
    assert [(one["who"], one["purpose"], one["sight"], one["status"]) for one in looked] == [
        ("officer-a", "case 7", "own", 200)
    ] * 3
    assert main(["audit", "looked-at", own_town.service.masks.pseudonym("PERSON-ALPHA"), "--json", "--store", store]) == 0
    assert json.loads(capsys.readouterr().out) == looked
    with sqlite3.connect(own_town.service.desk.path) as db:
        db.execute("DROP TRIGGER log_never_changes")
        db.execute("UPDATE log SET entry = replace(entry, 'case 7', 'case 8') WHERE seq = 2")
    db.close()
    assert main(["audit", "verify", "--store", store]) == 1
    out = capsys.readouterr().out
    assert "entry 2" in out
    assert "case 8" in out


def test_webhooks_are_added_with_a_secret_listed_without_and_removed(run: Run) -> None:
    code, secret, _ = run("webhooks", "add", "https://example.org/hook")
    assert code == 0
    assert len(secret.strip()) == 64
    code, out, _ = run("webhooks", "list", "--json")
    (hook,) = json.loads(out)
    assert hook["position"] == len(facts())
    assert secret.strip() not in out
    assert run("webhooks", "remove", hook["id"])[0] == 0
    assert run("webhooks", "add", "http://example.org/hook")[0] == 2
    assert run("webhooks", "add", "https://example.org/hook", "--since", "9999")[0] == 2


def test_backup_and_restore_say_what_they_did(run: Run, tmp_path: Path) -> None:
    run("keys", "add", "Ann", "--role", "reader")
    code, out, _ = run("backup", str(tmp_path / "saved"))
    assert code == 0
    assert f"position {len(facts())}" in out
    assert run("backup", str(tmp_path / "saved"))[0] == 2
    assert main(["restore", str(tmp_path / "saved"), "--store", f"sqlite:///{tmp_path / 'new.db'}"]) == 0
    assert main(["keys", "list", "--store", f"sqlite:///{tmp_path / 'new.db'}"]) == 0
    assert main(["restore", str(tmp_path / "nothing"), "--store", f"sqlite:///{tmp_path / 'other.db'}"]) == 2
