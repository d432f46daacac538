"""Where every consequence stands on the day: `graph_service.engine.standing`, said once for all that stand alike.

* a *standing* belongs to a record, a person (or nobody, for what is carried by control) and a footing; consequences share it;
* it is over by the first of: an event that ends it, the end of its term, the person's death;
* otherwise the rule and the gate must be in force, the term must be known, and no event may hold it up.

Invariants: the order of events changes nothing; each person's events and the record's own are judged apart; ended beats inactive
beats suspended beats active.
"""

from __future__ import annotations

import narwhals as nw
import polars as pl

from graph_service.engine.bulk.backend import Backend, Frame
from graph_service.engine.bulk.cases import Cases
from graph_service.engine.bulk.law import EVENT_RANK, Law, footings_frame, leavings_frames
from graph_service.engine.bulk.terms import term_ends
from graph_service.model.interval import LAST
from graph_service.model.verdict import Status
from graph_service.model.words import EVENTS
from graph_service.snapshot.columns import PERSON, Columns

CAUSES = ("", *EVENTS, "expired", "died", "not_in_force", "no_legal_basis", "term_unknown")
"""The words of causes by their numbers; an event's is its number and one."""
EXPIRED, DIED, NOT_IN_FORCE, NO_BASIS, TERM_UNKNOWN = (CAUSES.index(word) for word in CAUSES[len(EVENTS) + 1 :])
NOBODY = -1
"""The person of a standing that is nobody's: only events of the record as such touch it."""

STANDING = ("stand", "rec", "person", "footing", "end_lo", "end_hi", "status", "cause", "event", "death")
"""``event``: the row of the event that it rests on, or -1; ``death``: whether it rests on the person's description."""


def standings(backend: Backend, columns: Columns, law: Law, cases: Cases, wanted: Frame) -> Frame:
    """Where the wanted ``(rec, person, footing)`` stand: the columns of `STANDING`.  Costs joins with the events."""
    at = law.at
    events = _events(columns, at)
    ending, holding = _streams(backend, law, events)
    stands = wanted.join(backend.table(footings_frame(law)), on="footing", how="inner")
    stands = stands.join(backend.table(term_ends(cases, list(law.terms))), on=["rec", "term"], how="left").with_columns(
        end_lo=_or(nw.col("term_lo"), LAST), end_hi=_or(nw.col("term_hi"), LAST)
    )
    stands = stands.join(backend.table(_deaths(columns, at)), on="person", how="left")
    stands = _first(stands, ending, "ended")
    stands = _first(stands, holding, "held")
    by_rank = backend.table(events.select("rank", "event", "kind", "on"))
    ended = by_rank.select(ended="rank", ended_by="event", ended_kind="kind", ended_on="on")
    held = by_rank.select(held="rank", held_by="event", held_kind="kind")
    stands = stands.join(ended, on="ended", how="left").join(held, on="held", how="left")
    return _told(stands, at).select(*STANDING)


def _or(column: nw.Expr, other: int) -> nw.Expr:
    return nw.when(column.is_null()).then(nw.lit(other)).otherwise(column).cast(nw.Int32)


