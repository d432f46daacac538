"""`run --write-back` on a store that takes no verdicts: one clear line, and nothing is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph_service.cli.app import main
from tests.cli.helpers import DAY, Ask


@pytest.mark.parametrize(("lang", "told"), [("en", "Neo4j store only"), ("zh", "仅 Neo4j 存储支持写回")])
def test_on_sqlite_it_says_where_it_works(ask: Ask, tmp_path: Path, lang: str, told: str) -> None:
    code, out, err = ask("run", "--write-back", "--out", str(tmp_path / "run"), "--at", DAY, "--lang", lang)
    assert (code, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_a_register_folder_is_no_store(register: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--write-back", "--register", str(register), "--out", str(tmp_path / "run"), "--at", DAY]) == 2
    assert "Neo4j store only" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
