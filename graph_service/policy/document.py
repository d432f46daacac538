"""Reading the YAML of a pack, and saying where in it a mistake stands.

The YAML taken here is a plain one: a scalar is a text unless it is ``null``, ``true``, ``false`` or a whole number.  So a date
stays the text ``2016-11-11``, ``no`` and ``on`` are words, ``33.33`` is not a float, and ``0123`` is not octal.  A key that
stands twice is refused: the second would silently win.

A mistake is a `PackProblem`: file, line and field, then what is wrong and what would be right, in either language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from graph_service.messages import BadValue, Lang, PackError, say

M = TypeVar("M", bound=BaseModel)
Folder: TypeAlias = Path | Traversable
Loc: TypeAlias = tuple[int | str, ...]

_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


_TAG = "tag:yaml.org,2002:"
_PLAIN = {
    "null": (re.compile(r"^(?:~|null|)$"), ["~", "n", ""]),
    "bool": (re.compile(r"^(?:true|false)$"), ["t", "f"]),
    "int": (re.compile(r"^-?(?:0|[1-9][0-9]{0,17})$"), list("-0123456789")),
}
"""The scalars that are no texts: their pattern, and the characters that they may begin with."""


class _PlainLoader(_BASE):  # type: ignore[misc]  # the C loader has no stub
    """The safe loader without the surprises of YAML 1.1: no dates, floats, octals or merges, and no tags at all."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  (PyYAML's own way)
    yaml_constructors: dict[str | None, Any] = {}  # noqa: RUF012

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(problem="a key must be a word", problem_mark=key.start_mark)
            if key.value in found:
                raise _DuplicateKey(key.value, key.start_mark)
            found[key.value] = self.construct_object(value, deep=deep)
        return found


class _DuplicateKey(yaml.MarkedYAMLError):
    def __init__(self, key: str, mark: Any) -> None:
        super().__init__(problem=key, problem_mark=mark)
        self.key = key


def _scalar(loader: Any, node: Any) -> bool | int | None:
    kind, text = node.tag.removeprefix(_TAG), loader.construct_scalar(node)
    if not _PLAIN[kind][0].match(text):
        raise yaml.MarkedYAMLError(problem=f"this is no {kind}", problem_mark=node.start_mark)
    return None if kind == "null" else text == "true" if kind == "bool" else int(text)


for _kind, (_pattern, _first) in _PLAIN.items():
    _PlainLoader.add_implicit_resolver(_TAG + _kind, _pattern, _first)
    _PlainLoader.add_constructor(_TAG + _kind, _scalar)
for _kind in ("str", "seq", "map"):
    _PlainLoader.add_constructor(_TAG + _kind, getattr(yaml.SafeLoader, f"construct_yaml_{_kind}"))
_PlainLoader.add_constructor(None, yaml.SafeLoader.construct_undefined)


