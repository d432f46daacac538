"""A run's consequences into the store that its facts came from, where that is Neo4j."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from graph_service.analysis.run_files import Form, read_table
from graph_service.analysis.run_tables import WORDED
from graph_service.ingest.progress import Progress
from graph_service.ledger.protocol import Ledger
from graph_service.messages import BadValue, say
from graph_service.policy.table import Pack

if TYPE_CHECKING:
    from graph_service.ledger.neo4j_store import Neo4jStore

Manifest = Mapping[str, Any]


def derived_store(ledger: Ledger) -> Neo4jStore:
    """The store of a ledger, if verdicts can be written back into it.

    Raises `BadValue` for every store but Neo4j, and `LedgerError` where it may only be read.
    """
    from graph_service.ledger.neo4j import Neo4jLedger  # its driver is loaded only by those who use it
    from graph_service.ledger.neo4j_derived import make_schema

    if not isinstance(ledger, Neo4jLedger):
        raise BadValue("write_back_store")
    make_schema(ledger.store)  # whoever may not write is told before the run, not after it
    return ledger.store


def write_run_back(store: Neo4jStore, out: Path, manifest: Manifest, packs: Sequence[Pack], progress: Progress) -> dict[str, int]:
    """Put the consequences of the run in a folder into the store, in the place of the last run's.

    Gives the generation and how many consequences it holds.  Costs some 200 microseconds for each.  Raises `LedgerError`.
    """
    from graph_service.ledger.neo4j_derived import write_back

    (file,) = (one for one in manifest["files"] if one["table"] == "consequences")
    cascades = {(pack.id, cascade.id) for pack in packs for cascade in pack.cascades}
    run = {
        "decision": manifest["run_id"],
        "at": manifest["at"],
        "known": manifest["known"],
        "position": manifest["position"],
        "packs": [f"{one['id']}@{one['version']}" for one in manifest["packs"]],
        "complete": manifest["complete"],
    }
    progress.begin(say("run_step_write_back", manifest["lang"]), file["rows"])
    place, form = out / file["file"], cast("Form", manifest["form"])
    generation = write_back(store, run, _batches(place, form, manifest["run_id"], cascades, progress))
    progress.end()
    return {"generation": generation, "consequences": file["rows"]}


def _batches(
    place: Path, form: Form, decision: str, cascades: Collection[tuple[str, str]], progress: Progress
) -> Iterator[list[dict[str, Any]]]:
    """The consequences of a table, some at a time, as the store takes them."""
    from graph_service.ledger.neo4j_derived import ROWS

    for piece in read_table(place, form, WORDED["consequences"]):
        for part in piece.iter_slices(ROWS):
            yield [_row(one, decision, cascades) for one in part.iter_rows(named=True)]
            progress.advance(part.height)


def _row(one: dict[str, Any], decision: str, cascades: Collection[tuple[str, str]]) -> dict[str, Any]:
    # What a cascade derives hangs on listed subjects, which stand where a rule names the record.
    of_cascade = (one["pack"], one["rule"]) in cascades
    return {
        "subject": one["subject"],
        "record": None if of_cascade else one["record"],
        "listed": one["record"].split("+") if of_cascade else [],
        "via": one["via"],
        "properties": {**{name: value for name, value in one.items() if value not in ("", None)}, "decision": decision},
    }
