"""The gaps of a candidate as bits of one integer, and back to their codes in the order in which a trace names them.

First what the trigger leaves open, then the finding, the clock, and the dates, of which those come first that alone would
decide it.
"""

from __future__ import annotations

DECISION, SUBJECT_KIND, FAMILY, BEHAVIOUR, SEVERITY, FINDING, CLOCK, CLOCK_UNSURE = (1 << place for place in range(8))
TIE_DATES, ACT_DATES, OWN_DECISION, DEATH, ACT_FIRST, REGION = (1 << place for place in range(8, 14))
"""``ACT_FIRST``: the act's dates alone would decide it, the ties' alone would not."""

TRIGGER_BITS = {
    "subject_kind": SUBJECT_KIND,
    "family": FAMILY,
    "behaviour": BEHAVIOUR,
    "severity": SEVERITY,
    "outcome": 0,
    "region": REGION,
}
"""The bit of each test of a rule's words that may leave a gap."""

_CODES = (
    (DECISION, "decision_date"),
    (SUBJECT_KIND, "subject_kind"),
    (FAMILY, "family"),
    (BEHAVIOUR, "behaviour"),
    (SEVERITY, "severity"),
    (REGION, "region"),
    (FINDING, "finding"),
    (CLOCK, "clock"),
    (CLOCK_UNSURE, "clock_unsure"),
)
_DATES = ((TIE_DATES, "tie_dates"), (ACT_DATES, "act_dates"), (OWN_DECISION, "decision_date"), (DEATH, "death_date"))


def gap_codes(bits: int) -> list[str]:
    """The codes of the gaps in order.

    >>> gap_codes(FINDING | CLOCK | DECISION)
    ['decision_date', 'finding', 'clock']
    >>> gap_codes(TIE_DATES | ACT_DATES | ACT_FIRST)
    ['act_dates', 'tie_dates']
    """
    dates = [code for bit, code in _DATES if bits & bit]
    if bits & ACT_FIRST:
        dates.sort(key=lambda code: code != "act_dates")
    return [code for bit, code in _CODES if bits & bit] + dates
