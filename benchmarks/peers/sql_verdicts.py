"""Whom every rule reaches for every record, as SQL: see `benchmarks.peers.sql` for what it leaves out.

The law comes in as the tables that the joins read (`graph_service.engine.bulk.law`); spans of days are four columns (the ranges
of start and end) whose closed forms are those of `graph_service.model.interval`.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import polars as pl

from benchmarks.peers import VERDICTS
from benchmarks.peers.frames import records_of
from benchmarks.peers.tables import brought, connected
from graph_service.engine.bulk.cases import cases_of
from graph_service.engine.bulk.law import Law, accepted_frame, askings_frame, law_of, meetings, numbers_of
from graph_service.model.interval import LAST
from graph_service.policy.table import Pack
from graph_service.snapshot.columns import PERSON, UNSPECIFIED, Columns

COLUMNS = ("rec", "rule", "subject", "sure")
"""What is told of a verdict."""

_SPOKEN = """
CREATE OR REPLACE TEMP TABLE spoken AS
SELECT rec, rule, asking, sure AND decided_hi <= $at AND valid_from <= decided_lo AND decided_hi < valid_to AS trigger
FROM records JOIN meetings USING (cls)
WHERE greatest(decided_lo, valid_from) <= least(decided_hi, valid_to - 1, $at)
"""
_ASKS = """
CREATE OR REPLACE TEMP TABLE asks AS
SELECT DISTINCT rec, asking, subject, by_role, by_finding, named, fault, described, asks_act, asks_decision, asks_current,
    act_sl, act_sh, act_el, act_eh, greatest(decided_lo, since) AS d_lo, least(decided_hi, $at, until - 1) AS d_hi
FROM spoken JOIN records USING (rec) JOIN askings USING (asking)
"""
_TARGETS = """
CREATE OR REPLACE TEMP TABLE targets AS
SELECT rec, asking, subject, 0 AS clock, act_sl AS sl, act_sh AS sh, act_el AS el, act_eh AS eh
FROM asks WHERE by_role AND asks_act
UNION ALL
-- Where the rule cannot have spoken the last day lies before the first, and nothing meets it.
SELECT rec, asking, subject, 1, d_lo, d_hi, d_lo + 1, d_hi + 1 FROM asks WHERE by_role AND asks_decision
UNION ALL
SELECT rec, asking, subject, 2, $at, $at, $at + 1, $at + 1 FROM asks WHERE by_role AND asks_current
"""
_HELD = """
CREATE OR REPLACE TEMP TABLE held AS
WITH mortal AS (
    SELECT holder, closed_lo + 1 AS first, least(closed_hi + 1, $last) AS last
    FROM subjects WHERE kind = $person AND closed_lo <> $last
)
SELECT ties.enterprise, ties.kind, holder, start_lo AS a, start_hi AS b,
    coalesce(least(end_lo, first), end_lo) AS c, coalesce(least(end_hi, first), end_hi) AS d,
    coalesce(least(end_hi, last), end_hi) AS until, first IS NULL OR start_hi < first AS sure
FROM ties LEFT JOIN mortal USING (holder)
WHERE enterprise IN (SELECT subject FROM asks) AND kind IN (SELECT kind FROM roles)
    AND (last IS NULL OR start_lo < last)
    AND holder NOT IN (SELECT holder FROM subjects WHERE kind = $unspecified)
"""
_MET = """
CREATE OR REPLACE TEMP TABLE met AS
WITH spans AS (
    SELECT rec, asking, clock, holder, sl, sh, el, eh, a, b, c, d, sure,
        greatest(a, sl) < least(until, eh) AS may, sh < el AS fixed, b < c AS apart,
        greatest(a, c - 1) AS one, least(b, d - 1) AS other, greatest(sl, el - 1) AS first, least(sh, eh - 1) AS last
    FROM targets JOIN roles USING (asking) JOIN held ON held.enterprise = targets.subject AND held.kind = roles.kind
),
cores AS (
    -- The days covered under every reading; none where start and end may fall on the same days and on more than one.
    SELECT *, CASE WHEN apart THEN b WHEN one = other THEN one ELSE 0 END AS low,
        CASE WHEN apart THEN c WHEN one = other THEN one + 1 ELSE 0 END AS high
    FROM spans
)
SELECT *, may AND sure AND CASE
    WHEN NOT fixed THEN low <= first AND high > last
    WHEN apart THEN greatest(b, sh) < least(c, el)
    ELSE sh <= one AND other < el END AS surely
