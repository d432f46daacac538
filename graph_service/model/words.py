"""The closed vocabularies of facts: kinds of ties, findings, events, severities.  Law is not here: see `graph_service.policy`."""

from __future__ import annotations

OFFICES = (
    "legal_representative",  # 法定代表人
    "principal",  # 主要负责人: the top decision maker, not the same as the legal representative
    "branch_head",  # 负责人 of a branch
    "executive_partner",  # 执行事务合伙人
    "director",  # 董事
    "supervisor",  # 监事
    "senior_manager",  # 高级管理人员
)
"""Ties by which a person acts for an enterprise."""

HOLDINGS = (
    "shareholder",  # 股东
    "voting_rights",  # votes where they are stated apart from shares; never added to them
    "general_partner",  # 普通合伙人
    "limited_partner",  # 有限合伙人
    "investor",  # 投资人 of a sole proprietorship
)
"""Ties that carry a share."""

CAPITAL = frozenset(HOLDINGS) - {"voting_rights"}
"""Holdings that are parts of the whole; votes are another measure."""

SHARES = CAPITAL - {"limited_partner"}
"""Parts of the whole that give control: a limited partner takes no part in the affairs (Partnership Law of China, article 68)."""

CONTROLS = (
    "actual_controller",  # 实际控制人, as declared or found, never inferred
    "appoints_board",  # the right to appoint or remove a majority of the board
    "influence",  # influence or control stated without saying how far it goes
)
"""Ties by which a holder directs an enterprise."""

WORK = ("practitioner", "employee")
"""Licensed practitioners (执业人员) and employees."""

STRUCTURE = ("branch_of", "successor_of", "joint_arrangement", "nominee_for", "other_interest")
"""Ties that are no office, holding or work; ``other_interest`` keeps an interest of another standard by its title."""

TIE_KINDS = OFFICES + HOLDINGS + CONTROLS + WORK + STRUCTURE
FAMILIES = ("health_safety", "market_order", "refusing_obligations", "national_defence")
SEVERITIES = ("serious", "general", "minor")
FINDINGS = ("directly_responsible", "personally_responsible", "organised", "knew")
EVENTS = ("objection_lodged", "objection_upheld", "objection_rejected", "repaired", "performed", "annulled", "appealed", "stayed")

STATE_FORMS = frozenset({"state", "state_body", "government", "机关法人", "机关"})
"""Forms of enterprises that are the state itself, as registers name them."""
