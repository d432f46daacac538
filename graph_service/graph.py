"""The graph: a ledger and the law, and the questions that are asked of them.

One object for every caller (command line, library, service): it opens a view at a position, asks the engine, and gives the answer
as a shape for programs (`graph_service.engine.shapes`, `graph_service.analysis.shapes`).  It decides nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from graph_service.analysis.neighbourhood import path, related
from graph_service.analysis.shapes import (
    control_shape,
    impact_shape,
    path_shape,
    related_shape,
    rule_shape,
    screen_shape,
    why_not_shape,
)
from graph_service.engine.answers import LeftOut, Trace, id_parts
from graph_service.engine.cascade import in_force, joint_ties, screen
from graph_service.engine.checker import check
from graph_service.engine.closure import TiesOfView, majority
from graph_service.engine.control import HALF, JOINT, Pair, control_pairs, controlled_by, upstream
from graph_service.engine.control import ultimate as ultimate_controllers
from graph_service.engine.explain import why_not
from graph_service.engine.impact import impact
from graph_service.engine.sentences import sentence
from graph_service.engine.shapes import (
    Shape,
    clocks,
    consequence_shape,
    left_out_shape,
    packs_shape,
    person_shape,
    trace_shape,
)
from graph_service.engine.trace import cases_of, credit_record, names, trace
from graph_service.ingest.progress import Progress
from graph_service.ingest.quiet import files_of
from graph_service.ingest.report import Form
from graph_service.ledger.open import open_ledger
from graph_service.ledger.protocol import Ledger, Position, Reader
from graph_service.messages import BadValue, Lang
from graph_service.model.facts import Fact, Record, Stored, SubjectKind
from graph_service.model.identifiers import subject_key
from graph_service.model.interval import parse_day
from graph_service.model.words import TIE_KINDS
from graph_service.policy.loader import load_pack, shipped_packs
from graph_service.policy.table import Pack
from graph_service.register import register_ledger
from graph_service.snapshot.overlay import OverlayReader
from graph_service.snapshot.view import View, in_ledger

if TYPE_CHECKING:
    from graph_service.snapshot.held import HeldColumns

Day = date | str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question's clocks and law: the day asked, what the ledger held then, the packs."""

    at: int
    position: Position
    packs: tuple[Pack, ...]


