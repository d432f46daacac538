"""What the library gives where one frame is not enough: a trace, and what further facts would change."""

from __future__ import annotations

from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph_service.engine.shapes import Shape
from graph_service.messages import Lang, say

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd


class Trace:
    """Who answers for a subject's records, why, and what follows; with the network behind it.

    Frames (columns in `graph_service.analysis.frames.FRAMES`): ``persons``, ``subjects`` (verdicts on the recorded subject
    itself), ``consequences``, ``possibly_caught``, ``data_faults``, ``left_out``, ``notices``.
    """

    def __init__(self, shape: Shape, network: Shape, lang: Lang) -> None:
        self._shape: dict[str, Any] = shape
        self._network = network
        self.lang = lang

    @property
    def subject(self) -> dict[str, str]:
        """Whose records: ``id`` and ``name``."""
        return dict(self._shape["subject"])

    @property
    def decision_id(self) -> str:
        """The same for the same question on the same facts."""
        return str(self._shape["decision_id"])

    @property
    def at(self) -> str:
        """The day asked."""
        return str(self._shape["at"])

    @property
    def known(self) -> str:
        """When the last fact that it may rest on was recorded."""
        return str(self._shape["known"])

    @property
    def packs(self) -> dict[str, str]:
        """The packs it was asked under, with their versions."""
        return {pack["id"]: pack["version"] for pack in self._shape["packs"]}

    @property
    def complete(self) -> bool:
        """Whether nothing that can matter was left out."""
        return bool(self._shape["complete"])

    @cached_property
    def persons(self) -> pd.DataFrame:
        """Who is liable or a candidate, by which role and article, and what would decide a candidate."""
        return self._frame("persons")

    @cached_property
    def subjects(self) -> pd.DataFrame:
        """Verdicts on the recorded subject itself."""
        return self._frame("subjects")

    @cached_property
    def consequences(self) -> pd.DataFrame:
        """All that follows: for whom, what, from when until when, how it stands and why, and the proof."""
        return self._frame("consequences")

    @cached_property
    def possibly_caught(self) -> pd.DataFrame:
        """Ownership rules that may catch the subject."""
        return self._frame("possibly_caught")

    @cached_property
    def data_faults(self) -> pd.DataFrame:
        """What is wrong with the facts that it touched."""
        return self._frame("data_faults")

    @cached_property
    def left_out(self) -> pd.DataFrame:
        """What it did not look at, and why."""
        return self._frame("left_out")

    @cached_property
    def notices(self) -> pd.DataFrame:
        """What is worth knowing beside it."""
        return self._frame("notices")

    def _frame(self, what: str) -> pd.DataFrame:
        from graph_service.analysis.frames import frame  # pandas loads when it is used

        return frame(what, self._shape[what], self._shape)

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain values, as ``graph-service trace --format json`` prints it."""
        from copy import deepcopy

        return deepcopy(self._shape)

    def to_networkx(self) -> nx.MultiDiGraph[str]:
        """The network behind it: holders point to enterprises; see `graph_service.analysis.as_networkx.as_networkx`."""
        from graph_service.analysis.as_networkx import as_networkx

        return as_networkx(self._network)

    def __repr__(self) -> str:
        return f"<Trace {self._heading()}: {self._tally()}>"

    def _heading(self) -> str:
        subject = self.subject
        return f"{subject['name']} {subject['id']} at {self.at}".strip()

    def _tally(self) -> str:
        verdicts = [row["verdict"] for row in self._shape["persons"]]
        return say(
            "trace_tally",
            self.lang,
            liable=len({row["person"] for row in self._shape["persons"] if row["verdict"] == "liable"}),
            candidates=len({row["person"] for row in self._shape["persons"] if row["verdict"] == "candidate"}),
            consequences=len(self._shape["consequences"]),
            verdicts=len(verdicts),
        )

    def _repr_html_(self) -> str:
        from graph_service.analysis.frames import html

        packs = ", ".join(f"{key} {version}" for key, version in self.packs.items())
        origin = f"{self.decision_id} · {self.known} · {packs}"
        warning = "" if self.complete else f"<p><strong>{escape(say('trace_incomplete', self.lang))}</strong></p>"
        persons = html(self.persons, columns=("person", "name", "record", "verdict", "role", "article", "gap"))
        following = html(self.consequences, columns=("subject", "name", "kind", "title", "from", "to", "status", "cause"))
        return (
            f"<div><h4>{escape(self._heading())}</h4><p>{escape(self._tally())}</p>{warning}"
            f"{persons}{following}<p><small>{escape(origin)}</small></p></div>"
        )

    def show(self) -> Any:
        """The network as an interactive picture in a notebook."""
        from IPython.display import IFrame  # comes with pyvis

        from graph_service.report import picture

        page = f'srcdoc="{escape(picture(self._network, self.lang))}"'
        return IFrame(src="about:blank", width="100%", height=640, extras=[page])

    def report(self, path: str | Path) -> Path:
        """Write the visual relationship report, one self-contained HTML file; gives its path.  Raises `InputError`."""
        from graph_service.report.page import html
        from graph_service.report.saving import save

        return save(Path(path), html(self._shape, self._network, self.lang))


class Person:
    """A person's credit record on a day: the frames ``verdicts``, ``entries``, ``measures`` and ``role_blocks``."""

    def __init__(self, shape: Shape) -> None:
        self._shape: dict[str, Any] = shape

    def _frame(self, what: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
        from graph_service.analysis.frames import frame

        return frame(what, rows, self._shape)

    @property
    def decision_id(self) -> str:
        """The same for the same question on the same facts."""
        return str(self._shape["decision_id"])

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """For which records the person is liable or a candidate, by which role, and what would decide it."""
        return self._frame("verdicts", self._shape["verdicts"])

    @cached_property
    def entries(self) -> pd.DataFrame:
        """What is written on the person's credit record."""
        return self._frame("consequences", self._shape["entries"])

    @cached_property
    def measures(self) -> pd.DataFrame:
        """The measures on the person."""
        return self._frame("consequences", self._shape["measures"])

    @cached_property
    def role_blocks(self) -> pd.DataFrame:
        """The offices that the person may not take or keep."""
        return self._frame("consequences", self._shape["role_blocks"])

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain values, as ``graph-service person --format json`` prints it."""
        from copy import deepcopy

        return deepcopy(self._shape)

    def __repr__(self) -> str:
        shape = self._shape
        counts = ", ".join(f"{len(shape[name])} {name}" for name in ("verdicts", "entries", "measures", "role_blocks"))
        return f"<Person {shape['name']} {shape['person']} at {shape['at']}: {counts}>"

    def _repr_html_(self) -> str:
        from graph_service.analysis.frames import html

        columns = ("title", "from", "to", "status", "cause", "article")
        parts = (html(getattr(self, name), columns=columns) for name in ("entries", "measures", "role_blocks"))
        return f"<div><h4>{escape(repr(self))}</h4>{html(self.verdicts)}{''.join(parts)}</div>"


class WhatIf:
    """What further facts would change: ``verdicts``, ``consequences`` and ``caught`` as frames of what differs."""

    def __init__(self, shape: Shape) -> None:
        self._shape: dict[str, Any] = shape

    def _frame(self, what: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
        from graph_service.analysis.frames import frame

        return frame(what, rows, self._shape)

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """Each verdict that differs, before and after."""
        return self._frame("verdict_changes", self._shape["verdicts"])

    @cached_property
    def consequences(self) -> pd.DataFrame:
        """Each consequence that is ``new``, ``lifted`` or ``changed``, as it is after (or was, if lifted)."""
        rows = [
            {
                "change": row["change"],
                "status_before": (row["before"] or {}).get("status"),
                "status_after": (row["after"] or {}).get("status"),
                **(row["after"] or row["before"]),
            }
            for row in self._shape["consequences"]
        ]
        return self._frame("consequence_changes", rows)

    @cached_property
    def caught(self) -> pd.DataFrame:
        """Whom ownership cascades catch otherwise than before."""
        return self._frame("caught_changes", self._shape["caught"])

    @property
    def complete(self) -> bool:
        """Whether nothing that can matter was left out."""
        return bool(self._shape["complete"])

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain values, as ``graph-service impact --format json`` prints it."""
        return dict(self._shape)

    def __repr__(self) -> str:
        return f"<WhatIf: {len(self._shape['verdicts'])} verdicts and {len(self._shape['consequences'])} consequences differ>"

    def _repr_html_(self) -> str:
        from graph_service.analysis.frames import html

        columns = ("change", "subject", "name", "title", "status_before", "status_after")
        return f"<div>{html(self.verdicts)}{html(self.consequences, columns=columns)}</div>"
