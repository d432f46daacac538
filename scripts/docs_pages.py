"""The pages of the site that the code tells: a hook of MkDocs (`mkdocs.yml`).

At build time it adds the rulebook (from the shipped packs, in both languages), the reference of the command line (from its own
definitions), and the pages that live elsewhere in the repository: the tour (README.md), the changelog, benchmarks and queries.
Links between those places are turned into links of the site.  Nothing that is made here is written into ``docs/``.
"""

from __future__ import annotations

import inspect
import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from graph_service.cli.app import app
from graph_service.messages import Lang
from graph_service.policy.loader import shipped_folder, shipped_ids
from graph_service.policy.rulebook import open_book, rulebook

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).parent.parent
ELSEWHERE = {
    "README.md": "tour.md",
    "README.zh.md": "zh/tour.md",
    "CHANGELOG.md": "changelog.md",
    "benchmarks/RESULTS.md": "benchmarks.md",
    "benchmarks/WORKLOAD.md": "workload.md",
    "cypher/README.md": "cypher.md",
}
"""Pages of the site that are files of the repository outside docs/."""
_LINK = re.compile(r"(!?\[[^\]]*\]\()([^)\s#]+)(#[^)\s]*)?(\))")
_FENCE = re.compile(r"(^```.*?^```)", re.M | re.S)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put every shipped pack into the navigation, in both languages, every notebook, and every page that nobody gave a place."""
    sections: dict[str, list[Any]] = {title: pages for part in config.nav or [] for title, pages in part.items()}
    placed = {next(iter(one.values())) if isinstance(one, dict) else one for pages in sections.values() for one in pages}
    docs = ROOT / "docs"
    sections["How to"] += sorted({path.name for path in docs.glob("*.md")} - placed)
    sections["Rulebook"] += [f"rulebook/{key}.md" for key in shipped_ids()]
    sections["Gallery"] += [f"notebooks/{path.name}" for path in sorted((docs / "notebooks").glob("*.md"))]
    sections["中文"] += ["zh/rulebook/index.md", *(f"zh/rulebook/{key}.md" for key in shipped_ids())]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made here, and whatever files they link to."""
    from mkdocs.structure.files import File

    pages = {place: _moved((ROOT / name).read_text("utf-8"), name, place) for name, place in ELSEWHERE.items()}
    pages |= dict(rulebooks())
    pages["reference/cli.md"] = command_line()
    for place, text in pages.items():
        files.append(File.generated(config, place, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: object) -> str:
    """Links of a page in docs/ to files outside of it, as links of the site."""
    place = page.file.src_uri
    if page.file.generated_by:
        return markdown
    return _moved(markdown, f"docs/{place}", place)


def on_post_page(output: str, page: Any, **_: object) -> str:
    """What is unverified is seen at a glance; a Chinese page says that it is one, for fonts, line breaks and screen readers."""
    output = output.replace("<strong>⚠ ", '<strong class="unverified">⚠ ')
    if not page.file.src_uri.startswith("zh/"):
        return output
    return output.replace('<html lang="en"', '<html lang="zh-CN"', 1).replace("Table of contents", "目录")


def _moved(text: str, name: str, place: str) -> str:
    """The text of the file ``name`` as the page ``place``: relative links lead to the same things, code stays as it is."""

    def link(found: re.Match[str]) -> str:
        before, target, anchor, after = found.groups()
        if re.match(r"[a-z]+:", target):
            return found[0]
        meant = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
        there = ELSEWHERE.get(meant) or (meant.removeprefix("docs/") if meant.startswith("docs/") else None)
        if there is None:  # a file that is no page: say which it is
            return f"`{meant}`" if not before.startswith("!") else ""
        return f"{before}{posixpath.relpath(there, posixpath.dirname(place) or '.')}{anchor or ''}{after}"

    parts = _FENCE.split(text)
    return "".join(part if number % 2 else _LINK.sub(link, part) for number, part in enumerate(parts))


_RULEBOOK: Mapping[Lang, tuple[str, str, str]] = {
    "en": (
        "rulebook",
        "# The rulebook\n\nThe law that answers rest on, told from the policy packs themselves: who is reached, when, what "
        "follows and for how long, under which article, and how sure that is. Nobody writes these pages; "
        "`graph-service packs show` prints them. They are not legal advice.\n",
        "| pack | rules | ownership rules | incentives |",
    ),
    "zh": (
        "zh/rulebook",
        "# 规则手册\n\n答案所依据的规则，直接由政策包生成：及于何人、何时适用、有何后果、期限多久、依据哪一条、可靠程度如何。"
        "本页无人手写，用 `graph-service packs show --lang zh` 即可打印。不构成法律意见。\n",
        "| 政策包 | 规则 | 股权规则 | 激励措施 |",
    ),
}


def rulebooks() -> Iterator[tuple[str, str]]:
    """The rulebook of every shipped pack and its first page, in both languages: where they lie, and their Markdown."""
    for lang, (folder, intro, columns) in _RULEBOOK.items():
        lines = [intro, columns, "|---|---|---|---|"]
        for key in shipped_ids():
            book = open_book(shipped_folder(key))
            pack = book.pack
            yield f"{folder}/{key}.md", rulebook(book, lang)
            counts = f"{len(pack.rules)} | {len(pack.cascades)} | {len(pack.incentives)}"
            lines.append(f"| [{pack.title[lang]}]({key}.md) `{key}` | {counts} |")
        yield f"{folder}/index.md", "\n".join(lines) + "\n"


def command_line() -> str:
    """The reference of the command line, from the definitions of its commands."""
    group: Any = typer.main.get_command(app)
    parts = [
        "# The command line",
        group.help.strip(),
        "Options stand after the command that they belong to. Bad input: one line on "
        "standard error and exit 2, nothing changed. Nothing found: an empty answer and exit 0. An option may be given by the "
        "environment variable that is named with it.",
    ]
    for name in sorted(group.commands):
        parts += _command(name, group.commands[name])
    return "\n\n".join(parts) + "\n"


def _command(name: str, command: Any) -> Iterator[str]:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option" and not one.hidden]
    inside = ["COMMAND"] if getattr(command, "commands", None) else []
    usage = " ".join([f"graph-service {name}", *inside, *(_usage(one) for one in arguments), *(["[OPTIONS]"] if options else [])])
    yield f"## {name}"
    # The doc string of a subcommand is what its --help says.
    yield inspect.cleandoc(command.help or "")
    yield f"```\n{usage}\n```"
    if arguments:
        rows = [f"| `{_usage(one)}` | {_cell(getattr(one, 'help', '') or '')} |" for one in arguments]
        yield "\n".join(["| argument | |", "|---|---|", *rows])
    if options:
        rows = [f"| {_names(one, command)} | {_cell(one.help or '')} | {_given(one)} |" for one in options]
        yield "\n".join(["| option | | default |", "|---|---|---|", *rows])
    for below in sorted(getattr(command, "commands", None) or {}):
        yield from _command(f"{name} {below}", command.commands[below])


def _usage(argument: Any) -> str:
    name = (argument.metavar or argument.name).upper()
    name += "..." if argument.nargs != 1 and not name.endswith("...") else ""
    return name if argument.required else f"[{name}]"


def _names(option: Any, command: Any) -> str:
    """``--format [table|json|csv]``, as ``--help`` shows it; within code a bar does not end a cell."""
    return f"`{' '.join(option.get_help_record(typer.Context(command))[0].split())}`"


def _given(option: Any) -> str:
    """The default, and the environment variable that stands for the option."""
    default = getattr(option.default, "value", option.default)
    parts = [f"`{default}`"] if default not in (None, False, "", (), []) and not callable(default) else []
    if option.envvar:
        parts.append(f"`{option.envvar}`")
    return "<br>".join(parts)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
