"""A section gets in, and what people wrote stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobtools.release.changelog import AlreadyTold, body, plain, section, with_section

PAGE = "# Changelog\n\nWords.\n\n## 1.0.0\n\nBy hand.\n"


def test_the_new_section_stands_above_the_others() -> None:
    assert with_section(PAGE, "1.1.0", "2030-01-02", "- New") == (
        "# Changelog\n\nWords.\n\n## 1.1.0 (2030-01-02)\n\n- New\n\n## 1.0.0\n\nBy hand.\n"
    )


def test_a_page_without_sections_gets_its_first_at_the_end() -> None:
    assert with_section("# Changes", "0.1.0", "2030-01-02", "- New") == "# Changes\n\n## 0.1.0 (2030-01-02)\n\n- New\n"


def test_what_was_written_by_hand_as_unreleased_begins_the_section() -> None:
    page = PAGE.replace("## 1.0.0", "## [Unreleased]\n\nMind the new setting.\n\n## 1.0.0")
    assert with_section(page, "1.1.0", "2030-01-02", "- New") == (
        "# Changelog\n\nWords.\n\n## 1.1.0 (2030-01-02)\n\nMind the new setting.\n\n- New\n\n## 1.0.0\n\nBy hand.\n"
    )
    last = with_section("# C\n\n## Unreleased\n\nMind.\n", "1.1.0", "2030-01-02", "- New")
    assert last == "# C\n\n## 1.1.0 (2030-01-02)\n\nMind.\n\n- New\n"


@pytest.mark.parametrize("heading", ["## 1.0.0", "## [1.0.0] - 2020-01-01", "## 1.0.0 (2020-01-01)"])
def test_a_version_is_told_once(heading: str) -> None:
    with pytest.raises(AlreadyTold):
        with_section(PAGE.replace("## 1.0.0", heading), "1.0.0", "2030-01-02", "- New")


def test_another_version_that_begins_the_same_is_another() -> None:
    assert "## 1.0.0 (" in with_section(PAGE.replace("1.0.0", "1.0.01"), "1.0.0", "2030-01-02", "- New")


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="#\r"), max_size=30), min_size=1, max_size=4))
def test_every_section_is_found_again_and_no_line_is_lost(texts: list[str]) -> None:
    page: str | None = None
    said = {f"0.{number}.0": text.strip() for number, text in enumerate(texts)}
    for version, text in said.items():
        page = with_section(page, version, "2030-01-02", text)
    assert {version: section(page or "", version) for version in said} == said
    assert section(page or "", "9.9.9") == ""


def test_subjects_are_shown_as_they_are() -> None:
    assert plain("Use `_x_` for *all* [jobs]") == r"Use `_x_` for \*all\* \[jobs\]"
    assert plain("A lone ` and _one_") == r"A lone \` and \_one\_"
    assert body({"Changes": ["one", "two"]}) == "### Changes\n\n- one\n- two"
