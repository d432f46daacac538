"""What changed between two runs, and why."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_service.analysis.run_tables import aligned
from graph_service.ledger.memory import MemoryLedger
from graph_service.messages import BadValue
from graph_service.model.facts import Event, Fact, Listing, Subject, SubjectKind, Tie, fact_id
from graph_service.model.interval import Bound, Interval, parse_day
from graph_service.questions.ask import Questions
from tests.analysis.run_helpers import FACTS, asked, joined, ledger_of, manifest, record, rows, traced
from tests.engine.test_follow import History, histories, histories_of_groups


def after(tmp_path: Path, *more: Fact, retract: list[Fact] | None = None) -> list[dict[str, Any]]:
    """The changes of consequences when a ledger with one run goes on."""
    ledger = ledger_of()
    joined(ledger, tmp_path)
    ledger.append(more, [fact_id(one) for one in retract or ()])
    joined(ledger, tmp_path)
    return rows(tmp_path, "changes")


def told(changes: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(row["change"], row["cause"]) for row in changes}


def test_an_objection_suspends(tmp_path: Path) -> None:
    event = Event("R1", "objection_lodged", parse_day("2019-05-01"))
    changes = after(tmp_path, event)
    assert told(changes) == {("suspended", "objection_lodged")}
    assert {tuple(row["facts"]) for row in changes} == {(fact_id(event),)}
    assert {(row["before_status"], row["after_status"]) for row in changes} == {("active", "suspended")}


def test_its_rejection_resumes_and_names_the_event(tmp_path: Path) -> None:
    event = Event("R2", "objection_rejected", parse_day("2019-05-01"))
    changes = after(tmp_path, event)
    assert told(changes) == {("resumed", "objection_rejected")}
    assert {tuple(row["facts"]) for row in changes} == {(fact_id(event),)}


def test_an_objection_withdrawn_from_the_ledger_resumes_without_an_event(tmp_path: Path) -> None:
    changes = after(tmp_path, retract=[FACTS[-1]])
    assert told(changes) == {("resumed", "withdrawn")}
    assert {tuple(row["facts"]) for row in changes} == {(fact_id(FACTS[-1]),)}


def test_an_annulment_lifts(tmp_path: Path) -> None:
    assert told(after(tmp_path, Event("R1", "annulled", parse_day("2019-05-01")))) == {("lifted", "annulled")}


def test_a_death_lifts_what_was_on_the_person(tmp_path: Path) -> None:
    death = Subject("L1", SubjectKind.PERSON, closed_on=Bound.on(parse_day("2019-05-01")))
    changes = after(tmp_path, death)
    lifted = [row for row in changes if row["change"] == "lifted"]
    assert {(row["subject"], row["cause"]) for row in lifted} >= {("L1", "died")}
    assert all((row["after_status"], row["facts"]) == ("ended", [fact_id(death)]) for row in lifted if row["cause"] == "died")


def test_a_new_record_gives_new_consequences_with_the_facts_added(tmp_path: Path) -> None:
    fresh = record("R3", "E3")
    changes = after(tmp_path, fresh)
    assert told(changes) == {("new", "added")}
    assert all(fact_id(fresh) in row["facts"] and row["before_status"] is None for row in changes)


def test_an_office_withdrawn_lifts_what_rested_on_it(tmp_path: Path) -> None:
    changes = after(tmp_path, retract=[FACTS[5]])
    gone = [row for row in changes if row["cause"] == "withdrawn"]
    assert gone
    assert all(row["change"] == "lifted" and fact_id(FACTS[5]) in row["facts"] and row["after_status"] is None for row in gone)
    verdicts = rows(tmp_path, "verdict_changes")
    assert {(row["subject"], row["change"], row["cause"]) for row in verdicts} >= {("L1", "cleared", "withdrawn")}


def test_an_office_of_unknown_dates_makes_a_candidate(tmp_path: Path) -> None:
    vague = Tie("T1", "legal_representative", "L1", "E1", Interval.parse("?", "?"))
    after(tmp_path, vague)
    verdicts = rows(tmp_path, "verdict_changes")
    assert {(row["subject"], row["change"], row["before"], row["after"]) for row in verdicts} >= {
        ("L1", "candidate", "liable", "candidate")
    }


def test_a_name_or_another_proof_of_the_same_changes_nothing(tmp_path: Path) -> None:
    assert after(tmp_path, Subject("E1", SubjectKind.ENTERPRISE, name="another")) == []
    assert after(tmp_path / "2", Tie("T1", "legal_representative", "L1", "E1", title="chairman")) == []


def test_other_law_is_told_and_is_the_cause(tmp_path: Path) -> None:
    ledger = ledger_of()
    joined(ledger, tmp_path, asked(ledger, packs=()))
    found = joined(ledger, tmp_path, asked(ledger))
    assert told(rows(tmp_path, "changes")) == {("new", "law")}
    assert {row["cause"] for row in rows(tmp_path, "verdict_changes")} == {"law"}
    assert any("other law" in text for text in found["notices"])
    joined(ledger, tmp_path, asked(ledger, packs=()))
    assert told(rows(tmp_path, "changes")) == {("lifted", "law")}


def test_another_day_is_told_and_is_the_cause(tmp_path: Path) -> None:
    ledger = ledger_of()
    joined(ledger, tmp_path, asked(ledger, at=parse_day("2018-08-01")))
    found = joined(ledger, tmp_path, asked(ledger))
    assert any("2018-08-01" in text for text in found["notices"])
    changes = rows(tmp_path, "changes")
    assert {row["change"] for row in changes} == {"new"}
    assert {row["cause"] for row in changes} == {"time"}


def test_measures_without_a_legal_basis_of_their_own_change_by_law_when_the_gate_closes(tmp_path: Path) -> None:
    ledger = ledger_of()
    joined(ledger, tmp_path)
    joined(ledger, tmp_path, asked(ledger, at=parse_day("2020-12-31")))
    inactive = [row for row in rows(tmp_path, "changes") if row["after_status"] == "inactive"]
    assert inactive
    assert {(row["change"], row["cause"]) for row in inactive} == {("changed", "law")}


def test_the_same_run_again_changes_nothing(tmp_path: Path) -> None:
    assert after(tmp_path) == []
    found = manifest(tmp_path)
    assert found["last"]["run_id"] == found["run_id"]


def test_a_run_of_another_ledger_is_compared_and_said_to_be_one(tmp_path: Path) -> None:
    joined(ledger_of(), tmp_path)
    other = ledger_of([*FACTS[:-1], Event("R1", "annulled", parse_day("2019-05-01"))])
    found = joined(other, tmp_path)
    assert any("another ledger" in text for text in found["notices"])
    assert ("lifted", "annulled") in told(rows(tmp_path, "changes"))


def test_a_run_may_be_compared_with_that_of_another_folder(tmp_path: Path) -> None:
    ledger = ledger_of()
    joined(ledger, tmp_path / "first")
    ledger.append([Event("R1", "annulled", parse_day("2019-05-01"))])
    joined(ledger, tmp_path / "out")
    found = joined(ledger, tmp_path / "out", since=tmp_path / "first")
    assert found["last"]["position"] == len(FACTS)
    assert told(rows(tmp_path / "out", "changes")) == {("lifted", "annulled")}


def _standing(row: dict[str, Any] | None) -> tuple[Any, ...] | None:
    return None if row is None else tuple(row[name] for name in ("status", "cause", "from", "to", "nature", "rule_version"))


def _meant(was: dict[str, Any] | None, now: dict[str, Any] | None) -> str | None:
    """The plain reading of what a change is."""
    if _standing(was) == _standing(now):
        return None
    if was is None:
        return "new"
    if now is None or (now["status"] == "ended" and was["status"] != "ended"):
        return "lifted"
    if now["status"] == "suspended" and was["status"] != "suspended":
        return "suspended"
    return "resumed" if (was["status"], now["status"]) == ("suspended", "active") else "changed"


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(histories() | histories_of_groups(), st.integers(0, 2))
def test_the_changes_are_the_plain_difference_of_two_runs(history: History, later: int) -> None:
    ledger = MemoryLedger()
    with TemporaryDirectory() as place:
        out = Path(place)
        for number, (facts, _) in enumerate(history.steps):
            before = {row["id"]: row for row in rows(out, "consequences")} if number else {}
            ledger.append(facts)
            traced(ledger, out, asked(ledger, history.at + number * later, history.packs))
            if number:
                now = {row["id"]: row for row in rows(out, "consequences")}
                pairs = {key: _meant(before.get(key), now.get(key)) for key in before.keys() | now.keys()}
                changes = rows(out, "changes")
                assert {row["id"]: row["change"] for row in changes} == {key: what for key, what in pairs.items() if what}
                assert all(row["cause"] for row in changes)


@given(st.lists(st.sampled_from("abcde")), st.lists(st.sampled_from("abcde")), st.integers(1, 4), st.integers(1, 4))
def test_pieces_of_two_tables_are_cut_so_that_a_record_is_whole_on_both_sides(
    old: list[str], new: list[str], one: int, other: int
) -> None:
    sides = [pl.DataFrame({"record": sorted(side)}, schema={"record": pl.String}) for side in (old, new)]
    pairs = list(aligned(sides[0].iter_slices(one), sides[1].iter_slices(other)))
    for side in (0, 1):
        assert [row for pair in pairs for row in pair[side]["record"]] == sides[side]["record"].to_list()
    met = [set(was["record"]) | set(now["record"]) for was, now in pairs]
    assert all(not (a & b) for number, a in enumerate(met) for b in met[number + 1 :])


def test_a_graph_says_what_changed_since_a_position() -> None:
    ledger = ledger_of()
    position = ledger.last().number
    event = Event("R1", "objection_lodged", parse_day("2019-05-01"))
    ledger.append([event])
    with Questions(ledger) as graph:
        shape = graph.follow(position, at="2019-12-31", packs=["cn-yunnan-2016"])
        assert (shape["since"], shape["looked_at"], shape["complete"]) == (position, ["E1"], True)
        found: Any = shape["consequences"]
        assert {(row["change"], row["cause"], *row["facts"]) for row in found} == {
            ("suspended", "objection_lodged", fact_id(event))
        }
        assert graph.follow(ledger.last().number, at="2019-12-31")["consequences"] == []
        with pytest.raises(BadValue, match="no position"):
            graph.follow(position + 2, at="2019-12-31")


def test_a_graph_says_who_is_caught_now() -> None:
    ledger = ledger_of()
    position = ledger.last().number
    ledger.append([Listing("E3", "us-ofac")])
    with Questions(ledger) as graph:
        caught: Any = graph.follow(position, at="2019-12-31", packs=["us-ofac"])["caught"]
    assert [(row["subject"], row["before"], row["after"]) for row in caught] == [("E1", None, "certain"), ("E2", None, "certain")]
