"""The room where facts come in: register folders and BODS files.

    load.py      the one way in: recognise, check everything, load, report
    register.py  register folders: tables, headers, rows         lines.py   CSV as it really comes
    sheets.py    Parquet and Excel as rows of text               bods/      Beneficial Ownership Data Standard 0.4
    quiet.py     loads that leave no rejects file behind
    intake.py    batches into the sink, one key stated once      rejects.py every row that could not be taken, and why

Knows the model and the messages only: facts go to a `Sink`, which every ledger is.
"""

from graph_service.ingest.load import load
from graph_service.ingest.progress import Progress
from graph_service.ingest.report import Counts, Form, LoadReport, Notice
from graph_service.ingest.sink import Sink

__all__ = ["Counts", "Form", "LoadReport", "Notice", "Progress", "Sink", "load"]
