"""From the models of procedures and casework to their compiled table, checking every word on the way."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from graph_service.policy.desk_schema import (
    BarModel,
    CasesModel,
    CaseworkModel,
    ConstraintModel,
    DaysModel,
    LawFile,
    LengthModel,
    ProcedureModel,
    TasksModel,
)
from graph_service.policy.desk_table import (
    Bar,
    BothLists,
    Cases,
    Casework,
    Cited,
    Constraint,
    Days,
    Deadline,
    Display,
    Length,
    Objecting,
    Procedure,
    Publishing,
    Tasks,
    Undo,
    Withdrawing,
)
from graph_service.policy.document import Document, Loc
from graph_service.policy.schema import Stated
from graph_service.policy.stating import Statements, text_of


class DeskCompiler(Statements):
    """The law of casework of one pack being compiled."""

    def desk(self, laws: Iterable[tuple[Document, LawFile]]) -> tuple[tuple[Procedure, ...], Casework | None]:
        """The procedures of a pack and its casework section, if it has one.  Raises `PackError`."""
        procedures: dict[str, Procedure] = {}
        casework: Casework | None = None
        for document, law in laws:
            self._at = document
            for index, item in enumerate(law.procedures):
                loc: Loc = ("procedures", index)
                if item.code in procedures:
                    raise self._problem(loc, "pack_duplicate_id", value=item.code, other=document.name)
                procedures[item.code] = self._procedure(item, loc)
            if law.casework is not None:
                if casework is not None:
                    raise self._problem(("casework",), "pack_casework_twice")
                casework = self._casework(law.casework)
        return tuple(procedures.values()), casework

    def _cited(self, item: Stated, *loc: int | str) -> Cited:
        basis, reference = self._stated(item, loc)
        return Cited(basis, reference)

    # -- procedures

    def _procedure(self, item: ProcedureModel, loc: Loc) -> Procedure:
        for code in item.incentives:
            self._code(code, (*loc, "incentives"))
        if item.promise is not None and item.promise not in item.incentives:
            raise self._problem((*loc, "promise"), "pack_promise_unknown", value=item.promise)
        if item.constraints and not item.bidders:
            raise self._problem((*loc, "constraints"), "pack_constraints_unused")
        return Procedure(
            cited=self._cited(item, *loc),
            code=item.code,
            title=text_of(item.title),
            bidders=item.bidders,
            bars=tuple(self._bar(bar, (*loc, "bars", index)) for index, bar in enumerate(item.bars)),
            constraints=tuple(self._constraint(one, (*loc, "constraints", index)) for index, one in enumerate(item.constraints)),
            incentives=frozenset(item.incentives),
            promise=item.promise or "",
            consortium=self._cited(item.consortium, *loc, "consortium") if item.consortium else None,
        )

    def _bar(self, item: BarModel, loc: Loc) -> Bar:
        if not item.codes and not item.kinds:
            raise self._problem((*loc, "codes"), "pack_bar_empty")
        for code in item.codes:
            self._code(code, (*loc, "codes"))
        return Bar(self._cited(item, *loc), frozenset(item.codes), frozenset(item.kinds), item.effect)

    def _constraint(self, item: ConstraintModel, loc: Loc) -> Constraint:
        if (item.threshold_percent is None) is (item.by in ("holding", "control")):
            raise self._problem((*loc, "threshold_percent"), "pack_holding_threshold")
        if bool(item.roles) is (item.by == "control"):
            raise self._problem((*loc, "roles"), "pack_constraint_roles")
        self._roles(item.roles, (*loc, "roles"))
        return Constraint(
            cited=self._cited(item, *loc),
            id=item.id,
            title=text_of(item.title),
            by=item.by,
            roles=frozenset(item.roles),
            threshold=None if item.threshold_percent is None else Fraction(item.threshold_percent) / 100,
            effect=item.effect,
        )

    # -- casework

    def _cases(self, item: CasesModel) -> Cases:
        return Cases(self._cited(item, "casework", "cases"), frozenset(item.severities))

    def _tasks(self, item: TasksModel) -> Tasks:
        answers = {str(nature): answer for nature, answer in item.answers.items()}
        return Tasks(self._cited(item, "casework", "tasks"), frozenset(item.kinds), answers)

    def _casework(self, item: CaseworkModel) -> Casework:
        at = "casework"
        return Casework(
            cases=self._cases(item.cases) if item.cases else None,
            tasks=self._tasks(item.tasks) if item.tasks else None,
            deadlines=tuple(
                Deadline(self._cited(one, at, "deadlines", index), one.machine, one.step, one.since, _days(one.within))
                for index, one in enumerate(item.deadlines)
            ),
            undoing=tuple(
                Undo(self._cited(one, at, "undoing", index), frozenset(one.causes), one.task)
                for index, one in enumerate(item.undoing)
            ),
            objections=tuple(
                Objecting(
                    self._cited(one, at, "objections", index),
                    one.region,
                    *(_days(days) if days else None for days in (one.mark, one.check_within, one.decide, one.extend)),
                )
                for index, one in enumerate(item.objections)
            ),
            publication=tuple(
                Publishing(self._cited(one, at, "publication", index), frozenset(one.severities), _days(one.within))
                for index, one in enumerate(item.publication)
            ),
            withdrawal=tuple(
                Withdrawing(self._cited(one, at, "withdrawal", index), frozenset(one.events), _days(one.within))
                for index, one in enumerate(item.withdrawal)
            ),
            display=tuple(
                Display(self._cited(one, at, "display", index), frozenset(one.severities), _length(one.least), _length(one.most))
                for index, one in enumerate(item.display)
            ),
            both_lists=None
            if item.both_lists is None
            else BothLists(self._cited(item.both_lists, at, "both_lists"), item.both_lists.policy),
        )


def _days(model: DaysModel) -> Days:
    return Days(model.days, model.count == "working_days")


def _length(model: LengthModel | None) -> Length | None:
    return None if model is None else Length(model.years or 0, model.months or 0, model.days or 0)
