"""What the province's authorities found: records, findings, events; and sanctions listings.

Seven records for a hundred enterprises (more in a small province).  Where the head has changed, acts are laid around the change,
so that who held the office at the act, at the decision and today are often three answers.  Seven of ten decisions lie between
November 2016 and November 2020; in one of five records the act is vague; one of thirty has no instrument (a lead).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from benchmarks.province_cells import DAYS, OPEN, UNKNOWN, around, month, on, taken
from benchmarks.province_draws import Dice, Flags, Ints, rows
from benchmarks.province_offices import NOBODY, Offices
from benchmarks.province_subjects import END, Enterprises, Layout
from graph_service.model.rows import TABLES
from graph_service.model.words import EVENTS, FINDINGS, SEVERITIES
from graph_service.sample.dishonesty import OFFENCES
from graph_service.sample.names import REGIONS, TRADES

FEWEST = 60
"""Records of a small province, so that all that can become of one is there."""

_FIRST = date(2016, 11, 14).toordinal()
_LAST = date(2020, 11, 20).toordinal()
_TOPICS = tuple(OFFENCES)
_GENERAL = [_TOPICS.index(topic) for topic in ("tax", "procurement", "trade", "fraud", "fine", "debt", "debt", "debt")]
_OF_TRADE = np.array([_TOPICS.index(topic) if topic in OFFENCES else -1 for _, _, topic in TRADES])
_REGIMES = ("us-ofac", "eu", "uk-ofsi")


@dataclass(frozen=True, slots=True)
class Records:
    """What findings and events need of the records; ``enterprise`` is whose people they are, also of a record on a person."""

    enterprise: Ints
    begin: Ints
    decided: Ints
    performed: Flags
    on_person: Flags
    head_then: Ints

    @property
    def at(self) -> Ints:
        """The rows."""
        return rows(len(self.enterprise))


def _ids(at: Ints) -> pl.Series:
    texts = pl.DataFrame({"at": at + 1}).select(pl.concat_str(pl.lit("R"), pl.col("at").cast(pl.String).str.zfill(7)).alias("id"))
    return texts["id"]


def _table(name: str, count: int, cells: dict[str, pl.Series]) -> pl.DataFrame:
    """A table whose other columns are empty."""
    columns = TABLES[name].columns
    return pl.DataFrame({column: cells[column] if column in cells else pl.repeat("", count, eager=True) for column in columns})


def records(dice: Dice, plan: Layout, found: Enterprises, offices: Offices, keys: pl.Series) -> tuple[pl.DataFrame, Records]:
    """The table of records, and what follows them needs."""
    count = max(plan.enterprises * 7 // 100, min(FEWEST, plan.enterprises // 3))
    at = rows(count)
    enterprise = _recorded(dice, plan, offices, at)
    changed = _changed_then(offices, enterprise)
    begin = np.where(
        (changed != 0) & dice.chance("record/around", at, 700),
        changed - dice.between("record/before", at, 1, 120),
        dice.between("record/begin", at, _FIRST - 700, _LAST - 250),
    )
    begin = np.maximum(begin, found.opened[enterprise] + 1)
    end = begin + dice.between("record/lasts", at, 1, 200)
    decided = end + dice.between("record/decided", at, 20, 300)
    late = (decided < _FIRST) | dice.chance("record/late", at, 100)
    low = np.maximum(_LAST, end + 20)
    decided = np.where(late, dice.between("record/later", at, low, np.maximum(END - 30, low)), decided)

    topic = _OF_TRADE[found.trade[enterprise]]
    topic = np.where((topic >= 0) & dice.chance("record/trade", at, 600), topic, dice.pick("record/topic", at, _GENERAL))
    on_person = dice.chance("record/person", at, 40) & (offices.head[enterprise] != NOBODY)
    own = np.where(dice.chance("record/debt", at, 850), _TOPICS.index("debt"), _TOPICS.index("defence"))
    topic = np.where(on_person, own, topic)
    subject = np.where(on_person, offices.head[enterprise], enterprise)

    act_from, act_to = _acts(dice, at, begin, end)
    decision = np.where(dice.chance("record/month", at, 25), month(decided), on(decided))
    lead = dice.chance("record/lead", at, 35)
    severity = np.where(on_person, 0, dice.pick("record/severity", at, [0] * 8 + [1, 2]))
    offences = tuple(OFFENCES.values())
    outcomes = [(number, word) for number, one in enumerate(offences) for word in one.outcomes]
    first = np.array(
        [next(place for place, (number, _) in enumerate(outcomes) if number == wanted) for wanted in range(len(offences))]
    )
    many = np.array([len(one.outcomes) for one in offences])
    outcome = first[topic] + dice.below("record/outcome", at, many[topic])
    family = np.where(dice.chance("record/family", at, 990), topic, len(offences))
    amount = np.where(dice.chance("record/amount", at, 600), dice.between("record/sum", at, 1, 400) * 5000, 0)
    table = _table(
        "records",
        count,
        {
            "id": _ids(at),
            "subject": taken(keys, subject),
            "family": taken(pl.Series([one.family for one in offences] + [""]), family),
            "behaviour": taken(pl.Series([one.behaviour for one in offences]), topic),
            "severity": taken(pl.Series(SEVERITIES), severity),
            "act_from": taken(DAYS, act_from),
            "act_to": taken(DAYS, act_to),
            "decided_on": taken(DAYS, decision),
            "authority": taken(pl.Series([one.authority for one in offences]), topic),
            "instrument_no": _instruments(dice, at, topic, decided, lead),
            "region": taken(pl.Series([region for region, _ in REGIONS]), found.region[enterprise]),
            "amount": _amounts(amount),
            "outcome": taken(pl.Series([word for _, word in outcomes]), outcome),
        },
    )
    performed = np.array([one.family == "refusing_obligations" for one in offences])[topic] | on_person
    return table, Records(enterprise, begin, decided, performed, on_person, _head_on(offices, enterprise, begin))


def _recorded(dice: Dice, plan: Layout, offices: Offices, at: Ints) -> Ints:
    """The enterprises on record: spread over all of them; of two that are drawn the one that changed its head; some twice."""
    low, high = at * plan.enterprises // len(at), (at + 1) * plan.enterprises // len(at)
    one, other = (low + dice.below(f"record/of/{name}", at, high - low) for name in ("one", "other"))
    chosen = np.where(_changed_then(offices, one) == 0, other, one)
    again = (at > 0) & dice.chance("record/again", at, 150)
    return np.where(again, chosen[np.maximum(at - 1, 0)], chosen)


def _changed_then(offices: Offices, enterprise: Ints) -> Ints:
    """The day in the years of most records on which the head of an enterprise changed; 0 for none."""
    days = [change[enterprise] for change in offices.changes]
    inside = [np.where((day > _FIRST - 500) & (day < _LAST - 200), day, 0) for day in days]
    return np.where(inside[0] != 0, inside[0], inside[1])


def _head_on(offices: Offices, enterprise: Ints, day: Ints) -> Ints:
    first, second = (change[enterprise] for change in offices.changes)
    heads = [head[enterprise] for head in offices.heads]
    return np.select([(second != 0) & (second <= day), (first != 0) & (first <= day)], [heads[2], heads[1]], heads[0])


def _acts(dice: Dice, at: Ints, begin: Ints, end: Ints) -> tuple[Ints, Ints]:
    """The act as a record has it: mostly two days, at times one, in one of five records a month, a range, or unknown."""
    roll = dice.below("record/act", at, 20)
    start = np.select(
        [roll == 0, roll == 1, roll == 2, roll == 3],
        [np.full(len(at), OPEN), np.full(len(at), UNKNOWN), month(begin), around(begin, np.zeros_like(begin))],
        on(begin),
    )
    return start, np.select([roll == 0, roll == 4], [np.full(len(at), OPEN), on(begin)], on(end))


def _instruments(dice: Dice, at: Ints, topic: Ints, decided: Ints, lead: Flags) -> pl.Series:
    cells = pl.DataFrame(
        {
            "prefix": taken(pl.Series([one.prefix for one in OFFENCES.values()]), topic),
            "year": taken(DAYS, on(decided)).str.slice(0, 4),
            "number": dice.between("record/number", at, 1, 999),
            "lead": lead,
        }
    )
    text = pl.concat_str("prefix", pl.lit("〔"), "year", pl.lit("〕"), pl.col("number").cast(pl.String), pl.lit("号"))
    return cells.select(pl.when("lead").then(pl.lit("")).otherwise(text).alias("cell"))["cell"]


def _amounts(amount: Ints) -> pl.Series:
    text = pl.when(pl.col("amount") > 0).then(pl.col("amount").cast(pl.String)).otherwise(pl.lit(""))
    return pl.DataFrame({"amount": amount}).select(text.alias("cell"))["cell"]


def findings(dice: Dice, offices: Offices, told: Records, keys: pl.Series) -> pl.DataFrame:
    """Whom the decisions name: the head of the time, a director, a practitioner, whoever organised it."""
    at = told.at[~told.on_person]
    of = told.enterprise[at]
    word = {name: FINDINGS.index(name) for name in FINDINGS}
    head = dice.pick("finding/head", at, [word["personally_responsible"], word["directly_responsible"], word["knew"]])
    parts = [
        (told.head_then[at], head, dice.chance("finding/names/head", at, 450)),
        (offices.director[of], np.full(len(at), word["directly_responsible"]), dice.chance("finding/names/director", at, 400)),
        (
            offices.practitioner[of],
            np.full(len(at), word["directly_responsible"]),
            dice.chance("finding/names/practitioner", at, 600),
        ),
        (offices.head[of], np.full(len(at), word["organised"]), dice.chance("finding/names/last", at, 60)),
    ]
    named = [(at[yes & (who != NOBODY)], who[yes & (who != NOBODY)], what[yes & (who != NOBODY)]) for who, what, yes in parts]
    record, person, finding = (np.concatenate([part[column] for part in named]) for column in range(3))
    whole = pl.DataFrame({"record": record, "person": person, "finding": finding}).unique(
        ["record", "person"], keep="first", maintain_order=True
    )
    record, person, finding = (whole[name].to_numpy() for name in whole.columns)
    apart = record * len(FINDINGS) + finding
    later = told.decided[record] + dice.between("finding/day", apart, 5, 60)
    found_on = np.where(dice.chance("finding/later", apart, 150), on(later), OPEN)
    return _table(
        "findings",
        len(record),
        {
            "record": _ids(record),
            "person": taken(keys, person),
            "finding": taken(pl.Series(FINDINGS), finding),
            "found_on": taken(DAYS, found_on),
        },
    )


def events(dice: Dice, offices: Offices, told: Records, keys: pl.Series) -> pl.DataFrame:
    """What moved the records on: objections and their answers, repair or performance, appeals."""
    at = told.at
    roll = dice.below("event", at, 100)
    word = {name: EVENTS.index(name) for name in EVENTS}
    rows_of: list[tuple[Ints, Ints, Ints, Ints]] = []

    def add(chosen: Ints, kind: Ints | int, day: Ints, person: Ints) -> None:
        seen = day < END
        rows_of.append((chosen[seen], np.broadcast_to(np.asarray(kind), chosen.shape)[seen], day[seen], person[seen]))

    head = offices.head[told.enterprise]
    some = at[roll < 18]
    who = np.where(dice.chance("event/objects", some, 250), head[some], NOBODY)
    lodged = told.decided[some] + dice.between("event/lodged", some, 5, 60)
    add(some, word["objection_lodged"], lodged, who)
    answer = dice.pick(
        "event/answer", some, [word["objection_rejected"], word["objection_rejected"], word["objection_upheld"], -1]
    )
    answered = answer >= 0
    add(some[answered], answer[answered], (lodged + dice.between("event/answered", some, 7, 90))[answered], who[answered])
    some = at[(roll >= 18) & (roll < 40)]
    kind = np.where(told.performed[some], word["performed"], word["repaired"])
    who = np.where(told.performed[some] | dice.chance("event/all", some, 750), NOBODY, head[some])
    add(some, kind, told.decided[some] + dice.between("event/exit", some, 60, 900), who)
    some = at[(roll >= 40) & (roll < 45)]
    nobody = np.full(len(some), NOBODY)
    add(some, word["appealed"], told.decided[some] + dice.between("event/appealed", some, 5, 60), nobody)
    kind = dice.pick("event/appeal", some, [word["annulled"], word["stayed"]])
    add(some, kind, told.decided[some] + dice.between("event/judged", some, 90, 400), nobody)

    record, kind, day, person = (np.concatenate([part[column] for part in rows_of]) for column in range(4))
    with_nobody = pl.concat([keys, pl.Series("key", [""])])
    return _table(
        "events",
        len(record),
        {
            "record": _ids(record),
            "kind": taken(pl.Series(EVENTS), kind),
            "on": taken(DAYS, on(day)),
            "person": taken(with_nobody, np.where(person == NOBODY, len(keys), person)),
        },
    )


def listings(dice: Dice, plan: Layout, keys: pl.Series) -> pl.DataFrame:
    """Sanctions listings: of every third subject abroad, of a few enterprises of the province and of a few persons."""
    abroad = plan.enterprises + rows(plan.abroad)[::3]
    home = plan.hubs + rows(1 + plan.enterprises // 1500) * 1400 % (plan.enterprises - plan.hubs)
    persons = plan.person_first + rows(1 + plan.enterprises // 3000) * 2900 % plan.persons
    subject = np.unique(np.concatenate([abroad, home, persons]))
    first = dice.between("listing/first", subject, date(2014, 3, 1).toordinal(), date(2024, 6, 30).toordinal())
    until = np.where(dice.chance("listing/ends", subject, 150), first + dice.between("listing/lasts", subject, 400, 2000), 0)
    parts = []
    for place in range(len(_REGIMES)):
        name = f"listing/{place}"
        chosen = dice.chance(name, subject, (700, 500, 400)[place])
        since = first[chosen] + dice.between(f"{name}/after", subject[chosen], 0, 30)
        cell = np.where(dice.chance(f"{name}/unknown", subject[chosen], 30), UNKNOWN, on(since))
        parts.append((subject[chosen], np.full(int(chosen.sum()), place), cell, on(until[chosen])))
    who, regime, start, end = (np.concatenate([part[column] for part in parts]) for column in range(4))
    number = dice.between("listing/number", who * len(_REGIMES) + regime, 1000, 9999)
    instrument = pl.DataFrame({"number": number}).select(
        pl.concat_str(pl.lit("SAMPLE-"), pl.col("number").cast(pl.String)).alias("cell")
    )
    return _table(
        "listings",
        len(who),
        {
            "subject": taken(keys, who),
            "regime": taken(pl.Series(_REGIMES), regime),
            "listed_from": taken(DAYS, start),
            "listed_to": taken(DAYS, end),
            "instrument_no": instrument["cell"],
        },
    )
