"""A run in figures: every figure is what one trace after another counts; and the page shows all of them, alone."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from graph_service.ledger.memory import MemoryLedger
from graph_service.messages import InputError, Lang
from graph_service.model.facts import Fact, Record, Subject, SubjectKind
from graph_service.model.interval import parse_day
from graph_service.questions.ask import Questions
from graph_service.report.overview import overview_html
from graph_service.report.plots import bars
from tests.engine.bulk.registers import sample_ledger

DAY = "2021-06-30"
YUNNAN = ("cn-yunnan-2016",)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("overview") / "run"
    Questions(sample_ledger()).run(folder, at=DAY)
    return folder


@pytest.fixture(scope="module")
def told(run: Path) -> dict[str, Any]:
    return Questions(sample_ledger()).overview(run)


@pytest.fixture(scope="module")
def traces() -> dict[str, Any]:
    questions = Questions(sample_ledger())
    with questions.ledger.read() as reader:
        every = [one.fact for one in reader.scan(Record) if isinstance(one.fact, Record)]
    records = [record for record in every if record.decided_on.lo <= parse_day(DAY)]
    assert len(records) < len(every)
    return {record.id: (record, questions.trace(record.id, at=DAY)) for record in records}


def test_persons_by_family_and_region_are_those_whom_traces_reach(told: dict[str, Any], traces: dict[str, Any]) -> None:
    liable = {row["person"] for _, answer in traces.values() for row in answer["persons"] if row["verdict"] == "liable"}
    for column in ("family", "region", "severity"):
        people: dict[tuple[str, str], set[str]] = defaultdict(set)
        for record, answer in traces.values():
            for row in answer["persons"]:
                if row["verdict"] == "liable" or row["person"] not in liable:
                    people[getattr(record, column), row["verdict"]].add(row["person"])
        counted = Counter(getattr(record, column) for record, _ in traces.values())
        rows = {row["code"]: (row["records"], row["liable"], row["candidates"]) for row in told[f"by_{column}"]}
        assert rows == {
            code: (number, len(people[code, "liable"]), len(people[code, "candidate"])) for code, number in counted.items()
        }


def test_the_totals_are_those_of_the_traces(told: dict[str, Any], traces: dict[str, Any]) -> None:
    rows = [row for _, answer in traces.values() for row in answer["persons"]]
    liable = {row["person"] for row in rows if row["verdict"] == "liable"}
    maybe: dict[str, list[str]] = {row["person"]: [] for row in rows if row["person"] not in liable}
    for row in rows:
        if row["person"] in maybe:
            maybe[row["person"]] += [gap["code"] for gap in row["gaps"]]
    totals = told["totals"]
    assert (totals["records"], totals["liable"], totals["candidates"]) == (len(traces), len(liable), len(maybe))
    assert totals["waiting_for_finding"] == sum("finding" in gaps for gaps in maybe.values())
    ids = {one["id"]: one for _, answer in traces.values() for one in answer["consequences"] if one["kind"] != "derived_sanction"}
    statuses = Counter(one["status"] for one in ids.values())
    derived = sum(row["certain"] for row in told["caught"])
    assert totals["consequences"] == len(ids) + derived
    assert totals["inactive"] == statuses["inactive"]
    assert totals["suspended"] == statuses["suspended"]


def test_roles_gaps_and_kinds_add_up_to_the_rows_of_the_run(told: dict[str, Any], traces: dict[str, Any]) -> None:
    every = [row for _, answer in traces.values() for row in answer["persons"]]
    liable = {row["person"] for row in every if row["verdict"] == "liable"}
    rows = [row for row in every if row["verdict"] == "liable" or row["person"] not in liable]
    by_role: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        by_role[row["role"], row["verdict"]].add(row["person"])
    for row in told["by_role"]:
        assert row["liable"] == len(by_role[row["role"], "liable"])
        assert row["candidate"] == len(by_role[row["role"], "candidate"])
    gaps = Counter(row["gap"]["code"] for row in rows if row["gap"])
    assert {row["gap"]: row["verdicts"] for row in told["waiting"]} == dict(gaps)


def test_the_years_of_decisions_are_those_of_the_records(told: dict[str, Any], traces: dict[str, Any]) -> None:
    years = Counter(text[:4] for record, _ in traces.values() if re.fullmatch(r"\d{4}-\d\d-\d\d", text := str(record.decided_on)))
    assert {str(row["year"]): row["records"] for row in told["years"] if row["year"]} == dict(years)


def test_a_group_counts_members_on_whom_something_stands_and_hints_apart(told: dict[str, Any], traces: dict[str, Any]) -> None:
    on: dict[str, set[str]] = defaultdict(set)
    for _, answer in traces.values():
        for row in answer["consequences"]:
            on[row["subject"]].add(row["kind"])
    for pack in ("us-ofac", "eu", "uk-ofsi"):
        shape: dict[str, Any] = Questions(sample_ledger()).screen(pack, at=DAY)
        for row in shape["caught"]:
            if row["verdict"] == "certain":
                on[row["subject"]].add("derived_sanction")
    pairs = Questions(sample_ledger()).control(at=DAY)["pairs"]
    assert isinstance(pairs, list)
    for group in told["groups"]:
        top = set(group["controllers"])
        members = top | {one["controlled"] for one in pairs if one["controller"] in top and one["verdict"] == "certain"}
        assert group["members"] == len(members)
        assert group["touched"] == sum(bool(on[member] - {"flag"}) for member in members) > 0
        assert group["hinted"] == sum(on[member] == {"flag"} for member in members)


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.scripts = 0
        self.policy = ""
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        if ("http-equiv", "Content-Security-Policy") in attrs:
            self.policy = dict(attrs)["content"] or ""
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href", "xlink:href", "action"}]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_asks_nobody_for_anything_and_shows_every_figure(run: Path, lang: Lang) -> None:
    shape: dict[str, Any] = Questions(sample_ledger()).overview(run, lang=lang)
    html = overview_html(shape, lang)
    page = Page()
    page.feed(html)
    assert page.scripts == 0
    assert all(address.startswith("#") for address in page.addresses)
    assert page.policy.startswith("default-src 'none'; ")
    assert "unsafe" not in page.policy
    assert not re.search(r"url\((?!#|&#39;#)", html)
    assert ' style="' not in html
    text = " ".join(page.text)
    for row in (*shape["by_family"], *shape["by_role"], *shape["waiting"], *shape["by_measure"]):
        assert row["title"] in text
    assert shape["run_id"] in text
    assert len(html) < 1_500_000
    assert html == overview_html(Questions(sample_ledger()).overview(run, lang=lang), lang)


def test_measures_are_called_in_the_language_asked_whatever_that_of_the_run(run: Path) -> None:
    shape: dict[str, Any] = Questions(sample_ledger()).overview(run, lang="zh")
    assert all(re.search("[\u4e00-\u9fff]", row["title"]) for row in shape["by_measure"])


def test_a_hostile_name_is_text(tmp_path: Path) -> None:
    name = '"><script>alert(1)</script>'
    facts: list[Fact] = [Subject("E", SubjectKind.ENTERPRISE, name), Record("R", "E", name, instrument_no="1", region=name)]
    questions = Questions(MemoryLedger.of(facts))
    questions.run(tmp_path / "run", at=DAY, packs=YUNNAN)
    assert "<script" not in overview_html(questions.overview(tmp_path / "run"), "en")


def test_bars_of_nothing_are_nothing_and_a_dollar_begins_no_formula() -> None:
    assert bars([], {"n": []}, "t") == ""
    drawn = bars(["$x$ & <b>"], {"n": [3]}, "t")
    assert "$x$ &amp; &lt;b&gt;" in drawn


def test_a_run_of_another_ledger_or_none_or_in_csv_is_refused_in_one_line(run: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="another ledger"):
        Questions(MemoryLedger.of([Record("R", "E", instrument_no="1")])).overview(run)
    with pytest.raises(InputError, match="run"):
        Questions(sample_ledger()).overview(tmp_path)
    Questions(sample_ledger()).run(tmp_path / "csv", at=DAY, packs=YUNNAN, files="csv")
    with pytest.raises(InputError, match="--files parquet"):
        Questions(sample_ledger()).overview(tmp_path / "csv")


def test_the_gaps_and_faults_of_the_engine_all_have_a_short_name() -> None:
    from graph_service.messages import catalogue

    codes = catalogue()
    for kind in ("gap", "fault"):
        named = {code.removeprefix(f"{kind}_") for code in codes if code.startswith(f"{kind}_")}
        assert {one for one in named if f"word_{kind}_{one}" not in codes} == set()