class PackProblem(PackError):
    """A mistake in a file of a pack: ``values`` hold ``file``, ``line`` (0: the file as a whole) and ``field``."""

    def text(self, lang: Lang = "en") -> str:
        """``file, line 12, rules[item12-heads].reach.clock: what is wrong``."""
        place = "pack_place" if self.values["field"] else "pack_place_line" if self.values["line"] else "pack_place_file"
        return say(place, lang, **self.values) + say(self.code, lang, **self.values)


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file: its name inside the pack, its text, and what it holds."""

    name: str
    text: str
    data: Mapping[str, Any]

    def problem(self, loc: Loc, code: str, /, **values: object) -> PackProblem:
        """The error for the part at ``loc`` (keys and indices from the top).  Costs a second parse of the file, for the line."""
        return PackProblem(code, file=self.name, line=_line(self.text, loc), field=_field(self.data, loc), **values)

    def read(self, model: type[M]) -> M:
        """The document as a model.  Raises `PackProblem` for the first mistake in the file."""
        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            items = error.errors(include_url=False)
        # A list whose only item is wrong is reported as too short as well: the item is what is wrong.
        deep = [
            item for item in items if item["type"] != "too_short" or not any(_below(one["loc"], item["loc"]) for one in items)
        ]
        problems = [self._problem_of(dict(item)) for item in deep]
        raise min(problems, key=lambda problem: int(str(problem.values["line"])))

    def _problem_of(self, item: dict[str, Any]) -> PackProblem:
        loc = tuple(part for part in item["loc"] if part != "[key]")
        value = item["input"]
        context = item.get("ctx", {})
        cause = context.get("error")
        if isinstance(cause, BadValue):
            return self.problem(loc, cause.code, **cause.values)
        kind = item["type"]
        if kind == "missing" or (value is None and kind != "extra_forbidden"):
            last = loc[-1] if loc else ""
            code = "pack_missing_text" if last in ("en", "zh") else "pack_missing"
            return self.problem(loc, code, lang=last)
        if kind == "literal_error":
            return self.problem(loc, "pack_word", value=_shown(value), allowed=str(context["expected"]).replace("'", ""))
        return self.problem(loc, _CODES.get(kind, "pack_type_text"), value=_shown(value))


_CODES = {
    "extra_forbidden": "pack_extra",
    "string_too_short": "pack_empty_text",
    "too_short": "pack_empty_text",
    "string_pattern_mismatch": "pack_bad_code",
    "string_too_long": "pack_bad_code",
    "int_type": "pack_type_number",
    "int_parsing": "pack_type_number",
    "int_from_float": "pack_type_number",
    "greater_than_equal": "pack_type_number",
    "less_than_equal": "pack_type_number",
    "bool_type": "pack_type_flag",
    "bool_parsing": "pack_type_flag",
    "tuple_type": "pack_type_list",
    "list_type": "pack_type_list",
    "dict_type": "pack_type_section",
    "model_type": "pack_type_section",
}


def read_document(folder: Folder, name: str) -> Document:
    """A YAML file of a folder.  Raises `PackProblem` if it is absent, not UTF-8, not YAML, or not made of named sections."""

    def broken(code: str, line: int = 0, **values: object) -> PackProblem:
        return PackProblem(code, file=name, line=line, field="", **values)

    entry = folder.joinpath(name)
    if not entry.is_file():
        raise broken("pack_no_folder")
    try:
        text = entry.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise broken("pack_not_utf8") from None
    try:
        data = yaml.load(text, Loader=_PlainLoader)  # noqa: S506  (a safe loader, see above)
    except _DuplicateKey as error:
        raise broken("pack_yaml_duplicate", _mark_line(error), key=error.key) from None
    except yaml.MarkedYAMLError as error:
        raise broken("pack_yaml", _mark_line(error), problem=error.problem or "?") from None
    except (yaml.YAMLError, RecursionError):
        raise broken("pack_yaml", 1, problem="?") from None
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise broken("pack_yaml_not_mapping", 1)
    return Document(name, text, data)


def yaml_names(folder: Folder) -> list[str]:
    """The names of the YAML files of a folder, sorted; none if there is no such folder."""
    if not folder.is_dir():
        return []
    return sorted(entry.name for entry in folder.iterdir() if entry.name.endswith((".yaml", ".yml")))


def _below(loc: Loc, above: Loc) -> bool:
    return len(loc) > len(above) and loc[: len(above)] == above


def _mark_line(error: yaml.MarkedYAMLError) -> int:
    mark = error.problem_mark or error.context_mark
    return mark.line + 1 if mark is not None else 1


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return "{...}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[...]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)[:64]


def _line(text: str, loc: Loc) -> int:
    """The line (from 1) of the deepest part of ``loc`` that the file has."""
    node: Any = yaml.compose(text, Loader=_PlainLoader)
    line = 1
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if found is None:
                break
            key, node = found
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line


def _field(data: object, loc: Loc) -> str:
    """``rules[item12-heads].reach.clock``: items of a list go by their id, code or name."""
    field = ""
    here: object = data
    for part in loc:
        if isinstance(here, Mapping):
            here = here.get(part)
            field += f".{part}" if field else str(part)
        elif isinstance(here, Sequence) and not isinstance(here, str) and isinstance(part, int) and part < len(here):
            here = here[part]
            field += f"[{_name(here, part)}]"
        else:
            field += f".{part}"
    return field


def _name(item: object, index: int) -> str:
    if isinstance(item, Mapping):
        for key in ("id", "code", "name"):
            if isinstance(item.get(key), str):
                return str(item[key])
    return str(index + 1)
