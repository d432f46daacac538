"""Masking: what stands in an answer in the place of a person who may not be seen.

* a name keeps its first character and nothing of its length;
* a key becomes a *pseudonym*: the same for everybody and for ever under one secret, so that rows can still be joined, and
  readable back by the service alone (AES-SIV, deterministic and authenticated), so that a pseudonym can be asked about;
* the id of a fact is a digest of what it says, and could be tried out with guessed persons: it is sealed the same way;
* what else points at the person (numbers, credentials, sources) is masked whole; hashes of identity numbers and notes go away.

Invariants: two persons never share a pseudonym; nobody makes one without the secret; nothing of the key is in it, nor its length
(it is filled up to whole blocks).
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from graph_service.access.sealing import derived_long
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Subject, Tie
from graph_service.model.identifiers import is_resident_id

PERSON, FACT, TIE, TEXT = "p~", "f~", "t~", "s~"
"""What the pseudonym of a person and the sealed ids of a fact, of a tie and of another text begin with."""
WITHHELD = "withheld"
_BLOCK = 32
_SEALED = re.compile(rb"[pfts]~[A-Za-z0-9_-]{43,}")
_MASK = "**"
_NUMBER = re.compile(r"(?<![0-9])[0-9]{17}[0-9Xx](?![0-9])")


class Masks:
    """The masks of one secret.  Safe for several threads."""

    def __init__(self, key: bytes) -> None:
        cipher = AESSIV(derived_long(key, "pseudonyms"))

        @lru_cache(maxsize=65536)
        def seal(kind: str, text: str) -> str:
            plain = text.encode("utf-8", "surrogatepass")
            filled = plain + b"\0" * (-len(plain) % _BLOCK or (_BLOCK if not plain else 0))
            return kind + urlsafe_b64encode(cipher.encrypt(filled, [kind.encode()])).rstrip(b"=").decode()

        @lru_cache(maxsize=65536)
        def open_(kind: str, sealed: str) -> str | None:
            if not sealed.startswith(kind) or not sealed.isascii():
                return None
            try:
                raw = urlsafe_b64decode(sealed[len(kind) :] + "=" * (-len(sealed[len(kind) :]) % 4))
                plain = cipher.decrypt(raw, [kind.encode()])
            except (InvalidTag, ValueError):
                return None
            found = plain.rstrip(b"\0").decode("utf-8", "surrogatepass")
            return found if seal(kind, found) == sealed else None

        self.seal = seal
        self._open = open_

    def pseudonym(self, key: str) -> str:
        """What stands for a person's key."""
        return self.seal(PERSON, key)

    def key_of(self, pseudonym: str) -> str | None:
        """The key behind a pseudonym; None for a text that is none of ours."""
        return self._open(PERSON, pseudonym)

    def opened(self, kind: str, sealed: str) -> str | None:
        """The text behind a sealed one; None for a text that is none of ours."""
        return self._open(kind, sealed)

    def _different(self, text: str) -> str:
        return self.seal(TEXT, text) if text else ""

    def fact(self, fact: Fact, hidden: Callable[[str], bool], *, named: bool = True) -> Fact:
        """A fact with every person in it masked that is ``hidden``; the fact itself where there is none.

        ``named``: keep the first character of a masked name.
        """

        def who(key: str) -> str:
            return self.pseudonym(key) if key and hidden(key) else key

        match fact:
            case Subject():
                if not hidden(fact.id):
                    return fact
                return Subject(
                    id=self.pseudonym(fact.id),
                    kind=fact.kind,
                    name=masked_name(fact.name) if named else _MASK,
                    form=fact.form,
                    region=fact.region,
                    opened_on=fact.opened_on,
                    closed_on=fact.closed_on,
                    state_owned=fact.state_owned,
                    id_type=_masked(fact.id_type),
                )
            case Tie():
                holder, enterprise = who(fact.holder), who(fact.enterprise)
                if (holder, enterprise) == (fact.holder, fact.enterprise):
                    return fact
                identity = self.seal(TIE, fact.id)
                # What two sources tell of one holding is never added up, so sources must stay different.
                hints = _masked(fact.credential), self._different(fact.source)
                return Tie(identity, fact.kind, holder, enterprise, fact.valid, fact.share, fact.title, *hints)
            case Record():
                if not hidden(fact.subject):
                    return fact
                # A record without an instrument is a lead, so the number of a masked person's instrument is masked, not dropped.
                number, amount = self._different(fact.instrument_no), _masked(fact.amount)
                return replace(fact, subject=who(fact.subject), instrument_no=number, amount=amount)
            case Finding() | Event():
                return replace(fact, person=who(fact.person)) if fact.person and hidden(fact.person) else fact
            case Listing():
                return replace(fact, subject=who(fact.subject)) if hidden(fact.subject) else fact


def _masked(text: str) -> str:
    """That there is a text, and nothing of it."""
    return _MASK if text else ""


def masked_name(name: str) -> str:
    """A name of which only the first character is left; nothing tells how long it was.

    >>> masked_name("杨澜哲"), masked_name("Ann Example"), masked_name("")
    ('杨**', 'A**', '')
    """
    return f"{name[:1]}{_MASK}" if name else ""


def withheld(body: bytes) -> bytes:
    """An answer in which every pseudonym and sealed id is the same word, so that rows can no longer be joined.

    >>> withheld(b'{"person":"p~' + b"x" * 43 + b'"}')
    b'{"person":"withheld"}'
    """
    return _SEALED.sub(WITHHELD.encode(), body)


def without_numbers(text: str) -> str:
    """A text with every resident identity number taken out: it may stand in no log, whoever typed it where.

    >>> without_numbers("ask 360426199101010071 again")
    'ask [identity number] again'
    """
    return _NUMBER.sub(lambda found: "[identity number]" if is_resident_id(found[0].upper()) else found[0], text)
