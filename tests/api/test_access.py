"""Who sees what: every endpoint for every role and region, and what may not be seen is not in the bytes."""

from __future__ import annotations

import re
import time
from urllib.parse import quote

import pytest

from graph_service.model.facts import fact_id
from tests.api.world import DAY, NAMES, OFFICES, PACK, PEOPLE_A, PEOPLE_B, RECORD_A, RECORD_B, A, B, Town, facts

EVERYBODY = frozenset({*NAMES, "PERSON-UNDESCRIBED"})
REAL_IDS = {key: {fact_id(one) for one in facts() if key in repr(one)} for key in EVERYBODY}
WHY = f"{PACK}:item12-heads:D01:{RECORD_A}:"
OWN = {
    "reader": ((), ()),
    "analyst": ((), ()),
    "officer-a": (PEOPLE_A, ()),
    "officer-a-market": (PEOPLE_A, ()),
    "officer-a-tax": ((), ()),
    "officer-b": ((), (*PEOPLE_B, "PERSON-UNDESCRIBED")),
    "auditor": ((), ()),
    "admin": (EVERYBODY, EVERYBODY),
}
"""Whom each caller may see in clear in answers about A and its record, and in those about B."""


def asked() -> list[tuple[str, dict[str, str], int]]:
    """Every question: its address, its parameters, and whether it is about A (0) or B (1)."""
    found: list[tuple[str, dict[str, str], int]] = []
    for place, (enterprise, record, head) in enumerate(((A, RECORD_A, "PERSON-ALPHA"), (B, RECORD_B, "PERSON-BRAVO"))):
        found += [(f"/v1/enterprises/{one}/{name}", {}, place) for one in (enterprise, record) for name in ENDPOINTS[:2]]
        found += [(f"/v1/enterprises/{enterprise}/related", {"hops": hops}, place) for hops in ("1", "3")]
        found.append((f"/v1/persons/{head}/credit-record", {}, place))
        found.append(("/v1/why-not", {"person": head, "record": record}, place))
        found.append((f"/v1/consequences/{quote(f'{PACK}:item12-heads:D01:{record}:{head}', safe='')}/why", {}, place))
    return found


ENDPOINTS = ("liable-persons", "consequences", "related")


def unseen(body: bytes, said: dict[str, str], path: str, hidden: frozenset[str]) -> list[str]:
    """What of hidden persons is in the bytes of an answer, but for the keys that the caller said."""
    text = body.decode()
    for told in (*said.values(), path):
        text = text.replace(told, "")
    found = [key for key in hidden if key in text and key not in path and key not in said.values()]
    found += [NAMES[key] for key in hidden if key in NAMES and NAMES[key] in text]
    found += [one for key in hidden for one in REAL_IDS[key] if one in text]
    return found + [one for key in hidden for one in (f"C-{key}", f"T-{key}") if one in text]


@pytest.mark.parametrize("who", OFFICES)
@pytest.mark.parametrize("path,more,place", asked())
def test_what_may_not_be_seen_is_not_in_the_bytes(
    shared_town: Town, who: str, path: str, more: dict[str, str], place: int
) -> None:
    answer = shared_town.get(who, path, **more)
    assert answer.status_code in (200, 403)
    hidden = EVERYBODY - frozenset(OWN[who][place])
    assert unseen(answer.content, more, path, hidden) == []
    if who == "auditor" or (who == "reader" and ("persons/" in path or "why-not" in path)):
        assert answer.status_code == 403
        assert not any(key in answer.text for key in EVERYBODY)


@pytest.mark.parametrize("who", [who for who in OFFICES if OWN[who][0]])
def test_own_persons_are_seen_in_clear(shared_town: Town, who: str) -> None:
    rows = shared_town.get(who, f"/v1/enterprises/{A}/liable-persons").json()["persons"]
    assert {row["person"] for row in rows} == set(PEOPLE_A)
    assert {row["name"] for row in rows} == {NAMES[key] for key in PEOPLE_A}
    assert shared_town.get(who, "/v1/persons/PERSON-ALPHA/credit-record").json()["entries"]


def test_masked_persons_are_rows_of_their_own_with_the_same_pseudonym_everywhere(shared_town: Town) -> None:
    clear = shared_town.get("admin", f"/v1/enterprises/{A}/liable-persons").json()["persons"]
    masked = shared_town.get("analyst", f"/v1/enterprises/{A}/liable-persons").json()["persons"]
    assert len(masked) == len(clear)
    assert sorted(row["name"] for row in masked) == sorted(f"{row['name'][0]}**" for row in clear)
    names = {row["person"] for row in masked}
    assert len(names) == len({row["person"] for row in clear})
    assert all(re.fullmatch(r"p~[\w-]{43,}", one) for one in names)
    around = shared_town.get("analyst", f"/v1/enterprises/{A}/related").json()["related"]
    assert names <= {row["subject"] for row in around}
    elsewhere = shared_town.get("analyst", f"/v1/enterprises/{B}/related").json()["related"]
    assert len(names & {row["subject"] for row in elsewhere}) == 1  # the one who is in both


