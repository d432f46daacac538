"""Identifiers of subjects that do not exist, in the shapes of those that do.

* A Unified Social Credit Code here has a valid form, a region of Yunnan (GB/T 2260, 53....) and both check characters, and an
  organisation code that reads as a sample: ``TEX`` and five characters (the seeded part; organisation codes of the register
  begin with digits or ``M``) or ``MATEXT`` and two digits (the stories; far ahead in the series ``MA``, which is given out in
  order).
* A Legal Entity Identifier here is of the right length with valid check digits (ISO 17442), under the prefix ``TEXT``.
* A company number is one of the country ``ZZ``, which ISO 3166 leaves to its users.
"""

from __future__ import annotations

from graph_service.model.identifiers import uscc_check_character

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def organisation_check(code: str) -> str:
    """The check character of an organisation code of eight characters (GB 11714).

    >>> organisation_check("MATEXT01")
    'X'
    """
    rest = sum(weight * int(char, 36) for weight, char in zip(_WEIGHTS, code, strict=True)) % 11
    return "0X987654321"[rest]


def uscc(prefix: str, region: str, organisation: str) -> str:
    """The code of an organisation: two characters of authority and category, the region, eight characters, two checks.

    >>> uscc("91", "530000", "MATEXT01")
    '91530000MATEXT01X1'
    """
    body = prefix + region + organisation + organisation_check(organisation)
    return body + uscc_check_character(body)


def numbered_uscc(prefix: str, region: str, number: int) -> str:
    """The code of the sample organisation of a number, up to 28 million of them.

    >>> numbered_uscc("91", "530102", 1)[8:16]
    'TEX00001'
    """
    digits = ""
    for _ in range(5):
        number, digit = divmod(number, 31)
        digits = ALPHABET[digit] + digits
    return uscc(prefix, region, f"TEX{digits}")


def lei(number: int) -> str:
    """The Legal Entity Identifier of the sample subject of a number.

    >>> lei(1), int("".join(str(int(char, 36)) for char in lei(1))) % 97
    ('TEXT0000000000000115', 1)
    """
    body = f"TEXT00{number:012d}"
    return f"{body}{98 - int(''.join(str(int(char, 36)) for char in body + '00')) % 97:02d}"


def company_number(number: int) -> str:
    """The key of a sample company in a foreign register.

    >>> company_number(7)
    'zz-reg-00000007'
    """
    return f"zz-reg-{number:08d}"
