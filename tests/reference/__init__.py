"""A naive reference: docs/semantics.md, sections 2 to 6, by enumeration of readings.

It is slow and plain on purpose, knows nothing of the engine, and is compared with it by the differential tests.  Read it beside
the semantics page: every function cites the section that it spells out.
"""

from tests.reference.liability import reference_verdicts
from tests.reference.ownership import holding_ranges, reference_caught, reference_control
from tests.reference.standing import Standing, reference_status

__all__ = [
    "Standing",
    "holding_ranges",
    "reference_caught",
    "reference_control",
    "reference_status",
    "reference_verdicts",
]
