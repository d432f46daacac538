"""The results of a run as a page and a picture: RESULTS.md, results.png."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.engines import BASE, engine
from benchmarks.measure import Measured
from benchmarks.workload import DAY, QUESTIONS, SEED

if TYPE_CHECKING:
    from benchmarks.run import Made

PACKAGES = ("polars", "narwhals", "numpy", "numba", "networkx", "duckdb", "pyarrow", "neo4j")
PLOTTED = ("load_parquet", "control", "propagate", "everything")
# Okabe and Ito's colours, which people with any colour vision tell apart; markers and dashes say the same again.
_STYLES = (
    ("#0072B2", "o", "-"), ("#D55E00", "s", "--"), ("#009E73", "^", "-."), ("#CC79A7", "D", ":"), ("#E69F00", "v", "--"),
    ("#56B4E9", "P", "-."), ("#000000", "X", ":"), ("#707070", "*", "--"),
)  # fmt: skip


def write_report(out: Path, made: Sequence[Made], measured: Sequence[Measured]) -> Path:
    """Write RESULTS.md and results.png into a folder; the page."""
    out.mkdir(parents=True, exist_ok=True)
    pictured = _picture(out / "results.png", measured)
    page = out / "RESULTS.md"
    page.write_text(page_of(made, measured, pictured=pictured), encoding="utf-8")
    return page


def page_of(made: Sequence[Made], measured: Sequence[Measured], *, pictured: bool = False) -> str:
    """The page as text."""
    parts = [
        "# Results",
        "What is asked and how it is measured: [WORKLOAD.md](WORKLOAD.md).  All figures are of one machine and day, "
        "those of one engine and size of one run of "
        "`python -m benchmarks.run`; wherever two engines answered one question at one size, their answers were equal "
        "(count and SHA-256 of the sorted rows).",
        "\n".join(f"- {line}" for line in _circumstances()),
        _provinces(made),
    ]
    if pictured:
        parts.append("![Time against size for each engine](results.png)")
    for name, question in QUESTIONS.items():
        told = [one for one in measured if one.question == name]
        if any(one.times for one in told):
            parts += [f"## {question.title}", _each(told) if question.each else _whole(told)]
    parts.append(_absent(measured))
    return "\n\n".join(part for part in parts if part) + "\n"


def _circumstances() -> list[str]:
    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return [
        f"{datetime.now(UTC):%Y-%m-%d}; {platform.system()} {platform.machine()}, {_processor()}, "
        f"{len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()} cores, {memory:.0f} GB",
        f"Python {platform.python_version()}, " + ", ".join(found),
        f"province of seed {SEED}, all shipped packs, day {DAY}",
    ]


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"


def _provinces(made: Sequence[Made]) -> str:
    rows = []
    for one in made:
        facts = sum(one.rows.values())
        store = (
            f"{one.storing:.0f} s ({facts / one.storing:,.0f} facts/s), {one.store_bytes / 1e9:.2f} GB" if one.storing else "-"
        )
        told = (one.rows[name] for name in ("enterprises", "persons", "ties", "records"))
        rows.append(
            [
                *(f"{count:,}" for count in told),
                f"{facts:,}",
                f"{one.making:.1f} s",
                f"{one.writing:.1f} s",
                _gigabytes(one.peak),
                store,
            ]
        )
    heads = (
        "enterprises",
        "persons",
        "ties",
        "records",
        "facts",
        "made in",
        "written as Parquet in",
        "peak",
        "loaded into a store in",
    )
    return _table(heads, rows, words=0)


def _whole(told: Sequence[Measured]) -> str:
    base = engine(BASE).title
    bases = {one.enterprises: one.median for one in told if one.engine == base and one.times}
    rows = []
    for one in sorted((one for one in told if one.times), key=lambda one: (one.enterprises, one.median)):
        ratio = f"{one.median / bases[one.enterprises]:.1f}" if one.enterprises in bases else "-"
        spread = f"{min(one.times):.3g}-{max(one.times):.3g}"
        counts = ", ".join(f"{count:,} {table}" for table, (count, _) in one.prints.items())
        rows.append(
            [
                one.engine + (f" ({one.note})" if one.note else ""), f"{one.enterprises:,}", _seconds(one.median), spread,
                str(len(one.times)), _seconds(one.prepare), ratio, _gigabytes(one.peak), counts,
            ]
        )  # fmt: skip
    heads = ("engine", "enterprises", "median", "s, least-most", "times", "prepared in", f"of the {BASE}", "peak", "answer")
    return _table(heads, rows)


def _each(told: Sequence[Measured]) -> str:
    rows = [
        [
            one.engine + (f" ({one.note})" if one.note else ""), f"{one.enterprises:,}", str(len(one.times)),
            f"{one.median * 1e3:.2f}", f"{one.p99 * 1e3:.1f}", f"{max(one.times) * 1e3:.1f}", _gigabytes(one.peak),
        ]
        for one in sorted((one for one in told if one.times), key=lambda one: (one.enterprises, one.median))
    ]  # fmt: skip
    return _table(("engine", "enterprises", "times", "median ms", "p99 ms", "max ms", "peak"), rows)


def _absent(measured: Sequence[Measured]) -> str:
    """Who did not answer what, at which sizes, and why: a row for each engine and reason."""
    found: dict[tuple[str, str], tuple[dict[str, None], set[int]]] = {}
    for one in measured:
        if one.absent:
            questions, sizes = found.setdefault((one.engine, one.absent), ({}, set()))
            questions[one.question] = None
            sizes.add(one.enterprises)
    if not found:
        return ""
    rows = [
        [name, ", ".join(questions), ", ".join(f"{size:,}" for size in sorted(sizes)), reason]
        for (name, reason), (questions, sizes) in found.items()
    ]
    return "## Not answered\n\n" + _table(("engine", "questions", "enterprises", "why"), rows, words=4)


def _table(heads: Iterable[str], rows: Iterable[Sequence[str]], words: int = 1) -> str:
    """A Markdown table; the first ``words`` columns are text, the others numbers set to the right."""
    names = list(heads)
    rule = ["---" if place < words else "---:" for place in range(len(names))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (names, rule, *rows))


def _seconds(value: float) -> str:
    return f"{value:.3g} s" if value >= 0.1 else f"{value * 1e3:.3g} ms"


def _gigabytes(value: int) -> str:
    return f"{value / 1e9:.2f} GB"


def _picture(path: Path, measured: Sequence[Measured]) -> bool:
    """Time against size, one panel a question, one line an engine; whether there was anything to draw."""
    panels = [name for name in PLOTTED if any(one.times for one in measured if one.question == name)]
    if not panels:
        return False
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    engines = sorted({one.engine for one in measured if one.question in panels and one.times})
    styles = {name: _STYLES[place % len(_STYLES)] for place, name in enumerate(engines)}
    across = min(2, len(panels))
    down = -(-len(panels) // across)
    figure, axes = pyplot.subplots(down, across, figsize=(5 * across, 4 * down + 0.6), squeeze=False, layout="constrained")
    for axis in axes.flat[len(panels) :]:
        axis.set_axis_off()
    for axis, panel in zip(axes.flat, panels, strict=False):
        for name in engines:
            points = sorted(
                (one.enterprises, one.median) for one in measured if (one.question, one.engine) == (panel, name) and one.times
            )
            if points:
                colour, marker, dash = styles[name]
                axis.plot(
                    *zip(*points, strict=True), color=colour, marker=marker, linestyle=dash, linewidth=2, markersize=7, label=name
                )
        axis.set(
            title=QUESTIONS[panel].title.partition(":")[0],
            xscale="log",
            yscale="log",
            xlabel="enterprises",
            ylabel="seconds (median)",
        )
        axis.grid(visible=True, which="both", alpha=0.25)
    handles = {label: handle for axis in axes.flat for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(path, dpi=130)
    pyplot.close(figure)
    return True
