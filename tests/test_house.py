"""How the house is built: which way its rooms look, how large they are, what its files must not hold, what the wheel carries."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from scripts import lock

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "graph_service"

# Every room and the rooms that it may look at.  A room that is not here may not be there.
_FACTS_ONLY = {"messages", "model"}
_LOWER = _FACTS_ONLY | {"policy", "ledger", "ingest", "snapshot"}
_ENGINE = _FACTS_ONLY | {"policy", "snapshot"}
_UPPER = _LOWER | {"engine"}
_FACADE = _UPPER | {"casework", "analysis", "report", "sample"}
ROOMS: dict[str, set[str]] = {
    "messages": set(),
    "model": {"messages"},
    "policy": _FACTS_ONLY,
    "ledger": _FACTS_ONLY,
    "ingest": _FACTS_ONLY,
    "sample": _FACTS_ONLY,
    "snapshot": _LOWER - {"snapshot"},
    "engine": _ENGINE,
    "desk": _FACTS_ONLY,
    "casework": _UPPER | {"desk"},
    "analysis": _UPPER,
    "report": _UPPER,
    "register": _LOWER - {"policy", "snapshot"},
    "questions": _UPPER | {"analysis", "casework", "register"},
    "traced": _FACADE,
    "graph": _FACADE | {"questions", "traced"},
    "__init__": _FACADE | {"graph"},
    "access": _FACTS_ONLY | {"desk"},
    "api": _FACADE | {"questions", "desk", "access", "__init__"},
    "web": _FACADE | {"questions", "desk", "access", "api", "__init__"},
    "cli": _FACADE | {"questions", "desk", "access", "register", "__init__", "api", "web"},
    "__main__": {"cli"},
}
# What is and what follows do no I/O.
PURE = {"model", "engine"}
OUTSIDE = {"sqlite3", "neo4j", "socket", "http", "urllib", "subprocess", "requests", "fastapi"}

LIMIT, TESTS_LIMIT = 450, 600
MODULES = sorted(PACKAGE.rglob("*.py"))
FILES = sorted({*MODULES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "scripts").rglob("*.py")})


def _room(module: str) -> str:
    """The room of a dotted module of the package; ``__init__`` for its public face."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def _imports(path: Path) -> set[str]:
    """The dotted names that a module imports, relative ones resolved; ``from x import y`` gives ``x.y``."""
    package = list(path.relative_to(ROOT).parent.parts)
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = (
                [*package[: len(package) - node.level + 1], *([node.module] if node.module else [])]
                if node.level
                else [node.module or ""]
            )
            found.update(".".join([*base, name.name]) for name in node.names)
    return found


def _rooms_seen(path: Path) -> set[str]:
    seen = set()
    for name in _imports(path):
        if name == "graph_service" or name.startswith("graph_service."):
            room = _room(name)
            # `from graph_service import __version__` looks at the public face.
            there = (PACKAGE / room).is_dir() or (PACKAGE / f"{room}.py").exists()
            seen.add(room if there else "__init__")
    return seen


@pytest.mark.parametrize("path", MODULES, ids=_module)
def test_a_room_looks_only_at_the_rooms_below_it(path: Path) -> None:
    room = _room(_module(path))
    assert room in ROOMS, f"{room} has no place in the house"
    assert _rooms_seen(path) - {room} <= ROOMS[room]


def test_no_two_rooms_look_at_each_other() -> None:
    below: dict[str, set[str]] = {}
    for room in ROOMS:
        below[room] = set()
        rest = [room]
        while rest:
            new = ROOMS[rest.pop()] - below[room]
            below[room] |= new
            rest.extend(new)
    assert [room for room in ROOMS if room in below[room]] == []


@pytest.mark.parametrize("room", sorted(PURE))
def test_what_is_and_what_follows_know_no_database_and_no_network(room: str) -> None:
    for path in (PACKAGE / room).rglob("*.py"):
        assert not {name.split(".")[0] for name in _imports(path)} & OUTSIDE, path.name


