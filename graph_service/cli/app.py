"""The entry point: commands, and what happens when something is wrong.

Bad input gives one clear line on standard error and exit 2, with nothing changed; an answer that finds nothing is an answer.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import Annotated

import typer
from typer.exceptions import TyperException

from graph_service import __version__
from graph_service.cli import ask, bulk, casework, export, intake, law, report, service
from graph_service.messages import BadValue, GraphServiceError, Lang, say

app = typer.Typer(
    name="graph-service",
    help="Who answers for a company's serious dishonesty, why, under which article, since when and until when.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[bool, typer.Option("--version", help="The version.", is_eager=True, callback=_version)] = False,
) -> None:
    """Who answers for a company's serious dishonesty, why, under which article, since when and until when."""


for module in (intake, ask, casework, report, bulk, export, law):
    module.add_to(app)
service.add_to(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code is 0, or 2 for bad input.  ``graph-service`` on the command line ends here."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        _readable(given)
        code = app(given or ["--help"], prog_name="graph-service", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except GraphServiceError as error:
        print(f"graph-service: {_one_line(error.text(_language(given)))}", file=sys.stderr)  # noqa: T201
        return 2
    except typer.Exit as stop:
        return stop.exit_code
    except TyperException as error:
        print(f"graph-service: {_one_line(error.format_message())}", file=sys.stderr)  # noqa: T201
        return 2
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing is wrong.
        _drop_output()
        return 0
    except OSError as error:
        lang = _language(given)
        cause = error.strerror or type(error).__name__
        place = error.filename
        text = say("system_refused", lang, place=place, cause=cause) if place else say("output_refused", lang, cause=cause)
        print(f"graph-service: {_one_line(text)}", file=sys.stderr)  # noqa: T201
        if place is None:
            _drop_output()
        return 2


def _readable(arguments: Sequence[str]) -> None:
    """Raises `BadValue` for an argument whose bytes are no UTF-8: it could be neither looked up nor shown."""
    for place, argument in enumerate(arguments, 1):
        if not argument.isprintable() and any("\ud800" <= one <= "\udfff" for one in argument):
            raise BadValue("bad_argument_bytes", place=place)


def _drop_output() -> None:
    """Send what is still to be written nowhere, for the interpreter writes it when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _language(arguments: Sequence[str]) -> Lang:
    """The language asked for, read by hand because the options themselves may be what is wrong."""
    for place, argument in enumerate(arguments):
        if argument == "--lang" and place + 1 < len(arguments):
            return "zh" if arguments[place + 1] == "zh" else "en"
        if argument.startswith("--lang="):
            return "zh" if argument == "--lang=zh" else "en"
    return "zh" if os.environ.get("GRAPH_SERVICE_LANG") == "zh" else "en"


def run() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that cannot show a name shows its code
    sys.exit(main())