class Graph:
    """A ledger with the law beside it.  Open one with `open` or `read_register`; use it as a context manager or `close` it.

    Every question takes ``at`` (a day; default today), ``known`` (a day or moment; default: all that is recorded), ``packs``
    (ids of shipped packs or folders; default: all shipped) and ``lang``.
    """

    def __init__(self, ledger: Ledger, *, rejected: int = 0) -> None:
        self.ledger = ledger
        self.rejected = rejected

    def __enter__(self) -> Graph:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the ledger."""
        self.ledger.close()

    @contextmanager
    def _asked(self, at: Day, known: Day | datetime, packs: Sequence[str] | None) -> Iterator[tuple[View, Asked]]:
        """A view and the question's clocks and law; ``packs`` None for a question that no law answers."""
        position = self.ledger.last() if known is None else self.ledger.position_at(_moment(known))
        with self.ledger.read(position) as reader:
            yield View(reader), Asked(_day(at), position, () if packs is None else choose_packs(packs))

    def _told(self, shape: Shape, view: View, asked: Asked, lang: Lang, *subjects: str) -> Shape:
        """An answer with its clocks, and with what whoever reads it must know of the ledger behind it.

        A load that is not over leaves it incomplete; of ``subjects`` those are named of which the ledger holds nothing.
        """
        loads = self.ledger.unfinished_loads()
        if loads:
            shape["complete"] = False
            unfinished = left_out_shape(LeftOut("unfinished_load", "", {"loads": loads}), lang)
            shape["left_out"] = [*_list(shape.get("left_out")), unfinished]
        unknown = [LeftOut("not_in_ledger", key) for key in subjects if not in_ledger(view, key)]
        if unknown:
            shape["notices"] = [*_list(shape.get("notices")), *(left_out_shape(one, lang) for one in unknown)]
        if asked.packs:
            shape["packs"] = packs_shape(asked.packs)
        shape.setdefault("complete", True)
        return shape | clocks(asked.at, asked.position.recorded_at, asked.position.number)

    def trace(self, subject: str, *, at: Day = None, known: Day = None, packs: Sequence[str] = (), lang: Lang = "en") -> Shape:
        """Who answers for a subject's records, or for one record, and all that follows."""
        with self._asked(at, known, packs) as (view, asked):
            records = view.records([subject.strip()])
            key = records[0].fact.subject if records else subject_key(subject)
            notices: list[LeftOut] = []
            if records and _is_subject(view, subject.strip()):
                notices.append(LeftOut("record_too", subject.strip(), {"subject": key}))
                key, records = subject.strip(), ()
            answer = trace(view, key, asked.packs, asked.at, records or None)
            shape = trace_shape(
                answer,
                known=asked.position.recorded_at,
                position=asked.position.number,
                lang=lang,
                people=_people(view, [one.subject for one in answer.persons]),
                notices=[*notices, *_reaching_nobody(view, key, records, answer)],
            )
            return self._told(shape, view, asked, lang, key)

    def person(self, person: str, *, at: Day = None, known: Day = None, packs: Sequence[str] = (), lang: Lang = "en") -> Shape:
        """A person's credit record."""
        with self._asked(at, known, packs) as (view, asked):
            answer = credit_record(view, subject_key(person), asked.packs, asked.at)
            shape = person_shape(answer, known=asked.position.recorded_at, position=asked.position.number, lang=lang)
            return self._told(shape, view, asked, lang, answer.person)

    def why(self, consequence: str, *, at: Day = None, known: Day = None, packs: Sequence[str] = (), lang: Lang = "en") -> Shape:
        """The proof of a consequence, fact by fact, and what the independent checker says of it."""
        parts = id_parts(consequence)
        shape: Shape = {"id": consequence, "consequence": None, "proof": [], "check": None}
        if parts is None:
            return shape
        chosen = tuple(packs) or ((parts[0],) if parts[0] in shipped_packs() else ())
        with self._asked(at, known, chosen) as (view, asked):
            shape = self._told(shape, view, asked, lang)
            # A cascade names listed subjects where a rule names the record, and a record may have the key of one as its id.
            cascades = {(pack.id, cascade.id) for pack in asked.packs for cascade in pack.cascades}
            records = () if parts[:2] in cascades else view.records([parts[3]])
            answer = trace(view, records[0].fact.subject if records else parts[4], asked.packs, asked.at, records)
            found = next((one for one in answer.consequences if one.id == consequence), None)
            if found is None:
                return shape
            by_id = {pack.id: pack for pack in asked.packs}
            facts = sorted(view.reader.facts(found.proof), key=lambda stored: stored.id)
            told = names(view, [key for stored in facts for key in _mentioned(stored.fact)])
            pack = by_id[found.pack]
            failed = check(found, facts, pack, asked.at)
            words = {code: text[lang] for code, text in pack.names.items()}
            shape["consequence"] = consequence_shape(found, by_id, answer.names, lang)
            shape["rule"] = next((rule_shape(rule, lang) for rule in pack.rules if rule.id == found.rule), None)
            shape["proof"] = [
                {
                    "fact": stored.id,
                    "text": sentence(stored.fact, told, lang, words),
                    "position": stored.position,
                    "recorded_at": stored.recorded_at,
                }
                for stored in facts
            ]
            shape["check"] = failed or "holds"
            return shape

    def why_not(
        self, person: str, record: str, *, at: Day = None, known: Day = None, packs: Sequence[str] = (), lang: Lang = "en"
    ) -> Shape:
        """How each rule judges a person for a record, and the first test that fails."""
        with self._asked(at, known, packs) as (view, asked):
            key = subject_key(person)
            cases = cases_of(view, view.records([record.strip()]), asked.packs, asked.at)
            answers = [one for case in cases for one in why_not(case, key, asked.packs)]
            shape = why_not_shape(key, record.strip(), answers, names(view, [key]), lang)
            return self._told(shape, view, asked, lang, key)

    def control(
        self,
        subject: str | None = None,
        *,
        threshold: Fraction = HALF,
        at: Day = None,
        known: Day = None,
        lang: Lang = "en",
    ) -> Shape:
        """Control pairs: of the whole register, or those with one subject on either side."""
        with self._asked(at, known, None) as (view, asked):
            kinds = majority(threshold).kinds | {JOINT}
            if subject is None:
                from graph_service.engine.bulk.pairs import pairs_of  # polars loads when it is used

                pairs = pairs_of(_columns(self.ledger, view.reader), asked.at, threshold)
                shape = control_shape(pairs, None, names(view, _ends(pairs)), (), lang)
            else:
                key = subject_key(subject)
                held, left_out = upstream(view, key, majority(threshold).kinds)
                # Whoever acts jointly with somebody upstream need not hold anything there.
                joint = joint_ties(view, {key, *(tie.fact.holder for tie in held)})
                above = control_pairs([*held, *joint], asked.at, threshold)
                below = controlled_by(TiesOfView(view, kinds), joint, key, asked.at, threshold)
                pairs = sorted([*(pair for pair in above if pair.controlled == key), *below], key=_pair_order)
                tops = ultimate_controllers(above, key)
                shape = control_shape(pairs, tops, names(view, _ends(pairs)), left_out, lang)
            return self._told(shape, view, asked, lang, *([subject_key(subject)] if subject else []))

    def screen(self, pack: str, *, at: Day = None, known: Day = None, lang: Lang = "en") -> Shape:
        """Every subject that the ownership cascades of a pack catch."""
        with self._asked(at, known, (pack,)) as (view, asked):
            law = asked.packs[0]
            cascades = in_force(law.cascades, asked.at)
            if not law.cascades:
                raise BadValue("no_cascade", pack=law.id)
            caught = [one for cascade in cascades for one in screen(view, cascade, asked.at)]
            told = names(view, [key for one in caught for key in (one.subject, *(owner for owner, _ in one.owners))])
            shape = screen_shape(law, cascades, caught, asked.at, told, lang)
            return self._told(shape, view, asked, lang)

    def related(
        self,
        subject: str,
        *,
        hops: int = 1,
        through_state: bool = False,
        at: Day = None,
        known: Day = None,
        lang: Lang = "en",
    ) -> Shape:
        """What is within some hops of a subject."""
        with self._asked(at, known, None) as (view, asked):
            found = related(view, subject_key(subject), asked.at, hops, through_state=through_state)
            met = [found.subject, *(key for one in found.neighbours for key in _mentioned(one.tie.fact))]
            shape = related_shape(found, names(view, met), lang)
            return self._told(shape, view, asked, lang, found.subject)

    def path(
        self,
        start: str,
        goal: str,
        *,
        through_state: bool = False,
        at: Day = None,
        known: Day = None,
        lang: Lang = "en",
    ) -> Shape:
        """How two subjects are connected."""
        with self._asked(at, known, None) as (view, asked):
            found = path(view, subject_key(start), subject_key(goal), asked.at, through_state=through_state)
            met = [*found.ends, *(key for tie in found.chain or () for key in _mentioned(tie.fact))]
            shape = path_shape(found, names(view, met), lang)
            return self._told(shape, view, asked, lang, *found.ends)

    def impact(
        self,
        facts: Sequence[Fact],
        *,
        at: Day = None,
        known: Day = None,
        packs: Sequence[str] = (),
        lang: Lang = "en",
    ) -> Shape:
        """What would change if these facts were added, without adding them."""
        with self._asked(at, known, packs) as (view, asked):
            after = View(OverlayReader(view.reader, facts))
            found = impact(view, after, facts, asked.packs, asked.at)
            changed = [one for change in found.consequences for one in (change.before, change.after) if one]
            met = [*(one.subject for one in found.verdicts), *(one.subject for one in changed)]
            told = names(after, met)
            shape = impact_shape(found, {pack.id: pack for pack in asked.packs}, told, lang)
            return self._told(shape, view, asked, lang)

    def follow(self, since: int, *, at: Day = None, known: Day = None, packs: Sequence[str] = (), lang: Lang = "en") -> Shape:
        """What changed since a position of the ledger: verdicts, consequences and who is caught, each with its cause."""
        from graph_service.analysis.followed import follow_shape

        with self._asked(at, known, packs) as (view, asked):
            if not 0 <= since <= asked.position.number:
                raise BadValue("run_bad_position", value=since, last=asked.position.number)
            with self.ledger.read(Position(since, "")) as reader:
                shape = follow_shape(self.ledger, View(reader), view, asked.packs, asked.at, lang)
            return self._told(shape, view, asked, lang)

    def run(
        self,
        out: str | Path,
        *,
        at: Day = None,
        known: Day = None,
        packs: Sequence[str] = (),
        files: Literal["parquet", "csv"] = "parquet",
        since: str | Path | None = None,
        write_back: bool = False,
        progress: Progress | None = None,
        lang: Lang = "en",
    ) -> Shape:
        """Write every verdict and consequence of every record into a folder, and what changed since the run that was there.

        ``since``: the folder of another run to compare with.  ``write_back``: put the consequences into the graph too, in Neo4j.
        Gives the manifest, with the paths of the files.
        """
        from graph_service.analysis.run import Question, run, run_shape

        with self._asked(at, known, packs) as (_, asked):
            manifest = run(
                self.ledger,
                Path(out),
                Question(asked.at, asked.position, asked.packs, lang, files),
                columns=_columns,
                since=None if since is None else Path(since),
                write_back=write_back,
                progress=progress,
            )
        return run_shape(manifest, Path(out))


