import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web.csv_files import csv_bytes

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"))


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def test_each_kind_of_value_has_its_form() -> None:
    """Nothing is an empty cell, 0 is 0, truth is a word, a comma and a quote stay inside their cell."""
    content = csv_bytes(("name", "value", "whole", "more"), [("Kensington, Chelsea", 0, True, None), ('say "hello"', -1.5, False, "")])
    assert content == b'name,value,whole,more\r\n"Kensington, Chelsea",0,true,\r\n"say ""hello""",-1.5,false,\r\n'


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =HYPERLINK(1)", "＝1"])
def test_a_formula_is_a_text(text: str) -> None:
    """A spreadsheet shows it and runs nothing; a number below zero stays a number."""
    rows = read(csv_bytes((text,), [(text,)]))
    assert rows[0][0].startswith("'")
    assert rows[1][0].startswith("'")
    assert read(csv_bytes(("n",), [(-5,)]))[1] == ["-5"]


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=5))
def test_what_is_written_is_read(rows: list[list[str]]) -> None:
    """Any text comes back as it was, but for the apostrophe before what looks like a formula; no cell begins like one."""
    back = read(csv_bytes(("a", "b"), rows))[1:]
    assert len(back) == len(rows)
    for row, found in zip(rows, back, strict=True):
        assert [cell.removeprefix("'") for cell in found] == [cell.removeprefix("'") for cell in row]
        assert not any(cell.lstrip(" ").startswith(("=", "+", "-", "@")) for cell in found)
