"""The style for Browser names what there is, and the page on looking shows pictures that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from graph_service.ledger.cypher import names
from graph_service.ledger.neo4j_codec import LABELS, RELATIONSHIPS
from scripts.neo4j_pictures import LABELS as DRAWN
from scripts.neo4j_pictures import OUT, PICTURES, STYLE, Picture, caption, parse_style, style_of

ROOT = Path(__file__).parents[2]
RULES = parse_style(STYLE.read_text("utf-8"))
NODES = {*LABELS.values(), "Record", "Authority", "Regime", "Event", "Consequence", "Run"}
BESIDE_FACTS = {"DECIDED_BY", "MOVES", "CONCERNS", "ON", "ARISES_FROM", "VIA"}


def test_every_sort_of_node_has_a_colour_and_a_caption_of_its_own() -> None:
    assert {name.split(".")[1] for name in RULES if name.startswith("node.")} == NODES == set(DRAWN)
    for name in NODES:
        assert {"color", "border-color", "text-color-internal", "caption"} <= set(RULES[f"node.{name}"])


def test_every_relationship_that_it_names_is_there() -> None:
    assert {name.split(".")[1] for name in RULES if name.startswith("relationship.")} <= {*RELATIONSHIPS, *BESIDE_FACTS}


@pytest.mark.parametrize("name", sorted(RULES))
def test_its_values_are_what_a_browser_can_read(name: str) -> None:
    for key, value in RULES[name].items():
        if "color" in key:
            assert re.fullmatch("#[0-9A-F]{6}", value)
        elif key == "caption":
            assert re.fullmatch(r"\{\w+\}|<type>", value)
        else:
            assert re.fullmatch(r"\d+px", value)


def test_the_more_special_rule_wins() -> None:
    assert style_of(RULES, "node", "Record")["color"] == RULES["node.Record"]["color"]
    assert style_of(RULES, "node", "Enterprise")["diameter"] == RULES["node"]["diameter"]
    assert style_of(RULES, "node")["color"] == RULES["node"]["color"]


def test_captions_of_the_pictures_are_short_and_can_be_written() -> None:
    assert caption("{name}", {"name": "云南样例食品有限公司", "id": "91530000MATEXT01X1"}) == "..XT01X1"
    assert caption("{name}", {"name": "Sample Heron Crewing Ltd"}) == "Sample\nHeron\nCrewing\nLtd"
    assert caption("{share}", {"share": "25-50"}) == "25-50"
    assert caption("<type>", {}, "ARISES_FROM") == "arises from"


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_the_page_shows_each_picture_and_says_of_which_question(picture: Picture) -> None:
    page = (ROOT / "docs" / "neo4j-looking.md").read_text("utf-8")
    name, asked = picture.name, picture.statement
    assert (OUT / f"{name}.png").is_file()
    assert f"(pictures/{name}.png)" in page
    assert f"`{asked}`" in page
    assert asked in names("explore")


def test_every_file_that_the_page_names_is_there() -> None:
    page = (ROOT / "docs" / "neo4j-looking.md").read_text("utf-8")
    for place in re.findall(r"\]\(([^)#]+)\)", page):
        assert (ROOT / "docs" / place).exists(), place
    for name in re.findall(r"`((?:explore|trace)/\w+)`", page):
        assert (ROOT / "cypher" / f"{name}.cypher").is_file(), name


def test_the_list_of_statements_is_whole() -> None:
    page = (ROOT / "cypher" / "README.md").read_text("utf-8")
    for name in (*names("explore"), *names("trace")):
        assert f"`{name.split('/')[1]}`" in page, name
