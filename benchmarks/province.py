"""A province of any size, made from a seed, as the tables of a register.

The shapes of `graph_service.sample`, made by columns so that millions of enterprises take seconds.  What is in it, and how much
of each, is the definition of the workload: see WORKLOAD.md.

* one seed gives the same tables on every platform and version, in whatever pieces they are made (`benchmarks.province_draws`);
* every row is one that a loader takes: valid codes, admissible intervals, words of the vocabularies, ids that are there once;
* nobody has an identity number; every enterprise's name says that it is a sample (样例).
"""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from typing import Literal

import polars as pl

from benchmarks import province_records as told
from benchmarks.province_draws import Dice
from benchmarks.province_holdings import holdings
from benchmarks.province_offices import offices_of, unusual_ties
from benchmarks.province_subjects import enterprise_rows, enterprises_of, keys_of, layout, person_rows
from benchmarks.province_ties import People, Ties

SEED = 1
Form = Literal["parquet", "csv"]


def province(enterprises: int, seed: int = SEED) -> dict[str, pl.DataFrame]:
    """The tables of a province by the name of their file, with all columns of the interchange format, as text.

    ``enterprises`` counts those of the province; one subject abroad for a hundred of them comes on top (at least eight), two
    persons and about eight ties for each, seven records for a hundred.  Raises ``ValueError`` outside 100 to 10,000,000.  Costs
    some 10 microseconds and 1.5 kB for each enterprise.
    """
    dice = Dice(seed)
    plan = layout(dice, enterprises)
    found = enterprises_of(dice, plan)
    keys = keys_of(plan, found)
    people, ties = People(dice, plan.person_first, plan.persons), Ties()
    offices = offices_of(dice, plan, found, people, ties)
    holdings(dice, plan, found, people, ties)
    unusual_ties(dice, plan, found, people, ties)
    records, follow = told.records(dice, plan, found, offices, keys)
    return {
        "enterprises": enterprise_rows(dice, plan, found, keys),
        "persons": person_rows(dice, plan, keys),
        "ties": ties.table(keys),
        "records": records,
        "findings": told.findings(dice, offices, follow, keys),
        "events": told.events(dice, offices, follow, keys),
        "listings": told.listings(dice, plan, keys),
    }


def source_digest() -> str:
    """A digest of the text that makes provinces: what was made by another text is not the same province."""
    made = blake2b(digest_size=10)
    for path in sorted(Path(__file__).parent.glob("province*.py")):
        made.update(path.read_bytes())
    return made.hexdigest()


def write(folder: Path | str, tables: dict[str, pl.DataFrame], form: Form = "parquet") -> Path:
    """Write the tables as a register folder, making it; returns it.  Files of the same names are replaced."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        if form == "parquet":
            table.write_parquet(place / f"{name}.parquet")
        else:
            # No cell of a province has a comma or a quotation mark in it, so none needs quoting.
            table.write_csv(place / f"{name}.csv", quote_style="never")
    return place
