"""The small public face, as a notebook uses it: frames, networks, and where they came from."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd
import pytest

import graph_service as gs
from graph_service.analysis.frames import FRAMES
from graph_service.cli.app import main
from graph_service.messages import BadValue, LedgerError
from graph_service.sample import generate, write

DAY = "2019-12-31"
YUNNAN = ["cn-yunnan-2016"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("library") / "register"
    write(place, generate(60, dirty=False))
    return place


@pytest.fixture(scope="module")
def graph(folder: Path) -> Iterator[gs.Graph]:
    with gs.read_register(folder) as opened:
        yield opened


def frames_of(graph: gs.Graph) -> dict[str, pd.DataFrame]:
    """One frame of each kind."""
    trace = graph.trace("S1-RECORD", at=DAY, packs=YUNNAN)
    finding = {"record": "S1-RECORD", "person": "S1-DIRECTOR-2", "finding": "directly_responsible"}
    changed = graph.what_if({"findings": [finding]}, at=DAY, packs=YUNNAN)
    return {
        **{name: getattr(trace, name) for name in ("persons", "subjects", "consequences", "possibly_caught")},
        **{name: getattr(trace, name) for name in ("data_faults", "left_out", "notices")},
        "records": graph.records(),
        "control": graph.control(at=DAY),
        "screen": graph.screen("us-ofac", at="2026-01-01"),
        "related": graph.related("S1-PRINCIPAL", hops=2, at=DAY),
        "paths": graph.paths("S1-PRINCIPAL", "S1-OWNER", at=DAY),
        "circles": graph.circles(at=DAY),
        "groups": graph.groups(at=DAY),
        "shared_officers": graph.shared_officers(at=DAY),
        "exposure": graph.exposure("S1-PRINCIPAL", at=DAY, packs=YUNNAN),
        "verdicts": graph.person("S1-REP-1", at=DAY, packs=YUNNAN).verdicts,
        "proof": graph.why(trace.consequences["id"][0], at=DAY),
        "why_not": graph.why_not("S1-OWNER", "S1-RECORD", at=DAY, packs=YUNNAN),
        "verdict_changes": changed.verdicts,
        "consequence_changes": changed.consequences,
        "caught_changes": changed.caught,
        "packs": graph.packs(),
        "measures": graph.measures("S1-PRINCIPAL", at=DAY),
    }


def test_every_frame_has_the_columns_and_types_that_are_documented_whatever_is_in_it(graph: gs.Graph) -> None:
    found = frames_of(graph)
    assert set(found) == set(FRAMES)
    for name, made in found.items():
        assert {column: str(kind) for column, kind in made.dtypes.items()} == dict(FRAMES[name]), name


def test_every_frame_keeps_its_decision_clocks_and_law(graph: gs.Graph) -> None:
    lawless = {"control", "related", "paths", "circles", "groups", "shared_officers", "measures", "packs", "records"}
    for name, made in frames_of(graph).items():
        if name == "packs":
            continue
        assert str(made.attrs["decision_id"]).startswith("d-"), name
        assert made.attrs["complete"] is True, name
        assert name == "records" or made.attrs["at"] in {DAY, "2026-01-01"}, name
        assert made.attrs["known"], name
        assert ("packs" in made.attrs) == (name not in lawless), name


def test_frames_that_should_have_rows_have_some(graph: gs.Graph) -> None:
    empty = {name for name, made in frames_of(graph).items() if made.empty}
    assert empty <= {"possibly_caught", "data_faults", "left_out", "notices", "shared_officers", "caught_changes"}


def test_a_trace_says_who_answers_as_the_command_line_does(
    folder: Path, graph: gs.Graph, capsys: pytest.CaptureFixture[str]
) -> None:
    import json

    arguments = ["trace", "S1-RECORD", "--register", str(folder), "--at", DAY, "--pack", YUNNAN[0], "--format", "json"]
    assert main(arguments) == 0
    printed = json.loads(capsys.readouterr().out)
    trace = graph.trace("S1-RECORD", at=DAY, packs=YUNNAN)
    assert trace.to_dict() == printed
    assert trace.decision_id == printed["decision_id"]
    assert list(trace.persons["person"]) == [row["person"] for row in printed["persons"]]
    assert list(trace.consequences["proof"][0]) == printed["consequences"][0]["proof"]


def test_a_question_asked_again_gives_the_same_decision_id_and_another_question_another(graph: gs.Graph) -> None:
    asked: dict[str, Any] = {"hops": 2, "at": DAY}
    first = graph.related("S1-PRINCIPAL", **asked).attrs["decision_id"]
    assert first == graph.related("S1-PRINCIPAL", **asked, lang="zh").attrs["decision_id"]
    assert first != graph.related("S1-PRINCIPAL", at=DAY).attrs["decision_id"]
    assert first != graph.related("S1-OWNER", **asked).attrs["decision_id"]


def test_a_network_can_be_written_by_all_of_networkx_own_writers_and_read_again(graph: gs.Graph) -> None:
    trace = graph.trace("S1-RECORD", at=DAY, packs=YUNNAN)
    drawn = trace.to_networkx()
    assert drawn.graph["decision_id"] == trace.decision_id
    file = io.BytesIO()
    nx.write_graphml(drawn, file)
    file.seek(0)
    again = nx.read_graphml(file, force_multigraph=True)
    assert {key: again.nodes[key] for key in again} == {key: drawn.nodes[key] for key in drawn}
    nx.write_gexf(drawn, io.BytesIO())
    assert nx.node_link_graph(nx.node_link_data(drawn, edges="edges"), edges="edges").edges.keys() == drawn.edges.keys()


def test_everybody_around_a_subject_is_in_its_network_with_all_ties_among_them(graph: gs.Graph) -> None:
    network = graph.network("S1-PRINCIPAL", hops=2, at=DAY)
    related = graph.related("S1-PRINCIPAL", hops=2, at=DAY)
    assert set(network) == {"S1-PRINCIPAL", *related["subject"]}
    assert set(related["fact"]) <= {fact for *_, fact in network.edges(keys=True)}


def test_what_if_changes_nothing(graph: gs.Graph) -> None:
    before = graph.trace("S1-RECORD", at=DAY, packs=YUNNAN).decision_id
    end = pd.DataFrame([{"record": "S1-RECORD", "kind": "annulled", "on": "2019-01-01", "person": None}])
    changed = graph.what_if({"events": end}, at=DAY, packs=YUNNAN)
    assert {(row.status_before, row.status_after) for row in changed.consequences.itertuples()} >= {("active", "ended")}
    assert graph.trace("S1-RECORD", at=DAY, packs=YUNNAN).decision_id == before


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"offices": []}, r"offices.*ties"),
        ({"ties": [{"kind": "director", "holder": "P", "enterprise": "E", "shares": "5"}]}, r"ties.*shares"),
        ({"ties": [{"kind": "king", "holder": "P", "enterprise": "E"}]}, r"ties, row 1: kind.*king"),
        ({"events": [{"record": "R", "kind": "annulled", "on": "2019-13-01"}]}, r"events, row 1: on.*2019-13-01"),
    ],
)
def test_a_row_that_cannot_be_taken_is_named_by_table_row_and_column(graph: gs.Graph, tables: Any, said: str) -> None:
    with pytest.raises(BadValue, match=said):
        graph.what_if(tables, at=DAY)


def test_a_kind_of_tie_that_is_none_is_named(graph: gs.Graph) -> None:
    with pytest.raises(BadValue, match="friend"):
        graph.paths("S1-PRINCIPAL", "S1-OWNER", kinds=["friend"])


def test_a_notebook_shows_names_as_text() -> None:
    from graph_service.ledger.memory import MemoryLedger
    from graph_service.model.facts import Fact, Record, Subject, SubjectKind
    from graph_service.questions.ask import Questions

    name = "<script>alert(1)</script>"
    facts: list[Fact] = [Subject("E", SubjectKind.ENTERPRISE, name), Record("R", "E", "health_safety", instrument_no="1")]
    trace = gs.Graph(Questions(MemoryLedger.of(facts)), "<b>").trace("E", at=DAY)
    html = trace._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert name in repr(trace)


def test_a_register_folder_and_the_store_it_is_loaded_into_answer_alike(tmp_path: Path, folder: Path) -> None:
    store = f"sqlite:///{tmp_path / 'facts.db'}"
    assert main(["ingest", str(folder), "--store", store]) == 0
    answers = []
    for graph in (gs.open(store), gs.read_register(folder)):
        with graph:
            answers.append(graph.trace("S1-RECORD", at=DAY, packs=YUNNAN))
    assert answers[0].decision_id == answers[1].decision_id
    pd.testing.assert_frame_equal(answers[0].persons, answers[1].persons)
    assert not answers[0].persons.empty


def test_opening_a_store_that_is_not_there_says_so_and_makes_none(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"none\.db"):
        gs.open(f"sqlite:///{tmp_path / 'none.db'}")
    assert not list(tmp_path.iterdir())


def test_only_what_is_public_is_there() -> None:
    assert gs.__all__ == ["Graph", "Person", "Trace", "WhatIf", "open", "read_register", "sample_register"]
    with pytest.raises(AttributeError, match="no attribute"):
        gs.nothing  # noqa: B018


def test_asking_loads_no_part_that_only_frames_and_pictures_need(folder: Path) -> None:
    code = (
        "import sys, graph_service as gs; t = gs.read_register(sys.argv[1]).trace('S1-RECORD', at='2019-12-31');"
        "print([m for m in ('pandas', 'polars', 'pyvis', 'matplotlib', 'networkx', 'jinja2') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda graph: graph.trace("S1-RECORD", lang="fr"), "fr"),
        (lambda graph: graph.trace(None), "subject"),
        (lambda graph: graph.trace("S1-RECORD", at=pd.NaT), "date"),
        (lambda graph: graph.trace("S1-RECORD", at=20260101), "date"),
        (lambda graph: graph.related("S1-OWNER", hops=-1), "hops"),
        (lambda graph: graph.network("S1-OWNER", hops="2"), "hops"),
        (lambda graph: graph.paths("S1-OWNER", "S1-REP-1", limit=0), "limit"),
        (lambda graph: graph.control(threshold=0.5), "exact"),
        (lambda graph: graph.groups(threshold=2), "exact"),
        (lambda graph: graph.shared_officers(least=-1), "least"),
        (lambda graph: graph.what_if([1]), "facts"),
        (lambda graph: graph.what_if({"ties": 5}), "facts"),
        (lambda graph: graph.run("out", files="xlsx"), "xlsx"),
        (lambda graph: graph.screen("us-ofak"), "us-ofak"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(graph: gs.Graph, ask: Callable[[Any], object], said: str) -> None:
    with pytest.raises(BadValue, match=said):
        ask(graph)


def test_a_single_pack_or_kind_counts_as_a_list_of_one(graph: gs.Graph) -> None:
    one = graph.trace("S1-RECORD", at=DAY, packs="cn-yunnan-2016")
    assert one.decision_id == graph.trace("S1-RECORD", at=DAY, packs=YUNNAN).decision_id
    assert graph.paths("S1-PRINCIPAL", "S1-OWNER", kinds="shareholder", at=DAY)["kind"].unique().tolist() == ["shareholder"]


def test_every_question_has_the_same_decision_id_in_both_languages(graph: gs.Graph) -> None:
    def ids(lang: Any) -> list[str]:
        trace = graph.trace("S1-RECORD", at=DAY, packs=YUNNAN, lang=lang)
        frames = [
            graph.why(trace.consequences["id"][0], at=DAY, lang=lang),
            graph.why_not("S1-OWNER", "S1-RECORD", at=DAY, packs=YUNNAN, lang=lang),
            graph.control(at=DAY, lang=lang),
            graph.screen("eu", at="2026-01-01", lang=lang),
            graph.paths("S1-PRINCIPAL", "S1-OWNER", at=DAY, lang=lang),
            graph.circles(at=DAY, lang=lang),
            graph.groups(at=DAY, lang=lang),
            graph.shared_officers(at=DAY, lang=lang),
            graph.exposure("S1-PRINCIPAL", at=DAY, packs=YUNNAN, lang=lang),
            graph.records(lang=lang),
            graph.measures("S1-PRINCIPAL", at=DAY, lang=lang),
        ]
        person = graph.person("S1-REP-1", at=DAY, packs=YUNNAN, lang=lang)
        return [trace.decision_id, person.decision_id, *(str(made.attrs["decision_id"]) for made in frames)]

    english = ids("en")
    assert english == ids("zh")
    assert len(set(english)) == len(english)


def test_a_decision_id_tells_apart_whatever_an_answer_tells_apart() -> None:
    from graph_service.ledger.memory import MemoryLedger
    from graph_service.model.facts import Fact, Listing, Tie
    from graph_service.model.share import Share
    from graph_service.questions.ask import Questions

    def asked(share: str) -> gs.Trace:
        facts: list[Fact] = [Listing("O", "us-ofac"), Tie("T", "shareholder", "O", "E", share=Share.parse(share))]
        return gs.Graph(Questions(MemoryLedger.of(facts))).trace("E", at="2026-01-01", packs=["us-ofac"])

    wide, narrow = asked("30-60"), asked("45-70")
    assert wide.possibly_caught["text"][0] != narrow.possibly_caught["text"][0]
    assert wide.decision_id != narrow.decision_id
    empty = gs.Graph(Questions(MemoryLedger.of([])))
    assert empty.trace("X", at=DAY).decision_id != empty.person("X", at=DAY).decision_id
    assert empty.records("X").attrs["decision_id"] != empty.records("Y").attrs["decision_id"]


def test_the_sample_can_be_opened_again_and_answers_alike() -> None:
    ids = []
    for _ in range(2):
        with gs.sample_register(20) as graph:
            ids.append(graph.trace("S1-RECORD", at=DAY).decision_id)
    assert ids[0] == ids[1]


def test_rows_that_could_not_be_taken_and_records_that_are_not_there_are_said(tmp_path: Path) -> None:
    (tmp_path / "ties.csv").write_text("kind,holder,enterprise\ndirector,P,E\nking,P,E\n", "utf-8")
    with gs.read_register(tmp_path) as graph:
        assert [one["code"] for one in graph.related("E", at=DAY).attrs["notices"]] == ["rejected_rows"]
        finding = {"record": "NOBODY", "person": "P", "finding": "knew"}
        told = graph.what_if({"findings": [finding]}, at=DAY).to_dict()["notices"]
        assert ("no_such_record", "NOBODY") in {(one["code"], one["about"]) for one in told}
        assert "no_such_record" in {one["code"] for one in graph.why_not("P", "NOBODY", at=DAY).attrs["notices"]}


def test_all_that_would_decide_a_candidate_stands_in_the_gap_column(graph: gs.Graph) -> None:
    trace = graph.trace("S5-RECORD", at=DAY, packs=YUNNAN)
    several = [row for row in trace.to_dict()["persons"] if len(row["gaps"]) > 1]
    assert several
    row = several[0]
    shown = trace.persons.query("person == @row['person'] and rule == @row['rule']")["gap"].iloc[0]
    assert all(gap["text"] in shown for gap in row["gaps"])


def test_a_persons_record_tells_candidacies_too(graph: gs.Graph) -> None:
    person = graph.person("S1-REP-1", at=DAY, packs=YUNNAN)
    assert set(person.verdicts["verdict"]) == {"candidate"}
    assert person.entries.empty
    assert person.measures.empty
    assert "S1-REP-1" in repr(person)
    assert "<table" in person._repr_html_()


def test_dates_of_a_frame_are_taken_as_days(graph: gs.Graph) -> None:
    held = {"kind": "principal", "holder": "S1-OWNER", "enterprise": "91530000MATEXT01X1"}
    ties = pd.DataFrame([{**held, "valid_from": pd.Timestamp("2012-01-01")}])
    assert not graph.what_if({"ties": ties}, at=DAY, packs=YUNNAN).verdicts.empty


def test_changing_a_frame_changes_no_answer(graph: gs.Graph) -> None:
    trace = graph.trace("S1-RECORD", at=DAY, packs=YUNNAN)
    trace.persons.attrs["packs"].append("mine")
    assert trace.to_dict()["packs"] == [{"id": "cn-yunnan-2016", "version": "1"}]
