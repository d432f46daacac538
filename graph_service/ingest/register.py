"""Register folders: which files hold which tables, whether their headers are right, and their rows.

Everything that is wrong with a file as a whole is found before anything is taken (`find_sources`): one `InputError` that names
the file.  What is wrong with a row is a reject, and the rest goes on (`load_source`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from graph_service.ingest.intake import Intake
from graph_service.ingest.lines import read_header, read_rows
from graph_service.ingest.progress import Progress
from graph_service.ingest.rejects import MASK, csv_line, mask_numbers
from graph_service.ingest.report import Notice
from graph_service.messages import BadValue, InputError
from graph_service.model.identifiers import is_resident_id
from graph_service.model.rows import TABLES, BadRow, Hasher, to_fact

SUFFIXES = (".csv", ".parquet", ".xlsx")
_ALIKE = 0.8
"""How like a missing name an unknown one must be to be taken for a slip (ratio of `difflib`)."""


def _likely(word: str, missing: Iterable[str]) -> list[str]:
    """The missing name that an unknown word is most likely a slip for: much alike, or the same letters in another order."""
    wanted = sorted(missing)
    swapped = [name for name in wanted if sorted(name) == sorted(word)]
    return swapped or get_close_matches(word, wanted, 1, _ALIKE)


@dataclass(frozen=True, slots=True)
class Source:
    """One table in one file, its header checked.  ``shown`` is the file (``book.xlsx#ties``) as the user knows it."""

    table: str
    path: Path
    shown: str
    columns: tuple[str, ...]
    start: int = 0
    """Bytes of the header, for CSV."""
    sheet: str = ""

    @property
    def size(self) -> int:
        """Bytes to read, for progress."""
        return self.path.stat().st_size - self.start


def looks_like_register(path: Path) -> bool:
    """Whether a path may be (part of) a register: a file of its suffixes, or a folder with one."""
    if path.is_dir():
        return any(entry.suffix.lower() in SUFFIXES for entry in path.iterdir())
    return path.suffix.lower() in SUFFIXES


def find_sources(paths: Sequence[Path]) -> tuple[list[Source], list[Notice]]:
    """The tables of these folders and files, in the order in which they are to be read, and notices.

    Reads headers only.  Raises `InputError`.
    """
    found: list[Source] = []
    notices: list[Notice] = []
    for path in paths:
        here = _of_folder(path, notices) if path.is_dir() else list(_of_file(path))
        for source in here:
            for other in found:
                if other.table == source.table and other.path.parent == source.path.parent:
                    raise InputError("table_twice", file=source.shown, table=source.table, other=other.shown)
            found.append(source)
    for source in found:
        unread = _check_header(source)
        if unread:
            columns = ", ".join(mask_numbers(name) or '""' for name in unread)
            notices.append(Notice("notice_columns", {"file": source.shown, "columns": columns}))
    order = list(TABLES)
    return sorted(found, key=lambda source: order.index(source.table)), notices


def _of_folder(folder: Path, notices: list[Notice]) -> list[Source]:
    entries = sorted(
        entry
        for entry in folder.iterdir()
        if entry.suffix.lower() in SUFFIXES and not entry.name.startswith((".", "~$")) and not entry.name.endswith(".rejects.csv")
    )
    known = [entry for entry in entries if entry.suffix.lower() == ".xlsx" or entry.stem.lower() in TABLES]
    missing = set(TABLES) - {entry.stem.lower() for entry in known}
    for entry in entries:
        if entry not in known:
            likely = _likely(entry.stem.lower(), missing)
            if likely:
                raise InputError("file_likely", file=entry, name=entry.name, likely=likely[0] + entry.suffix.lower())
            notices.append(Notice("notice_file", {"file": str(entry)}))
    if not known:
        raise InputError("folder_empty", file=folder, tables=", ".join(TABLES))
    found: list[Source] = []
    for entry in known:
        for source in _of_file(entry):
            for other in found:
                if other.table == source.table:
                    raise InputError("table_twice", file=source.shown, table=source.table, other=other.shown)
            found.append(source)
    return found


def _of_file(path: Path) -> Iterator[Source]:
    shown, table = str(path), path.stem.lower()
    if not path.is_file():
        raise InputError("not_a_file", file=shown)
    match path.suffix.lower():
        case ".xlsx":
            from graph_service.ingest.sheets import workbook_sheets  # polars loads when it is used

            for name, (sheet, columns) in workbook_sheets(path, shown).items():
                yield Source(name, path, f"{shown}#{sheet}", tuple(columns), sheet=sheet)
        case ".csv" | ".parquet" as suffix if table in TABLES:
            if suffix == ".csv":
                names, start = read_header(path, shown)
                yield Source(table, path, shown, tuple(names), start)
            else:
                from graph_service.ingest.sheets import parquet_columns

                yield Source(table, path, shown, tuple(parquet_columns(path, shown)))
        case suffix:
            likely = _likely(table, TABLES)
            if likely and suffix in SUFFIXES:
                raise InputError("file_likely", file=shown, name=path.name, likely=likely[0] + suffix)
            raise InputError("file_unknown", file=shown, tables=", ".join(TABLES))


def _check_header(source: Source) -> list[str]:
    """The columns that are not read.  Raises `InputError` for a header that is not the table's."""
    table = TABLES[source.table]
    columns = source.columns
    for column in columns:
        if column and columns.count(column) > 1:
            raise InputError("header_twice", file=source.shown, column=mask_numbers(column))
    if len(columns) == 1:
        for separator, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if separator in columns[0]:
                raise InputError("header_separator", file=source.shown, found=f"{name} ({separator!r})")
    unread = [column for column in columns if column not in table.columns]
    missing = [column for column in table.columns if column not in columns]
    for column in unread:
        likely = _likely(column.lower(), missing)
        if likely:
            raise InputError("header_likely", file=source.shown, column=column, table=source.table, likely=likely[0])
    for column in missing:
        if column in table.required:
            required = ", ".join(name for name in table.columns if name in table.required)
            raise InputError("header_missing", file=source.shown, column=column, table=source.table, required=required)
    return unread


def load_source(source: Source, file: int, intake: Intake, hasher: Hasher, progress: Progress) -> None:
    """Give every row of a table to the intake, as a fact or as a reject.  Raises `InputError` for a file that fails midway."""
    progress.begin(source.shown, source.size)
    reader = _RowReader(source, file, intake, hasher)
    if source.path.suffix.lower() == ".csv":
        _read_csv(source, reader, progress)
    else:
        from graph_service.ingest.sheets import typed_rows

        for run in typed_rows(source.path, source.sheet, source.columns, source.shown):
            for line, cells in run:
                reader.read(line, cells, None)
    progress.end()


def _read_csv(source: Source, reader: _RowReader, progress: Progress) -> None:
    line = 1
    try:
        for rows, read in read_rows(source.path, source.start, len(source.columns)):
            for line, found, text in rows:
                if isinstance(found, list):
                    reader.read(line, found, text)
                else:
                    reader.fault(line, found, text)
            progress.advance(read)
    except OSError:
        raise InputError("damaged_midway", file=source.shown, row=line) from None


class _RowReader:
    """Reads the rows of one table."""

    def __init__(self, source: Source, file: int, intake: Intake, hasher: Hasher) -> None:
        self._table, self._columns, self._file = source.table, source.columns, file
        self._intake, self._hasher = intake, hasher
        self._secret = source.columns.index("id_number") if "id_number" in source.columns else None

    def read(self, line: int, cells: Sequence[str | None], text: str | None) -> None:
        """One row of as many cells as there are columns; ``text`` is the row as it stands in the file, None for typed files."""
        try:
            fact = to_fact(self._table, dict(zip(self._columns, cells, strict=True)), self._hasher)
        except BadRow as bad:
            if any(cell and not cell.isspace() for cell in cells):
                self._intake.reject(self._table, self._file, line, bad.field, bad, self._shown(cells, text))
        else:
            self._intake.take(self._table, fact, self._file, line, self._shown(cells, text))

    def fault(self, line: int, cause: BadValue, text: str) -> None:
        """A line that has no cells that can be told apart."""
        hidden = self._secret is not None or self._table == "persons"
        self._intake.reject(self._table, self._file, line, "", cause, mask_numbers(text) if hidden else text)

    def _shown(self, cells: Sequence[str | None], text: str | None) -> str:
        """The row for the rejects, without an identity number, not even where a person's cells have slipped."""
        if self._table == "persons":
            return csv_line([self._masked(at, cell) if cell else cell for at, cell in enumerate(cells)])
        if self._secret is not None and cells[self._secret]:
            return csv_line([MASK if at == self._secret else cell for at, cell in enumerate(cells)])
        return csv_line(cells) if text is None else text

    def _masked(self, at: int, cell: str) -> str:
        """A cell of a person; the provider's key is left as it is, unless it is a resident identity number itself."""
        if at == self._secret:
            return MASK
        if self._columns[at] == "id":
            return MASK if is_resident_id(cell.strip().upper()) else cell
        return mask_numbers(cell)
