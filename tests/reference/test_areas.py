import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.reference.areas import NOT_SAID, WORK_STUDY, area, area_codes, area_name, areas, by_gss, is_area_code, resolve_area


def test_there_are_32_boroughs_and_the_city() -> None:
    """The areas must be exactly the ONS codes E09000001 to E09000033, in alphabetical order of their names."""
    assert {entry.gss for entry in areas()} == {f"E09{number:06d}" for number in range(1, 34)}
    assert [entry.name for entry in areas()] == sorted(entry.name for entry in areas())
    assert len({entry.slug for entry in areas()}) == 33


def test_populations_are_the_census() -> None:
    """The populations must add up to London's, as the census rounds it, and only the City may stand apart."""
    assert sum(entry.population_2021 for entry in areas()) == 8_800_000
    assert [(entry.slug, entry.population_2021) for entry in areas() if not entry.compared] == [("city-of-london", 8_600)]


def test_tiles_do_not_cover_each_other() -> None:
    """Each area must have a tile of its own on a map of 7 rows and 8 columns."""
    tiles = {(entry.row, entry.column) for entry in areas()}
    assert len(tiles) == 33
    assert all(0 <= row < 7 and 0 <= column < 8 for row, column in tiles)


def test_tile_words_fit() -> None:
    """A tile's label must break into pieces of at most 10 letters, and short names must be unique and fit a chart's axis."""
    for entry in areas():
        assert max(len(piece) for piece in re.split("[ \u00ad]", entry.label)) <= 10
        assert len(entry.short) <= 10
    assert len({entry.short for entry in areas()}) == 33


def test_an_area_is_found_by_slug_and_by_code() -> None:
    """Both keys must lead to the same area, and a stranger to none."""
    for entry in areas():
        assert area(entry.slug) is by_gss(entry.gss) is entry
    assert area("atlantis") is None
    assert by_gss("E06000001") is None


def test_people_may_write_a_slug_or_a_code_in_any_case() -> None:
    """What an API client sends as a borough must be understood as a slug or a GSS code, in any case."""
    for entry in areas():
        for text in (entry.slug, entry.slug.upper(), entry.gss, entry.gss.lower(), f" {entry.slug} "):
            assert resolve_area(text) == entry.slug
    assert resolve_area("Work-Study") == WORK_STUDY
    assert resolve_area("NOT-SAID") == NOT_SAID


@pytest.mark.parametrize("text", ["", " ", "london", "E06000001", "x" * 5000, "hackney\0", "hac\u212aney", "hackney\ud800", "{'$ne': 1}"])
def test_what_is_no_area_is_none(text: str) -> None:
    """Anything else must resolve to None: not to a guess, and not to an exception."""
    assert resolve_area(text) is None


@given(st.text())
def test_any_text_resolves_to_a_code_or_none(text: str) -> None:
    """No text at all may raise, or resolve to something that is not an area code."""
    found = resolve_area(text)
    assert found is None or is_area_code(found)


def test_codes_are_the_areas_and_the_two_special_ones() -> None:
    """A pledge's area must be one of 35 codes, each with a name for people; an unknown one is shown as it is."""
    assert len(area_codes()) == 35
    assert all(is_area_code(code) and area_name(code) for code in area_codes())
    assert not is_area_code("Hackney")
    assert area_name("hammersmith-and-fulham") == "Hammersmith and Fulham"
    assert area_name(WORK_STUDY) == "Work or study in London"
    assert area_name(NOT_SAID) == "Borough not said"
    assert area_name("middlesex") == "middlesex"