def open(store: str, *, create: bool = False) -> Graph:
    """The graph of a ledger: ``sqlite:///graph-service.db``.  Raises `LedgerError`."""
    return Graph(open_ledger(store, create=create))


def read_register(*paths: str | Path, form: Form | None = None) -> Graph:
    """The graph of a register folder (or a BODS file), held in memory; `Graph.rejected` counts the rows that were not taken.

    The same folder gives the same answers (`graph_service.register`).  A large one is held as columns, which take less memory and
    are read a hundred times faster; the answers are the same.  Raises `InputError`.
    """
    places = [Path(one) for one in paths]
    if sum(one.stat().st_size for one in files_of(places)) >= COLUMNS_FROM:
        from graph_service.snapshot.register import read_columns  # polars loads when it is used

        columns, read = read_columns(places, form)
        return Graph(columns, rejected=read.total.rejected)
    ledger, report = register_ledger(places, form)
    return Graph(ledger, rejected=report.total.rejected)


COLUMNS_FROM = 16 << 20
"""From how many bytes on a register folder is held as columns."""


def choose_packs(wanted: Sequence[str]) -> tuple[Pack, ...]:
    """The packs of some ids or folders, in order; all shipped ones if none is named.  Raises `BadValue` or `PackError`."""
    shipped = shipped_packs()
    if not wanted:
        return tuple(shipped[key] for key in sorted(shipped))
    chosen = {}
    for one in wanted:
        if one in shipped:
            chosen[one] = shipped[one]
        elif _is_folder(one):
            pack = load_pack(Path(one))
            chosen[pack.id] = pack
        else:
            raise BadValue("no_such_pack", pack=one, known=", ".join(sorted(shipped)))
    return tuple(chosen[key] for key in sorted(chosen))


