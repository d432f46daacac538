"""The peers (`benchmarks.peers`) as engines: what each is asked, and why it is not asked the rest."""

from __future__ import annotations

from benchmarks.engines import Absent, Engine, Entry
from benchmarks.engines_joins import asked, pairs_told, propagated_told, verdicts_told
from benchmarks.peers import kernel
from benchmarks.workload import AT

_ALONE = Absent("a peer starts from the columns in memory: loading is not its work")
_ONE = Absent("a peer answers for a whole register at once")
_WHOLE = Absent("carriage to other enterprises and cascades are no part of the peers")
_REST = {
    "load_parquet": _ALONE, "load_csv": _ALONE, "open": _ALONE, "open_first": _ALONE, "everything": _WHOLE, "trace": _ONE,
    "follow_record": _ONE, "follow_objection": _ONE, "follow_tie": _ONE,
}  # fmt: skip


KERNEL = Engine(
    "compiled kernel (numba)",
    "loops over integer arrays in machine code, two threads: the compiled limit",
    {
        **_REST,
        "control": Entry(
            lambda context: kernel.prepare_control(context.columns),
            lambda ready: kernel.run_control(ready, AT),
            pairs_told,
            compiles=True,
        ),
        "verdicts": Entry(
            lambda context: kernel.prepare_propagate(*asked(context)),
            kernel.run_propagate,
            verdicts_told,
            compiles=True,
            note="finds the standings in the same pass",
        ),
        "propagate": Entry(
            lambda context: kernel.prepare_propagate(*asked(context)), kernel.run_propagate, propagated_told, compiles=True
        ),
    },
)
