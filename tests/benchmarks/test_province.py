"""The benchmark's province: the same everywhere, valid throughout, with everything in it that the workload promises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from benchmarks.province import province, write
from benchmarks.province_cells import foreign_keys, organisation_codes
from benchmarks.province_draws import Dice, rows
from benchmarks.province_subjects import END
from graph_service.engine.trace import trace
from graph_service.ledger.protocol import Ledger
from graph_service.model.facts import Fact, Record, Subject, SubjectKind, Tie
from graph_service.model.identifiers import is_uscc
from graph_service.model.interval import parse_day
from graph_service.model.rows import TABLES, to_fact
from graph_service.model.words import CAPITAL, EVENTS, FINDINGS, SEVERITIES, TIE_KINDS
from graph_service.policy.choosing import choose_packs
from graph_service.questions.ask import Questions
from graph_service.register import register_ledger
from graph_service.sample.codes import company_number, lei, numbered_uscc
from graph_service.snapshot.view import View

DAY = "2020-12-01"
SMALL = province(200)
LARGER = province(3000)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """The small province as a loader takes it."""
    folder = write(tmp_path_factory.mktemp("province"), SMALL)
    ledger, report = register_ledger([folder], None)
    assert report.total.rejected == report.total.repeated == 0
    assert report.total.taken == sum(table.height for table in SMALL.values())
    assert report.notices == ()
    yield ledger
    ledger.close()


def _facts(tables: dict[str, pl.DataFrame], kind: str) -> list[Fact]:
    return [to_fact(kind, row) for row in tables[kind].iter_rows(named=True)]


def _digest(tables: dict[str, pl.DataFrame]) -> str:
    made = sha256()
    for name, table in tables.items():
        made.update(name.encode())
        made.update(table.write_csv(quote_style="never").encode())
    return made.hexdigest()[:16]


def test_one_seed_gives_one_province_on_every_machine() -> None:
    assert _digest(SMALL) == "e83b253f3feaaf14"


def test_another_seed_gives_another_province_of_the_same_size() -> None:
    other = province(200, seed=2)
    assert _digest(other) != _digest(SMALL)
    assert other["enterprises"].height == SMALL["enterprises"].height
    assert other["records"].height == SMALL["records"].height


def test_a_draw_is_the_same_in_whatever_pieces_a_column_is_made() -> None:
    dice, at = Dice(7), rows(1000)
    whole = dice.octave("x", at, 300)
    assert np.array_equal(np.concatenate([dice.octave("x", at[:333], 300), dice.octave("x", at[333:], 300)]), whole)
    assert np.array_equal(dice.octave("x", at[::-1], 300)[::-1], whole)
    assert whole.min() == 0
    assert whole.max() <= 299


def test_draws_come_evenly_and_differ_by_name_and_seed() -> None:
    at = rows(100_000)
    counts = np.bincount(Dice(1).below("x", at, 10))
    assert len(counts) == 10
    assert abs(counts - 10_000).max() < 400
    assert not np.array_equal(Dice(1).below("x", at, 10), Dice(1).below("y", at, 10))
    assert not np.array_equal(Dice(1).below("x", at, 10), Dice(2).below("x", at, 10))


def test_codes_made_by_the_column_are_those_made_one_by_one() -> None:
    number = rows(500) * 50_021
    codes = organisation_codes(np.full(500, "92"), np.full(500, "532901"), number)
    assert codes.to_list() == [numbered_uscc("92", "532901", int(one)) for one in number]
    assert all(map(is_uscc, codes))
    assert foreign_keys(rows(300) + 1).to_list() == [(company_number(n) if n % 2 else lei(n)) for n in range(1, 301)]


def test_every_table_has_the_columns_of_the_interchange_format_as_text() -> None:
    for name, table in SMALL.items():
        assert tuple(table.columns) == TABLES[name].columns
        assert set(table.dtypes) == {pl.String}
        assert sum(table.null_count().row(0)) == 0


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_a_written_province_holds_the_same_rows(form: str, tmp_path: Path) -> None:
    write(tmp_path, SMALL, "csv" if form == "csv" else "parquet")
    for name, table in SMALL.items():
        path = tmp_path / f"{name}.{form}"
        read = pl.read_csv(path, infer_schema=False).fill_null("") if form == "csv" else pl.read_parquet(path)
        assert read.equals(table)


def test_both_written_forms_are_the_same_register_to_a_loader(small: Ledger, tmp_path: Path) -> None:
    other, _ = register_ledger([write(tmp_path, SMALL, "csv")], None)
    for kind in (Subject, Tie, Record):
        with small.read() as one, other.read() as two:
            assert {fact.id for fact in one.scan(kind)} == {fact.id for fact in two.scan(kind)}
    other.close()


def test_whatever_a_row_names_is_described_and_ids_are_there_once() -> None:
    described = pl.concat([LARGER["enterprises"]["id"], LARGER["persons"]["id"]])
    assert described.is_unique().all()
    assert LARGER["ties"]["id"].is_unique().all()
    assert LARGER["records"]["id"].is_unique().all()
    assert LARGER["findings"].select("record", "person", "finding").is_unique().all()
    named = [LARGER["ties"]["holder"], LARGER["ties"]["enterprise"], LARGER["records"]["subject"], LARGER["findings"]["person"]]
    named += [LARGER["events"]["person"], LARGER["listings"]["subject"]]
    for column in named:
        assert column.is_in(pl.concat([described, pl.Series([""])]).implode()).all()
    for table in ("findings", "events"):
        assert LARGER[table]["record"].is_in(LARGER["records"]["id"].implode()).all()


def test_every_row_is_a_fact_at_a_larger_size_too() -> None:
    for name in TABLES:
        facts = _facts(LARGER, name)
        assert len({fact.key for fact in facts}) == LARGER[name].height


def test_names_say_that_it_is_a_sample_and_nobody_has_an_identity_number() -> None:
    assert all("样例" in name or name.startswith("Sample ") for name in LARGER["enterprises"]["name"])
    assert set(LARGER["persons"]["id_number"]) == {""}


def test_every_word_that_the_workload_promises_is_there() -> None:
    assert set(LARGER["ties"]["kind"]) == set(TIE_KINDS) - {"influence", "other_interest"}
    assert set(LARGER["findings"]["finding"]) == set(FINDINGS)
    assert set(LARGER["events"]["kind"]) == set(EVENTS)
    assert set(LARGER["records"]["severity"]) == set(SEVERITIES)
    assert set(LARGER["listings"]["regime"]) == {"us-ofac", "eu", "uk-ofsi"}


def test_nothing_is_held_by_more_than_the_whole_for_certain() -> None:
    total: dict[str, Fraction] = {}
    for tie in _facts(LARGER, "ties"):
        assert isinstance(tie, Tie)
        if tie.kind in CAPITAL and tie.share is not None and tie.valid.end.hi > END and tie.source == "sample register":
            total[tie.enterprise] = total.get(tie.enterprise, Fraction(0)) + tie.share.lo
    assert max(total.values()) == 1


def test_there_are_rings_halves_joint_control_and_shares_with_gaps() -> None:
    holdings = LARGER["ties"].filter(pl.col("kind") == "shareholder")
    pairs = set(zip(holdings["holder"], holdings["enterprise"], strict=True))
    assert any((held, holder) in pairs for holder, held in pairs)
    shares = Counter(holdings["share"])
    assert shares["50"] > 100
    assert shares[""] > 50
    assert shares["25-50"] > 20
    assert shares["30"] > 20
    assert (holdings["source"] == "sample annual report").sum() > 10


def test_offices_change_around_acts_and_dates_have_gaps() -> None:
    heads = LARGER["ties"].filter(pl.col("kind") == "legal_representative")
    met = LARGER["records"].join(heads, left_on="subject", right_on="enterprise")
    plain = met.filter(pl.col("act_from").str.len_chars() == 10, pl.col("valid_from").str.len_chars() == 10)
    assert plain.filter(pl.col("act_from") < pl.col("valid_from"), pl.col("valid_from") < pl.col("decided_on")).height > 20
    assert {len(cell) for cell in heads["valid_from"]} == {1, 4, 7, 10, 22}
    vague = LARGER["records"].filter(pl.col("act_from").str.len_chars() != 10).height / LARGER["records"].height
    assert 0.12 < vague < 0.28


def test_a_large_province_has_super_nodes_and_groups_of_some_hundreds() -> None:
    ties = province(60_000)["ties"]
    state = Counter(key for key in ties.filter(pl.col("kind") == "shareholder")["holder"] if key.startswith("11"))
    assert state.most_common(1)[0][1] > 500
    heads = ties.filter(pl.col("kind") == "legal_representative")["holder"].value_counts(sort=True)
    assert heads["count"][0] > 40
    private = ties.filter((pl.col("kind") == "shareholder") & pl.col("holder").str.starts_with("91"))
    assert private["holder"].value_counts(sort=True)["count"][0] > 100


def test_sizes_that_make_no_province_are_refused() -> None:
    with pytest.raises(ValueError, match="from 100 to 10000000 enterprises, not 99"):
        province(99)


def test_the_smallest_province_is_whole() -> None:
    assert all(table.height for table in province(100).values())


def test_the_small_province_gives_every_kind_of_answer(small: Ledger) -> None:
    graph, packs = Questions(small), choose_packs(())
    met: Counter[tuple[str, ...]] = Counter()
    with small.read() as reader:
        view = View(reader)
        for record in list(reader.scan(Record)):
            assert isinstance(record.fact, Record)
            found = trace(view, record.fact.subject, packs, parse_day(DAY), view.records([record.fact.id]))
            met.update(("verdict", one.verdict.name) for one in found.persons)
            met.update((one.kind, one.standing.status.name) for one in found.consequences)
            met.update(("flag", one.code) for one in found.consequences if one.kind == "flag")
            met.update(("gap", gap.code) for one in found.persons for gap in one.gaps)
        subjects = [one.fact for one in reader.scan(Subject) if isinstance(one.fact, Subject)]
    assert {("verdict", "CERTAIN"), ("verdict", "POSSIBLE"), ("flag", "F01"), ("flag", "F02")} <= met.keys()
    assert {("measure", status) for status in ("ACTIVE", "SUSPENDED", "ENDED")} <= met.keys()
    assert {("gap", "clock"), ("gap", "finding"), ("gap", "act_dates")} <= met.keys()
    assert _verdicts(graph.control(at=DAY), "pairs") == {"certain", "possible"}
    assert _verdicts(graph.screen("us-ofac", at=DAY), "caught") == {"certain", "possible"}
    assert sum(one.kind is SubjectKind.PERSON for one in subjects) == 400


def _verdicts(answer: Mapping[str, object], name: str) -> set[str]:
    found = answer[name]
    assert isinstance(found, list)
    return {one["verdict"] for one in found}
