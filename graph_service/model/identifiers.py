"""Identifiers: the Unified Social Credit Code, resident identity numbers, keyed hashes, masks.

* USCC 统一社会信用代码, GB 32100-2015 with the 2016 amendment: 18 characters of ``0-9A-Z`` without I O S V Z; positions 2 to 8
  are digits (registering authority, category, region); the ninth to seventeenth are the organisation code; the last is the
  check character.  Codes of the prefixes N, Y and A are valid here (python-stdnum refuses them).
* Resident identity number 公民身份号码, GB 11643-1999: 17 digits and a check character by ISO 7064 MOD 11-2, with the birth
  date in positions 7 to 14.  Only check and date are tested: birth counties change.
* Any other key (LEI, company number, a provider's own) is an equal citizen and is taken as it stands.
"""

from __future__ import annotations

import hmac
import re
from datetime import date
from hashlib import sha256

from graph_service.messages import BadValue

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUES = {char: value for value, char in enumerate(_ALPHABET)}
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_PROVINCES = frozenset(
    "10 11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82".split()  # noqa: SIM905
)
_SHAPE = re.compile(rf"[1-9ANY][1-9][0-9]{{6}}[{_ALPHABET}]{{10}}\Z")

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_ID_SHAPE = re.compile(r"[0-9]{17}[0-9X]\Z")


def uscc_check_character(code: str) -> str:
    """The check character for the first 17 characters: ``(31 - sum(weight * value) mod 31) mod 31`` (GB 32100).

    >>> uscc_check_character("91530000MATEXT01X")
    '1'
    """
    total = sum(weight * _VALUES[char] for weight, char in zip(_WEIGHTS, code[:17], strict=True))
    return _ALPHABET[-total % 31]


def looks_like_uscc(key: str) -> bool:
    """Whether a key has the shape of a USCC with an existing province; its check character may be wrong.

    >>> looks_like_uscc("91530000MATEXT01X1"), looks_like_uscc("549300TRUWO2CD2G5692"), looks_like_uscc("008584210")
    (True, False, False)
    """
    return bool(_SHAPE.match(key)) and key[2:4] in _PROVINCES


def is_uscc(key: str) -> bool:
    """Whether a key is a valid USCC.

    >>> is_uscc("N2530102MF0000021M"), is_uscc("91530000MATEXT01X2")
    (True, False)
    """
    return looks_like_uscc(key) and uscc_check_character(key) == key[17]


def subject_key(text: str) -> str:
    """The key of a subject as the ledger holds it: trimmed, a USCC in capitals and checked.

    Raises `BadValue` for a code in the shape of a USCC whose check character is wrong, and for a resident identity number, which
    may be no key (and is not repeated in the message).

    >>> subject_key(" 91530000matext01x1 ")
    '91530000MATEXT01X1'
    >>> subject_key("gb-coh-08584210")
    'gb-coh-08584210'
    """
    key = text.strip()
    if len(key) == 18 and key.isascii():
        capital = key.upper()
        expected = uscc_check_character(capital) if looks_like_uscc(capital) else ""
        if capital[17] == expected:
            return capital
        if is_resident_id(capital):
            raise BadValue("identity_number_as_key")
        if expected:
            raise BadValue("bad_uscc", value=key, expected=expected)
    return key


def is_resident_id(number: str) -> bool:
    """Whether a number passes the check and date of GB 11643.

    >>> is_resident_id("360426199101010071"), is_resident_id("360426199113010071")
    (True, False)
    """
    if not _ID_SHAPE.match(number):
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, number[:17], strict=True))
    return _ID_CHECKS[total % 11] == number[17]


def keyed_hash(key: bytes, id_type: str, number: str) -> str:
    """The hash under which an identity number is kept: HMAC-SHA-256 with the ledger's key, 40 hexadecimal digits.

    The number itself is in no message, so neither is it in an error that may rise from here.
    """
    text = f"{id_type.strip().lower()}:{number.strip().upper()}"
    return hmac.new(key, text.encode(), sha256).hexdigest()[:40]


def mask_name(name: str) -> str:
    """A name with all but its first character hidden.

    >>> mask_name("李明"), mask_name("Ann Example"), mask_name("")
    ('李*', 'A**********', '')
    """
    return name[:1] + "*" * (len(name) - 1)