def test_a_pseudonym_can_be_asked_about_and_gives_the_same_record(shared_town: Town) -> None:
    rows = shared_town.get("analyst", f"/v1/enterprises/{A}/liable-persons").json()["persons"]
    head = next(row for row in rows if row["role"] == "legal_representative")
    record = shared_town.get("analyst", f"/v1/persons/{head['person']}/credit-record")
    clear = shared_town.get("admin", "/v1/persons/PERSON-ALPHA/credit-record").json()
    assert [row["code"] for row in record.json()["entries"]] == [row["code"] for row in clear["entries"]] != []
    assert unseen(record.content, {}, "", EVERYBODY) == []
    made = shared_town.get("analyst", f"/v1/enterprises/{A}/consequences").json()["consequences"]
    mine = next(row for row in made if row["subject"] == head["person"] and row["kind"] == "record_entry")
    why = shared_town.get("analyst", f"/v1/consequences/{quote(mine['id'], safe='')}/why")
    assert why.json()["check"] == "holds"
    assert unseen(why.content, {}, "", EVERYBODY) == []
    not_why = shared_town.get("analyst", "/v1/why-not", person=head["person"], record=RECORD_A).json()
    assert any(row["verdict"] == "liable" for row in not_why["rules"])


def test_an_officer_may_use_pseudonyms_of_their_own_persons(shared_town: Town) -> None:
    pseudonym = shared_town.service.masks.pseudonym("PERSON-ALPHA")
    found = shared_town.get("officer-a", f"/v1/persons/{pseudonym}/credit-record").json()
    assert (found["person"], found["name"]) == ("PERSON-ALPHA", NAMES["PERSON-ALPHA"])
    proof = quote(WHY + pseudonym, safe="")
    assert shared_town.get("officer-a", f"/v1/consequences/{proof}/why").json()["check"] == "holds"


@pytest.mark.parametrize("who", ["analyst", "officer-a", "officer-b"])
def test_somebody_unknown_and_somebody_not_to_be_seen_look_alike(shared_town: Town, who: str) -> None:
    hidden = "PERSON-ALPHA" if who == "officer-b" else "PERSON-BRAVO"
    for path in ("/v1/persons/{}/credit-record", "/v1/enterprises/{}/liable-persons", "/v1/enterprises/{}/related"):
        one, other = (shared_town.get(who, path.format(key)) for key in (hidden, "PERSON-XXXXX"))
        assert one.status_code == other.status_code == 200
        same = [re.sub(f"{hidden}|PERSON-XXXXX|d-[0-9a-f]{{32}}", "", answer.text) for answer in (one, other)]
        assert same[0] == same[1]
    one, other = (shared_town.get(who, "/v1/why-not", person=key, record=RECORD_B) for key in (hidden, "PERSON-XXXXX"))
    assert re.sub(f"{hidden}|d-[0-9a-f]{{32}}", "", one.text) == re.sub("PERSON-XXXXX|d-[0-9a-f]{32}", "", other.text)


def test_how_long_an_answer_about_a_person_takes_is_evened_out(shared_town: Town) -> None:
    asked = ("persons/{}/credit-record", "enterprises/{}/liable-persons", "enterprises/{}/related")
    for path in [one.format(key) for one in asked for key in ("PERSON-BRAVO", "PERSON-XXXXX")]:
        begun = time.monotonic()
        shared_town.get("analyst", f"/v1/{path}")
        assert time.monotonic() - begun >= 0.02


def test_a_reader_gets_counts_and_verdicts_without_any_identity(shared_town: Town) -> None:
    answer = shared_town.get("reader", f"/v1/enterprises/{A}/liable-persons")
    found = answer.json()
    assert found["counts"] == {"liable": 3, "candidate": 0}
    assert {(row["person"], row["name"]) for row in found["persons"]} == {("withheld", "**")}
    assert {row["verdict"] for row in found["persons"]} == {"liable", "candidate"} or found["persons"]
    assert "p~" not in answer.text
    assert "f~" not in answer.text


@pytest.mark.parametrize("who", ["officer-a", "admin", "auditor"])
def test_whoever_may_see_persons_must_say_what_for(shared_town: Town, who: str) -> None:
    path = "/v1/log" if who == "auditor" else f"/v1/enterprises/{A}/liable-persons"
    answer = shared_town.get(who, path, purpose=None)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == "X-Purpose"
    assert (
        shared_town.client.get(
            path, params={"purpose": "casework"}, headers={"Authorization": f"Bearer {shared_town.keys[who]}"}
        ).status_code
        == 200
    )


@pytest.mark.parametrize("who", [who for who in OFFICES if who not in ("admin", "officer-a", "officer-b")])
def test_the_feed_of_changes_masks_everybody(shared_town: Town, who: str) -> None:
    answer = shared_town.get(who, "/v1/changes", limit="1000")
    assert answer.status_code == (200 if who in ("analyst", "officer-a-market", "officer-a-tax") else 403)
    assert unseen(answer.content, {}, "", EVERYBODY) == []


@pytest.mark.parametrize("who", ["", *OFFICES])
def test_only_auditors_and_administrators_read_the_log(shared_town: Town, who: str) -> None:
    expected = 401 if not who else 200 if who in ("auditor", "admin") else 403
    assert shared_town.get(who, "/v1/log").status_code == expected


@pytest.mark.parametrize("text", ["nonsense", "gs_00000000_x", "gs__", "a.b.c", "Ünïcode"])
def test_a_key_that_is_none_is_refused_like_any_other(shared_town: Town, text: str) -> None:
    answer = shared_town.client.get(
        f"/v1/enterprises/{A}/liable-persons", headers=[(b"authorization", b"Bearer " + text.encode())]
    )
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert shared_town.service.strangers.take("somebody else") == 0


def test_no_line_of_the_process_log_names_anybody(shared_town: Town) -> None:
    shared_town.get("admin", "/v1/persons/PERSON-ALPHA/credit-record")
    text = repr(shared_town.lines)
    assert "/v1/persons/{id}/credit-record" in text
    assert not any(key in text or NAMES.get(key, key) in text for key in EVERYBODY)
    assert DAY not in text
