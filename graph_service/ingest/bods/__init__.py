"""The Beneficial Ownership Data Standard (BODS), version 0.4: entity, person and relationship statements.

streams.py    files as statements            codes.yaml    code lists, and what becomes of them (data)
statement.py  one statement, checked         assemble.py   records, one subject for one company, facts
"""

from graph_service.ingest.bods.assemble import find_files, load_files, looks_like_bods

__all__ = ["find_files", "load_files", "looks_like_bods"]
