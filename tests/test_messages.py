"""The message catalogue: both languages, the same places in both, nothing missing and nothing left over."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from graph_service.messages import LANGS, catalogue

PACKAGE = Path(__file__).parent.parent / "graph_service"
TREES = {path: ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
CODES = sorted(catalogue())


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def _error_classes() -> set[str]:
    """`GraphServiceError` and everything in the package that descends from it and takes a code first."""
    found, before = {"GraphServiceError"}, 0
    while len(found) > before:
        before = len(found)
        for tree in TREES.values():
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef) and any(isinstance(base, ast.Name) and base.id in found for base in node.bases):
                    own = any(isinstance(part, ast.FunctionDef) and part.name == "__init__" for part in node.body)
                    if not own:
                        found.add(node.name)
    return found


def _calls() -> Iterator[tuple[str, ast.Call]]:
    """Calls that take a message code first: `say` and the errors."""
    takers = {"say", *_error_classes()}
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args:
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                if name in takers:
                    yield f"{path.relative_to(PACKAGE)}:{node.lineno}", node


def _literal_calls() -> list[tuple[str, str, ast.Call]]:
    return [
        (place, node.args[0].value, node)
        for place, node in _calls()
        if isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
    ]


def _strings() -> tuple[set[str], list[re.Pattern[str]]]:
    """Every literal text of the package, and every f-string as a pattern of what it may make."""
    texts: set[str] = set()
    patterns: dict[str, re.Pattern[str]] = {}
    for tree in TREES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [str(part.value) if isinstance(part, ast.Constant) else None for part in node.values]
                if re.fullmatch(r"[a-z]+(_[a-z]+)*_?", parts[0] or ""):
                    source = "".join(r"\w+" if part is None else re.escape(part) for part in parts)
                    patterns[source] = re.compile(source)
    return texts, list(patterns.values())


@pytest.mark.parametrize("code", CODES)
def test_a_message_is_there_in_every_language_with_the_same_places(code: str) -> None:
    texts = catalogue()[code]
    assert set(texts) == set(LANGS)
    assert all(text.strip() for text in texts.values())
    assert _places(texts["en"]) == _places(texts["zh"])


def test_every_code_that_the_package_names_is_in_the_catalogue() -> None:
    assert [f"{place}: {code}" for place, code, _ in _literal_calls() if code not in catalogue()] == []


def test_every_place_of_a_message_is_filled_where_it_is_said() -> None:
    missing = []
    for place, code, node in _literal_calls():
        given = {word.arg for word in node.keywords}
        if None not in given and (lacking := _places(catalogue().get(code, {}).get("en", "")) - given):
            missing.append(f"{place}: {code} needs {', '.join(sorted(lacking))}")
    assert missing == []


def test_no_message_is_left_over() -> None:
    texts, patterns = _strings()
    assert [code for code in CODES if code not in texts and not any(one.fullmatch(code) for one in patterns)] == []
