"""The whole register, from the number of enterprises and the seed."""

from __future__ import annotations

from graph_service.messages import BadValue
from graph_service.sample.dice import Dice
from graph_service.sample.dirty import add_dirty
from graph_service.sample.dishonesty import add_listings, add_records
from graph_service.sample.province import build
from graph_service.sample.register import Register, Tables
from graph_service.sample.stories import add_stories

SMALLEST, LARGEST = 20, 10_000_000


def generate(enterprises: int = 300, seed: int = 1, *, dirty: bool = True) -> Tables:
    """The rows of every register file, by its name; every row has every column.

    ``enterprises`` counts the seeded enterprises of the province; the stories, subjects abroad (one for a hundred, at least
    eight) and dirty rows come on top.  Persons are about five, ties about eight for each enterprise.  Raises `BadValue` outside
    20 to 10,000,000 enterprises.  Costs some 80 microseconds and 7 kB for each enterprise.
    """
    if not SMALLEST <= enterprises <= LARGEST:
        raise BadValue("bad_sample_size", value=enterprises, smallest=SMALLEST, largest=LARGEST)
    register, dice = Register(), Dice(seed)
    add_stories(register)
    companies, abroad = build(register, dice, enterprises)
    add_records(register, dice, companies)
    add_listings(register, dice, companies, abroad)
    if dirty:
        add_dirty(register)
    return register.tables
