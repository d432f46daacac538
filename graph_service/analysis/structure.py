"""What is in a register as a whole: circular holdings, groups under one controller, enterprises that share office holders.

* a circle is a strongly connected component of holdings among enterprises; its cycles are never listed one by one, for there may
  be exponentially many;
* a group is an ultimate controller (one that nobody outside its own circle of mutual control controls) and all that it controls;
* two enterprises share an office holder when one person or enterprise holds an office in both on the day.

Everything is read from columns; only what is left after joins (the circles themselves, mutual control) goes through networkx.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import narwhals as nw
import networkx as nx
import polars as pl

from graph_service.engine.answers import LeftOut
from graph_service.engine.bulk import spans
from graph_service.engine.control import Pair
from graph_service.model.words import HOLDINGS, OFFICES
from graph_service.snapshot.columns import KINDS, Columns

OFFICES_LIMIT = 100
"""In how many enterprises one holder may hold offices before the pairs through it are left out, and that is said."""


@dataclass(frozen=True, slots=True)
class Circle:
    """Enterprises that hold each other in a circle; ``ties`` are the rows of the ties between them that count for it.

    ``certain``: closed by ties that certainly hold on the day.  Otherwise ties are among them that only may hold, and a certain
    circle inside it is told besides.
    """

    members: tuple[int, ...]
    ties: tuple[int, ...]
    certain: bool


def _valid(columns: Columns, day: int, kinds: Iterable[str]) -> pl.DataFrame:
    """The ties of some kinds that may hold on a day, with their row and whether they certainly do."""
    numbers = [KINDS[kind] for kind in kinds]
    ties = columns.frames["ties"].with_row_index("row")
    held = ties.filter(pl.col("kind").is_in(numbers) & (pl.col("start_lo") <= day) & (pl.col("end_hi") > day)).rename(
        {"start_lo": "s_sl", "start_hi": "s_sh", "end_lo": "s_el", "end_hi": "s_eh"}
    )
    known = (nw.col("s_sh") <= day) & (nw.col("s_el") > day)
    sure = nw.from_native(held).with_columns(certain=known | spans.certainly_holds("s", day)).to_native()
    return sure.select("row", "holder", "enterprise", "certain")


def circles(columns: Columns, day: int) -> list[Circle]:
    """The circular holdings of a register on a day, the largest first.

    Costs some semi-joins of the holdings (one for each level that hangs on no circle), then the rest once.
    """
    held = _valid(columns, day, HOLDINGS).filter(pl.col("holder") != pl.col("enterprise"))
    size = held.height + 1
    while held.height < size:
        size = held.height
        held = held.join(held.select("enterprise").unique(), left_on="holder", right_on="enterprise", how="semi")
        held = held.join(held.select("holder").unique(), left_on="enterprise", right_on="holder", how="semi")
    sure = held.filter(pl.col("certain"))
    certain = _circles(sure, _components(sure), certain=True)
    known = {circle.members for circle in certain}
    possible = _circles(held, [one for one in _components(held) if tuple(one) not in known], certain=False)
    return sorted([*certain, *possible], key=lambda circle: (-len(circle.members), not circle.certain, circle.members))


def _circles(held: pl.DataFrame, found: Sequence[Sequence[int]], *, certain: bool) -> list[Circle]:
    """The circles of some members, each with the rows of the ties inside it."""
    component = pl.DataFrame(
        [(member, number) for number, one in enumerate(found) for member in one],
        schema={"member": pl.Int32, "circle": pl.Int32},
        orient="row",
    )
    inside = (
        held.join(component, left_on="holder", right_on="member")
        .join(component, left_on="enterprise", right_on="member", suffix="_of")
        .filter(pl.col("circle") == pl.col("circle_of"))
        .sort("circle", "row")
        .group_by("circle", maintain_order=True)
        .agg("row")
    )
    rows = dict(zip(inside["circle"].to_list(), inside["row"].to_list(), strict=True))
    return [Circle(tuple(one), tuple(rows[number]), certain) for number, one in enumerate(found)]


def _components(held: pl.DataFrame) -> list[list[int]]:
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_edges_from(zip(held["holder"].to_list(), held["enterprise"].to_list(), strict=True))
    return sorted(sorted(one) for one in nx.strongly_connected_components(graph) if len(one) > 1)


@dataclass(frozen=True, slots=True)
class Group:
    """An ultimate controller and all that it controls, with the verdict of each.

    Where several control each other they are the controllers together, and members too: each is controlled by the others.
    Several who are no members control the group only together, in a joint arrangement.
    """

    controllers: tuple[str, ...]
    members: tuple[Pair, ...]


def groups(pairs: Sequence[Pair]) -> list[Group]:
    """The groups of a register's control pairs, the largest first.

    Control is closed under control, so the members of a group are the pairs of its controller.  A controller is ultimate unless
    somebody certainly controls it from outside its circle of mutual control.  The members of a joint arrangement are one
    controller of what they control only together.  Costs sets of the pairs.
    """
    certain = {(pair.controller, pair.controlled) for pair in pairs if pair.verdict.certain}
    mutual: nx.Graph[str] = nx.Graph((one, other) for one, other in certain if one < other and (other, one) in certain)
    circle = {key: tuple(sorted(one)) for one in nx.connected_components(mutual) for key in one}
    below = {other for one, other in certain if circle.get(other) is None or one not in circle[other]}
    below |= {key for other in below if other in circle for key in circle[other]}
    members: dict[tuple[str, ...], dict[str, Pair]] = {}
    for pair in pairs:
        together = (pair.controller, *pair.jointly_with)
        top = tuple(sorted(together)) if pair.jointly_with else circle.get(pair.controller, together)
        if below.issuperset(together):
            continue
        found = members.setdefault(top, {})
        held = found.get(pair.controlled)
        if held is None or held.verdict.value < pair.verdict.value:
            found[pair.controlled] = pair
    whole = [Group(top, tuple(found[key] for key in sorted(found))) for top, found in members.items()]
    return sorted(whole, key=lambda group: (-len(group.members), group.controllers))


@dataclass(frozen=True, slots=True)
class Shared:
    """Two enterprises (as subject numbers), who holds or may hold an office in both, and how many of these certainly do."""

    one: int
    other: int
    holders: tuple[int, ...]
    certain: int


def shared_officers(columns: Columns, day: int, least: int = 1) -> tuple[list[Shared], list[LeftOut]]:
    """Every two enterprises with at least so many office holders in common on a day, the most first.

    Costs a self-join of the offices, which `OFFICES_LIMIT` keeps from growing with the square of the register.
    """
    offices = _valid(columns, day, OFFICES).group_by("holder", "enterprise").agg(pl.col("certain").any())
    many = offices.group_by("holder").len()
    wide = many.filter(pl.col("len") > OFFICES_LIMIT)["holder"].sort().to_list()
    several = many.filter((pl.col("len") > 1) & (pl.col("len") <= OFFICES_LIMIT)).select("holder")
    offices = offices.join(several, on="holder", how="semi")
    pairs = (
        offices.join(offices, on="holder", suffix="_of")
        .filter(pl.col("enterprise") < pl.col("enterprise_of"))
        .group_by("enterprise", "enterprise_of")
        .agg(pl.col("holder").sort(), certain=(pl.col("certain") & pl.col("certain_of")).sum())
        .filter(pl.col("holder").list.len() >= least)
        .sort(pl.col("holder").list.len(), "enterprise", "enterprise_of", descending=[True, False, False])
    )
    keys = columns.frames["subjects"]["key"]
    left_out = [LeftOut("shared_officers", keys[holder], {"limit": OFFICES_LIMIT}) for holder in wide]
    return [Shared(one, other, tuple(holders), certain) for one, other, holders, certain in pairs.iter_rows()], left_out
