"""A small whole pack as text, to be spoilt in one place by each test."""

from __future__ import annotations

from pathlib import Path

PACK = """\
pack:
  id: sample
  version: "1"
  title: {en: Sample, zh: 示例}
  jurisdiction: CN
  instrument: law
  in_force: {from: 2018-01-01}
  confidence: sourced
  through_state_holders: false
  exits: {ended_by: [repaired], suspended_by: {objection_lodged: [objection_rejected]}}
  initiator: {en: the authority, zh: 机关}
  implementer: {en: the departments, zh: 各部门}
sources:
  KEY: {title: A collection, where: somewhere}
instruments:
  law:
    name: {en: The law, zh: 某法}
    number: 第1号
    authority: {en: The legislator, zh: 立法机关}
    in_force: {from: 2017-01-01, to: 2030-01-01}
    reference: KEY
families:
  market_order: {en: market order, zh: 市场秩序, behaviours: {bribery: {en: bribery, zh: 贿赂, reference: KEY}}}
  health_safety: {en: health, zh: 健康, behaviours: {food: {en: food, zh: 食品, reference: KEY}}}
roles:
  legal_representative: {en: legal representative, zh: 法定代表人}
findings:
  directly_responsible: {en: directly responsible, zh: 直接责任}
fault_tests:
  direct: {accepts: [directly_responsible], note: the words of the law}
gates:
  - since: 2020-12-18
    kinds: [measure]
    basis: {instrument: law, article: {en: art. 9, zh: 第九条}, reference: KEY}
codes:
  M1: {en: a measure, zh: 措施}
  I1: {en: an incentive, zh: 激励}
"""

RULES = """\
rules:
  - id: heads
    title: {en: Heads, zh: 负责人}
    article: {en: art. 1, zh: 第一条}
    reference: KEY
    when: {subject: enterprise, families: [market_order], behaviours: [bribery], severities: [serious]}
    reach: {who: role, roles: [legal_representative], clock: unspecified, fault: none}
    effects:
      - kind: measure
        code: M1
        nature: mandatory
        term: {anchor: decision, years: 3}
        own_bases:
          - {instrument: law, article: {en: art. 2, zh: 第二条}, reference: KEY}
    carriages:
      - {via: office, kind: flag, code: M1, nature: discretion, roles: [legal_representative]}
  - id: found
    title: {en: Found, zh: 直接责任人}
    article: {en: art. 3, zh: 第三条}
    reference: KEY
    when: {subject: any}
    reach: {who: finding, fault: direct}
    effects:
      - {kind: record_entry, code: M1, nature: mandatory}
cascades:
  - id: fifty
    title: {en: Fifty, zh: 五十}
    article: {en: art. 4, zh: 第四条}
    reference: KEY
    in_force: {to: 2024-07-03}
    regimes: [sample]
    threshold_percent: "50"
    strict: true
    aggregate: true
    measures: [[shareholder]]
    control: [appoints_board]
    code: M1
    nature: mandatory
incentives:
  - {code: I1, title: {en: Green channel, zh: 绿色通道}, article: {en: art. 5, zh: 第五条}, reference: KEY, clean_years: 3}
lists:
  - id: black
    colour: black
    title: {en: Black list, zh: 黑名单}
    article: {en: art. 6, zh: 第六条}
    reference: KEY
    entry: {en: a serious record, zh: 严重失信}
    exit: {en: repair, zh: 修复}
    families: [market_order]
    severities: [serious]
    ended_by: [repaired]
    authority: {en: the authority, zh: 机关}
"""

SCENARIOS = """\
scenarios:
  - name: The head of a briber meets the measure
    rules: [heads, found]
    polarity: reaches
    at: 2019-06-30
    ask: R1
    facts:
      enterprises: [{id: E1, state_owned: true}]
      persons: [{id: P1}]
      ties: [{kind: legal_representative, holder: P1, enterprise: E1, share: 50}]
      records: [{id: R1, subject: E1, severity: serious, decided_on: 2019-01-15, instrument_no: n1}]
    expect:
      consequences: [{subject: P1, code: M1, from: 2019-01-15}]
      no_consequences: [{subject: E1, code: M1}]
"""


def write(folder: Path, pack: str = PACK, rules: str | None = RULES, scenarios: str | None = None) -> Path:
    """The sample pack as a folder."""
    folder.mkdir(exist_ok=True)
    (folder / "pack.yaml").write_text(pack, encoding="utf-8")
    if rules is not None:
        (folder / "rules.yaml").write_text(rules, encoding="utf-8")
    if scenarios is not None:
        (folder / "scenarios").mkdir(exist_ok=True)
        (folder / "scenarios" / "cases.yaml").write_text(scenarios, encoding="utf-8")
    return folder


def spoil(text: str, old: str, new: str) -> str:
    """The text with one place changed; a place that is not there is a mistake of the test."""
    assert text.count(old) >= 1, old
    return text.replace(old, new, 1)
