"""How the benchmark measures and compares: nothing is shown that was not equal, and what is shown is what was measured."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

pytest.importorskip("numba", reason="the benchmark's peers need numba")

from benchmarks.engines import BASE, ENGINES, Absent, Context, Engine, Entry, engine
from benchmarks.measure import Measured, from_json, measure, peak_of, repeated, to_json
from benchmarks.report import page_of, write_report
from benchmarks.run import Made, disagreements, main
from benchmarks.workload import QUESTIONS, fingerprint

MADE = Made(200, 0.1, 0.2, 10**8, {"enterprises": 200, "persons": 400, "ties": 1600, "records": 60}, 2.0, 10**6)


def _context(tmp_path: Path) -> Context:
    return Context(tmp_path, 200)


def _answering(rows: int, **more: object) -> Engine:
    def answer(_: Context, count: int) -> dict[str, pl.DataFrame]:
        return {"rows": pl.DataFrame({"n": range(count)})}

    entry = Entry(lambda _: rows, lambda count: count, answer)
    return Engine("an engine", "answers with so many rows", {"load_csv": entry})


def test_a_fingerprint_hangs_on_the_rows_and_not_on_their_order_or_types() -> None:
    table = pl.DataFrame({"a": [2, 1, 3], "b": ["x", None, "样"]})
    same = pl.DataFrame({"a": ["3", "1", "2"], "b": ["样", "", "x"]})
    assert fingerprint(table) == fingerprint(same)
    assert fingerprint(table).rows == 3
    assert fingerprint(table) != fingerprint(table.head(2))
    assert fingerprint(table) != fingerprint(table.select("a", pl.col("b").fill_null("y")))
    assert fingerprint(table) != fingerprint(pl.concat([table, table.head(1)]))


def test_lists_are_compared_as_sets_of_texts() -> None:
    one, other = pl.DataFrame({"a": [["b", "a"], []]}), pl.DataFrame({"a": ["", "a+b"]})
    assert fingerprint(one) == fingerprint(other)


def test_the_fingerprint_is_the_digest_that_the_page_defines() -> None:
    # printf 'a\t1\nb\t2\n' | sha256sum
    from hashlib import sha256

    assert fingerprint(pl.DataFrame({"x": ["b", "a"], "y": [2, 1]})).digest == sha256(b"a\t1\nb\t2\n").hexdigest()[:32]


def test_a_question_is_asked_five_times_but_no_longer_than_the_budget_allows() -> None:
    calls: list[int] = []

    def call() -> int:
        calls.append(1)
        return len(calls)

    result, times = repeated(call)
    assert (result, len(times)) == (5, 5)
    result, times = repeated(lambda: sum(range(300_000)), repeats=1000, budget=0.05)
    assert 1 <= len(times) < 1000


def test_one_long_call_is_measured_once_and_not_repeated_to_warm_up(tmp_path: Path) -> None:
    calls: list[int] = []
    entry = Entry(lambda _: None, lambda _: calls.append(1))
    found = measure(Engine("x", "", {"load_csv": entry}), "load_csv", _context(tmp_path), budget=0.0)
    assert len(calls) == len(found.times) == 1
    compiled = Entry(lambda _: None, lambda _: calls.append(1), compiles=True)
    found = measure(Engine("x", "", {"load_csv": compiled}), "load_csv", _context(tmp_path), budget=0.0)
    assert (len(calls), len(found.times)) == (3, 1)


def test_what_is_measured_is_told_with_its_fingerprint(tmp_path: Path) -> None:
    found = measure(_answering(7), "load_csv", _context(tmp_path))
    assert found.prints["rows"][0] == 7
    assert len(found.times) == 5
    assert min(found.times) <= found.median <= found.p99 <= max(found.times)
    assert from_json(to_json(found)) == found


def test_subjects_are_asked_and_timed_one_by_one(tmp_path: Path) -> None:
    entry = Entry(
        lambda _: list(range(100)),
        items=lambda state: state,
        each=lambda _, item: item * 2,
        answer=lambda _, results: {"doubles": pl.DataFrame({"n": results})},
    )
    found = measure(Engine("x", "", {"trace": entry}), "trace", _context(tmp_path))
    assert len(found.times) == 100
    assert found.prints["doubles"][0] == 100


def test_subjects_that_do_not_fit_into_the_budget_are_left_and_nothing_is_compared(tmp_path: Path) -> None:
    entry = Entry(
        lambda _: list(range(100)),
        items=lambda state: state,
        each=lambda _, item: sum(range(100_000)) + item,
        answer=lambda _, results: {"sums": pl.DataFrame({"n": results})},
    )
    found = measure(Engine("x", "", {"trace": entry}), "trace", _context(tmp_path), budget=0.005)
    assert 1 <= len(found.times) < 100
    assert found.prints == {}
    assert f"{100 - len(found.times)} more did not fit" in found.note


def test_the_peak_holds_what_was_allocated_and_given_back() -> None:
    with peak_of() as peak:
        before = peak()
        block = np.ones(40_000_000, dtype=np.int64)
        assert block.sum() == 40_000_000
        del block
        assert peak() - before > 250_000_000


def test_beyond_its_limit_or_without_a_store_an_engine_says_why_it_does_not_answer(tmp_path: Path) -> None:
    limited = Engine("x", "", {"control": Entry(lambda _: None, limit=100, beyond="takes hours")})
    assert measure(limited, "control", _context(tmp_path)).absent == "takes hours"
    stored = Engine("x", "", {"trace": Entry(lambda _: None, needs_store=True)})
    assert measure(stored, "trace", _context(tmp_path)).absent == "no store was made at this size"


def test_two_engines_that_differ_are_named_with_their_counts(tmp_path: Path) -> None:
    one = measure(_answering(3), "load_csv", _context(tmp_path))
    other = measure(_answering(4), "load_csv", _context(tmp_path))
    assert disagreements([one, one]) == []
    (line,) = disagreements([one, other])
    assert "load_csv at 200" in line
    assert "gives 4 rows" in line
    assert "3 (" in line


def test_answers_at_different_sizes_are_not_compared(tmp_path: Path) -> None:
    one = measure(_answering(3), "load_csv", Context(tmp_path, 200))
    other = measure(_answering(4), "load_csv", Context(tmp_path, 300))
    assert disagreements([one, other]) == []


@pytest.mark.parametrize("name", ENGINES)
def test_every_entry_is_a_question_and_every_absence_has_a_reason(name: str) -> None:
    found = engine(name)
    assert found.entries.keys() <= QUESTIONS.keys()
    for entry in found.entries.values():
        assert isinstance(entry, Entry) or entry.reason
        assert isinstance(entry, Absent) or not entry.limit or entry.beyond


def test_the_page_shows_medians_ratios_counts_and_who_did_not_answer() -> None:
    base = engine(BASE).title
    measured = [
        Measured(base, "control", 200, 0.5, (0.2, 0.1, 0.3), 10**9, 10**8, {"pairs": (12, "ab")}),
        Measured("another", "control", 200, 0.0, (0.4, 0.5, 0.6), 2 * 10**9, 10**8, {"pairs": (12, "ab")}),
        Measured("another", "trace", 200, 0.0, tuple(n / 1000 for n in range(1, 101)), 10**9),
        Measured("third", "control", 200, absent="cannot be said"),
        Measured("third", "verdicts", 200, absent="cannot be said"),
    ]
    page = page_of([MADE], measured)
    assert f"| {base} | 200 | 0.2 s | 0.1-0.3 | 3 | 0.5 s | 1.0 | 1.00 GB | 12 pairs |" in page
    assert "| another | 200 | 0.5 s | 0.4-0.6 | 3 | 0 ms | 2.5 | 2.00 GB | 12 pairs |" in page
    assert "| another | 200 | 100 | 50.50 | 99.0 | 100.0 | 1.00 GB |" in page
    assert "| third | control, verdicts | 200 | cannot be said |" in page
    assert "## LOAD" not in page


def test_the_report_is_a_page_and_a_picture(tmp_path: Path) -> None:
    measured = [Measured("one", "control", size, times=(size / 1e6,)) for size in (100, 1000)]
    page = write_report(tmp_path, [MADE], measured)
    assert "(results.png)" in page.read_text("utf-8")
    assert (tmp_path / "results.png").read_bytes().startswith(b"\x89PNG")


def test_a_run_makes_the_province_asks_and_writes_the_page(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    arguments = ["--sizes", "200", "--engines", "trace,floor", "--only", "trace,follow_objection"]
    assert main([*arguments, "--store-limit", "200", "--data", str(tmp_path / "data"), "--out", str(tmp_path / "out")]) == 0
    page = (tmp_path / "out" / "RESULTS.md").read_text("utf-8")
    assert "## TRACE" in page
    assert "## FOLLOW: one objection appended" in page
    kept = json.loads((tmp_path / "data" / "measured.json").read_text("utf-8"))
    assert [one["rows"]["records"] for one in kept["made"]] == [60]
    traced = next(one for one in kept["measured"] if one["question"] == "trace" and one["prints"])
    assert len(traced["times"]) == 60
    assert traced["prints"]["consequences"][0] > 100


def test_a_question_or_engine_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--only", "controll"])
    assert "nothing is called controll" in capsys.readouterr().err
