"""What callers give to a question, checked in one place: a wrong argument is one clear line, whoever asks."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from graph_service.messages import LANGS, BadValue, Lang


def language(lang: object) -> Lang:
    """One of the languages.  Raises `BadValue`."""
    for one in LANGS:
        if lang == one:
            return one
    raise BadValue("bad_language", value=lang, known=", ".join(LANGS))


def key(value: object, name: str) -> str:
    """A subject's key or a record's id.  Raises `BadValue` for what is no text."""
    if not isinstance(value, str):
        raise BadValue("bad_key", name=name, value=value)
    return value.strip()


def whole(value: object, name: str, least: int, most: int) -> int:
    """A whole number within bounds.  Raises `BadValue`."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadValue("bad_whole", name=name, value=value, least=least, most=most)
    return value


def part(value: object) -> Fraction:
    """A threshold: an exact part of the whole, from nothing up to less than all.  Raises `BadValue`; a float is not exact."""
    if isinstance(value, bool) or not isinstance(value, int | Fraction) or not 0 <= value < 1:
        raise BadValue("bad_part", value=value)
    return Fraction(value)


def texts(value: object, name: str) -> tuple[str, ...]:
    """Several texts; a single one counts as itself.  Raises `BadValue`."""
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, Iterable):
        raise BadValue("bad_texts", name=name, value=value)
    found = tuple(value)
    if not all(isinstance(one, str) for one in found):
        raise BadValue("bad_texts", name=name, value=value)
    return found