def _told(stands: Frame, at: int) -> Frame:
    """The status, its cause and what it rests on, of the three ways to be over the first."""
    expired, ended, died = nw.col("end_hi") <= at, ~nw.col("ended_on").is_null(), ~nw.col("died_hi").is_null()
    never = nw.lit(LAST + 1).cast(nw.Int32)
    # An event lies on one day; of two ways that end on the same day the narrower counts first, then the event, then the term.
    stands = stands.with_columns(
        e_hi=nw.when(ended).then(nw.col("ended_on")).otherwise(never),
        t_hi=nw.when(expired).then(nw.col("end_hi")).otherwise(never),
        t_lo=nw.col("end_lo"),
        d_hi=nw.when(died).then(nw.col("died_hi")).otherwise(never),
        d_lo=nw.when(died).then(nw.col("died_lo")).otherwise(never),
    )
    by_event = ended & ~_sooner("t_hi", "t_lo", "e_hi", "e_hi") & ~_sooner("d_hi", "d_lo", "e_hi", "e_hi")
    by_term = ~by_event & expired & ~_sooner("d_hi", "d_lo", "t_hi", "t_lo")
    by_death = ~by_event & ~by_term & died
    first_lo = (
        nw.when(by_event).then(nw.col("ended_on")).otherwise(nw.when(by_term).then(nw.col("end_lo")).otherwise(nw.col("d_lo")))
    )
    first_hi = (
        nw.when(by_event).then(nw.col("ended_on")).otherwise(nw.when(by_term).then(nw.col("end_hi")).otherwise(nw.col("d_hi")))
    )
    over = by_event | by_term | by_death
    unforced, unknown, held = ~nw.col("in_force"), nw.col("end_lo") <= at, ~nw.col("held").is_null()
    inactive = unforced | nw.col("gated") | unknown
    foreign = ~over & ~inactive & ~nw.col("carried_in_force")
    status = _pick(
        (over, Status.ENDED),
        (inactive | foreign, Status.INACTIVE),
        (held, Status.SUSPENDED),
        otherwise=nw.lit(int(Status.ACTIVE)),
    )
    ended_cause, held_cause = nw.col("ended_kind").cast(nw.Int32) + 1, nw.col("held_kind").cast(nw.Int32) + 1
    cause = _pick(
        (by_event, ended_cause),
        (by_term, EXPIRED),
        (by_death, DIED),
        (unforced, NOT_IN_FORCE),
        (nw.col("gated"), NO_BASIS),
        (unknown, TERM_UNKNOWN),
        (foreign, NOT_IN_FORCE),
        (held, held_cause),
        otherwise=nw.lit(0),
    )
    event = _pick((by_event, nw.col("ended_by")), (~over & ~inactive & ~foreign & held, nw.col("held_by")), otherwise=nw.lit(-1))
    return stands.with_columns(
        status=status,
        cause=cause,
        event=event,
        death=by_death,
        until_lo=nw.when(over).then(nw.min_horizontal(nw.col("end_lo"), first_lo)).otherwise(nw.col("end_lo")),
        until_hi=nw.when(over).then(first_hi).otherwise(nw.col("end_hi")),
    ).with_columns(end_lo=nw.col("until_lo"), end_hi=nw.col("until_hi"))


def _sooner(hi: str, lo: str, other_hi: str, other_lo: str) -> nw.Expr:
    """Whether one bound lies before another: by its last day, then by its first."""
    same = nw.col(hi) == nw.col(other_hi)
    return (nw.col(hi) < nw.col(other_hi)) | (same & (nw.col(lo) < nw.col(other_lo)))


def _pick(*choices: tuple[nw.Expr, nw.Expr | int], otherwise: nw.Expr) -> nw.Expr:
    """The value of the first condition that holds."""
    found = otherwise.cast(nw.Int32)
    for condition, value in reversed(choices):
        told = value if isinstance(value, nw.Expr) else nw.lit(int(value))
        found = nw.when(condition).then(told.cast(nw.Int32)).otherwise(found)
    return found


def _events(columns: Columns, at: int) -> pl.DataFrame:
    """The events by a day, in two orders of theirs: ``rank`` by day, kind and fact id, ``last`` by day and fact id."""
    events = columns.frames["events"].with_row_index("event").filter((pl.col("on") <= at) & (pl.col("record") >= 0))
    events = events.select(pl.col("event").cast(pl.Int32), "record", "kind", "on", "person")
    events = events.with_columns(word=pl.col("kind").replace_strict(EVENT_RANK, return_dtype=pl.Int8))
    again = pl.struct("record", "on").is_duplicated()
    double = events.filter(again)
    double = double.with_columns(id=columns.fact_ids("events", double["event"])).sort("id").with_row_index("place").drop("id")
    single = events.filter(~again).with_columns(place=pl.lit(0, pl.UInt32))
    ranked = pl.concat([single, double.select(single.columns)])
    ranked = ranked.sort("on", "word", "place").with_row_index("rank").sort("on", "place").with_row_index("last")
    return ranked.with_columns(pl.col("rank").cast(pl.Int32), pl.col("last").cast(pl.Int32)).rename({"record": "rec"})


