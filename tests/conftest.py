"""What all tests share: hypothesis without deadlines (a loaded machine is no failure), and the folder of shared material."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("unhurried", deadline=None, print_blob=True)
settings.load_profile("unhurried")

SHARED = Path(__file__).parents[1].parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of worked answers and real data beside the project; tests that need it skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("needs the folder ../shared with vectors and real data, which is not part of the project")
    return SHARED
