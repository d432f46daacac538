"""The commands that take facts in: ingest, and demo on the sample register."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from graph_service.cli import show, tables
from graph_service.cli.drawing import console as terminal
from graph_service.cli.drawing import line
from graph_service.cli.options import DEFAULT_STORE, Format, FormatOption, LangOption, Language, Store
from graph_service.cli.report import write_report
from graph_service.engine.shapes import Shape
from graph_service.ingest import load
from graph_service.ingest.report import Form, LoadReport
from graph_service.ledger.protocol import Ledger, Receipt
from graph_service.messages import BadValue, GraphServiceError, InputError, Lang, say
from graph_service.model.facts import Fact, Record
from graph_service.questions.ask import Questions
from graph_service.questions.opening import open_store
from graph_service.sample import STORIES, generate, write

DEMO_DAY = "2019-12-31"
"""The day on which the demonstration looks: the plan in full force, before measures needed a legal basis of their own."""
DEMO_LATER = "2021-06-30"
DEMO_ENTERPRISES = 300
FORMS: dict[str, Form] = {"register": "register", "bods": "bods"}


def add_to(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command("ingest")(ingest)
    app.command("demo")(demo)


class Bar:
    """Progress on a terminal, on standard error."""

    def __init__(self) -> None:
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeRemainingColumn(),
        )
        self._bars = Progress(*columns, console=Console(stderr=True, emoji=False), transient=True)
        self._task: TaskID | None = None
        self._shown = sys.stderr.isatty()

    def __enter__(self) -> Bar:
        if self._shown:
            self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            self._bars.stop()

    def begin(self, what: str, total: int) -> None:
        """A file begins."""
        self._task = self._bars.add_task(what, total=total or None)

    def advance(self, amount: int) -> None:
        """So much of it is done."""
        if self._task is not None:
            self._bars.advance(self._task, amount)

    def end(self) -> None:
        """It is done."""
        if self._task is not None:
            self._bars.remove_task(self._task)
            self._task = None


class Late:
    """A sink that opens (and makes) the store with the first fact, so that input that cannot be read makes none."""

    def __init__(self, store: str, name: str) -> None:
        self._store, self._name, self._begun = store, name, False
        self._graph: Questions | None = None

    def __enter__(self) -> Late:
        return self

    def __exit__(self, *_: object) -> None:
        if self._graph is not None:
            self._graph.close()

    def open(self) -> Ledger:
        """The ledger, opened now if it is not yet."""
        if self._graph is None:
            self._graph = open_store(self._store, create=True)
        return self._graph.ledger

    def append(self, facts: Sequence[Fact]) -> Receipt:
        """Add facts; with the first the ledger knows that a load goes on, until `finish`."""
        ledger = self.open()
        if not self._begun:
            self._begun = True
            ledger.begin_load(self._name)
        return ledger.append(facts)

    def finish(self) -> None:
        """The load is whole."""
        self.open().end_load(self._name)

    def identity_hash(self, id_type: str, number: str) -> str:
        """The keyed hash of an identity number."""
        return self.open().identity_hash(id_type, number)


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Register folders, workbooks, or BODS files.", metavar="PATH...")],
    as_: Annotated[str | None, typer.Option("--as", help="register or bods; default: by what is in it.", metavar="FORM")] = None,
    rejects: Annotated[Path | None, typer.Option(help="Where rows that cannot be taken go. Default: beside the input.")] = None,
    store: Store = DEFAULT_STORE,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = Language.EN,
) -> None:
    """Load facts into the store: counts taken, unchanged, rejected.  Loading twice changes nothing."""
    if as_ is not None and as_ not in FORMS:
        raise BadValue("bad_form", value=as_, known=", ".join(FORMS))
    form = FORMS[as_] if as_ else None
    # Loading the same again clears what a load that was cut off left.
    name = ", ".join(str(path.resolve()) for path in paths)
    with Late(store, name) as sink, Bar() as bar:
        report = load(paths, sink, form=form, rejects=rejects, progress=bar, lang=lang.lang)
        sink.finish()
    show.answer("ingest", report_shape(report, lang.lang), fmt, lang.lang)


def report_shape(report: LoadReport, lang: Lang) -> Shape:
    """What a load did, as plain values."""

    def counts(one: Any) -> Shape:
        names = ("taken", "corrected", "unchanged", "repeated", "rejected")
        return {name: getattr(one, name) for name in names}

    return {
        "form": report.form,
        "tables": [{"table": name, **counts(one)} for name, one in report.tables.items()],
        "total": counts(report.total),
        "notices": [one.text(lang) for one in report.notices],
        "rejects": str(report.rejects) if report.rejects else None,
    }


def demo(
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("demo"),
    enterprises: Annotated[int, typer.Option(min=20, max=100_000, help="How large the sample register is.")] = DEMO_ENTERPRISES,
    seed: Annotated[int, typer.Option(help="Another seed, another province.")] = 1,
    lang: LangOption = Language.EN,
) -> None:
    """Make the sample register, load it, and show who answers for its records, why, and until when."""
    say_in = lang.lang
    console = terminal()
    register, store = out / "register", out / "graph-service.db"
    try:
        write(register, generate(enterprises, seed))
    except OSError as error:
        raise InputError("demo_unwritable", folder=out, cause=error.strerror or type(error).__name__) from None
    line(console, say("demo_made", say_in, folder=register))
    with open_store(f"sqlite:///{store}", create=True) as graph:
        with Bar() as bar:
            report = load([register], graph.ledger, form="register", rejects=out / "rejects.csv", progress=bar, lang=say_in)
        show.answer("ingest", report_shape(report, say_in), Format.TABLE, say_in)
        rows = _everyone(graph, say_in)
        line(console, say("demo_all", say_in, **_tally(rows), at=DEMO_DAY))
        for story in STORIES:
            if story.command == "trace":
                console.rule(Text(story.text(say_in)), style="dim")
                shape = graph.trace(story.record, at=DEMO_DAY, packs=["cn-yunnan-2016"], lang=say_in)
                tables.trace(console, shape, say_in, hint=False)
        later = graph.trace(STORIES[0].record, at=DEMO_LATER, packs=["cn-yunnan-2016"], lang=say_in)
        console.rule(Text(say("demo_later", say_in, at=DEMO_LATER)), style="dim")
        tables.consequences(console, say("title_consequences", say_in), _list(later["consequences"]), say_in)
        made = _report(graph, out / "report.html", say_in)
    console.rule(style="dim")
    hints = {"store": f"sqlite:///{store}", "subject": STORIES[0].subject, "at": DEMO_DAY, "command": _command()}
    if made:
        line(console, say("demo_report", say_in, path=made))
    line(console, say("demo_next", say_in, **hints, consequence=_list(later["consequences"])[0]["id"]))


def _report(graph: Questions, path: Path, lang: Lang) -> Path | None:
    """The report of the first story; None where it cannot be made: the demonstration has shown the answers already."""
    try:
        return write_report(graph, STORIES[0].record, path, at=DEMO_DAY, packs=["cn-yunnan-2016"], lang=lang)
    except (GraphServiceError, ImportError):
        return None


def _command() -> str:
    """How this program is called: by its name where the shell finds it, otherwise by its path."""
    called = Path(sys.argv[0])
    return os.path.relpath(called) if called.name == "graph-service" and not shutil.which("graph-service") else "graph-service"


def _everyone(graph: Questions, lang: Lang) -> list[Shape]:
    """Every verdict on every record of the ledger."""
    with graph.ledger.read() as reader:
        records = sorted(stored.fact.id for stored in reader.scan(Record) if isinstance(stored.fact, Record))
    answers = [graph.trace(record, at=DEMO_DAY, packs=["cn-yunnan-2016"], lang=lang) for record in records]
    return [{"record": record, **answer} for record, answer in zip(records, answers, strict=True)]


def _tally(answers: list[Shape]) -> dict[str, int]:
    """How many records, and how many verdicts and consequences of each kind."""
    verdicts: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    people: dict[str, set[str]] = {"liable": set(), "candidate": set()}
    for one in answers:
        for row in _list(one["persons"]):
            verdicts[row["verdict"]] += 1
            people[row["verdict"]].add(row["person"])
        statuses.update(row["status"] for row in _list(one["consequences"]))
    return {
        "records": len(answers),
        "liable": len(people["liable"]),
        "candidates": len(people["candidate"] - people["liable"]),
        **{status: statuses[status] for status in ("active", "suspended", "ended", "inactive")},
    }


def _list(value: object) -> list[dict[str, Any]]:
    return value if isinstance(value, list) else []
