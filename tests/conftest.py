"""What all tests share: hypothesis without deadlines (a loaded machine is no failure), and the folder of shared material."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("unhurried", deadline=None, print_blob=True)
# A gate tries the same examples every time; whoever works here tries others on every run.
settings.register_profile("gate", deadline=None, print_blob=True, derandomize=True)
settings.load_profile("gate" if os.environ.get("CI") else "unhurried")

SHARED = Path(__file__).parents[1].parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of worked answers and real data beside the project; tests that need it skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("needs the folder ../shared with vectors and real data, which is not part of the project")
    return SHARED
