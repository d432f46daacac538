"""Blocks of a CSV file hold the rows and the faults that the reader of rows finds, line by line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from graph_service.ingest.lines import read_rows
from graph_service.ingest.register import Source
from graph_service.messages import BadValue
from graph_service.snapshot import intake_rows
from graph_service.snapshot.intake_rows import LINE, read_blocks

COLUMNS = ("id", "name", "status")
BITS = (
    *('"', '"', '""', ",", ",", ",", "a", "b", "é", "\n", "\n", "\r\n", " ", "x,y", '"q"', "\ufeff", "\0", 'a,b"c"\n'),
    *('\n"a,b",c,d\n', "a,b,c\n", "a,b,c\n", '"a,b",b,c\r\n', '"","",""\n', "a,,\n", '"a\nb",,\n', '"a""b",,\n', ",,\n"),
)
Found = list[tuple[int, object]]


def fault(cause: BadValue) -> object:
    return cause.code, sorted(cause.values.items())


def by_rows(path: Path, width: int) -> Found:
    runs = (rows for rows, _ in read_rows(path, 0, width))
    return [(line, fault(found) if isinstance(found, BadValue) else tuple(found)) for run in runs for line, found, _ in run]


def by_blocks(path: Path, width: int) -> Found:
    found: Found = []
    for block in read_blocks(Source("enterprises", path, "", COLUMNS[:width])):
        lines = block.rows.get_column(LINE).to_list()
        assert lines == sorted(lines)
        found += zip(lines, block.rows.drop(LINE).rows(), strict=True)
        found += [(line, fault(cause)) for line, cause in block.faults]
    return sorted(found, key=lambda one: one[0])


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parts=st.lists(st.sampled_from(BITS), max_size=40),
    end=st.sampled_from(["as it is", "\n", "\r\n", "\r"]),
    broken=st.integers(0, 3),
    width=st.sampled_from([1, 2, 3, 3]),
    size=st.sampled_from([1 << 25, 40]),
)
@example(parts=["\ufeff", "a,b,c\n", "a,b,c\n"], end="\n", broken=1, width=3, size=1 << 25)
@example(parts=['"', "a,b\n", '"', "a,b,c\n", "a,b,c\n"], end="\n", broken=1, width=3, size=1 << 25)
@example(parts=["a,b,c\n", 'a,b"c",', "\n", "a,b,c\n"], end="\n", broken=1, width=3, size=1 << 25)
@example(parts=["a,b,c\n" * 6, '"a\nb",,\n', "a,b,c\n"], end="\r\n", broken=1, width=3, size=40)
def test_any_text_is_cut_into_the_same_rows(
    parts: list[str], end: str, broken: int, width: int, size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = "".join(parts)
    if end != "as it is":
        text = text.replace("\r\n", "\n").replace("\n", end)
    content = text.encode()
    path = tmp_path_factory.mktemp("rows") / "enterprises.csv"
    path.write_bytes(content if broken else content.replace("é".encode(), b"\xe9"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intake_rows, "CSV_BYTES", size)
        try:
            found = by_blocks(path, width)
        except intake_rows.Unusual:
            assert max(map(len, content.splitlines(keepends=True))) > size
            return
    assert found == by_rows(path, width)


@pytest.mark.parametrize("length", [(1 << 20) - 10, 1 << 20, 3 << 20])
def test_a_line_over_the_limit_is_one_fault_between_rows(tmp_path: Path, length: int) -> None:
    path = tmp_path / "enterprises.csv"
    path.write_bytes(b'a,b,c\n"open,\n' + b"x" * length + b",,\na,b,c\n")
    assert by_blocks(path, 3) == by_rows(path, 3)


def test_a_quotation_that_goes_on_in_the_next_block_is_one_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "enterprises.csv"
    path.write_bytes(b"a,b,c\n" * 5 + b'd,"e\ne\ne",f\n' + b"g,h,i\n")
    for size in range(20, 45):
        monkeypatch.setattr(intake_rows, "CSV_BYTES", size)
        found = by_blocks(path, 3)
        assert found[5:] == [(7, ("d", "e\ne\ne", "f")), (10, ("g", "h", "i"))]
