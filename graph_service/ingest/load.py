"""Load facts from files into a sink: the one way in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from graph_service.ingest import bods, register
from graph_service.ingest.intake import BATCH, Intake, open_scratch
from graph_service.ingest.progress import Progress, Silent
from graph_service.ingest.rejects import default_place, open_rejects
from graph_service.ingest.report import Form, LoadReport, Notice
from graph_service.ingest.sink import Sink
from graph_service.messages import InputError, Lang
from graph_service.model.rows import TABLES


def load(
    paths: Sequence[Path],
    sink: Sink,
    *,
    form: Form | None = None,
    rejects: Path | None = None,
    progress: Progress | None = None,
    batch: int = BATCH,
    lang: Lang = "en",
) -> LoadReport:
    """Load register folders, their files, workbooks or BODS files, and say what became of every row.

    ``form`` None recognises the form by content.  ``rejects`` is where rows go that cannot be taken (default: beside the
    first input, ``<input>.rejects.csv``), with reasons in ``lang``.  Facts go to the sink in batches of ``batch``.

    Loading the same files twice changes nothing the second time.  Memory is bounded, whatever the size of the files, but
    for a workbook, of which one sheet is in memory; keys are remembered in a temporary file of about 50 bytes a fact.

    Raises `InputError` for what is wrong with a file as a whole; it is found before anything is appended, save a file that
    turns out to be damaged midway.  Errors of the sink pass through; what it took before them stays taken.
    """
    inputs = [Path(path) for path in paths]
    chosen = form_of(inputs, form)
    watcher = progress or Silent()
    target = rejects or default_place(inputs[0])
    if chosen == "bods":
        return _load_bods(inputs, sink, target, watcher, batch, lang)
    return _load_register(inputs, sink, target, watcher, batch, lang)


def _load_register(paths: list[Path], sink: Sink, target: Path, progress: Progress, batch: int, lang: Lang) -> LoadReport:
    sources, notices = register.find_sources(paths)
    names = [source.shown for source in sources]
    with open_rejects(target, (source.path for source in sources), lang) as out, open_scratch() as scratch:
        intake = Intake(sink, out, scratch, names, batch)
        for file, source in enumerate(sources):
            register.load_source(source, file, intake, sink.identity_hash, progress)
        intake.flush()
        notices += _left_open(intake)
    return LoadReport("register", intake.counts(), tuple(notices), target if out.count else None)


def _load_bods(paths: list[Path], sink: Sink, target: Path, progress: Progress, batch: int, lang: Lang) -> LoadReport:
    files = bods.find_files(paths)
    names = [str(path) for path in files]
    with open_rejects(target, files, lang) as out, open_scratch() as scratch:
        intake = Intake(sink, out, scratch, names, batch)
        notices = bods.load_files(files, intake, scratch, sink.identity_hash, progress)
        intake.flush()
        notices += _left_open(intake)
    return LoadReport("bods", intake.counts(), tuple(notices), target if out.count else None)


def _left_open(intake: Intake) -> list[Notice]:
    """What a load speaks of without stating it: it may be in the ledger already, so nothing is rejected for it."""
    counts = {"notice_undescribed": intake.undescribed(), "notice_unstated": intake.unstated()}
    return [Notice(code, {"count": count}) for code, count in counts.items() if count]


def form_of(paths: list[Path], form: Form | None) -> Form:
    """The form of these inputs.  Raises `InputError` if one is not there, or they differ, or nobody knows."""
    if not paths:
        raise InputError("no_input")
    found: dict[Form, Path] = {}
    for path in paths:
        try:
            if not path.exists():
                raise InputError("file_missing", file=path)
            if not path.is_file() and not path.is_dir():
                raise InputError("not_a_file", file=path)
            found.setdefault(form or _recognise(path), path)
        except (OSError, ValueError) as error:  # a name that no file can have, a folder that may not be listed
            if isinstance(error, OSError):
                raise InputError("file_unreadable", file=path, cause=error.strerror or "") from None
            raise InputError("file_missing", file=path) from None
    if len(found) > 1:
        (one, first), (other, second) = list(found.items())[:2]
        raise InputError("mixed_forms", file=second, form=other, other=first, other_form=one)
    return next(iter(found))


def _recognise(path: Path) -> Form:
    if register.looks_like_register(path):
        return "register"
    if bods.looks_like_bods(path):
        return "bods"
    code = "folder_empty" if path.is_dir() else "file_unknown"
    raise InputError(code, file=path, tables=", ".join(TABLES))
