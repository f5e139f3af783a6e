"""The documentation holds together: links, navigation, the README's promises, the glossary."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from house.pages import DOCS, ROOT, Block, all_blocks, anchors, blocks, links, pages, prose

README = ROOT / "README.md"

#: DESIGN's words. Those of later versions are in the glossary too, so that nobody gives them another meaning.
WORDS = (
    "Request Answer Lane Rung Deployment Plan Run Attempt Generation Strategy Verifier Verdict Repair Fallback Escalation "
    "Degradation Review Refusal Job Budget Lease Reservation Tenant User Feature Key Ledger Trace Span Dataset Sample Score "
    "Report Experiment Replay Guarantee"
)


def test_the_readme_is_short() -> None:
    assert len(README.read_text().split()) <= 500


def test_the_readme_shows_a_command_before_line_20() -> None:
    first = next(blocks(README))
    assert first.language == "bash"
    assert first.line < 20


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_internal_links_lead_somewhere(page: Path) -> None:
    for target in links(page):
        if re.match(r"\w+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.exists(), f"{page.name} links to {target}, which is not there"
        assert not anchor or anchor in anchors(there), f"{page.name} links to {target}, whose heading is not there"


def test_every_page_is_in_the_navigation_and_the_other_way_round() -> None:
    def listed(entry: object) -> list[str]:
        if isinstance(entry, dict):
            return [page for value in entry.values() for page in listed(value)]
        return [page for each in entry for page in listed(each)] if isinstance(entry, list) else [str(entry)]

    navigation = listed(yaml.safe_load((ROOT / "mkdocs.yml").read_text())["nav"])
    assert sorted(navigation) == sorted(str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md"))


def test_the_first_page_leads_to_every_page_and_to_each_once() -> None:
    led_to = [target.partition("#")[0] for target in links(DOCS / "index.md")]
    assert sorted(led_to) == sorted(
        str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md") if page.name != "index.md"
    )


@pytest.mark.parametrize("word", WORDS.split(" "))
def test_the_glossary_has_every_word_of_the_design(word: str) -> None:
    assert re.search(rf"^\|.*\*\*{word}\*\*.*\|", (DOCS / "glossary.md").read_text(), flags=re.MULTILINE)


def test_the_glossary_gives_one_meaning_to_each_word() -> None:
    rows = re.findall(r"^\| (\*\*.+?) \|", (DOCS / "glossary.md").read_text(), flags=re.MULTILINE)
    words = [word for row in rows for word in re.findall(r"\*\*(.+?)\*\*", row)]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_has_one_title(page: Path) -> None:
    titles = re.findall(r"^# .+$", prose(page), flags=re.MULTILINE)
    assert len(titles) == 1


@pytest.mark.parametrize("block", all_blocks(), ids=lambda block: block.place)
def test_a_block_names_its_language_and_has_a_known_mark(block: Block) -> None:
    assert block.language
    assert block.mark in ("", "runs", "policy")
