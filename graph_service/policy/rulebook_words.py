"""Words of the rulebook: codes, dates, terms and shares as Markdown that no text of a pack can break."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

from graph_service.messages import Lang, catalogue, say
from graph_service.model.interval import day_text
from graph_service.policy.table import Pack, Term

_SPECIAL = re.compile(r"([\\`*_\[\]|{}#])")
_ADDRESS = re.compile(r"https?://[^\s;<>\"]+")


def escape(text: str) -> str:
    """A text as Markdown that shows it as it is, on one line.

    >>> escape("50 % | <b> *")
    '50 % \\\\| &lt;b&gt; \\\\*'
    """
    plain = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SPECIAL.sub(r"\\\1", plain)


def linked(text: str) -> str:
    """A text with its addresses as links."""
    parts: list[str] = []
    place = 0
    for found in _ADDRESS.finditer(text):
        parts += [escape(text[place : found.start()]), f" <{found[0]}>"]
        place = found.end()
    parts.append(escape(text[place:]))
    return " ".join("".join(parts).split(" ")).replace("  ", " ").replace("> ;", ">;").strip()


def word(pack: Pack | None, code: str, lang: Lang) -> str:
    """The word for a code: the pack's own, else the catalogue's, else the code itself."""
    own = pack.names.get(code) if pack else None
    if own is not None:
        return escape(own[lang])
    common = catalogue().get(f"word_{code}")
    return escape(common[lang] if common else code)


def listed(pack: Pack, codes: Iterable[str], lang: Lang, last: str = "") -> str:
    """Words one after another; ``last`` stands before the last one."""
    words = [word(pack, code, lang) for code in codes]
    comma = say("rulebook_comma", lang)
    if last and len(words) > 1:
        return comma.join(words[:-1]) + last + words[-1]
    return comma.join(words)


def effect_title(pack: Pack, code: str, lang: Lang) -> str:
    """A code with its words."""
    own = pack.names.get(code)
    return f"{escape(code)} {escape(own[lang])}" if own else escape(code)


def confidence(value: str, lang: Lang) -> str:
    """How sure a statement is; what is unverified is marked so that nobody overlooks it."""
    return say("rulebook_unverified" if value == "unverified" else "rulebook_sourced", lang)


def mark(value: str, lang: Lang) -> str:
    """The mark of what is unverified, after a blank; nothing for what is sourced."""
    return f" {say('rulebook_unverified', lang)}" if value == "unverified" else ""


def force(start: int | str, end: int | str, lang: Lang, *, day: bool = False) -> str:
    """Since when and until when, as days or ISO dates; ``day``: the first alone."""
    first = start if isinstance(start, str) else day_text(start)
    last = end if isinstance(end, str) else day_text(end)
    if day:
        return first
    if first and last:
        return say("rulebook_from_to", lang, start=first, end=last)
    if first:
        return say("rulebook_from", lang, start=first)
    return say("rulebook_to", lang, end=last) if last else say("rulebook_always", lang)


def percent(share: Fraction) -> str:
    """A fraction of 1 as an exact percentage.

    >>> percent(Fraction(1, 2)), percent(Fraction("33.33") / 100)
    ('50', '33.33')
    """
    whole = share * 100
    text = format(Decimal(whole.numerator) / Decimal(whole.denominator), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def term_text(term: Term, lang: Lang) -> str:
    """How long a consequence runs."""
    if term.permanent:
        told = say("rulebook_term_permanent", lang)
    else:
        lengths = (("years", term.years), ("months", term.months), ("days", term.days))
        parts = [say(f"rulebook_{unit}", lang, number=number) for unit, number in lengths if number]
        if not parts:
            return say("rulebook_term_exit", lang)
        anchor = say(f"rulebook_anchor_{term.anchor}", lang)
        told = say("rulebook_term_length", lang, length=" ".join(parts), anchor=anchor)
    if term.basis is None:
        return told
    basis = term.basis
    sure = mark(basis.confidence, lang)
    instrument, article = escape(basis.instrument[lang]), escape(basis.article[lang])
    return say("rulebook_term_basis", lang, term=told, instrument=instrument, article=article, mark=sure)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table; its cells are Markdown already."""
    return [
        f"| {' | '.join(columns)} |",
        f"|{'---|' * len(columns)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