FROM cores
"""
_TOGETHER = """
CREATE OR REPLACE TEMP TABLE together AS
WITH runs AS (
    SELECT rec, asking, clock, holder, low, high, first, last, greatest(first, coalesce(
        max(high) OVER (PARTITION BY rec, asking, clock, holder ORDER BY low, high
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), first)) AS need
    FROM met WHERE NOT fixed AND sure AND high > low
)
SELECT rec, asking, clock, holder FROM runs GROUP BY ALL
HAVING NOT bool_or(low > need AND need <= last) AND max(high) > any_value(last)
"""
_HOLDERS = """
CREATE OR REPLACE TEMP TABLE holders AS
WITH clocks AS (
    SELECT rec, asking, clock, holder, bool_or(may) AS may, bool_or(surely) AS surely FROM met GROUP BY rec, asking, clock, holder
)
SELECT rec, asking, holder, bool_or(may) AS ever,
    bool_and(may AND (surely OR (rec, asking, clock, holder) IN (SELECT (rec, asking, clock, holder) FROM together))) AS always
FROM clocks GROUP BY rec, asking, holder
"""
_FOUND = """
CREATE OR REPLACE TEMP TABLE found AS
SELECT DISTINCT asks.rec, asks.asking, findings.person
FROM asks JOIN findings ON findings.record = asks.rec
    JOIN accepted ON accepted.asking = asks.asking AND accepted.finding = findings.finding
WHERE found_on IS NULL OR found_on <= $at
"""
_REACHED = """
WITH judged AS (
    SELECT rec, asking, holder AS subject, CASE
        WHEN named THEN person IS NOT NULL
        ELSE always AND (NOT fault OR person IS NOT NULL) END AS certain
    FROM holders JOIN asks USING (rec, asking) LEFT JOIN found ON found.rec = holders.rec AND found.asking = holders.asking
        AND found.person = holders.holder
    WHERE ever OR (named AND person IS NOT NULL)
    UNION ALL
    SELECT rec, asking, subject, true FROM asks WHERE NOT by_role AND NOT by_finding AND described <> $unspecified
    UNION ALL
    SELECT rec, asking, person, true FROM found JOIN asks USING (rec, asking)
    WHERE by_finding AND person NOT IN (SELECT holder FROM subjects WHERE kind = $unspecified)
)
SELECT rec, rule, subject, trigger AND certain AS sure FROM spoken JOIN judged USING (rec, asking)
"""


def prepare_verdicts(columns: Columns, packs: Sequence[Pack], day: int) -> duckdb.DuckDBPyConnection:
    """The law and the facts of a run on a day as tables of a database in memory."""
    law = law_of(packs, day)
    cases = cases_of(columns, day, law.areas)
    meet = meetings(law, cases.classes)
    force = pl.DataFrame(
        [(number, one.valid_from, one.valid_to) for one, number in law.askings.items()],
        schema={"asking": pl.Int32, "since": pl.Int32, "until": pl.Int32},
        orient="row",
    )
    frames = columns.frames
    subjects = frames["subjects"].select("kind", "closed_lo", "closed_hi").with_row_index("holder")
    return connected(
        {
            "records": records_of(cases),
            "meetings": meet,
            "askings": askings_frame(law).join(force, on="asking"),
            "roles": _roles(law),
            "accepted": accepted_frame(law),
            "ties": frames["ties"].drop("position", "recorded"),
            "subjects": subjects.with_columns(pl.col("holder").cast(pl.Int32)),
            "findings": frames["findings"].select("record", "person", "finding", "found_on"),
        }
    )


def run_verdicts(database: duckdb.DuckDBPyConnection, day: int) -> pl.DataFrame:
    """Every verdict on every record on the day that was prepared: `COLUMNS`, in no order."""
    at = {"at": day}
    database.execute(_SPOKEN, at)
    database.execute(_ASKS, at)
    database.execute(_TARGETS, at)
    database.execute(_HELD, {"last": LAST, "person": PERSON, "unspecified": UNSPECIFIED})
    database.execute(_MET)
    database.execute(_TOGETHER)
    database.execute(_HOLDERS)
    database.execute(_FOUND, at)
    return brought(database, _REACHED, {name: VERDICTS[name] for name in COLUMNS}, {"unspecified": UNSPECIFIED})


def verdicts(columns: Columns, packs: Sequence[Pack], day: int) -> pl.DataFrame:
    """Every verdict of a register on a day, prepared and computed: `COLUMNS`."""
    with prepare_verdicts(columns, packs, day) as database:
        return run_verdicts(database, day)


def _roles(law: Law) -> pl.DataFrame:
    """The kinds of ties that each asking reaches: ``(asking, kind)``."""
    rows = [
        (number, kind) for one, number in law.askings.items() if one.reach == "role" for kind in sorted(numbers_of(one.roles))
    ]
    return pl.DataFrame(rows, schema={"asking": pl.Int32, "kind": pl.Int8}, orient="row")
