"""The library, as a notebook uses it: answers as pandas DataFrames, networkx graphs and pictures.

It asks `graph_service.questions` what the command line asks, and gives the same answers with the same decision ids.  Every frame
keeps its decision id, clocks and packs in ``attrs``; which columns it has stands in `graph_service.analysis.frames.FRAMES`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from graph_service.messages import Lang
from graph_service.model.facts import Fact
from graph_service.questions import opening
from graph_service.questions.ask import Questions
from graph_service.questions.clocks import Day, Moment
from graph_service.traced import Person, Trace, WhatIf

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

__all__ = ["Graph", "Person", "Trace", "WhatIf", "open", "read_register", "sample_register"]

Rows = Mapping[str, Any]
"""A shape of `graph_service.questions`."""
Tables = Mapping[str, "pd.DataFrame | Iterable[Mapping[str, object]]"]
"""Register tables by name (``ties``, ``findings``, ...), each a frame or rows with the columns of the register folder."""


class Graph:
    """A ledger with the law beside it.  Open one with `open` or `read_register`; use it as a context manager or `close` it.

    Every question takes ``at`` (a day; default today), ``known`` (a day or moment; default: all that is recorded) and ``lang``
    (``en`` or ``zh``); those that the law answers take ``packs`` (ids of shipped packs or folders; default: all shipped).
    Errors are `graph_service.messages.GraphServiceError`: one clear line.
    """

    def __init__(self, questions: Questions, place: str = "") -> None:
        self.questions = questions
        self._place = place

    def __enter__(self) -> Graph:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        last = self.questions.ledger.last()
        return f"<Graph {self._place}: {last.number:,} facts and changes, the last recorded {last.recorded_at}>"

    def _repr_html_(self) -> str:
        from html import escape

        last = self.questions.ledger.last()
        told = f"{last.number:,} facts and changes, the last recorded {escape(last.recorded_at)}"
        return f"<p><strong>Graph</strong> <code>{escape(self._place)}</code>: {told}</p>"

    @property
    def rejected(self) -> int:
        """How many rows of a register folder were not taken."""
        return self.questions.rejected

    def close(self) -> None:
        """Release the ledger."""
        self.questions.close()

    def trace(self, subject: str, *, at: Day = None, known: Moment = None, packs: Sequence[str] = (), lang: Lang = "en") -> Trace:
        """Who answers for a subject's records, or for one record, and all that follows."""
        shape, network = self.questions.picture(subject, at=at, known=known, packs=packs, lang=lang)
        return Trace(shape, network, lang)

    def person(
        self, person: str, *, at: Day = None, known: Moment = None, packs: Sequence[str] = (), lang: Lang = "en"
    ) -> Person:
        """A person's credit record: verdicts, candidates among them, entries, measures and role blocks."""
        return Person(self.questions.person(person, at=at, known=known, packs=packs, lang=lang))

    def why(
        self, consequence: str, *, at: Day = None, known: Moment = None, packs: Sequence[str] = (), lang: Lang = "en"
    ) -> pd.DataFrame:
        """The proof of a consequence, fact by fact; ``attrs["check"]`` is what the independent checker says (``holds``)."""
        shape: Rows = self.questions.why(consequence, at=at, known=known, packs=packs, lang=lang)
        made = _frame("proof", shape["proof"], shape)
        made.attrs |= {"consequence": consequence, "check": shape["check"]}
        return made

    def why_not(
        self,
        person: str,
        record: str,
        *,
        at: Day = None,
        known: Moment = None,
        packs: Sequence[str] = (),
        lang: Lang = "en",
    ) -> pd.DataFrame:
        """How each rule judges a subject for a record, and the first test that fails, the closest rule first."""
        shape: Rows = self.questions.why_not(person, record, at=at, known=known, packs=packs, lang=lang)
        return _frame("why_not", shape["rules"], shape)

    def records(self, subject: str | None = None, *, known: Moment = None, lang: Lang = "en") -> pd.DataFrame:
        """The records of the register, or of one subject: the frame to begin with."""
        shape: Rows = self.questions.records(subject, known=known, lang=lang)
        return _frame("records", shape["records"], shape)

    def control(
        self,
        subject: str | None = None,
        *,
        threshold: Fraction = Fraction(1, 2),
        at: Day = None,
        known: Moment = None,
        lang: Lang = "en",
    ) -> pd.DataFrame:
        """Control pairs: of the whole register, or those with one subject on either side."""
        shape: Rows = self.questions.control(subject, threshold=threshold, at=at, known=known, lang=lang)
        made = _frame("control", shape["pairs"], shape)
        if subject is not None:
            made.attrs["ultimate_controllers"] = shape["ultimate_controllers"]
        return made

    def screen(self, pack: str, *, at: Day = None, known: Moment = None, lang: Lang = "en") -> pd.DataFrame:
        """Every subject that the ownership cascades of a pack catch; ``owners`` are ``(subject, share)``.

        ``attrs["rules"]`` are the cascades in force, each with its ``threshold`` in per cent and whether more is needed
        (``strict``).
        """
        shape: Rows = self.questions.screen(pack, at=at, known=known, lang=lang)
        made = _frame("screen", shape["caught"], shape)
        made.attrs["rules"] = shape["rules"]
        return made

    def related(
        self,
        subject: str,
        *,
        hops: int = 1,
        through_state: bool = False,
        at: Day = None,
        known: Moment = None,
        lang: Lang = "en",
    ) -> pd.DataFrame:
        """Who is within some hops of a subject, each with the tie by which it was first met."""
        shape: Rows = self.questions.related(subject, hops=hops, through_state=through_state, at=at, known=known, lang=lang)
        return _frame("related", shape["related"], shape)

    def paths(
        self,
        start: str,
        goal: str,
        *,
        kinds: Collection[str] | None = None,
        hops: int = 6,
        limit: int = 10,
        through_state: bool = False,
        at: Day = None,
        known: Moment = None,
        lang: Lang = "en",
    ) -> pd.DataFrame:
        """At most ``limit`` ways between two subjects, the shortest first; a row is a tie of a step of a path.

        They go through offices, holdings and control (or the ``kinds`` asked for), and not through bodies of the state unless
        asked; ``attrs`` says what was excluded: ``kinds_not_walked_over``, ``not_walked_through``.
        """
        chosen = {} if kinds is None else {"kinds": kinds}
        shape: Rows = self.questions.paths(
            start, goal, **chosen, hops=hops, limit=limit, through_state=through_state, at=at, known=known, lang=lang
        )
        rows = []
        for number, way in enumerate(shape["paths"], 1):
            here = shape["from"]["id"]
            for place, step in enumerate(way, 1):
                there = next(end for end in (step[0]["holder"], step[0]["enterprise"]) if end != here)
                rows += [{"path": number, "step": place, "from": here, "to": there, **tie} for tie in step]
                here = there
        made = _frame("paths", rows, shape)
        made.attrs["kinds_not_walked_over"] = shape["kinds_not_walked_over"]
        return made

    def circles(self, *, at: Day = None, known: Moment = None, lang: Lang = "en") -> pd.DataFrame:
        """Circular holdings of the whole register (strongly connected components); a row is a holding inside a circle."""
        shape: Rows = self.questions.circles(at=at, known=known, lang=lang)
        told = shape["names"]
        rows = [
            {**circle, **tie, "holder_name": told[tie["holder"]], "enterprise_name": told[tie["enterprise"]]}
            for circle in shape["circles"]
            for tie in circle["ties"]
        ]
        return _frame("circles", rows, shape)

    def groups(
        self, *, threshold: Fraction = Fraction(1, 2), at: Day = None, known: Moment = None, lang: Lang = "en"
    ) -> pd.DataFrame:
        """Ultimate controllers and all they control, the largest group first; a row is a member."""
        shape: Rows = self.questions.groups(threshold=threshold, at=at, known=known, lang=lang)
        return _frame("groups", [{**group, **member} for group in shape["groups"] for member in group["members"]], shape)

    def shared_officers(self, *, least: int = 1, at: Day = None, known: Moment = None, lang: Lang = "en") -> pd.DataFrame:
        """Every two enterprises with at least so many office holders in common, the most first."""
        shape: Rows = self.questions.shared_officers(least=least, at=at, known=known, lang=lang)
        return _frame("shared_officers", shape["shared_officers"], shape)

    def exposure(
        self, subject: str, *, at: Day = None, known: Moment = None, packs: Sequence[str] = (), lang: Lang = "en"
    ) -> pd.DataFrame:
        """Everything that reaches a subject, the most direct first: ``ties`` is how many ties the proof needs."""
        shape: Rows = self.questions.exposure(subject, at=at, known=known, packs=packs, lang=lang)
        made = _frame("exposure", shape["exposure"], shape)
        made.attrs["possibly_caught"] = [one["text"] for one in shape["possibly_caught"]]
        return made

    def what_if(
        self,
        facts: Sequence[Fact] | Tables | str | Path,
        *,
        at: Day = None,
        known: Moment = None,
        packs: Sequence[str] = (),
        lang: Lang = "en",
    ) -> WhatIf:
        """Verdicts and consequences before and after some further facts, which are not added.

        ``facts``: register tables (``{"ties": frame or rows}``), a register folder, or facts.  Raises `BadValue` for a row that
        cannot be taken.
        """
        from graph_service.questions.further import further_facts

        taken = further_facts(facts, self.questions.ledger, lang)
        return WhatIf(self.questions.impact(taken, at=at, known=known, packs=packs, lang=lang))

    def network(
        self,
        subject: str,
        *,
        hops: int = 1,
        through_state: bool = False,
        at: Day = None,
        known: Moment = None,
        lang: Lang = "en",
    ) -> nx.MultiDiGraph[str]:
        """Everybody within some hops of a subject and all the ties among them, as a networkx graph.

        It holds at most the first 2,000 subjects; ``graph.graph["left_out"]`` says where there are more.
        """
        from graph_service.analysis.as_networkx import as_networkx

        shape = self.questions.surroundings(subject, hops=hops, through_state=through_state, at=at, known=known, lang=lang)
        return as_networkx(shape)

    def measures(
        self,
        subject: str,
        *,
        hops: int = 2,
        through_state: bool = False,
        at: Day = None,
        known: Moment = None,
        lang: Lang = "en",
    ) -> pd.DataFrame:
        """Degree, betweenness, closeness, clustering, components and articulation points around a subject, by networkx."""
        from graph_service.analysis.as_networkx import as_networkx, measures

        shape = self.questions.surroundings(subject, hops=hops, through_state=through_state, at=at, known=known, lang=lang)
        return _frame("measures", measures(as_networkx(shape)), shape)

    def follow(
        self, since: int, *, at: Day = None, known: Moment = None, packs: Sequence[str] = (), lang: Lang = "en"
    ) -> dict[str, Any]:
        """What changed since a position of the ledger: verdicts, consequences and who is caught, each with its cause."""
        return self.questions.follow(since, at=at, known=known, packs=packs, lang=lang)

    def packs(self, *, lang: Lang = "en") -> pd.DataFrame:
        """The shipped policy packs; ``rules`` is how many each has."""
        from graph_service.model.interval import day_text
        from graph_service.policy.loader import shipped_packs

        rows = [
            {
                **{name: getattr(pack, name) for name in ("id", "version", "jurisdiction")},
                "title": pack.title[lang],
                "in_force_from": day_text(pack.valid_from) or None,
                "in_force_to": day_text(pack.valid_to) or None,
                "rules": len(pack.rules) + len(pack.cascades),
            }
            for _, pack in sorted(shipped_packs().items())
        ]
        return _frame("packs", rows, {})

    def run(
        self,
        out: str | Path,
        *,
        at: Day = None,
        known: Moment = None,
        packs: Sequence[str] = (),
        files: Literal["parquet", "csv"] = "parquet",
        since: str | Path | None = None,
        lang: Lang = "en",
    ) -> dict[str, Any]:
        """Every verdict and consequence of every record, into a folder; gives its manifest, with the paths of the files."""
        return self.questions.run(out, at=at, known=known, packs=packs, files=files, since=since, lang=lang)

    def overview(self, run: str | Path, path: str | Path, *, lang: Lang = "en") -> Path:
        """Write the report of a whole run of this ledger, one self-contained HTML file; gives its path.  Raises `InputError`."""
        from graph_service.report.overview import overview_html
        from graph_service.report.saving import save

        return save(Path(path), overview_html(self.questions.overview(run, lang=lang), lang))


