"""The columns of random registers say what their facts say: nothing lost, nothing rounded, every number the right one."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_service.engine.carriage import is_state_body, is_state_holder
from graph_service.ledger.memory import MemoryLedger
from graph_service.ledger.protocol import Position
from graph_service.ledger.sqlite import SqliteLedger
from graph_service.model.facts import Event, Fact, Finding, Subject, SubjectKind, Tie, fact_id, is_tie
from graph_service.model.identifiers import is_uscc, uscc_check_character
from graph_service.model.interval import LAST
from graph_service.model.share import UNKNOWN_SHARE, Share
from graph_service.model.words import HOLDINGS, STATE_FORMS
from graph_service.snapshot.assemble import SUBJECT_COLUMNS, assemble, assemble_numbered
from graph_service.snapshot.build import TABLES, columns_of, fact_frame
from graph_service.snapshot.columns import LARGEST_DENOMINATOR, SCHEMAS
from graph_service.snapshot.held import COLD, HeldColumns
from graph_service.snapshot.numbering import number_keys, valid_codes
from tests.ledger.fact_strategies import batches, facts

registers = st.lists(facts, max_size=25)


@given(st.lists(batches, max_size=4), st.data())
@settings(max_examples=60)
def test_the_rows_of_a_sqlite_ledger_make_the_columns_that_its_facts_make(history: list[list[Fact]], data: st.DataObject) -> None:
    with TemporaryDirectory() as folder, closing(SqliteLedger.open(Path(folder) / "ledger.db")) as ledger:
        for batch in history:
            ledger.append(batch)
        at = data.draw(st.integers(0, ledger.last().number))
        with ledger.read(Position(at, "")) as reader:
            columns = columns_of(reader)
            plain = assemble({table: fact_frame(table, reader.scan(kind)) for table, kind in TABLES.items()}, reader.position)
        assert columns.position == plain.position
        assert columns.sources == plain.sources
        for table, frame in plain.frames.items():
            assert frame.equals(columns.frames[table]), table
        for table in COLD:
            positions = plain.frames[table]["position"]
            assert columns.cold.take(table, COLD[table], positions).equals(plain.cold.take(table, COLD[table], positions)), table


def columns_with(*given_facts: Fact) -> HeldColumns:
    with MemoryLedger.of(given_facts).read() as reader:
        return columns_of(reader)


def keys_of(fact: Fact) -> set[str]:
    match fact:
        case Subject():
            return {fact.id}
        case Tie():
            return {fact.holder, fact.enterprise}
        case Finding():
            return {fact.person}
        case Event():
            return {fact.person} - {""}
        case _:
            return {fact.subject}


@given(st.lists(batches, max_size=4))
@settings(max_examples=80)
def test_the_columns_of_a_ledger_give_back_every_live_fact_under_its_id(history: list[list[Fact]]) -> None:
    ledger = MemoryLedger()
    for batch in history:
        ledger.append(batch)
    with ledger.read() as reader:
        columns = columns_of(reader)
        for table, kind in TABLES.items():
            live = sorted(reader.scan(kind), key=lambda stored: stored.position)
            frame = columns.frames[table]
            rows = frame.with_row_index("row").filter(pl.col("position") >= 0).sort("position")["row"]
            assert columns.facts(table, rows.to_list()) == live
            assert columns.fact_ids(table, rows).to_list() == [stored.id for stored in live]
            assert dict(frame.schema) == dict(SCHEMAS[table])
        assert columns.position == reader.position


@given(registers)
@settings(max_examples=50)
def test_an_id_is_worked_out_where_no_digest_was_stored(given_facts: list[Fact]) -> None:
    with MemoryLedger.of(given_facts).read() as reader:
        frames = {table: fact_frame(table, reader.scan(kind)).drop("digest") for table, kind in TABLES.items()}
        columns = assemble(frames, reader.position)
        for table, kind in TABLES.items():
            frame = columns.frames[table].with_row_index("row")
            rows = frame.filter(pl.col("position") >= 0).sort("position")["row"]
            live = sorted(reader.scan(kind), key=lambda stored: stored.position)
            twice = pl.concat([rows, rows])
            assert columns.fact_ids(table, twice).to_list() == [fact_id(stored.fact) for stored in live] * 2


@given(registers)
@settings(max_examples=50)
def test_every_key_that_a_fact_mentions_is_a_subject_in_the_order_of_keys(given_facts: list[Fact]) -> None:
    with MemoryLedger.of(given_facts).read() as reader:
        live = [stored.fact for kind in TABLES.values() for stored in reader.scan(kind)]
        columns = columns_of(reader)
    subjects = columns.frames["subjects"]
    mentioned = sorted({key for fact in live for key in keys_of(fact)})
    assert subjects["key"].to_list() == mentioned
    assert subjects["order"].to_list() == list(range(len(mentioned)))
    described = {fact.id: fact for fact in live if isinstance(fact, Subject)}
    ends = [described[key].closed_on if key in described else None for key in mentioned]
    assert subjects["closed_lo"].to_list() == [LAST if end is None else end.lo for end in ends]
    assert subjects["closed_hi"].to_list() == [LAST if end is None else end.hi for end in ends]
    ids = columns.fact_ids("subjects", pl.int_range(len(mentioned), eager=True)).to_list()
    assert [identity is not None for identity in ids] == [key in described for key in mentioned]


@given(
    st.lists(st.builds(Tie, st.text(max_size=9), st.sampled_from(HOLDINGS), st.sampled_from("PQ"), st.sampled_from("EF"))),
    st.data(),
)
@settings(max_examples=80)
def test_the_place_of_a_tie_is_that_of_its_id_among_those_of_its_holder_and_enterprise(
    ties: list[Tie], data: st.DataObject
) -> None:
    columns = columns_with(*{tie.id: tie for tie in ties}.values())
    facts_of: dict[tuple[str, str], list[str]] = {}
    whole = [stored for stored in columns.facts("ties", range(columns.frames["ties"].height)) if is_tie(stored)]
    for stored in whole:
        facts_of.setdefault((stored.fact.holder, stored.fact.enterprise), []).append(stored.id)
    for _ in range(3):
        rows = data.draw(st.lists(st.integers(0, len(whole) - 1))) if whole else []
        expected = [sorted(facts_of[whole[row].fact.holder, whole[row].fact.enterprise]).index(whole[row].id) for row in rows]
        assert columns.tie_ranks(pl.Series(rows, dtype=pl.UInt32)).to_list() == expected


@given(registers)
@settings(max_examples=80)
def test_a_holding_is_its_share_over_the_denominator_of_its_enterprise(given_facts: list[Fact]) -> None:
    columns = columns_with(*given_facts)
    holdings, ties = columns.frames["holdings"], columns.frames["ties"]
    whole = columns.facts("ties", range(ties.height))
    rows = [row for row, tie in enumerate(whole) if isinstance(tie.fact, Tie) and tie.fact.kind in HOLDINGS]
    assert holdings["tie"].to_list() == rows
    assert (
        holdings.group_by("enterprise").agg(pl.col("den").n_unique())["den"].to_list() == [1] * holdings["enterprise"].n_unique()
    )
    pairs = Counter((whole[row].fact.holder, whole[row].fact.enterprise) for row in rows)  # type: ignore[union-attr]
    sources: dict[str, int] = {}
    for row, tie in zip(holdings.iter_rows(named=True), rows, strict=True):
        fact = whole[tie].fact
        assert isinstance(fact, Tie)
        share = fact.share or UNKNOWN_SHARE
        if row["den"]:
            assert 0 < row["den"] <= LARGEST_DENOMINATOR
            assert (Fraction(row["lo"], row["den"]), Fraction(row["hi"], row["den"])) == (share.lo, share.hi)
        else:
            assert (row["lo"], row["hi"]) == (0, 0)
        assert (row["lo_open"], row["hi_open"]) == (share.lo_open, share.hi_open)
        assert row["several"] == (pairs[fact.holder, fact.enterprise] > 1)
        assert sources.setdefault(fact.source, row["source"]) == row["source"]
    assert len(set(sources.values())) == len(sources)


def test_an_enterprise_with_shares_of_no_common_denominator_leaves_the_others_exact() -> None:
    primes = (1000003, 1000033, 1000037)
    ties = [
        *(Tie(f"odd{prime}", "shareholder", f"P{prime}", "E1", share=Share.of(Fraction(1, prime))) for prime in primes),
        *(Tie(f"two{prime}", "shareholder", f"P{prime}", "E2", share=Share.of(Fraction(1, prime))) for prime in primes[:2]),
        Tie("half", "shareholder", "P", "E3", share=Share.of(Fraction(1, 2))),
    ]
    columns = columns_with(*ties)
    found = columns.frames["holdings"].join(columns.frames["subjects"].select("key", enterprise="order"), on="enterprise")
    by_key = {key: frame for (key,), frame in found.group_by("key")}
    assert set(by_key["E1"]["den"]) == {0}
    assert set(by_key["E2"]["den"]) == {primes[0] * primes[1]}
    assert sorted(by_key["E2"]["lo"]) == sorted(primes[:2])
    [third] = by_key["E3"].iter_rows(named=True)
    assert third["lo"] * 2 == third["den"] > 0


@given(registers)
@settings(max_examples=50)
def test_ties_lie_by_enterprise_then_holder_then_position_and_other_facts_by_position(given_facts: list[Fact]) -> None:
    frames = columns_with(*given_facts).frames
    for table in ("ties", "holdings"):
        by = ["enterprise", "holder", "position" if table == "ties" else "tie"]
        assert frames[table].equals(frames[table].sort(by))
    for table in ("records", "findings", "events", "listings"):
        assert frames[table].equals(frames[table].sort("position"))


@given(registers)
@settings(max_examples=50)
def test_findings_and_events_name_the_row_of_their_record_or_none(given_facts: list[Fact]) -> None:
    columns = columns_with(*given_facts)
    ids = dict(enumerate(columns.frames["records"]["id"]))
    for table in ("findings", "events"):
        frame = columns.frames[table]
        for number, stored in zip(frame["record"], columns.facts(table, range(frame.height)), strict=True):
            fact = stored.fact
            assert isinstance(fact, Finding | Event)
            assert ids[number] == fact.record if number >= 0 else fact.record not in ids.values()


codes = st.builds(
    lambda head, district, body: head + district + body,
    st.sampled_from(["11", "91", "N2", "A1", "Y9", "01", "10", "S1", "91"]),
    st.sampled_from(["530000", "110101", "990000", "53000A", "000000"]),
    st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=9, max_size=9),
).map(lambda code: code + uscc_check_character(code) if all(c in "0123456789ABCDEFGHJKLMNPQRTUWXY" for c in code) else code + "0")
some_keys = st.one_of(
    codes,
    codes.map(lambda code: code + "\n"),
    codes.map(lambda code: code[:17] + "0"),
    st.text("0123456789ABCSIé", min_size=17, max_size=19),
    codes.map(lambda code: code[:4] + "\u0663" + code[5:]),
    st.text(max_size=20),
)


@given(st.lists(some_keys))
@settings(max_examples=200)
def test_a_code_is_valid_in_bulk_where_it_is_valid_alone(keys: list[str]) -> None:
    assert valid_codes(pl.Series(keys, dtype=pl.String)).to_list() == [is_uscc(key) for key in keys]


def test_a_valid_code_is_seen() -> None:
    assert valid_codes(pl.Series(["N2530102MF0000021M", "91530000MATEXT01X1", "91530000MATEXT01X2"])).to_list() == [
        True,
        True,
        False,
    ]


@given(
    st.lists(
        st.builds(
            Subject,
            id=codes | st.just("state"),
            kind=st.sampled_from(SubjectKind),
            form=st.sampled_from(["", "company", *sorted(STATE_FORMS)]),
            state_owned=st.booleans(),
        ),
        max_size=6,
        unique_by=lambda subject: subject.id,
    ),
    st.lists(codes, max_size=3),
)
@settings(max_examples=80)
def test_who_is_the_state_in_columns_is_the_state_to_the_trace(described: list[Subject], mentioned: list[str]) -> None:
    ties = [Tie(f"T{number}", "director", "somebody", key) for number, key in enumerate(mentioned)]
    with MemoryLedger.of([*described, *ties]).read() as reader:
        subjects = columns_of(reader).frames["subjects"]
        keys = subjects["key"].to_list()
        told = {stored.fact.id: stored for stored in reader.subjects(keys)}
    assert subjects["state_body"].to_list() == [is_state_body(told.get(key), key) for key in keys]
    assert subjects["state_holder"].to_list() == [is_state_holder(told.get(key), key) for key in keys]


@given(st.lists(st.text(max_size=3)), st.lists(st.text(max_size=3)))
@settings(max_examples=50)
def test_numbers_are_the_places_of_the_sorted_keys(one: list[str], other: list[str]) -> None:
    keys, numbers = number_keys({"one": pl.Series(one, dtype=pl.String), "other": pl.Series(other, dtype=pl.String)})
    assert keys.to_list() == sorted({*one, *other})
    assert [keys[place] for place in numbers["one"]] == one
    assert [keys[place] for place in numbers["other"]] == other


def test_columns_that_a_frame_lacks_are_empty() -> None:
    ties = pl.DataFrame(
        {"id": ["T"], "kind": [4], "holder": ["P"], "enterprise": ["E"], "position": [1], "recorded": [0]}
    ).with_columns(start_lo=0, start_hi=0, end_lo=LAST, end_hi=LAST)
    columns = assemble({"ties": ties}, Position(1, "1970-01-01T00:00:00.000000Z"))
    [stored] = columns.facts("ties", [0])
    assert stored.fact == Tie("T", "director", "P", "E")
    assert stored.recorded_at == "1970-01-01T00:00:00.000000Z"
    assert columns.frames["records"].is_empty()


@given(registers)
@settings(max_examples=50)
def test_the_order_and_number_of_keys_given_changes_no_column(given_facts: list[Fact]) -> None:
    with MemoryLedger.of(given_facts).read() as reader:
        columns = columns_of(reader)
        frames = {table: fact_frame(table, reader.scan(kind)) for table, kind in TABLES.items()}
    keys = columns.frames["subjects"]["key"].reverse()
    place = {"unused": 0, "": -1} | {key: number for number, key in enumerate(keys, 1)}
    turned = {
        table: frame.with_columns(pl.col(name).replace_strict(place, return_dtype=pl.Int32) for name in SUBJECT_COLUMNS[table])
        for table, frame in frames.items()
    }
    again = assemble_numbered(pl.concat([pl.Series("key", ["unused"]), keys]), turned, columns.position)
    for table, frame in columns.frames.items():
        assert frame.equals(again.frames[table]), table
