"""An analytical database (DuckDB): the questions as SQL over tables, two threads.

* `prepare_control` and `run_control` (see `graph_service.engine.control`, without joint arrangements): exact, both bounds.  A
  recursive query may not aggregate, so that the fixed point is a loop of statements over temporary tables;
* `prepare_verdicts` and `run_verdicts` (`benchmarks.peers.sql_verdicts`): whom every rule reaches for every record, certainly or
  possibly.

It leaves out, of the verdicts, what leaves a candidate open and the tie and finding that a verdict rests on; where consequences
stand; carriage and cascades.  A register in which the shares of a company have no common denominator up to 2**40 is refused with
`NotExpressible`.
"""

from __future__ import annotations

from fractions import Fraction

import duckdb
import polars as pl

from benchmarks.peers import CERTAIN, CONTROL, HALF, POSSIBLE, NotExpressible
from benchmarks.peers.sql_verdicts import prepare_verdicts, run_verdicts
from benchmarks.peers.tables import brought, connected
from graph_service.engine.holdings import MOST_UNSURE_TIES
from graph_service.model.words import SHARES
from graph_service.snapshot.columns import KINDS, Columns

__all__ = ["control", "prepare_control", "prepare_verdicts", "run_control", "run_verdicts"]

_STATED = """
CREATE OR REPLACE TEMP TABLE stated AS
SELECT holder, enterprise AS company, lo, hi, lo_open, hi_open, den, source,
    CASE WHEN start_hi < end_lo THEN start_hi <= $day AND $day < end_lo
         ELSE greatest(start_lo, end_lo - 1) = $day AND least(start_hi, end_hi - 1) = $day END AS sure
FROM holdings
WHERE list_contains($kinds, kind) AND start_lo <= $day AND $day < end_hi
"""
_GROUPED = """
CREATE OR REPLACE TEMP TABLE grouped AS
SELECT holder, company, any_value(den) AS den, count(DISTINCT source) AS sources, count(*) FILTER (NOT sure) AS unsure,
    coalesce(sum(lo) FILTER (sure), 0)::BIGINT AS lo,
    coalesce(bool_or(lo_open) FILTER (sure), false) AS lo_open,
    sum(hi)::BIGINT AS hi
FROM stated GROUP BY holder, company
"""
_READINGS = """
CREATE OR REPLACE TEMP TABLE readings AS
WITH several AS (
    SELECT stated.*, unsure, row_number() OVER (PARTITION BY holder, company, stated.sure ORDER BY source) - 1 AS bit
    FROM stated JOIN grouped USING (holder, company) WHERE sources > 1 AND unsure <= $most
),
picks AS (
    SELECT holder, company, den, unnest(range(1 << unsure::INTEGER)) AS reading FROM grouped WHERE sources > 1 AND unsure <= $most
),
told AS (
    -- A bound and whether it is open in one number, so that the least and the greatest are told by one comparison.
    SELECT holder, company, reading, source,
        2 * sum(lo) + bool_or(lo_open)::INTEGER AS low, 2 * sum(hi) + 1 - bool_or(hi_open)::INTEGER AS high
    FROM several JOIN picks USING (holder, company)
    WHERE sure OR (reading >> bit::INTEGER) & 1 = 1
    GROUP BY holder, company, reading, source
),
agreed AS (
    SELECT holder, company, reading, max(low) AS low, min(high) AS high, min(low) AS least, max(high) AS most
    FROM told GROUP BY holder, company, reading
),
one AS (
    SELECT holder, company, reading,
        low // 2 < high // 2 OR (low // 2 = high // 2 AND low % 2 = 0 AND high % 2 = 1) AS agrees, low, high, least, most
    FROM agreed
)
SELECT holder, company,
    min(CASE WHEN agrees IS NULL THEN 0 WHEN agrees THEN low ELSE least END) AS low,
    max(CASE WHEN agrees IS NULL THEN 1 WHEN agrees THEN high ELSE most END) AS high
FROM picks LEFT JOIN one USING (holder, company, reading)
GROUP BY holder, company
"""
_PAIRS = """
CREATE OR REPLACE TEMP TABLE pairs AS
SELECT holder, company, den,
    CASE WHEN sources = 1 THEN lo WHEN low IS NULL THEN 0 ELSE low // 2 END::BIGINT AS lo,
    CASE WHEN sources = 1 THEN lo_open WHEN low IS NULL THEN false ELSE low % 2 = 1 END::INTEGER AS lo_open,
    least(CASE WHEN sources = 1 THEN grouped.hi WHEN high IS NULL THEN den ELSE high // 2 END, den)::BIGINT AS hi
FROM grouped LEFT JOIN readings USING (holder, company)
"""
_COMPANIES = """
CREATE OR REPLACE TEMP TABLE companies AS
SELECT company, $top * any_value(den) AS "limit", bool_or(lo <> hi OR lo_open > 0) AS gap,
    CASE WHEN sum(lo) > any_value(den) OR (sum(lo) = any_value(den) AND sum(lo_open) > 0) THEN NULL
         ELSE any_value(den) - sum(lo) END AS room
FROM pairs GROUP BY company
"""
_PASSES = {
    CERTAIN: """(sum(lo) * $bottom > any_value("limit") OR (sum(lo) * $bottom = any_value("limit") AND sum(lo_open) > 0))""",
    POSSIBLE: """least(sum(hi), any_value(room) + sum(lo)) * $bottom > any_value("limit")""",
}
"""When what is inside holds enough of a company; ``least`` passes over a room that is null: nothing is capped there."""