def _streams(backend: Backend, law: Law, events: pl.DataFrame) -> tuple[Frame, Frame]:
    """The event that ends first, and the one that began first to hold up, of each record's and each person's events.

    Both: ``(leaving, rec, who, rank)`` with ``who`` `NOBODY` for the record's own, ``rank`` naming the event.
    """
    ends, holds = (backend.table(frame) for frame in leavings_frames(law))
    happened = backend.table(events.rename({"person": "who"}))
    ending = happened.join(ends, on="kind", how="inner").group_by("leaving", "rec", "who").agg(nw.col("rank").min())
    undone = (
        happened.join(holds.filter(nw.col("undone_by") >= 0), left_on="kind", right_on="undone_by", how="inner")
        .group_by("leaving", "rec", "who", "kind_right")
        .agg(undone_on=nw.col("on").max())
    )
    begun = happened.join(holds.filter(nw.col("undone_by") < 0).select("leaving", "kind"), on="kind", how="inner").join(
        undone, left_on=["leaving", "rec", "who", "kind"], right_on=["leaving", "rec", "who", "kind_right"], how="left"
    )
    begun = begun.filter(nw.col("undone_on").is_null() | (nw.col("on") > nw.col("undone_on")))
    # The last of a kind that nothing undid; of several kinds the one that began first.
    latest = begun.group_by("leaving", "rec", "who", "kind").agg(nw.col("last").max())
    first = latest.group_by("leaving", "rec", "who").agg(nw.col("last").min())
    ranked = backend.table(events.select("last", "rank", "on"))
    holding = first.join(ranked, on="last", how="inner").select("leaving", "rec", "who", "rank", "last")
    return backend.materialise(ending.with_columns(last=nw.col("rank"))), backend.materialise(holding)


def _first(stands: Frame, streams: Frame, name: str) -> Frame:
    """Add as a column the first event of the streams that touch a standing: the record's, the person's, or anybody's."""
    of_record = streams.filter(nw.col("who") == NOBODY).select("leaving", "rec", r_rank="rank", r_last="last")
    of_person = streams.filter(nw.col("who") != NOBODY).select("leaving", "rec", person="who", p_rank="rank", p_last="last")
    least = streams.group_by("leaving", "rec").agg(a_last=nw.col("last").min())
    of_all = least.join(streams, left_on=["leaving", "rec", "a_last"], right_on=["leaving", "rec", "last"], how="inner")
    of_all = of_all.select("leaving", "rec", a_rank="rank")
    stands = stands.join(of_record, on=["leaving", "rec"], how="left")
    stands = stands.join(of_person, on=["leaving", "rec", "person"], how="left")
    stands = stands.join(of_all, on=["leaving", "rec"], how="left")
    no_record, no_person = nw.col("r_last").is_null(), nw.col("p_last").is_null()
    own = (
        nw.when(no_person | (~no_record & (nw.col("r_last") < nw.col("p_last"))))
        .then(nw.col("r_rank"))
        .otherwise(nw.col("p_rank"))
    )
    found = nw.when(nw.col("own")).then(own).otherwise(nw.col("a_rank"))
    return stands.with_columns(found.alias(name)).drop("r_rank", "r_last", "p_rank", "p_last", "a_rank")


def _deaths(columns: Columns, at: int) -> pl.DataFrame:
    """The persons who certainly died by a day: ``(person, died_lo, died_hi)``."""
    subjects = columns.frames["subjects"]
    rows = ((subjects["kind"] == PERSON) & (subjects["closed_hi"] <= at)).arg_true()
    died = subjects.select(pl.col("closed_lo", "closed_hi").gather(rows))
    return died.select(person=rows.cast(pl.Int32), died_lo="closed_lo", died_hi="closed_hi")
