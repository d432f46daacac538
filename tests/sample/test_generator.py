"""The seeded register: the same everywhere, valid throughout, with everything in it that it promises."""

from __future__ import annotations

import csv
from collections import Counter
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

import pytest

from graph_service.messages import BadValue
from graph_service.model.facts import Fact, Listing, Record, Subject, SubjectKind, Tie
from graph_service.model.identifiers import is_uscc, looks_like_uscc
from graph_service.model.rows import TABLES, BadRow, to_fact
from graph_service.model.words import EVENTS, FINDINGS, SEVERITIES, TIE_KINDS
from graph_service.policy.loader import shipped_pack
from graph_service.sample import Tables, generate, write
from graph_service.sample.dirty import REJECTED
from graph_service.sample.dishonesty import OFFENCES

CLEAN = generate(dirty=False)
FACTS: list[Fact] = [to_fact(table, row) for table, rows in CLEAN.items() for row in rows]
TIES = [fact for fact in FACTS if isinstance(fact, Tie)]
RECORDS = [fact for fact in FACTS if isinstance(fact, Record)]
SUBJECTS = {fact.id: fact for fact in FACTS if isinstance(fact, Subject)}


def _digest(tables: Tables) -> str:
    text = "\n".join(f"{name}:{list(row.items())}" for name, rows in tables.items() for row in rows)
    return sha256(text.encode()).hexdigest()[:16]


def test_one_seed_gives_one_register_on_every_machine() -> None:
    assert _digest(generate(seed=1)) == "af770bb5bab6d315"


def test_another_seed_gives_another_register_with_the_same_stories() -> None:
    other = generate(seed=2, dirty=False)
    assert _digest(other) != _digest(CLEAN)
    for table, rows in CLEAN.items():
        hand_made = [row for row in rows if any(value.startswith(tuple(f"S{n}-" for n in range(1, 7))) for value in row.values())]
        assert all(row in other[table] for row in hand_made)


def test_every_row_has_every_column_of_its_file_as_text() -> None:
    for table, rows in generate().items():
        for row in rows:
            assert tuple(row) == TABLES[table].columns
            assert all(isinstance(value, str) for value in row.values())


def test_without_dirt_every_row_is_a_fact_and_no_two_are_about_the_same() -> None:
    assert len(FACTS) == sum(map(len, CLEAN.values()))
    assert [key for key, times in Counter(fact.key for fact in FACTS).items() if times > 1] == []


def test_the_dirty_rows_and_no_others_are_rejected_each_for_its_own_reason() -> None:
    rejected = []
    for table, rows in generate().items():
        for row in rows:
            try:
                to_fact(table, row)
            except BadRow as error:
                rejected.append((table, {key: value for key, value in row.items() if value}, error.field))
    assert [(table, row) for table, row, _ in rejected] == [
        (table, {key: value for key, value in row.items() if value})
        for name in TABLES
        for table, row in REJECTED
        if table == name
    ]
    assert {field for _, _, field in rejected} >= {"id", "opened_on", "state_owned", "share", "holder", "kind", "valid_to", "on"}


def test_whatever_a_clean_row_names_is_described() -> None:
    named = {name for tie in TIES for name in (tie.holder, tie.enterprise)}
    named |= {record.subject for record in RECORDS}
    named |= {row["person"] for table in ("findings", "events") for row in CLEAN[table] if row["person"]}
    assert named <= set(SUBJECTS)
    assert {row["record"] for table in ("findings", "events") for row in CLEAN[table]} <= {record.id for record in RECORDS}


def test_codes_are_valid_and_read_as_samples() -> None:
    for subject in SUBJECTS.values():
        if looks_like_uscc(subject.id):
            assert is_uscc(subject.id)
            assert "TEX" in subject.id[8:]
            assert subject.id[2:4] == "53"
        if subject.kind is SubjectKind.ENTERPRISE:
            assert "样例" in subject.name or subject.name.startswith("Sample ")


def test_nobody_has_an_identity_number() -> None:
    assert not any(row["id_number"] for row in CLEAN["persons"])


def test_families_and_behaviours_are_words_of_the_yunnan_pack() -> None:
    pack = shipped_pack("cn-yunnan-2016")
    for offence in OFFENCES.values():
        assert pack.behaviours[offence.behaviour] == offence.family
    for record in RECORDS:
        assert record.behaviour in pack.behaviours
        assert record.family in ("", pack.behaviours[record.behaviour])


