"""Make or check the locks: each a whole environment by version and hash, with no addresses in it.

    python scripts/lock.py            resolve pyproject.toml anew (needs pip's package index) and write the locks
    python scripts/lock.py --check    offline: the locks are well formed and pin everything that pyproject.toml asks for

`constraints.txt` is the run-time dependencies, the extra ``dev`` and the build requirements, with all that they need;
`benchmarks/constraints.txt` has the extra ``bench`` besides, under the same versions.  Both are resolved for the Python that runs
this script.  A wheel for any machine has one hash.  For wheels of one platform the lock holds the
hashes that pip picks on Linux and macOS, x86-64 and ARM, for the Python versions of `PYTHONS`; elsewhere the exact install
refuses, and ``make LOCK=loose`` takes the same versions without hashes.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "constraints.txt"
BENCH_LOCK = ROOT / "benchmarks" / "constraints.txt"
LOCKS: dict[Path, tuple[str, ...]] = {LOCK: ("dev",), BENCH_LOCK: ("dev", "bench")}
"""Each lock and the extras that it is for."""
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
GLIBC = (5, 12, 17, 24, 26, 27, 28, 31, 34, 35)
PLATFORMS: dict[str, tuple[str, ...]] = {
    "Linux x86-64": tuple(f"manylinux_2_{minor}_x86_64" for minor in GLIBC),
    "Linux ARM": tuple(f"manylinux_2_{minor}_aarch64" for minor in GLIBC),
    "macOS x86-64": ("macosx_14_0_x86_64",),
    "macOS ARM": ("macosx_14_0_arm64",),
}
HEADER = """\
# The whole environment by version and hash.  Made by `make lock` from pyproject.toml; do not edit by hand.
"""
_PIN = re.compile(
    r"^(?P<name>[a-z0-9-]+)==(?P<version>[A-Za-z0-9.!+_-]+)(?P<hashes>( \\\n    --hash=sha256:[0-9a-f]{64})+)$", re.M
)

Pins = dict[tuple[str, str], set[str]]
"""(name, version) -> SHA-256 hashes of the files that may be installed."""


def wanted(extras: Iterable[str] = ("dev",)) -> list[str]:
    """The requirements of pyproject.toml: build system, run time, and some extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    parts = project["project"]
    further = [one for extra in extras for one in parts["optional-dependencies"][extra]]
    return [*project["build-system"]["requires"], *parts["dependencies"], *further]


def canonical(name: str) -> str:
    """A package's name as the index writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def resolve(python: str, requirements: Iterable[str], options: Iterable[str] = ()) -> list[dict[str, Any]]:
    """What pip would install for the requirements: its report, an entry a package.  Raises `CalledProcessError`."""
    with tempfile.TemporaryDirectory() as scratch:
        asked, report = Path(scratch, "asked.txt"), Path(scratch, "report.json")
        asked.write_text("\n".join(requirements), "utf-8")
        command = [python, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--report", str(report)]
        # Only the index counts: a wheel that happens to lie on this machine has another hash than the published one.
        quiet = {key: value for key, value in os.environ.items() if key != "PIP_FIND_LINKS"}
        target = ["--target", str(Path(scratch, "target"))] if options else []
        subprocess.run([*command, *target, *options, "-r", str(asked)], check=True, env=quiet, stderr=subprocess.PIPE)
        entries: list[dict[str, Any]] = json.loads(report.read_text("utf-8"))["install"]
        return entries


def add(pins: Pins, entries: Iterable[Mapping[str, Any]]) -> list[str]:
    """Put the entries' hashes into the pins; the requirements among them whose file is for one platform only."""
    special = []
    for entry in entries:
        name, version = canonical(entry["metadata"]["name"]), entry["metadata"]["version"]
        pins.setdefault((name, version), set()).add(entry["download_info"]["archive_info"]["hashes"]["sha256"])
        if not entry["download_info"]["url"].endswith("-none-any.whl"):
            special.append(f"{name}=={version}")
    return special


def add_elsewhere(pins: Pins, python: str, special: list[str]) -> None:
    """Add the hashes that other platforms and Python versions need; says what has no wheel there."""
    for platform, tags in PLATFORMS.items():
        for number in PYTHONS:
            options = ["--no-deps", "--only-binary=:all:", "--implementation=cp", f"--python-version={number}"]
            options += [f"--platform={tag}" for tag in tags]
            try:
                add(pins, resolve(python, special, options))
            except subprocess.CalledProcessError:
                for requirement in special:
                    try:
                        add(pins, resolve(python, [requirement], options))
                    except subprocess.CalledProcessError:
                        print(f"no wheel of {requirement} for {platform}, Python {number}", file=sys.stderr)


def lock_text(pins: Pins) -> str:
    """The lock as a requirements file that pip reads in hash-checking mode."""
    lines = [
        f"{name}=={version}" + "".join(f" \\\n    --hash=sha256:{value}" for value in sorted(hashes))
        for (name, version), hashes in sorted(pins.items())
    ]
    return HEADER + "\n".join(lines) + "\n"


def make() -> None:
    """Resolve with a fresh pip of its own and write the locks, each under the versions of those before it."""
    taken: list[str] = []
    for place, extras in LOCKS.items():
        with tempfile.TemporaryDirectory() as scratch:
            venv.create(scratch, with_pip=True)
            python = str(Path(scratch, "bin", "python"))
            pins: Pins = {}
            try:
                special = add(pins, resolve(python, [*wanted(extras), *taken]))
            except subprocess.CalledProcessError as error:
                sys.exit(f"the requirements of pyproject.toml cannot be resolved:\n{error.stderr.decode(errors='replace')}")
            add_elsewhere(pins, python, special)
        place.write_text(lock_text(pins), "utf-8")
        taken = [f"{name}=={version}" for name, version in pins]
        print(f"{place.relative_to(ROOT)}: {len(pins)} packages, {sum(map(len, pins.values()))} hashes")


def faults(text: str, requirements: Iterable[str]) -> list[str]:
    """What is wrong with a lock, one line each; empty when it is in order."""
    from packaging.requirements import Requirement

    found = list(_PIN.finditer(text))
    rest = _PIN.sub("", text.removeprefix(HEADER)).strip()
    wrong = [f"not a pin with hashes: {line}" for line in rest.splitlines() if line]
    versions = {match["name"]: match["version"] for match in found}
    if len(versions) < len(found):
        wrong.append("a package is pinned twice")
    for requirement in map(Requirement, requirements):
        version = versions.get(canonical(requirement.name))
        if version is None:
            wrong.append(f"{requirement.name} is not pinned")
        elif version not in requirement.specifier:
            wrong.append(f"{requirement.name} is pinned at {version}, but pyproject.toml asks for {requirement.specifier}")
    return wrong


def main() -> None:
    """Make the locks, or check them with ``--check``."""
    parser = argparse.ArgumentParser(description="Make or check the locks.")
    parser.add_argument("--check", action="store_true", help="check the locks offline instead of making them")
    if not parser.parse_args().check:
        make()
        return
    wrong = [
        f"{place.relative_to(ROOT)}: {line}"
        for place, extras in LOCKS.items()
        for line in faults(place.read_text("utf-8"), wanted(extras))
    ]
    if wrong:
        sys.exit("\n".join([*wrong, "make it anew with: make lock"]))


if __name__ == "__main__":
    main()
