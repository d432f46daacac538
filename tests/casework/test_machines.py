"""Every allowed and every forbidden step of every machine, generated from the data; and what the data may not say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph_service.casework.history import begin, find, fold, history, open_desk, take
from graph_service.casework.machines import Machine, load_machines, machine_of, machines
from graph_service.desk.base import Desk
from graph_service.messages import BadValue, PackError
from tests.casework.facts import act

PAIRS = [(name, state, step) for name, machine in machines().items() for state in machine.states for step in machine.steps]
BROUGHT = {need: "x" for machine in machines().values() for step in machine.steps.values() for need in step.needs}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    opened = open_desk(tmp_path_factory.mktemp("desk") / "desk.db")
    yield opened
    opened.close()


def way(machine: Machine, goal: str) -> list[str]:
    """A shortest run of steps from the start to a state; a way back needs a state before, so it is not taken."""
    ways = {machine.start: list[str]()}
    rest = [machine.start]
    while rest:
        state = rest.pop(0)
        for name in machine.steps:
            to = machine.lead(state, name)
            if to and to not in ways:
                ways[to] = [*ways[state], name]
                rest.append(to)
    return ways[goal]


@pytest.mark.parametrize(("name", "state", "step"), PAIRS)
def test_a_step_is_taken_where_the_data_allow_it_and_refused_elsewhere(desk: Desk, name: str, state: str, step: str) -> None:
    machine = machine_of(name)
    thing = f"{name}:{state}:{step}"
    with desk.write() as db:
        begin(db, act("2019-01-01"), name, thing, {})
        for earlier in way(machine, state):
            take(db, act("2019-01-02"), thing, earlier, BROUGHT)
        before = find(db, thing)
        assert before is not None
        assert before.state == state
        rule = machine.steps[step]
        if state not in rule.from_:
            with pytest.raises(BadValue, match="not allowed") as caught:
                take(db, act("2019-01-03"), thing, step, BROUGHT)
            assert caught.value.text("zh")
            assert find(db, thing) == before
            return
        for need in rule.needs:
            with pytest.raises(BadValue, match=need):
                take(db, act("2019-01-03"), thing, step, {key: "x" for key in BROUGHT if key != need})
        after = take(db, act("2019-01-03"), thing, step, BROUGHT)
        expected = {"back": way_before(machine, state), "same": state}.get(rule.to, rule.to)
        assert after.state == expected
        assert find(db, thing) == after == fold(history(db, thing=thing))[thing]


def way_before(machine: Machine, state: str) -> str:
    """The state before a state on the shortest way."""
    here = machine.start
    for step in way(machine, state)[:-1]:
        here = str(machine.lead(here, step))
    return here


@pytest.mark.parametrize("name", sorted(machines()))
def test_nothing_follows_on_an_end(name: str) -> None:
    machine = machine_of(name)
    for key, state in machine.states.items():
        assert not state.end or all(key not in step.from_ for step in machine.steps.values())
        assert not (state.end and state.open)


@pytest.mark.parametrize("name", ["must_feed_back", "may_decline"])
def test_every_task_can_be_suspended_and_withdrawn_from_wherever_it_is(name: str) -> None:
    machine = machine_of(name)
    ends = {key for key, state in machine.states.items() if state.end}
    holds = {key for key, state in machine.states.items() if state.holds}
    assert set(machine.steps["suspend"].from_) == set(machine.states) - ends - holds
    assert set(machine.steps["withdraw"].from_) == set(machine.states) - ends


def test_only_a_recommended_measure_may_be_declined() -> None:
    assert "decline" not in machine_of("must_feed_back").steps
    assert machine_of("may_decline").steps["decline"].needs == ("reason",)


GOOD = """\
machines:
  door:
    start: closed
    states:
      closed: {en: closed, zh: 关}
      open: {en: open, zh: 开}
      stuck: {en: stuck, zh: 卡住, holds: true}
      gone: {en: gone, zh: 没了, end: true}
    steps:
      push: {from: [closed], to: open}
      jam: {from: [closed, open], to: stuck}
      free: {from: [stuck], to: back}
      burn: {from: [open], to: gone}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("start: closed", "start: shut", "shut"),
        ("from: [open], to: gone", "from: [ajar], to: gone", "ajar"),
        ("from: [open], to: gone", "from: [open], to: ash", "ash"),
        ("from: [closed], to: open", "from: [gone], to: open", "an end"),
        ("from: [stuck], to: back", "from: [open], to: back", "way back"),
        ("from: [open], to: gone", "from: [open], to: closed", "nothing leads"),
        ("zh: 关", "zh: ''", "zh"),
    ],
)
def test_a_machine_that_is_wrong_does_not_load(tmp_path: Path, right: str, wrong: str, said: str) -> None:
    (tmp_path / "machines.yaml").write_text(GOOD, "utf-8")
    assert set(load_machines(tmp_path)) == {"door"}
    (tmp_path / "machines.yaml").write_text(GOOD.replace(right, wrong, 1), "utf-8")
    with pytest.raises(PackError, match=said):
        load_machines(tmp_path)


def test_a_machine_that_is_not_there_is_refused() -> None:
    with pytest.raises(BadValue, match="wheel"):
        machine_of("wheel")
