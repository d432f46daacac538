"""What a pack compiles to, and that what must not load does not, with words that name file, rule and field."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from graph_service.messages import PackError
from graph_service.model.interval import FIRST, LAST, day_text, parse_day
from graph_service.policy.document import PackProblem
from graph_service.policy.loader import find_versions, load_pack, shipped_folder, shipped_pack
from graph_service.policy.table import Exits, Text
from tests.policy.sample import PACK, RULES, spoil, write


def test_a_whole_pack_compiles_to_what_it_says(tmp_path: Path) -> None:
    pack = load_pack(write(tmp_path))
    heads, found = pack.rules
    assert (pack.id, pack.jurisdiction, pack.title["zh"]) == ("sample", "CN", "示例")
    assert heads.families == {"market_order"}
    assert heads.behaviours == {"bribery"}
    assert (heads.reach, heads.roles, heads.clock, heads.fault_test) == ("role", ("legal_representative",), "unspecified", "none")
    assert heads.basis.instrument == Text("The law (第1号)", "某法（第1号）")
    assert (found.clock, found.fault, found.families) == ("named", frozenset({"directly_responsible"}), frozenset())
    effect = heads.effects[0]
    assert (effect.term.anchor, effect.term.years, effect.own_bases[0].article.en) == ("decision", 3, "art. 2")
    assert found.effects[0].term.years is None
    assert pack.cascades[0].threshold == Fraction(1, 2)
    assert pack.behaviours == {"bribery": "market_order", "food": "health_safety"}
    assert pack.names["M1"].zh == "措施"
    assert pack.gates[0].since == parse_day("2020-12-18")
    assert pack.lists[0]["colour"] == "black"
    assert "somewhere" in heads.reference


def test_a_silent_clock_is_read_in_every_way_unless_pack_or_rule_say_fewer(tmp_path: Path) -> None:
    assert load_pack(write(tmp_path / "a")).rules[0].clocks == ("act", "decision", "current")
    by_pack = spoil(PACK, "  through", "  unspecified_clocks: [act, decision]\n  through")
    assert load_pack(write(tmp_path / "b", by_pack)).rules[0].clocks == ("act", "decision")
    by_rule = spoil(RULES, "clock: unspecified,", "clock: unspecified, clocks: [decision],")
    assert load_pack(write(tmp_path / "c", by_pack, by_rule)).rules[0].clocks == ("decision",)


def test_a_clock_that_the_text_names_is_the_only_one(tmp_path: Path) -> None:
    rule = load_pack(write(tmp_path, rules=spoil(RULES, "clock: unspecified", "clock: current"))).rules[0]
    assert (rule.clock, rule.clocks) == ("current", ("current",))


def test_what_a_rule_does_not_say_it_inherits_and_what_it_says_stands(tmp_path: Path) -> None:
    own = spoil(
        RULES,
        "    effects:\n      - kind: measure",
        "    exits: {ended_by: [performed], own_event: record}\n    initiator: {en: a court, zh: 法院}\n"
        "    confidence: unverified\n    in_force: {from: 2019-01-01}\n    effects:\n      - kind: measure",
    )
    heads, found = load_pack(write(tmp_path, rules=own)).rules
    assert heads.exits == Exits(frozenset({"performed"}), (), "record")
    assert (heads.initiator.en, heads.basis.confidence, day_text(heads.basis.valid_from)) == (
        "a court",
        "unverified",
        "2019-01-01",
    )
    assert found.exits.ended_by == {"repaired"}
    assert (found.initiator.en, found.basis.confidence, day_text(found.basis.valid_from)) == (
        "the authority",
        "sourced",
        "2018-01-01",
    )
    assert heads.effects[0].implementer.en == "the departments"


def test_a_rule_is_in_force_where_its_dates_and_those_of_its_instrument_meet(tmp_path: Path) -> None:
    pack = load_pack(write(tmp_path))
    assert (day_text(pack.rules[0].basis.valid_from), day_text(pack.rules[0].basis.valid_to)) == ("2018-01-01", "2030-01-01")
    assert (day_text(pack.cascades[0].basis.valid_from), day_text(pack.cascades[0].basis.valid_to)) == (
        "2017-01-01",
        "2024-07-03",
    )


def test_dates_that_no_source_gives_stay_open(tmp_path: Path) -> None:
    open_ended = PACK.replace("in_force: {from: 2018-01-01}", "in_force: {}").replace(
        "in_force: {from: 2017-01-01, to: 2030-01-01}", ""
    )
    pack = load_pack(write(tmp_path, open_ended))
    assert (pack.valid_from, pack.valid_to) == (FIRST, LAST)


def test_versions_of_one_rule_follow_each_other(tmp_path: Path) -> None:
    later = "cascades:" + RULES.split("cascades:")[1].split("incentives:")[0].replace("{to: 2024-07-03}", "{from: 2024-07-03}")
    later = later.replace("- id: fifty", '- id: fifty\n    version: "2"')
    folder = write(tmp_path)
    (folder / "later.yaml").write_text(later, encoding="utf-8")
    assert [item.version for item in find_versions(load_pack(folder), "fifty")] == ["1", "2"]
    assert find_versions(load_pack(folder), "nothing") == ()


def test_the_digest_changes_with_the_law_and_with_nothing_else(tmp_path: Path) -> None:
    digest = load_pack(write(tmp_path / "a")).digest
    assert load_pack(write(tmp_path / "b", "# a remark\n" + PACK, RULES.replace("art. 1, ", "art. 1 , "))).digest == digest
    assert load_pack(write(tmp_path / "c", rules=spoil(RULES, "years: 3", "years: 4"))).digest != digest
    assert load_pack(write(tmp_path / "d", spoil(PACK, "zh: 措施", "zh: 措施二"))).digest != digest


def test_shipped_packs_are_loaded_once_and_an_unknown_one_names_those_there_are() -> None:
    assert shipped_pack("us-ofac") is shipped_pack("us-ofac")
    with pytest.raises(PackError, match=r'no policy pack "us-sdn".*cn-yunnan-2016.*uk-ofsi'):
        shipped_pack("us-sdn")
    with pytest.raises(PackError, match="no policy pack"):
        shipped_folder("../packs/eu")


# Each: what is spoilt, how, and what the message must say.
PACK_FAULTS = [
    ("instrument: law\n  in_force", "instrument: low\n  in_force", r"pack\.yaml, line 6, pack\.instrument: .*\"low\""),
    ("from: 2018-01-01}", "from: 2018-13-01}", r"pack\.in_force\.from: .*not a date"),
    ("from: 2017-01-01, to: 2030-01-01", "from: 2030-01-01, to: 2017-01-01", r"instruments\.law\.in_force: it ends"),
    ("title: {en: Sample, zh: 示例}", "title: {en: Sample}", r"pack\.title\.zh: the text in \"zh\" is missing"),
    ("title: {en: Sample, zh: 示例}", 'title: {en: Sample, zh: ""}', r"pack\.title\.zh: this must not be empty"),
    ("title: {en: Sample, zh: 示例}", "title: {en: Sample, zh: }", r"pack\.title\.zh: the text in \"zh\" is missing"),
    ("  confidence: sourced", "  confidence: probably", r"pack\.confidence: \"probably\" .*sourced or unverified"),
    ("    reference: KEY\nfam", "    reference: KAY\nfam", r"instruments\.law\.reference: \"KAY\" is not a key of \"sources\""),
    ("ended_by: [repaired]", "ended_by: [mended]", r"pack\.exits\.ended_by.*: \"mended\" .*objection_lodged"),
    ("accepts: [directly", "accepts: [vaguely", r"fault_tests\.direct\.accepts.*\"vaguely_responsible\""),
    ("  direct: {acc", "  strict: {acc", r"fault_tests\.strict: \"strict\" .*personal"),
    ("accepts: [directly", "accepts: [knew, directly", r"the finding \"knew\" has no words"),
    ("roles:\n  legal_rep", "roles:\n  boss: {en: b, zh: b}\n  legal_rep", r"roles\.boss: \"boss\""),
    ("kinds: [measure]", "kinds: [punishment]", r"gates\[1\]\.kinds.*\"punishment\""),
    ("since: 2020-12-18", "since: soon", r"gates\[1\]\.since: .*not a date"),
    ("law, article: {en: art. 9", "decree, article: {en: art. 9", r"gates\[1\]\.basis\.instrument: \"decree\""),
    ("  M1: {en", "  bribery: {en: x, zh: x}\n  M1: {en", r"codes\.bribery: the word \"bribery\" is already used"),
    ("  M1: {en", "  M1: {en: x, zh: x}\n  M1: {en", r"the key \"M1\" stands twice"),
    ("  through_state_holders: false", "  through_state_holders: maybe", r"through_state_holders: true or false is needed"),
    ("  jurisdiction: CN\n", "", r"pack\.jurisdiction: this field is missing"),
    ("  jurisdiction: CN\n", "  jurisdiction: CN\n  colour: red\n", r"line 6, pack\.colour: there is no such field"),
    ("title: {en: Sample,", "title: {en: [Sample],", r"pack\.title\.en: a text is needed here"),
    ("pack:\n  id: sample", "pack:\n id: sample", r"line 3: this is not YAML"),
    ("families:", "families: []\nfamily:", r"families: a section with named fields is needed"),
    ("id: sample", "id: Sample pack", r"pack\.id: \"Sample pack\" is not a code"),
]


@pytest.mark.parametrize(("old", "new", "message"), PACK_FAULTS)
def test_a_head_that_is_wrong_in_one_place_does_not_load(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(PackProblem, match=message) as caught:
        load_pack(write(tmp_path, spoil(PACK, old, new)))
    assert "pydantic" not in str(caught.value)
    assert caught.value.text("zh").startswith("pack.yaml 第 ")


HEADS = "roles: [legal_representative], clock: unspecified, fault: none}"
RULE_FAULTS = [
    ("    article: {en: art. 1, zh: 第一条}\n", "", r"rules\.yaml, line 2, rules\[heads\]\.article: this field is missing"),
    ("    reference: KEY\n    when: {sub", "    when: {sub", r"rules\[heads\]\.reference: this field is missing"),
    ("    reference: KEY\n    when", "    reference: NOWHERE\n    when", r"line 5, rules\[heads\]\.reference: \"NOWHERE\".*KEY"),
    ("- id: heads\n", "- id: heads\n    instrument: decree\n", r"rules\[heads\]\.instrument: \"decree\" .*law"),
    (
        "- id: heads\n",
        "- id: heads\n    in_force: {to: 2010-01-01}\n",
        r"rules\[heads\]\.in_force: it would never be in force.*2017-01-01",
    ),
    ("- id: heads\n", "- id: heads\n    in_force: {from: 2020-01-01, to: 2020-01-01}\n", r"in_force: it ends \(2020-01-01\)"),
    ("families: [market_order]", "families: [market_odour]", r"rules\[heads\]\.when\.families: \"market_odour\".*health_safety"),
    ("behaviours: [bribery]", "behaviours: [gifts]", r"rules\[heads\]\.when\.behaviours: \"gifts\" is not a behaviour"),
    ("behaviours: [bribery]", "behaviours: [food]", r"\"food\" belongs to the family \"health_safety\".*never apply"),
    ("severities: [serious]", "severities: [grave]", r"when\.severities.*\"grave\".*serious, general, minor"),
    (HEADS, "roles: [], clock: act}", r"rules\[heads\]\.reach\.roles: .*at least one role"),
    (HEADS, "roles: [owner], clock: act}", r"rules\[heads\]\.reach\.roles.*\"owner\" .*director"),
    (HEADS, "roles: [director], clock: act}", r"the role \"director\" has no words"),
    (HEADS, "roles: [branch_of], clock: act}", r"\"branch_of\" is not one of the words"),
    (HEADS, "roles: [legal_representative]}", r"rules\[heads\]\.reach\.clock: .*must say when"),
    (HEADS, "roles: [legal_representative], clock: now}", r"rules\[heads\]\.reach\.clock: \"now\".*unspecified"),
    (HEADS, "roles: [legal_representative], clock: act, clocks: [act]}", r"reach\.clocks: \"clocks\" are the readings"),
    (HEADS, "roles: [legal_representative], clock: named}", r"reach\.fault: clock: named means"),
    (HEADS, "roles: [legal_representative], clock: act, fault: personal}", r"no finding satisfies the fault test \"personal\""),
    ("{who: role, " + HEADS, "{who: self, roles: [legal_representative]}", r"reach\.roles: roles are named"),
    ("{who: role, " + HEADS, "{who: self, clock: act}", r"reach\.clock: a clock only goes"),
    ("{who: role, " + HEADS, "{who: self, fault: direct}", r"reach\.fault: a reach of \"self\""),
    ("{who: finding, fault: direct}", "{who: finding}", r"rules\[found\]\.reach\.fault: a reach of \"finding\" needs"),
    ("        code: M1\n", "        code: M9\n", r"rules\[heads\]\.effects\[M9\]\.code: \"M9\" is not one of the \"codes\""),
    ("kind: measure\n", "kind: sanction\n", r"effects\[M1\]\.kind: \"sanction\".*role_block"),
    ("nature: mandatory\n        term", "nature: strict\n        term", r"effects\[M1\]\.nature: \"strict\""),
    ("{anchor: decision, years: 3}", "{years: 3}", r"rules\[heads\]\.effects\[M1\]\.term: a term must say from when"),
    ("{anchor: decision, years: 3}", "{anchor: decision}", r"term: a term must say years"),
    ("{anchor: decision, years: 3}", "{anchor: decision, years: 3, permanent: true}", r"term: a term is either"),
    ("{anchor: decision, years: 3}", "{anchor: decision, years: three}", r"term\.years: a whole number"),
    ("{anchor: decision, years: 3}", "{anchor: decision, years: 0.5}", r"term\.years: a whole number"),
    ("{anchor: decision, years: 3}", "{anchor: decision, years: -1}", r"term\.years: a whole number"),
    (
        "{anchor: decision, years: 3}",
        "{anchor: act_end, years: 3, basis: {instrument: law, article: {en: a, zh: b}, reference: X}}",
        r"term\.basis\.reference: \"X\"",
    ),
    ("zh: 第二条}, reference: KEY}", "zh: 第二条}, reference: NO}", r"own_bases\[1\]\.reference: \"NO\""),
    ("via: office, ", "via: control, ", r"carriages\[M1\]\.directions: a carriage via control"),
    ("via: office, ", 'via: office, threshold_percent: "50", ', r"carriages\[M1\]\.threshold_percent: a carriage by control"),
    (
        "roles: [legal_representative]}\n  - id: found",
        "directions: [down]}\n  - id: found",
        r"carriages\[M1\]\.roles: a carriage via office",
    ),
    ("    effects:\n      - {kind: record_entry, code: M1, nature: mandatory}\n", "", r"rules\[found\]: the rule has no effect"),
    (
        "      - {kind: record_entry, code: M1, nature: mandatory}",
        "      - {kind: measure, code: M1, nature: civil}\n" * 2,
        r"effects\[M1\]: the consequence \"M1\" stands twice",
    ),
    ("effects:\n      - kind", "effect:\n      - kind", r"rules\[heads\]\.effect: there is no such field"),
    ("rules:\n", "rulez:\n", r"rulez: there is no such field"),
    ("- id: found", "- id: heads", r"rules\[heads\]: \"heads\" is there already, in rules\.yaml"),
    ("- id: fifty", "- id: heads", r"cascades\[heads\]: \"heads\" is there already"),
    ("- id: found", '- id: heads\n    version: "2"', r"versions \"1\" and \"2\" of \"heads\" are both in force on 2018-01-01"),
    ('threshold_percent: "50"', "threshold_percent: 150", r"cascades\[fifty\]\.threshold_percent: \"150\" is not a percentage"),
    ('threshold_percent: "50"', "threshold_percent: half", r"threshold_percent: \"half\" is not a percentage"),
    ("measures: [[shareholder]]", "measures: [[owner]]", r"cascades\[fifty\]\.measures.*\"owner\""),
    ("measures: [[shareholder]]", "measures: shareholder", r"cascades\[fifty\]\.measures: a list is needed"),
    ("control: [appoints_board]", "control: [director]", r"cascades\[fifty\]\.control.*\"director\".*appoints_board"),
    ("control: [app", "possible_control: [appoints_board]\n    control: [app", r"\"appoints_board\" is named both"),
    ("    code: M1\n    nature", "    code: M7\n    nature", r"cascades\[fifty\]\.code: \"M7\""),
    ("{code: I1,", "{code: I7,", r"incentives\[I7\]\.code: \"I7\""),
    ("clean_years: 3", "clean_years: some", r"incentives\[I1\]\.clean_years: a whole number"),
    ("    families: [market_order]\n    sev", "    families: [x]\n    sev", r"lists\[black\]\.families: \"x\""),
]


@pytest.mark.parametrize(("old", "new", "message"), RULE_FAULTS)
def test_a_rule_that_is_wrong_in_one_place_does_not_load(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(PackProblem, match=message) as caught:
        load_pack(write(tmp_path, rules=spoil(RULES, old, new)))
    assert str(caught.value).startswith("rules.yaml, line ")
    assert caught.value.text("zh").startswith("rules.yaml 第 ")


def test_a_pack_without_law_or_without_a_head_does_not_load(tmp_path: Path) -> None:
    with pytest.raises(PackProblem, match="states no rule"):
        load_pack(write(tmp_path / "empty", rules=None))
    with pytest.raises(PackProblem, match="states no rule"):
        load_pack(write(tmp_path / "blank", rules="# nothing yet\n"))
    with pytest.raises(PackProblem, match="no policy pack here"):
        load_pack(tmp_path / "nowhere")
    with pytest.raises(PackProblem, match=r"pack\.yaml, line 1, pack: this field is missing"):
        load_pack(write(tmp_path / "hollow", pack=""))


def test_a_file_that_is_no_text_or_no_sections_does_not_load(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "rules.yaml").write_bytes("rules: 规则".encode("gb18030"))
    with pytest.raises(PackProblem, match=r"rules\.yaml: the file is not UTF-8"):
        load_pack(folder)
    (folder / "rules.yaml").write_text("- one\n- two\n", encoding="utf-8")
    with pytest.raises(PackProblem, match="named sections"):
        load_pack(folder)
    (folder / "rules.yaml").write_text("rules: [\x07]", encoding="utf-8")
    with pytest.raises(PackProblem, match="not YAML"):
        load_pack(folder)


def test_the_words_of_yaml_that_look_like_something_else_stay_words(tmp_path: Path) -> None:
    pack = PACK.replace("en: Sample, zh: 示例", "en: no, zh: on").replace('version: "1"', "version: 1.10")
    pack = pack.replace("number: 第1号", "number: 0123")
    loaded = load_pack(write(tmp_path, pack))
    assert (loaded.title, loaded.version) == (Text("no", "on"), "1.10")
    assert loaded.rules[0].basis.instrument.en == "The law (0123)"


def test_a_byte_order_mark_of_an_editor_is_taken(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "pack.yaml").write_text(PACK, encoding="utf-8-sig")
    assert load_pack(folder).id == "sample"


def test_the_first_mistake_in_the_file_is_the_one_that_is_told(tmp_path: Path) -> None:
    rules = spoil(spoil(RULES, "severities: [serious]}", "severities: [grave]}"), "strict: true", "strict: perhaps")
    with pytest.raises(PackProblem, match=r"rules\[heads\]\.when\.severities"):
        load_pack(write(tmp_path, rules=rules))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("? [a, b]\n: c\n", r"line 1: .*a key must be a word"),
        ("rules: !!python/object:os.system x\n", r"line 1: this is not YAML"),
        ("rules: !!int abc\n", r"line 1: .*this is no int"),
        ("<<: {rules: []}\n", r"<<: there is no such field"),
        ("on: 1\n", r"line 1, on: there is no such field"),
        ("rules: &a [*a]\n", r"rules\[1\]: a section with named fields"),
        ("rules: []\n---\nrules: []\n", r"line 2: this is not YAML"),
        ("rules: " + "9" * 5000, r"rules: a list is needed"),
        ("rules: " + "[" * 5000 + "]" * 5000, r"not YAML|a section with named fields"),
    ],
)
def test_tricks_of_yaml_end_in_a_message_and_never_in_a_crash(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(PackProblem, match=message):
        load_pack(write(tmp_path, rules=text))
