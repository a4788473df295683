"""docs/guarantees.md: every line of its tables is held by a test that is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "guarantees.md"
_LINK = re.compile(r"\[(test_\w+)\]\(\.\./(tests/[\w/]+\.py)\)")


def lines() -> list[str]:
    """The rows of the tables, without their heads."""
    return [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ") and not line.startswith("| what |")]


@pytest.mark.parametrize("line", lines(), ids=lambda line: line[2:60])
def test_each_line_names_tests_that_are_there(line: str) -> None:
    """One at least, each a function of the file it is said to be in; a link of another kind is a slip."""
    links = _LINK.findall(line)
    assert links
    assert len(links) == line.count("](")
    for name, file in links:
        assert re.search(rf"^def {name}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), f"{file} has no {name}"


def test_there_are_lines() -> None:
    """All three tables are read."""
    assert len(lines()) > 20