@pytest.mark.parametrize("path", FILES, ids=_module)
def test_a_module_is_short_enough_to_be_read_at_once(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= (LIMIT if PACKAGE in path.parents else TESTS_LIMIT)


@pytest.mark.parametrize("path", MODULES, ids=_module)
def test_a_module_of_the_package_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


@pytest.mark.parametrize("path", MODULES, ids=_module)
def test_whatever_is_public_says_what_comes_in_and_goes_out(path: Path) -> None:
    silent = [
        node.name
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


def _repository_files() -> list[Path]:
    """Files that are tracked, or would be: all that git does not ignore."""
    git = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=False
    )
    if git.returncode:
        pytest.skip("not a git checkout: there is no list of the project's files")
    return [path for name in git.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


# Homes, work folders and temporary folders of one machine; hosts that packages come from.  Written so as not to match itself.
_MACHINE = re.compile(
    r"(?<![\w.:~*-])/(?:work|root|tmp|farm|opt|home/\w+|Users/\w+)/[\w.-]"
    r"|[A-Z]:\\Users\\"
    r"|https?://(?:[\w-]+\.)*(?:files|registry|repo1?|index|proxy|static|mirrors?)\.[\w.-]+"
    r"|--(?:extra-)?index-url|--find[-]links"
)


@pytest.mark.parametrize(
    "text", ["see /wor" + "k/main", "https://fil" + "es.example.org/x", "cd /ho" + "me/ann/src", "/tm" + "p/x"]
)
def test_a_machine_path_or_package_host_is_seen(text: str) -> None:
    assert _MACHINE.search(text)


@pytest.mark.parametrize("text", ["https://www.example.gov/home/page", f"graph_service/{'work'}/x", f"~/{'work'}/x", "a/root/b"])
def test_an_ordinary_path_or_address_is_none(text: str) -> None:
    assert not _MACHINE.search(text)


def test_no_file_names_a_machine_path_or_a_package_host() -> None:
    found = []
    for path in _repository_files():
        content = path.read_bytes()
        if b"\0" not in content:
            lines = content.decode("utf-8").splitlines()
            found += [f"{path.relative_to(ROOT)}:{number}" for number, line in enumerate(lines, 1) if _MACHINE.search(line)]
    assert found == []


def test_the_licence_is_apache_2() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["license"] == "Apache-2.0"


def test_the_lock_pins_what_the_project_asks_for() -> None:
    for place, extras in lock.LOCKS.items():
        assert lock.faults(place.read_text("utf-8"), lock.wanted(extras)) == []


def test_the_lock_holds_no_address() -> None:
    for place in lock.LOCKS:
        assert not re.search(r"://|@ ", place.read_text("utf-8"))


def test_a_lock_that_misses_a_requirement_or_a_hash_or_holds_an_address_is_refused() -> None:
    pins: lock.Pins = {("left", "1.2"): {"0" * 64}}
    good = lock.lock_text(pins)
    assert lock.faults(good, ["left>=1"]) == []
    assert lock.faults(good, ["left>=2"]) == ["left is pinned at 1.2, but pyproject.toml asks for >=2"]
    assert lock.faults(good, ["right"]) == ["right is not pinned"]
    assert lock.faults("left==1.2\n", []) == ["not a pin with hashes: left==1.2"]
    assert lock.faults(f"--index {good}", [])
    assert lock.faults(good + good.removeprefix(lock.HEADER), []) == ["a package is pinned twice"]


def test_the_wheel_carries_packs_messages_statements_pages_and_types(tmp_path: Path) -> None:
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for path in (
        *PACKAGE.rglob("*.yaml"),
        *PACKAGE.rglob("*.sql"),
        *PACKAGE.rglob("*.json"),
        *PACKAGE.glob("*/static/*"),
        *MODULES,
        PACKAGE / "py.typed",
    ):
        assert path.relative_to(ROOT).as_posix() in names
    for path in (ROOT / "cypher").rglob("*.*"):
        assert f"graph_service/{path.relative_to(ROOT).as_posix()}" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not any(name.startswith(("tests/", "scripts/")) for name in names)


def test_the_public_face_gives_the_version_of_the_project() -> None:
    import graph_service

    assert graph_service.__version__ == tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]


def test_importing_the_command_line_loads_no_heavy_library() -> None:
    code = "import sys, graph_service.cli.app; print([m for m in ('pandas', 'polars') if m in sys.modules])"
    if not (PACKAGE / "cli" / "app.py").exists():
        pytest.skip("the command line is not there yet")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
