"""Write or check the published JSON Schema of policy packs, `graph_service/policy/pack.schema.json`, which editors use.

python scripts/schema.py            write it from the models that the loader uses
python scripts/schema.py --check    the file is what the models say
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from graph_service.policy.published import published_schema

SCHEMA = Path(__file__).resolve().parent.parent / "graph_service" / "policy" / "pack.schema.json"


def main() -> None:
    """Write the schema, or check it with ``--check``."""
    parser = argparse.ArgumentParser(description="Write or check pack.schema.json.")
    parser.add_argument("--check", action="store_true", help="check the file instead of writing it")
    if not parser.parse_args().check:
        SCHEMA.write_text(published_schema(), "utf-8")
    elif SCHEMA.read_text("utf-8") != published_schema():
        sys.exit(f"{SCHEMA.name} is not what the models say; write it anew with: make schema")


if __name__ == "__main__":
    main()
