"""The rulebook tells a pack as it is, in both languages, and marks what is unverified."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from graph_service.cli.app import main
from graph_service.messages import LANGS, Lang, say
from graph_service.policy.loader import shipped_folder, shipped_ids
from graph_service.policy.rulebook import open_book, rulebook
from graph_service.policy.rulebook_words import escape
from graph_service.policy.scenarios import load_scenarios
from graph_service.policy.table import Basis, Carriage, Cascade, Effect, Exits, Gate, Incentive, Rule, Term
from tests.policy.sample import PACK, RULES, SCENARIOS, spoil, write


def page(folder: Path, lang: Lang = "en", **parts: str) -> str:
    """The rulebook of the sample pack, some of its files changed."""
    return rulebook(open_book(write(folder, **parts)), lang)


def section(text: str, title: str) -> str:
    """What stands below a heading of the third level."""
    return text.split(f"### {title}\n", 1)[1].split("\n## ", 1)[0].split("\n### ", 1)[0]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("pack_id", shipped_ids())
def test_every_rule_is_told_with_its_article_its_source_and_its_effects(pack_id: str, lang: Lang) -> None:
    book = open_book(shipped_folder(pack_id))
    told = rulebook(book, lang)
    for rule in book.pack.rules:
        for text in (rule.title[lang], rule.basis.article[lang], *(book.pack.names[one.code][lang] for one in rule.effects)):
            assert escape(text) in told
        assert f"`{rule.id}`" in told
    for cascade in book.pack.cascades:
        assert escape(cascade.title[lang]) in told
        assert escape(cascade.basis.article[lang]) in told
    for incentive in book.pack.incentives:
        assert escape(incentive.title[lang]) in told
    for scenario in load_scenarios(shipped_folder(pack_id), book.pack):
        assert told.count(f"*{escape(scenario.name)}*") >= 1


def test_the_page_is_told_from_the_pack_and_knows_none_by_name() -> None:
    room = Path(rulebook.__code__.co_filename).parent
    source = "".join(path.read_text("utf-8") for path in room.glob("rulebook*.py"))
    for pack_id in shipped_ids():
        pack = open_book(shipped_folder(pack_id)).pack
        for name in (pack.id, *(rule.id for rule in pack.rules), *(one.id for one in pack.cascades)):
            assert f'"{name}"' not in source


@pytest.mark.parametrize(
    "kind", [Rule, Effect, Carriage, Exits, Term, Cascade, Incentive, Gate, Basis], ids=lambda kind: kind.__name__
)
def test_no_field_of_the_table_is_left_untold(kind: type) -> None:
    """A field that comes into the table later would change who is reached and stay out of the page."""
    room = Path(rulebook.__code__.co_filename).parent
    source = "".join(path.read_text("utf-8") for path in room.glob("rulebook*.py"))
    # `fault_test` is told by the findings that satisfy it.
    assert [one.name for one in fields(kind) if f".{one.name}" not in source and one.name != "fault_test"] == []


def test_a_rule_of_one_region_says_so(tmp_path: Path) -> None:
    told = page(tmp_path / "a", rules=spoil(RULES, "severities: [serious]", "severities: [serious], regions: ['31']"))
    assert "region of the record: codes that begin with `31`" in section(told, "Heads")
    assert "region of the record" not in page(tmp_path / "b")


def test_procedures_say_what_stands_in_their_way_and_mark_what_is_unverified() -> None:
    found = 0
    for pack_id in shipped_ids():
        book = open_book(shipped_folder(pack_id))
        told = rulebook(book, "en")
        for one in book.pack.procedures:
            (row,) = [line for line in told.splitlines() if line.startswith(f"| `{one.code}` ")]
            parts = [(part.effect, part.cited.basis.confidence) for part in one.bars]
            parts += [(part.effect, part.cited.basis.confidence) for part in one.constraints]
            assert row.count("barred by: ") == sum(effect == "refuse" for effect, _ in parts)
            sure = [one.cited.basis.confidence, *(confidence for _, confidence in parts)]
            assert row.count("unverified") == sure.count("unverified")
            found += 1
    assert found


def test_what_is_unverified_is_marked_and_what_is_sourced_is_not(tmp_path: Path) -> None:
    sure = section(page(tmp_path / "sure"), "Heads")
    assert "art. 1 · sourced" in sure
    assert "unverified" not in sure
    rules = spoil(RULES, "reference: KEY\n", "reference: KEY\n    confidence: unverified\n")
    assert "art. 1 · **⚠ unverified**" in section(page(tmp_path / "not", rules=rules), "Heads")


def test_a_silent_clock_is_told_with_its_readings_and_a_spoken_one_alone(tmp_path: Path) -> None:
    assert "every reading is kept: the act, the decision, the day asked" in section(page(tmp_path / "silent"), "Heads")
    spoken = section(page(tmp_path / "spoken", rules=spoil(RULES, "clock: unspecified", "clock: act")), "Heads")
    assert "**When the role must be held:** during the act" in spoken
    assert "silent" not in spoken


def test_who_is_reached_is_told_by_role_or_by_finding(tmp_path: Path) -> None:
    told = page(tmp_path)
    assert "whoever is legal representative of the recorded enterprise, and no other role" in section(told, "Heads")
    found = section(told, "Found")
    assert "whoever a finding of the authority names" in found
    assert "directly responsible" in found
    assert "role must be held" not in found


def test_a_term_its_own_basis_and_the_gate_are_told(tmp_path: Path) -> None:
    heads = section(page(tmp_path / "a"), "Heads")
    assert "3 years from the decision" in heads
    assert "The law (第1号), art. 2" in heads
    assert "**Since 2020-12-18** what is a measure needs a legal basis of its own" in heads
    assert "All here have one" in heads
    bare = RULES.split("        own_bases:\n")[0] + "    carriages:" + RULES.split("    carriages:")[1]
    without = section(page(tmp_path / "b", rules=bare), "Heads")
    assert "None is given here" in without
    assert "Since" not in section(page(tmp_path / "c"), "Found")  # an entry is none of the kinds of the gate


def test_exits_and_carriage_are_told_and_their_absence_too(tmp_path: Path) -> None:
    told = page(tmp_path)
    assert "**Ends with:** repaired" in section(told, "Heads")
    assert "objection lodged (until objection rejected)" in section(told, "Heads")
    assert "**Carries to** the enterprises where a liable person is legal representative" in section(told, "Heads")
    assert "**Carries to:** no other enterprise" in section(told, "Found")


def test_an_ownership_rule_says_its_threshold_exactly(tmp_path: Path) -> None:
    assert "added together, hold more than 50 % of the shares" in section(page(tmp_path / "a"), "Fifty")
    rules = spoil(spoil(RULES, '"50"', '"33.33"'), "strict: true", "strict: false")
    assert "hold at least 33.33 % of the shares" in section(page(tmp_path / "b", rules=rules), "Fifty")
    rules = spoil(RULES, "aggregate: true", "aggregate: false")
    assert "each judged apart, hold" in section(page(tmp_path / "c", rules=rules), "Fifty")


def test_versions_of_one_rule_are_told_apart(tmp_path: Path) -> None:
    newer = RULES.split("cascades:\n")[1].split("incentives:")[0]
    newer = newer.replace("in_force: {to: 2024-07-03}", "version: '2'\n    in_force: {from: 2024-07-03}").replace(
        "strict: true", "strict: false"
    )
    told = page(tmp_path, rules=RULES.replace("incentives:", newer + "incentives:", 1))
    assert "more than 50 %" in section(told, "Fifty (version 1)")
    assert "at least 50 %" in section(told, "Fifty (version 2)")


def test_a_scenario_says_who_is_reached_and_who_must_not_be(tmp_path: Path) -> None:
    heads = section(page(tmp_path, scenarios=SCENARIOS), "Heads")
    assert "*The head of a briber meets the measure* (asked on 2019-06-30)" in heads
    assert "follows: P1 (legal representative): M1 a measure" in heads
    assert "must not follow: E1: no M1 a measure" in heads


def test_the_chinese_page_speaks_chinese(tmp_path: Path) -> None:
    told = page(tmp_path, "zh", scenarios=SCENARIOS)
    assert "**及于：**被记录企业的法定代表人" in told
    assert "须有现行有效的独立法律依据" in told
    for english in ("Rests on", "In force", "legal representative", "sourced"):
        assert english not in told


def test_no_text_of_a_pack_breaks_the_page(tmp_path: Path) -> None:
    rules = spoil(RULES, "{en: Heads, zh: 负责人}", '{en: "Heads | <script>alert(1)</script> *and* [more](x)", zh: 负责人}')
    pack = spoil(PACK, "{en: a measure, zh: 措施}", '{en: "a | measure", zh: 措施}')
    told = page(tmp_path, pack=pack, rules=rules)
    assert "<script>" not in told
    assert "### Heads \\| &lt;script&gt;alert(1)&lt;/script&gt; \\*and\\* \\[more\\](x)" in told
    rows = [line for line in told.splitlines() if line.startswith("| M1")]
    assert rows
    assert all(line.replace("\\|", "").count("|") == 6 for line in rows)


def test_the_command_prints_the_rulebook_or_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["packs", "show", "us-ofac"]) == 0
    printed = capsys.readouterr().out
    assert printed == rulebook(open_book(shipped_folder("us-ofac")), "en")
    assert main(["packs", "show", "us-ofac", "eu", "--lang", "zh", "-o", str(tmp_path / "book")]) == 0
    assert capsys.readouterr().out == ""
    assert sorted(path.name for path in (tmp_path / "book").iterdir()) == ["eu.zh.md", "us-ofac.zh.md"]
    assert (tmp_path / "book" / "eu.zh.md").read_text("utf-8") == rulebook(open_book(shipped_folder("eu")), "zh")


def test_the_command_takes_a_pack_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["packs", "show", str(write(tmp_path / "own")), "--format", "json"]) == 0
    assert '"pack": "sample"' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["packs", "show", "nowhere"], 'there is no policy pack "nowhere"'),
        (["packs", "show", "eu", "--format", "csv"], say("rulebook_bad_form")),
        (["packs", "eu", "--out", "x"], say("rulebook_out_unused")),
        (["packs", "test", "eu", "-o", "x"], say("rulebook_out_unused")),
    ],
)
def test_what_makes_no_rulebook_is_one_line(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert told in output.err
