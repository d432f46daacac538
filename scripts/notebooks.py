"""Run the notebooks and render them, with what they show, into docs/notebooks.

    python scripts/notebooks.py            run them all and write the pages
    python scripts/notebooks.py --check    run them all; fail if a page does not show what its notebook shows now

They run on the sample register, whose answers are the same everywhere; pictures are drawn anew and not compared.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PAGES = ROOT / "docs" / "notebooks"
TIMEOUT = 120
"""Seconds that a cell may take."""


def executed(path: Path, **environment: str) -> Any:
    """A notebook after it ran, in a folder of its own.  Raises `nbclient.exceptions.CellExecutionError`."""
    import nbformat
    from nbclient import NotebookClient

    book = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    # A kernel prints its own traceback in colours, and reads no settings of whoever runs this.
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GRAPH_SERVICE_")}
    kept |= {"PYTHONPATH": str(ROOT), "MPLBACKEND": "module://matplotlib_inline.backend_inline", **environment}
    with TemporaryDirectory() as folder:
        kernel = {"metadata": {"path": folder}}
        client = NotebookClient(book, timeout=TIMEOUT, kernel_name="python3", resources=kernel)
        client.execute(env=kept)
    return book


def printed(book: Any) -> str:
    """All that the cells of an executed notebook printed."""
    outputs = (output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs)
    return "".join(output.text for output in outputs if output.output_type == "stream" and output.name == "stdout")


def rendered(path: Path, book: Any) -> tuple[str, dict[str, bytes]]:
    """An executed notebook as a Markdown page, and its pictures by file name."""
    from nbconvert import MarkdownExporter

    resources = {"unique_key": path.stem, "output_files_dir": "pictures"}
    exporter = MarkdownExporter()  # type: ignore[no-untyped-call]
    text, made = exporter.from_notebook_node(book, resources=resources)
    text = re.sub(r"<style scoped>.*?</style>\n", "", text, flags=re.DOTALL)
    pictures = {Path(name).name: data for name, data in made["outputs"].items()}
    return f"{text.strip()}\n", pictures


def main() -> None:
    """Write the pages, or check them with ``--check``."""
    parser = argparse.ArgumentParser(description="Run the notebooks and render them.")
    parser.add_argument("--check", action="store_true", help="check the pages instead of writing them")
    check = parser.parse_args().check
    stale = []
    for path in NOTEBOOKS:
        text, pictures = rendered(path, executed(path))
        page = PAGES / f"{path.stem}.md"
        if check:
            stale += [] if page.is_file() and page.read_text("utf-8") == text else [page.relative_to(ROOT).as_posix()]
            continue
        (PAGES / "pictures").mkdir(parents=True, exist_ok=True)
        page.write_text(text, "utf-8")
        for name, data in pictures.items():
            (PAGES / "pictures" / name).write_bytes(data)
        print(page.relative_to(ROOT))
    if stale:
        sys.exit(f"not what the notebooks show now: {', '.join(stale)}; write them anew with: make notebooks")


if __name__ == "__main__":
    main()