def _frame(what: str, rows: Iterable[Mapping[str, Any]], shape: Rows) -> pd.DataFrame:
    from graph_service.analysis.frames import frame  # pandas loads when it is used

    return frame(what, rows, dict(shape))


def open(store: str, *, create: bool = False) -> Graph:
    """The graph of a ledger: ``sqlite:///graph-service.db`` or ``neo4j://host:7687``.  Raises `LedgerError`."""
    return Graph(opening.open_store(store, create=create), store)


def sample_register(enterprises: int = 300, seed: int = 1) -> Graph:
    """The graph of the invented sample register, held in memory; the same arguments give the same answers everywhere."""
    import os
    import tempfile

    from graph_service.sample import generate, write

    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), generate(enterprises, seed, dirty=False))
        for file in Path(folder).iterdir():
            os.utime(file, (SAMPLE_RECORDED, SAMPLE_RECORDED))
        return Graph(opening.read_register(folder), "sample register")


SAMPLE_RECORDED = 1_767_225_600
"""When the facts of the sample count as recorded: 2026-01-01, in seconds since 1970."""


def read_register(*paths: str | Path) -> Graph:
    """The graph of a register folder (or a BODS file), held in memory; `Graph.rejected` counts the rows that were not taken.

    The same folder gives the same answers.  Raises `InputError`.
    """
    return Graph(opening.read_register(*paths), ", ".join(map(str, paths)))
