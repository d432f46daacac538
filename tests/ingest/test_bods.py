"""BODS 0.4: what each statement becomes, what is rejected, and that order and repetition change nothing."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

import pytest

from graph_service.ingest import load
from graph_service.ingest.bods import streams
from graph_service.messages import InputError
from graph_service.model.facts import Fact, Subject, SubjectKind, Tie
from tests.ingest.helpers import fixture, held, ledger, lines, rejected, take

Json = dict[str, Any]
# The parts of a statement that are not read, so that a fault in them rejects nothing.
UNREAD = (
    ".addresses", ".alternateNames", ".formedByStatute", ".uri", ".publicListing", ".entityType.details", ".entityType.subtype",
    ".politicalExposure", ".placeOfBirth", ".taxResidencies", ".familyName", ".givenName", ".patronymicName",
    ".componentRecords", ".beneficialOwnershipOrControl", ".annotations", ".declaration", ".source.description",
    ".source.retrievedAt", ".source.type", ".source.url", ".publicationDetails",
)  # fmt: skip
# What is read more mildly than the schema says: years and months are dates, ids may be of any length, one statement is an array.
MILDER = {
    "entity_founding_date_not_date.json",
    "relationship_interests_end_date_dateformat.json",
    "statement_statementId_too_long.json",
    "statement_statementId_too_short.json",
    "statements_not_array.json",
}


def statement(kind: str, record: str, details: Json, **more: Any) -> Json:
    return {
        "statementId": f"statement-of-{record}-0000000000000000",
        "recordId": record,
        "declarationSubject": record,
        "recordType": kind,
        "recordStatus": "new",
        "statementDate": "2024-01-01",
        "recordDetails": {"isComponent": False, **details},
        **more,
    }


def entity(record: str, *identifiers: tuple[str, str], **details: Any) -> Json:
    given = [{"scheme": scheme, "id": number} for scheme, number in identifiers]
    return statement("entity", record, {"entityType": {"type": "registeredEntity"}, "identifiers": given, **details})


def person(record: str, name: str, **details: Any) -> Json:
    names = [{"type": "legal", "fullName": name}]
    return statement("person", record, {"personType": "knownPerson", "names": names, **details})


def relation(record: str, subject: Any, party: Any, *interests: Json, **more: Any) -> Json:
    details: Json = {"subject": subject, "interestedParty": party}
    return statement("relationship", record, {**details, **({"interests": list(interests)} if interests else {})}, **more)


def bods(tmp_path: Path, *statements: Any, name: str = "x.json") -> tuple[set[Fact], list[dict[str, str]]]:
    path = tmp_path / name
    path.write_text(json.dumps(statements), "utf-8")
    _, store, rejects = take(path)
    return held(store), rejects


def ties(facts: set[Fact]) -> dict[str, Tie]:
    return {fact.id: fact for fact in facts if isinstance(fact, Tie)}


def subjects(facts: set[Fact]) -> dict[str, Subject]:
    return {fact.id: fact for fact in facts if isinstance(fact, Subject)}


def one_tie(tmp_path: Path, *interests: Json, **more: Any) -> Tie:
    facts, rejects = bods(tmp_path, relation("r", "e", "p", *interests, **more))
    assert not rejects
    (tie,) = ties(facts).values()
    return tie


def test_the_published_slice_is_taken_whole_and_merges_one_company_told_twice(tmp_path: Path) -> None:
    path = fixture("bods_uk_gleif", "all_demo.jsonl")
    store = ledger()
    report = load([path], store, rejects=tmp_path / "none.csv")
    assert {table: counts.taken for table, counts in report.tables.items()} == {"enterprises": 482, "persons": 18, "ties": 1256}
    assert [(notice.code, notice.values["count"]) for notice in report.notices] == [("notice_merged", 38)]
    assert (report.total.rejected, report.rejects) == (0, None)
    position = store.last()
    again = load([path], store, rejects=tmp_path / "none.csv")
    assert (again.total.unchanged, again.total.taken, again.total.corrected) == (1756, 0, 0)
    assert store.last() == position
    sources = {fact.source for fact in held(store) if isinstance(fact, Tie)}
    assert sources == {"download.companieshouse.gov.uk", "gleif.org"}


def test_the_order_of_statements_changes_no_fact(tmp_path: Path) -> None:
    lines_ = fixture("bods_uk_gleif", "all_demo.jsonl").read_text("utf-8").splitlines()
    random.Random(7).shuffle(lines_)
    (tmp_path / "mixed.jsonl").write_text("\n".join(lines_), "utf-8")
    _, mixed, _ = take(tmp_path / "mixed.jsonl")
    store = ledger()
    load([fixture("bods_uk_gleif", "all_demo.jsonl")], store, rejects=tmp_path / "none.csv")
    assert held(mixed) == held(store)


def test_valid_examples_are_taken(tmp_path: Path) -> None:
    folder = fixture("bods_v04_examples")
    for path in (*folder.glob("*.json"), *folder.glob("valid-statements/*.json"), *fixture("bods_v04_fixtures").rglob("*.json")):
        report = load([path], ledger(), rejects=tmp_path / "rejects.csv")
        assert (report.total.rejected, report.form) == (0, "bods"), path.name
        assert report.total.taken


def test_invalid_examples_are_rejected_at_the_path_that_is_wrong(tmp_path: Path) -> None:
    folder = fixture("bods_v04_examples", "invalid-statements")
    with (folder / "expected_errors.csv").open(encoding="utf-8") as file:
        expected = {name: (place.strip(), field.strip()) for name, _, place, field in csv.reader(file)}
    assert len(expected) > 150
    for name, (place, field) in expected.items():
        report = load([folder / name], ledger(), rejects=tmp_path / "rejects.csv", form="bods")
        if name in MILDER or any(part in place for part in UNREAD):
            continue
        (reject,) = rejected(report)
        wrong = place.removeprefix("$[0]")
        assert reject["column"].removeprefix("$") in (wrong, f"{wrong}.{field}"), name
        assert reject["reason"], name


def test_direct_ownership_keeps_shares_and_votes_apart(tmp_path: Path) -> None:
    store = ledger()
    load([fixture("bods_v04_fixtures", "core", "01-direct-ownership.json")], store, rejects=tmp_path / "none.csv")
    found = sorted((tie.kind, tie.holder, tie.enterprise, str(tie.share)) for tie in ties(held(store)).values())
    assert [(kind, share) for kind, _, _, share in found] == [("shareholder", "75"), ("voting_rights", "75")]
    assert {company for _, _, company, _ in found} == {"GB-COH-10000001"}


def test_both_sides_of_a_circle_are_kept(tmp_path: Path) -> None:
    store = ledger()
    load([fixture("bods_v04_fixtures", "edge-cases", "10-circular-ownership.json")], store, rejects=tmp_path / "none.csv")
    pairs = {(tie.holder, tie.enterprise) for tie in ties(held(store)).values()}
    assert len(pairs) == 2
    assert {(b, a) for a, b in pairs} == pairs


def test_a_declared_unknown_owner_is_a_party_that_is_no_person(tmp_path: Path) -> None:
    store = ledger()
    load([fixture("bods_v04_fixtures", "edge-cases", "11-anonymous-person.json")], store, rejects=tmp_path / "none.csv")
    facts = held(store)
    party = subjects(facts)["unspecified:rec-rel-opaque-no-ubo"]
    assert party.kind is SubjectKind.UNSPECIFIED
    assert party.note.startswith("subjectUnableToConfirmOrIdentifyBeneficialOwner: The subject entity has reported")
    assert not [fact for fact in subjects(facts).values() if fact.kind is SubjectKind.PERSON]
    (tie,) = ties(facts).values()
    assert (tie.kind, tie.title, tie.holder) == ("other_interest", "unspecified", party.id)


def test_parties_that_are_both_unspecified_stay_two(tmp_path: Path) -> None:
    facts, _ = bods(tmp_path, relation("r", {"reason": "unknown"}, {"reason": "noBeneficialOwners"}))
    assert {subject.note for subject in subjects(facts).values()} == {"unknown", "noBeneficialOwners"}


@pytest.mark.parametrize(
    ("share", "text"),
    [
        ({"exact": 75.0}, "75"),
        ({"exact": 33.33}, "33.33"),
        ({"exact": 0.1}, "0.1"),
        ({"exact": 100}, "100"),
        ({"minimum": 75.0, "maximum": 100.0}, ">=75"),
        ({"minimum": 25, "maximum": 50}, "25-50"),
        ({"exclusiveMinimum": 25, "maximum": 50}, "(25,50]"),
        ({"exclusiveMinimum": 25, "exclusiveMaximum": 50}, "(25,50)"),
        ({"minimum": 25, "exclusiveMinimum": 25, "maximum": 50}, "(25,50]"),
        ({"exclusiveMaximum": 5}, "<5"),
        ({"exact": 30, "minimum": 30, "maximum": 30}, "30"),
        ({}, ""),
    ],
)
def test_shares_are_exact(tmp_path: Path, share: Json, text: str) -> None:
    assert str(one_tie(tmp_path, {"type": "shareholding", "share": share}).share) == text


@pytest.mark.parametrize(
    ("share", "column"),
    [
        ({"exact": 101}, ".exact"),
        ({"exact": -1}, ".exact"),
        ({"exact": "75"}, ".exact"),
        ({"exact": True}, ".exact"),
        ({"exact": 1e-300}, ".exact"),
        ({"minimum": 50, "maximum": 25}, ""),
        ({"minimum": 50, "exclusiveMaximum": 50}, ""),
        ({"exact": 60, "maximum": 50}, ""),
    ],
)
def test_a_share_that_cannot_be_is_rejected_with_its_path(tmp_path: Path, share: Json, column: str) -> None:
    facts, rejects = bods(tmp_path, relation("r", "e", "p", {"type": "shareholding", "share": share}))
    assert not facts
    assert rejects[0]["column"] == f"$.recordDetails.interests[0].share{column}"


@pytest.mark.parametrize("number", ["1e999999", "1e99999999999999999999", "NaN", "Infinity", "9" * 5000, "1e-999999999"])
def test_numbers_beyond_measure_are_rejects(tmp_path: Path, number: str) -> None:
    text = json.dumps(relation("r", "e", "p", {"type": "shareholding", "share": {"exact": 1234567}}))
    (tmp_path / "x.jsonl").write_text(f"{json.dumps(entity('e'))}\n{text.replace('1234567', number)}\n")
    report, _, rejects = take(tmp_path / "x.jsonl")
    assert (report.total.taken, lines(rejects)) == (1, [2])


@pytest.mark.parametrize(
    ("interest", "kind", "title"),
    [
        ({"type": "shareholding", "details": "class A"}, "shareholder", "class A"),
        ({"type": "shareholding", "directOrIndirect": "unknown"}, "shareholder", ""),
        ({"type": "votingRights"}, "voting_rights", ""),
        ({"type": "appointmentOfBoard"}, "appoints_board", ""),
        ({"type": "otherInfluenceOrControl"}, "influence", ""),
        ({"type": "seniorManagingOfficial"}, "senior_manager", ""),
        ({"type": "boardMember"}, "director", ""),
        ({"type": "boardChair"}, "director", "boardChair"),
        ({"type": "nominee"}, "nominee_for", "nominee"),
        ({"type": "nominator"}, "nominee_for", "nominator"),
        ({"type": "trustee", "details": "of  a\ntrust"}, "other_interest", "trustee: of a trust"),
        ({"type": "shareholding", "directOrIndirect": "indirect"}, "other_interest", "indirect shareholding"),
        ({"share": {"exact": 10}}, "other_interest", "unspecified"),
    ],
)
def test_interests_become_ties(tmp_path: Path, interest: Json, kind: str, title: str) -> None:
    tie = one_tie(tmp_path, interest)
    assert (tie.kind, tie.title, tie.holder, tie.enterprise) == (kind, title, "p", "e")


def test_a_long_title_is_shortened_without_losing_the_type(tmp_path: Path) -> None:
    tie = one_tie(tmp_path, {"type": "settlor", "details": "x" * 5000})
    assert tie.title.startswith("settlor: xxx")
    assert len(tie.title) == 200


@pytest.mark.parametrize(
    ("interest", "status", "start", "end"),
    [
        ({}, "new", "?", ""),
        ({"startDate": "2020-05-01"}, "new", "2020-05-01", ""),
        ({"startDate": "2020-05"}, "new", "2020-05-01..2020-05-31", ""),
        ({"startDate": "2020-05-01", "endDate": "2021-01-01"}, "closed", "2020-05-01", "2021-01-01"),
        ({"startDate": "2024-01-01", "endDate": "2024-06-01"}, "closed", "2024-01-01", "2024-06-01"),
        ({"startDate": "2020-05-01"}, "closed", "2020-05-01", "2020-05-02..2024-01-01"),
        ({}, "closed", "?", "..2024-01-01"),
        ({"startDate": "2024-01-01"}, "closed", "2024-01-01", "2024-01-02.."),
        ({"startDate": "2020-05-01", "endDate": "2020-05-01"}, "updated", "2020-05-01", "2020-05-02"),
    ],
)
def test_dates_of_interests(tmp_path: Path, interest: Json, status: str, start: str, end: str) -> None:
    tie = one_tie(tmp_path, {"type": "shareholding", **interest}, recordStatus=status)
    assert (str(tie.valid.start), str(tie.valid.end)) == (start, end)


@pytest.mark.parametrize(
    "wrong", [{"startDate": "2024-13-45"}, {"startDate": "?"}, {"startDate": "2021-01-01", "endDate": "2020-01-01"}]
)
def test_dates_that_cannot_be_are_rejected(tmp_path: Path, wrong: Json) -> None:
    facts, rejects = bods(tmp_path, relation("r", "e", "p", {"type": "shareholding", **wrong}))
    assert not facts
    assert rejects[0]["column"].startswith("$.recordDetails.interests[0].")


def test_ids_of_ties_do_not_hang_on_the_order_of_interests(tmp_path: Path) -> None:
    interests = [{"type": "shareholding", "share": {"exact": n}} for n in (5, 7)] + [{"type": "votingRights"}]
    there, _ = bods(tmp_path, relation("r", "e", "p", *interests))
    back, _ = bods(tmp_path, relation("r", "e", "p", *reversed(interests)))
    assert there == back
    assert set(ties(there)) == {"r#shareholding", "r#shareholding.2", "r#votingRights"}


def test_entities_of_one_company_number_or_lei_are_one_subject(tmp_path: Path) -> None:
    lei = ("XI-LEI", "2138004C9R5QI9R5YH02")
    older = entity("a", ("GB-COH", "8584210"), name="Old Name", foundingDate="2013-06-25")
    newer = {**entity("b", ("GB-COH", " 08584210"), lei, name="New Name"), "statementDate": "2024-06-01"}
    alone = entity("c", ("XI-LEI", "391200GAL2O80LVLFJ24"))
    facts, _ = bods(tmp_path, newer, older, alone, relation("r", "a", "b", {"type": "shareholding"}))
    assert set(subjects(facts)) == {"GB-COH-08584210", "XI-LEI-391200GAL2O80LVLFJ24"}
    company = subjects(facts)["GB-COH-08584210"]
    assert (company.name, str(company.opened_on)) == ("New Name", "2013-06-25")
    assert ties(facts)["r#shareholding"].holder == ties(facts)["r#shareholding"].enterprise == company.id


def test_numbers_that_are_unique_only_within_a_court_merge_nobody(tmp_path: Path) -> None:
    facts, _ = bods(tmp_path, entity("a", ("DE-CR", "HRB 1")), entity("b", ("DE-CR", "HRB 1")))
    assert set(subjects(facts)) == {"a", "b"}


def test_a_chinese_entity_is_known_by_its_credit_code(tmp_path: Path) -> None:
    facts, _ = bods(tmp_path, entity("a", ("CN-SAIC", "91530000MATEXT01X1")), entity("b", ("CN-SAIC", "91530000MATEXT01X2")))
    assert set(subjects(facts)) == {"91530000MATEXT01X1", "b"}


def test_persons_of_one_name_stay_two(tmp_path: Path) -> None:
    facts, _ = bods(tmp_path, person("p1", "Ann Example"), person("p2", "Ann Example"))
    assert set(subjects(facts)) == {"p1", "p2"}


def test_the_latest_statement_of_a_record_counts_wherever_it_stands(tmp_path: Path) -> None:
    first = entity("a", name="First")
    later = {**entity("a", name="Later"), "statementDate": "2024-02-01T10:00:00+08:00", "statementId": "another" * 6}
    closed = {**later, "recordStatus": "closed", "statementId": "a closing" * 5}
    for order in ([first, later, closed], [closed, first, later]):
        facts, _ = bods(tmp_path, *order)
        (company,) = subjects(facts).values()
        assert (company.name, str(company.closed_on)) == ("Later", "..2024-02-01")


def test_a_dissolved_entity_ends_on_its_day(tmp_path: Path) -> None:
    closed = {**entity("a", foundingDate="2010", dissolutionDate="2023-10-17"), "recordStatus": "closed"}
    facts, _ = bods(tmp_path, closed)
    (company,) = subjects(facts).values()
    assert (str(company.opened_on), str(company.closed_on)) == ("2010-01-01..2010-12-31", "2023-10-17")


def test_a_statement_that_stands_twice_is_repeated(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps([entity("a"), entity("a")]))
    report, _, _ = take(tmp_path / "x.json")
    assert (report.total.taken, report.total.repeated) == (1, 1)


def test_an_identity_number_is_kept_as_a_hash_only(tmp_path: Path) -> None:
    number = "360426199101010071"
    given = [{"scheme": "CHN-IDCARD", "id": number}]
    good, bad = (
        person("p", "Ann Example", identifiers=given),
        person("q", "Ann Example", identifiers=[{**given[0], "id": number[:-1] + "2"}]),
    )
    (tmp_path / "x.json").write_text(json.dumps([good, bad]))
    _, store, rejects = take(tmp_path / "x.json")
    assert subjects(held(store))["p"].id_hash == store.identity_hash("resident_id", number)
    assert rejects[0]["column"] == "$.recordDetails.identifiers[0].id"
    assert number[:-1] not in (tmp_path / "rejected.csv").read_text()


def test_people_whose_identity_is_withheld_are_people(tmp_path: Path) -> None:
    details = {"reason": "interestedPartyExemptFromDisclosure", "description": "a minor"}
    hidden = statement("person", "p", {"personType": "anonymousPerson", "unspecifiedPersonDetails": details})
    facts, _ = bods(tmp_path, hidden)
    (subject,) = subjects(facts).values()
    assert (subject.kind, subject.note) == (SubjectKind.PERSON, "interestedPartyExemptFromDisclosure: a minor")


def test_forms_and_places_of_entities_are_kept(tmp_path: Path) -> None:
    place = {"name": "Delaware", "code": "US-DE"}
    facts, _ = bods(
        tmp_path,
        entity("a", jurisdiction=place),
        entity("b", incorporatedInJurisdiction={"name": "Finland", "code": "FI"}, entityType={"type": "stateBody"}),
        entity("c", entityType={"type": "state"}),
    )
    found = {subject.id: (subject.form, subject.region) for subject in subjects(facts).values()}
    assert found == {"a": ("registered_entity", "US-DE"), "b": ("state_body", "FI"), "c": ("state", "")}


def test_nobody_holds_anything_in_a_person(tmp_path: Path) -> None:
    facts, rejects = bods(tmp_path, person("p", "Ann Example"), person("q", "Bob Example"), relation("r", "p", "q"))
    assert not ties(facts)
    assert rejects[0]["column"] == "$.recordDetails.subject"


def test_a_broken_line_costs_itself_only(tmp_path: Path) -> None:
    good = json.dumps(entity("a"))
    parts = [good, good[:50], "[" * 100_000, '"text"', good.replace('"a"', '"b"'), good.replace("registered", "甲")]
    data = "\n".join(parts).encode() + b"\n\xff\xfe\n\n" + good.replace('"a"', '"c\\ud800"').encode()
    (tmp_path / "x.jsonl").write_bytes(data)
    report, store, rejects = take(tmp_path / "x.jsonl")
    assert set(subjects(held(store))) == {"a", "b"}
    assert sorted(lines(rejects)) == [2, 3, 4, 6, 7, 9]
    assert report.total.rejected == 6


def test_a_line_over_the_limit_is_rejected_with_its_length(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "STATEMENT_LIMIT", 1000)
    (tmp_path / "x.jsonl").write_text(
        f"{json.dumps(entity('a'))}\n{json.dumps(entity('b', name='x' * 3000))}\n{json.dumps(entity('c'))}"
    )
    report, _, rejects = take(tmp_path / "x.jsonl")
    assert (report.total.taken, lines(rejects)) == (2, [2])


def test_an_array_longer_than_the_window_is_read_as_a_stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "STATEMENT_LIMIT", 1000)
    monkeypatch.setattr(streams, "_CHUNK", 100)
    statements = [entity(f"e{n}", name="名" * (n % 50)) for n in range(100)]
    (tmp_path / "x.json").write_text(json.dumps(statements, indent=1, ensure_ascii=False), "utf-8")
    report, _, _ = take(tmp_path / "x.json")
    assert report.total.taken == 100


@pytest.mark.parametrize(
    "text", ['[{"recordType": "entity"}, {', '[{"recordType": "entity"} {}]', '[{"recordType": "entity"}] x']
)
def test_an_array_that_breaks_off_stops_the_load_before_it_begins(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text.replace('"entity"', '"entity", "recordId": "e"'))
    store = ledger()
    with pytest.raises(InputError, match="line 1"):
        load([tmp_path / "x.json"], store)
    assert store.last().number == 0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "file_empty"),
        ('{"id": "x", "schema": "Person"}', "bods_unlike"),
        ('[{"statementID": "x", "statementType": "entityStatement"}]', "bods_old"),
        ("42", "bods_unlike"),
    ],
)
def test_json_that_is_no_bods_is_said_to_be_none(tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(InputError) as caught:
        load([tmp_path / "x.json"], ledger())
    assert caught.value.code == code


def test_two_forms_are_not_loaded_together(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps([entity("a")]))
    (tmp_path / "ties.csv").write_text("kind,holder,enterprise\n")
    with pytest.raises(InputError, match="one after the other"):
        load([tmp_path / "x.json", tmp_path / "ties.csv"], ledger())


def test_rejected_statements_say_their_line_and_keep_their_text(tmp_path: Path) -> None:
    wrong = entity("b", entityType={"type": "robot"})
    (tmp_path / "x.json").write_text(json.dumps([entity("a"), wrong], indent=1))
    _, _, rejects = take(tmp_path / "x.json")
    assert json.loads(rejects[0]["row"]) == wrong
    assert (tmp_path / "x.json").read_text().splitlines()[int(rejects[0]["line"]) - 1].strip() == "{"
