"""``python -m graph_service``: the command line."""

from graph_service.cli.app import run

run()
