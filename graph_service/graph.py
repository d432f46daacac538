"""The graph: a ledger and the law, and the questions that are asked of them.

One object for every caller (command line, library, service): it opens a view at a position, asks the engine, and gives the answer
as a shape for programs (`graph_service.engine.shapes`, `graph_service.analysis.shapes`).  It decides nothing itself.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from fractions import Fraction
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

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
from graph_service.engine.answers import LeftOut, id_parts
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
    person_shape,
    trace_shape,
)
from graph_service.engine.trace import cases_of, credit_record, names, trace
from graph_service.ingest import load
from graph_service.ingest.report import Form, LoadReport
from graph_service.ingest.sink import Sink
from graph_service.ledger.memory import MemoryLedger
from graph_service.ledger.open import open_ledger
from graph_service.ledger.protocol import Ledger, Outcome, Position, Receipt
from graph_service.messages import BadValue, InputError, Lang
from graph_service.model.facts import Fact, SubjectKind, Tie, is_tie
from graph_service.model.identifiers import subject_key
from graph_service.model.interval import parse_day
from graph_service.model.words import TIE_KINDS
from graph_service.policy.loader import load_pack, shipped_packs
from graph_service.policy.table import Pack
from graph_service.snapshot.overlay import OverlayReader
from graph_service.snapshot.view import View

Day = date | str | None
REASONS_KEPT = 100
"""Of how many rows that could not be taken the reason is kept where there is no rejects file."""


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
    def _asked(self, at: Day, known: Day | datetime, packs: Sequence[str]) -> Iterator[tuple[View, Asked]]:
        position = self.ledger.last() if known is None else self.ledger.position_at(_moment(known))
        with self.ledger.read(position) as reader:
            yield View(reader), Asked(_day(at), position, choose_packs(packs))

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
            return trace_shape(
                answer,
                known=asked.position.recorded_at,
                position=asked.position.number,
                lang=lang,
                people=_people(view, [one.subject for one in answer.persons]),
                notices=notices,
            )

    def person(self, person: str, *, at: Day = None, known: Day = None, packs: Sequence[str] = (), lang: Lang = "en") -> Shape:
        """A person's credit record."""
        with self._asked(at, known, packs) as (view, asked):
            answer = credit_record(view, subject_key(person), asked.packs, asked.at)
            return person_shape(answer, known=asked.position.recorded_at, position=asked.position.number, lang=lang)

    def why(self, consequence: str, *, at: Day = None, known: Day = None, packs: Sequence[str] = (), lang: Lang = "en") -> Shape:
        """The proof of a consequence, fact by fact, and what the independent checker says of it."""
        parts = id_parts(consequence)
        shape: Shape = {"id": consequence, "consequence": None, "proof": [], "check": None}
        if parts is None:
            return shape
        chosen = tuple(packs) or ((parts[0],) if parts[0] in shipped_packs() else ())
        with self._asked(at, known, chosen) as (view, asked):
            shape |= clocks(asked.at, asked.position.recorded_at, asked.position.number)
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
            shape["consequence"] = consequence_shape(found, by_id, answer.names, lang)
            shape["rule"] = next((rule_shape(rule, lang) for rule in pack.rules if rule.id == found.rule), None)
            shape["proof"] = [
                {
                    "fact": stored.id,
                    "text": sentence(stored.fact, told, lang),
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
            return shape | clocks(asked.at, asked.position.recorded_at, asked.position.number)

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
        with self._asked(at, known, ()) as (view, asked):
            kinds = majority(threshold).kinds | {JOINT}
            if subject is None:
                every = [tie for tie in view.reader.scan(Tie) if is_tie(tie) and tie.fact.kind in kinds]
                pairs = control_pairs(every, asked.at, threshold)
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
            return shape | clocks(asked.at, asked.position.recorded_at, asked.position.number)

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
            return shape | clocks(asked.at, asked.position.recorded_at, asked.position.number)

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
        with self._asked(at, known, ()) as (view, asked):
            found = related(view, subject_key(subject), asked.at, hops, through_state=through_state)
            met = [found.subject, *(key for one in found.neighbours for key in _mentioned(one.tie.fact))]
            shape = related_shape(found, names(view, met), lang)
            return shape | clocks(asked.at, asked.position.recorded_at, asked.position.number)

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
        with self._asked(at, known, ()) as (view, asked):
            found = path(view, subject_key(start), subject_key(goal), asked.at, through_state=through_state)
            met = [*found.ends, *(key for tie in found.chain or () for key in _mentioned(tie.fact))]
            shape = path_shape(found, names(view, met), lang)
            return shape | clocks(asked.at, asked.position.recorded_at, asked.position.number)

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
            return shape | clocks(asked.at, asked.position.recorded_at, asked.position.number)


def open(store: str, *, create: bool = False) -> Graph:
    """The graph of a ledger: ``sqlite:///graph-service.db``.  Raises `LedgerError`."""
    return Graph(open_ledger(store, create=create))


def read_register(*paths: str | Path, form: Form | None = None) -> Graph:
    """The graph of a register folder (or a BODS file), held in memory; `Graph.rejected` counts the rows that were not taken.

    Its facts count as recorded when its newest file was last changed, and identity numbers are hashed under a key made of its
    content, so that the same folder gives the same answers.  Raises `InputError`.
    """
    folders = [Path(one) for one in paths]
    files = _files(folders)
    ledger = MemoryLedger(_content_key(files))
    moment = datetime.fromtimestamp(int(max((one.stat().st_mtime for one in files), default=0)), UTC)
    report = _load_quietly(folders, _Dated(ledger, moment), form, "en")
    return Graph(ledger, rejected=report.total.rejected)


def _files(paths: Sequence[Path]) -> list[Path]:
    """The files that some paths name, and those in the folders among them, in order."""
    found: list[Path] = []
    for place in paths:
        with _reading(place):
            entries = sorted(place.iterdir()) if place.is_dir() else [place]
            found += [one for one in entries if one.is_file()]
    return found


def _content_key(files: Sequence[Path]) -> bytes:
    """A key made of all that files hold: whoever lacks them cannot try numbers against it."""
    made = blake2b(digest_size=32)
    for file in files:
        with _reading(file), file.open("rb") as content:
            while part := content.read(1 << 20):
                made.update(part)
    return made.digest()


@contextmanager
def _reading(place: Path) -> Iterator[None]:
    """What the system refuses becomes an `InputError` that names the place."""
    try:
        yield
    except OSError as error:
        raise InputError("file_unreadable", file=place, cause=error.strerror or type(error).__name__) from None


def _load_quietly(paths: Sequence[Path], sink: Sink, form: Form | None, lang: Lang) -> LoadReport:
    """Load without leaving a rejects file: the report counts what was not taken and gives the first reasons."""
    with TemporaryDirectory() as folder:
        report = load(paths, sink, form=form, rejects=Path(folder) / "rejects.csv", lang=lang)
        if report.rejects is None:
            return report
        with report.rejects.open(encoding="utf-8", newline="") as rows:
            # A row may be of any length.  It is not kept: it may hold what is nobody's business.
            csv.field_size_limit(sys.maxsize)
            first = islice(csv.DictReader(rows), REASONS_KEPT)
            reasons = tuple({name: row[name] for name in ("file", "line", "column", "reason")} for row in first)
        return replace(report, rejects=None, reasons=reasons)


@dataclass(frozen=True, slots=True)
class _Dated:
    """A sink that records everything at one moment."""

    ledger: Ledger
    moment: datetime

    def append(self, facts: Sequence[Fact]) -> Receipt:
        return self.ledger.append(facts, recorded_at=self.moment)

    def identity_hash(self, id_type: str, number: str) -> str:
        return self.ledger.identity_hash(id_type, number)


class _Collected:
    """A sink that only keeps what it is given; it hashes as a ledger does."""

    def __init__(self, ledger: Ledger) -> None:
        self.facts: list[Fact] = []
        self._ledger = ledger

    def append(self, facts: Sequence[Fact]) -> Receipt:
        self.facts.extend(facts)
        return Receipt((Outcome.ADDED,) * len(facts), len(self.facts))

    def identity_hash(self, id_type: str, number: str) -> str:
        return self._ledger.identity_hash(id_type, number)


def read_facts(
    paths: Sequence[Path], ledger: Ledger, *, form: Form | None = None, lang: Lang = "en"
) -> tuple[list[Fact], LoadReport]:
    """The facts of files, as a ledger would take them, without adding them; and what was not taken, with its first reasons."""
    sink = _Collected(ledger)
    report = _load_quietly(paths, sink, form, lang)
    return sink.facts, report


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
