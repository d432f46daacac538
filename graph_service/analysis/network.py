"""The network behind an answer: the subjects and ties that a trace rests on, as nodes and edges with what they are in it.

* every fact that a proof or a gap names is there: its ties and findings as edges, all of them as sentences in ``facts``;
* the ties into the traced subject that hold on the day, or that a data fault names, are there too, so that whoever is not reached
  is seen beside who is;
* a subject is shown as the strongest thing that it is: the traced subject, liable, caught, candidate, possibly caught, listed,
  related (a reviewer's hint is on it), or only connected;
* what a bound left out is said.

Invariants: nothing is drawn that no fact says; the same answer gives the same lists in the same order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graph_service.engine.answers import LeftOut, Trace
from graph_service.engine.sentences import mentioned, sentence
from graph_service.engine.shapes import Shape, left_out_shape, word
from graph_service.engine.trace import names
from graph_service.messages import Lang
from graph_service.model.facts import Fact, Finding, Listing, Stored, SubjectKind, Tie
from graph_service.model.interval import covers
from graph_service.model.verdict import Verdict
from graph_service.snapshot.view import View

TIES_LIMIT = 2000
"""How many ties that no proof names a network shows before it says that it left the rest out."""
HOLDS = {Verdict.CERTAIN: "certain", Verdict.POSSIBLE: "possible", Verdict.EXCLUDED: "no"}
"""Whether a tie holds on the day asked."""
PARTS = ("subject", "liable", "caught", "candidate", "possibly_caught", "listed", "related", "connected")
"""What a subject is in a network, the strongest first."""


@dataclass(frozen=True, slots=True)
class Network:
    """``parts`` says what each subject is; ``edges`` are ties and findings, ``facts`` all that proofs and gaps name."""

    subject: str
    parts: Mapping[str, str]
    records: Mapping[str, tuple[str, ...]]
    edges: tuple[tuple[str, str, Stored[Tie] | Stored[Finding]], ...]
    facts: tuple[Stored[Fact], ...]
    proven: frozenset[str]
    left_out: tuple[LeftOut, ...] = ()


def trace_network(view: View, answer: Trace) -> Network:
    """The network of a trace.  Costs one read of the facts named and the ties into the subject."""
    proven = frozenset(fact for proof in _proofs(answer) for fact in proof)
    vague = {fact for one in answer.persons for gap in one.gaps for fact in gap.facts}
    named = sorted(view.reader.facts(sorted(proven | vague)), key=_by_id)
    told = {stored.id for stored in named}
    faulty = {fact for one in answer.faults for fact in one.facts}
    beside = [
        tie
        for tie in view.ties_into([answer.subject])[answer.subject]
        if tie.id not in told and (tie.id in faulty or covers(tie.fact.valid, answer.at))
    ]
    left_out = [LeftOut("network", answer.subject, {"shown": TIES_LIMIT})] if len(beside) > TIES_LIMIT else []
    edges = list(_edges(view, [*named, *beside[:TIES_LIMIT]]))
    parts = _parts(answer, named)
    for one, other, _ in edges:
        parts.setdefault(one, "connected")
        parts.setdefault(other, "connected")
    records: dict[str, set[str]] = defaultdict(set)
    for reached in answer.persons:
        records[reached.subject].add(reached.record)
    for stored in named:
        if getattr(stored.fact, "subject", "") in parts and stored.fact.key.startswith("record:"):
            records[stored.fact.subject].add(stored.fact.id)  # type: ignore[union-attr]
    return Network(
        subject=answer.subject,
        parts=dict(sorted(parts.items())),
        records={key: tuple(sorted(found)) for key, found in records.items()},
        edges=tuple(sorted(edges, key=lambda edge: edge[2].id)),
        facts=tuple(named),
        proven=proven,
        left_out=tuple(left_out),
    )


def ties_network(view: View, subject: str, ties: Iterable[Stored[Tie]], left_out: Iterable[LeftOut] = ()) -> Network:
    """The network of some ties around a subject: everybody but the subject is only connected."""
    edges = list(_edges(view, ties))
    parts = {key: "connected" for edge in edges for key in edge[:2]} | {subject: "subject"}
    ordered = tuple(sorted(edges, key=lambda edge: edge[2].id))
    return Network(subject, dict(sorted(parts.items())), {}, ordered, (), frozenset(), tuple(left_out))


def _proofs(answer: Trace) -> Iterable[tuple[str, ...]]:
    yield from (one.proof for one in answer.persons)
    yield from (one.proof for one in answer.consequences)


def _by_id(stored: Stored[Fact]) -> str:
    return stored.id


def _edges(view: View, facts: Iterable[Stored[Fact]]) -> Iterable[tuple[str, str, Stored[Tie] | Stored[Finding]]]:
    """Ties join holder and enterprise; a finding joins the person to the subject of the record."""
    findings: list[Stored[Finding]] = []
    for stored in facts:
        match stored.fact:
            case Tie(holder=holder, enterprise=enterprise):
                yield holder, enterprise, stored  # type: ignore[misc]
            case Finding():
                findings.append(stored)  # type: ignore[arg-type]
    about = {one.fact.id: one.fact.subject for one in view.records(sorted({one.fact.record for one in findings}))}
    for one in findings:
        if one.fact.record in about:
            yield one.fact.person, about[one.fact.record], one


def _parts(answer: Trace, named: Iterable[Stored[Fact]]) -> dict[str, str]:
    """What each subject of a trace is."""
    found: dict[str, set[str]] = defaultdict(set)
    found[answer.subject].add("subject")
    for one in answer.persons:
        found[one.subject].add("liable" if one.verdict.certain else "candidate")
    reached = {one.subject for one in answer.persons}
    for it in answer.consequences:
        if it.kind == "derived_sanction":
            found[it.subject].add("caught")
        elif it.subject not in reached and it.subject != answer.subject:
            found[it.subject].add("related")
    for maybe in answer.possible:
        for key in (*maybe.listed, *(owner for owner, _ in maybe.owners)):
            found[key].add("listed" if key in maybe.listed else "possibly_caught")
    for stored in named:
        if isinstance(stored.fact, Listing):
            found[stored.fact.subject].add("listed")
    return {key: min(parts, key=PARTS.index) for key, parts in found.items()}


def network_shape(view: View, found: Network, at: int, lang: Lang, words: Mapping[str, str] | None = None) -> Shape:
    """A network as plain values: nodes, edges and facts with their sentences; ``words`` names a pack's behaviours."""
    told = names(view, [*found.parts, *(key for stored in found.facts for key in mentioned(stored.fact))])
    hops = _hops(found)
    practice = {tie.fact.holder for _, _, tie in found.edges if isinstance(tie.fact, Tie) and tie.fact.kind == "practitioner"}
    return {
        "subject": {"id": found.subject, "name": told.get(found.subject, "")},
        "nodes": [
            {
                "id": key,
                "name": told.get(key, ""),
                "kind": _kind(view, key, key in practice, found),
                "part": part,
                "hops": hops.get(key),
                "records": list(found.records.get(key, ())),
            }
            for key, part in found.parts.items()
        ],
        "edges": [_edge(one, other, stored, found, told, at, lang) for one, other, stored in found.edges],
        "facts": {stored.id: sentence(stored.fact, told, lang, words) for stored in found.facts},
        "complete": not found.left_out,
        "left_out": [left_out_shape(one, lang) for one in found.left_out],
    }