def _columns(ledger: Ledger, reader: Reader) -> HeldColumns:
    """The columns of what a reader of a ledger sees."""
    from graph_service.snapshot.cache import open_columns
    from graph_service.snapshot.register import ColumnarLedger

    if isinstance(ledger, ColumnarLedger) and reader.position == ledger.last():
        return ledger.columns
    return open_columns(ledger, reader.position)


def _is_folder(text: str) -> bool:
    try:
        return Path(text).is_dir()
    except (OSError, ValueError):  # no name that a folder can have
        return False


def _day(at: Day) -> int:
    if at is None:
        return datetime.now(UTC).date().toordinal()
    return parse_day(at) if isinstance(at, str) else at.toordinal()


def _moment(known: date | datetime | str) -> datetime:
    """The moment up to which something was known; a date means all of that day (UTC)."""
    if isinstance(known, str):
        try:
            known = datetime.fromisoformat(known) if len(known) > 10 else date.fromordinal(parse_day(known))
        except BadValue:
            raise
        except ValueError:
            raise BadValue("bad_moment", value=known) from None
    if isinstance(known, datetime):
        return known if known.tzinfo else known.replace(tzinfo=UTC)
    return datetime.combine(known, time.max, UTC)


def _is_subject(view: View, key: str) -> bool:
    """Whether a key is that of a subject: described, or named by a tie, a record or a listing."""
    named = (view.ties_into([key]), view.ties_of([key], frozenset(TIE_KINDS)), view.listings_of([key]))
    return view.subject(key) is not None or any(facts[key] for facts in named) or bool(view.records_of([key]))


def _people(view: View, keys: Iterable[str]) -> frozenset[str]:
    """Those of some subjects that are described as persons."""
    view.fetch_subjects(keys := set(keys))
    return frozenset(key for key in keys if (found := view.subject(key)) and found.fact.kind is SubjectKind.PERSON)


def _pair_order(pair: Pair) -> tuple[str, str]:
    return pair.controller, pair.controlled


def _ends(pairs: Sequence[Pair]) -> list[str]:
    return [key for pair in pairs for key in (pair.controller, pair.controlled)]


def _mentioned(fact: Fact) -> list[str]:
    """The subjects that a fact names."""
    found = (getattr(fact, name, "") for name in ("holder", "enterprise", "subject", "person"))
    return [key for key in found if key]


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _reaching_nobody(view: View, subject: str, records: Sequence[Stored[Record]], answer: Trace) -> list[LeftOut]:
    """The traced records under which no rule reaches or may reach anybody."""
    reached = {one.record for one in answer.persons}
    asked = records or view.records_of([subject])
    return [LeftOut("record_reaches_nobody", one.fact.id) for one in asked if one.fact.id not in reached]