def test_every_kind_of_fact_that_the_register_knows_is_there() -> None:
    kinds = {tie.kind for tie in TIES}
    assert kinds >= set(TIE_KINDS) - {"voting_rights", "influence", "other_interest", "appoints_board"}
    tables = generate(3000, dirty=False)
    assert {row["kind"] for row in tables["ties"]} >= kinds | {"appoints_board"}
    assert {row["finding"] for row in tables["findings"]} == set(FINDINGS)
    assert {row["kind"] for row in tables["events"]} == set(EVENTS)
    assert {row["severity"] for row in tables["records"]} == set(SEVERITIES)
    assert {row["regime"] for row in tables["listings"]} == {"us-ofac", "eu", "uk-ofsi"}


def test_holdings_that_are_exact_never_come_to_more_than_the_whole() -> None:
    total: dict[str, Fraction] = {}
    for row in CLEAN["ties"]:
        if row["kind"] in ("shareholder", "general_partner", "limited_partner", "investor"):
            tie = to_fact("ties", row)
            assert isinstance(tie, Tie)
            assert tie.share is not None
            if tie.valid.end.hi > 739_900:  # held at the end of the sample
                total[tie.enterprise] = total.get(tie.enterprise, Fraction(0)) + tie.share.lo
    assert max(total.values()) == 1


def test_there_are_rings_exact_halves_and_holders_with_many_holdings() -> None:
    holdings = [(tie.holder, tie.enterprise) for tie in TIES if tie.kind == "shareholder"]
    held = set(holdings)
    assert any((b, a) in held for a, b in held)
    assert sum(1 for tie in TIES if tie.share and tie.share.exact and str(tie.share) == "50") > 5
    assert Counter(holder for holder, _ in holdings).most_common(1)[0][1] >= 8


def test_there_are_gaps_leads_and_records_on_persons() -> None:
    assert any(tie.valid.start.unknown for tie in TIES)
    assert any(not tie.valid.known and not tie.valid.end.unknown for tie in TIES)
    assert any(tie.share and tie.share.unknown for tie in TIES)
    assert any(tie.share and not tie.share.exact and not tie.share.unknown for tie in TIES)
    assert any(not record.act.known for record in RECORDS)
    assert any(not row["instrument_no"] for row in generate(3000, dirty=False)["records"])
    assert any(SUBJECTS[record.subject].kind is SubjectKind.PERSON for record in RECORDS)


def test_offices_change_around_acts() -> None:
    heads = [tie for tie in TIES if tie.kind == "legal_representative" and tie.valid.start.dated]
    changed = {
        record.id
        for record in RECORDS
        for tie in heads
        if tie.enterprise == record.subject
        and record.act.start.dated
        and record.decided_on.dated
        and record.act.start.lo < tie.valid.start.lo < record.decided_on.lo
    }
    assert len(changed) >= 5


def test_most_decisions_lie_between_2017_and_november_2020() -> None:
    dates = [str(record.decided_on) for record in RECORDS]
    assert sum("2017" <= date < "2020-12" for date in dates) > len(dates) * 2 // 3
    assert any(date > "2020-12" for date in dates)


def test_a_large_register_has_super_nodes() -> None:
    tables = generate(20_000, dirty=False)
    holdings = Counter(row["holder"] for row in tables["ties"] if row["kind"] == "shareholder")
    assert holdings.most_common(1)[0][1] > 400
    heads = Counter(row["holder"] for row in tables["ties"] if row["kind"] == "legal_representative")
    assert heads.most_common(1)[0][1] > 50


@pytest.mark.parametrize("number", [0, 19, 10_000_001])
def test_a_size_that_makes_no_sample_is_refused_with_the_limits(number: int) -> None:
    with pytest.raises(BadValue, match=r"from 20 to 10000000 enterprises, not"):
        generate(number)


def test_the_smallest_sample_is_whole() -> None:
    assert all(generate(20).values())


def test_a_written_folder_holds_the_same_rows(tmp_path: Path) -> None:
    folder = write(tmp_path / "register", CLEAN)
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{table}.csv" for table in TABLES)
    for table, rows in CLEAN.items():
        with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            assert list(csv.DictReader(file)) == rows


def test_listings_begin_on_a_day_or_are_unknown() -> None:
    listings = [fact for fact in FACTS if isinstance(fact, Listing)]
    assert all(one.listed.start.dated or one.listed.start.unknown for one in listings)
