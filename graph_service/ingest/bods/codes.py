"""The code lists of BODS 0.4 and what becomes of them, from ``codes.yaml``; the identifiers that make a subject."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import yaml

from graph_service.model.identifiers import is_uscc


@dataclass(frozen=True, slots=True)
class Interest:
    """The kind of tie that an interest becomes; ``plain`` if the type says no more than the kind."""

    kind: str
    plain: bool


@dataclass(frozen=True, slots=True)
class UniqueScheme:
    """A scheme whose numbers name one entity in the world."""

    scheme: str
    pattern: re.Pattern[str]
    pad: int
    check: str
    id: str


@dataclass(frozen=True, slots=True)
class Codes:
    """The lists."""

    record_types: tuple[str, ...]
    record_statuses: tuple[str, ...]
    directness: tuple[str, ...]
    person_types: tuple[str, ...]
    name_types: tuple[str, ...]
    unspecified_reasons: tuple[str, ...]
    entity_forms: dict[str, str]
    interests: dict[str, Interest]
    unique_schemes: tuple[UniqueScheme, ...]
    person_schemes: dict[str, str]


@lru_cache(maxsize=1)
def codes() -> Codes:
    """The lists, read once."""
    data = yaml.safe_load((resources.files(__package__) / "codes.yaml").read_text("utf-8"))
    return Codes(
        record_types=tuple(data["record_types"]),
        record_statuses=tuple(data["record_statuses"]),
        directness=tuple(data["directness"]),
        person_types=tuple(data["person_types"]),
        name_types=tuple(data["name_types"]),
        unspecified_reasons=tuple(data["unspecified_reasons"]),
        entity_forms=data["entity_forms"],
        interests={name: Interest(entry["kind"], entry.get("plain", False)) for name, entry in data["interests"].items()},
        unique_schemes=tuple(
            UniqueScheme(entry["scheme"], re.compile(entry["pattern"]), entry.get("pad", 0), entry.get("check", ""), entry["id"])
            for entry in data["unique_schemes"]
        ),
        person_schemes=data["person_schemes"],
    )


def unique_key(identifiers: Iterable[tuple[str, str]]) -> str:
    """The subject that ``(scheme, number)`` pairs name by a unique scheme, the strongest first; empty if none does.

    >>> unique_key([("XI-LEI", "2138004C9R5QI9R5YH02"), ("GB-COH", "8584210")])
    'GB-COH-08584210'
    >>> unique_key([("DE-CR", "HRB 136926")]), unique_key([("XI-LEI", "2138004C9R5QI9R5YH03")])
    ('', '')
    """
    found: dict[str, set[str]] = {}
    for scheme, number in identifiers:
        found.setdefault(scheme, set()).add(number)
    for unique in codes().unique_schemes:
        for number in sorted(found.get(unique.scheme, ())):
            plain = "".join(number.split()).upper()
            plain = plain.zfill(unique.pad) if plain.isdigit() and plain.isascii() else plain
            if unique.pattern.fullmatch(plain) and _passes(unique.check, plain):
                return unique.id.format(number=plain)
    return ""


def _passes(check: str, number: str) -> bool:
    match check:
        case "uscc":
            return is_uscc(number)
        case "lei":  # ISO 17442: ISO 7064 MOD 97-10 over the digits, letters as 10 to 35
            return int("".join(str(int(char, 36)) for char in number)) % 97 == 1
        case _:
            return True
