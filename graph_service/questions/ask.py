"""A ledger and the law, and the questions that are asked of them.

One object for every caller (command line, library, service): it opens a view at a position, asks the engine, and gives the answer
as a shape for programs (`graph_service.engine.shapes`, `graph_service.analysis.shapes`).  It decides nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from graph_service.analysis.network import network_shape, trace_network
from graph_service.analysis.shapes import (
    impact_shape,
    rule_shape,
    why_not_shape,
)
from graph_service.engine.answers import LeftOut, Trace, id_parts
from graph_service.engine.checker import check
from graph_service.engine.explain import why_not
from graph_service.engine.impact import impact
from graph_service.engine.sentences import mentioned, sentence
from graph_service.engine.shapes import (
    Shape,
    consequence_shape,
    left_out_shape,
    person_shape,
    trace_shape,
)
from graph_service.engine.trace import cases_of, credit_record, names, trace
from graph_service.ingest.progress import Progress
from graph_service.ledger.protocol import Position
from graph_service.messages import BadValue, Lang
from graph_service.model.facts import Event, Fact, Finding, Record, Stored, SubjectKind, fact_id
from graph_service.model.identifiers import subject_key
from graph_service.model.words import TIE_KINDS
from graph_service.policy.loader import shipped_packs
from graph_service.questions import given
from graph_service.questions.around import AroundQuestions
from graph_service.questions.casework import CaseworkQuestions
from graph_service.questions.clocks import Asked, Day, Moment
from graph_service.questions.ownership import OwnershipQuestions
from graph_service.questions.whole import WholeQuestions
from graph_service.snapshot.overlay import OverlayReader
from graph_service.snapshot.view import View


class Questions(OwnershipQuestions, AroundQuestions, CaseworkQuestions, WholeQuestions):
    """A ledger with the law beside it.  Open one with `graph_service.questions.opening`.

    Every question takes ``at`` (a day; default today), ``known`` (a day or moment; default: all that is recorded), ``packs``
    (ids of shipped packs or folders; default: all shipped) and ``lang``.
    """

    def trace(self, subject: str, *, at: Day = None, known: Moment = None, packs: Sequence[str] = (), lang: Lang = "en") -> Shape:
        """Who answers for a subject's records, or for one record, and all that follows."""
        subject, lang = given.key(subject, "subject"), given.language(lang)
        with self.asked(at, known, packs) as (view, asked):
            return self._traced(view, asked, subject, lang)[1]

    def picture(
        self, subject: str, *, at: Day = None, known: Moment = None, packs: Sequence[str] = (), lang: Lang = "en"
    ) -> tuple[Shape, Shape]:
        """A trace and the network behind it: the subjects, ties and findings that it rests on, and its facts as sentences."""
        subject, lang = given.key(subject, "subject"), given.language(lang)
        with self.asked(at, known, packs) as (view, asked):
            answer, shape = self._traced(view, asked, subject, lang)
            words = {code: text[lang] for pack in asked.packs for code, text in pack.names.items()}
            network = network_shape(view, trace_network(view, answer), asked.at, lang, words)
            whole = bool(network["complete"] and shape["complete"])
            further = {"decision_id": shape["decision_id"], "complete": whole, "notices": shape["notices"]}
            return shape, self.told(network | further, view, asked, lang)

    def network(
        self, subject: str, *, at: Day = None, known: Moment = None, packs: Sequence[str] = (), lang: Lang = "en"
    ) -> Shape:
        """The network behind a trace (see `picture`)."""
        return self.picture(subject, at=at, known=known, packs=packs, lang=lang)[1]

    def _traced(self, view: View, asked: Asked, subject: str, lang: Lang) -> tuple[Trace, Shape]:
        """A trace as the engine gives it, and as a shape."""
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
        return answer, self.told(shape, view, asked, lang, key)

    def person(self, person: str, *, at: Day = None, known: Moment = None, packs: Sequence[str] = (), lang: Lang = "en") -> Shape:
        """A person's credit record."""
        person, lang = given.key(person, "person"), given.language(lang)
        with self.asked(at, known, packs) as (view, asked):
            answer = credit_record(view, subject_key(person), asked.packs, asked.at)
            shape = person_shape(answer, known=asked.position.recorded_at, position=asked.position.number, lang=lang)
            return self.told(shape, view, asked, lang, answer.person)

    def why(
        self, consequence: str, *, at: Day = None, known: Moment = None, packs: Sequence[str] = (), lang: Lang = "en"
    ) -> Shape:
        """The proof of a consequence, fact by fact, and what the independent checker says of it."""
        consequence, lang = given.key(consequence, "consequence"), given.language(lang)
        parts = id_parts(consequence)
        shape: Shape = {"id": consequence, "consequence": None, "proof": [], "check": None}
        if parts is None:
            with self.asked(at, known, None) as (view, asked):
                return self.told(shape, view, asked, lang, question=("why", consequence))
        chosen = tuple(packs) or ((parts[0],) if parts[0] in shipped_packs() else ())
        with self.asked(at, known, chosen) as (view, asked):
            shape |= _why(view, consequence, parts, asked, lang)
            return self.told(shape, view, asked, lang, question=("why", consequence))

    def why_not(
        self, person: str, record: str, *, at: Day = None, known: Moment = None, packs: Sequence[str] = (), lang: Lang = "en"
    ) -> Shape:
        """How each rule judges a person for a record, and the first test that fails."""
        person, record, lang = given.key(person, "person"), given.key(record, "record"), given.language(lang)
        with self.asked(at, known, packs) as (view, asked):
            key = subject_key(person)
            found = view.records([record.strip()])
            cases = cases_of(view, found, asked.packs, asked.at)
            answers = [one for case in cases for one in why_not(case, key, asked.packs)]
            shape = why_not_shape(key, record.strip(), answers, names(view, [key]), lang)
            if not found:
                shape["notices"] = [left_out_shape(LeftOut("no_such_record", record.strip()), lang)]
            return self.told(shape, view, asked, lang, key, question=("why-not", key, record.strip()))

    def impact(
        self,
        facts: Sequence[Fact],
        *,
        at: Day = None,
        known: Moment = None,
        packs: Sequence[str] = (),
        lang: Lang = "en",
    ) -> Shape:
        """What would change if these facts were added, without adding them."""
        lang = given.language(lang)
        with self.asked(at, known, packs) as (view, asked):
            after = View(OverlayReader(view.reader, facts))
            found = impact(view, after, facts, asked.packs, asked.at)
            changed = [one for change in found.consequences for one in (change.before, change.after) if one]
            met = [*(one.subject for one in found.verdicts), *(one.subject for one in changed)]
            told = names(after, met)
            shape = impact_shape(found, {pack.id: pack for pack in asked.packs}, told, lang)
            shape["notices"] = [left_out_shape(LeftOut("no_such_record", one), lang) for one in _unrecorded(after, facts)]
            return self.told(shape, view, asked, lang, question=("impact", *sorted(fact_id(fact) for fact in facts)))

    def follow(self, since: int, *, at: Day = None, known: Moment = None, packs: Sequence[str] = (), lang: Lang = "en") -> Shape:
        """What changed since a position of the ledger: verdicts, consequences and who is caught, each with its cause."""
        from graph_service.analysis.followed import follow_shape

        with self.asked(at, known, packs) as (view, asked):
            if not 0 <= since <= asked.position.number:
                raise BadValue("run_bad_position", value=since, last=asked.position.number)
            with self.ledger.read(Position(since, "")) as reader:
                shape = follow_shape(self.ledger, View(reader), view, asked.packs, asked.at, lang)
            return self.told(shape, view, asked, lang, question=("follow", since))

    def run(
        self,
        out: str | Path,
        *,
        at: Day = None,
        known: Moment = None,
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

        lang = given.language(lang)
        if files not in ("parquet", "csv"):
            raise BadValue("bad_files", value=files)
        with self.asked(at, known, packs) as (_, asked):
            manifest = run(
                self.ledger,
                Path(out),
                Question(asked.at, asked.position, asked.packs, lang, files),
                columns=lambda _, reader: self.columns(reader),
                since=None if since is None else Path(since),
                write_back=write_back,
                progress=progress,
            )
        return run_shape(manifest, Path(out))


def _why(view: View, consequence: str, parts: tuple[str, ...], asked: Asked, lang: Lang) -> Shape:
    """A consequence with its rule, its proof as sentences and what the checker says; empty if it does not follow."""
    # A cascade names listed subjects where a rule names the record, and a record may have the key of one as its id.
    cascades = {(pack.id, cascade.id) for pack in asked.packs for cascade in pack.cascades}
    records = () if parts[:2] in cascades else view.records([parts[3]])
    answer = trace(view, records[0].fact.subject if records else parts[4], asked.packs, asked.at, records)
    found = next((one for one in answer.consequences if one.id == consequence), None)
    if found is None:
        return {}
    by_id = {pack.id: pack for pack in asked.packs}
    facts = sorted(view.reader.facts(found.proof), key=lambda stored: stored.id)
    told = names(view, [key for stored in facts for key in mentioned(stored.fact)])
    pack = by_id[found.pack]
    failed = check(found, facts, pack, asked.at)
    words = {code: text[lang] for code, text in pack.names.items()}
    return {
        "consequence": consequence_shape(found, by_id, answer.names, lang),
        "rule": next((rule_shape(rule, lang) for rule in pack.rules if rule.id == found.rule), None),
        "proof": [
            {
                "fact": stored.id,
                "text": sentence(stored.fact, told, lang, words),
                "position": stored.position,
                "recorded_at": stored.recorded_at,
            }
            for stored in facts
        ],
        "check": failed or "holds",
    }


def _unrecorded(view: View, facts: Sequence[Fact]) -> list[str]:
    """The records that findings or events of some facts name and nobody knows."""
    named = sorted({fact.record for fact in facts if isinstance(fact, Finding | Event)})
    known = {one.fact.id for one in view.records(named)}
    return [record for record in named if record not in known]


def _is_subject(view: View, key: str) -> bool:
    """Whether a key is that of a subject: described, or named by a tie, a record or a listing."""
    named = (view.ties_into([key]), view.ties_of([key], frozenset(TIE_KINDS)), view.listings_of([key]))
    return view.subject(key) is not None or any(facts[key] for facts in named) or bool(view.records_of([key]))


def _people(view: View, keys: Iterable[str]) -> frozenset[str]:
    """Those of some subjects that are described as persons."""
    view.fetch_subjects(keys := set(keys))
    return frozenset(key for key in keys if (found := view.subject(key)) and found.fact.kind is SubjectKind.PERSON)


def _reaching_nobody(view: View, subject: str, records: Sequence[Stored[Record]], answer: Trace) -> list[LeftOut]:
    """The traced records under which no rule reaches or may reach anybody."""
    reached = {one.record for one in answer.persons}
    asked = records or view.records_of([subject])
    return [LeftOut("record_reaches_nobody", one.fact.id) for one in asked if one.fact.id not in reached]
