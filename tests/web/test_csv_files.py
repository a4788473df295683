"""Tables as CSV: read back as they were, and nothing in them that a spreadsheet would run."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from shared.web.csv_files import FORMULA_SIGNS, csv_text, safe

CELLS = st.one_of(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30), st.integers(), st.none())


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=5))
def test_anything_comes_back(rows: list[list[str | int | None]]) -> None:
    """Commas, quotes and lines inside a cell as well; text that begins like a formula behind an apostrophe, and a number as it is."""
    found = read(csv_text(("a", "b", "c"), rows))
    assert found[0] == ["a", "b", "c"]
    for row, cells in zip(rows, found[1:], strict=True):
        for typed, cell in zip(row, cells, strict=True):
            plain = "" if typed is None else str(typed)
            assert cell in (plain, f"'{plain}")
            assert not (isinstance(typed, str) and cell.lstrip()[:1] in FORMULA_SIGNS and cell.strip())


def test_what_is_no_formula_stays() -> None:
    """A number below zero, a word with a hyphen inside, nothing at all."""
    assert [safe(cell) for cell in (-5, 0, None, "", "Old Street - east", "a=b", "'=x")] == [
        -5,
        0,
        None,
        "",
        "Old Street - east",
        "a=b",
        "'=x",
    ]
    assert [safe(cell) for cell in ("=1", "+1", "-1", "@x", "\t=1", "\r1", " =1", "\ufeff=1")] == [
        f"'{cell}" for cell in ("=1", "+1", "-1", "@x", "\t=1", "\r1", " =1", "\ufeff=1")
    ]