def _edge(
    one: str, other: str, stored: Stored[Tie] | Stored[Finding], found: Network, told: Mapping[str, str], at: int, lang: Lang
) -> Shape:
    fact = stored.fact
    valid = fact.valid if isinstance(fact, Tie) else None
    share = fact.share if isinstance(fact, Tie) else None
    return {
        "fact": stored.id,
        "kind": fact.kind if isinstance(fact, Tie) else "finding",
        "from": one,
        "to": other,
        "title": word(fact.kind if isinstance(fact, Tie) else fact.finding, lang),
        "valid_from": (str(valid.start) or None) if valid else None,
        "valid_to": (str(valid.end) or None) if valid else None,
        "share": (str(share) or "?") if share is not None else None,
        "text": sentence(fact, told, lang),
        "holds": HOLDS[Verdict.CERTAIN if valid is None else covers(valid, at)],
        "current": valid is None or covers(valid, at).certain,
        "in_proof": stored.id in found.proven,
    }


def _kind(view: View, key: str, practises: bool, found: Network) -> str:
    described = view.subject(key)
    if described is None or described.fact.kind is SubjectKind.UNSPECIFIED:
        return "enterprise" if any(key == other for _, other, _ in found.edges) else "unknown"
    if described.fact.kind is SubjectKind.PERSON:
        return "practitioner" if practises else "person"
    return "enterprise"


def _hops(found: Network) -> dict[str, int]:
    """How many edges away from the subject each node is, in either direction."""
    near: dict[str, set[str]] = defaultdict(set)
    for one, other, _ in found.edges:
        near[one].add(other)
        near[other].add(one)
    hops, frontier = {found.subject: 0}, [found.subject]
    while frontier:
        reached = sorted({key for here in frontier for key in near[here] if key not in hops})
        hops.update(dict.fromkeys(reached, hops[frontier[0]] + 1))
        frontier = reached
    return hops
