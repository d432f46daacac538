"""Loading a policy pack: read, check, compile to the rule table.

A pack loads whole or not at all.  What does not load, and why (each as a `PackError` that names file, line, rule and field):

* a statement without a citation: instrument, article, and a reference that ``sources`` knows;
* a word that nobody defined: role, finding, family, behaviour, event, measure code;
* two versions of one rule in force on one day, or an id used twice;
* a term without an anchor, dates in reverse, a rule that its instrument never lets speak;
* a reach that reaches nobody, a fault test that no finding satisfies;
* a text in one language only;
* a procedure or deadline of casework without a citation, or a bar that bars nothing.

Invariants: the compiled table holds nothing that the pack does not say, and the same pack gives the same digest on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from typing import Any, cast

from graph_service.messages import PackError
from graph_service.model.facts import digest
from graph_service.model.interval import FIRST, day_text
from graph_service.policy.compiling import Compiler
from graph_service.policy.desk_compiling import DeskCompiler
from graph_service.policy.desk_schema import LawFile
from graph_service.policy.document import Document, Folder, PackProblem, read_document, yaml_names
from graph_service.policy.schema import PackFile
from graph_service.policy.table import Cascade, Pack, Rule

PACK_FILE = "pack.yaml"
_NOT_JUDGED_BY = frozenset({"digest", "procedures", "casework", "desk_digest"})
"""The fields of a pack by which no verdict is made: a deadline that changes leaves every decision id as it is."""


def load_pack(folder: Folder) -> Pack:
    """The pack in a folder, checked and compiled.  Raises `PackError`.  Costs some milliseconds for each hundred lines."""
    head = read_document(folder, PACK_FILE)
    file = head.read(PackFile)
    laws = [
        (document, document.read(LawFile))
        for document in (read_document(folder, name) for name in yaml_names(folder) if name != PACK_FILE)
    ]
    pack = Compiler(head, file).pack(laws)
    _refuse_duplicates(laws)
    if not (pack.rules or pack.cascades or pack.incentives):
        raise PackProblem("pack_empty", file=PACK_FILE, line=0, field="")
    _refuse_overlaps(laws, pack)
    procedures, casework = DeskCompiler(head, file).desk(laws)
    return replace(
        pack,
        digest=digest(_canonical(pack), size=16),
        procedures=procedures,
        casework=casework,
        desk_digest=digest(_canonical(procedures), _canonical(casework), size=16),
    )


def _packs_folder() -> Folder:
    return resources.files(__package__).joinpath("packs")


def shipped_ids() -> tuple[str, ...]:
    """The ids of the packs that come with the package, sorted; nothing is loaded."""
    return tuple(sorted(entry.name for entry in _packs_folder().iterdir() if entry.joinpath(PACK_FILE).is_file()))


def shipped_folder(pack_id: str) -> Folder:
    """The folder of a shipped pack (its scenarios stand in ``scenarios/``).  Raises `PackError` if there is none."""
    if pack_id not in shipped_ids():
        raise PackError("pack_unknown", id=pack_id, known=", ".join(shipped_ids()))
    return _packs_folder().joinpath(pack_id)


@lru_cache(maxsize=256)
def shipped_pack(pack_id: str) -> Pack:
    """A shipped pack, loaded once a process.  Raises `PackError` if there is none of that id."""
    return load_pack(shipped_folder(pack_id))


def shipped_packs() -> dict[str, Pack]:
    """Every shipped pack by its id."""
    return {pack_id: shipped_pack(pack_id) for pack_id in shipped_ids()}


def find_versions(pack: Pack, rule_id: str) -> tuple[Rule | Cascade, ...]:
    """Every version of a rule or cascade, the oldest first; none if the pack has no such id."""
    found: list[Rule | Cascade] = [rule for rule in pack.rules if rule.id == rule_id]
    found += [cascade for cascade in pack.cascades if cascade.id == rule_id]
    return tuple(sorted(found, key=lambda item: item.basis.valid_from))


def _refuse_duplicates(laws: Iterable[tuple[Document, LawFile]]) -> None:
    """Ids are unique: of a rule or cascade together with its version, of incentives and lists by themselves."""
    owners: dict[str, tuple[str, str]] = {}
    seen: dict[tuple[str, ...], str] = {}
    for document, law in laws:
        named = (
            *((("rules", index), ("version", rule.id, rule.version)) for index, rule in enumerate(law.rules)),
            *((("cascades", index), ("version", item.id, item.version)) for index, item in enumerate(law.cascades)),
            *((("incentives", index), ("incentive", reward.code)) for index, reward in enumerate(law.incentives)),
            *((("lists", index), ("list", entry.id)) for index, entry in enumerate(law.lists)),
        )
        for loc, key in named:
            section, value = str(loc[0]), key[1]
            owner = owners.setdefault(value, (section, document.name))
            # One id names one thing in every answer: a rule and a list may not share it either.
            if key in seen or owner[0] != section:
                raise document.problem(loc, "pack_duplicate_id", value=value, other=seen.get(key, owner[1]))
            seen[key] = document.name


def _refuse_overlaps(laws: Iterable[tuple[Document, LawFile]], pack: Pack) -> None:
    """No two versions of one rule or cascade are in force on one day."""
    for rule_id in dict.fromkeys([*(rule.id for rule in pack.rules), *(cascade.id for cascade in pack.cascades)]):
        for older, newer in pairwise(find_versions(pack, rule_id)):
            if newer.basis.valid_from < older.basis.valid_to:
                document, loc = _place(laws, rule_id, newer.version)
                raise document.problem(
                    loc,
                    "pack_overlap",
                    value=rule_id,
                    one=older.version,
                    two=newer.version,
                    day=day_text(max(newer.basis.valid_from, FIRST + 1)),
                )


def _place(laws: Iterable[tuple[Document, LawFile]], rule_id: str, version: str) -> tuple[Document, tuple[str, int]]:
    for document, law in laws:
        for index, rule in enumerate(law.rules):
            if (rule.id, rule.version) == (rule_id, version):
                return document, ("rules", index)
        for index, cascade in enumerate(law.cascades):
            if (cascade.id, cascade.version) == (rule_id, version):
                return document, ("cascades", index)
    raise LookupError(rule_id)


def _canonical(value: Any) -> str:
    """A text that is the same for equal law on every machine: sets and mappings sorted, fractions exact."""
    if is_dataclass(value):
        parts = (
            f"{field.name}={_canonical(getattr(value, field.name))}"
            for field in fields(cast(Any, value))
            if field.name not in _NOT_JUDGED_BY
        )
        return f"{type(value).__name__}({';'.join(parts)})"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key!r}:{_canonical(item)}" for key, item in sorted(value.items())) + "}"
    if isinstance(value, frozenset):
        return "<" + ",".join(sorted(_canonical(item) for item in value)) + ">"
    if isinstance(value, tuple):
        return "[" + ",".join(_canonical(item) for item in value) + "]"
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    return repr(value)