_START = """
CREATE OR REPLACE TEMP TABLE frontier AS
SELECT holder AS actor, company FROM pairs JOIN companies USING (company)
WHERE holder <> company GROUP BY holder, company HAVING {passes}
"""
_PARTS = """
CREATE OR REPLACE TEMP TABLE parts AS
SELECT holder AS actor, company, lo, lo_open, hi FROM pairs
WHERE holder IN (SELECT actor FROM frontier) AND holder <> company
"""
_INSIDE = "CREATE OR REPLACE TEMP TABLE inside AS SELECT actor, company FROM frontier"
_MORE = """
CREATE OR REPLACE TEMP TABLE more AS
SELECT actor, pairs.company, pairs.lo, pairs.lo_open, pairs.hi
FROM frontier JOIN pairs ON frontier.company = pairs.holder
WHERE actor <> pairs.company AND NOT EXISTS (
    SELECT 1 FROM inside WHERE inside.actor = frontier.actor AND inside.company = pairs.company
)
"""
_NEXT = """
CREATE OR REPLACE TEMP TABLE frontier AS
SELECT actor, company FROM parts JOIN companies USING (company)
WHERE (actor, company) IN (SELECT actor, company FROM more)
GROUP BY actor, company HAVING {passes}
"""


def prepare_control(columns: Columns) -> duckdb.DuckDBPyConnection:
    """The holdings of a register as a table of a database in memory."""
    if columns.frames["holdings"].filter(pl.col("den") == 0).height:
        raise NotExpressible("some shares have no common denominator")
    return connected({"holdings": columns.frames["holdings"]})


def run_control(database: duckdb.DuckDBPyConnection, day: int, threshold: Fraction = HALF) -> pl.DataFrame:
    """Every control pair on a day: the columns of `CONTROL`, sorted."""
    database.execute(_STATED, {"day": day, "kinds": sorted(KINDS[kind] for kind in SHARES)})
    database.execute(_GROUPED)
    database.execute(_READINGS, {"most": MOST_UNSURE_TIES})
    database.execute(_PAIRS)
    database.execute(_COMPANIES, {"top": threshold.numerator})
    for verdict in (CERTAIN, POSSIBLE):
        _closed(database, threshold.denominator, verdict)
        database.execute(f"CREATE OR REPLACE TEMP TABLE inside_{verdict} AS FROM inside")
    found = (
        f"SELECT actor AS controller, company AS controlled, max(verdict) AS verdict FROM ("
        f"SELECT *, {CERTAIN} AS verdict FROM inside_{CERTAIN} UNION ALL SELECT *, {POSSIBLE} FROM inside_{POSSIBLE}"
        f") GROUP BY ALL ORDER BY ALL"
    )
    return brought(database, found, CONTROL)


def _closed(database: duckdb.DuckDBPyConnection, bottom: int, verdict: int) -> None:
    """Leave in ``inside`` what each actor controls: the least fixed point, by rounds."""
    terms, passes = {"bottom": bottom}, _PASSES[verdict]
    database.execute(_START.format(passes=passes), terms)
    database.execute(_INSIDE)
    database.execute(_PARTS)
    while _rows(database, "frontier"):
        database.execute(_MORE)
        database.execute("INSERT INTO parts FROM more")
        database.execute(_NEXT.format(passes=passes), terms)
        database.execute("INSERT INTO inside FROM frontier")


def _rows(database: duckdb.DuckDBPyConnection, table: str) -> int:
    found = database.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(found[0]) if found else 0


def control(columns: Columns, day: int, threshold: Fraction = HALF) -> pl.DataFrame:
    """Every control pair of a register on a day, prepared and computed."""
    with prepare_control(columns) as database:
        return run_control(database, day, threshold)
